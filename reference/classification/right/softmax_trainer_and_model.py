"""
base: none
only: [softmax.gradient, softmax.training, softmax.stable]
habit: a model with forward and step, and a function that trains whatever model it is given
"""
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split


# %% next
class SoftmaxModel:
    def __init__(self, n_features, n_classes):
        self.params = {"W": np.zeros((n_features, n_classes)), "b": np.zeros(n_classes)}

    def forward(self, X):
        z = X @ self.params["W"] + self.params["b"]
        z = z - z.max(axis=1, keepdims=True)
        return np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)

    def backward(self, X, y):
        error = self.forward(X)
        error[np.arange(len(y)), y] -= 1.0
        return {"W": X.T @ error / len(y), "b": error.mean(axis=0)}


def train_model(model, X, y, lr=0.001, epochs=1000):
    curve = []
    for _ in range(epochs):
        grads = model.backward(X, y)
        for name in model.params:
            model.params[name] = model.params[name] - lr * grads[name]
        curve.append(-np.log(model.forward(X)[np.arange(len(y)), y]).mean())
    return curve


# %% next
X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25)
model = SoftmaxModel(64, 10)
curve = train_model(model, X_train, y_train)
print((model.forward(X_test).argmax(axis=1) == y_test).mean())
