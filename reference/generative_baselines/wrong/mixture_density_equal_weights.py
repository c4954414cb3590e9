"""
breaks: [gmm.density]
also: [gmm.one_equals_gaussian]
says: >-
  Every component counts the same in the density: the component densities are averaged, and the fitted weights
  are not used. Compare the density at the centres of a large and of a small cluster.
"""


class GaussianMixture:
    def score_samples(self, X):
        joint = self._weighted_log_densities(self._checked(X))
        return logsumexp(joint - np.log(self.weights_), axis=1) - np.log(len(self.weights_))
