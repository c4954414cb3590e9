"""
breaks: [gaussian.density]
also: [gmm.one_equals_gaussian]
says: >-
  The correlation is missing from the density although the samples have it: two one-dimensional densities are
  multiplied, one per coordinate. Plot the density of an elongated, tilted cloud.
"""


class Gaussian:
    def score_samples(self, X):
        spread = np.sqrt(np.diag(self.covariance_))
        standardised = (self._checked(X) - self.mean_) / spread
        return -0.5 * (standardised**2).sum(axis=1) - np.log(spread).sum() - np.log(2 * np.pi)
