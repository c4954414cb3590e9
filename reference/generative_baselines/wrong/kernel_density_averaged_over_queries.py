"""
breaks: [kde.density]
says: >-
  The sum of the kernels is divided by the number of points that are asked for, not by that of the training
  points: the density depends on how many places are asked at once.
"""


class KernelDensity:
    def score_samples(self, X):
        X = self._checked(X)
        d = X.shape[1]
        exponents = -0.5 * cdist(X, self.data_, "sqeuclidean") / self.bandwidth**2
        return logsumexp(exponents, axis=1) - np.log(len(X)) - 0.5 * d * np.log(2 * np.pi * self.bandwidth**2)
