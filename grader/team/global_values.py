"""Hyperparameters and training data that a team's functions read from global variables.

They are set there before each fit and each question: ``BW = 0.3`` for a bandwidth, ``X = make_data(300)`` for the
data of a ``fit_model(k)`` that takes none. Names decide; what no name tells is left alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from grader.team.names import core, parameter_resemblance, words
from grader.team.plans import Slot
from grader.team.probing import Prober, Trial
from grader.team.state import Plan
from grader.team.symbols import Symbol

CLEAR = 0.9
"""Least resemblance of a global variable's name with a hyperparameter's."""
OTHER_DATA = frozenset(["test", "grid", "gitter", "val", "valid", "validation", "query", "te", "xt", "yt"])
"""Words in the names of data that no model learns from."""
_QUESTIONS = frozenset(["points", "punkte"])


def read_globals(prober: Prober, trial: Trial, holders: Sequence[Symbol]) -> None:
    """Hyperparameters that the code reads from global numbers are set there before each question.

    The name may speak of the role as well: ``H_TREE`` is the ``h`` of a tree.
    """
    for slot in prober.hyper:
        canonical = slot.key.partition(":")[2]
        for symbol in holders:
            names = sorted(n for n in symbol.free & prober.numbers if _means(n, slot, prober.role.names))
            if canonical in trial.filled or not names:
                continue
            _enter(trial, symbol, names[0], slot)


def _means(name: str, slot: Slot, spoken: Iterable[str]) -> bool:
    """Whether a global's name is one for a hyperparameter, with or without the words for the role."""
    if parameter_resemblance(name, slot.names) >= CLEAR:
        return True
    role_words = {word for known in spoken for word in core(known)}
    rest = [word for word in words(name) if word not in role_words]
    return bool(rest) and parameter_resemblance("_".join(rest), slot.names) >= CLEAR


def _enter(trial: Trial, symbol: Symbol, name: str, slot: Slot) -> None:
    canonical = slot.key.partition(":")[2]
    trial.plan.setdefault("globals", []).append(entry_of(symbol, name, slot.key) | slot.more)
    trial.filled.add(canonical)
    trial.parameters[canonical] = f"{name} (a global variable)"


def entry_of(symbol: Symbol, name: str, slot: str) -> Plan:
    """Where a global variable of a symbol's module is set, and to what."""
    method = next(iter(symbol.methods), "")
    path = "__globals__" if symbol.kind == "function" else f"{method}.__globals__"
    return {"holder": symbol.name, "path": path, "name": name, "slot": slot}


def data_in_globals(prober: Prober, trial: Trial, holders: Sequence[Symbol]) -> bool:
    """Set the global array that stands for the training data in these functions' code; False if none clearly does."""
    fitting = prober.role.methods.get(prober.fitting)
    if fitting is None or not fitting.arguments:
        return False
    canonical, argument = next(iter(fitting.arguments.items()))
    found = False
    for symbol in (one for one in holders if one.kind == "function"):
        known = {entry["name"] for entry in trial.plan.get("globals", ())}
        names = symbol.free & prober.arrays - symbol.written
        if not names or names & known:
            continue
        name = _training(names, (canonical, *argument.names))
        if name:
            trial.plan.setdefault("globals", []).append(entry_of(symbol, name, f"train:{canonical}"))
            found = True
    return found


def _training(names: Iterable[str], known: Sequence[str]) -> str:
    """The one array that may be what is learned from; by its name where there are several."""
    fitting = sorted(name for name in names if not (OTHER_DATA | _QUESTIONS) & set(words(name)))
    if len(fitting) > 1:
        fitting = [name for name in fitting if parameter_resemblance(name, known) >= CLEAR]
    return fitting[0] if len(fitting) == 1 else ""
