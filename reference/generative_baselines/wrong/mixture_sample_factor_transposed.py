"""
breaks: [gmm.sampling]
says: >-
  Within a component the Cholesky factor is applied from the wrong side, which gives the samples another
  covariance. Compare the covariance of many samples of one component with the fitted one.
"""


class GaussianMixture:
    def sample(self, n=1):
        component = self.generator_.choice(len(self.weights_), size=n, p=self.weights_)
        noise = self.generator_.standard_normal((n, self.means_.shape[1]))
        return self.means_[component] + np.einsum("ni,nij->nj", noise, self.cholesky_[component])
