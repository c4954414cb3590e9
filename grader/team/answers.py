"""Reads what a team's code answered: numbers, vectors, points, with expected and got where they do not fit."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.errors import Malformed
from grader.team.state import Plan, State
from grader.team.wire import Handle


def as_number(value: Any) -> float:
    """The single number in an answer, however it is wrapped; raises ``Malformed`` for anything else."""
    if isinstance(value, Handle) or value is None or isinstance(value, str | dict):
        raise Malformed("the answer is no number", expected="one number", got=kind_of(value))
    if isinstance(value, np.ndarray) and value.size != 1:
        raise Malformed("the answer is not one number", expected="one number", got=f"shape {value.shape}")
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        if isinstance(value, list | tuple) and value:
            return as_number(value[0])
        raise Malformed("the answer is no number", expected="one number", got=kind_of(value)) from None
    if array.size != 1:
        raise Malformed("the answer is not one number", expected="one number", got=f"shape {array.shape}")
    return float(array.reshape(()))


def kind_of(value: Any) -> str:
    """An answer in a few words: ``shape (500, 1)``, ``a tuple of 2``, ``nothing``."""
    if value is None:
        return "nothing (None)"
    if isinstance(value, np.ndarray):
        return f"shape {value.shape}"
    if isinstance(value, Handle):
        return f"an object of class {value.type}"
    if isinstance(value, list | tuple | dict):
        return f"a {type(value).__name__} of {len(value)}"
    return f"the {type(value).__name__} {value!r}"[:60]


def as_array(answer: Any, where: str, expected: str) -> NDArray[np.float64]:
    """The answer as a float64 array, whatever list or array it came as; raises ``Malformed`` otherwise."""
    if answer is None or isinstance(answer, Handle | str | dict):
        raise Malformed(
            "the answer is no array of numbers", where=where, expected=expected, got=kind_of(answer)
        )
    try:
        return np.asarray(answer, dtype=np.float64)
    except (TypeError, ValueError):
        raise Malformed(
            "the answer is no array of numbers", where=where, expected=expected, got=kind_of(answer)
        ) from None


def as_row(answer: Any, where: str) -> NDArray[np.float64]:
    """The coordinates of a single point, shape (d,); raises ``Malformed`` where they are no row of numbers."""
    return as_array(answer, where, "the coordinates of one point").ravel()


def as_vector(answer: Any, size: int, where: str, state: State) -> NDArray[np.float64]:
    """One number per point; a superfluous axis of length one is dropped and remarked."""
    expected = f"shape ({size},)"
    array = as_array(answer, where, expected)
    if array.ndim > 1 and array.size == size and max(array.shape) == size:
        state.remark(
            f"{where} answers with shape {array.shape}; one value per row, shape ({size},), was expected."
        )
        array = array.reshape(size)
    elif array.ndim == 0 and size == 1:
        array = array.reshape(1)
    if array.shape != (size,):
        raise Malformed(
            "the answer has the wrong shape",
            where=where,
            expected=expected,
            got=f"shape {array.shape}",
            next_step="Return one value per row of the input.",
        )
    return array


def as_points(answer: Any, count: int | None, width: int, where: str, state: State) -> NDArray[np.float64]:
    """One point per row; columns in place of rows are turned and remarked."""
    expected = f"shape ({count}, {width})" if count is not None else f"shape (n, {width})"
    array = as_array(answer, where, expected)
    array = np.squeeze(array, axis=1) if array.ndim == 3 and array.shape[1] == 1 else array
    if array.ndim == 1 and (width == 1 or count == 1):
        array = array.reshape(-1, width)
    if count is not None and array.shape == (width, count) and width != count:
        state.remark(
            f"{where} answers with one point per column; one per row, shape ({count}, {width}), was expected."
        )
        array = array.T
    if array.ndim != 2 or array.shape[1] != width or (count is not None and len(array) != count):
        raise Malformed(
            "the answer has the wrong shape",
            where=where,
            expected=expected,
            got=f"shape {array.shape}",
            next_step="Return exactly as many points as asked for, one per row.",
        )
    return np.ascontiguousarray(array)


def read_vector(call: Plan, answer: Any, size: int) -> str:
    """Whether the answer holds one number per point; a tuple's fitting entry is remembered in the call."""
    if isinstance(answer, tuple | list | dict) and call.get("take") is None:
        for key, entry in answer.items() if isinstance(answer, dict) else enumerate(answer):
            if isinstance(entry, np.ndarray) and not read_vector({"take": 0}, entry, size):
                call["take"] = key
                return ""
    if not isinstance(answer, np.ndarray):
        return f"one number per point was expected, got {kind_of(answer)}"
    if answer.size == size and max(answer.shape) == size:
        return ""
    return f"expected shape ({size},), got shape {answer.shape}"


def beside_points(call: Plan, answer: Any, points: NDArray[np.float64] | None) -> Any:
    """The numbers in an answer that has the points (n, d) themselves first, one row each; remembered in the call."""
    if points is None or not isinstance(answer, np.ndarray):
        return answer
    n, d = points.shape
    if answer.shape == (n, d + 1) and np.allclose(answer[:, :d], points):
        call["last"] = True
        return answer[:, -1]
    return answer


def read_points(call: Plan, answer: Any, count: int, width: int) -> str:
    """Whether the answer holds one point per row; a tuple's fitting entry is remembered in the call."""
    if isinstance(answer, tuple | list | dict) and call.get("take") is None:
        entries = list(answer.items() if isinstance(answer, dict) else enumerate(answer))
        for key, entry in entries:
            if isinstance(entry, np.ndarray) and not read_points({"take": 0}, entry, count, width):
                call["take"] = key
                return ""
        if len(entries) == width and all(
            isinstance(entry, np.ndarray) and entry.shape == (count,) for _, entry in entries
        ):
            return ""
    if not isinstance(answer, np.ndarray):
        return f"points were expected, got {kind_of(answer)}"
    if answer.shape in ((count, width), (width, count), (count, 1, width)):
        return ""
    return f"expected shape ({count}, {width}), got shape {answer.shape}"


def read_number(call: Plan, answer: Any) -> str:
    """Whether the answer is one number; a tuple's first number is remembered in the call."""
    if isinstance(answer, tuple | list | dict) and call.get("take") is None:
        for key, entry in answer.items() if isinstance(answer, dict) else enumerate(answer):
            if not read_number({"take": 0}, entry):
                call["take"] = key
                return ""
    if isinstance(answer, bool) or answer is None or isinstance(answer, str):
        return f"one number was expected, got {kind_of(answer)}"
    if isinstance(answer, int | float) or (isinstance(answer, np.ndarray) and answer.size == 1):
        return ""
    if (
        isinstance(answer, np.ndarray)
        and answer.ndim == 1
        and 0 < answer.size <= 3
        and call.get("take") is None
    ):
        call["take"] = 0
        return ""
    return f"one number was expected, got {kind_of(answer)}"
