"""How loose functions fill a role of kind ``model``, alone or in place of methods that a class lacks."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from grader.rubric import Role
from grader.team.answers import kind_of
from grader.team.code_words import known_by_code
from grader.team.columns import either_way_round
from grader.team.global_values import data_in_globals, read_globals
from grader.team.kept_defaults import kept_defaults
from grader.team.kept_state import keeps_in_globals
from grader.team.last_resort import by_elimination, fits
from grader.team.methods import method_resemblance, promise
from grader.team.names import core, resemblance, words
from grader.team.plans import ENOUGH, Slot
from grader.team.probing import Callee, Prober, Trial
from grader.team.questions import FORMS, TRIED, density, question
from grader.team.returned_functions import may_answer, parts_of, with_fitted
from grader.team.symbols import Symbol
from grader.team.wire import Handle


def function_callees(role: Role, functions: Sequence[Symbol]) -> dict[str, list[Callee]]:
    """Canonical method -> the functions that may answer it: those whose name says so, then those that say nothing.

    What a role need not answer is looked for by name alone.
    """
    found: dict[str, list[tuple[float, Callee]]] = {canonical: [] for canonical in role.methods}
    for symbol in functions:
        scores = {c: _operation(symbol.name, c, role) for c in role.methods}
        if symbol.listed and max(scores.values()) < ENOUGH:
            scores = {c: _operation("_".join(symbol.listed[1:]) or "_", c, role) for c in role.methods}
        best, by_code = max(scores.values()), known_by_code(symbol, role)
        for canonical, method in role.methods.items():
            if canonical == by_code or (not by_code and may_answer(scores[canonical], best, method)):
                rank = scores[canonical] if best >= ENOUGH else 0.1
                promised, target = promise(symbol.name, method), {"name": symbol.name}
                callee = Callee(symbol.name, target, None, symbol.parameters, promised, symbol.fixed)
                found[canonical].append((rank, callee))
    ranked = {
        c: [callee for _, callee in sorted(entries, key=lambda e: -e[0])] for c, entries in found.items()
    }
    by_name = {symbol.name: symbol for symbol in functions}
    return {
        c: sorted(callees, key=lambda one: _is_part(one, callees, by_name)) for c, callees in ranked.items()
    }


def _is_part(callee: Callee, rivals: Sequence[Callee], symbols: Mapping[str, Symbol]) -> bool:
    """Whether another candidate calls this one, and is used as often: ``em_init`` beside ``em_gmm``."""
    mine = symbols.get(callee.name)
    others = [symbols[one.name] for one in rivals if one.name in symbols and one.name != callee.name]
    return mine is not None and any(
        mine.plain in one.free and one.plain not in mine.free and one.times >= mine.times for one in others
    )


def _forced(
    prober: Prober, callees: dict[str, list[Callee]], functions: Sequence[Symbol]
) -> dict[str, list[Callee]]:
    """Only the functions that a tutor named, for the methods for which one did."""
    by_name = {symbol.name: symbol for symbol in functions}
    for canonical, theirs in prober.forced.items():
        if theirs in by_name:
            method = prober.role.methods[canonical]
            callee = Callee(
                theirs, {"name": theirs}, None, by_name[theirs].parameters, promise(theirs, method)
            )
            callees = {c: [x for x in xs if x.name != theirs] for c, xs in callees.items()} | {
                canonical: [callee]
            }
    return callees


def _operation(name: str, canonical: str, role: Role) -> float:
    """How clearly a function's name says which method it stands for; its role's words say nothing."""
    short = name.rpartition(".")[2]
    method = role.methods[canonical]
    whole = method_resemblance(short, canonical, method)
    said = set(words(short))
    spoken = {w for known in role.names for w in core(known)}
    rest = [w for w in words(short) if w not in spoken]
    tail = method_resemblance("_".join(rest), canonical, method) if rest else 0.0
    if resemblance(short, role.names) >= 0.99 and not said - spoken - set(words(canonical)):
        return whole if whole >= 0.99 else 0.0
    return max(tail, whole if whole >= 0.8 else 0.0)


def try_functions(prober: Prober, functions: Sequence[Symbol]) -> Trial:
    """Fit, question and sample with loose functions; fitting may be left to the functions that need the data.

    Points are tried as rows first, then as columns.
    """
    return either_way_round(prober, lambda: _tried(prober, functions))


def _tried(prober: Prober, functions: Sequence[Symbol]) -> Trial:
    callees = _forced(prober, function_callees(prober.role, functions), functions)
    by_name = {symbol.name: symbol for symbol in functions}
    trials = []
    for fitter in [*callees[prober.fitting][:TRIED], None]:
        for form in FORMS:
            trial = _one_set(prober, fitter, by_name, callees, form)
            trials.append(trial)
            failing = prober.fitting in trial.faults or set(trial.plan["calls"]) - set(trial.worked)
            if trial.slow or not failing or not trial.filled:
                break
        if len(trial.worked) == len(prober.role.methods):
            break
    return max(trials, key=Trial.quality)


def _one_set(
    prober: Prober,
    fitter: Callee | None,
    by_name: dict[str, Symbol],
    callees: dict[str, list[Callee]],
    form: str,
) -> Trial:
    prober.fresh()
    trial = Trial()
    more: list[Slot] = []
    others = callees
    if fitter is None:
        trial.plan["implied"] = [prober.fitting]
        data_in_globals(prober, trial, list(by_name.values()))
        prober.try_fit(trial)
    else:
        call, match = prober.fit_call(fitter, trial)
        fed = match.uses("argument:") or data_in_globals(prober, trial, [by_name[fitter.name]])
        if match.unfilled or not fed:
            trial.faults[prober.fitting] = f"{fitter.name} demands {', '.join(match.unfilled) or 'no data'}"
            return trial
        trial.plan["calls"][prober.fitting], trial.methods[prober.fitting] = call, fitter.name
        trial.take_over(match)
        by_elimination(prober, fitter, trial, list(by_name.values()))
        if form:
            trial.reform(form)
        if not fits(prober, trial, call):
            return trial
        if not _useful(prober.state.fitted, prober):
            trial.faults[prober.fitting] = (
                f"{fitter.name} gives {kind_of(prober.state.fitted)}, no fitted model"
            )
            return trial
        trial.worked.append(prober.fitting)
        more = fitted_slots(prober, by_name[fitter.name])
        others = {c: [x for x in xs if x.name != fitter.name] for c, xs in callees.items()}
        others = with_fitted(prober, by_name[fitter.name], others)
    read_globals(prober, trial, list(by_name.values()))
    question(prober, trial, others, more)
    if fitter:
        trial.plan["defaults"] = kept_defaults(fitter.name, "", call, fitter.parameters or ())
    kept = keeps_in_globals(trial.plan, prober.fitting, by_name[fitter.name]) if fitter else None
    if kept is not None:
        trial.plan["keeps"] = kept
    if fitter is None and len(trial.worked) > 0:
        trial.worked.append(prober.fitting)
        trial.methods[prober.fitting] = ""
    return trial


def _useful(fitted: Any, prober: Prober) -> bool:
    """Whether a fit's result can be a model: not a bare number, nor one value per training row."""
    if not isinstance(fitted, Handle) or fitted.type not in (
        "float",
        "int",
        "ndarray",
        "float64",
        "Tensor",
        "bool",
    ):
        return True
    if fitted.type != "ndarray":
        return False
    shape = prober.session.get(fitted, "shape")
    return not (isinstance(shape, np.ndarray | tuple | list) and list(shape) == [len(prober.probe.train)])


