"""
breaks: [histogram.density]
says: >-
  A point gets the density of the bin after its own: np.digitize counts bins from one, and the one is not
  subtracted when the density is looked up. Fit a single cluster and ask for the density in its middle.
"""


class Histogram2D:
    def score_samples(self, X):
        X = self._checked(X)
        last = np.array(self.log_density_.shape) - 1
        column = np.minimum(np.digitize(X[:, 0], self.x_edges_), last[0])
        row = np.minimum(np.digitize(X[:, 1], self.y_edges_), last[1])
        inside = self._cells(X)[2]
        return np.where(inside, self.log_density_[column, row], -np.inf)
