"""What correct stub code must answer, written down independently of any hand-in."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.spatial.distance import cdist
from scipy.special import logsumexp

Array = np.ndarray[Any, Any]


def kernel_log_density(train: Array, points: Array, bandwidth: float) -> Array:
    """Mean of isotropic Gaussian kernels, logarithm, shape (m,)."""
    exponents = -cdist(points, train, "sqeuclidean") / (2 * bandwidth**2)
    return np.asarray(logsumexp(exponents, axis=1) - np.log(len(train) * 2 * np.pi * bandwidth**2))


def gaussian_log_density(train: Array, points: Array, ddof: int) -> Array:
    """Maximum-likelihood Gaussian (``ddof`` 0) or the unbiased one (1), shape (m,)."""
    covariance = np.cov(train.T, ddof=ddof)
    offsets = points - train.mean(axis=0)
    distances = np.sum(offsets @ np.linalg.inv(covariance) * offsets, axis=1)
    return np.asarray(-0.5 * (distances + np.log(np.linalg.det(2 * np.pi * covariance))))


def discrepancies(first: Array, second: Array, kernel: str, bandwidth: float) -> tuple[float, float]:
    """Biased and unbiased squared maximum mean discrepancy with the sheet's kernels."""

    def gram(a: Array, b: Array) -> Array:
        scaled = cdist(a, b, "sqeuclidean") / bandwidth**2
        return np.asarray(np.exp(-scaled) if kernel == "se" else 1 / np.sqrt(1 + scaled))

    n, m = len(first), len(second)
    own, other, cross = gram(first, first), gram(second, second), gram(first, second).mean()
    unbiased = (own.sum() - n) / (n * (n - 1)) + (other.sum() - m) / (m * (m - 1)) - 2 * cross
    return float(own.mean() + other.mean() - 2 * cross), float(unbiased)
