"""
breaks: [gaussian.density]
also: [gmm.one_equals_gaussian]
says: >-
  The density falls off too fast and does not integrate to one: the factor one half in the exponent is
  missing. At a distance of one standard deviation, how far below its peak must a normal density be?
"""


class Gaussian:
    def score_samples(self, X):
        whitened = solve_triangular(self.cholesky_, (self._checked(X) - self.mean_).T, lower=True)
        log_determinant = 2 * np.log(np.diag(self.cholesky_)).sum()
        return -(whitened**2).sum(axis=0) - 0.5 * (log_determinant + len(self.mean_) * np.log(2 * np.pi))
