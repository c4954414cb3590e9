"""
breaks: [kde.density]
says: >-
  The logarithms of the kernels are averaged, which lets the farthest training points decide; the average
  belongs inside the logarithm. Compare with the density of two points far apart.
"""


class KernelDensity:
    def score_samples(self, X):
        n, h = len(self.data_), self.bandwidth
        exponents = -0.5 * cdist(self._checked(X) / h, self.data_ / h, "sqeuclidean")
        return exponents.mean(axis=1) - np.log(h**2 * 2 * np.pi)
