"""Task 3: softmax regression. A frame for the training; all of its parts are yours to complete.

Run this file (`python task3.py`), or import from it in a notebook.

In this frame the parameters theta have the shape (D + 1, C): row 0 holds the biases, and each class has its
column. You may arrange them differently.
"""

import numpy as np
from sklearn.datasets import load_digits


def make_data():
    """Return the digits data set: images, shape (1797, 64), with values 0 to 16, and labels 0 to 9, (1797,)."""
    return load_digits(return_X_y=True)


def split(X, y, test_share=0.25, seed=0):
    """Return X_train, X_test, y_train, y_test, with the given share of the points, chosen at random, as test set."""
    raise NotImplementedError("task 3: split")


def softmax(logits):
    """Return the class probabilities, shape (N, C), for logits of shape (N, C). Mind large logits."""
    raise NotImplementedError("task 3: softmax")


def cross_entropy(theta, X, y):
    """Return the cross entropy loss of points X, shape (N, D), with labels y, shape (N,): a number."""
    raise NotImplementedError("task 3: cross_entropy")


def gradient(theta, X, y):
    """Return the gradient of the loss with respect to theta, in the shape of theta."""
    raise NotImplementedError("task 3: gradient")


def predict(theta, X):
    """Return the most probable class of each row of X, shape (N, D), as an (N,) array."""
    raise NotImplementedError("task 3: predict")


def train(X, y, learning_rate=0.001, n_steps=1000):
    """Return theta after `n_steps` steps of gradient descent; keep what you want to plot."""
    raise NotImplementedError("task 3: train")


def main():
    """Load the digits; then split, train, plot, report."""
    X, y = make_data()
    print(f"{len(X)} images with {X.shape[1]} pixels, {len(np.unique(y))} classes")

    # as soon as the functions above are complete
    # X_train, X_test, y_train, y_test = split(X, y)
    # theta = train(X_train, y_train)
    # print("accuracy on the test images:", np.mean(predict(theta, X_test) == y_test))


if __name__ == "__main__":
    main()
