"""
breaks: [gmm.density]
says: >-
  The largest logarithm is taken away so that nothing underflows, and is never added back: every density is relative to
  its most likely component. Add the maximum after the logarithm of the sum.
"""


class GaussianMixture:
    def score_samples(self, X):
        joint = self._weighted_log_densities(self._checked(X))
        return np.log(np.exp(joint - joint.max(axis=1, keepdims=True)).sum(axis=1))
