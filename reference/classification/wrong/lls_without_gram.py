"""
breaks: [lls.fit]
says: >-
  The inverse of X'X is left out: theta = X'y.
"""

import numpy as np


class LinearLeastSquares:
    def fit(self, X, y):
        X, y = self._checked(X), np.asarray(y, dtype=float)
        extended = self._extended(X)
        self.theta_ = extended.T @ y
        return self
