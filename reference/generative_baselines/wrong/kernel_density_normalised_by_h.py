"""
breaks: [kde.density]
says: >-
  The normalisation divides by the bandwidth once; in two dimensions it belongs there twice.
"""

class KernelDensity:
    def score_samples(self, X):
        n = len(self.data_)
        return self._log_sum(self._checked(X)) - np.log(n * self.bandwidth * 2 * np.pi)
