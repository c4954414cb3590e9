"""
breaks: [histogram.density]
says: >-
  The bins are stretched over the points that are asked about, not over the training points: the density of a point
  changes with the other points in the same question. Ask about one point alone, then together with others.
"""


class Histogram2D:
    def score_samples(self, X):
        X = self._checked(X)
        low, high = X.min(axis=0), X.max(axis=0)
        shape = np.array(self.weights_.shape)
        cells = np.minimum((X - low) / np.maximum(high - low, 1e-300) * shape, shape - 1).astype(int)
        return self.log_density_[cells[:, 0], cells[:, 1]]
