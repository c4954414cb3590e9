"""Functions that a fit gave back: one alone, in a tuple or a dict, or as attributes of a function or an object.

``kneighbours, predict = make(X, y)`` learns by keeping the data where its inner functions see them. These are
asked like any others; how they want to be called is read from their live signatures.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from grader.errors import TeamFault
from grader.rubric import Method
from grader.team.methods import method_names, method_resemblance, promise
from grader.team.plans import ENOUGH
from grader.team.probing import Callee, Prober
from grader.team.symbols import Argument, Symbol
from grader.team.wire import Handle, Name

CALLABLE = ("function", "builtin_function_or_method", "partial", "method", "vectorize")
"""Types of what a fit may return to be called."""
_PLAIN = ("tuple", "list", "dict", "ndarray", "str", "NoneType")
"""Types of what has no methods of the team's."""
_BUILTINS = Name("__builtins__")


def may_answer(score: float, best: float, method: Method) -> bool:
    """Whether a name fits a method best, or says nothing and the method is one that the role must answer."""
    return score == best if best >= ENOUGH else not method.optional


def with_fitted(prober: Prober, symbol: Symbol, callees: dict[str, list[Callee]]) -> dict[str, list[Callee]]:
    """A fit that gives a function, several, or an object with methods may be asked itself."""
    fitted = prober.state.fitted
    if not isinstance(fitted, Handle):
        return callees
    returned = _returned_callees(prober, symbol)
    if returned:
        return {c: [*returned[c], *callees[c]] for c in callees}
    if fitted.type not in CALLABLE:
        return {c: [*xs, *_own_methods(prober, c)] for c, xs in callees.items()}
    alone = _ways_of_calling(prober, fitted, "the returned function", "fitted", None)
    called = _own_name(prober, fitted)
    found = {}
    for canonical, others in callees.items():
        method = prober.role.methods[canonical]
        named = method_resemblance(called, canonical, method) >= ENOUGH
        itself = alone if named or method.returns == "vector" else []
        found[canonical] = [*_own_methods(prober, canonical), *itself, *others]
    return found


def _returned_callees(prober: Prober, symbol: Symbol) -> dict[str, list[Callee]]:
    """The functions among the parts of a fit's result (``return pdf, sampler``), by the methods that they may answer.

    A part goes by the key of its dict, else by the function's own name; one whose name says nothing is tried for
    everything. Empty where no part is a function.
    """
    found: dict[str, list[tuple[float, Callee]]] = {canonical: [] for canonical in prober.role.methods}
    for key, label in parts_of(prober, prober.state.fitted, symbol):
        where = int(key) if key.isdigit() else key
        part = prober.session.call(prober.state.fitted, "__getitem__", [where], {}, keep=True)
        if not isinstance(part, Handle) or part.type not in CALLABLE:
            continue
        if isinstance(where, int):
            label = _own_name(prober, part) or label
        scores = {c: method_resemblance(label, c, m) for c, m in prober.role.methods.items()}
        best = max(scores.values())
        for canonical, method in prober.role.methods.items():
            if may_answer(scores[canonical], best, method):
                target = {"part": where, "label": label}
                ways = _ways_of_calling(prober, part, label, target, None, promise(label, method))
                found[canonical] += [(best, way) for way in ways]
    if not any(found.values()):
        return {}
    return {c: [callee for _, callee in sorted(entries, key=lambda e: -e[0])] for c, entries in found.items()}


def _own_methods(prober: Prober, canonical: str) -> list[Callee]:
    """Methods of the object that a fit returned (a namespace of functions, a fitted model of a library)."""
    fitted = prober.state.fitted
    if not isinstance(fitted, Handle) or fitted.type in _PLAIN:
        return []
    try:
        names = prober.session.call(_BUILTINS, "dir", [fitted], {})
    except TeamFault:
        return []
    method = prober.role.methods[canonical]
    public = [str(name) for name in names if not str(name).startswith("_")]
    named = method_names(prober.role, public)[canonical]
    ways = []
    for name in named:
        bound = prober.session.get(fitted, name, keep=True)
        ways += _ways_of_calling(prober, bound, name, "fitted", name, promise(name, method))
    return ways


def _ways_of_calling(
    prober: Prober, function: Any, name: str, target: Any, attribute: str | None, promised: str = ""
) -> list[Callee]:
    """By the signature where that has several parameters, then with what is asked about alone."""
    parameters = signature_of(prober, function)
    plain = Callee(name, target, attribute, None, promised)
    if parameters is None or sum(p.ordinary for p in parameters) < 2:
        return [plain]
    return [Callee(name, target, attribute, parameters, promised), plain]


def signature_of(prober: Prober, function: Any) -> tuple[Argument, ...] | None:
    """The parameters of a live function, without a bound ``self``; None where they cannot be read."""
    try:
        inspect = prober.session.call(_BUILTINS, "__import__", ["inspect"], {}, keep=True)
        told = prober.session.call(inspect, "getfullargspec", [function], {})
    except TeamFault:
        return None
    if not isinstance(told, list | tuple) or len(told) < 5:
        return None
    names, star, _, defaults, keywords = told[:5]
    names = [str(name) for name in names][isinstance(function, Handle) and function.type == "method" :]
    given: list[Any] = [] if defaults is None else list(defaults)
    values = [None] * (len(names) - len(given)) + given
    found = [
        Argument(
            name,
            required=place < len(names) - len(given),
            value=_literal(value),
            default="" if value is None else str(value),
        )
        for place, (name, value) in enumerate(zip(names, values, strict=True))
    ]
    found += [Argument(str(star), "var_positional", required=False)] if star else []
    return (*found, *(Argument(str(name), "keyword_only", required=False) for name in keywords))


def _literal(value: Any) -> Any:
    """A default as a plain number, text or truth value; None for anything else."""
    plain = value.item() if isinstance(value, np.generic) else value
    return plain if isinstance(plain, bool | int | float | str) else None


def _own_name(prober: Prober, function: Handle) -> str:
    """The name that a function goes by in its definition; empty for a lambda and the like."""
    own = str(prober.session.get(function, "__name__")) if function.type == "function" else ""
    return own if own.isidentifier() else ""


def parts_of(prober: Prober, fitted: Any, symbol: Symbol) -> list[tuple[str, str]]:
    if not isinstance(fitted, Handle) or fitted.type not in ("tuple", "list", "dict"):
        return []
    if fitted.type == "dict":
        keys = prober.session.call(_BUILTINS, "list", [fitted], {})
        keys = keys.tolist() if isinstance(keys, np.ndarray) else list(keys)
        return [(str(key), str(key)) for key in keys if isinstance(key, str) and not key.isdigit()]
    size = int(prober.session.call(_BUILTINS, "len", [fitted], {}))
    labels = symbol.parts if len(symbol.parts) == size else tuple(str(k) for k in range(size))
    return [(str(position), label) for position, label in enumerate(labels)]
