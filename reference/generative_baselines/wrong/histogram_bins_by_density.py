"""
breaks: [histogram.sampling]
says: >-
  Bins of unequal size are drawn by their density where they must be drawn by their weight, which is density times
  area: small bins get too many samples. With bins of equal size the two agree, so it shows only here.
"""


class Histogram2D:
    def _make_edges(self, X):
        parts = np.linspace(0, 1, int(np.max(self.bins)) + 1) ** 1.5
        low, high = X.min(axis=0), X.max(axis=0)
        return [low[0] + (high[0] - low[0]) * parts, low[1] + (high[1] - low[1]) * parts]

    def sample(self, n=1):
        density = np.exp(self.log_density_)
        cells = self.generator_.choice(density.size, size=n, p=(density / density.sum()).ravel())
        column, row = np.unravel_index(cells, density.shape)
        place = self.generator_.uniform(size=(n, 2))
        x = self.x_edges_[column] + place[:, 0] * np.diff(self.x_edges_)[column]
        y = self.y_edges_[row] + place[:, 1] * np.diff(self.y_edges_)[row]
        return np.column_stack([x, y])
