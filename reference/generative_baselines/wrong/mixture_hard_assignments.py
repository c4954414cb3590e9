"""
breaks: [gmm.fit]
says: >-
  Every point counts for its likeliest component alone, as in k-means: the responsibilities are rounded to 0
  and 1. Where clusters overlap, a point belongs to several components in part.
"""


class GaussianMixture:
    def _expectation(self, X):
        self.cholesky_ = np.linalg.cholesky(self.covariances_)
        joint = self._weighted_log_densities(X)
        hard = np.eye(joint.shape[1])[joint.argmax(axis=1)]
        return hard, logsumexp(joint, axis=1).mean()
