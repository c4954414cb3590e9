"""
breaks: [gmm.density]
says: >-
  All components have the shape of the first one in the density: its covariance is used for each of them. An
  index is missing where the density loops over the components.
"""


class GaussianMixture:
    def score_samples(self, X):
        whitening = np.linalg.inv(self.cholesky_[0]).T
        whitened = (self._checked(X)[:, None] - self.means_) @ whitening
        constants = np.log(self.weights_) - np.log(np.diag(self.cholesky_[0])).sum()
        joint = constants - 0.5 * (whitened**2).sum(axis=2)
        return logsumexp(joint, axis=1) - 0.5 * self.means_.shape[1] * np.log(2 * np.pi)
