"""
breaks: [gaussian.sampling]
same_as: [second_fit_keeps_first]
says: >-
  What the sampler needs is worked out when it is first used, and kept: after a second fit the samples still come from
  the first one. Work it out in fit, or anew in every call.
"""


class Gaussian:
    def sample(self, n=1):
        if not hasattr(self, "kept_"):
            self.kept_ = (self.mean_, np.linalg.cholesky(self.covariance_))
        mean, factor = self.kept_
        return mean + self.generator_.standard_normal((n, len(mean))) @ factor.T
