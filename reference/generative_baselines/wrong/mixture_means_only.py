"""
breaks: [gmm.sampling]
says: >-
  The samples are the component means; the spread of the components is missing.
"""

class GaussianMixture:
    def sample(self, n=1):
        component = self.generator_.choice(len(self.weights_), size=n, p=self.weights_)
        return self.means_[component]
