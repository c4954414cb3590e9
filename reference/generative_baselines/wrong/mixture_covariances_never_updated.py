"""
breaks: [gmm.fit]
says: >-
  The components keep the covariance of the start: the M-step moves weights and means only. Print the
  covariances before and after the iterations.
"""


class GaussianMixture:
    def _maximisation(self, X, responsibilities):
        counts = responsibilities.sum(axis=0)
        self.weights_ = counts / counts.sum()
        self.means_ = (responsibilities.T @ X) / np.maximum(counts, 1e-10)[:, None]
