"""
breaks: [histogram.density]
says: >-
  The density integrates to the number of training points: the counts are divided by the area of a bin, but
  not by how many points there are. Integrate the density once over its whole range.
"""


class Histogram2D:
    def score_samples(self, X):
        column, row, inside = self._cells(self._checked(X))
        log_density = np.full(len(column), -np.inf)
        log_density[inside] = self.log_density_[column[inside], row[inside]] + np.log(self.number_)
        return log_density

    def _make_edges(self, X):
        self.number_ = len(X)
        borders = self.bin_range or list(zip(X.min(axis=0), X.max(axis=0), strict=True))
        bins = np.broadcast_to(self.bins, 2)
        return [np.linspace(low, high, count + 1) for (low, high), count in zip(borders, bins, strict=True)]
