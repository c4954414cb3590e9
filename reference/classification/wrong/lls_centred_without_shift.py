"""
breaks: [lls.fit]
says: >-
  Points are centred for the fit, but the parameters are not moved back: the bias belongs to centred points.
"""

import numpy as np


class LinearLeastSquares:
    def fit(self, X, y):
        X, y = self._checked(X), np.asarray(y, dtype=float)
        extended = self._extended(X)
        self.theta_ = np.linalg.pinv(self._extended(X - X.mean(axis=0))) @ y
        return self
