"""
habit: >-
  The grid of the histogram reaches a little beyond the data.
"""

class Histogram2D:
    def _make_edges(self, X):
        low, high = X.min(axis=0), X.max(axis=0)
        room = 0.05 * (high - low) + 1e-9
        return [np.linspace(low[axis] - room[axis], high[axis] + room[axis], self.bins + 1) for axis in (0, 1)]
