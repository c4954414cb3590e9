"""
breaks: [gmm.density]
also: [gmm.one_equals_gaussian]
says: >-
  Narrow components get too small a density and wide ones too large a one: the determinant of the covariance
  is missing from their normalisation. Integrate the density over a grid.
"""


class GaussianMixture:
    def score_samples(self, X):
        joint = self._weighted_log_densities(self._checked(X))
        joint = joint + np.log(np.diagonal(self.cholesky_, axis1=1, axis2=2)).sum(axis=1)
        return logsumexp(joint, axis=1)
