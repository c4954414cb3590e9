"""
breaks: [kde.sampling]
says: >-
  The samples lie above and to the right of the training points only: the noise is uniform between 0 and h,
  and never negative. Draw around a single point and compare the mean of the samples with it.
"""


class KernelDensity:
    def sample(self, n=1):
        centres = self.data_[self.generator_.integers(len(self.data_), size=n)]
        return centres + self.bandwidth * self.generator_.uniform(size=centres.shape)
