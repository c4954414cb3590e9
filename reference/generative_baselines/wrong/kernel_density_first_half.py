"""
breaks: [kde.sampling]
says: >-
  Samples are drawn around the first half of the training points only.
"""

class KernelDensity:
    def sample(self, n=1):
        centres = self.data_[self.generator_.integers(max(1, len(self.data_) // 2), size=n)]
        return centres + self.bandwidth * self.generator_.standard_normal(centres.shape)
