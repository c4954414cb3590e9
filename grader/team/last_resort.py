"""What is tried where nothing tells: the one hyperparameter that nothing takes goes to the one parameter left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from grader.team.names import parameter_resemblance
from grader.team.plans import ENOUGH, EXTRAS, Slot, meant, unclear, unlike
from grader.team.probing import Callee, Prober, Trial
from grader.team.state import Plan
from grader.team.symbols import Argument, Symbol


def by_elimination(prober: Prober, fitter: Callee, trial: Trial, others: Sequence[Symbol]) -> None:
    """Give a fitting function the one hyperparameter that nothing takes, by its one optional parameter left.

    Nothing is done where another function of the model takes the hyperparameter by its name.
    """
    call = trial.plan["calls"][prober.fitting]
    unset = [name for name in prober.role.parameters if name not in trial.filled]
    used = {argument.get("within", argument["name"]) for argument in call["arguments"]}
    free = [
        p for p in fitter.parameters or () if p.ordinary and p.name not in used and not explained(prober, p)
    ]
    if len(unset) != 1 or len(free) != 1 or free[0].holds:
        return
    slot = next(slot for slot in prober.hyper if slot.key == f"parameter:{unset[0]}")
    slot = meant(free[0], slot, prober.hyper)
    number = isinstance(free[0].value, int | float) and same_kind(slot, free[0].value)
    if (
        not (number or free[0].default == "None")
        or unlike(free[0], slot)
        or _taken_by(prober, others, fitter, slot)
    ):
        return
    call["arguments"].append({"name": free[0].name, "slot": slot.key, "pass": "keyword", **slot.more})
    trial.parameters[unset[0]] = free[0].name
    trial.filled.add(unset[0])
    trial.guessed.append(free[0].name)
    trial.eliminated = free[0].name
    trial.unclear |= unclear(free[0], slot, prober.hyper)


def _taken_by(prober: Prober, others: Sequence[Symbol], fitter: Callee, slot: Slot) -> bool:
    """Whether a function other than the fitter asks for a hyperparameter, by a name that means nothing else."""
    arguments = [a for method in prober.role.methods.values() for a in method.arguments.items()]
    asked = {name for canonical, argument in arguments for name in (canonical, *argument.names)}
    return any(
        parameter_resemblance(p.name, slot.names) >= 0.9 and p.name not in asked
        for symbol in others
        if symbol.name != fitter.name
        for p in symbol.parameters
    )


def explained(prober: Prober, parameter: Argument) -> bool:
    """Whether a parameter is for something else: data, seeds, limits, switches, or what a fit stores."""
    if parameter.name.startswith("_") or isinstance(parameter.value, bool):
        return True
    data = [
        name for method in prober.role.methods.values() for a in method.arguments.values() for name in a.names
    ]
    if parameter.name in prober.role.hints or (len(parameter.name) > 1 and parameter.name in data):
        return True
    return any(parameter_resemblance(parameter.name, extra.names) >= ENOUGH for extra in EXTRAS)


def fits(prober: Prober, trial: Trial, call: Plan) -> bool:
    """Fit; where that fails with attributes that we set, or with the parameter found by elimination in ``call``, leave
    these alone and try again."""
    if prober.try_fit(trial):
        return True
    if trial.plan.get("attributes") and not trial.slow:
        _leave_alone(trial)
        return fits(prober, trial, call)
    if not trial.eliminated or trial.slow:
        return False
    _give_up(trial, call)
    prober.fresh()
    return prober.try_fit(trial)


def _leave_alone(trial: Trial) -> None:
    """Set no attributes of the team's object."""
    for entry in trial.plan.pop("attributes"):
        canonical = entry["slot"].partition(":")[2]
        trial.parameters.pop(canonical, None)
        trial.filled.discard(canonical)


def _give_up(trial: Trial, call: Plan) -> None:
    name = trial.eliminated
    call["arguments"] = [a for a in call["arguments"] if a["name"] != name]
    for canonical in [c for c, theirs in trial.parameters.items() if theirs == name]:
        del trial.parameters[canonical]
        trial.filled.discard(canonical)
    trial.guessed.remove(name)
    trial.eliminated = ""


def same_kind(slot: Slot, default: Any) -> bool:
    """Whether a default looks like the slot's value: a count for a count, a width for a width."""
    fractional = isinstance(default, float)
    wants_fraction = isinstance(slot.more.get("example"), float) or "derive" in slot.more
    return fractional == wants_fraction
