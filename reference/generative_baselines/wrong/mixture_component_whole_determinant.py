"""
breaks: [gmm.density]
also: [gmm.fit]
says: >-
  The component densities are divided by the determinant of the covariance in place of its root, in the E-step as
  well as in the density: narrow components take too many points. Integrate one component over a grid.
"""


class GaussianMixture:
    def _weighted_log_densities(self, X):
        whitening = np.linalg.inv(self.cholesky_).swapaxes(1, 2)
        whitened = (X - self.means_[:, None]) @ whitening
        constants = np.log(self.weights_) - 0.5 * X.shape[1] * np.log(2 * np.pi)
        constants -= 2 * np.log(np.diagonal(self.cholesky_, axis1=1, axis2=2)).sum(axis=1)
        return constants - 0.5 * (whitened**2).sum(axis=2).T
