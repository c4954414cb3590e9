"""
breaks: [gmm.sampling]
says: >-
  Two calls return the same points: the random numbers are started anew inside the method. Call it twice in a
  row and compare; seeds belong to the top of the notebook.
"""


class GaussianMixture:
    def sample(self, n=1):
        generator = np.random.default_rng(1)
        component = generator.choice(len(self.weights_), size=n, p=self.weights_)
        noise = generator.standard_normal((n, self.means_.shape[1]))
        return self.means_[component] + np.einsum("nij,nj->ni", self.cholesky_[component], noise)
