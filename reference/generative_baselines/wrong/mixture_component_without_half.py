"""
breaks: [gmm.density]
also: [gmm.fit]
says: >-
  The exponent of the component densities lacks the factor one half, in the E-step as well as in the density:
  memberships become too sharp, and the density does not integrate to one.
"""


class GaussianMixture:
    def _weighted_log_densities(self, X):
        whitening = np.linalg.inv(self.cholesky_).swapaxes(1, 2)
        whitened = (X - self.means_[:, None]) @ whitening
        constants = np.log(self.weights_) - 0.5 * X.shape[1] * np.log(2 * np.pi)
        constants -= np.log(np.diagonal(self.cholesky_, axis1=1, axis2=2)).sum(axis=1)
        return constants - (whitened**2).sum(axis=2).T
