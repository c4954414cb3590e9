"""
base: none
only: [softmax.gradient, softmax.training, softmax.stable]
habit: functions only, weights and bias apart, one-hot labels, a dictionary of curves, settings as global constants
"""
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

LEARNING_RATE = 1e-3
NUM_STEPS = 1_000


# %% next
def one_hot(y, num_classes):
    return np.eye(num_classes)[y]


def softmax(z):
    z = z - np.max(z, axis=1, keepdims=True)
    return np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)


def forward(X, W, b):
    return softmax(X @ W + b)


def cross_entropy(Y, P):
    return -np.sum(Y * np.log(np.clip(P, 1e-15, 1)))


def gradients(X, Y, W, b):
    delta = forward(X, W, b) - Y
    return X.T @ delta, delta.sum(axis=0)


def train(X_train, Y_train, X_test, Y_test):
    W = np.zeros((X_train.shape[1], Y_train.shape[1]))
    b = np.zeros(Y_train.shape[1])
    history = {"loss": [], "test_loss": []}
    for step in range(NUM_STEPS):
        dW, db = gradients(X_train, Y_train, W, b)
        W = W - LEARNING_RATE * dW
        b = b - LEARNING_RATE * db
        history["loss"].append(cross_entropy(Y_train, forward(X_train, W, b)))
        history["test_loss"].append(cross_entropy(Y_test, forward(X_test, W, b)))
    return W, b, history


def predict(X, W, b):
    return np.argmax(forward(X, W, b), axis=1)


# %% next
digits = load_digits()
X_train, X_test, y_train, y_test = train_test_split(digits.data / 16.0, digits.target, test_size=0.25)
W, b, history = train(X_train, one_hot(y_train, 10), X_test, one_hot(y_test, 10))
print(np.mean(predict(X_test, W, b) == y_test))
