"""Asks a fitted candidate everything its role answers, and finds out whether a density comes as a logarithm."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from grader.errors import TeamFault
from grader.team.evidence import DISTRACTORS
from grader.team.methods import promise
from grader.team.names import words
from grader.team.plans import Slot
from grader.team.probing import Callee, Prober, Trial

CLEARLY_NEGATIVE = -1e-9


FORMS = ("", "axes", "list", "matrix")
"""Ways to hand over hyperparameters: as they are, once per axis, in a list, as a covariance matrix."""


TRIED = 4
"""How many candidates for one method are tried."""


def question(
    prober: Prober, trial: Trial, callees: dict[str, list[Callee]], more: Sequence[Slot] = ()
) -> None:
    """Ask every canonical method but the fitting one, and find out whether the answer is a logarithm."""
    for canonical, method in prober.role.methods.items():
        if canonical == prober.fitting:
            continue
        answered = False
        if method.plain:
            answered = density(prober, trial, canonical, callees.get(canonical, []), more)
        else:
            answered = prober.ask(trial, canonical, callees.get(canonical, [])[:TRIED], more)
        if not answered and not callees.get(canonical) and not method.optional:
            trial.faults[canonical] = "nothing was found that answers it"
    trial.plan["unset"] = [name for name in prober.role.parameters if name not in trial.filled]


def by_answers(prober: Prober, trial: Trial, rest: Sequence[Callee], unnamed: Sequence[str]) -> Trial:
    """Ask what no method's name speaks of (``unnamed``) of methods whose names say nothing (``rest``).

    ``log_values(X)`` answers a density by how its values behave, ``realise(n)`` draws by the shape of its answer.
    """
    for canonical in unnamed:
        method = prober.role.methods[canonical]
        if method.optional or canonical in trial.worked or canonical == prober.fitting:
            continue
        tried = copy.deepcopy(trial)
        callees = [replace(one, promise=promise(one.name, method)) for one in rest]
        answered = (
            density(prober, tried, canonical, callees, ())
            if method.plain
            else prober.ask(tried, canonical, callees[:TRIED])
        )
        if answered and tried.sensible:
            tried.guessed.append(tried.methods[canonical])
            trial = tried
    return trial


def says_nothing(name: str) -> bool:
    """Whether a method may be asked although its name is unknown: it is public, and does not show or report."""
    return name[:1] != "_" and not DISTRACTORS & set(words(name))


def density(
    prober: Prober, trial: Trial, canonical: str, callees: Sequence[Callee], more: Sequence[Slot]
) -> bool:
    """Take the first callee whose values look like a density or its logarithm, else the first that answers."""
    fallback: tuple[Callee, str] | None = None
    for callee in callees[: TRIED + 2]:
        if not prober.ask(trial, canonical, [callee], more):
            continue
        answers, sensible = judge_density(prober, trial, canonical, callee)
        if sensible:
            trial.answers = answers
            return True
        fallback = fallback or (callee, answers)
        _undo(trial, canonical)
    if fallback is not None and prober.ask(trial, canonical, [fallback[0]], more):
        trial.answers, trial.sensible = fallback[1], False
        return True
    return False


def _undo(trial: Trial, canonical: str) -> None:
    trial.plan["calls"].pop(canonical, None)
    trial.methods.pop(canonical, None)
    trial.worked = [name for name in trial.worked if name != canonical]


def judge_density(prober: Prober, trial: Trial, canonical: str, callee: Callee) -> tuple[str, bool]:
    """``log_density`` or ``density`` by behaviour near to and far from the data, and whether either fits.

    Any clearly negative value makes it a logarithm; none, not even far away, makes it a plain density. Whole
    numbers (labels, counts) and negative log-likelihoods (larger far away) fit neither and go by the name's promise.
    """
    by_name = "density" if callee.promise == "plain" else "log_density"
    near = _values(prober, trial, canonical, prober.probe.points)
    far = _values(prober, trial, canonical, prober.probe.far())
    near, far = near[~np.isnan(near)], far[~np.isnan(far)]
    if near.size == 0:
        return by_name, True
    everything = np.concatenate([near, far])
    if (everything < CLEARLY_NEGATIVE).any():
        rising = far.size and np.median(far) > np.median(near)
        return "log_density", not rising
    grows = far.size and np.median(far) > np.median(near) * (1 + 1e-9) + 1e-12
    labels = bool((near == np.round(near)).all())
    if grows or labels:
        return by_name, False
    return "density", True


def _values(prober: Prober, trial: Trial, canonical: str, points: Any) -> np.ndarray[Any, Any]:
    method = prober.role.methods[canonical]
    values = dict.fromkeys(list(method.arguments)[:1], points)
    try:
        answer = prober.caller(trial.plan).ask(canonical, values, 2.0)
        return np.ravel(np.asarray(answer, dtype=np.float64))
    except (TeamFault, TypeError, ValueError):
        return np.empty(0)
