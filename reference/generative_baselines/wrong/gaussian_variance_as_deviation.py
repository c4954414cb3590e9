"""
breaks: [gaussian.sampling]
says: >-
  The coordinates are drawn independently, and each variance is used as if it were a standard deviation.
  Compare the covariance of many samples with that of the data: diagonal and off-diagonal.
"""


class Gaussian:
    def sample(self, n=1):
        noise = self.generator_.standard_normal((n, len(self.mean_)))
        return self.mean_ + noise * np.diag(self.covariance_)
