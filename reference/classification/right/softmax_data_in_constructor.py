"""
base: none
only: [softmax.gradient, softmax.training, softmax.stable]
habit: data in the constructor, parameters drawn there by a generator without a seed, training without arguments
"""
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split


# %% next
class SoftmaxRegression:
    def __init__(self, X_train, y_train, learning_rate=0.001, max_iter=1000):
        self.X = X_train
        self.y = y_train
        self.learning_rate = learning_rate
        self.max_iter = max_iter
        rng = np.random.default_rng()
        self.weights = rng.normal(scale=0.01, size=(X_train.shape[1], len(np.unique(y_train))))
        self.bias = np.zeros((1, self.weights.shape[1]))
        self.losses = []

    def softmax(self, scores):
        scores = scores - scores.max(axis=1, keepdims=True)
        e = np.exp(scores)
        return e / e.sum(axis=1, keepdims=True)

    def train(self):
        onehot = np.eye(self.bias.shape[1])[self.y]
        for _ in range(self.max_iter):
            p = self.softmax(self.X @ self.weights + self.bias)
            self.losses.append(-np.sum(onehot * np.log(p + 1e-15)))
            self.weights -= self.learning_rate * self.X.T @ (p - onehot)
            self.bias -= self.learning_rate * np.sum(p - onehot, axis=0, keepdims=True)

    def predict(self, X):
        return np.argmax(X @ self.weights + self.bias, axis=1)


# %% next
data = load_digits()
X_tr, X_te, y_tr, y_te = train_test_split(data.data, data.target, test_size=0.25)
reg = SoftmaxRegression(X_tr, y_tr)
reg.train()
print(np.mean(reg.predict(X_te) == y_te))
