"""
breaks: [lls.fit]
says: >-
  There is no bias: the line always goes through the origin.
"""

import numpy as np


class LinearLeastSquares:
    def fit(self, X, y):
        self.theta_ = np.linalg.pinv(self._checked(X)) @ np.asarray(y, dtype=float)
        return self

    def decision_function(self, Q):
        return self._checked(Q) @ self.theta_
