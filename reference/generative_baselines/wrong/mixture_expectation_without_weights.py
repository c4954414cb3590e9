"""
breaks: [gmm.fit]
says: >-
  Small components draw too many points towards themselves: the E-step compares the component densities
  without their weights. What is the probability that a point belongs to a component that is rare?
"""


class GaussianMixture:
    def _expectation(self, X):
        self.cholesky_ = np.linalg.cholesky(self.covariances_)
        joint = self._weighted_log_densities(X)
        plain = joint - np.log(np.maximum(self.weights_, 1e-300))
        responsibilities = np.exp(plain - logsumexp(plain, axis=1)[:, None])
        return responsibilities, logsumexp(joint, axis=1).mean()

    def _iterate(self, X):
        history = [-np.inf]
        for _ in range(self.max_iterations):
            responsibilities, likelihood = self._expectation(X)
            history.append(likelihood)
            if abs(history[-1] - history[-2]) < self.tolerance:
                break
            self._maximisation(X, responsibilities)
        return history, True
