"""
breaks: [histogram.density]
says: >-
  The table of the density is made once, when it is first asked for, and kept: after a second fit it is still
  that of the first data. Fit the same object to other data after asking it, and ask again.
"""


class Histogram2D:
    def score_samples(self, X):
        column, row, inside = self._cells(self._checked(X))
        if not hasattr(self, "table"):
            self.table = self.log_density_
        log_density = np.full(len(column), -np.inf)
        log_density[inside] = self.table[column[inside], row[inside]]
        return log_density
