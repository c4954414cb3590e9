"""
breaks: [gmm.sampling]
says: >-
  The components are drawn with equal probability in place of their weights.
"""

class GaussianMixture:
    def sample(self, n=1):
        component = self.generator_.integers(len(self.weights_), size=n)
        points = self.generator_.standard_normal((n, self.means_.shape[1]))
        for k in range(len(self.weights_)):
            chosen = component == k
            points[chosen] = self.means_[k] + points[chosen] @ self.cholesky_[k].T
        return points
