"""Generic measurements on densities and samplers: arrays and callables in, :class:`Measured` out.

Nothing here knows which model is asked. A *density* is a callable that turns points (n, 2) into log-densities
(n,); a *sampler* turns a number n into points (n, 2). Densities are asked in blocks, so that slow but correct
code stays below the limit of a single call.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from grader.judge import statistics
from grader.judge.checks import Measured
from grader.judge.lab import Lab
from grader.judge.statistics import DensityGrid

Array = NDArray[np.float64]
Density = Callable[[Array], Array]
Sampler = Callable[[int], Array]

BLOCK = 2500
"""Points per question to a density."""


def ask(density: Density, points: Array, block: int = BLOCK) -> Array:
    """Log-densities of points (n, 2), asked in blocks; shape (n,)."""
    answers = [density(points[start : start + block]) for start in range(0, len(points), block)]
    return np.concatenate([np.asarray(a, dtype=float).reshape(-1) for a in answers])


def edges_around(points: Array, margin: float, cells: int) -> tuple[Array, Array]:
    """Equal grid edges, shapes (cells + 1,), over the bounding box of points widened by ``margin``."""
    low, high = points.min(axis=0) - margin, points.max(axis=0) + margin
    return np.linspace(low[0], high[0], cells + 1), np.linspace(low[1], high[1], cells + 1)


def grid_of(density: Density, edges: tuple[Array, Array]) -> DensityGrid:
    """The density on a grid, normalised over it (the integral is kept)."""
    return statistics.density_grid(*edges, ask(density, statistics.midpoints(*edges)))


def integrates_to_one(lab: Lab, grid: DensityGrid, *, tolerance: float, where: str) -> Measured:
    """The integral over the grid against 1; ``where`` names the team's method."""
    return lab.measured(
        "integral of the density",
        grid.integral,
        between=(1 - tolerance, 1 + tolerance),
        message=f"{where}: the density integrates to {grid.integral:.4g} over the plane, not to 1.",
        next_step="Check the normalisation: what must the values be divided by so that they add up to 1?",
    )


@dataclass(frozen=True)
class Agreement:
    """How well two sets of log-densities agree: median distance in nats, share of points that agree."""

    median: float
    share: float
    offset: float
    """Median difference answered - expected."""
    shape: float
    """Median distance after the offset is taken out."""
    shape_share: float
    """Share of points that agree after the offset is taken out."""

    def within(self, tolerance: float, edge_share: float = 0.02) -> bool:
        """Same values, except at up to ``edge_share`` of the points (borders of cells)."""
        return self.median <= tolerance and self.share >= 1 - edge_share

    def proportional(self, tolerance: float, edge_share: float = 0.02) -> bool:
        """Same values up to one constant, except at up to ``edge_share`` of the points."""
        return self.shape <= tolerance and self.shape_share >= 1 - edge_share


def agreement(answered: Array, expected: Array, tolerance: float) -> Agreement:
    """Compare log-densities (n,); both minus infinity agrees, NaN never does."""
    both = np.isneginf(answered) & np.isneginf(expected)
    with np.errstate(invalid="ignore"):
        gaps = np.where(both, 0.0, answered - expected)
    gaps = np.where(np.isnan(gaps), np.inf, gaps)
    finite = gaps[np.isfinite(gaps) & ~both]
    offset = float(np.median(finite)) if len(finite) else 0.0
    distance = np.abs(gaps)
    shape = np.where(both, 0.0, np.abs(np.where(np.isfinite(gaps), gaps - offset, np.inf)))
    close = max(tolerance, 1e-12) * 20
    return Agreement(
        _median(distance),
        float(np.mean(distance <= close)),
        offset,
        _median(shape),
        float(np.mean(shape <= close)),
    )


