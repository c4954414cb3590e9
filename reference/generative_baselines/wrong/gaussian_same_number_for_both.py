"""
breaks: [gaussian.sampling]
says: >-
  All samples lie on one line: a single random number is drawn per point and used for both coordinates.
  Scatter them to see it; a point in the plane needs two.
"""


class Gaussian:
    def sample(self, n=1):
        return self.mean_ + self.generator_.standard_normal((n, 1)) * np.sqrt(np.diag(self.covariance_))
