"""What a fit has learned, as far as it can be read: the numbers it returned, and those the object holds."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.errors import TeamFault
from grader.team.asks import Asks
from grader.team.state import State
from grader.team.wire import Handle, Name

MOST_PARTS = 50
"""Parts of a list, and attributes of an object, that are looked at."""


def learned_arrays(session: Asks, state: State) -> dict[str, NDArray[np.float64]]:
    """Name -> array: first what the fit returned (``returned``, or by the keys and places of its parts), then the
    object's attributes.

    What is no array of numbers is left out; nothing is raised where an object does not tell.
    """
    found: dict[str, NDArray[np.float64]] = {}
    if isinstance(state.fitted, Handle):
        _enter(found, "returned", _read(session, state.fitted, ""))
    if isinstance(state.object, Handle):
        for name in _attributes(session, state.object):
            _enter(found, name, _read(session, state.object, name))
    return found


def _attributes(session: Asks, thing: Handle) -> list[str]:
    """Names of what the object holds; none where it has no dictionary."""
    try:
        held = session.call(Name("__builtins__"), "vars", [thing], {}, keep=True)
        names = session.call(Name("__builtins__"), "list", [held], {})
    except TeamFault:
        return []
    return [str(name) for name in names][:MOST_PARTS] if isinstance(names, list) else []


def _read(session: Asks, thing: Handle, name: str) -> Any:
    try:
        return session.get(thing, name)
    except TeamFault:
        return None


def _enter(found: dict[str, NDArray[np.float64]], name: str, value: Any) -> None:
    """Note a value that is an array of numbers; the parts of a tuple, list or dict under names of their own."""
    if value is None or isinstance(value, str | bool | Handle):
        return
    if isinstance(value, dict):
        parts = [(str(key), part) for key, part in value.items()]
    else:
        try:
            found.setdefault(name, np.asarray(value, dtype=np.float64))
            return
        except (TypeError, ValueError):
            parts = [(str(place), part) for place, part in enumerate(value)]
    for key, part in parts[:MOST_PARTS]:
        _enter(found, f"{name}.{key}", part)
