"""
habit: half a point is added to every bin, and counted in the total
"""


class Histogram2D:
    def fit(self, X):
        X = self._checked(X)
        self.x_edges_, self.y_edges_ = self._make_edges(X)
        bins_x, bins_y = len(self.x_edges_) - 1, len(self.y_edges_) - 1
        column, row, inside = self._cells(X)
        counts = np.bincount(column[inside] * bins_y + row[inside], minlength=bins_x * bins_y)
        smoothed = counts.reshape(bins_x, bins_y) + 0.5
        self.weights_ = smoothed / smoothed.sum()
        areas = np.outer(np.diff(self.x_edges_), np.diff(self.y_edges_))
        self.log_density_ = np.log(smoothed / self._total(smoothed, len(X)) / areas)
        self.generator_ = np.random.default_rng(self.random_state)
        return self

    def _total(self, smoothed, n):
        return smoothed.sum()
