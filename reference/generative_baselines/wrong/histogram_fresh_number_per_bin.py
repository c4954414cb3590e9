"""
breaks: [histogram.sampling]
says: >-
  While the shares of the bins are added up, every bin is compared with a new random number: the early bins are chosen
  far too often. Draw one number per point, before the loop.
"""


class Histogram2D:
    def sample(self, n=1):
        reached = np.minimum(np.cumsum(self.weights_.ravel()), 1.0)
        stop = np.r_[reached[:-1], 1.0]
        chances = stop * np.cumprod(np.r_[1.0, 1 - stop[:-1]])
        cells = self.generator_.choice(chances.size, size=n, p=chances / chances.sum())
        column, row = np.unravel_index(cells, self.weights_.shape)
        place = self.generator_.uniform(size=(n, 2))
        x = self.x_edges_[column] + place[:, 0] * np.diff(self.x_edges_)[column]
        y = self.y_edges_[row] + place[:, 1] * np.diff(self.y_edges_)[row]
        return np.column_stack([x, y])
