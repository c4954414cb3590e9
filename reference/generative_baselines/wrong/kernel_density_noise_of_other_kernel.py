"""
breaks: [kde.sampling]
says: >-
  The samples scatter too little, by h over the root of 2: the noise belongs to a kernel exp(-d²/h²), the
  density to one of standard deviation h. Compare the spread of samples around a single point with the
  density.
"""


class KernelDensity:
    def sample(self, n=1):
        centres = self.data_[self.generator_.integers(len(self.data_), size=n)]
        return centres + self.bandwidth / np.sqrt(2) * self.generator_.standard_normal(centres.shape)
