"""
breaks: [gmm.fit]
same_as: [callers_data_changed]
says: >-
  fit standardises the points by -= and /= on the argument itself: the model is right, but the caller's training
  data are standardised from then on, and every model fitted to them afterwards learns something else.
"""


class GaussianMixture:
    def fit(self, X, y=None):
        shift, scale = X.mean(axis=0), X.std(axis=0)
        X -= shift
        X /= scale
        self.variance_floor_ = self.regularisation
        self.generator_ = np.random.default_rng(self.random_state)
        starts = []
        for _ in range(max(1, self.n_init)):
            self._start(X)
            history, _ = self._iterate(X)
            starts.append((history[-1], self.weights_, self.means_, self.covariances_))
        _, self.weights_, means, covariances = max(starts, key=lambda start: start[0])
        self.means_ = means * scale + shift
        self.covariances_ = covariances * np.outer(scale, scale)
        self.cholesky_ = np.linalg.cholesky(self.covariances_)
        return self
