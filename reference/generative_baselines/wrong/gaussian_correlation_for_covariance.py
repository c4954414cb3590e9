"""
breaks: [gaussian.density]
says: >-
  The widths of the density are one in every direction, whatever the data: the matrix of correlations is used
  where the covariance belongs. Fit data stretched tenfold and look whether the density follows.
"""


class Gaussian:
    def fit(self, X, y=None):
        X = self._checked(X)
        self.mean_ = X.mean(axis=0)
        self.covariance_ = np.corrcoef(X.T)
        self.cholesky_ = np.linalg.cholesky(self.covariance_)
        self.generator_ = np.random.default_rng(self.random_state)
        return self
