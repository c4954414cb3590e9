"""
breaks: [kde.sampling]
says: >-
  The samples form one cloud in the middle of the data: the noise is added to the mean of the training points,
  not to a training point drawn at random.
"""


class KernelDensity:
    def sample(self, n=1):
        centre = self.data_.mean(axis=0)
        return centre + self.bandwidth * self.generator_.standard_normal((n, len(centre)))
