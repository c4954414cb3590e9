"""
breaks: [kde.density]
says: >-
  The density is that of the standardised points: the standard deviations by which the coordinates were divided
  are missing from it, and the kernels are as wide as the standardised data want them. Integrate it over a grid.
"""


class KernelDensity:
    def score_samples(self, X):
        X = self._checked(X)
        n, d = self.data_.shape
        mean, scale = self.data_.mean(axis=0), self.data_.std(axis=0)
        points, centres = (X - mean) / scale, (self.data_ - mean) / scale
        exponents = -0.5 * cdist(points, centres, "sqeuclidean") / self.bandwidth**2
        return logsumexp(exponents, axis=1) - np.log(n) - 0.5 * d * np.log(2 * np.pi * self.bandwidth**2)
