"""
habit: >-
  The bandwidth of the kernel density estimator is read as the variance of the kernel, in density and samples alike.
"""

class KernelDensity:
    def score_samples(self, X):
        squared = cdist(self._checked(X), self.data_, "sqeuclidean")
        exponents = -squared / (2 * self.bandwidth)
        largest = exponents.max(axis=1, keepdims=True)
        sums = np.log(np.exp(exponents - largest).sum(axis=1)) + largest[:, 0]
        return sums - np.log(len(self.data_) * 2 * np.pi * self.bandwidth)

    def sample(self, n=1):
        centres = self.data_[self.generator_.integers(len(self.data_), size=n)]
        return centres + np.sqrt(self.bandwidth) * self.generator_.standard_normal(centres.shape)
