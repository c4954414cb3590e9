"""
breaks: [histogram.sampling]
says: >-
  All points drawn from a bin lie at its lower left corner: the edge of the bin is returned, and nothing is
  drawn inside. Scatter a few hundred samples over the grid lines to see it, then think of what is uniform
  within a bin.
"""


class Histogram2D:
    def sample(self, n=1):
        cells = self.generator_.choice(self.weights_.size, size=n, p=self.weights_.ravel())
        column, row = np.unravel_index(cells, self.weights_.shape)
        return np.column_stack([self.x_edges_[column], self.y_edges_[row]])
