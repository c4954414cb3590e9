"""
breaks: [gmm.density]
also: [gmm.one_equals_gaussian]
says: >-
  The density has the right shape but integrates to 2 pi: the factor 2 pi is missing from the normalisation of
  the components. Ask with one component and compare with the single Gaussian.
"""


class GaussianMixture:
    def score_samples(self, X):
        joint = self._weighted_log_densities(self._checked(X))
        return logsumexp(joint, axis=1) + np.log(2 * np.pi)
