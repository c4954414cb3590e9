"""
breaks: [lls.predict]
says: >-
  Every point gets the same label.
"""

import numpy as np


class LinearLeastSquares:
    def predict(self, Q):
        return np.ones(len(self._checked(Q)), dtype=int)
