"""Functions that keep what they learned in a default value: ``def fit(X, counts={})``.

Such a default is one object for all calls, so every fit goes on with what earlier ones left there, ours while we look
for a way of calling included. Each new model of ours begins with an empty default again, as in a fresh process; a
second fit of the same model does not, so that a check of refitting sees what is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from grader.errors import TeamFault
from grader.team.state import Plan
from grader.team.symbols import Argument
from grader.team.wire import Name

_BUILTINS = Name("__builtins__")


def kept_defaults(holder: str, path: str, call: Plan | None, parameters: Sequence[Argument]) -> list[Plan]:
    """Empty dicts and lists among the defaults of a function that a call of it leaves as they are.

    ``path`` leads from the name ``holder`` to the function: the method of a class, or empty.
    """
    if call is None:
        return []
    passed = {argument.get("within", argument["name"]) for argument in call["arguments"]}
    with_default = [p for p in parameters if p.ordinary and p.kind != "keyword_only" and p.default]
    return [
        {"holder": holder, "path": path, "place": place, "kind": type(p.value).__name__}
        for place, p in enumerate(with_default)
        if p.value in ({}, []) and p.name not in passed
    ]


def renew(session: Any, defaults: Sequence[Plan]) -> None:
    """Put a new empty object in the place of each of these defaults."""
    for entry in defaults:
        with suppress(TeamFault):
            function = session.get(Name(entry["holder"]), entry["path"], keep=True)
            values = session.get(function, "__defaults__", keep=True)
            listed = session.call(_BUILTINS, "list", [values], {}, keep=True)
            empty = session.call(_BUILTINS, entry["kind"], [], {}, keep=True)
            session.call(listed, "__setitem__", [entry["place"], empty], {})
            renewed = session.call(_BUILTINS, "tuple", [listed], {}, keep=True)
            session.call(_BUILTINS, "setattr", [function, "__defaults__", renewed], {})
