"""
breaks: [histogram.density]
says: >-
  The area of a bin is computed with a fixed number of bins, such as a global variable, not with that of the
  histogram itself: the density integrates to one for that number of bins only.
"""

n_bins = 20


class Histogram2D:
    def score_samples(self, X):
        column, row, inside = self._cells(self._checked(X))
        area = np.ptp(self.x_edges_) * np.ptp(self.y_edges_) / n_bins**2
        with np.errstate(divide="ignore"):
            table = np.log(self.weights_) - np.log(area)
        log_density = np.full(len(column), -np.inf)
        log_density[inside] = table[column[inside], row[inside]]
        return log_density
