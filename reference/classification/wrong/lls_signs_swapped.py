"""
breaks: [lls.predict]
says: >-
  The labels are exchanged: a positive score gives -1.
"""

import numpy as np


class LinearLeastSquares:
    def predict(self, Q):
        return np.where(self.decision_function(Q) >= 0, -1, 1)
