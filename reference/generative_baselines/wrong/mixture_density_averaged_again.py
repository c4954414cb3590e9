"""
breaks: [gmm.density]
also: [gmm.one_equals_gaussian]
says: >-
  The density integrates to one over the number of components: the weighted densities are averaged, although
  the weights already add up to one.
"""


class GaussianMixture:
    def score_samples(self, X):
        joint = self._weighted_log_densities(self._checked(X))
        return logsumexp(joint, axis=1) - np.log(len(self.weights_))
