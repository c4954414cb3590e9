"""
breaks: [kde.sampling]
says: >-
  The generator is started anew in every call, so that each sample is the same.
"""

class KernelDensity:
    def sample(self, n=1):
        generator = np.random.default_rng(0)
        centres = self.data_[generator.integers(len(self.data_), size=n)]
        return centres + self.bandwidth * generator.standard_normal(centres.shape)
