"""
breaks: [kde.density]
says: >-
  The kernel has a tip at its centre and long tails: the distance in its exponent is not squared. Plot the
  density of one single point along a line.
"""


class KernelDensity:
    def score_samples(self, X):
        n, h = len(self.data_), self.bandwidth
        exponents = -0.5 * cdist(self._checked(X) / h, self.data_ / h)
        return logsumexp(exponents, axis=1) - np.log(n * h**2 * 2 * np.pi)
