"""
breaks: [gaussian.sampling]
says: >-
  The samples scatter by one in every direction, whatever the data: the covariance is not used in drawing. Fit
  data of ten times the spread and compare.
"""


class Gaussian:
    def sample(self, n=1):
        return self.mean_ + self.generator_.standard_normal((n, len(self.mean_)))
