"""
breaks: [kde.density]
says: >-
  Where kernels overlap the density is too small: only the kernel of the nearest training point counts, not
  the average of all of them.
"""


class KernelDensity:
    def score_samples(self, X):
        n, h = len(self.data_), self.bandwidth
        largest = -0.5 * cdist(self._checked(X) / h, self.data_ / h, "sqeuclidean").min(axis=1)
        return largest - np.log(n * h**2 * 2 * np.pi)
