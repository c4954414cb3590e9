"""
breaks: [histogram.sampling]
says: >-
  The same random number places a point in both directions, so each bin is only filled along its diagonal.
"""

class Histogram2D:
    def sample(self, n=1):
        cells = self.generator_.choice(self.weights_.size, size=n, p=self.weights_.ravel())
        column, row = np.unravel_index(cells, self.weights_.shape)
        place = self.generator_.uniform(size=n)
        x = self.x_edges_[column] + place * np.diff(self.x_edges_)[column]
        y = self.y_edges_[row] + place * np.diff(self.y_edges_)[row]
        return np.column_stack([x, y])
