"""
breaks: [histogram.fit]
says: >-
  A second fit keeps the range of the first data: the edges are computed only where there are none yet. Fit
  the same object to data elsewhere and look at its edges.
"""


class Histogram2D:
    def _make_edges(self, X):
        if not hasattr(self, "x_edges_"):
            borders = self.bin_range or list(zip(X.min(axis=0), X.max(axis=0), strict=True))
            bins = np.broadcast_to(self.bins, 2)
            return [np.linspace(low, high, count + 1) for (low, high), count in zip(borders, bins, strict=True)]
        return [self.x_edges_, self.y_edges_]
