"""
breaks: [kde.sampling]
says: >-
  The noise has the standard deviation h² in place of h.
"""

class KernelDensity:
    def sample(self, n=1):
        centres = self.data_[self.generator_.integers(len(self.data_), size=n)]
        return centres + self.bandwidth**2 * self.generator_.standard_normal(centres.shape)
