"""
breaks: [histogram.sampling]
says: >-
  Every bin is chosen equally often, even those without any training point: the weights are not used in
  drawing. Count how many samples each bin gets.
"""


class Histogram2D:
    def sample(self, n=1):
        column, row = np.unravel_index(
            self.generator_.integers(self.weights_.size, size=n), self.weights_.shape
        )
        place = self.generator_.uniform(size=(n, 2))
        x = self.x_edges_[column] + place[:, 0] * np.diff(self.x_edges_)[column]
        y = self.y_edges_[row] + place[:, 1] * np.diff(self.y_edges_)[row]
        return np.column_stack([x, y])
