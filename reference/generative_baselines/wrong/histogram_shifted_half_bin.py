"""
breaks: [histogram.sampling]
says: >-
  All samples are moved by half a bin: the place inside the bin is drawn as if its centre were its lower
  corner. Compare the smallest and the largest samples with the range of the data.
"""


class Histogram2D:
    def sample(self, n=1):
        cells = self.generator_.choice(self.weights_.size, size=n, p=self.weights_.ravel())
        column, row = np.unravel_index(cells, self.weights_.shape)
        place = 0.5 + self.generator_.uniform(size=(n, 2))
        x = self.x_edges_[column] + place[:, 0] * np.diff(self.x_edges_)[column]
        y = self.y_edges_[row] + place[:, 1] * np.diff(self.y_edges_)[row]
        return np.column_stack([x, y])
