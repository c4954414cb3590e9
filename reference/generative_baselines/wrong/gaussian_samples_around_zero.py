"""
breaks: [gaussian.sampling]
says: >-
  The samples have the right spread but lie around the origin: the mean is not added. Compare the mean of many
  samples with that of the training points.
"""


class Gaussian:
    def sample(self, n=1):
        return self.generator_.standard_normal((n, len(self.mean_))) @ self.cholesky_.T
