"""
breaks: [gaussian.density]
also: [gmm.one_equals_gaussian]
says: >-
  In place of the log-determinant stands its sign, which is 1: slogdet gives first the sign, then the logarithm.
"""


class Gaussian:
    def score_samples(self, X):
        log_determinant, _ = np.linalg.slogdet(self.covariance_)
        whitened = solve_triangular(self.cholesky_, (self._checked(X) - self.mean_).T, lower=True)
        return -0.5 * ((whitened**2).sum(axis=0) + len(self.mean_) * np.log(2 * np.pi) + log_determinant)
