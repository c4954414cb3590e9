"""
breaks: [histogram.density]
says: >-
  The bin probabilities are not divided by the area of a bin, so the density does not integrate to one.
"""

class Histogram2D:
    def score_samples(self, X):
        column, row, inside = self._cells(self._checked(X))
        log_density = np.full(len(column), -np.inf)
        with np.errstate(divide="ignore"):
            log_density[inside] = np.log(self.weights_[column[inside], row[inside]])
        return log_density
