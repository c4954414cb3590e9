"""Data sets of the sheet and of its checks: functions `name(n, rng)` of n labelled points.

Each returns points, float64 of shape (n, d), and integer labels of shape (n,). Labels number the classes from 0,
except where a function says -1 and +1.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

Labelled = tuple[NDArray[np.float64], NDArray[np.int64]]
Draw = Callable[..., Labelled]

CLUSTER_WEIGHTS = np.array([0.5, 0.3, 0.2])
CLUSTER_MEANS = np.array([[0.0, 0.0], [2.2, 1.0], [0.4, 2.4]])
CLUSTER_DEVIATION = 0.9


def three_classes(n: int, rng: np.random.Generator) -> Labelled:
    """Draw n points of three overlapping round clusters with weights 0.5, 0.3, 0.2; labels 0, 1, 2 all occur."""
    if n < 3:
        raise ValueError(f"three_classes: expected n >= 3, got {n}")
    labels = rng.permutation(np.append([0, 1, 2], rng.choice(3, size=n - 3, p=CLUSTER_WEIGHTS)))
    return CLUSTER_MEANS[labels] + CLUSTER_DEVIATION * rng.standard_normal((n, 2)), labels


def two_classes(n: int, rng: np.random.Generator) -> Labelled:
    """Draw n points of two overlapping elongated clusters away from the origin; labels -1 and +1 both occur."""
    labels = _both_signs("two_classes", n, rng)
    noise = rng.standard_normal((n, 2)) @ np.array([[1.0, 0.4], [0.0, 0.6]])
    return np.array([1.5, -2.0]) + np.outer(labels, [0.8, -0.5]) + noise, labels


def two_classes_with_outliers(n: int, rng: np.random.Generator, outliers: int = 4) -> Labelled:
    """Draw two clearly separated clusters, the last `outliers` points of which lie far behind their own cluster.

    Labels are -1 and +1; every outlier has the label +1, so it is classified easily and still pulls at the fit.
    """
    if not 0 <= outliers <= n - 2:
        raise ValueError(
            f"two_classes_with_outliers: expected 0 <= outliers <= n - 2, got {outliers}, n = {n}"
        )
    labels = _both_signs("two_classes_with_outliers", n - outliers, rng)
    points = np.outer(labels, [1.5, 0.0]) + 0.4 * rng.standard_normal((n - outliers, 2))
    far = np.array([9.0, 9.0]) + 0.4 * rng.standard_normal((outliers, 2))
    return np.vstack([points, far]), np.append(labels, np.ones(outliers, dtype=np.int64))


def collinear(n: int, rng: np.random.Generator) -> Labelled:
    """Draw n points in three columns that depend on each other linearly, so that X.T X has no inverse.

    The third column is the sum of the other two, whose values are integers, so that nothing is rounded.
    Labels are -1 and +1.
    """
    labels = _both_signs("collinear", n, rng)
    first = rng.integers(-4, 5, size=(n, 2)).astype(np.float64) + labels[:, None]
    return np.column_stack([first, first.sum(axis=1)]), labels


def lattice(n: int, rng: np.random.Generator) -> Labelled:
    """Return n different points with integer coordinates in random order: many distances are equal; 2 classes."""
    side = int(np.ceil(np.sqrt(n)))
    places = rng.permutation(side**2)[:n]
    points = np.column_stack([places // side, places % side]).astype(np.float64)
    return points, _numbered_labels("lattice", n, rng, 2)


def duplicates(n: int, rng: np.random.Generator) -> Labelled:
    """Draw n points, about half of which repeat another one exactly, some of them with another label; 3 classes."""
    base, labels = three_classes(max(3, n), rng)
    place = np.append(np.arange(n - n // 2), rng.integers(0, n - n // 2, size=n // 2))
    order = rng.permutation(n)
    return base[place][order], labels[:n][order]


def softmax_problem(n: int, rng: np.random.Generator, columns: int = 4, classes: int = 3) -> Labelled:
    """Draw n points with labels from a softmax model with random parameters and biases; every class occurs."""
    if n < classes:
        raise ValueError(f"softmax_problem: expected n >= {classes}, got {n}")
    points = rng.standard_normal((n, columns)) + rng.standard_normal(columns)
    theta = 1.5 * rng.standard_normal((columns + 1, classes))
    labels = (theta[0] + points @ theta[1:] + rng.gumbel(size=(n, classes))).argmax(axis=1)
    labels[rng.permutation(n)[:classes]] = np.arange(classes)
    return points, labels


def digits(n: int, rng: np.random.Generator) -> Labelled:
    """Choose n different images of digits, shape (n, 64), with grey values 0 to 16, labels 0 to 9; n <= 1797."""
    pixels, labels = load_digits(return_X_y=True)
    if not 0 <= n <= len(pixels):
        raise ValueError(f"digits: there are {len(pixels)} images, got n = {n}")
    chosen = rng.permutation(len(pixels))[:n]
    return pixels[chosen].astype(np.float64), labels[chosen].astype(np.int64)


def digits_split(n: int, rng: np.random.Generator) -> tuple[Labelled, Labelled]:
    """Choose n images as `digits` does and split them 75 to 25: (training points, labels), (test points, labels)."""
    pixels, labels = digits(n, rng)
    seed = int(rng.integers(2**32))
    train, test, y_train, y_test = train_test_split(pixels, labels, test_size=0.25, random_state=seed)
    return (train, y_train), (test, y_test)


def _both_signs(name: str, n: int, rng: np.random.Generator) -> NDArray[np.int64]:
    return 2 * _numbered_labels(name, n, rng, 2) - 1


def _numbered_labels(name: str, n: int, rng: np.random.Generator, classes: int) -> NDArray[np.int64]:
    if n < classes:
        raise ValueError(f"{name}: expected n >= {classes}, got {n}")
    return rng.permutation(np.append(np.arange(classes), rng.integers(classes, size=n - classes)))
