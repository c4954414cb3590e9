"""
breaks: [kde.sampling]
says: >-
  The samples scatter by one around the training points, whatever the bandwidth: the noise is not scaled. Draw
  with a small bandwidth; the samples must then stay close to the data.
"""


class KernelDensity:
    def sample(self, n=1):
        centres = self.data_[self.generator_.integers(len(self.data_), size=n)]
        return centres + self.generator_.standard_normal(centres.shape)
