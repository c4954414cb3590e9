"""How points, labels and first parameters go into a training by descent, and which arrays come out of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True)
class Form:
    """How points, labels and first parameters are handed over."""

    ones: bool = False
    """With a last column of ones."""
    one_hot: bool = False
    """Labels as rows of zeros with a single one, in place of numbers from 0."""
    turned: bool = False
    """One point per column in place of one per row, labels likewise."""
    start: str = ""
    """First parameters as (columns, classes): ``rows``, as (classes, columns): ``columns``; empty: not asked for."""
    wide: bool = False
    """Parameters have a place for the bias beside those of the columns: the code adds the ones itself."""
    upright: bool = False
    """A separate bias as a column, (classes, 1), beside points in rows."""

    def points(self, X: Array) -> Array:
        """Points (n, d) as the code takes them."""
        rows = np.column_stack([X, np.ones(len(X))]) if self.ones else X
        return np.ascontiguousarray(rows.T if self.turned else rows, dtype=np.float64)

    def labels(self, y: Array, classes: int) -> Array:
        """Labels (n,), numbers from 0, as the code takes them."""
        if not self.one_hot:
            return np.ascontiguousarray(y, dtype=np.int64)
        rows = np.eye(classes)[np.asarray(y, dtype=np.int64)]
        return np.ascontiguousarray(rows.T if self.turned else rows)

    def columns(self, X: Array) -> int:
        """Parameters per class, without a separate bias."""
        return int(X.shape[1]) + (self.ones or self.wide)

    def first(self, X: Array, classes: int) -> Array:
        """Zeros in the shape of the parameters."""
        shape = (self.columns(X), classes)
        return np.zeros(shape if self.start == "rows" else shape[::-1])

    def bias(self, classes: int) -> Array:
        """Zeros in the shape of a separate bias."""
        return np.zeros((classes, 1) if self.turned or self.upright else (classes,))


def describe_form(form: Form) -> list[str]:
    """What is special about the way of handing over, in words; empty where nothing is."""
    said = []
    if form.ones:
        said.append("points with a last column of ones")
    if form.one_hot:
        said.append("labels as one-hot rows")
    if form.turned:
        said.append("one point per column")
    if form.start:
        said.append("first parameters given")
    return said


def arrays_in(value: Any, label: str, depth: int = 0) -> dict[str, Array]:
    """Arrays of numbers in an answer by where they stand; of many of one shape in a list only the last.

    What was learned step by step may come with its whole history, oldest first.
    """
    if isinstance(value, np.ndarray):
        array = value[-1] if value.ndim == 3 and len(value) else value
        return (
            {label: np.asarray(array, dtype=np.float64)} if array.dtype.kind in "fiu" and array.ndim else {}
        )
    if depth > 3:
        return {}
    if isinstance(value, dict):
        parts = [(f"{label}.{key}" if label else str(key), v) for key, v in value.items()]
    elif isinstance(value, list | tuple):
        alike = {np.shape(v) for v in value if isinstance(v, np.ndarray)}
        history = (
            isinstance(value, list) and len(value) > 1 and len(alike) == 1 and all(map(_is_table, value))
        )
        parts = [(f"{label}[{k}]", v) for k, v in enumerate(value)]
        parts = parts[-1:] if history else parts
    else:
        return {}
    found: dict[str, Array] = {}
    for name, part in parts:
        found |= arrays_in(part, name, depth + 1)
    return found


def _is_table(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.ndim >= 1
