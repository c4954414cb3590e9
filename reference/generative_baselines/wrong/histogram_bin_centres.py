"""
breaks: [histogram.sampling]
says: >-
  All points drawn from a bin lie at its centre; the uniform draw inside the bin is missing.
"""

class Histogram2D:
    def sample(self, n=1):
        cells = self.generator_.choice(self.weights_.size, size=n, p=self.weights_.ravel())
        column, row = np.unravel_index(cells, self.weights_.shape)
        x = (self.x_edges_[column] + self.x_edges_[column + 1]) / 2
        y = (self.y_edges_[row] + self.y_edges_[row + 1]) / 2
        return np.column_stack([x, y])
