"""
breaks: [kde.sampling]
says: >-
  The samples fill squares around the training points: the noise is uniform, but the kernel of the density is
  a Gaussian. Draw around a single point and look at the shape of the cloud.
"""


class KernelDensity:
    def sample(self, n=1):
        centres = self.data_[self.generator_.integers(len(self.data_), size=n)]
        return centres + self.generator_.uniform(-self.bandwidth, self.bandwidth, size=centres.shape)
