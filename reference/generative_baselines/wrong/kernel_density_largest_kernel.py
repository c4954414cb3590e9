"""
breaks: [kde.density]
says: >-
  Only the nearest training point counts: the largest kernel is taken where all of them have to be added up.
  Between two training points the density is then too small.
"""


class KernelDensity:
    def score_samples(self, X):
        X = self._checked(X)
        exponents = -0.5 * cdist(X, self.data_, "sqeuclidean") / self.bandwidth**2
        log_norm = np.log(len(self.data_)) + 0.5 * X.shape[1] * np.log(2 * np.pi * self.bandwidth**2)
        return exponents.max(axis=1) - log_norm
