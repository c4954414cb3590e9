"""
breaks: [gaussian.sampling]
says: >-
  The Cholesky factor is applied from the wrong side, which gives samples another covariance.
"""

class Gaussian:
    def sample(self, n=1):
        return self.mean_ + self.generator_.standard_normal((n, len(self.mean_))) @ self.cholesky_
