"""Softmax regression trained by gradient descent (sheet task 3).

Parameters `theta` have the shape (D + 1, C): row 0 holds the biases, row j the weights of column j of the data,
and each class has its column. The functions take `X` of shape (N, D) without a column of ones, and labels `y` of
shape (N,) that number the classes 0 to C - 1.
"""

import numpy as np


def softmax(logits: np.ndarray) -> np.ndarray:
    """Return exp(g) over its sum along the last axis, in the shape of `logits`.

    The largest logit of each row is subtracted first. That changes nothing in the quotient, and no exponential
    can overflow.
    """
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def with_ones(X: np.ndarray) -> np.ndarray:
    """Return X, shape (N, D), with a column of ones in front of it, shape (N, D + 1)."""
    X = np.asarray(X, dtype=float)
    return np.column_stack([np.ones(len(X)), X])


def cross_entropy(theta: np.ndarray, X: np.ndarray, y: np.ndarray, reduction: str = "sum") -> float:
    """Return the negative log-probability of the true classes in nats: sum (sheet equation 5) or mean.

    The logarithm of the softmax is g_y - log sum exp(g), which needs no probabilities that may be rounded to 0.
    """
    losses = _surprise(with_ones(X) @ theta, y)
    return float(losses.sum()) / _divisor(reduction, len(losses))


def _surprise(logits: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return log sum exp(g) - g_y for each row of logits, shape (N, C), as an (N,) array."""
    largest = logits.max(axis=1)
    log_sum = np.log(np.exp(logits - largest[:, None]).sum(axis=1)) + largest
    return log_sum - logits[np.arange(len(logits)), y]


def cross_entropy_gradient(
    theta: np.ndarray, X: np.ndarray, y: np.ndarray, reduction: str = "sum"
) -> np.ndarray:
    """Return the gradient of `cross_entropy` with respect to theta, shape (D + 1, C).

    The derivative of one example by its logits is p - onehot(y); the bias trick gives the rest:
    with_ones(X).T @ (p - onehot(y)).
    """
    extended = with_ones(X)
    difference = softmax(extended @ theta)
    difference[np.arange(len(difference)), y] -= 1
    return extended.T @ difference / _divisor(reduction, len(extended))


def _divisor(reduction: str, n: int) -> int:
    if reduction not in ("sum", "mean"):
        raise ValueError(f"reduction must be 'sum' or 'mean', got {reduction!r}")
    return n if reduction == "mean" else 1


class SoftmaxRegression:
    """A linear classifier for any number of classes, trained by gradient descent from all-zero parameters.

    Parameters
    ----------
    learning_rate : float
        Factor on the gradient in every step.
    steps : int
        Number of steps; 0 leaves the parameters zero.
    reduction : "sum" or "mean"
        Whether the loss is summed over the examples (as on the sheet) or averaged.

    Attributes
    ----------
    theta_ : (D + 1, C) array
        Row 0 holds the biases, each class has its column.
    classes_ : (C,) array
        The different labels, sorted.
    history_ : dict of (steps + 1,) arrays
        "loss" and "accuracy" on the training data before the first step and after every step; "test_loss" and
        "test_accuracy" too where test data were given. Losses are mean nats per example, whatever is minimised.
    """

    def __init__(self, learning_rate: float = 0.001, steps: int = 1000, reduction: str = "sum") -> None:
        self.learning_rate = learning_rate
        self.steps = steps
        self.reduction = reduction

    def fit(
        self,
        X: np.ndarray,
        y: np.ndarray,
        X_test: np.ndarray | None = None,
        y_test: np.ndarray | None = None,
    ) -> "SoftmaxRegression":
        """Descend from zero on X, shape (N, D), with labels y, shape (N,); test data are only watched."""
        X, y = self._checked(X), np.asarray(y)
        if y.shape != (len(X),):
            raise ValueError(f"SoftmaxRegression.fit: expected labels of shape {(len(X),)}, got {y.shape}")
        if not (np.isfinite(self.learning_rate) and self.learning_rate > 0 and self.steps >= 0):
            raise ValueError("SoftmaxRegression.fit: expected a positive learning_rate and steps >= 0")
        self.classes_, number = np.unique(y, return_inverse=True)
        self.theta_ = np.zeros((X.shape[1] + 1, len(self.classes_)))
        watched = {"": (with_ones(X), number)}
        if X_test is not None and y_test is not None:
            watched["test_"] = (with_ones(self._checked(X_test)), self._numbered(y_test))
        notes = [self._noted(watched)]
        for _ in range(self.steps):
            slope = cross_entropy_gradient(self.theta_, X, number, self.reduction)
            self.theta_ = self.theta_ - self.learning_rate * slope
            notes.append(self._noted(watched))
        self.history_ = {name: np.array([note[name] for note in notes]) for name in notes[0]}
        return self

    def predict_proba(self, Q: np.ndarray) -> np.ndarray:
        """Return p(c|x) for each row of Q, shape (m, D), as an (m, C) array whose rows sum to one."""
        return softmax(with_ones(self._checked(Q)) @ self.theta_)

    def predict(self, Q: np.ndarray) -> np.ndarray:
        """Return the most probable label for each row of Q, shape (m, D), as an (m,) array."""
        return self.classes_[(with_ones(self._checked(Q)) @ self.theta_).argmax(axis=1)]

    def loss(self, X: np.ndarray, y: np.ndarray) -> float:
        """Return the cross entropy of X, shape (n, D), with labels y, shape (n,): sum or mean as set, in nats."""
        return cross_entropy(self.theta_, self._checked(X), self._numbered(y), self.reduction)

    def gradient(self, X: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the gradient of `loss` with respect to `theta_`, shape (D + 1, C)."""
        return cross_entropy_gradient(self.theta_, self._checked(X), self._numbered(y), self.reduction)

    def accuracy(self, X: np.ndarray, y: np.ndarray) -> float:
        """Return the share of the rows of X, shape (n, D), whose label in y, shape (n,), is predicted."""
        return float((self.predict(X) == np.asarray(y)).mean())

    def _numbered(self, y: np.ndarray) -> np.ndarray:
        """Return the numbers 0 to C - 1 of the labels y; ValueError for a label not seen in training."""
        y = np.asarray(y)
        number = np.searchsorted(self.classes_, y).clip(max=len(self.classes_) - 1)
        if not np.array_equal(self.classes_[number], y):
            raise ValueError("SoftmaxRegression: a label did not occur in the training data")
        return number

    def _noted(self, watched: dict[str, tuple[np.ndarray, np.ndarray]]) -> dict[str, float]:
        """Return mean loss and accuracy on each of the data sets: points with ones, and class numbers."""
        note = {}
        for name, (extended, number) in watched.items():
            logits = extended @ self.theta_
            note[f"{name}loss"] = float(_surprise(logits, number).mean())
            note[f"{name}accuracy"] = float((logits.argmax(axis=1) == number).mean())
        return note

    @staticmethod
    def _checked(X: np.ndarray) -> np.ndarray:
        X = np.asarray(X, dtype=float)
        if X.ndim != 2 or len(X) == 0:
            raise ValueError(f"SoftmaxRegression: expected data of shape (n, d) with n >= 1, got {X.shape}")
        if not np.all(np.isfinite(X)):
            raise ValueError("SoftmaxRegression: the data contain NaN or infinite values")
        return X
