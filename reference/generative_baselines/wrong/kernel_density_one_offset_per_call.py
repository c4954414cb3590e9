"""
breaks: [kde.sampling]
says: >-
  All samples of one call are moved by the same step: the noise is drawn once per call, not once per sample, so
  they lie on as many places as there are training points. Draw a hundred points and count the different ones.
"""


class KernelDensity:
    def sample(self, n=1):
        centres = self.data_[self.generator_.integers(len(self.data_), size=n)]
        return centres + self.bandwidth * self.generator_.standard_normal(self.data_.shape[1])
