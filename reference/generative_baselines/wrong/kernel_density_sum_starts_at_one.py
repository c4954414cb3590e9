"""
breaks: [kde.density]
says: >-
  The sum in the log domain starts at 0, which is the logarithm of one, in place of minus infinity: one is added
  to the sum of the kernels everywhere, and the density has a constant floor.
"""


class KernelDensity:
    def score_samples(self, X):
        X = self._checked(X)
        n, d = self.data_.shape
        log_kernels = self._log_sum(X) - d * np.log(self.bandwidth) - 0.5 * d * np.log(2 * np.pi)
        return np.logaddexp(0.0, log_kernels) - np.log(n)
