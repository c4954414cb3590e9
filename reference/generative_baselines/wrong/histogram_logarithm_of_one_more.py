"""
breaks: [histogram.density]
says: >-
  The logarithm of one plus the density is returned, to keep empty bins finite: that is another number everywhere.
  The log-density of an empty bin may well be minus infinity.
"""


class Histogram2D:
    def score_samples(self, X):
        column, row, inside = self._cells(self._checked(X))
        density = np.zeros(len(column))
        density[inside] = np.exp(self.log_density_[column[inside], row[inside]])
        return np.log1p(density)
