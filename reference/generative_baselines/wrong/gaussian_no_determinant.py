"""
breaks: [gaussian.density]
also: [gmm.one_equals_gaussian]
says: >-
  The determinant of the covariance is missing from the normalisation.
"""

class Gaussian:
    def score_samples(self, X):
        whitened = solve_triangular(self.cholesky_, (self._checked(X) - self.mean_).T, lower=True)
        return -0.5 * ((whitened**2).sum(axis=0) + len(self.mean_) * np.log(2 * np.pi))
