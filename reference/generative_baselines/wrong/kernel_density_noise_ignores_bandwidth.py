"""
breaks: [kde.sampling]
says: >-
  The noise has the same width whatever the bandwidth: a number from elsewhere, a global variable perhaps, stands in
  place of the model's own. Draw with two bandwidths and compare.
"""

WIDTH = 0.15


class KernelDensity:
    def sample(self, n=1):
        chosen = self.data_[self.generator_.integers(len(self.data_), size=n)]
        return chosen + WIDTH * self.generator_.standard_normal(chosen.shape)
