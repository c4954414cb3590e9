"""
breaks: [gmm.fit]
also: [gmm.one_equals_gaussian]
says: >-
  The components stay parallel to the axes: the M-step computes variances only, and the covariance between the
  coordinates is lost. Fit one tilted cloud with one component.
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
            self.covariances_[k] = self._lifted(np.diag(share @ centred**2))
