"""
breaks: [gmm.fit]
also: [gmm.one_equals_gaussian]
says: >-
  The responsibilities are divided by their sum over the points, where it must be the sum over the components:
  every row must add up to one. Print the sums of a few rows after the E-step.
"""


class GaussianMixture:
    def _expectation(self, X):
        self.cholesky_ = np.linalg.cholesky(self.covariances_)
        joint = self._weighted_log_densities(X)
        share = np.exp(joint - joint.max(axis=0))
        return share / share.sum(axis=0), logsumexp(joint, axis=1).mean()
