"""
breaks: [gmm.fit]
says: >-
  All components have the same shape: one covariance, averaged over the components, is used for each of them.
  The sheet's mixture gives every component its own.
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
            self.covariances_[k] = (share[:, None] * centred).T @ centred
        pooled = np.einsum("k,kij->ij", self.weights_, self.covariances_)
        self.covariances_[:] = self._lifted(pooled)
