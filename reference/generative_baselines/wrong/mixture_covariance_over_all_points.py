"""
breaks: [gmm.fit]
says: >-
  The components are too narrow: their covariances are divided by the number of all points, not by that of the
  points that belong to them. Compare with the covariance of one cluster alone.
"""


class GaussianMixture:
    def _maximisation(self, X, responsibilities):
        counts = responsibilities.sum(axis=0)
        self.weights_ = counts / counts.sum()
        self.means_, self.covariances_ = self.means_.copy(), self.covariances_.copy()
        for k in np.flatnonzero(counts > 1e-10):
            share = responsibilities[:, k] / counts[k]
            self.means_[k] = share @ X
            centred = X - self.means_[k]
            weighted = responsibilities[:, k][:, None] * centred
            self.covariances_[k] = self._lifted(weighted.T @ centred / len(X))
