"""
breaks: [gmm.density]
also: [gmm.fit]
says: >-
  The logarithm of the determinant counts half of what it should in the component densities: the sum over the
  diagonal of the Cholesky factor is halved once more. E-step and density both suffer.
"""


class GaussianMixture:
    def _weighted_log_densities(self, X):
        whitening = np.linalg.inv(self.cholesky_).swapaxes(1, 2)
        whitened = (X - self.means_[:, None]) @ whitening
        constants = np.log(self.weights_) - 0.5 * X.shape[1] * np.log(2 * np.pi)
        constants -= 0.5 * np.log(np.diagonal(self.cholesky_, axis1=1, axis2=2)).sum(axis=1)
        return constants - 0.5 * (whitened**2).sum(axis=2).T
