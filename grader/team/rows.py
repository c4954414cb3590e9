"""Answers with one row of values per point, in one array or several: neighbours, densities of several classes.

People return such arrays in a tuple, a list, a dict, as one array of three dimensions, or one tuple per point.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.errors import Malformed
from grader.team.answers import kind_of
from grader.team.state import State
from grader.team.wire import Handle


def as_rows(answer: Any, size: int, where: str, state: State) -> tuple[NDArray[np.float64], ...]:
    """The arrays in an answer, each with one row per point: shape (size, width).

    One array, several in a tuple, list or dict, or one tuple per point; a three-dimensional array counts as several.
    Columns in place of rows are turned and remarked.
    """
    found = rows_in(answer, size)
    if not found:
        raise Malformed(
            "the answer has the wrong shape",
            where=where,
            expected=f"arrays of {size} rows, one per point",
            got=kind_of(answer),
            next_step="Return one row of values per row of the input.",
        )
    if any(turned for _, turned in found):
        state.remark(f"{where} answers with one point per column; one per row was expected.")
    return tuple(array for array, _ in found)


def rows_in(answer: Any, size: int) -> list[tuple[NDArray[np.float64], bool]]:
    """Arrays of ``size`` rows in an answer, and whether each had to be turned; empty if they are not all such."""
    if isinstance(answer, dict):
        return rows_in(list(answer.values()), size)
    array = _numbers(answer)
    if array is not None and array.ndim == 3:
        return _all_rows(_parts(array, size), size)
    if array is not None and not (isinstance(answer, list | tuple) and _side_by_side(answer, size)):
        return _all_rows([array], size)
    if isinstance(answer, list | tuple):
        return _all_rows([_numbers(entry) for entry in answer], size)
    return []


def by_place(answers: Sequence[Any]) -> tuple[NDArray[np.float64], ...]:
    """Answers for single points put together: one array (points, width) per place in them.

    Each answer is one array (width,), several in a tuple, list or dict, or a list of tuples with one number each.
    Raises ``Malformed`` where they differ in form.
    """
    pieces = [_places(answer) for answer in answers]
    if not pieces or None in pieces or len({len(piece or ()) for piece in pieces}) != 1:
        raise Malformed(
            "the answers for single points do not have one form", got=kind_of(answers[0] if answers else None)
        )
    try:
        return tuple(np.stack(column) for column in zip(*(piece or () for piece in pieces), strict=True))
    except ValueError:
        raise Malformed("the answers for single points differ in length") from None


def _places(answer: Any) -> list[NDArray[np.float64]] | None:
    """The arrays (width,) in the answer for one point; None where there are none."""
    if isinstance(answer, dict):
        return _places(tuple(answer.values()))
    if isinstance(answer, list | tuple):
        entries = [_numbers(entry) for entry in answer]
        return (
            None
            if not entries or any(e is None for e in entries)
            else [np.ravel(e) for e in entries if e is not None]
        )
    array = _numbers(answer)
    if array is None or array.ndim > 2:
        return None
    if array.ndim == 1:
        return [array]
    if array.shape[0] == 1 and array.shape[1] != 2:
        return [array[0]]
    if 2 not in array.shape:
        return None
    return list(array) if len(array) == 2 else list(array.T)


def _numbers(value: Any) -> NDArray[np.float64] | None:
    """A float64 array of at least one dimension, or None for what is no regular array of numbers."""
    if value is None or isinstance(value, Handle | str | dict):
        return None
    try:
        return np.atleast_1d(np.asarray(value, dtype=np.float64))
    except (TypeError, ValueError):
        return None


def _side_by_side(answer: list[Any] | tuple[Any, ...], size: int) -> bool:
    """Whether a sequence holds arrays of ``size`` entries each rather than one row per point."""
    return len(answer) != size and all(np.shape(entry)[:1] == (size,) for entry in answer)


def _parts(array: NDArray[np.float64], size: int) -> list[NDArray[np.float64]]:
    """The arrays that a three-dimensional one holds: along its first axis, or the one that counts two."""
    first, second, third = array.shape
    if first != size:
        return list(array)
    if second == 1 and third != 2:
        return [array[:, 0]]
    return [array[:, 0], array[:, 1]] if second == 2 else list(np.moveaxis(array, 2, 0))


def _all_rows(
    arrays: Sequence[NDArray[np.float64] | None], size: int
) -> list[tuple[NDArray[np.float64], bool]]:
    found = [_rows(array, size) for array in arrays]
    return [] if None in found else [one for one in found if one is not None]


def _rows(array: NDArray[np.float64] | None, size: int) -> tuple[NDArray[np.float64], bool] | None:
    """The array as (size, width), and whether it was turned; None if no axis has this length."""
    if array is None:
        return None
    array = np.squeeze(array) if array.ndim > 2 else array
    if array.ndim == 1 and len(array) == size:
        return array.reshape(size, 1), False
    if array.ndim != 2 or size not in array.shape:
        return None
    turned = len(array) != size
    return (array.T if turned else array), turned


def read_rows(answer: Any, size: int) -> str:
    """Whether the answer holds one row per point, in one array or several."""
    return "" if rows_in(answer, size) else f"one row per point was expected, got {kind_of(answer)}"
