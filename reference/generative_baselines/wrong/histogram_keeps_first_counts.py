"""
breaks: [histogram.fit]
says: >-
  A second fit goes on counting where the first one stopped. What collects the counts must be made anew in fit:
  a default value such as `counts={}` is one object for all calls.
"""


class Histogram2D:
    def fit(self, X):
        self.seen_ = [*getattr(self, "seen_", []), *self._checked(X)]
        X = np.array(self.seen_)
        self.x_edges_, self.y_edges_ = self._make_edges(X)
        shape = len(self.x_edges_) - 1, len(self.y_edges_) - 1
        column, row, inside = self._cells(X)
        counts = np.zeros(shape)
        np.add.at(counts, (column[inside], row[inside]), 1)
        self.weights_ = counts / counts.sum()
        areas = np.outer(np.diff(self.x_edges_), np.diff(self.y_edges_))
        with np.errstate(divide="ignore"):
            self.log_density_ = np.log(self.weights_) - np.log(areas)
        self.generator_ = np.random.default_rng(self.random_state)
        return self
