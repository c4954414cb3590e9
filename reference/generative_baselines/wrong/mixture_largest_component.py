"""
breaks: [gmm.density]
also: [gmm.one_equals_gaussian, gmm.fit]
says: >-
  Where two components overlap the density is too small: the largest of the weighted component densities is
  taken in place of their sum.
"""


class GaussianMixture:
    def score_samples(self, X):
        joint = self._weighted_log_densities(self._checked(X))
        return joint.max(axis=1)
