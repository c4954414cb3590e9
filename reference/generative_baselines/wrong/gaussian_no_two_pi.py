"""
breaks: [gaussian.density]
also: [gmm.one_equals_gaussian]
says: >-
  The density has the right shape but integrates to 2 pi: the factor 2 pi is missing from the normalisation.
  Integrate over a grid, and look up what stands in front of the exponential.
"""


class Gaussian:
    def score_samples(self, X):
        whitened = solve_triangular(self.cholesky_, (self._checked(X) - self.mean_).T, lower=True)
        log_determinant = 2 * np.log(np.diag(self.cholesky_)).sum()
        return -0.5 * ((whitened**2).sum(axis=0) + log_determinant)
