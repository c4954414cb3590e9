"""
breaks: [gmm.fit]
says: >-
  All components stay the same: they start with the same mean and covariance, so the E-step treats them alike for
  ever. Start every component at another point of the data.
"""


class GaussianMixture:
    def _start(self, X):
        k = self.n_components
        self.weights_ = np.full(k, 1 / k)
        self.means_ = np.repeat(X.mean(axis=0)[None], k, axis=0)
        self.covariances_ = np.repeat(np.cov(X.T, ddof=0)[None], k, axis=0)
