"""How a class, or the class of an instance, fills a role of kind ``model``."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from grader.rubric import Method, Role
from grader.team.candidates import is_number
from grader.team.columns import either_way_round
from grader.team.global_values import read_globals
from grader.team.kept_defaults import kept_defaults
from grader.team.last_resort import by_elimination, explained, fits, same_kind
from grader.team.loose_functions import completed, fitted_slots
from grader.team.methods import method_names, promise, steps_of
from grader.team.names import words
from grader.team.plans import Match, Slot, fill, unlike
from grader.team.probing import Callee, Prober, Trial
from grader.team.questions import FORMS, TRIED, by_answers, question, says_nothing
from grader.team.state import Plan
from grader.team.symbols import Argument, Symbol
from grader.team.wire import Handle


def try_class(
    prober: Prober, symbol: Symbol, functions: Sequence[Symbol], fixed: dict[str, Any] | None = None
) -> Trial:
    """Construct, fit, question and sample a class (or the class of an instance).

    ``functions`` may stand in for methods that the class lacks; ``fixed`` are constructor arguments that select a
    kind of model. Points are tried as rows first, then as columns.
    """
    return either_way_round(prober, lambda: _tried(prober, symbol, functions, fixed or {}))


def _tried(prober: Prober, symbol: Symbol, functions: Sequence[Symbol], fixed: dict[str, Any]) -> Trial:
    offered = symbol.offers()
    named = method_names(prober.role, offered)
    for canonical, theirs in prober.forced.items():
        named = {c: [n for n in names if n != theirs] for c, names in named.items()}
        named[canonical] = [theirs] if theirs in offered else []
    fitters: list[str | None] = list(named[prober.fitting][:TRIED])
    trials = []
    for fitter in [*fitters, None] if not fitters or _takes_data(prober, symbol) else fitters:
        for form in FORMS:
            trial = _one_class(prober, symbol, offered, named, fitter, fixed, form)
            trials.append(trial)
            failing = prober.fitting in trial.faults or set(trial.plan["calls"]) - set(trial.worked)
            if trial.slow or not failing or not trial.filled:
                break
        if len(trial.worked) == len(prober.role.methods):
            return trial
    best = max(trials, key=Trial.quality)
    missing = [name for name in prober.role.methods if name not in best.worked and name != prober.fitting]
    if missing and functions and prober.fitting in best.worked:
        best = completed(prober, best, missing, functions)
    return best


def _takes_data(prober: Prober, symbol: Symbol) -> bool:
    match = prober.construction(symbol.parameters, with_data=True)
    return match.uses("train:")


def _one_class(
    prober: Prober,
    symbol: Symbol,
    offered: dict[str, tuple[Argument, ...] | None],
    named: dict[str, list[str]],
    fitter: str | None,
    fixed: dict[str, Any],
    form: str,
) -> Trial:
    prober.fresh()
    trial, role = Trial(), prober.role
    fit_parameters = offered[fitter] if fitter else ()
    steps = steps_of(role.methods[prober.fitting], offered) if fitter is None else []
    fed = fit_parameters is None or (
        any(p.ordinary for p in fit_parameters) and _feeds(prober, fitter or "", fit_parameters)
    )
    _construct(prober, symbol, trial, with_data=not fed, fixed=fixed)
    _plan_fit(prober, trial, fitter, fit_parameters, steps)
    _unset(prober, symbol, trial)
    if fitter and fit_parameters:
        numbers = tuple(p for p in fit_parameters if p.required or is_number(p.value))
        by_elimination(prober, Callee(fitter, "object", fitter, numbers), trial, [])
    if not (fitter or steps or _fed_by_constructor(trial)):
        asked = _fed_by_questions(prober, trial, offered, named)
        if asked is None:
            trial.faults[prober.fitting] = "no method was found that takes training data"
        return asked or trial
    if form:
        trial.reform(form)
    if not fits(prober, trial, _holder(trial, prober.fitting)):
        _name_only(trial, role, named, offered)
        return trial
    trial.worked.append(prober.fitting)
    trial.plan["defaults"] = _kept_defaults(
        symbol, trial, trial.plan["calls"].get(prober.fitting), fit_parameters or ()
    )
    more = [] if _learns_itself(prober, symbol) else _as_a_last_resort(fitted_slots(prober, symbol))
    callees = {c: _callees(names, offered, role.methods[c]) for c, names in named.items()}
    trial = _questioned(prober, trial, callees, more)
    spoken = {name for names in named.values() for name in names}
    silent = {n: p for n, p in offered.items() if p is not None and n not in spoken and says_nothing(n)}
    rest = _callees(list(silent), offered, role.methods[prober.fitting]) if silent else []
    return by_answers(prober, trial, rest, [c for c, names in named.items() if not names])


def _plan_fit(
    prober: Prober,
    trial: Trial,
    fitter: str | None,
    parameters: tuple[Argument, ...] | None,
    steps: Sequence[str],
) -> None:
    """How the model learns: by a method, by steps that are repeated, or already when it is made."""
    if fitter:
        trial.plan["calls"][prober.fitting], match = prober.fit_call(
            Callee(fitter, "object", fitter, parameters), trial
        )
        trial.methods[prober.fitting] = fitter
        trial.take_over(match)
    elif steps:
        call = {"target": "object", "attribute": steps[0], "arguments": [], "steps": list(steps)}
        trial.plan["calls"][prober.fitting] = call
        trial.methods[prober.fitting] = "/".join(steps)
    else:
        trial.plan["implied"] = [prober.fitting]


def _questioned(
    prober: Prober, trial: Trial, callees: Mapping[str, list[Callee]], more: Sequence[Slot]
) -> Trial:
    """The trial with its questions asked: of the object, or of what the fit gave back where the object is as before."""
    before = copy.deepcopy(trial)
    question(prober, trial, dict(callees), more)
    if trial.worked != [prober.fitting] or not trial.methods.get(prober.fitting):
        return trial
    returned = {c: [replace(one, target="fitted") for one in found] for c, found in callees.items()}
    question(prober, before, returned, more)
    return max(trial, before, key=Trial.quality)


def _holder(trial: Trial, fitting: str) -> Plan:
    """The call that takes the hyperparameter found by elimination: the fit or the constructor."""
    call = trial.plan["calls"].get(fitting) or {"arguments": []}
    taken = any(argument["name"] == trial.eliminated for argument in call["arguments"])
    return call if taken else trial.plan["construct"]


def _kept_defaults(
    symbol: Symbol, trial: Trial, call: Plan | None, parameters: Sequence[Argument]
) -> list[Plan]:
    """Defaults of the constructor and of the fitting method in which something may be kept."""
    if symbol.kind != "class":
        return []
    made = kept_defaults(symbol.name, "__init__", trial.plan["construct"], symbol.parameters)
    method = str(call.get("attribute") or "") if call else ""
    return made + kept_defaults(symbol.name, method, call, parameters)


def _as_a_last_resort(slots: Sequence[Slot]) -> list[Slot]:
    """The same slots, for parameters that nothing else fills."""
    return [replace(s, only_if_needed=True, rank=-0.05) for s in slots]


def _fed_by_questions(
    prober: Prober,
    trial: Trial,
    offered: dict[str, tuple[Argument, ...] | None],
    named: dict[str, list[str]],
) -> Trial | None:
    """The trial of a class whose methods take the training data each time; None where none of them does."""
    tried = copy.deepcopy(trial)
    if tried.faults or not prober.try_fit(tried):
        return None
    role = prober.role
    question(prober, tried, {c: _callees(names, offered, role.methods[c]) for c, names in named.items()})
    calls = [tried.plan["calls"][name] for name in tried.worked]
    if not any(a["slot"].startswith("train:") for call in calls for a in call["arguments"]):
        return None
    tried.worked.append(prober.fitting)
    return tried


def _learns_itself(prober: Prober, symbol: Symbol) -> bool:
    """Whether a fit leaves what it learned in the object; otherwise its result goes where a question wants it."""
    fitted = prober.state.fitted
    known = (symbol.short, symbol.type, "NoneType")
    return not isinstance(fitted, Handle) or fitted.type in known


def _feeds(prober: Prober, name: str, parameters: Sequence[Argument]) -> bool:
    """Whether a fitting method takes the training data itself."""
    call, _ = prober.fit_call(Callee(name, "object", name, tuple(parameters)), Trial())
    return any(argument["slot"].startswith("argument:") for argument in call["arguments"])


def _fed_by_constructor(trial: Trial) -> bool:
    construct = trial.plan["construct"] or {}
    return any(argument["slot"].startswith("train:") for argument in construct.get("arguments", ()))


def _construct(
    prober: Prober, symbol: Symbol, trial: Trial, *, with_data: bool, fixed: dict[str, Any]
) -> None:
    parameters = [p for p in symbol.parameters if p.name not in fixed]
    match = prober.construction(parameters, with_data=with_data)
    target = {"instance": symbol.name} if symbol.kind == "instance" else {"name": symbol.name}
    constants = [{"name": n, "slot": "constant", "pass": "keyword", "value": v} for n, v in fixed.items()]
    trial.plan["construct"] = {
        "target": target,
        "attribute": None,
        "arguments": [*constants, *match.arguments],
    }
    trial.take_over(match)
    unknown = [name for name in match.unfilled if not _as_the_team_does(symbol, name, trial)]
    if unknown:
        trial.faults["construct"] = f"the constructor demands {', '.join(unknown)}, which we do not know"


def _as_the_team_does(symbol: Symbol, name: str, trial: Trial) -> bool:
    """Give a parameter that nothing of ours fits the first literal that the team's own calls pass to it."""
    passed = [value for site in symbol.sites for value in site.get(name, ())]
    if not passed or not isinstance(passed[0], bool | int | float | str | None):
        return False
    kind = next((p.kind for p in symbol.parameters if p.name == name), "")
    how = "position" if kind == "positional_only" else "keyword"
    constant = {"name": name, "slot": "constant", "value": passed[0], "pass": how}
    trial.plan["construct"]["arguments"].append(constant)
    trial.guessed.append(name)
    return True


