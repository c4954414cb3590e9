"""What softmax regression by gradient descent must leave behind, whatever its parameters look like.

Probabilities p(c|x) are the softmax of scores that are linear in x. Scores that differ by a number per point stand for
the same probabilities, so scores and parameters are compared centred: minus their mean over the classes. The centred
scores at points in general position determine the centred parameters, and as every gradient of the cross entropy
sums to zero over the classes, descent from parameters and descent from centred parameters stay equal for ever.
Hence a path of descent can be followed by parameters in any arrangement, or by probabilities alone, from any start.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from reference.classification.models import softmax, with_ones

SCALINGS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "": lambda points, train: points,
    "divided by 16": lambda points, train: points / 16,
    "divided by 255": lambda points, train: points / 255,
    "divided by the largest value": lambda points, train: points / train.max(),
    "standardised": lambda points, train: (points - train.mean(axis=0)) / (train.std(axis=0) + 1e-12),
    "between 0 and 1 per column": lambda points, train: (
        (points - train.min(axis=0)) / np.ptp(train, axis=0).clip(1e-12)
    ),
    "of length 1": lambda points, train: points / np.linalg.norm(points, axis=1, keepdims=True).clip(1e-12),
}
"""What a training may do to its points before it begins."""
WITHOUT_BIAS = " without bias"
"""End of the description of parameters that have no bias."""


@dataclass(frozen=True)
class Problem:
    """Points to learn from, shape (N, D), labels from 0, (N,), and points at which scores are compared, (m, D)."""

    X: np.ndarray
    y: np.ndarray
    probe: np.ndarray
    classes: int

    @property
    def one_hot(self) -> np.ndarray:
        """Labels as rows with a single one, shape (N, C)."""
        return np.eye(self.classes)[self.y]


@dataclass(frozen=True)
class Reading:
    """How the points enter the scores: scaled first, with or without a bias."""

    scaling: str = ""
    bias: bool = True

    def extended(self, points: np.ndarray, problem: Problem) -> np.ndarray:
        """Points as rows (1, x), or (0, x) without a bias, so that parameters always have D + 1 rows."""
        rows = with_ones(SCALINGS[self.scaling](points, problem.X))
        if not self.bias:
            rows[:, 0] = 0
        return rows

    def without_bias(self, theta: np.ndarray) -> np.ndarray:
        """Parameters, shape (D + 1, C), as they count in this reading."""
        return theta if self.bias else np.vstack([np.zeros_like(theta[:1]), theta[1:]])


READINGS = (
    *(Reading(scaling) for scaling in SCALINGS),
    *(Reading(scaling, bias=False) for scaling in SCALINGS if not scaling.startswith("divided")),
)
"""Without a bias, a common divisor of all points is the same as another rate."""


def centred(scores: np.ndarray) -> np.ndarray:
    """Scores or parameters, shape (m, C), minus their mean over the classes."""
    return scores - scores.mean(axis=1, keepdims=True)


def slope(theta: np.ndarray, rows: np.ndarray, one_hot: np.ndarray) -> np.ndarray:
    """The gradient of the summed cross entropy, shape (D + 1, C): sheet task 3.1."""
    return rows.T @ (softmax(rows @ theta) - one_hot)


def plain(theta, rows, one_hot, rate, steps):
    """Gradient descent as the sheet asks for it."""
    for _ in range(steps):
        theta = theta - rate * slope(theta, rows, one_hot)
    return theta


def accumulated(theta, rows, one_hot, rate, steps):
    """Descent whose gradients are added up from step to step."""
    total = np.zeros_like(theta)
    for _ in range(steps):
        total = total + slope(theta, rows, one_hot)
        theta = theta - rate * total
    return theta


def with_momentum(theta, rows, one_hot, rate, steps):
    """Descent with momentum 0.9."""
    velocity = np.zeros_like(theta)
    for _ in range(steps):
        velocity = 0.9 * velocity + slope(theta, rows, one_hot)
        theta = theta - rate * velocity
    return theta


def class_by_class(theta, rows, one_hot, rate, steps):
    """Steps that move one class after the other, with new probabilities for each."""
    theta = theta.copy()
    for _ in range(steps):
        for c in range(theta.shape[1]):
            theta[:, c] -= rate * slope(theta, rows, one_hot)[:, c]
    return theta


def point_by_point(theta, rows, one_hot, rate, steps):
    """Steps that move after every single point, in order."""
    for _ in range(steps):
        for row, target in zip(rows, one_hot, strict=True):
            theta = theta - rate * slope(theta, row[None], target[None])
    return theta


RECIPES = {
    "plain": plain,
    "accumulated": accumulated,
    "momentum": with_momentum,
    "class by class": class_by_class,
    "point by point": point_by_point,
}
"""Ways to descend by the right gradient; only the first is the sheet's."""


def solver(rows: np.ndarray) -> np.ndarray:
    """The matrix that turns scores at extended points into the parameters of smallest error, (D + 1, m)."""
    return np.linalg.pinv(rows)


def arrangements(arrays: dict[str, np.ndarray], columns: int, classes: int) -> dict[str, np.ndarray]:
    """Every set of parameters, shape (D + 1, C) with the bias first, that arrays may be read as, by a description.

    Sizes decide: one array with a place for the bias in its first or last row or column, or weights with or
    without a separate bias. Several readings may fit; the scores show which one is meant.
    """
    found: dict[str, np.ndarray] = {}
    biases = {name: a.ravel() for name, a in arrays.items() if a.size == classes}
    for name, array in arrays.items():
        for turned, table in _tables(array, columns + 1, classes):
            found[f"{name}{turned}, bias first"] = table
            found[f"{name}{turned}, bias last"] = np.roll(table, 1, axis=0)
        for turned, table in _tables(array, columns, classes):
            for other, bias in biases.items():
                found[f"{name}{turned} with {other}"] = np.vstack([bias, table])
            found[f"{name}{turned}{WITHOUT_BIAS}"] = np.vstack([np.zeros(classes), table])
    return found


def _tables(array: np.ndarray, rows: int, classes: int):
    """The array as (rows, classes), straight or turned, where its shape allows."""
    if array.ndim == 1 and array.size == rows * classes:
        yield " in rows", array.reshape(rows, classes)
        yield " in columns", array.reshape(classes, rows).T
        return
    shape = tuple(side for side in array.shape if side != 1) if array.ndim > 2 else array.shape
    if shape == (rows, classes):
        yield "", array.reshape(shape)
    elif shape == (classes, rows):
        yield " turned", array.reshape(shape).T
