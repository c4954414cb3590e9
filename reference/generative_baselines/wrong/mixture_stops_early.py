"""
breaks: [gmm.fit]
says: >-
  The EM iterations end long before they have converged.
"""

class GaussianMixture:
    def _start(self, X):
        k = self.n_components
        self.weights_, self.means_ = np.full(k, 1 / k), np.repeat(X.mean(axis=0)[None], k, 0)
        self.covariances_ = np.repeat(np.cov(X.T)[None], k, 0)
        self._maximisation(X, self.generator_.dirichlet(np.ones(k), size=len(X)))

    def _iterate(self, X):
        responsibilities, likelihood = self._expectation(X)
        for _ in range(3):
            self._maximisation(X, responsibilities)
            responsibilities, new = self._expectation(X)
        return [likelihood, new], True
