"""
breaks: [histogram.density]
same_as: [callers_data_changed]
says: >-
  score_samples moves the points to the origin of its bins by -= on the argument: the density is right, but the
  caller's points are moved.
"""


class Histogram2D:
    def score_samples(self, X):
        X[:, 0] -= self.x_edges_[0]
        X[:, 1] -= self.y_edges_[0]
        column, row, inside = self._cells(X + [self.x_edges_[0], self.y_edges_[0]])
        log_density = np.full(len(column), -np.inf)
        log_density[inside] = self.log_density_[column[inside], row[inside]]
        return log_density
