"""
breaks: [kde.density]
says: >-
  Only the kernels of the nearest training points are summed, but the sum is divided by the number of all: where many
  points are near, most of the density is missing. Sum over all of them, or over all within several bandwidths.
"""

NEAREST = 20


class KernelDensity:
    def score_samples(self, X):
        X = self._checked(X)
        squares = np.sort(cdist(X, self.data_, "sqeuclidean"), axis=1)[:, :NEAREST]
        total = np.exp(-squares / (2 * self.bandwidth**2)).sum(axis=1)
        return np.log(total / (len(self.data_) * 2 * np.pi * self.bandwidth**2) + 1e-300)
