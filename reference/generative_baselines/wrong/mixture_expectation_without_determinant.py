"""
breaks: [gmm.fit]
same_as: [mixture_is_one_gaussian]
says: >-
  The responsibilities leave out the determinant of each covariance, as if it were the same for all components:
  wide components take the points of narrow ones. It cancels only where all covariances are equal.
"""


class GaussianMixture:
    def _expectation(self, X):
        self.cholesky_ = np.linalg.cholesky(self.covariances_)
        joint = self._weighted_log_densities(X)
        joint = joint + np.log(np.diagonal(self.cholesky_, axis1=1, axis2=2)).sum(axis=1)
        log_density = logsumexp(joint, axis=1)
        return np.exp(joint - log_density[:, None]), log_density.mean()
