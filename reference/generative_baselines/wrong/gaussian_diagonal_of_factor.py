"""
breaks: [gaussian.density]
also: [gmm.one_equals_gaussian]
says: >-
  The correlation is missing from the density and one of its widths is too small: of the Cholesky factor only
  the diagonal takes part, as when a solver is told the wrong triangle. Compare with the density by the
  inverse of the covariance at a few points.
"""


class Gaussian:
    def score_samples(self, X):
        whitened = (self._checked(X) - self.mean_).T / np.diag(self.cholesky_)[:, None]
        log_determinant = 2 * np.log(np.diag(self.cholesky_)).sum()
        return -0.5 * ((whitened**2).sum(axis=0) + log_determinant + len(self.mean_) * np.log(2 * np.pi))
