"""
breaks: [gaussian.density]
also: [gmm.one_equals_gaussian]
says: >-
  The density is that of the standardised points: the standard deviations by which the points were divided are
  missing from it.
"""


class Gaussian:
    def score_samples(self, X):
        deviation = np.sqrt(np.diag(self.covariance_))
        scaled = (self._checked(X) - self.mean_) / deviation
        factor = np.linalg.cholesky(self.covariance_ / np.outer(deviation, deviation))
        whitened = solve_triangular(factor, scaled.T, lower=True)
        log_determinant = 2 * np.log(np.diag(factor)).sum()
        return -0.5 * ((whitened**2).sum(axis=0) + log_determinant + len(self.mean_) * np.log(2 * np.pi))
