"""
breaks: [gaussian.density]
also: [gmm.one_equals_gaussian]
says: >-
  The log-determinant is half of what it should be: the sum of the logarithms on the diagonal of the Cholesky
  factor has to be doubled. Compare with the logarithm of the determinant of the covariance.
"""


class Gaussian:
    def score_samples(self, X):
        whitened = solve_triangular(self.cholesky_, (self._checked(X) - self.mean_).T, lower=True)
        log_determinant = np.log(np.diag(self.cholesky_)).sum()
        return -0.5 * ((whitened**2).sum(axis=0) + len(self.mean_) * np.log(2 * np.pi) + log_determinant)
