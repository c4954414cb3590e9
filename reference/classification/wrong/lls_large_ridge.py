"""
breaks: [lls.fit]
says: >-
  A large penalty (ridge) pulls the parameters to zero: that is another criterion.
"""

import numpy as np


class LinearLeastSquares:
    def fit(self, X, y):
        X, y = self._checked(X), np.asarray(y, dtype=float)
        extended = self._extended(X)
        self.theta_ = np.linalg.solve(extended.T @ extended + 100 * np.eye(extended.shape[1]), extended.T @ y)
        return self
