"""
breaks: [histogram.fit]
also: [histogram.density, histogram.sampling]
says: >-
  The counts of x and y are swapped when they are stored, so density and samples both show the data mirrored
  at the diagonal. Fit a cloud that is wide and flat and look at the table of counts.
"""


class Histogram2D:
    def _cells(self, X):
        inside = np.ones(len(X), dtype=bool)
        cells = []
        for values, edges in ((X[:, 0], self.x_edges_), (X[:, 1], self.y_edges_)):
            index = np.searchsorted(edges, values, side="right") - 1
            index[values == edges[-1]] = len(edges) - 2
            inside &= (index >= 0) & (index < len(edges) - 1)
            cells.append(index)
        if not hasattr(self, "generator_"):
            cells.reverse()
        return cells[0], cells[1], inside
