"""Data sets of the sheet and of its checks: functions `name(n, rng)` that return (n, d) float64 arrays."""

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import make_moons


def moons(n: int, rng: np.random.Generator, noise: float = 0.1) -> NDArray[np.float64]:
    """Draw n points (n, 2) from two interleaved half circles, in random order (sheet tasks 1 and 2)."""
    points, _ = make_moons(n_samples=n, noise=noise, random_state=int(rng.integers(2**32)))
    return np.asarray(points, dtype=np.float64)


def normal(n: int, rng: np.random.Generator, dimension: int = 2) -> NDArray[np.float64]:
    """Draw n points (n, dimension) from the standard normal."""
    return rng.standard_normal((n, dimension))
