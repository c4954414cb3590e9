"""
breaks: [kde.sampling]
says: >-
  The samples are training points: the noise of the kernel is missing.
"""

class KernelDensity:
    def sample(self, n=1):
        return self.data_[self.generator_.integers(len(self.data_), size=n)]
