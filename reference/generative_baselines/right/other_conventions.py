"""
habit: >-
  The covariance is divided by n - 1, the discrepancy keeps the diagonal.
"""

class Gaussian:
    def fit(self, X):
        X = self._checked(X)
        self.mean_ = X.mean(axis=0)
        self.covariance_ = np.cov(X, rowvar=False, ddof=1)
        self.cholesky_ = np.linalg.cholesky(self.covariance_)
        self.generator_ = np.random.default_rng(self.random_state)
        return self


def mmd_squared(X, Y, kernel="se", bandwidth=0.2):
    kernels = {"se": squared_exponential, "imq": inverse_multiquadric}

    def mean_kernel(A, B):
        return kernels[kernel](cdist(A, B, "sqeuclidean"), bandwidth).mean()

    return mean_kernel(X, X) + mean_kernel(Y, Y) - 2 * mean_kernel(X, Y)
