"""
breaks: [softmax.training]
base: none
only: [softmax.gradient, softmax.training, softmax.stable]
says: >-
  The training is right, but it is run with another learning rate and fewer steps than the sheet asks for.
"""
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split


# %% next
def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def train(X, y, learning_rate, n_steps):
    X = np.column_stack([np.ones(len(X)), X])
    theta = np.zeros((X.shape[1], 10))
    for _ in range(n_steps):
        p = softmax(X @ theta)
        p[np.arange(len(y)), y] -= 1
        theta -= learning_rate * X.T @ p / len(X)
    return theta


def predict(X, theta):
    return softmax(np.column_stack([np.ones(len(X)), X]) @ theta).argmax(axis=1)


# %% next
digits = load_digits()
X_train, X_test, y_train, y_test = train_test_split(digits.data, digits.target, test_size=0.25)
theta = train(X_train, y_train, learning_rate=0.01, n_steps=200)
print((predict(X_test, theta) == y_test).mean())
