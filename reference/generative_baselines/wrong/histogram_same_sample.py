"""
breaks: [histogram.sampling]
says: >-
  Two calls return the same points: the random numbers are started anew inside the method. Call it twice in a
  row and compare; seeds belong to the top of the notebook.
"""


class Histogram2D:
    def sample(self, n=1):
        generator = np.random.default_rng(42)
        cells = generator.choice(self.weights_.size, size=n, p=self.weights_.ravel())
        column, row = np.unravel_index(cells, self.weights_.shape)
        place = generator.uniform(size=(n, 2))
        x = self.x_edges_[column] + place[:, 0] * np.diff(self.x_edges_)[column]
        y = self.y_edges_[row] + place[:, 1] * np.diff(self.y_edges_)[row]
        return np.column_stack([x, y])
