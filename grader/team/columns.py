"""Tries a model with one point per row, as the sheet has it, and where that does not answer, with one per column.

How many numbers a density gives tells which way round its points are. A fit tells nothing: given the wrong way round
it takes the first two points for coordinates. So it is tried both ways, and its model must not go by the order of
the training points.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from grader.errors import TeamFault
from grader.team.orientation import EVERYWHERE, QUESTIONS
from grader.team.probing import PROBE_SECONDS, Prober, Trial

SAME = 1e-6
"""Relative difference of densities that are the same but for rounding."""


def either_way_round(prober: Prober, attempt: Callable[[], Trial]) -> Trial:
    """The trial with points as rows if it is whole, else the better one with points as columns, if one is better.

    Points may be columns everywhere, or in questions only where the fit takes rows.
    """
    best = attempt()
    if best.slow:
        return best
    if _rank(prober, best) == _whole(prober):
        return best if _order_free(prober, best) else _turned(prober, best, attempt)
    for where in (EVERYWHERE, QUESTIONS):
        prober.columns = where
        try:
            trial = attempt()
        finally:
            prober.columns = ""
        if _rank(prober, trial) > _rank(prober, best) and _learns(prober, trial, where):
            best = trial
    return best


def _order_free(prober: Prober, trial: Trial) -> bool:
    """Whether the model is the same for training points in another order, or differs even for the same ones."""
    asked = _asked_for(prober, trial)
    if not asked or not prober.fitting:
        return True
    data = prober.training()
    mixed = {name: np.roll(value, 3, axis=0) for name, value in data.items()}
    try:
        first, other = (_answer(prober, trial, asked, one) for one in (data, mixed))
        return alike(first, other) or not alike(first, _answer(prober, trial, asked, data))
    except (TeamFault, TypeError, ValueError):
        return True


def _asked_for(prober: Prober, trial: Trial) -> str:
    """The question whose answers are compared: a density that the trial has answered."""
    methods = prober.role.methods.items()
    return next((n for n, m in methods if m.returns == "vector" and n in trial.worked), "")


def _turned(prober: Prober, best: Trial, attempt: Callable[[], Trial]) -> Trial:
    """The trial with columns, if that answers as much and heeds all training points alike, which ``best`` does not."""
    prober.columns = EVERYWHERE
    try:
        trial = attempt()
    finally:
        prober.columns = ""
    return trial if _rank(prober, trial) == _whole(prober) and _learns(prober, trial, QUESTIONS) else best


def _rank(prober: Prober, trial: Trial) -> tuple[int, bool]:
    """How many methods answered that must, and whether the density looks like one."""
    wanted = [name for name, method in prober.role.methods.items() if not method.optional]
    return sum(name in trial.worked for name in wanted), trial.sensible


def _whole(prober: Prober) -> tuple[int, bool]:
    return sum(not method.optional for method in prober.role.methods.values()), True


def _learns(prober: Prober, trial: Trial, where: str) -> bool:
    """Whether what a fitted model answers goes by the training data, and by their order only in a fit of columns.

    A start from the first points is allowed there; a fit of rows was given the right way round.
    """
    asked = _asked_for(prober, trial)
    if not asked or not prober.fitting:
        return True
    data = prober.training()
    mixed = {name: np.roll(value, 3, axis=0) for name, value in data.items()}
    moved = {name: value if np.ndim(value) == 1 else 1.3 * value + 0.2 for name, value in data.items()}
    try:
        first, other, last = (_answer(prober, trial, asked, one) for one in (data, mixed, moved))
    except (TeamFault, TypeError, ValueError):
        return False
    return not alike(first, last) and (where == EVERYWHERE or alike(first, other))


def alike(first: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> bool:
    """Whether two answers are the same but for rounding."""
    return first.shape == other.shape and bool(np.allclose(first, other, rtol=SAME, equal_nan=True))


def _answer(prober: Prober, trial: Trial, asked: str, data: Mapping[str, Any]) -> np.ndarray[Any, Any]:
    prober.fresh()
    caller = prober.caller(trial.plan)
    caller.fit(prober.fitting, dict(data))
    values = prober.values(prober.role.methods[asked])
    return np.ravel(np.asarray(caller.ask(asked, values, PROBE_SECONDS), dtype=np.float64))
