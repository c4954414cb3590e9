"""
breaks: [lls.fit]
says: >-
  One is subtracted from X'X in place of inverting it.
"""

import numpy as np


class LinearLeastSquares:
    def fit(self, X, y):
        X, y = self._checked(X), np.asarray(y, dtype=float)
        extended = self._extended(X)
        self.theta_ = (extended.T @ extended - 1) @ extended.T @ y
        return self
