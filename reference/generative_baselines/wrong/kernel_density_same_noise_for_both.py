"""
breaks: [kde.sampling]
says: >-
  Around every training point the samples lie on a diagonal line: one random number is drawn per sample and
  added to both coordinates. The plane needs one per coordinate.
"""


class KernelDensity:
    def sample(self, n=1):
        centres = self.data_[self.generator_.integers(len(self.data_), size=n)]
        return centres + self.bandwidth * self.generator_.standard_normal((n, 1))