def _unset(prober: Prober, symbol: Symbol, trial: Trial) -> None:
    """Hyperparameters that nothing takes; a single free number in the constructor is taken for a single one.

    Failing that, they are looked for among the global numbers, and then by elimination.
    """
    _set_attributes(prober, symbol, trial)
    unset = [name for name in prober.role.parameters if name not in trial.filled]
    used = {a["name"] for a in trial.plan["construct"]["arguments"]}
    numbers = [
        p for p in symbol.parameters
        if p.ordinary and p.name not in used and isinstance(p.value, int | float) and not isinstance(p.value, bool)
    ]  # fmt: skip
    if len(unset) == 1 and len(numbers) == 1 and len(numbers[0].name) <= 6:
        fitting = [
            slot
            for slot in prober.hyper
            if slot.key == f"parameter:{unset[0]}" and same_kind(slot, numbers[0].value)
        ]
        if fitting:
            argument = {"name": numbers[0].name, "slot": fitting[0].key, "pass": "keyword", **fitting[0].more}
            trial.plan["construct"]["arguments"].append(argument)
            trial.parameters[unset[0]] = numbers[0].name
            trial.filled.add(unset[0])
            trial.guessed.append(numbers[0].name)
    read_globals(prober, trial, [symbol])
    _eliminate(prober, symbol, trial)


