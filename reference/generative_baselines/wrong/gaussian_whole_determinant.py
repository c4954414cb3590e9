"""
breaks: [gaussian.density]
also: [gmm.one_equals_gaussian]
says: >-
  The density is too small or too large by the root of the determinant: the normalisation contains the
  determinant where its square root belongs. Check with data whose spread is far from one.
"""


class Gaussian:
    def score_samples(self, X):
        whitened = solve_triangular(self.cholesky_, (self._checked(X) - self.mean_).T, lower=True)
        log_determinant = 2 * np.log(np.diag(self.cholesky_)).sum()
        return -0.5 * ((whitened**2).sum(axis=0) + len(self.mean_) * np.log(2 * np.pi)) - log_determinant
