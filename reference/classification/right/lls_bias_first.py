"""
breaks: []
base: none
only: [lls]
habit: the bias is the first parameter, fit returns theta and keeps nothing, predict takes it
"""

import numpy as np


class LinearRegressionClassifier:
    def fit(self, X, y):
        X_bar = np.c_[np.ones(len(X)), X]
        return np.linalg.inv(X_bar.T @ X_bar) @ X_bar.T @ y

    def predict(self, X, theta):
        X_bar = np.c_[np.ones(len(X)), X]
        return np.where(X_bar @ theta > 0, 1, -1)
