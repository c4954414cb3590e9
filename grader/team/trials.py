"""How one candidate fills a role of kind ``model``: as a class, as an instance, or as loose functions."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from grader.errors import TeamFault
from grader.rubric import Method, Role
from grader.team.adapters import kind_of
from grader.team.candidates import Argument, Symbol
from grader.team.names import core, joined, parameter_resemblance, resemblance, words
from grader.team.plans import ENOUGH, Slot
from grader.team.probing import Callee, Prober, Trial
from grader.team.wire import Handle, Name

LOG_WORDS = frozenset(
    {"log", "logs", "loglik", "logpdf", "logp", "ll", "nll", "logprob", "logdensity", "score"}
)
CLEARLY_NEGATIVE = -1e-9
FORMS = ("", "axes", "list", "matrix")
"""Ways to hand over hyperparameters: as they are, once per axis, in a list, as a covariance matrix."""
TRIED = 4
"""How many candidates for one method are tried."""


# ---- names of methods -----------------------------------------------------------------------------------


def method_names(role: Role, offered: Iterable[str]) -> dict[str, list[str]]:
    """Canonical method -> the offered names that may stand for it, best first; a name stands for one method.

    Steps written as ``a+b`` in the rubric are found when all of them are offered and nothing else is.
    """
    scored = []
    for name in offered:
        for canonical, method in role.methods.items():
            value = method_resemblance(name, canonical, method)
            if value >= ENOUGH - 0.1:
                scored.append((value, canonical, name))
    found: dict[str, list[str]] = {canonical: [] for canonical in role.methods}
    best: dict[str, tuple[float, str]] = {}
    for value, canonical, name in scored:
        if value > best.get(name, (0.0, ""))[0]:
            best[name] = (value, canonical)
    for value, canonical, name in sorted(scored, key=lambda entry: -entry[0]):
        if best[name] == (value, canonical):
            found[canonical].append(name)
    return found


def method_resemblance(name: str, canonical: str, method: Method) -> float:
    """How much an offered name looks like a canonical method; private names count less."""
    known = [canonical, *(n for n in method.names if "+" not in n)]
    value = max(parameter_resemblance(name, known), parameter_resemblance(name, method.plain) - 0.02)
    return value - 0.15 if name.startswith("_") and name != "__call__" else value


def steps_of(method: Method, offered: Iterable[str]) -> list[str]:
    """Single steps that together stand for the method (``e_step+m_step``), if all are offered."""
    have = {joined(name): name for name in offered}
    for known in method.names:
        steps = [joined(step) for step in known.split("+")]
        if len(steps) > 1 and all(step in have for step in steps):
            return [have[step] for step in steps]
    return []


def promise(name: str, method: Method) -> str:
    """``log`` or ``plain`` if the name says so."""
    if LOG_WORDS & set(words(name)):
        return "log"
    plain = any(parameter_resemblance(name, (known,)) >= ENOUGH for known in method.plain)
    return "plain" if plain else ""


# ---- class style ----------------------------------------------------------------------------------------


def try_class(
    prober: Prober, symbol: Symbol, functions: Sequence[Symbol], fixed: dict[str, Any] | None = None
) -> Trial:
    """Construct, fit, question and sample a class (or the class of an instance).

    ``functions`` may stand in for methods that the class lacks; ``fixed`` are constructor arguments that select a
    kind of model.
    """
    offered = symbol.offers()
    named = method_names(prober.role, offered)
    for canonical, theirs in prober.forced.items():
        named = {c: [n for n in names if n != theirs] for c, names in named.items()}
        named[canonical] = [theirs] if theirs in offered else []
    fitters: list[str | None] = list(named[prober.fitting][:TRIED])
    trials = []
    for fitter in [*fitters, None] if not fitters or _takes_data(prober, symbol) else fitters:
        for form in FORMS:
            trial = _one_class(prober, symbol, offered, named, fitter, fixed or {}, form)
            trials.append(trial)
            failing = prober.fitting in trial.faults or set(trial.plan["calls"]) - set(trial.worked)
            if trial.slow or not failing or not trial.filled:
                break
        if len(trial.worked) == len(prober.role.methods):
            return trial
    best = max(trials, key=Trial.quality)
    missing = [name for name in prober.role.methods if name not in best.worked and name != prober.fitting]
    if missing and functions and prober.fitting in best.worked:
        best = _completed(prober, best, missing, functions)
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
    if fitter:
        callee = Callee(fitter, "object", fitter, fit_parameters)
        trial.plan["calls"][prober.fitting], match = prober.fit_call(callee, trial)
        trial.methods[prober.fitting] = fitter
        trial.take_over(match)
    elif steps:
        trial.plan["calls"][prober.fitting] = {
            "target": "object",
            "attribute": steps[0],
            "arguments": [],
            "steps": steps,
        }
        trial.methods[prober.fitting] = "/".join(steps)
    else:
        trial.plan["implied"] = [prober.fitting]
    _unset(prober, symbol, trial)
    if not (fitter or steps or _fed_by_constructor(trial)):
        trial.faults[prober.fitting] = "no method was found that takes training data"
        return trial
    if form:
        trial.reform(form)
    if not prober.try_fit(trial):
        _name_only(trial, role, named, offered)
        return trial
    trial.worked.append(prober.fitting)
    _question(prober, trial, {c: _callees(names, offered, role.methods[c]) for c, names in named.items()})
    return trial


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
    if match.unfilled:
        trial.faults["construct"] = (
            f"the constructor demands {', '.join(match.unfilled)}, which we do not know"
        )


def _unset(prober: Prober, symbol: Symbol, trial: Trial) -> None:
    """Hyperparameters that nothing takes; a single free number in the constructor is taken for a single one."""
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
            if slot.key == f"parameter:{unset[0]}" and _same_kind(slot, numbers[0].value)
        ]
        if fitting:
            argument = {"name": numbers[0].name, "slot": fitting[0].key, "pass": "keyword", **fitting[0].more}
            trial.plan["construct"]["arguments"].append(argument)
            trial.parameters[unset[0]] = numbers[0].name
            trial.filled.add(unset[0])
            trial.guessed.append(numbers[0].name)
    read_globals(prober, trial, [symbol])


def _same_kind(slot: Slot, default: Any) -> bool:
    """Whether a default looks like the slot's value: a count for a count, a width for a width."""
    fractional = isinstance(default, float)
    wants_fraction = isinstance(slot.more.get("example"), float) or "derive" in slot.more
    return fractional == wants_fraction


