"""Read the cells of a density that is constant on the cells of a grid off its own answers.

How a team cuts its range (count or width of cells, padding, a fixed range) is a free choice; once the borders
are read, everything else about such a model is exact.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from grader.errors import TeamFault
from grader.judge.instruments import Density, ask
from grader.judge.statistics import midpoints

Array = NDArray[np.float64]
NOTHING = -9.0
"""Log-densities below this count as zero: teams add a small number before the logarithm."""


ROUNDS = 5
"""How often more borders are looked for, until none is found."""


@dataclass(frozen=True)
class Cells:
    """Borders (a + 1,), (b + 1,), the log-density (a, b) in each cell, and what happens outside.

    ``outside``: ``zero``, ``raises`` (the team's code fails there) or ``continues`` (it is not zero there).
    """

    x_edges: Array
    y_edges: Array
    log_density: Array
    outside: str

    @property
    def areas(self) -> Array:
        """Area of each cell, shape (a, b)."""
        return np.outer(np.diff(self.x_edges), np.diff(self.y_edges))

    @property
    def weights(self) -> Array:
        """Probability of each cell as the density says, shape (a, b); need not add up to 1."""
        with np.errstate(over="ignore"):
            weights: Array = (
                np.exp(np.where(self.log_density < NOTHING, -np.inf, self.log_density)) * self.areas
            )
        return weights

    def counts(self, points: Array) -> Array:
        """Points per cell, shape (a, b); the outer borders are taken a little wider for rounding."""
        x, y = _widened(self.x_edges), _widened(self.y_edges)
        column, row = np.digitize(points[:, 0], x) - 1, np.digitize(points[:, 1], y) - 1
        shape = (len(x) - 1, len(y) - 1)
        inside = (column >= 0) & (column < shape[0]) & (row >= 0) & (row < shape[1])
        counted = np.zeros(shape)
        np.add.at(counted, (column[inside], row[inside]), 1.0)
        return counted

    def fine_edges(self, parts: int) -> tuple[Array, Array]:
        """Grid edges that cut every cell into ``parts`` x ``parts`` pieces."""
        return _subdivided(self.x_edges, parts), _subdivided(self.y_edges, parts)


def read_cells(density: Density, points: Array, *, lines: int = 12, steps: int = 480) -> Cells | None:
    """Find the borders of the cells around ``points`` (n, 2); ``None`` if the density is not made of cells."""
    low, high = points.min(axis=0), points.max(axis=0)
    room = 1.5 * (high - low)
    outside = "zero"
    try:
        borders = _both_borders(density, (low, high), (low - room, high + room), lines, steps)
    except TeamFault:
        outside = "raises"
        inset = 1e-9 * (high - low)
        borders = _both_borders(density, (low, high), (low + inset, high - inset), lines, steps)
    if borders is None:
        return None
    if outside == "zero" and _continues(density, low - room, high + room):
        outside = "continues"
    with suppress(TeamFault):  # code that fails beyond its cells may fail on their rim too
        borders = _completed(density, borders, points, lines, steps // 4, outside == "raises")
    x, y = borders if outside == "zero" else (_closed(b, low[i], high[i]) for i, b in enumerate(borders))
    if len(x) < 2 or len(y) < 2:
        return None
    values = ask(density, midpoints(x, y))
    return Cells(x, y, values.reshape(len(x) - 1, -1), outside)


def _both_borders(
    density: Density, data: tuple[Array, Array], box: tuple[Array, Array], lines: int, steps: int
) -> tuple[Array, Array] | None:
    """Borders along both axes within the box; ``None`` if the density is not made of cells."""
    x = _borders(density, 0, *box, _across(*data, 0, lines), steps)
    y = None if x is None else _borders(density, 1, *box, _across(*data, 1, lines), steps)
    return None if x is None or y is None else (x, y)


def _across(low: Array, high: Array, axis: int, lines: int) -> Array:
    """Where the lines along ``axis`` run: spread over the range of the points in the other coordinate."""
    other = 1 - axis
    across: Array = low[other] + (high[other] - low[other]) * (np.arange(lines) + 0.37) / lines
    return across


def _borders(density: Density, axis: int, low: Array, high: Array, lines: Array, steps: int) -> Array | None:
    """Positions along ``axis`` where the density changes on any of the lines."""
    at = np.linspace(low[axis], high[axis], steps + 1)
    changed = _changes(density, axis, at, lines)
    if changed.mean() > 0.25:
        return None
    left, right = at[:-1][changed], at[1:][changed]
    for _ in range(4):
        left, right = _narrowed(density, axis, left, right, lines)
    return (left + right) / 2


def _completed(
    density: Density, borders: tuple[Array, Array], points: Array, lines: int, steps: int, inside: bool
) -> tuple[Array, Array]:
    """The borders with those of small cells, which may lie between the lines that were asked on.

    Lines run through every cell that was found, two through each, and through points (n, 2) in cells that were
    not, until nothing new shows.
    """
    low, high = points.min(axis=0), points.max(axis=0)
    found = list(borders)
    for _ in range(ROUNDS):
        before = len(found[0]) + len(found[1])
        missed = _missed(found[0], found[1], points)
        if max(len(known) for known in found) - 1 <= lines // 2 and not len(missed):
            break
        for axis in (0, 1):
            across = _subdivided(_closed(found[1 - axis], low[1 - axis], high[1 - axis]), 3)
            within = np.concatenate([across[np.arange(len(across)) % 3 > 0], missed[:lines, 1 - axis]])
            found[axis] = _with_more(
                density, axis, found[axis], (low[axis], high[axis]), within, steps, inside
            )
        if len(found[0]) + len(found[1]) == before:
            break
    return found[0], found[1]


def _missed(x: Array, y: Array, points: Array) -> Array:
    """Those of the points that lie in none of the cells between the borders."""
    x, y = _widened(x), _widened(y)
    inside = (
        (points[:, 0] >= x[0]) & (points[:, 0] <= x[-1]) & (points[:, 1] >= y[0]) & (points[:, 1] <= y[-1])
    )
    missed: Array = points[~inside]
    return missed


def _with_more(
    density: Density,
    axis: int,
    known: Array,
    span: tuple[float, float],
    lines: Array,
    steps: int,
    inside: bool,
) -> Array:
    """The known borders and those at which the density changes on the lines besides, in order.

    ``inside`` keeps to the range of the data, for code that fails beyond it.
    """
    size = span[1] - span[0]
    slack, beyond = 1e-6 * size, 1e-6 * size if inside else -0.03 * size
    at = np.linspace(span[0] + beyond, span[1] - beyond, steps + 1)
    holds = np.isin(np.arange(steps), np.searchsorted(at, known) - 1)
    new = _changes(density, axis, at, lines) & ~holds
    if not new.any():
        return known
    left, right = at[:-1][new], at[1:][new]
    for _ in range(4):
        left, right = _narrowed(density, axis, left, right, lines)
    middle = (left + right) / 2
    apart = [p for p in middle if np.abs(known - p).min(initial=np.inf) > 10 * slack]
    return np.sort(np.concatenate([known, apart]))


def _changes(density: Density, axis: int, at: Array, lines: Array) -> NDArray[np.bool_]:
    """Between which neighbouring positions the density changes, shape (len(at) - 1,)."""
    values = _on_lines(density, axis, at, lines)
    same = np.isclose(values[:, 1:], values[:, :-1], rtol=1e-9, atol=1e-9, equal_nan=True)
    return np.asarray(~same.all(axis=0))


def _narrowed(density: Density, axis: int, left: Array, right: Array, lines: Array) -> tuple[Array, Array]:
    """One sixteenth of each interval, the one that holds the (first) change."""
    parts = np.linspace(0, 1, 17)
    new_left, new_right = left.copy(), right.copy()
    at = (left[:, None] + (right - left)[:, None] * parts).ravel()
    values = _on_lines(density, axis, at, lines).reshape(len(lines), len(left), len(parts))
    for i in range(len(left)):
        rows = values[:, i, :]
        same = np.isclose(rows[:, 1:], rows[:, :-1], rtol=1e-9, atol=1e-9, equal_nan=True).all(axis=0)
        if not same.all():
            first = int(np.argmin(same))
            new_left[i], new_right[i] = at[i * 17 + first], at[i * 17 + first + 1]
    return new_left, new_right


def _on_lines(density: Density, axis: int, at: Array, lines: Array) -> Array:
    """Log-densities, shape (lines, positions); all that counts as zero becomes minus infinity."""
    points = np.empty((len(lines), len(at), 2))
    points[:, :, axis], points[:, :, 1 - axis] = at, lines[:, None]
    values = ask(density, points.reshape(-1, 2)).reshape(len(lines), len(at))
    return np.where(values < NOTHING, -np.inf, values)


def _continues(density: Density, low: Array, high: Array) -> bool:
    """Whether the density is above zero on the border of the searched box."""
    part = (np.arange(20) + 0.5) / 20
    x, y = low[0] + part * (high[0] - low[0]), low[1] + part * (high[1] - low[1])
    rim = [np.column_stack([x, np.full(20, level)]) for level in (low[1], high[1])]
    rim += [np.column_stack([np.full(20, level), y]) for level in (low[0], high[0])]
    return bool(np.any(ask(density, np.concatenate(rim)) > NOTHING))


def _closed(borders: Array, low: float, high: float) -> Array:
    """Inner borders with the ends of the data range added."""
    size = high - low
    inner = borders[(borders > low + 1e-6 * size) & (borders < high - 1e-6 * size)]
    return np.concatenate([[low], inner, [high]])


def _widened(edges: Array) -> Array:
    slack = 1e-6 * (edges[-1] - edges[0])
    return np.concatenate([[edges[0] - slack], edges[1:-1], [edges[-1] + slack]])


def _subdivided(edges: Array, parts: int) -> Array:
    inner = np.arange(parts) / parts
    cut = edges[:-1, None] + np.diff(edges)[:, None] * inner
    return np.append(cut.ravel(), edges[-1])
