"""
breaks: [kde.density]
says: >-
  The kernels of the two coordinates are averaged over the training points apart and then multiplied: density
  appears where x alone and y alone are likely. The product belongs inside the average.
"""


class KernelDensity:
    def score_samples(self, X):
        X = self._checked(X)
        total = np.zeros(len(X))
        for axis in range(X.shape[1]):
            exponents = -0.5 * ((X[:, None, axis] - self.data_[None, :, axis]) / self.bandwidth) ** 2
            total += logsumexp(exponents, axis=1) - np.log(len(self.data_) * self.bandwidth * np.sqrt(2 * np.pi))
        return total
