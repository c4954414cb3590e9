"""
breaks: [gmm.fit, gmm.one_equals_gaussian]
says: >-
  The components are too wide: every M-step adds a tenth of the identity to each covariance, which is no small
  correction for data of this scale. Something like 1e-6 is enough to keep a matrix invertible.
"""


class GaussianMixture:
    def _maximisation(self, X, responsibilities):
        counts = responsibilities.sum(axis=0) + 1e-12
        self.weights_ = counts / counts.sum()
        self.means_ = responsibilities.T @ X / counts[:, None]
        centred = X - self.means_[:, None]
        share = (responsibilities / counts).T
        self.covariances_ = (share[:, :, None] * centred).swapaxes(1, 2) @ centred + 0.1 * np.eye(X.shape[1])

    def _iterate(self, X):
        responsibilities, likelihood = self._expectation(X)
        history = [likelihood]
        for _ in range(self.max_iterations):
            self._maximisation(X, responsibilities)
            responsibilities, likelihood = self._expectation(X)
            history.append(likelihood)
            if abs(history[-1] - history[-2]) < self.tolerance:
                break
        return history, True
