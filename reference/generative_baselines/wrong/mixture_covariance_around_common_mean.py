"""
breaks: [gmm.fit]
says: >-
  Every component's covariance is taken around the mean of all points in place of the component's own mean, so
  all components are far too wide. With one component the two are the same: try two.
"""


class GaussianMixture:
    def _maximisation(self, X, responsibilities):
        counts = responsibilities.sum(axis=0)
        self.weights_ = counts / counts.sum()
        self.means_, self.covariances_ = self.means_.copy(), self.covariances_.copy()
        centred = X - X.mean(axis=0)
        for k in np.flatnonzero(counts > 1e-10):
            share = responsibilities[:, k] / counts[k]
            self.means_[k] = share @ X
            self.covariances_[k] = self._lifted((share[:, None] * centred).T @ centred)
