"""
breaks: []
base: none
only: [lls]
habit: predict returns the score, weights and bias are kept apart
"""

import numpy as np


class LeastSquares:
    def __init__(self):
        self.w = None
        self.b = 0.0

    def fit(self, X, y):
        A = np.column_stack((X, np.ones(X.shape[0])))
        solution = np.linalg.solve(A.T.dot(A), A.T.dot(y.reshape(-1, 1)))
        self.w, self.b = solution[:-1], solution[-1]
        return self

    def predict(self, X):
        return X.dot(self.w) + self.b
