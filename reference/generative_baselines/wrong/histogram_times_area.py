"""
breaks: [histogram.density]
says: >-
  The share of points in a bin is multiplied by the bin's area, where it must be divided. Small bins then have
  a small density however full they are: what is the unit of a density in the plane?
"""


class Histogram2D:
    def score_samples(self, X):
        column, row, inside = self._cells(self._checked(X))
        log_density = np.full(len(column), -np.inf)
        areas = np.outer(np.diff(self.x_edges_), np.diff(self.y_edges_))
        with np.errstate(divide="ignore"):
            log_density[inside] = np.log(self.weights_ * areas)[column[inside], row[inside]]
        return log_density
