"""What a tutor says about where a role is found: ``bindings.yaml`` beside the team's results.

.. code-block:: yaml

    kde: {symbol: MyEstimator, methods: {score_samples: predict}, parameters: {bandwidth: h}, answers: density}
    gmm: {symbol: "train_gmm, gmm_pdf", kind: functions, methods: {fit: train_gmm, score_samples: gmm_pdf}}

Everything but ``symbol`` is optional; what is not said is searched for. A hand-in's own file of that name is never
read: the caller passes the path of the tutor's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from grader.errors import UsageFault
from grader.rubric import Role, Rubric
from grader.team.names import closest

KINDS = ("class", "instance", "function", "functions")
ANSWERS = ("log_density", "density", "value")


@dataclass(frozen=True)
class Override:
    """A tutor's word on one role."""

    symbols: tuple[str, ...]
    kind: str = ""
    methods: dict[str, str] = field(default_factory=dict)
    """Canonical method -> the team's name."""
    parameters: dict[str, str] = field(default_factory=dict)
    """Canonical parameter -> the team's name."""
    answers: str = ""
    where: str = ""
    """File and role, for messages."""


def load_overrides(path: Path, rubric: Rubric) -> dict[str, Override]:
    """Read and check a tutor's ``bindings.yaml``.

    Raises ``UsageFault`` with file, role and what was meant for unknown roles, keys, methods, parameters and values.
    """
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageFault("the bindings cannot be read", where=str(path), got=str(error)) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UsageFault("the bindings are not valid YAML", where=str(path), got=str(error)) from error
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise UsageFault(
            "the bindings are no mapping",
            where=str(path),
            expected="role: {symbol: ...}",
            got=repr(data)[:60],
        )
    for name in data:
        _known(name, rubric.roles, "role", str(path))
    return {name: _override(entry, rubric.roles[name], f"{path}, {name}") for name, entry in data.items()}


def _override(entry: Any, role: Role, where: str) -> Override:
    if isinstance(entry, str):
        entry = {"symbol": entry}
    if not isinstance(entry, dict):
        raise UsageFault(
            "the entry is no mapping", where=where, expected="{symbol: ...}", got=repr(entry)[:60]
        )
    for key in entry:
        _known(key, ("symbol", "kind", "methods", "parameters", "answers"), "key", where)
    symbols = tuple(part.strip() for part in str(entry.get("symbol") or "").split(",") if part.strip())
    if not symbols:
        raise UsageFault("no symbol is named", where=where, expected="symbol: name of a class or function")
    kind, answers = str(entry.get("kind") or ""), str(entry.get("answers") or "")
    if kind:
        _known(kind, KINDS, "kind", where)
    if answers:
        _known(answers, ANSWERS, "answer", where)
    methods = _names(entry.get("methods"), role.methods, "method", where)
    parameters = _names(entry.get("parameters"), role.parameters, "parameter", where)
    return Override(symbols, kind, methods, parameters, answers, where)


def _names(entry: Any, known: Mapping[str, Any], what: str, where: str) -> dict[str, str]:
    if entry is None:
        return {}
    if not isinstance(entry, dict):
        raise UsageFault(
            f"the {what}s are no mapping", where=where, expected="{ours: theirs}", got=repr(entry)[:60]
        )
    for key in entry:
        _known(key, known, what, where)
    return {str(key): str(value) for key, value in entry.items()}


def _known(name: Any, known: Iterable[str], what: str, where: str) -> None:
    names = list(known)
    if name in names:
        return
    meant = closest(str(name), names)
    step = f"Did you mean '{meant}'?" if meant else ""
    raise UsageFault(
        f"unknown {what} '{name}'", where=where, expected=" or ".join(names), got=f"'{name}'", next_step=step
    )


def check_symbols(override: Override, offered: Iterable[str]) -> None:
    """Raise ``UsageFault``, with the closest name, for a symbol that the hand-in does not define."""
    names = list(offered)
    for symbol in override.symbols:
        if symbol not in names:
            meant = closest(symbol, names)
            raise UsageFault(
                f"the hand-in defines no '{symbol}'",
                where=override.where,
                next_step=f"Did you mean '{meant}'?"
                if meant
                else f"It defines {', '.join(names[:12]) or 'nothing'}.",
            )
