"""How loose functions fill a role of kind ``model``, alone or in place of methods that a class lacks."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import numpy as np

from grader.errors import TeamFault
from grader.rubric import Method, Role
from grader.team.answers import kind_of
from grader.team.candidates import Symbol
from grader.team.code_words import known_by_code
from grader.team.columns import either_way_round
from grader.team.global_values import data_in_globals, read_globals
from grader.team.kept_defaults import kept_defaults
from grader.team.kept_state import keeps_in_globals
from grader.team.last_resort import by_elimination, fits
from grader.team.methods import method_names, method_resemblance, promise
from grader.team.names import core, resemblance, words
from grader.team.plans import ENOUGH, Slot
from grader.team.probing import Callee, Prober, Trial
from grader.team.questions import FORMS, TRIED, density, question
from grader.team.wire import Handle, Name

CALLABLE = ("function", "builtin_function_or_method", "partial", "method", "vectorize")
"""Types of what a fit may return to be called."""


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
            if canonical == by_code or (not by_code and _may_answer(scores[canonical], best, method)):
                rank = scores[canonical] if best >= ENOUGH else 0.1
                promised, target = promise(symbol.name, method), {"name": symbol.name}
                callee = Callee(symbol.name, target, None, symbol.parameters, promised, symbol.fixed)
                found[canonical].append((rank, callee))
    return {c: [callee for _, callee in sorted(entries, key=lambda e: -e[0])] for c, entries in found.items()}


def _may_answer(score: float, best: float, method: Method) -> bool:
    """Whether a name fits a method best, or says nothing and the method is one that the role must answer."""
    return score == best if best >= ENOUGH else not method.optional


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
            if trial.slow or trial.worked or not trial.filled:
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
        others = _with_fitted(prober, by_name[fitter.name], others)
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


def _with_fitted(prober: Prober, symbol: Symbol, callees: dict[str, list[Callee]]) -> dict[str, list[Callee]]:
    """A fit that gives a function, several, or an object with methods may be asked itself."""
    fitted = prober.state.fitted
    if not isinstance(fitted, Handle):
        return callees
    returned = _returned_callees(prober, symbol)
    if returned:
        return {c: [*returned[c], *callees[c]] for c in callees}
    if fitted.type in CALLABLE:
        first = Callee("the returned function", "fitted", None, None)
        return {
            c: [first, *xs] if prober.role.methods[c].returns == "vector" else xs for c, xs in callees.items()
        }
    return {c: [*xs, *_own_methods(prober, c)] for c, xs in callees.items()}


def _returned_callees(prober: Prober, symbol: Symbol) -> dict[str, list[Callee]]:
    """The functions among the parts of a fit's result (``return pdf, sampler``), by the methods that they may answer.

    A part goes by the key of its dict, else by the function's own name; one whose name says nothing is tried for
    everything. Empty where no part is a function.
    """
    found: dict[str, list[tuple[float, Callee]]] = {canonical: [] for canonical in prober.role.methods}
    for key, label in _parts(prober, prober.state.fitted, symbol):
        where = int(key) if key.isdigit() else key
        part = prober.session.call(prober.state.fitted, "__getitem__", [where], {}, keep=True)
        if not isinstance(part, Handle) or part.type not in CALLABLE:
            continue
        if isinstance(where, int) and part.type == "function":
            own = str(prober.session.get(part, "__name__"))
            label = own if own.isidentifier() else label
        scores = {c: method_resemblance(label, c, m) for c, m in prober.role.methods.items()}
        best = max(scores.values())
        for canonical, method in prober.role.methods.items():
            if _may_answer(scores[canonical], best, method):
                target = {"part": where, "label": label}
                found[canonical].append((best, Callee(label, target, None, None, promise(label, method))))
    if not any(found.values()):
        return {}
    return {c: [callee for _, callee in sorted(entries, key=lambda e: -e[0])] for c, entries in found.items()}


def _own_methods(prober: Prober, canonical: str) -> list[Callee]:
    """Methods of the object that a fit returned (a namespace of functions, a fitted model of a library)."""
    fitted = prober.state.fitted
    if not isinstance(fitted, Handle) or fitted.type in (
        "tuple",
        "list",
        "dict",
        "ndarray",
        "str",
        "NoneType",
    ):
        return []
    try:
        names = prober.session.call(Name("__builtins__"), "dir", [fitted], {})
    except TeamFault:
        return []
    method = prober.role.methods[canonical]
    public = [str(name) for name in names if not str(name).startswith("_")]
    named = method_names(prober.role, public)[canonical]
    return [Callee(name, "fitted", name, None, promise(name, method)) for name in named]


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
    own = symbol.name.partition("#")[0].rpartition(".")[2]
    whole = Slot("fitted", (*names, *(prober.role.names)), required=True, sources=frozenset([own]))
    parts = [
        Slot(f"part:{key}", (label, *_synonyms(label)), sources=frozenset([f"{own}#{key}"]))
        for key, label in _parts(prober, fitted, symbol)
    ]
    return [*parts, whole] if parts else [whole]


def _synonyms(label: str) -> tuple[str, ...]:
    """Singular and plural, with and without an underscore at the end."""
    plain = label.rstrip("_")
    return (plain, plain.rstrip("s"), plain + "s", plain + "_")


def _parts(prober: Prober, fitted: Any, symbol: Symbol) -> list[tuple[str, str]]:
    if not isinstance(fitted, Handle) or fitted.type not in ("tuple", "list", "dict"):
        return []
    builtins = Name("__builtins__")
    if fitted.type == "dict":
        keys = prober.session.call(builtins, "list", [fitted], {})
        keys = keys.tolist() if isinstance(keys, np.ndarray) else list(keys)
        return [(str(key), str(key)) for key in keys if isinstance(key, str) and not key.isdigit()]
    size = int(prober.session.call(builtins, "len", [fitted], {}))
    labels = symbol.parts if len(symbol.parts) == size else tuple(str(k) for k in range(size))
    return [(str(position), label) for position, label in enumerate(labels)]


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
