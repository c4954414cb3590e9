"""Data sets of the sheet and of its checks: functions `name(n, rng)` that return float64 arrays of n rows.

All have two columns but `digits`, which has 64.
"""

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits, make_moons

CLUSTER_WEIGHTS = np.array([0.7, 0.2, 0.1])
CLUSTER_MEANS = np.array([[-3.0, 0.0], [3.0, 2.0], [1.0, -4.0]])
CLUSTER_COVARIANCES = np.array(
    [[[0.5, 0.3], [0.3, 0.4]], [[0.3, -0.2], [-0.2, 0.5]], [[0.2, 0.0], [0.0, 0.6]]]
)
CORRELATED_MEAN = np.array([1.0, -2.0])
CORRELATED_COVARIANCE = np.array([[2.0, 1.2], [1.2, 1.0]])


def moons(n: int, rng: np.random.Generator, noise: float = 0.1) -> NDArray[np.float64]:
    """Draw n points from two interleaved half circles, in random order (sheet task 1)."""
    points, _ = make_moons(n_samples=n, noise=noise, random_state=int(rng.integers(2**32)))
    return np.asarray(points, dtype=np.float64)


def digits(n: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Choose n different images of digits, shape (n, 64), with grey values 0 to 16 (sheet task 2); n <= 1797."""
    pixels, _ = load_digits(return_X_y=True)
    if not 0 <= n <= len(pixels):
        raise ValueError(f"digits: there are {len(pixels)} images, got n = {n}")
    return np.asarray(pixels[rng.permutation(len(pixels))[:n]], dtype=np.float64)


def independent_moons(n: int, rng: np.random.Generator, noise: float = 0.1) -> NDArray[np.float64]:
    """Draw n independent points from the distribution that `moons` spreads its points over evenly.

    `moons` puts half of its points on each half circle at equal angles, so two of its samples resemble each
    other more than independent ones do: an unbiased MMD² between them is negative on average, and a
    permutation test gives p-values near 1. A test that assumes independent points needs this function.
    """
    angle = rng.uniform(0, np.pi, size=n)
    lower = rng.random(n) < 0.5
    x = np.where(lower, 1 - np.cos(angle), np.cos(angle))
    y = np.where(lower, 0.5 - np.sin(angle), np.sin(angle))
    return np.column_stack([x, y]) + noise * rng.standard_normal((n, 2))


def three_clusters(n: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw n points from three normal clusters of weights 0.7, 0.2, 0.1 that do not overlap.

    The clusters lie so far apart that a mixture of three components has one best fit, up to their order.
    """
    label = rng.choice(3, size=n, p=CLUSTER_WEIGHTS)
    factors = np.linalg.cholesky(CLUSTER_COVARIANCES)
    noise = np.einsum("nij,nj->ni", factors[label], rng.standard_normal((n, 2)))
    return CLUSTER_MEANS[label] + noise


def correlated(n: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw n points from one normal distribution with correlation 0.85 and unequal variances."""
    factor = np.linalg.cholesky(CORRELATED_COVARIANCE)
    return CORRELATED_MEAN + rng.standard_normal((n, 2)) @ factor.T


def four_points(n: int = 4, rng: np.random.Generator | None = None) -> NDArray[np.float64]:
    """Return four separated points; with bandwidth 0.4 their kernels hardly touch.

    `n` and `rng` are accepted so that all data sets are called alike; n must be 4.
    With a generator the points are turned by a random angle, their distances stay the same.
    """
    if n != 4:
        raise ValueError(f"four_points: the data set has 4 points, got n = {n}")
    points = np.array([[0.0, 0.0], [4.0, 1.0], [-1.0, 4.5], [3.5, 5.5]])
    if rng is None:
        return points
    angle = rng.uniform(0, 2 * np.pi)
    cosine, sine = np.cos(angle), np.sin(angle)
    return points @ np.array([[cosine, sine], [-sine, cosine]])
