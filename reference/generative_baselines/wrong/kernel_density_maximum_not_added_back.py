"""
breaks: [kde.density]
says: >-
  The largest logarithm is taken away so that nothing underflows, and is never added back: every density is relative to
  its nearest kernel. Add the maximum after the logarithm of the sum.
"""


class KernelDensity:
    def score_samples(self, X):
        X = self._checked(X)
        logs = -cdist(X, self.data_, "sqeuclidean") / (2 * self.bandwidth**2)
        total = np.exp(logs - logs.max(axis=1, keepdims=True)).sum(axis=1)
        return np.log(total) - np.log(len(self.data_) * 2 * np.pi * self.bandwidth**2)
