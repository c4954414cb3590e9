"""
breaks: [lls.predict]
says: >-
  The prediction leaves the bias out.
"""

import numpy as np


class LinearLeastSquares:
    def predict(self, Q):
        return np.where(self._checked(Q) @ self.theta_[:-1] >= 0, 1, -1)
