"""Whether training data reach loose functions: as arguments, through what a fit gave back, or in global variables.

A function that looks for neighbours among the points of a global ``X`` answers about the team's own data, whatever we
fit. Such globals are set to our data, or to what the fit gave back, before each question. What still answers the same
to quite different training data cannot be judged: that is a doubt, and never a failure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from grader.errors import TeamFault
from grader.team.global_values import CLEAR, OTHER_DATA, entry_of
from grader.team.kept_state import takes_fit
from grader.team.names import parameter_resemblance, words
from grader.team.probing import Prober, Trial
from grader.team.state import Plan
from grader.team.symbols import Symbol
from grader.team.wire import Handle, Name


def reach(prober: Prober, trial: Trial, symbols: Sequence[Symbol]) -> dict[str, str]:
    """Let training data reach the functions of a plan; canonical method -> why it is in doubt, where they do not.

    ``symbols`` are all of the hand-in, followed from the functions that are asked to those that these call.
    """
    if not trial.worked or trial.plan.get("construct") or trial.plan.get("keeps", {}).get("names"):
        return {}
    unfed = [
        name
        for name in trial.worked
        if name != prober.fitting and name in trial.plan["calls"] and not takes_fit(trial.plan["calls"][name])
    ]
    if not unfed:
        return {}
    known = {symbol.name: symbol for symbol in symbols if symbol.kind == "function"}
    prober.fresh()
    if not prober.try_fit(trial):
        return {}
    for name in unfed:
        _pass_data(prober, trial, name, known)
        _set_globals(prober, trial, name, known)
    return {name: _told(trial, name) for name in unfed if not _hears(prober, trial, name)}


def _told(trial: Trial, name: str) -> str:
    function = trial.methods.get(name) or name
    return (
        f"`{function}` answers the same whatever training data we have: it reads its data from somewhere that we could "
        "not set. A person looks."
    )


# ---- as arguments ---------------------------------------------------------------------------------------


def _pass_data(prober: Prober, trial: Trial, name: str, known: Mapping[str, Symbol]) -> None:
    """Training data for optional parameters that are named like them: ``def nearest(q, k, X=X_train)``."""
    call = trial.plan["calls"][name]
    symbol = _asked(call, known)
    if symbol is None:
        return
    passed = {argument["name"] for argument in call["arguments"]}
    more = []
    for slot, names in _training(prober).items():
        free = [
            p for p in symbol.parameters if p.ordinary and p.name not in passed and not isinstance(p.value, int | float)
            and parameter_resemblance(p.name, names) >= CLEAR and not OTHER_DATA & set(words(p.name))
        ]  # fmt: skip
        if len(free) == 1:
            more.append({"name": free[0].name, "slot": slot, "pass": "keyword"})
    call["arguments"] += more
    if more and _answer(prober, trial, name, prober.training()) is None:
        call["arguments"] = [a for a in call["arguments"] if a not in more]


def _asked(call: Plan, known: Mapping[str, Symbol]) -> Symbol | None:
    target = call["target"]
    return known.get(target["name"]) if isinstance(target, dict) and "name" in target else None


def _training(prober: Prober) -> dict[str, tuple[str, ...]]:
    """Slot of the training data -> the names they go by."""
    arguments = prober.role.methods[prober.fitting].arguments
    return {f"train:{name}": (name, *argument.names) for name, argument in arguments.items()}


# ---- in global variables --------------------------------------------------------------------------------


def _set_globals(prober: Prober, trial: Trial, name: str, known: Mapping[str, Symbol]) -> None:
    """Set the globals that the asked function and those that it calls read for data or for what was learned."""
    symbol = _asked(trial.plan["calls"][name], known)
    for reader in _reached(symbol, known) if symbol is not None else ():
        found = trial.plan.get("globals", [])
        taken = {(entry["holder"], entry["name"]) for entry in found}
        free = {n for n in reader.free - reader.written if n not in known and (reader.name, n) not in taken}
        shapes = _arrays(prober, reader, free)
        for slot, variable in _meant(prober, shapes).items():
            trial.plan.setdefault("globals", []).append(entry_of(reader, variable, slot))
            if slot == "fitted":
                trial.plan.pop("keeps", None)


def _reached(symbol: Symbol, known: Mapping[str, Symbol]) -> Iterator[Symbol]:
    """The function and those of the hand-in that it reaches by name, of its own file before others."""
    seen, waiting = {symbol.name}, [symbol]
    while waiting:
        one = waiting.pop()
        yield one
        home = one.name.rpartition(".")[0]
        for name in sorted(one.free):
            called = known.get(f"{home}.{name}") or known.get(name) if home else known.get(name)
            if called is not None and called.name not in seen:
                seen.add(called.name)
                waiting.append(called)


def _arrays(prober: Prober, reader: Symbol, names: set[str]) -> dict[str, tuple[int, ...]]:
    """Global variables among the names that hold arrays, with their shapes."""
    found = {}
    try:
        space = prober.session.get(Name(reader.name), "__globals__", keep=True)
        for name in sorted(names):
            value = prober.session.call(space, "get", [name], {}, keep=True)
            if isinstance(value, Handle) and value.type == "ndarray":
                shape = prober.session.get(value, "shape")
                found[name] = tuple(int(side) for side in shape)
    except TeamFault:
        return {}
    return found


def _meant(prober: Prober, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, str]:
    """Slot -> the global that stands for it: named like training data, or alone in its form; or what was learned."""
    if prober.state.fitted is not None and prober.state.fitted is not prober.state.object:
        shape = _shape_of(prober, prober.state.fitted)
        alike = [n for n, s in shapes.items() if s == shape]
        return {"fitted": alike[0]} if len(alike) == 1 else {}
    found: dict[str, str] = {}
    for place, (slot, names) in enumerate(_training(prober).items()):
        free = {n: s for n, s in shapes.items() if n not in found.values() and not OTHER_DATA & set(words(n))}
        formed = [n for n, s in free.items() if _has_form(s, place, prober.role.dimension)]
        named = [
            n for n, s in free.items() if len(s) == 2 - place and parameter_resemblance(n, names) >= CLEAR
        ]
        fitting = [n for n in named if n in formed] or named or formed
        if len(fitting) == 1:
            found[slot] = fitting[0]
    return found


def _has_form(shape: tuple[int, ...], place: int, dimension: int) -> bool:
    """Whether a shape is that of points (the first of a fit's arguments) or of labels (those after it)."""
    if place:
        return len(shape) == 1 and shape[0] > 3 * dimension
    return len(shape) == 2 and shape[1] == dimension and shape[0] > 3 * dimension


def _shape_of(prober: Prober, value: Any) -> tuple[int, ...] | None:
    if not (isinstance(value, Handle) and value.type == "ndarray"):
        return None
    return tuple(int(side) for side in prober.session.get(value, "shape"))


# ---- whether they are heard -----------------------------------------------------------------------------


def _hears(prober: Prober, trial: Trial, name: str) -> bool:
    """Whether the answers to the same question differ once points and labels of the training differ."""
    data = prober.training()
    others = {key: _unlike(value) if key != next(iter(data)) else 3.0 - value for key, value in data.items()}
    first, second = (_answer(prober, trial, name, one) for one in (data, others))
    return first is None or second is None or not _same(first, second)


def _unlike(labels: Any) -> Any:
    """Other labels for the same points, with other shares of the classes."""
    return np.where(np.arange(len(labels)) < len(labels) // 2, labels[0], labels[::-1])


def _answer(prober: Prober, trial: Trial, name: str, data: Mapping[str, Any]) -> Any:
    """The answer after a fit to these data; None where there is none."""
    prober.fresh()
    caller = prober.caller(trial.plan)
    try:
        caller.fit(prober.fitting, dict(data), 5.0)
        return caller.ask(name, prober.values(prober.role.methods[name]), 2.0)
    except TeamFault:
        return None


def _same(first: Any, second: Any) -> bool:
    if isinstance(first, np.ndarray | float | int) and isinstance(second, np.ndarray | float | int):
        return np.shape(first) == np.shape(second) and bool(np.array_equal(first, second, equal_nan=True))
    if isinstance(first, dict) and isinstance(second, dict):
        return first.keys() == second.keys() and all(_same(first[key], second[key]) for key in first)
    if isinstance(first, list | tuple) and isinstance(second, list | tuple):
        return len(first) == len(second) and all(map(_same, first, second))
    return type(first) is type(second) and not isinstance(first, Handle) and bool(first == second)
