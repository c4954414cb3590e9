"""
breaks: [kde.density]
says: >-
  The density is normalised but narrower than the samples: its kernel is exp(-d²/h²), whose standard deviation
  is not h, while the noise of the samples has the standard deviation h. Use one width in both.
"""


class KernelDensity:
    def score_samples(self, X):
        n, h = len(self.data_), self.bandwidth
        exponents = -cdist(self._checked(X) / h, self.data_ / h, "sqeuclidean")
        largest = exponents.max(axis=1, keepdims=True)
        return np.log(np.exp(exponents - largest).sum(axis=1)) + largest[:, 0] - np.log(n * h**2 * np.pi)
