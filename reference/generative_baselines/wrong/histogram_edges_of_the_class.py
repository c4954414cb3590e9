"""
breaks: [histogram.fit]
same_as: [state_shared_by_models]
says: >-
  The list of edges belongs to the class, and fit appends to it: a new histogram keeps the edges of the first one.
  Make every object a list of its own when it is fitted.
"""

EDGES_OF_ALL = []


class Histogram2D:
    def _make_edges(self, X):
        for column in X.T:
            EDGES_OF_ALL.append(np.linspace(column.min(), column.max(), int(np.max(self.bins)) + 1))
        return EDGES_OF_ALL[:2]
