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
from scipy.spatial import cKDTree

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
    sample, classes = snapped(sample, marks)
    placed = [snapped(points, marks) for points in draws]
    pool = np.concatenate([points[: len(sample) * 2] for points, _ in placed] + [sample])
    cut = _columns_and_rows(pool, per_side)
    kinds = len(marks) + 2
    size = per_side * per_side * kinds

    def counted(points: Array, classes: Labels) -> Array:
        return np.bincount(_cells(points, *cut) * kinds + classes, minlength=size).astype(float)

    observed = counted(sample, classes)
    drawn = [counted(points, kinds_of) for points, kinds_of in placed]
    used = np.sum([observed, *drawn], axis=0) > 0
    found = []
    for index, counts in enumerate(drawn):
        smooth = counts[used] + PSEUDOCOUNT
        likelihood = float(observed[used] @ np.log(smooth / smooth.sum()))
        found.append(Explanation(index, likelihood, homogeneity_p(observed[used], counts[used])))
    return sorted(found, key=lambda one: -one.likelihood)


def snapped(points: Array, marks: Mapping[str, Array]) -> tuple[Array, Labels]:
    """Points moved onto the marks that they hit, and the class of each, shape (n,).

    Classes: 0 nothing special, 1 its place repeats, 2 and on: on a mark. Places are compared to within 1e-5 of
    the marks' extent.
    """
    points = points.copy()
    _, inverse, counts = np.unique(
        np.round(points[:, 0], 9) + 1j * np.round(points[:, 1], 9), return_inverse=True, return_counts=True
    )
    classes: Labels = np.take(np.greater(counts, 1), inverse).astype(np.intp)
    for number, places in enumerate(marks.values(), start=2):
        reach = 1e-5 * max(float(np.ptp(places)), 1e-3)
        gap, nearest = cKDTree(places).query(points, distance_upper_bound=reach)
        hit = np.isfinite(gap)
        points[hit], classes[hit] = places[np.asarray(nearest)[hit]], number
    return points, classes


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
