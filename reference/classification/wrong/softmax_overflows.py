"""
breaks: [softmax.training]
also: [softmax.stable]
base: none
only: [softmax.gradient, softmax.training, softmax.stable]
says: >-
  On pixels from 0 to 16 the exponentials overflow and the parameters become NaN: the largest score of each point is
  not subtracted before.
"""
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split


# %% next
class SoftmaxRegression:
    def __init__(self, lr=0.001, n_steps=1000):
        self.lr = lr
        self.n_steps = n_steps

    def softmax(self, z):
        e = np.exp(z)
        return e / np.sum(e, axis=1, keepdims=True)

    def fit(self, X, y):
        X_bias = np.hstack([X, np.ones((X.shape[0], 1))])
        Y = np.eye(10)[y]
        self.theta = np.zeros((X_bias.shape[1], 10))
        for step in range(self.n_steps):
            p = self.softmax(X_bias @ self.theta)
            self.theta -= self.lr * X_bias.T @ (p - Y)
        return self

    def predict(self, X):
        X_bias = np.hstack([X, np.ones((X.shape[0], 1))])
        return np.argmax(X_bias @ self.theta, axis=1)


# %% next
X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=0)
model = SoftmaxRegression(lr=0.001, n_steps=1000).fit(X_train, y_train)
print("accuracy", np.mean(model.predict(X_test) == y_test))
