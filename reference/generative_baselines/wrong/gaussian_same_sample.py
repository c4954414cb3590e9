"""
breaks: [gaussian.sampling]
says: >-
  Two calls return the same points: the random numbers are started anew inside the method. Call it twice in a
  row and compare; seeds belong to the top of the notebook.
"""


class Gaussian:
    def sample(self, n=1):
        generator = np.random.default_rng(0)
        return self.mean_ + generator.standard_normal((n, len(self.mean_))) @ self.cholesky_.T
