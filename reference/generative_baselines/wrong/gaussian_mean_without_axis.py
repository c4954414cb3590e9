"""
breaks: [gaussian.density]
says: >-
  Both coordinates get the same mean: it is taken over all numbers of the array, because the axis is missing.
  Compare the fitted mean with the mean of each column.
"""


class Gaussian:
    def fit(self, X, y=None):
        X = self._checked(X)
        self.mean_ = np.full(X.shape[1], X.mean())
        centred = X - X.mean(axis=0)
        self.covariance_ = centred.T @ centred / len(X)
        self.cholesky_ = np.linalg.cholesky(self.covariance_)
        self.generator_ = np.random.default_rng(self.random_state)
        return self
