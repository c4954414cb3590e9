"""
breaks: [gaussian.density]
says: >-
  The density is too wide the farther the data lie from the origin: the products of the coordinates are averaged
  without subtracting the mean first. Fit the same data moved by ten and compare the covariances.
"""


class Gaussian:
    def fit(self, X, y=None):
        X = self._checked(X)
        self.mean_ = X.mean(axis=0)
        self.covariance_ = X.T @ X / len(X)
        self.cholesky_ = np.linalg.cholesky(self.covariance_)
        self.generator_ = np.random.default_rng(self.random_state)
        return self
