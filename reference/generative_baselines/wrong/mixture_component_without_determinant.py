"""
breaks: [gmm.density]
also: [gmm.fit]
same_as: [mixture_no_determinant]
says: >-
  The component densities lack the determinant of the covariance, in the E-step as well as in the density: wide
  components take the points of narrow ones. Integrate the density of one component over a grid.
"""


class GaussianMixture:
    def _weighted_log_densities(self, X):
        whitening = np.linalg.inv(self.cholesky_).swapaxes(1, 2)
        whitened = (X - self.means_[:, None]) @ whitening
        constants = np.log(self.weights_) - 0.5 * X.shape[1] * np.log(2 * np.pi)
        return constants - 0.5 * (whitened**2).sum(axis=2).T
