"""
breaks: [kde.density]
same_as: [kernel_density_batches_apart]
says: >-
  The training points are summed in batches, and the last, smaller one is left out.
"""


class KernelDensity:
    def score_samples(self, X):
        X = self._checked(X)
        size = min(400, len(self.data_))
        total = np.zeros(len(X))
        for batch in range(len(self.data_) // size):
            part = self.data_[batch * size : (batch + 1) * size]
            total += np.exp(-cdist(X, part, "sqeuclidean") / (2 * self.bandwidth**2)).sum(axis=1)
        return np.log(total / (len(self.data_) * 2 * np.pi * self.bandwidth**2) + 1e-300)
