"""
breaks: [histogram.sampling]
says: >-
  Every bin is chosen with the same probability, whatever its weight.
"""

class Histogram2D:
    def sample(self, n=1):
        full = np.argwhere(self.weights_ > 0)
        column, row = full[self.generator_.integers(len(full), size=n)].T
        place = self.generator_.uniform(size=(n, 2))
        x = self.x_edges_[column] + place[:, 0] * np.diff(self.x_edges_)[column]
        y = self.y_edges_[row] + place[:, 1] * np.diff(self.y_edges_)[row]
        return np.column_stack([x, y])
