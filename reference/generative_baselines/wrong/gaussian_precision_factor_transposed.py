"""
breaks: [gaussian.sampling]
says: >-
  The noise is divided by the Cholesky factor of the precision from the wrong side: solve with the transposed
  factor. Compare the covariance of many samples with the fitted one.
"""


class Gaussian:
    def sample(self, n=1):
        factor = np.linalg.cholesky(np.linalg.inv(self.covariance_))
        noise = self.generator_.standard_normal((n, len(self.mean_)))
        return self.mean_ + np.linalg.solve(factor, noise.T).T
