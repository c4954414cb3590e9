"""
breaks: [gaussian.density]
also: [gmm.one_equals_gaussian]
says: >-
  The density has the right shape but integrates to about 2.5: the root of 2 pi stands there once, as on a
  line, where the plane needs it once per coordinate.
"""


class Gaussian:
    def score_samples(self, X):
        whitened = solve_triangular(self.cholesky_, (self._checked(X) - self.mean_).T, lower=True)
        log_determinant = 2 * np.log(np.diag(self.cholesky_)).sum()
        return -0.5 * ((whitened**2).sum(axis=0) + log_determinant + np.log(2 * np.pi))
