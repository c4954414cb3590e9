"""
breaks: [kde.density]
says: >-
  The density integrates to 2 pi h²: the bare exponentials are averaged, and the kernel's own normalisation is
  missing. Fit one single point and integrate.
"""


class KernelDensity:
    def score_samples(self, X):
        n, h = len(self.data_), self.bandwidth
        return self._log_sum(self._checked(X)) - np.log(n)
