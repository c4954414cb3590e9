"""
breaks: [gmm.density]
says: >-
  The logarithms of the component densities are averaged; the sum belongs inside the logarithm.
"""

class GaussianMixture:
    def score_samples(self, X):
        joint = self._weighted_log_densities(self._checked(X)) - np.log(self.weights_)
        return joint @ self.weights_
