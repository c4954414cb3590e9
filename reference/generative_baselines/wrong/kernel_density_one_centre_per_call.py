"""
breaks: [kde.sampling]
says: >-
  All points of one call lie around the same training point: it is chosen once per call, not once per sample.
  Draw a hundred points and count the training points that they surround.
"""


class KernelDensity:
    def sample(self, n=1):
        centre = self.data_[self.generator_.integers(len(self.data_))]
        return centre + self.bandwidth * self.generator_.standard_normal((n, len(centre)))
