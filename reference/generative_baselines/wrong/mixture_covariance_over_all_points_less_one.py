"""
breaks: [gmm.fit]
same_as: [mixture_covariance_over_all_points]
says: >-
  The components are too narrow: their covariances are divided by n - 1, not by the number of the points that
  belong to each of them. Compare with the covariance of one cluster alone.
"""


class GaussianMixture:
    def _maximisation(self, X, responsibilities):
        counts = responsibilities.sum(axis=0)
        self.weights_ = counts / counts.sum()
        self.means_, self.covariances_ = self.means_.copy(), self.covariances_.copy()
        for k in np.flatnonzero(counts > 1e-10):
            self.means_[k] = responsibilities[:, k] @ X / counts[k]
            centred = X - self.means_[k]
            weighted = responsibilities[:, k][:, None] * centred
            self.covariances_[k] = self._lifted(weighted.T @ centred / (len(X) - 1))
