"""
breaks: [kde.density]
says: >-
  The training points are summed in batches, and each batch is divided by its own number of points: the density
  grows with the number of batches.
"""


class KernelDensity:
    def score_samples(self, X):
        X = self._checked(X)
        total = np.zeros(len(X))
        for start in range(0, len(self.data_), 500):
            part = self.data_[start : start + 500]
            squares = cdist(X, part, "sqeuclidean")
            total += np.exp(-squares / (2 * self.bandwidth**2)).mean(axis=1)
        return np.log(total / (2 * np.pi * self.bandwidth**2) + 1e-300)
