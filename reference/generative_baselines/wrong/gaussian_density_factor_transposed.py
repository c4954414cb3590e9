"""
breaks: [gaussian.density]
says: >-
  The points are whitened with the transposed Cholesky factor: the density integrates to one, but belongs to
  another covariance, that of the factors multiplied in the other order.
"""


class Gaussian:
    def score_samples(self, X):
        moved = (self._checked(X) - self.mean_).T
        whitened = np.linalg.solve(self.cholesky_.T, moved)
        log_determinant = 2 * np.log(np.diag(self.cholesky_)).sum()
        return -0.5 * ((whitened**2).sum(axis=0) + log_determinant + len(self.mean_) * np.log(2 * np.pi))