def read_globals(prober: Prober, trial: Trial, holders: Sequence[Symbol]) -> None:
    """Hyperparameters that the code reads from global numbers are set there before each question."""
    for slot in prober.hyper:
        canonical = slot.key.partition(":")[2]
        for symbol in holders:
            names = sorted(
                n for n in symbol.free & prober.numbers if parameter_resemblance(n, slot.names) >= 0.9
            )
            if canonical in trial.filled or not names:
                continue
            method = next(iter(symbol.methods), "")
            path = "__globals__" if symbol.kind == "function" else f"{method}.__globals__"
            entry = {"holder": symbol.name, "path": path, "name": names[0], "slot": slot.key, **slot.more}
            trial.plan.setdefault("globals", []).append(entry)
            trial.filled.add(canonical)
            trial.parameters[canonical] = f"{names[0]} (a global variable)"


def _name_only(
    trial: Trial, role: Role, named: dict[str, list[str]], offered: dict[str, tuple[Argument, ...] | None]
) -> None:
    """Fitting failed: keep methods by name, so that the faults can be told."""
    for canonical, names in named.items():
        if names and canonical not in trial.plan["calls"]:
            callee = _callees(names[:1], offered, role.methods[canonical])[0]
            first = next(iter(role.methods[canonical].arguments))
            arguments = [{"name": "", "slot": f"argument:{first}", "pass": "position"}]
            trial.plan["calls"][canonical] = {
                "target": "object", "attribute": callee.attribute, "arguments": arguments
            }  # fmt: skip
            trial.methods[canonical] = names[0]


def _callees(
    names: Sequence[str], offered: dict[str, tuple[Argument, ...] | None], method: Method
) -> list[Callee]:
    return [Callee(n, "object", n, offered[n], promise(n, method)) for n in names]


# ---- questions ------------------------------------------------------------------------------------------


