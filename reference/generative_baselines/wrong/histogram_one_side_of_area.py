"""
breaks: [histogram.density]
says: >-
  The share of points in a bin is divided by one side of the bin only, so the density does not integrate to
  one. In the plane a bin has two sides: check the integral for bins that are no squares.
"""


class Histogram2D:
    def score_samples(self, X):
        column, row, inside = self._cells(self._checked(X))
        log_density = np.full(len(column), -np.inf)
        with np.errstate(divide="ignore"):
            shares = np.log(self.weights_ / np.diff(self.x_edges_)[:, None])
        log_density[inside] = shares[column[inside], row[inside]]
        return log_density