def _set_attributes(prober: Prober, symbol: Symbol, trial: Trial) -> None:
    """Hyperparameters that nothing takes, but that the class keeps as a number under their name: they are set there."""
    slots = [slot for slot in prober.hyper if slot.key.partition(":")[2] not in trial.filled]
    match = fill(symbol.settings, slots, by_position=False) if slots else Match()
    if match.arguments:
        trial.plan["attributes"] = match.arguments
        trial.take_over(match)
    _set_by_methods(prober, symbol, trial)


def _set_by_methods(prober: Prober, symbol: Symbol, trial: Trial) -> None:
    """Hyperparameters that nothing takes, but for which there is a method: ``setBandwidth(h)``, ``bandwidth(h)``."""
    slots = [slot for slot in prober.hyper if slot.key.partition(":")[2] not in trial.filled]
    setters = {}
    for name, parameters in symbol.methods.items():
        needed = [p for p in parameters or () if p.ordinary and p.required]
        said = words(name)
        if len(needed) == 1 and len(said) > 1 and said[0] in ("set", "setze", "with", "mit"):
            setters["_".join(said[1:])] = (name, needed[0])
        elif len(needed) == 1 and len(name) > 2 and name[0] != "_" and name not in trial.methods.values():
            setters.setdefault("_".join(said), (name, needed[0]))
    named = [replace(p, name=key, required=False) for key, (_, p) in setters.items()]
    match = fill(named, slots, by_position=False) if slots and named else Match()
    if match.arguments:
        entries = [{**a, "setter": setters[a["name"]][0]} for a in match.arguments]
        trial.plan["attributes"] = [*trial.plan.get("attributes", ()), *entries]
        trial.take_over(match)


