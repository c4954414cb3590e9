"""
breaks: [kde.density]
says: >-
  The density integrates to 2 pi: the bandwidth is in the normalisation of the kernel, but 2 pi is not. Fit
  one single point and integrate.
"""


class KernelDensity:
    def score_samples(self, X):
        n, h = len(self.data_), self.bandwidth
        return self._log_sum(self._checked(X)) - np.log(n * h**2)
