"""
base: none
breaks: [softmax.gradient]
same_as: [softmax_no_bias_gradient]
says: no bias theta_0 is learned
only: [softmax.gradient]
habit: one function returns the loss and both slopes; the slope by the biases is added up over the classes, too
"""

import numpy as np


def softmax(scores):
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def loss_and_gradient(X, y, W, b):
    wrong = softmax(X @ W + b)
    loss = -np.log(wrong[np.arange(len(y)), y]).sum()
    wrong[np.arange(len(y)), y] -= 1
    return X.T @ wrong, wrong.sum(), loss


# %% next
from task3 import make_data

pixels, digits = make_data()
W, b = np.zeros((pixels.shape[1], 10)), np.zeros(10)
for _ in range(3):
    dW, db, loss = loss_and_gradient(pixels, digits, W, b)
    W, b = W - 0.001 * dW, b - 0.001 * db
