"""P-values that mean what they say, and the partition and ranks they need; nothing here knows a model.

Calibration: with about twenty expected counts per cell of equal probability the chi-square p-value is right
to within its own noise down to 1e-5; margins keep the errors of our own grid from counting when n is large.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import interpolate, stats

Array = NDArray[np.float64]


def chi_square_p(observed: Array, expected: Array, margin: float = 0.0) -> float:
    """P-value of counts against expected counts that add up to the same total, both of shape (cells,).

    ``margin`` is the relative error our expectation may itself have: the variance of a cell with
    expectation E becomes E + (margin E)². Cells below five expected counts are merged first.
    """
    observed, expected = merge_small(observed, expected, 5.0)
    if len(expected) < 2:
        return 1.0
    statistic = np.sum((observed - expected) ** 2 / (expected + (margin * expected) ** 2))
    return float(stats.chi2.sf(statistic, len(expected) - 1))


def merge_small(observed: Array, expected: Array, least: float) -> tuple[Array, Array]:
    """Merge the cells with fewer than ``least`` expected counts, smallest first, until none is left."""
    order = np.argsort(-expected, kind="stable")
    observed, expected = np.asarray(observed, float)[order], np.asarray(expected, float)[order]
    small = expected < least
    if not small.any():
        return observed, expected
    first = int(np.argmax(small))
    if expected[first:].sum() < least and first > 0:
        first -= 1
    return (
        np.append(observed[:first], observed[first:].sum()),
        np.append(expected[:first], expected[first:].sum()),
    )


def uniform_p(ranks: Array, margin: float = 0.0) -> float:
    """Kolmogorov-Smirnov p-value of ranks of shape (n,) against the uniform distribution on [0, 1].

    ``margin`` is subtracted from the largest distance before it is judged.
    """
    n = len(ranks)
    distance = float(stats.kstest(ranks, "uniform").statistic)
    return float(stats.kstwo.sf(max(distance - margin, 0.0), n))


@dataclass(frozen=True)
class DensityGrid:
    """A density on the cells of a rectangular grid, normalised over it.

    ``x_edges`` (a + 1,), ``y_edges`` (b + 1,); ``log_density`` (a, b) at the midpoints as answered;
    ``mass`` (a, b) sums to 1; ``integral`` is the sum before normalising.
    """

    x_edges: Array
    y_edges: Array
    log_density: Array
    mass: Array
    integral: float


def midpoints(x_edges: Array, y_edges: Array) -> Array:
    """The centres of all cells, shape (a b, 2), first coordinate slowest."""
    x, y = (x_edges[1:] + x_edges[:-1]) / 2, (y_edges[1:] + y_edges[:-1]) / 2
    return np.stack(np.meshgrid(x, y, indexing="ij"), axis=-1).reshape(-1, 2)


def density_grid(x_edges: Array, y_edges: Array, log_density: Array) -> DensityGrid:
    """Put log-densities of shape (a b,), as answered at :func:`midpoints`, onto the grid."""
    values = np.asarray(log_density, dtype=float).reshape(len(x_edges) - 1, len(y_edges) - 1)
    areas = np.outer(np.diff(x_edges), np.diff(y_edges))
    with np.errstate(over="ignore", invalid="ignore"):
        weights = np.exp(values) * areas
        integral = float(weights.sum())
    if not np.isfinite(integral) or integral <= 0:
        top = np.max(values[np.isfinite(values)], initial=-np.inf)
        weights = (
            np.where(np.isfinite(values), np.exp(values - top), 0.0) * areas if np.isfinite(top) else areas
        )
    return DensityGrid(x_edges, y_edges, values, weights / weights.sum(), integral)


@dataclass(frozen=True)
class Partition:
    """Cells of about equal probability: columns by x, rows by y within each column, borders at infinity.

    ``columns`` (k - 1,) inner borders; ``rows`` one array of inner borders per column; ``expected`` (cells,)
    probabilities that add up to 1.
    """

    columns: Array
    rows: tuple[Array, ...]
    expected: Array

    def counts(self, points: Array) -> Array:
        """Count finite points of shape (n, 2) per cell, shape (cells,)."""
        column = np.searchsorted(self.columns, points[:, 0], side="right")
        counted = []
        for index, borders in enumerate(self.rows):
            row = np.searchsorted(borders, points[column == index, 1], side="right")
            counted.append(np.bincount(row, minlength=len(borders) + 1))
        return np.concatenate(counted).astype(float)


def equal_probability_partition(grid: DensityGrid, cells: int) -> Partition:
    """Cut the plane into about ``cells`` cells of equal probability under the gridded density.

    Borders lie on grid lines, so the expected probabilities are exact sums of the grid's masses.
    """
    per_side = max(1, round(np.sqrt(cells)))
    cuts = _cuts(grid.mass.sum(axis=1), per_side)
    rows: list[Array] = []
    expected: list[Array] = []
    for start, stop in zip(np.r_[0, cuts], np.r_[cuts, len(grid.mass)], strict=True):
        strip = grid.mass[start:stop].sum(axis=0)
        inner = _cuts(strip, per_side)
        rows.append(grid.y_edges[inner])
        expected.append(np.add.reduceat(strip, np.r_[0, inner]))
    return Partition(grid.x_edges[cuts], tuple(rows), np.concatenate(expected))


def _cuts(mass: Array, parts: int) -> NDArray[np.intp]:
    """Indices 0 < i < len(mass) that cut the mass into at most ``parts`` nearly equal parts."""
    total = np.cumsum(mass) / max(mass.sum(), 1e-300)
    wanted = np.arange(1, parts) / parts
    cuts = np.unique(np.searchsorted(total, wanted) + 1)
    return cuts[cuts < len(mass)]


def density_ranks(grid: DensityGrid, log_density: Array, rng: np.random.Generator) -> Array:
    """Probability of all places that are denser than each sample, shape (n,): uniform if the sampler is right.

    ``log_density`` (n,) is the model's own answer at its samples. Ties, as in models that are constant on
    cells, are spread at random over their level.
    """
    values, mass = finer(grid, 4)
    levels = np.round(values.ravel(), 9)
    order = np.argsort(-levels, kind="stable")
    levels, cumulative = levels[order], np.r_[0.0, np.cumsum(mass.ravel()[order])]
    own = np.round(np.where(np.isnan(log_density), -np.inf, log_density), 9)
    above = cumulative[np.searchsorted(-levels, -own, side="left")]
    through = cumulative[np.searchsorted(-levels, -own, side="right")]
    ranks: Array = above + rng.random(len(own)) * np.maximum(through - above, 0.0)
    ranks[np.isneginf(own)] = 1.0
    return np.clip(ranks, 0.0, 1.0)


def finer(grid: DensityGrid, factor: int) -> tuple[Array, Array]:
    """Log-density and mass on cells ``factor`` times finer in each direction, by cubic interpolation.

    A density that is constant on cells (many equal values) stays as it is.
    """
    values = grid.log_density
    finite = values[np.isfinite(values)]
    if len(np.unique(np.round(finite, 9))) < 0.2 * values.size:
        return values, grid.mass
    x, y = (grid.x_edges[1:] + grid.x_edges[:-1]) / 2, (grid.y_edges[1:] + grid.y_edges[:-1]) / 2
    fine = [np.interp(np.arange(0, len(e) - 1, 1 / factor) + 0.5 / factor, np.arange(len(e)), e)
            for e in (grid.x_edges, grid.y_edges)]  # fmt: skip
    floored = np.nan_to_num(values, nan=-np.inf).clip(finite.max() - 60, finite.max())
    smooth = interpolate.RectBivariateSpline(x, y, floored)
    log_density: Array = smooth(fine[0], fine[1])
    mass = np.exp(log_density - log_density.max())
    return log_density, mass / mass.sum()
