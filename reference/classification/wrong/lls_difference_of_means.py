"""
breaks: [lls.fit]
says: >-
  The line lies in the middle between the means of the classes, which is not what least squares finds.
"""

import numpy as np


class LinearLeastSquares:
    def fit(self, X, y):
        X, y = self._checked(X), np.asarray(y, dtype=float)
        extended = self._extended(X)
        high, low = X[y == 1].mean(axis=0), X[y == -1].mean(axis=0)
        self.theta_ = np.append(high - low, -(high - low) @ (high + low) / 2)
        return self
