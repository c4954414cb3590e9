"""
breaks: [gaussian.sampling]
says: >-
  Samples are drawn with the inverse of the covariance: they are narrow where the data is wide, and the correlation
  has the other sign. The density needs the inverse, the sampler needs the covariance itself.
"""


class Gaussian:
    def sample(self, n=1):
        precision = np.linalg.inv(self.covariance_)
        return self.generator_.multivariate_normal(self.mean_, precision, size=n)
