"""
breaks: [gmm.sampling]
says: >-
  Every component scatters by one in all directions: its covariance is not used in drawing. Compare the spread
  of the samples around each mean with the fitted covariances.
"""


class GaussianMixture:
    def sample(self, n=1):
        component = self.generator_.choice(len(self.weights_), size=n, p=self.weights_)
        return self.means_[component] + self.generator_.standard_normal((n, self.means_.shape[1]))
