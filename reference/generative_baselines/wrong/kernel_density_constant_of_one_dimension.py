"""
breaks: [kde.density]
says: >-
  The kernel is normalised as on a line, with the root of 2 pi and h once; in the plane it does not integrate
  to one. Fit one single point and integrate.
"""


class KernelDensity:
    def score_samples(self, X):
        n, h = len(self.data_), self.bandwidth
        return self._log_sum(self._checked(X)) - np.log(n * h * np.sqrt(2 * np.pi))
