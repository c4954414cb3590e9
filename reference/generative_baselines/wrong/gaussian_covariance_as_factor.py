"""
breaks: [gaussian.sampling]
says: >-
  The covariance itself is used where its square root belongs.
"""

class Gaussian:
    def sample(self, n=1):
        return self.mean_ + self.generator_.standard_normal((n, len(self.mean_))) @ self.covariance_
