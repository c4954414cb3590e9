"""
habit: >-
  Densities come back in single precision and as a column; samples of the mixture bring their labels.
"""

class Gaussian:
    def score_samples(self, X):
        whitened = solve_triangular(self.cholesky_, (self._checked(X) - self.mean_).T, lower=True)
        log_determinant = 2 * np.log(np.diag(self.cholesky_)).sum()
        answer = -0.5 * ((whitened**2).sum(axis=0) + log_determinant + 2 * np.log(2 * np.pi))
        return answer.astype(np.float32)[:, None]


class KernelDensity:
    def score_samples(self, X):
        n = len(self.data_)
        log_norm = np.log(n) + 2 * np.log(self.bandwidth) + np.log(2 * np.pi)
        return (self._log_sum(self._checked(X)) - log_norm).astype(np.float32)[:, None]


class GaussianMixture:
    def sample(self, n=1):
        component = np.sort(self.generator_.choice(len(self.weights_), size=n, p=self.weights_))
        points = self.generator_.standard_normal((n, self.means_.shape[1]))
        for k in range(len(self.weights_)):
            chosen = component == k
            points[chosen] = self.means_[k] + points[chosen] @ self.cholesky_[k].T
        return points, component
