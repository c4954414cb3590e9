"""
breaks: [histogram.sampling]
says: >-
  Rows and columns of the table of weights are swapped when a bin is drawn.
"""

class Histogram2D:
    def sample(self, n=1):
        cells = self.generator_.choice(self.weights_.size, size=n, p=self.weights_.T.ravel())
        column, row = np.unravel_index(cells, self.weights_.shape)
        place = self.generator_.uniform(size=(n, 2))
        x = self.x_edges_[column] + place[:, 0] * np.diff(self.x_edges_)[column]
        y = self.y_edges_[row] + place[:, 1] * np.diff(self.y_edges_)[row]
        return np.column_stack([x, y])
