"""
breaks: [gmm.sampling]
says: >-
  Within a component the coordinates are drawn independently, so its correlation is lost.
"""

class GaussianMixture:
    def sample(self, n=1):
        component = self.generator_.choice(len(self.weights_), size=n, p=self.weights_)
        spread = np.sqrt(np.diagonal(self.covariances_, axis1=1, axis2=2))
        return self.means_[component] + spread[component] * self.generator_.standard_normal((n, 2))
