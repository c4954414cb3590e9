"""
breaks: [lls.predict]
says: >-
  The bias is the last parameter in fit, but the first one in predict.
"""

import numpy as np


class LinearLeastSquares:
    def predict(self, Q):
        Q = self._checked(Q)
        return np.where(np.column_stack([np.ones(len(Q)), Q]) @ self.theta_ >= 0, 1, -1)
