"""
breaks: [kde.density]
says: >-
  Every bandwidth gives the same density: the kernel has a fixed width, whatever the constructor was given.
  Compare the densities for a small and for a large bandwidth.
"""


class KernelDensity:
    def score_samples(self, X):
        n, h = len(self.data_), self.bandwidth
        exponents = -0.5 * cdist(self._checked(X), self.data_, "sqeuclidean")
        return logsumexp(exponents, axis=1) - np.log(n * 2 * np.pi) - 0 * h
