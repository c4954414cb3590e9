"""
breaks: [kde.density]
says: >-
  The density is computed for whitened data, and nothing brings it back: divide by the root of the determinant of
  the data's covariance, as areas change with the coordinates.
"""


class KernelDensity:
    def score_samples(self, X):
        X = self._checked(X)
        factor = np.linalg.cholesky(np.cov(self.data_.T, ddof=0))
        n, d = self.data_.shape
        whitened, centres = np.linalg.solve(factor, X.T).T, np.linalg.solve(factor, self.data_.T).T
        exponents = -0.5 * cdist(whitened, centres, "sqeuclidean") / self.bandwidth**2
        largest = exponents.max(axis=1, keepdims=True)
        log_norm = np.log(n) + d * np.log(self.bandwidth) + 0.5 * d * np.log(2 * np.pi)
        return np.log(np.exp(exponents - largest).sum(axis=1)) + largest[:, 0] - log_norm
