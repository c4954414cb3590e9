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
        areas = np.outer(np.diff(self.x_edges_), np.diff(self.y_edges_))
        self.weights_ = smoothed / smoothed.sum()
        self.log_density_ = np.log(self.weights_ / areas)
        self.generator_ = np.random.default_rng(self.random_state)
        return self