def _eliminate(prober: Prober, symbol: Symbol, trial: Trial) -> None:
    """The one hyperparameter that nothing takes goes to the one optional parameter left, whatever its name.

    It must be the only one that we cannot explain, and not be annotated or named as data, seed or the like. Of
    several, it is the one that the team itself gives different numbers, else the only one that is a count (or a width).
    """
    unset = [name for name in prober.role.parameters if name not in trial.filled]
    used = {a["name"] for a in trial.plan["construct"]["arguments"]}
    free = [p for p in symbol.parameters if p.ordinary and p.name not in used and not explained(prober, p)]
    if len(unset) != 1:
        return
    slot = next(slot for slot in prober.hyper if slot.key == f"parameter:{unset[0]}")
    if len(free) > 1:
        varied = [p for p in free if is_number(p.value) and len(set(p.numbers)) > 1]
        free = varied or [p for p in free if is_number(p.value) and same_kind(slot, p.value)]
    if len(free) != 1:
        return
    number = isinstance(free[0].value, int | float) and same_kind(slot, free[0].value)
    if free[0].holds or not (number or free[0].default == "None") or unlike(free[0], slot):
        return
    argument = {"name": free[0].name, "slot": slot.key, "pass": "keyword", **slot.more}
    trial.plan["construct"]["arguments"].append(argument)
    trial.parameters[unset[0]] = free[0].name
    trial.filled.add(unset[0])
    trial.guessed.append(free[0].name)
    trial.eliminated = free[0].name


def _name_only(
    trial: Trial, role: Role, named: dict[str, list[str]], offered: dict[str, tuple[Argument, ...] | None]
) -> None:
    """Fitting failed: keep methods by name, so that the faults can be told."""
    for canonical, names in named.items():
        if names and canonical not in trial.plan["calls"]:
            callee = _callees(names[:1], offered, role.methods[canonical])[0]
            wanted = list(role.methods[canonical].arguments)[:1]
            arguments = [{"name": "", "slot": f"argument:{name}", "pass": "position"} for name in wanted]
            trial.plan["calls"][canonical] = {
                "target": "object", "attribute": callee.attribute, "arguments": arguments
            }  # fmt: skip
            trial.methods[canonical] = names[0]


def _callees(
    names: Sequence[str], offered: dict[str, tuple[Argument, ...] | None], method: Method
) -> list[Callee]:
    return [Callee(n, "object", n, offered[n], promise(n, method)) for n in names]


# ---- questions ------------------------------------------------------------------------------------------


# ---- function style -------------------------------------------------------------------------------------
