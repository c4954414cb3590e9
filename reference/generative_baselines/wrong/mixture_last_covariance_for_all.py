"""
breaks: [gmm.fit]
says: >-
  All components share one covariance array, so that the covariance computed last stands for every component.
"""


class GaussianMixture:
    def _maximisation(self, X, responsibilities):
        counts = responsibilities.sum(axis=0)
        self.weights_ = counts / counts.sum()
        self.means_ = (responsibilities.T @ X) / np.maximum(counts, 1e-10)[:, None]
        for k in range(len(counts)):
            share = responsibilities[:, k] / max(counts[k], 1e-10)
            centred = X - self.means_[k]
            covariance = self._lifted((share[:, None] * centred).T @ centred)
        self.covariances_ = np.array([covariance] * len(counts))
