"""
breaks: []
base: none
only: [lls]
habit: two functions, the scores solved by lstsq
"""

import numpy as np


def add_bias(X):
    return np.hstack([X, np.ones((X.shape[0], 1))])


def lls_fit(X_train, y_train):
    theta, *_ = np.linalg.lstsq(add_bias(X_train), y_train, rcond=None)
    return theta


def lls_predict(X_test, theta):
    return np.sign(add_bias(X_test) @ theta)
