"""
breaks: [gmm.fit]
says: >-
  The M-step leaves the component weights at their start.
"""

class GaussianMixture:
    def _maximisation(self, X, responsibilities):
        counts = responsibilities.sum(axis=0)
        self.means_, self.covariances_ = self.means_.copy(), self.covariances_.copy()
        for k in np.flatnonzero(counts > 1e-10):
            share = responsibilities[:, k] / counts[k]
            self.means_[k] = share @ X
            centred = X - self.means_[k]
            self.covariances_[k] = self._lifted((share[:, None] * centred).T @ centred)
