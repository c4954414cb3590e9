"""How well each candidate explains a sample: likelihoods on cells, with atoms told apart.

The plane is cut into cells of about equal probability under all candidates together. Points that repeat, or lie
exactly on a marked place (a training point, the corner of a bin), form classes of their own: a continuous
density never hits them. Cell and class together give each point a label, and labels have the multinomial
distribution that many draws of a candidate estimate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Array = NDArray[np.float64]
Labels = NDArray[np.intp]
PSEUDOCOUNT = 0.5
"""Added to every label's count (Jeffreys' prior), so that what a candidate never drew is not impossible."""


@dataclass(frozen=True)
class Explanation:
    """How one candidate explains a sample."""

    index: int
    likelihood: float
    """Log-likelihood of the sample's labels, in nats."""
    p: float
    """Chi-square p-value of the sample's labels against those of the candidate's draws."""


def explanations(
    sample: Array, draws: Sequence[Array], marks: Mapping[str, Array], per_side: int = 20
) -> list[Explanation]:
    """How each candidate's draws, (N, 2) each, explain the sample (n, 2); the likeliest first.

    ``marks`` names places, (m, 2) each, that points may hit exactly.
    """
    pool = np.concatenate([points[: len(draws[0]) // 4] for points in draws] + [sample])
    cut = _columns_and_rows(pool, per_side)
    classes = len(marks) + 2
    size = per_side * per_side * classes

    def counted(points: Array) -> Array:
        labels = _cells(points, *cut) * classes + atoms(points, marks)
        return np.bincount(labels, minlength=size).astype(float)

    observed = counted(sample)
    drawn = [counted(points) for points in draws]
    used = np.sum([observed, *drawn], axis=0) > 0
    found = []
    for index, counts in enumerate(drawn):
        smooth = counts[used] + PSEUDOCOUNT
        likelihood = float(observed[used] @ np.log(smooth / smooth.sum()))
        found.append(Explanation(index, likelihood, homogeneity_p(observed[used], counts[used])))
    return sorted(found, key=lambda one: -one.likelihood)


def atoms(points: Array, marks: Mapping[str, Array]) -> Labels:
    """Class of each point, shape (n,): 0 nothing special, 1 its place repeats, 2 and on: on a mark."""
    extent = max(float(np.ptp(points[np.isfinite(points).all(axis=1)])) if len(points) else 0.0, 1e-300)
    rounded = np.round(points / extent, 9)
    _, inverse, counts = np.unique(rounded, axis=0, return_inverse=True, return_counts=True)
    found: Labels = (counts[inverse.ravel()] > 1).astype(np.intp)
    for number, places in enumerate(marks.values(), start=2):
        if len(places):
            gap = np.abs(points[:, None, :] - places[None]).max(axis=2).min(axis=1)
            found[gap <= 1e-5 * extent] = number
    return found


def homogeneity_p(first: Array, second: Array, least: float = 5.0) -> float:
    """P-value that two vectors of counts, (labels,) each, come from one distribution; rare labels are merged."""
    n, m = first.sum(), second.sum()
    expected = (first + second) * min(n, m) / (n + m)
    rare = expected < least
    table = np.array([[*counts[~rare], counts[rare].sum()] for counts in (first, second)])
    table = table[:, table.sum(axis=0) > 0]
    if table.shape[1] < 2 or not table.sum(axis=1).all():
        return 1.0 if table.shape[1] < 2 else 0.0
    return float(stats.chi2_contingency(table, correction=False).pvalue)


def _columns_and_rows(pool: Array, per_side: int) -> tuple[Array, Array]:
    """Inner borders: columns (k - 1,) by x, and rows (k, k - 1) by y in each column."""
    parts = np.arange(1, per_side) / per_side
    columns = np.quantile(pool[:, 0], parts)
    where = np.searchsorted(columns, pool[:, 0], side="right")
    rows = np.zeros((per_side, per_side - 1))
    for column in range(per_side):
        inside = pool[where == column, 1]
        if len(inside):
            rows[column] = np.quantile(inside, parts)
    return columns, rows


def _cells(points: Array, columns: Array, rows: Array) -> Labels:
    """The cell of each point, shape (n,)."""
    column = np.searchsorted(columns, points[:, 0], side="right")
    row = (points[:, 1][:, None] >= rows[column]).sum(axis=1)
    cells: Labels = column * len(rows) + row
    return cells