def _question(
    prober: Prober, trial: Trial, callees: dict[str, list[Callee]], more: Sequence[Slot] = ()
) -> None:
    """Ask every canonical method but the fitting one, and find out whether the answer is a logarithm."""
    for canonical, method in prober.role.methods.items():
        if canonical == prober.fitting:
            continue
        answered = False
        if method.plain:
            answered = _density(prober, trial, canonical, callees.get(canonical, []), more)
        else:
            answered = prober.ask(trial, canonical, callees.get(canonical, [])[:TRIED], more)
        if not answered and not callees.get(canonical):
            trial.faults[canonical] = "nothing was found that answers it"
    trial.plan["unset"] = [name for name in prober.role.parameters if name not in trial.filled]


def _density(
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
        trial.answers = fallback[1]
        return True
    return False


def _undo(trial: Trial, canonical: str) -> None:
    trial.plan["calls"].pop(canonical, None)
    trial.methods.pop(canonical, None)
    trial.worked = [name for name in trial.worked if name != canonical]


def judge_density(prober: Prober, trial: Trial, canonical: str, callee: Callee) -> tuple[str, bool]:
    """``log_density`` or ``density`` by behaviour near to and far from the data, and whether either fits.

    Any clearly negative value makes it a logarithm; none, not even far away, makes it a plain density. Labels and
    negative log-likelihoods (larger far away) fit neither and go by the name's promise.
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
    labels = bool((near == np.round(near)).all() and far.size and (far > 0).any())
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


# ---- function style -------------------------------------------------------------------------------------


def function_callees(role: Role, functions: Sequence[Symbol]) -> dict[str, list[Callee]]:
    """Canonical method -> the functions that may answer it: those whose name says so, then those that say nothing."""
    found: dict[str, list[tuple[float, Callee]]] = {canonical: [] for canonical in role.methods}
    for symbol in functions:
        scores = {c: _operation(symbol.name, c, role) for c in role.methods}
        best = max(scores.values())
        for canonical, method in role.methods.items():
            if scores[canonical] == best or best < ENOUGH:
                rank = scores[canonical] if best >= ENOUGH else 0.1
                callee = Callee(
                    symbol.name, {"name": symbol.name}, None, symbol.parameters, promise(symbol.name, method)
                )
                found[canonical].append((rank, callee))
    return {c: [callee for _, callee in sorted(entries, key=lambda e: -e[0])] for c, entries in found.items()}


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
    """Fit, question and sample with loose functions; fitting may be left to the functions that need the data."""
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
        prober.try_fit(trial)
    else:
        call, match = prober.fit_call(fitter, trial)
        if match.unfilled or not match.uses("argument:"):
            trial.faults[prober.fitting] = f"{fitter.name} demands {', '.join(match.unfilled) or 'no data'}"
            return trial
        trial.plan["calls"][prober.fitting], trial.methods[prober.fitting] = call, fitter.name
        trial.take_over(match)
        if form:
            trial.reform(form)
        if not prober.try_fit(trial):
            return trial
        if not _useful(prober.state.fitted, prober):
            trial.faults[prober.fitting] = (
                f"{fitter.name} gives {kind_of(prober.state.fitted)}, no fitted model"
            )
            return trial
        trial.worked.append(prober.fitting)
        more = fitted_slots(prober, by_name[fitter.name])
        others = {c: [x for x in xs if x.name != fitter.name] for c, xs in callees.items()}
        others = _with_fitted(prober, others)
    read_globals(prober, trial, list(by_name.values()))
    _question(prober, trial, others, more)
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


def _with_fitted(prober: Prober, callees: dict[str, list[Callee]]) -> dict[str, list[Callee]]:
    """A fit that gives a function, or an object with methods, may be asked itself."""
    fitted = prober.state.fitted
    if not isinstance(fitted, Handle):
        return callees
    if fitted.type in ("function", "builtin_function_or_method", "partial", "method", "vectorize"):
        first = Callee("the returned function", "fitted", None, None)
        return {
            c: [first, *xs] if prober.role.methods[c].returns == "vector" else xs for c, xs in callees.items()
        }
    return callees


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
    whole = Slot("fitted", (*names, *(prober.role.names)), required=True)
    parts = [Slot(f"part:{key}", (label, *_synonyms(label))) for key, label in _parts(prober, fitted, symbol)]
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


def _completed(prober: Prober, trial: Trial, missing: Sequence[str], functions: Sequence[Symbol]) -> Trial:
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
            _density(prober, whole, canonical, callees[canonical], slots)
        else:
            prober.ask(whole, canonical, callees[canonical], slots)
    return whole if len(whole.worked) > len(trial.worked) else trial
