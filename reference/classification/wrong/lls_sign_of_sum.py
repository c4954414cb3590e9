"""
breaks: [lls.predict]
says: >-
  The prediction is the sign of the sum of the coordinates: the parameters are not used.
"""

import numpy as np


class LinearLeastSquares:
    def predict(self, Q):
        return np.where(self._checked(Q).sum(axis=1) >= 0, 1, -1)
