"""
breaks: [histogram.density]
says: >-
  The share of points is divided by the area of the whole range, where the area of one bin belongs: the density
  integrates to one over the number of bins.
"""


class Histogram2D:
    def score_samples(self, X):
        column, row, inside = self._cells(self._checked(X))
        with np.errstate(divide="ignore"):
            table = np.log(self.weights_) - np.log(np.ptp(self.x_edges_) * np.ptp(self.y_edges_))
        log_density = np.full(len(column), -np.inf)
        log_density[inside] = table[column[inside], row[inside]]
        return log_density
