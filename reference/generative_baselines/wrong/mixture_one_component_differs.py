"""
breaks: [gmm.one_equals_gaussian]
says: >-
  With one component a large constant is added to the covariance, so that the mixture is not the single Gaussian.
"""

class GaussianMixture:
    def _lifted(self, covariance):
        return covariance + 0.05 * np.eye(len(covariance)) * (self.n_components == 1)
