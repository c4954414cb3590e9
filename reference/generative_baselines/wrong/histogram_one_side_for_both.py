"""
breaks: [histogram.sampling]
says: >-
  Inside a bin both coordinates are spread by the width of the bin, although its height is another: the
  samples overlap or leave gaps along y. Compare the drawn points with the borders of one bin.
"""


class Histogram2D:
    def sample(self, n=1):
        cells = self.generator_.choice(self.weights_.size, size=n, p=self.weights_.ravel())
        column, row = np.unravel_index(cells, self.weights_.shape)
        place = self.generator_.uniform(size=(n, 2))
        x = self.x_edges_[column] + place[:, 0] * np.diff(self.x_edges_)[column]
        y = self.y_edges_[row] + place[:, 1] * np.diff(self.x_edges_)[column]
        return np.column_stack([x, y])
