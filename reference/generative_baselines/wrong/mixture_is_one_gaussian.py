"""
breaks: [gmm.fit]
says: >-
  The whole mixture is one Gaussian: either all components start alike and stay so, or one of them takes all
  points. Print weights and means before and after the fit, and start every component at another point.
"""


class GaussianMixture:
    def _start(self, X):
        k = self.n_components
        self.weights_ = np.full(k, 1 / k)
        self.means_ = np.repeat(X.mean(axis=0)[None], k, axis=0)
        self.covariances_ = np.repeat(np.cov(X.T, ddof=0)[None], k, axis=0)
