"""The maximum mean discrepancy between two samples (sheet task 1, evaluation)."""

import numpy as np
from scipy.spatial.distance import cdist


def squared_exponential(squared_distance: np.ndarray, bandwidth: float) -> np.ndarray:
    """Return exp(-d² / h²) for squared distances d² of any shape."""
    return np.exp(-squared_distance / bandwidth**2)


def inverse_multiquadric(squared_distance: np.ndarray, bandwidth: float) -> np.ndarray:
    """Return 1 / sqrt(1 + d² / h²) for squared distances d² of any shape."""
    return 1 / np.sqrt(1 + squared_distance / bandwidth**2)


def mmd_squared(
    X: np.ndarray, Y: np.ndarray, kernel: str = "se", bandwidth: float = 0.2, unbiased: bool = True
) -> float:
    """Estimate the squared maximum mean discrepancy of X, shape (n, d), and Y, shape (m, d).

    `kernel` is "se" or "imq". The unbiased estimate leaves each point's kernel with itself out of the
    means, needs n, m >= 2 and may be negative; the biased one keeps it and never is.
    """
    kernels = {"se": squared_exponential, "imq": inverse_multiquadric}
    if kernel not in kernels:
        raise ValueError(f"mmd_squared: kernel must be 'se' or 'imq', got {kernel!r}")
    if not bandwidth > 0:
        raise ValueError(f"mmd_squared: bandwidth must be positive, got {bandwidth!r}")
    X, Y = np.asarray(X, dtype=float), np.asarray(Y, dtype=float)
    if X.ndim != 2 or Y.ndim != 2 or X.shape[1] != Y.shape[1]:
        raise ValueError(f"mmd_squared: expected shapes (n, d) and (m, d), got {X.shape} and {Y.shape}")
    if min(len(X), len(Y)) < (2 if unbiased else 1):
        raise ValueError(f"mmd_squared: too few points, got {len(X)} and {len(Y)}")

    def kernel_matrix(A: np.ndarray, B: np.ndarray) -> np.ndarray:
        return kernels[kernel](cdist(A, B, "sqeuclidean"), bandwidth)

    def mean_within(A: np.ndarray) -> float:
        total = kernel_matrix(A, A).sum()
        n = len(A)
        return (total - n) / (n * (n - 1)) if unbiased else total / n**2

    return mean_within(X) + mean_within(Y) - 2 * kernel_matrix(X, Y).mean()
