"""
breaks: [lls.fit]
says: >-
  The fit is made to the labels 0 and 1 in place of -1 and 1, so that zero is no border between the classes.
"""

import numpy as np


class LinearLeastSquares:
    def fit(self, X, y):
        X, y = self._checked(X), np.asarray(y, dtype=float)
        extended = self._extended(X)
        self.theta_ = np.linalg.pinv(extended) @ ((y + 1) / 2)
        return self
