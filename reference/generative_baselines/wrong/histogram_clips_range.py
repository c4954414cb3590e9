"""
breaks: [histogram.fit]
also: [histogram.density, histogram.sampling]
says: >-
  The grid does not cover all training points: the outer part of the data is cut off.
"""

class Histogram2D:
    def _make_edges(self, X):
        low, high = np.quantile(X, 0.05, axis=0), np.quantile(X, 0.95, axis=0)
        return [np.linspace(low[axis], high[axis], self.bins + 1) for axis in (0, 1)]
