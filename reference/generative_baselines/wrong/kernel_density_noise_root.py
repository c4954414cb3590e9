"""
breaks: [kde.sampling]
says: >-
  The noise has the standard deviation sqrt(h) in place of h.
"""

class KernelDensity:
    def sample(self, n=1):
        centres = self.data_[self.generator_.integers(len(self.data_), size=n)]
        return centres + np.sqrt(self.bandwidth) * self.generator_.standard_normal(centres.shape)
