"""
breaks: [gaussian.sampling]
says: >-
  The noise is multiplied by the square roots of the covariance's entries: that is not a root of the matrix, and
  the samples get another covariance. Multiply your factor with its own transpose and compare.
"""


class Gaussian:
    def sample(self, n=1):
        factor = np.sqrt(np.abs(self.covariance_))
        return self.mean_ + self.generator_.standard_normal((n, len(self.mean_))) @ factor.T
