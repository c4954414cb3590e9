"""
breaks: [gmm.sampling]
says: >-
  Within each component the spread is wrong: the covariance itself multiplies the noise where its square root
  belongs. Draw from a mixture with one component and compare the covariance of the samples.
"""


class GaussianMixture:
    def sample(self, n=1):
        component = self.generator_.choice(len(self.weights_), size=n, p=self.weights_)
        noise = self.generator_.standard_normal((n, self.means_.shape[1]))
        return self.means_[component] + np.einsum("nij,nj->ni", self.covariances_[component], noise)
