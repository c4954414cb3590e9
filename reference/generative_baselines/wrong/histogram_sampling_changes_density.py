"""
breaks: [histogram.density]
says: >-
  The density is another one after samples were drawn: the table of the density itself is rescaled to
  probabilities for drawing. Compare the density before and after a call of the sampler; work on a copy.
"""


class Histogram2D:
    def sample(self, n=1):
        self.log_density_ += np.log(np.outer(np.diff(self.x_edges_), np.diff(self.y_edges_)))
        cells = self.generator_.choice(self.weights_.size, size=n, p=self.weights_.ravel())
        column, row = np.unravel_index(cells, self.weights_.shape)
        place = self.generator_.uniform(size=(n, 2))
        x = self.x_edges_[column] + place[:, 0] * np.diff(self.x_edges_)[column]
        y = self.y_edges_[row] + place[:, 1] * np.diff(self.y_edges_)[row]
        return np.column_stack([x, y])
