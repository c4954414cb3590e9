"""
breaks: [gaussian.density]
also: [gaussian.sampling, gmm.one_equals_gaussian]
says: >-
  Only the variances are estimated; the covariance between the coordinates is lost.
"""

class Gaussian:
    def fit(self, X):
        X = self._checked(X)
        self.mean_ = X.mean(axis=0)
        self.covariance_ = np.diag(X.var(axis=0))
        self.cholesky_ = np.linalg.cholesky(self.covariance_)
        self.generator_ = np.random.default_rng(self.random_state)
        return self
