"""
breaks: [kde.sampling]
says: >-
  The noise is added to the stored training points themselves: with every draw the centres move, and the next samples
  (and the density) spread further. Add the noise to a copy.
"""


class KernelDensity:
    def sample(self, n=1):
        chosen = self.generator_.integers(len(self.data_), size=n)
        noise = self.bandwidth * self.generator_.standard_normal((n, self.data_.shape[1]))
        drawn = self.data_[chosen] + noise
        self.data_ = self.data_.copy()
        self.data_[chosen] = drawn
        return drawn
