"""
breaks: [histogram.density]
says: >-
  The two coordinates are swapped when a point's bin is looked up for its density.
"""

class Histogram2D:
    def score_samples(self, X):
        column, row, inside = self._cells(self._checked(X))
        log_density = np.full(len(column), -np.inf)
        log_density[inside] = self.log_density_.T[column[inside], row[inside]]
        return log_density