def fitted_slots(prober: Prober, symbol: Symbol) -> list[Slot]:
    """Slots for the result of a fit: as a whole, and its parts where it is a tuple or dict."""
    fitted = prober.state.fitted
    names = (
        "model",
        "params",
        "parameters",
        "fitted",
        "theta",
        "modell",
        "fit",
        "result",
        "res",
        "state",
        "m",
        "est",
    )
    own = symbol.short
    whole = Slot("fitted", (*names, *(prober.role.names)), required=True, sources=frozenset([own]))
    parts = [
        Slot(f"part:{key}", (label, *_synonyms(label)), sources=frozenset([f"{own}#{key}"]))
        for key, label in parts_of(prober, fitted, symbol)
    ]
    return [*parts, whole] if parts else [whole]


def _synonyms(label: str) -> tuple[str, ...]:
    """Singular and plural, with and without an underscore at the end."""
    plain = label.rstrip("_")
    return (plain, plain.rstrip("s"), plain + "s", plain + "_")


def completed(prober: Prober, trial: Trial, missing: Sequence[str], functions: Sequence[Symbol]) -> Trial:
    """Let loose functions that take the object, or the data, answer what the class does not."""
    whole = Trial(**copy.deepcopy({f: getattr(trial, f) for f in trial.__dataclass_fields__}))
    callees = _forced(prober, function_callees(prober.role, functions), functions)
    prober.fresh()
    if not prober.try_fit(whole):
        return trial
    prober.state.fitted = prober.state.object
    names = ("model", "self", "obj", "estimator", "m", "modell", *prober.role.names)
    slots = [Slot("object", names, required=True)]
    for canonical in missing:
        if prober.role.methods[canonical].plain:
            density(prober, whole, canonical, callees[canonical], slots)
        else:
            prober.ask(whole, canonical, callees[canonical], slots)
    return whole if len(whole.worked) > len(trial.worked) else trial
