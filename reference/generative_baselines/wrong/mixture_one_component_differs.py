"""
breaks: [gmm.one_equals_gaussian]
says: >-
  With one component a large constant is added to the covariance, so that the mixture is not the single Gaussian.
"""


class GaussianMixture:
    def _iterate(self, X):
        responsibilities, likelihood = self._expectation(X)
        history, converged = [likelihood], False
        for _ in range(self.max_iterations):
            self._maximisation(X, responsibilities)
            if self.n_components == 1:
                self.covariances_ = self.covariances_ + 0.05 * np.eye(X.shape[1])
            responsibilities, likelihood = self._expectation(X)
            history.append(likelihood)
            if abs(history[-1] - history[-2]) < self.tolerance:
                converged = True
                break
        return history, converged
