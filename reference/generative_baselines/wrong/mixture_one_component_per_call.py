"""
breaks: [gmm.sampling]
says: >-
  All points of one call come from the same component: it is drawn once per call, not once per point. Draw a
  hundred points and count how many clusters they hit.
"""


class GaussianMixture:
    def sample(self, n=1):
        component = self.generator_.choice(len(self.weights_), p=self.weights_)
        noise = self.generator_.standard_normal((n, self.means_.shape[1]))
        return self.means_[component] + noise @ self.cholesky_[component].T
