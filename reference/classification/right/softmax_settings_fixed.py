"""
base: none
only: [softmax.gradient, softmax.training, softmax.stable]
habit: rate and steps are written into the method, points are standardised inside, a random start without a seed
"""
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split


# %% next
class Softmax:
    def fit(self, X, y):
        self.mean = X.mean(axis=0)
        self.std = X.std(axis=0) + 1e-8
        Z = (X - self.mean) / self.std
        rng = np.random.default_rng()
        self.W = rng.normal(0, 0.01, (X.shape[1], 10))
        self.b = np.zeros(10)
        for step in range(1000):
            p = self.probabilities(X)
            p[np.arange(len(y)), y] -= 1
            self.W -= 0.001 * Z.T @ p
            self.b -= 0.001 * p.sum(axis=0)
        return self

    def probabilities(self, X):
        g = (X - self.mean) / self.std @ self.W + self.b
        g -= g.max(axis=1, keepdims=True)
        return np.exp(g) / np.exp(g).sum(axis=1, keepdims=True)

    def predict(self, X):
        return self.probabilities(X).argmax(axis=1)


# %% next
X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25)
print((Softmax().fit(X_train, y_train).predict(X_test) == y_test).mean())
