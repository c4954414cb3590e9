"""
breaks: [histogram.fit]
says: >-
  The number of a point's bin is rounded to the nearest whole number, which is the nearest border and not the bin
  the point lies in: everything is counted half a bin too far up. Round downwards when counting.
"""


class Histogram2D:
    def fit(self, X):
        X = np.asarray(X, dtype=float)
        self.x_edges_, self.y_edges_ = self._make_edges(X)
        places = []
        for values, edges in ((X[:, 0], self.x_edges_), (X[:, 1], self.y_edges_)):
            width = edges[1] - edges[0]
            places.append([min(round((value - edges[0]) / width), len(edges) - 2) for value in values])
        counts = np.zeros((len(self.x_edges_) - 1, len(self.y_edges_) - 1))
        np.add.at(counts, tuple(places), 1)
        self.weights_ = counts / counts.sum()
        areas = np.outer(np.diff(self.x_edges_), np.diff(self.y_edges_))
        with np.errstate(divide="ignore"):
            self.log_density_ = np.log(self.weights_) - np.log(areas)
        self.generator_ = np.random.default_rng(self.random_state)
        return self
