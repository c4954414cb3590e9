"""
breaks: [kde.density]
also: [kde.sampling]
says: >-
  Asking for the density changes the stored training points: they are divided by the bandwidth in place, so the
  first answer is right and every later one is not. Ask twice for the same points; work on a copy.
"""


class KernelDensity:
    def score_samples(self, X):
        X = self._checked(X) / self.bandwidth
        self.data_ /= self.bandwidth
        n, d = self.data_.shape
        exponents = -0.5 * cdist(X, self.data_, "sqeuclidean")
        largest = exponents.max(axis=1, keepdims=True)
        log_norm = np.log(n) + d * np.log(self.bandwidth) + 0.5 * d * np.log(2 * np.pi)
        return np.log(np.exp(exponents - largest).sum(axis=1)) + largest[:, 0] - log_norm
