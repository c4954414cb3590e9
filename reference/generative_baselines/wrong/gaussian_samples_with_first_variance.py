"""
breaks: [gaussian.sampling]
says: >-
  The samples scatter alike in every direction: one standard deviation, that of the first coordinate, is used for
  both. Compare the standard deviations of many samples with those of the data.
"""


class Gaussian:
    def sample(self, n=1):
        deviation = np.sqrt(self.covariance_[0, 0])
        return self.mean_ + deviation * self.generator_.standard_normal((n, len(self.mean_)))
