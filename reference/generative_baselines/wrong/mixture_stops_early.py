"""
breaks: [gmm.fit]
says: >-
  The EM iterations end long before they have converged.
"""

class GaussianMixture:
    def _iterate(self, X):
        responsibilities, likelihood = self._expectation(X)
        for _ in range(2):
            self._maximisation(X, responsibilities)
            responsibilities, new = self._expectation(X)
        return [likelihood, new], True

    def _spread_centres(self, X):
        return X[self.generator_.choice(len(X), self.n_components, replace=False)]
