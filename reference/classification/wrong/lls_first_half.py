"""
breaks: [lls.fit]
says: >-
  Only the first half of the training points is used.
"""

import numpy as np


class LinearLeastSquares:
    def fit(self, X, y):
        X, y = self._checked(X), np.asarray(y, dtype=float)
        extended = self._extended(X)
        half = len(y) // 2
        self.theta_ = np.linalg.pinv(extended[:half]) @ y[:half]
        return self
