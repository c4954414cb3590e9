"""What can be guessed of a value by reading: whether it holds data points, counts them, or is a function.

A value is a set of words. ``data``: one entry per data point; ``matrix``: one per pair of points; ``columns``:
one per dimension; ``expanded``: data with an extra axis for broadcasting; ``pairs``: an iterable of pairs;
``point``: one data point; ``count``: a number of points; ``index``: the numbers of points, or one of them;
``shape`` and ``matrix_shape``: shapes of those; ``few``: a container whose length has nothing to do with the data.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

ARRAYS = frozenset({"data", "matrix", "columns", "expanded"})
NUMERIC = ARRAYS | {"point"}
LENGTHS = frozenset({"count", "index"})


@dataclass(frozen=True)
class Value:
    """What a value may be, what its elements may be, and which code or library object it may stand for."""

    kinds: frozenset[str] = frozenset()
    elements: frozenset[str] = frozenset()
    code: frozenset[tuple[str, int]] = frozenset()
    """``function``, ``vectorised``, ``class`` or ``object``, with the number of the code."""
    inner: frozenset[tuple[str, int]] = frozenset()
    """The same for its elements."""
    library: frozenset[str] = frozenset()

    def __or__(self, other: Value) -> Value:
        return Value(
            self.kinds | other.kinds,
            self.elements | other.elements,
            self.code | other.code,
            self.inner | other.inner,
            self.library | other.library,
        )

    def has(self, *kinds: str) -> bool:
        """Whether it may be one of these."""
        return not self.kinds.isdisjoint(kinds)

    @property
    def element(self) -> Value:
        """What its elements may be where it is a container."""
        return Value(self.elements, self.elements & NUMERIC, self.inner, self.inner)

    @property
    def numeric(self) -> frozenset[str]:
        """The words for arrays and points."""
        return self.kinds & NUMERIC


NOTHING = Value()


def of(*kinds: str) -> Value:
    """A value of these kinds."""
    return Value(frozenset(kinds))


def union(values: Iterable[Value]) -> Value:
    """What any of the values may be."""
    joined = NOTHING
    for value in values:
        joined |= value
    return joined


def container(values: Sequence[Value]) -> Value:
    """A list, tuple, set or dict of these values."""
    inside = union(values)
    return Value(frozenset({"few"}), inside.kinds | inside.elements, frozenset(), inside.code | inside.inner)


def combined(left: Value, right: Value, operator: ast.operator) -> Value:
    """The result of arithmetic."""
    arrays = left.numeric | right.numeric
    if isinstance(operator, ast.MatMult):
        return product_of(left, right)
    if arrays:
        crossed = (left.has("expanded") and right.has("data", "expanded")) or (
            right.has("expanded") and left.has("data", "expanded")
        )
        kinds = (arrays - {"data", "expanded"}) | {"matrix"} if crossed else arrays
        return Value(kinds - {"data"} if "matrix" in kinds else kinds)
    lists = Value(frozenset(), left.elements | right.elements, frozenset(), left.inner | right.inner)
    if left.has("few") or right.has("few"):
        repeated = isinstance(operator, ast.Mult) and (left.has("count") or right.has("count"))
        return lists | of("data" if repeated else "few")
    return Value((left.kinds | right.kinds) & LENGTHS)


def product_of(left: Value, right: Value) -> Value:
    """The result of ``left @ right``."""
    if left.has("columns") and right.has("data"):
        return NOTHING
    if left.has("data") and right.has("columns"):
        return of("matrix")
    if left.has("matrix"):
        return of("data")
    return Value((left.numeric | right.numeric) - {"point"})


def quotient(count: Value, divisor: ast.expr) -> Value:
    """A count divided: by a small constant it still grows with the data, else it is a number of blocks."""
    small = isinstance(divisor, ast.Constant) and isinstance(divisor.value, int) and divisor.value <= 4
    return Value(count.kinds & LENGTHS) if small else NOTHING


def transposed(value: Value) -> Value:
    """``value.T``: an array of points becomes one of columns."""
    swap = {"data": "columns", "columns": "data"}
    return Value(frozenset(swap.get(kind, kind) for kind in value.kinds))


def reduced(value: Value, axis: ast.expr | None) -> Value:
    """The result of a sum or mean over all entries (no axis) or one axis."""
    if axis is None or isinstance(axis, ast.Tuple) or not value.numeric & ARRAYS:
        return NOTHING
    if isinstance(axis, ast.Constant) and axis.value is None:
        return NOTHING
    if value.has("matrix"):
        return of("data")
    first = isinstance(axis, ast.Constant) and axis.value == 0
    if value.has("columns"):
        return of("data") if first else NOTHING
    return NOTHING if first else of("data")


def entry(value: Value, index: ast.expr, at: Value) -> Value:
    """``value[index]``; ``at`` is what the index may be."""
    found = Value(frozenset(), frozenset(), value.inner, value.inner)
    if value.has("few"):
        found |= Value(value.elements | (value.kinds & {"few"} if isinstance(index, ast.Slice) else frozenset()),
                       value.elements, value.inner, value.inner)  # fmt: skip
    if value.has("shape", "matrix_shape"):
        found |= _length(value, index)
    arrays = Value(value.kinds & ARRAYS)
    return found | (_array_entry(arrays, index, at) if arrays.kinds else NOTHING)


def _length(value: Value, index: ast.expr) -> Value:
    if isinstance(index, ast.Slice):
        return Value(value.kinds & {"shape", "matrix_shape"})
    first = isinstance(index, ast.Constant) and index.value == 0
    return of("count") if first or value.has("matrix_shape") else NOTHING


def _array_entry(arrays: Value, index: ast.expr, at: Value) -> Value:
    if isinstance(index, ast.Slice):
        return arrays
    if isinstance(index, ast.Tuple):
        return _entry_of_axes(arrays, index.elts, at)
    single = (isinstance(index, ast.Constant) and isinstance(index.value, int)) or at.has("index")
    negative = isinstance(index, ast.UnaryOp) and isinstance(index.operand, ast.Constant)
    if single or negative:
        return _one_of(arrays)
    return arrays


def _one_of(arrays: Value) -> Value:
    steps = {"data": "point", "matrix": "data", "columns": "data", "expanded": "point"}
    return Value(frozenset(steps[kind] for kind in arrays.kinds))


def _entry_of_axes(arrays: Value, axes: Sequence[ast.expr], at: Value) -> Value:
    if any(is_new_axis(axis) for axis in axes):
        return of("expanded") | (of("matrix") if arrays.has("matrix") else NOTHING)
    slices = [isinstance(axis, ast.Slice) for axis in axes]
    if all(slices) or any(isinstance(a, ast.Constant) and a.value is Ellipsis for a in axes):
        return arrays
    if arrays.has("matrix"):
        return of("data") if any(slices) else NOTHING
    if arrays.has("columns"):
        return of("data") if slices and not slices[0] else NOTHING
    return of("data") if slices[0] else of("point") if at.has("index") else NOTHING


def is_new_axis(node: ast.expr) -> bool:
    """Whether an index is ``None`` or ``np.newaxis``."""
    return (isinstance(node, ast.Constant) and node.value is None) or (
        isinstance(node, ast.Attribute) and node.attr == "newaxis"
    )


@dataclass(frozen=True)
class Walk:
    """What one round of a loop gets, and how often the loop goes over the data."""

    element: Value = NOTHING
    weight: int = 0
    """0: not over data points, 1: over points, 2: over pairs of points."""
    parts: tuple[Value, ...] = ()
    """Of the element, where it is a tuple of known parts."""


def walk_of(value: Value) -> Walk:
    """Going through a value entry by entry."""
    element = value.element if value.has("few") or value.elements or value.inner else NOTHING
    if value.has("pairs"):
        return Walk(element | value.element, 2)
    for kind, each in (("matrix", "data"), ("data", "point"), ("expanded", "point"), ("index", "index")):
        if value.has(kind):
            return Walk(element | of(each), 1)
    return Walk(element | of("data") if value.has("columns") else element, 0)
