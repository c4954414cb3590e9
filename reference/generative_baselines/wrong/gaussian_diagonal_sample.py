"""
breaks: [gaussian.sampling]
says: >-
  The coordinates are drawn independently, so the correlation is lost in the samples.
"""

class Gaussian:
    def sample(self, n=1):
        spread = np.sqrt(np.diag(self.covariance_))
        return self.mean_ + self.generator_.standard_normal((n, len(self.mean_))) * spread
