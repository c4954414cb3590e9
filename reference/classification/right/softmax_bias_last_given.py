"""
base: none
only: [softmax.gradient, softmax.training, softmax.stable]
habit: functions of theta first, ones added outside as the last column, theta is given, changed in place and returned with the losses
"""
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split


# %% next
def compute_probs(theta, X):
    g = X @ theta
    g = g - g.max(axis=1, keepdims=True)
    return np.exp(g) / np.sum(np.exp(g), axis=1, keepdims=True)


def loss(theta, X, y):
    p = compute_probs(theta, X)
    return -np.log(p[range(len(y)), y]).sum()


def gradient(theta, X, y):
    Y = (y[:, None] == np.arange(theta.shape[1])).astype(float)
    return X.T @ (compute_probs(theta, X) - Y)


def gradient_descent(theta, X, y, alpha=0.001, iterations=1000):
    losses = []
    for i in range(iterations):
        theta -= alpha * gradient(theta, X, y)
        losses.append(loss(theta, X, y))
    return theta, losses


# %% next
X, y = load_digits(return_X_y=True)
X = X / X.max()
X = np.hstack([X, np.ones((len(X), 1))])
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=42)
theta, losses = gradient_descent(np.zeros((65, 10)), X_train, y_train)
print("accuracy:", np.mean(compute_probs(theta, X_test).argmax(axis=1) == y_test))