def _median(values: Array) -> float:
    """The median, also when infinite values are among them."""
    ordered = np.sort(values)
    return float(ordered[len(ordered) // 2]) if len(ordered) else float("inf")


def equals_reference(
    lab: Lab, answered: Array, expected: Array, *, tolerance: float, where: str, of: str
) -> tuple[Measured, Measured]:
    """Log-densities against the expected ones: median distance, and the share of points that agree."""
    found = agreement(answered, expected, tolerance)
    return (
        lab.measured(
            "median log-density error",
            found.median,
            at_most=tolerance,
            unit="nats",
            message=f"{where}: the log-density differs from {of} by {found.median:.3g} nats in the median.",
        ),
        lab.measured(
            "share of points that agree",
            found.share,
            at_least=0.98,
            message=f"{where}: {1 - found.share:.0%} of the points have another log-density than {of}.",
        ),
    )


def looks_plain(density: Density, inside: Array, outside: Array) -> bool:
    """Whether the answers are densities, not logarithms: zero far away, positive where the data are."""
    far, near = np.asarray(density(outside), float), np.asarray(density(inside), float)
    return bool(np.all((far >= 0) & (far < 1e-12)) and np.all(near >= 0) and np.any(near > 0))


def logarithm_of(density: Density) -> Density:
    """The logarithm of a density that answers plain values."""

    def log_density(points: Array) -> Array:
        with np.errstate(divide="ignore", invalid="ignore"):
            logarithm: Array = np.log(np.asarray(density(points), dtype=float))
        return logarithm

    return log_density


def samples_follow(
    lab: Lab,
    samples: Array,
    density: Density,
    grid: DensityGrid,
    *,
    where: str,
    of: str,
    expected_per_cell: float = 20.0,
) -> tuple[Measured, ...]:
    """Samples (n, 2) against a density: chi-square on cells of equal probability, and ranks by density.

    The two see different mistakes: counts see wrong places, ranks see wrong widths. ``of`` names the density.
    """
    if not np.all(np.isfinite(samples)):
        return (lab.measured("finite samples", float(np.isfinite(samples).all(axis=1).mean()), at_least=1.0,
                             message=f"{where}: some samples are NaN or infinite."),)  # fmt: skip
    n = len(samples)
    margins = (0.02, 0.01) if n > 2500 else (0.0, 0.0)
    partition = statistics.equal_probability_partition(grid, max(4, int(n / expected_per_cell)))
    p_cells = statistics.chi_square_p(partition.counts(samples), n * partition.expected, margins[0])
    chosen = lab.rng("ranked samples").permutation(n)[: 1000 * lab.scale]  # samples may come ordered
    ranked = samples[chosen]
    ranks = statistics.density_ranks(grid, ask(density, ranked), lab.rng("ties"))
    p_ranks = statistics.uniform_p(ranks, margins[1])
    told = f"{where}: the samples do not follow {of}"
    return (
        lab.likely(
            "chi-square p-value, samples per cell",
            p_cells,
            message=f"{told}: some regions get clearly too many points and others too few ({small(p_cells)}).",
            next_step="Draw many samples and compare how often each region is hit with its probability.",
        ),
        lab.likely(
            "Kolmogorov-Smirnov p-value, density ranks",
            p_ranks,
            message=f"{told}: {spread(ranks)} ({small(p_ranks)}).",
            next_step="Compare the spread of the samples with the width of the density they should come from.",
        ),
    )


def small(p: float) -> str:
    """A p-value for readers."""
    return f"p = {p:.1g}" if p > 1e-12 else "p below 1e-12"


def spread(ranks: Array) -> str:
    """In words whether samples sit too close to the peaks of the density or too far from them."""
    middle = float(np.median(ranks))
    if middle < 0.45:
        return "they sit too close to its peaks, as if the noise were too small"
    if middle > 0.55:
        return "they scatter too widely, as if the noise were too large"
    return "dense and thin regions are not hit in the right proportion"


def all_pass(measured: Sequence[Measured]) -> bool:
    """Whether every measurement passed."""
    return all(m.passed for m in measured)


def duplicates(lab: Lab, samples: Array, train: Array, *, where: str) -> tuple[Measured, ...]:
    """Samples (n, 2) must not be training points again, and not the same few points over and over."""
    known = {tuple(row) for row in np.round(train, 9)}
    copied = float(np.mean([tuple(row) in known for row in np.round(samples, 9)]))
    distinct = len(np.unique(np.round(samples, 9), axis=0)) / len(samples)
    return (
        lab.measured(
            "share of samples that are training points",
            copied,
            at_most=0.5,
            message=f"{where}: {copied:.0%} of the samples are training points, unchanged.",
            next_step="What does the density look like between the training points, and what must be added?",
        ),
        lab.measured(
            "share of distinct samples",
            distinct,
            at_least=0.9,
            message=f"{where}: only {distinct:.0%} of the samples are distinct points.",
            next_step="Samples of a continuous density practically never coincide: where does the spread go?",
        ),
    )


def repeats(first: Array, second: Array) -> float:
    """Share of points of a draw that another draw of the same size repeats at the same place."""
    return float(np.mean(np.all(first == second, axis=1))) if first.shape == second.shape else 0.0


def draws_differ(lab: Lab, first: Array, second: Array, fresh: Array, *, where: str) -> Measured:
    """A sampler must not always return the same points.

    ``second`` is another call on the same object, ``fresh`` a call on an object built anew with another seed:
    only when both repeat ``first`` the points are fixed. (An object that was given a seed may repeat itself.)
    """
    same = min(repeats(first, second), repeats(first, fresh))
    return lab.measured(
        "share of points that every call repeats",
        same,
        at_most=0.5,
        message=f"{where}: a second call returns the same points again.",
        next_step="Do not set the random seed inside the method: seed once at the top of the notebook.",
    )


def likelihood_gap(
    lab: Lab, mine: float, best: float, *, at_most: float, name: str, message: str
) -> Measured:
    """Mean log-likelihood below that of the reference, in nats per point."""
    return lab.measured(name, best - mine, at_most=at_most, unit="nats", message=message)
