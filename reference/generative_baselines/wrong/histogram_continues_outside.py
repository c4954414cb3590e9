"""
breaks: [histogram.density]
says: >-
  Far away from all data the density is that of the nearest bin at the border: indices that leave the table
  are moved back into it. Ask for the density at a point far outside; no training point lies there.
"""


class Histogram2D:
    def score_samples(self, X):
        column, row, _ = self._cells(self._checked(X))
        columns, rows = self.log_density_.shape
        return self.log_density_[np.clip(column, 0, columns - 1), np.clip(row, 0, rows - 1)]
