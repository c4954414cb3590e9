"""
breaks: [kde.density]
says: >-
  The kernels are summed; the division by the number of training points is missing.
"""

class KernelDensity:
    def score_samples(self, X):
        return self._log_sum(self._checked(X)) - np.log(self.bandwidth**2 * 2 * np.pi)
