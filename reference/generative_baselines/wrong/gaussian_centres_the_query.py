"""
breaks: [gaussian.density]
same_as: [callers_data_changed]
says: >-
  score_samples subtracts the mean from its argument itself: the grid that was handed over is another one
  afterwards, and a plot that uses it next shows the density at the wrong place.
"""


class Gaussian:
    def score_samples(self, X):
        X -= self.mean_
        whitened = solve_triangular(self.cholesky_, X.T, lower=True)
        log_determinant = 2 * np.log(np.diag(self.cholesky_)).sum()
        return -0.5 * ((whitened**2).sum(axis=0) + log_determinant + len(self.mean_) * np.log(2 * np.pi))
