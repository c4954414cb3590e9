"""
breaks: [gaussian.density]
also: [gmm.one_equals_gaussian]
says: >-
  Far points get the larger density along the narrow direction of the data: the distance in the exponent uses
  the covariance itself where its inverse belongs. Ask along the long axis of an elongated cloud.
"""


class Gaussian:
    def score_samples(self, X):
        centred = self._checked(X) - self.mean_
        distance = np.einsum("ni,ij,nj->n", centred, self.covariance_, centred)
        log_determinant = 2 * np.log(np.diag(self.cholesky_)).sum()
        return -0.5 * (distance + log_determinant + len(self.mean_) * np.log(2 * np.pi))
