"""
breaks: [histogram.fit]
says: >-
  The last column and the last row of bins stay empty: the loops over the bins end one too early. Add up all
  counts and compare with the number of training points.
"""


class Histogram2D:
    def fit(self, X, y=None):
        X = self._checked(X)
        self.x_edges_, self.y_edges_ = self._make_edges(X)
        counts = np.zeros((len(self.x_edges_) - 1, len(self.y_edges_) - 1))
        column, row, inside = self._cells(X)
        for i in range(counts.shape[0] - 1):
            for j in range(counts.shape[1] - 1):
                counts[i, j] = np.sum(inside & (column == i) & (row == j))
        self.weights_ = counts / counts.sum()
        areas = np.outer(np.diff(self.x_edges_), np.diff(self.y_edges_))
        with np.errstate(divide="ignore"):
            self.log_density_ = np.log(self.weights_) - np.log(areas)
        self.generator_ = np.random.default_rng(self.random_state)
        return self
