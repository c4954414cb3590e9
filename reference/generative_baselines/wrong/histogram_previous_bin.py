"""
breaks: [histogram.sampling]
says: >-
  Points come from the bin before the one that was drawn: an index is too small by one. Draw from a histogram
  in which a single bin is full and look which bin the samples fill.
"""


class Histogram2D:
    def sample(self, n=1):
        drawn = np.searchsorted(np.cumsum(self.weights_.ravel()), self.generator_.uniform(size=n)) - 1
        column, row = np.unravel_index(drawn % self.weights_.size, self.weights_.shape)
        place = self.generator_.uniform(size=(n, 2))
        x = self.x_edges_[column] + place[:, 0] * np.diff(self.x_edges_)[column]
        y = self.y_edges_[row] + place[:, 1] * np.diff(self.y_edges_)[row]
        return np.column_stack([x, y])
