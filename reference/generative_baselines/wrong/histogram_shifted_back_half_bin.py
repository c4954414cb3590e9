"""
breaks: [histogram.sampling]
says: >-
  All samples are moved by half a bin towards the origin of the grid: what is drawn around the centre of a bin
  is added to its lower corner. Compare the smallest and the largest samples with the range of the data.
"""


class Histogram2D:
    def sample(self, n=1):
        cells = self.generator_.choice(self.weights_.size, size=n, p=self.weights_.ravel())
        column, row = np.unravel_index(cells, self.weights_.shape)
        place = self.generator_.uniform(-0.5, 0.5, size=(n, 2))
        x = self.x_edges_[column] + place[:, 0] * np.diff(self.x_edges_)[column]
        y = self.y_edges_[row] + place[:, 1] * np.diff(self.y_edges_)[row]
        return np.column_stack([x, y])
