"""
breaks: [gmm.sampling]
says: >-
  The samples of every component have the shape of the first one: its factor is used for all of them. Colour the
  samples by their component and compare each cloud with its covariance.
"""


class GaussianMixture:
    def sample(self, n=1):
        component = self.generator_.choice(len(self.weights_), size=n, p=self.weights_)
        noise = self.generator_.standard_normal((n, self.means_.shape[1]))
        return self.means_[component] + noise @ self.cholesky_[0].T
