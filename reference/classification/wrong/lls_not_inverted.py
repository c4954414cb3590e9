"""
breaks: [lls.fit]
says: >-
  X'X is not inverted: theta = (X'X) X'y.
"""

import numpy as np


class LinearLeastSquares:
    def fit(self, X, y):
        X, y = self._checked(X), np.asarray(y, dtype=float)
        extended = self._extended(X)
        self.theta_ = (extended.T @ extended) @ extended.T @ y
        return self
