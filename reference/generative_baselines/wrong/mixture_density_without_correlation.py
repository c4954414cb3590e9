"""
breaks: [gmm.density]
says: >-
  The density of every component is parallel to the axes although the samples are not: of each covariance only
  the variances are used. Plot contours of the density over samples.
"""


class GaussianMixture:
    def score_samples(self, X):
        variances = np.diagonal(self.covariances_, axis1=1, axis2=2)
        distance = ((self._checked(X)[:, None] - self.means_) ** 2 / variances).sum(axis=2)
        constants = np.log(self.weights_) - 0.5 * np.log(variances).sum(axis=1)
        return logsumexp(constants - 0.5 * distance, axis=1) - 0.5 * self.means_.shape[1] * np.log(2 * np.pi)
