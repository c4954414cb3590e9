"""What kernel a discrepancy uses, read off its own answers on a few points.

Two samples of two points each, all far apart but for one pair at distance d, make any discrepancy between them a
constant minus a multiple of the summed kernel at d. A sum of kernels of one family at widths that grow by a
constant factor is then fitted: the count of widths, the factor and the smallest width come out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

Array = NDArray[np.float64]

FAMILIES: dict[str, Callable[[Array], Array]] = {
    "squared exponential": lambda q: np.exp(-q),
    "inverse multi-quadratic": lambda q: 1 / np.sqrt(1 + q),
    "inverse quadratic": lambda q: 1 / (1 + q),
    "exponential of the distance (Laplace)": lambda q: np.exp(-np.sqrt(q)),
}
"""Kernels as functions of q = d² / s², with s the width."""
FAR = 1e5
"""Distance of the points that are far apart, in the units of the data."""
FACTORS = (2**0.5, 2.0, 10.0)
"""Factors between neighbouring widths from which fits start."""
MOST = 8
EXACT = 4e-7
"""Misfit, relative to the curve's height, below which no larger sum is tried: single precision rounds like this."""


@dataclass(frozen=True)
class KernelSum:
    """A fitted sum: ``count`` kernels of ``family`` at widths ``smallest`` * ``factor`` ** j.

    ``error``: root mean square misfit relative to the curve's height.
    """

    family: str
    count: int
    smallest: float
    factor: float
    error: float

    @property
    def widths(self) -> Array:
        """All widths s in exp(-d²/s²), or in the like place of the other families, shape (count,)."""
        return np.asarray(self.smallest * self.factor ** np.arange(self.count), dtype=np.float64)


def micro_samples(distance: float, dimension: int = 2) -> tuple[Array, Array]:
    """Two samples (2, d): one point of each at the given distance, the others far from everything."""
    x, y = np.zeros((2, dimension)), np.zeros((2, dimension))
    x[1, 0], y[1, 0], y[0, -1] = FAR, -FAR, distance
    return x, y


def curve(discrepancy: Callable[[Array, Array], float], distances: Array) -> Array:
    """The discrepancy's answers on :func:`micro_samples` at distances (n,), shape (n,)."""
    return np.array([float(discrepancy(*micro_samples(float(d)))) for d in distances])


def fit(distances: Array, answers: Array) -> KernelSum | None:
    """The sum of kernels that explains answers (n,) at distances (n,); None if they are constant or not finite.

    The simplest sum within three times the smallest misfit is taken; sums of up to :data:`MOST` kernels are tried.
    """
    height = float(np.ptp(answers)) if np.all(np.isfinite(answers)) else 0.0
    if height <= 1e-9:
        return None
    scaled = (answers.max() - answers) / height
    found: list[KernelSum] = []
    for count in range(1, MOST + 1):
        fits = (_fit_sum(family, count, distances, scaled) for family in FAMILIES)
        found += [fitted for fitted in fits if fitted is not None]
        if min(f.error for f in found) <= EXACT:
            break
    best = min(found, key=lambda f: f.error)
    plain = [f for f in found if f.error <= 3 * best.error]
    return min(plain, key=lambda f: (f.count, f.error))


def _fit_sum(family: str, count: int, distances: Array, scaled: Array) -> KernelSum | None:
    """Best smallest width and factor for one family and count, from several starts."""
    starts = [
        (s, f)
        for f in (FACTORS if count > 1 else (2.0,))
        for s in _starts(family, count, f, distances, scaled)
    ]
    best: KernelSum | None = None
    for smallest, factor in starts:
        free = [np.log(smallest), np.log(factor)] if count > 1 else [np.log(smallest)]
        fitted = least_squares(
            _residual_at, free, args=(family, count, distances, scaled), xtol=1e-12, ftol=1e-12, max_nfev=60
        )
        error = float(np.sqrt(2 * fitted.cost / len(scaled)))
        grown = float(np.exp(fitted.x[1])) if count > 1 else 1.0
        better = best is None or error < best.error
        if better and (count == 1 or grown > 1.05):
            best = KernelSum(family, count, float(np.exp(fitted.x[0])), grown, error)
    return best


def _starts(family: str, count: int, factor: float, distances: Array, scaled: Array) -> list[float]:
    """The smallest width, of a coarse grid, that fits best with this factor."""
    grid = np.geomspace(1e-3, 10, 28)
    free = [(np.log(s), np.log(factor)) if count > 1 else (np.log(s),) for s in grid]
    errors = [float(np.sum(_residual(family, count, np.array(p), distances, scaled) ** 2)) for p in free]
    return [float(grid[int(np.argmin(errors))])]


def _residual_at(parameters: Array, family: str, count: int, distances: Array, scaled: Array) -> Array:
    return _residual(family, count, parameters, distances, scaled)


def _residual(family: str, count: int, parameters: Array, distances: Array, scaled: Array) -> Array:
    """Misfit of a constant plus a multiple of the sum, both fitted linearly."""
    step = float(np.exp(np.clip(parameters[1], -3, 8))) if count > 1 else 1.0
    widths = np.exp(np.clip(parameters[0], -20, 20)) * step ** np.arange(count)
    total = FAMILIES[family]((distances[:, None] / widths) ** 2).mean(axis=1)
    spread = total - total.mean()
    size = float(spread @ spread)
    slope = max(0.0, float(spread @ scaled) / size) if size > 0 else 0.0
    misfit: Array = slope * spread - (scaled - scaled.mean())
    return misfit


def root_or_square(answers: Array) -> list[tuple[str, Array]]:
    """The answers as they are, and squared for a discrepancy that takes the root at its end."""
    return [("MMD²", answers), ("MMD", answers**2)]
