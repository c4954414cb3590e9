"""
breaks: [lls.fit]
says: >-
  1 / (X'X) inverts each entry by itself, not the matrix.
"""

import numpy as np


class LinearLeastSquares:
    def fit(self, X, y):
        X, y = self._checked(X), np.asarray(y, dtype=float)
        extended = self._extended(X)
        self.theta_ = (1 / (extended.T @ extended)) @ extended.T @ y
        return self
