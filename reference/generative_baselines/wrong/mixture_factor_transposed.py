"""
breaks: [gmm.sampling]
says: >-
  Within the components the samples are tilted differently from the data: the Cholesky factor is applied from
  the wrong side. Compare the covariance of samples from one component with the fitted one.
"""


class GaussianMixture:
    def sample(self, n=1):
        component = self.generator_.choice(len(self.weights_), size=n, p=self.weights_)
        noise = self.generator_.standard_normal((n, self.means_.shape[1]))
        return self.means_[component] + np.einsum("nji,nj->ni", self.cholesky_[component], noise)
