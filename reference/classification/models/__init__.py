"""The three classifiers of the sheet, written from scratch with NumPy."""

from reference.classification.models.least_squares import LinearLeastSquares
from reference.classification.models.nearest_neighbours import READINGS, KNearestNeighbours
from reference.classification.models.softmax_regression import (
    SoftmaxRegression,
    cross_entropy,
    cross_entropy_gradient,
    softmax,
    with_ones,
)

__all__ = [
    "READINGS",
    "KNearestNeighbours",
    "LinearLeastSquares",
    "SoftmaxRegression",
    "cross_entropy",
    "cross_entropy_gradient",
    "softmax",
    "with_ones",
]
