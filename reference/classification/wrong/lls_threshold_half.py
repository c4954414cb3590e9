"""
breaks: [lls.predict]
says: >-
  The border between the labels is 0.5 in place of 0, as for the labels 0 and 1.
"""

import numpy as np


class LinearLeastSquares:
    def predict(self, Q):
        return np.where(self.decision_function(Q) > 0.5, 1, -1)
