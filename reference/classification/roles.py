"""The reference in the words of the rubric: role -> class or function with canonical parameter names."""

import numpy as np

from reference.classification import models
from reference.classification.models import KNearestNeighbours, LinearLeastSquares
from reference.classification.questions.softmax_roles import softmax_role


def knn_density(X: np.ndarray, P: np.ndarray, k: int) -> np.ndarray:
    """Return p(x) = k / (N V) at the rows of P, shape (m, d), given training points X, shape (n, d): (m,)."""
    return KNearestNeighbours(k).fit(X, np.zeros(len(X))).density(P)


def knn_class_density(
    X: np.ndarray, y: np.ndarray, P: np.ndarray, k: int, reading: str = "own_circle"
) -> np.ndarray:
    """Return p(x|c) at the rows of P, shape (m, d), for every class of y, sorted: (m, classes)."""
    return KNearestNeighbours(k).fit(X, y).class_density(P, reading)


ROLES = {
    "knn": KNearestNeighbours,
    "lls": LinearLeastSquares,
    "softmax": softmax_role(vars(models)),
    "knn_density": knn_density,
    "knn_class_density": knn_class_density,
}
