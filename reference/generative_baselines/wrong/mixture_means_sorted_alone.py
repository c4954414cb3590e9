"""
breaks: [gmm.fit]
says: >-
  After the fit the means are sorted, but weights and covariances keep their order: components get the shape of
  others.
"""


class GaussianMixture:
    def fit(self, X):
        X = self._checked(X)
        self.variance_floor_ = self.regularisation * X.var(axis=0).mean()
        self.generator_ = np.random.default_rng(self.random_state)
        best = None
        for _ in range(max(1, self.n_init)):
            self._start(X)
            history, _ = self._iterate(X)
            if best is None or history[-1] > best[0]:
                best = history[-1], self.weights_, self.means_, self.covariances_
        self.lower_bound_, self.weights_, means, self.covariances_ = best
        self.means_ = means[np.argsort(means[:, 0])]
        self.cholesky_ = np.linalg.cholesky(self.covariances_)
        return self
