"""
breaks: [gmm.density]
also: [gmm.one_equals_gaussian]
says: >-
  The component densities are added without their weights.
"""

class GaussianMixture:
    def score_samples(self, X):
        X = self._checked(X)
        return logsumexp(self._weighted_log_densities(X) - np.log(self.weights_), axis=1)
