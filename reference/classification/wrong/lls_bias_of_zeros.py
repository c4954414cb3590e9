"""
breaks: [lls.fit]
says: >-
  The column that is added holds zeros in place of ones, so that there is no bias.
"""

import numpy as np


class LinearLeastSquares:
    @staticmethod
    def _extended(X):
        return np.column_stack([X, np.zeros(len(X))])
