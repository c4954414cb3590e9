"""
base: none
only: [softmax.gradient, softmax.training, softmax.stable]
opens: [softmax.training]
habit: a function for the gradient, and the steps in a loop at the top of the notebook
"""
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split


# %% next
def softmax(logits):
    shifted = logits - logits.max(axis=1, keepdims=True)
    exps = np.exp(shifted)
    return exps / exps.sum(axis=1, keepdims=True)


def compute_gradient(X, y, theta):
    onehot = np.zeros((len(y), theta.shape[1]))
    onehot[np.arange(len(y)), y] = 1
    return X.T @ (softmax(X @ theta) - onehot) / len(y)


# %% next
X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=0)
X_train_b = np.insert(X_train, 0, 1, axis=1)
X_test_b = np.insert(X_test, 0, 1, axis=1)
theta = np.zeros((X_train_b.shape[1], 10))
train_acc = []
for step in range(1000):
    theta -= 0.001 * compute_gradient(X_train_b, y_train, theta)
    train_acc.append(np.mean((X_train_b @ theta).argmax(axis=1) == y_train))
print(np.mean((X_test_b @ theta).argmax(axis=1) == y_test))
