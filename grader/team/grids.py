"""Densities that take coordinates of a grid, ``p(xs, ys)``, and answer for every pair: asked for single points."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.errors import Malformed
from grader.team.answers import as_array

AT_ONCE = 8
"""Points that are asked about together where they are no grid themselves."""
MOST_SPARE = 4
"""How many times as many grid points as points may be asked about in a single question."""


def blocks(points: NDArray[Any]) -> Iterator[NDArray[np.intp]]:
    """Which points (n, 2) are asked about together: all of a grid, a few of others."""
    size = len(np.unique(points[:, 0])) * len(np.unique(points[:, 1]))
    if size <= MOST_SPARE * len(points):
        yield np.arange(len(points))
        return
    for start in range(0, len(points), AT_ONCE):
        yield np.arange(start, min(start + AT_ONCE, len(points)))


def axes(points: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Sorted coordinates of the points (n, 2), never equally many, so that the answer's shape tells which is which."""
    first, second = np.unique(points[:, 0]), np.unique(points[:, 1])
    return first, np.append(second, second[-1] + 1.0) if len(first) == len(second) else second


def picked(answer: Any, points: NDArray[Any], where: str) -> NDArray[np.float64]:
    """The values (n,) of the points among an answer for the whole grid of their :func:`axes`.

    Raises ``Malformed`` when the answer has another shape than the grid, one way or the other.
    """
    first, second = axes(points)
    expected = f"shape ({len(second)}, {len(first)})"
    values = as_array(answer, where, expected)
    if values.shape == (len(second), len(first)):
        values = values.T
    if values.shape != (len(first), len(second)):
        raise Malformed(
            "the answer has the wrong shape", where=where, expected=expected, got=f"shape {values.shape}"
        )
    return np.asarray(values[np.searchsorted(first, points[:, 0]), np.searchsorted(second, points[:, 1])])
