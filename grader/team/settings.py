"""Several settings in one argument: ``mmd({"kernel": "se", "h": 0.4}, A, B)``, ``fit(X, kernel=("se", 0.4))``.

What such an argument holds is read from its default, from the team's own calls, and from the code that takes it
apart. Its entries then count as parameters of their own, and are put together again when the call is made.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from grader.syntax import walk
from grader.team.call_sites import Calls, Definition, Given, called_name, parameters_of
from grader.team.plans import Match, Slot, fill
from grader.team.state import Plan
from grader.team.symbols import Argument

MOST_DEEP = 3


@dataclass
class _Seen:
    """What is known of one compound parameter."""

    shape: str = ""
    """``dict`` or ``tuple``."""
    entries: dict[Any, Argument] | None = None

    def enter(self, key: Any, name: str, value: Any = None, *, required: bool) -> None:
        """Add what one source says of an entry."""
        self.entries = {} if self.entries is None else self.entries
        old = self.entries.get(key)
        if old is None:
            self.entries[key] = Argument(name, "keyword_only", required, value)
        else:
            better = name if isinstance(key, int) and old.name.isdigit() else old.name
            known = value if old.value is None else old.value
            self.entries[key] = replace(old, name=better, value=known, required=old.required or required)


def with_settings(
    parameters: Sequence[Argument], function: str, calls: Calls, definitions: Mapping[str, Definition]
) -> tuple[Argument, ...]:
    """The signature, compound parameters with what they hold."""
    definition = definitions.get(function)
    return tuple(
        _opened(p, function, definition, calls, definitions) if p.ordinary else p for p in parameters
    )


def _opened(
    parameter: Argument,
    function: str,
    definition: Definition | None,
    calls: Calls,
    definitions: Mapping[str, Definition],
) -> Argument:
    seen = _Seen()
    _from_value(seen, parameter.value)
    for given in calls.of(function, parameter.name):
        _from_call(seen, given)
    if isinstance(definition, ast.FunctionDef):
        _from_body(seen, definition, parameter.name, definitions, 0)
    if not seen.entries or not _tells(seen):
        return parameter
    sequence = seen.shape == "tuple"
    entries = {key: replace(e, required=True) if sequence else e for key, e in seen.entries.items()}
    if sequence and sorted(entries) != list(range(len(entries))):
        return parameter
    return replace(
        parameter, holds=dict(sorted(entries.items(), key=lambda entry: str(entry[0]))), shape=seen.shape
    )


def _tells(seen: _Seen) -> bool:
    """Whether entries can be told apart: by keys, by the names they are unpacked to, or by text and number."""
    entries = list((seen.entries or {}).values())
    if seen.shape == "dict":
        return True
    named = all(not entry.name.isdigit() for entry in entries)
    mixed = len({isinstance(entry.value, str) for entry in entries if entry.value is not None}) > 1
    return len(entries) > 1 and (named or mixed)


def _from_value(seen: _Seen, value: Any) -> None:
    """A default such as ``{"nx": 15, "ny": 10}`` or ``("se", 0.5)``."""
    if isinstance(value, dict) and value and all(isinstance(key, str) for key in value):
        seen.shape = "dict"
        for key, one in value.items():
            seen.enter(key, key, one, required=False)
    elif isinstance(value, tuple) and len(value) > 1:
        seen.shape = "tuple"
        for place, one in enumerate(value):
            seen.enter(place, str(place), one, required=True)


def _from_call(seen: _Seen, given: Given) -> None:
    if given.kind == "value":
        _from_value(seen, given.value)
    if given.kind not in ("dict", "tuple") or not given.entries or seen.shape not in ("", given.kind):
        return
    if given.kind == "dict" and not all(isinstance(key, str) for key, _ in given.entries):
        return
    if given.kind == "tuple" and not all(_literals(several) for _, several in given.entries):
        return
    seen.shape = given.kind
    for key, several in given.entries:
        example = next(iter(_literals(several)), None)
        seen.enter(key, str(key), example, required=False)


def _literals(several: Sequence[Given]) -> list[Any]:
    return [one.value for one in several if one.kind == "value"]


def _from_body(
    seen: _Seen, definition: Definition, parameter: str, definitions: Mapping[str, Definition], deep: int
) -> None:
    """``params["h"]``, ``params.get("h", 1)``, ``name, h = kernel``; also in a function to which it is handed on."""
    for inner in walk(definition):
        if isinstance(inner, ast.Subscript) and _is_name(inner.value, parameter):
            if isinstance(inner.slice, ast.Constant) and isinstance(inner.slice.value, str):
                _enter_dict(seen, inner.slice.value, required=True)
        elif (
            isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute) and inner.func.attr == "get"
        ):
            first = inner.args[0] if inner.args and _is_name(inner.func.value, parameter) else None
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                _enter_dict(seen, first.value, required=False)
        elif isinstance(inner, ast.Assign) and _is_name(inner.value, parameter):
            _unpacked(seen, inner)
    for name, other in handed_on(definition, parameter, definitions) if deep < MOST_DEEP else ():
        target = definitions[name]
        if target is not definition and isinstance(target, ast.FunctionDef):
            _from_body(seen, target, other, definitions, deep + 1)


def _enter_dict(seen: _Seen, key: str, *, required: bool) -> None:
    if seen.shape in ("", "dict"):
        seen.shape = "dict"
        seen.enter(key, key, required=required)


def _unpacked(seen: _Seen, node: ast.Assign) -> None:
    """``name, h = kernel``"""
    target = node.targets[0]
    parts = target.elts if isinstance(target, ast.Tuple) else []
    if len(parts) < 2 or seen.shape not in ("", "tuple") or not all(isinstance(p, ast.Name) for p in parts):
        return
    seen.shape = "tuple"
    for place, part in enumerate(parts):
        seen.enter(place, part.id, required=True)  # type: ignore[attr-defined]


def handed_on(
    definition: Definition, parameter: str, definitions: Mapping[str, Definition]
) -> Iterator[tuple[str, str]]:
    """The functions, and their parameters, to which a parameter is passed as it is."""
    for inner in walk(definition):
        name = called_name(inner)
        if name not in definitions:
            continue
        assert isinstance(inner, ast.Call)
        pairs = [*zip(parameters_of(definitions[name]), inner.args, strict=False)]
        for theirs, argument in [*pairs, *((k.arg or "", k.value) for k in inner.keywords)]:
            if theirs and _is_name(argument, parameter):
                yield name, theirs


def _is_name(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


# ---- matching -----------------------------------------------------------------------------------------------


def fill_settings(parameters: Sequence[Argument], slots: Sequence[Slot]) -> Match:
    """Match a signature, compound parameters by their entries wherever these say more than the whole does."""
    if any(p.shape == "made" for p in parameters):
        return _fill_fields(parameters, slots)
    plain = fill(parameters, slots)
    compound = [p for p in parameters if p.holds]
    entries = [entry for p in compound for entry in p.holds.values()]
    known = {entry.name for entry in entries}
    if not compound or len(known) < len(entries):
        return plain
    if known & {p.name for p in parameters}:
        return _fill_apart(parameters, entries, slots) or plain
    opened = fill([p for p in parameters if not p.holds] + entries, slots)
    told = [a for a in opened.arguments if a["name"] in known and a["name"] not in opened.guessed]
    told = [a for a in told if a["slot"].startswith("parameter:")]
    lacking = [e.name for e in entries if e.required and e.value is None and e.name in opened.unfilled]
    if not told or lacking or set(opened.unfilled) - known or not _worth(told, plain):
        return plain
    opened.arguments = _folded(parameters, opened.arguments)
    opened.unfilled = []
    return opened


def _fill_apart(
    parameters: Sequence[Argument], entries: Sequence[Argument], slots: Sequence[Slot]
) -> Match | None:
    """Match a signature of which an entry goes by the name of a parameter, ``score(par, X)`` with ``par["X"]``.

    The training data and hyperparameters go into the compound parameter, all else beside it; None where entries are
    left over, or no hyperparameter is told by its name.
    """
    kept = [s for s in slots if s.key.startswith(("train:", "parameter:"))]
    inside = fill(entries, kept)
    lacking = [e for e in entries if e.name in inside.unfilled and e.value is None]
    told = [a for a in inside.arguments if a["name"] not in inside.guessed]
    if lacking or not any(a["slot"].startswith("parameter:") for a in told):
        return None
    names = {entry.name for entry in entries}
    ordinary = [p for p in parameters if not p.holds]
    match = fill(ordinary, [s for s in slots if s.key not in inside.used and not s.key.startswith("train:")])
    if any(p.name in names for p in parameters if p.holds) or match.unfilled:
        return None
    match.arguments = _folded(parameters, match.arguments, inside.arguments)
    match.used |= inside.used
    match.guessed += inside.guessed
    return match


def _fill_fields(parameters: Sequence[Argument], slots: Sequence[Slot]) -> Match:
    """Match a signature with objects of settings: no number takes their place, only one of their fields."""
    made = [p for p in parameters if p.shape == "made"]
    fields = {entry.name: entry for p in made for entry in p.holds.values()}
    match = fill([p for p in parameters if p.shape != "made"] + list(fields.values()), slots)
    match.arguments = _folded(parameters, match.arguments)
    there = {argument.get("within") for argument in match.arguments}
    for parameter in made:
        if parameter.required and parameter.name not in there:
            how = "position" if parameter.kind == "positional_only" else "keyword"
            whole = {"name": parameter.name, "slot": "together", "shape": "made", "maker": parameter.maker}
            match.arguments.append({**whole, "members": [], "pass": how})
    return match


def _worth(told: Sequence[Plan], plain: Match) -> bool:
    """Whether the entries take at least as many hyperparameters by name as the whole signature does."""
    outside = {a["slot"] for a in plain.arguments if a["name"] not in plain.guessed}
    inside = {a["slot"] for a in told}
    whole = {slot for slot in outside if slot.startswith("parameter:")}
    return len(inside) > len(whole - inside) or not whole


def _folded(
    parameters: Sequence[Argument], arguments: Sequence[Plan], entries: Sequence[Plan] | None = None
) -> list[Plan]:
    """The arguments in the order of the signature, those of one compound parameter (perhaps apart, as ``entries``)
    side by side."""
    by_name = {argument["name"]: argument for argument in arguments}
    by_entry = by_name if entries is None else {argument["name"]: argument for argument in entries}
    folded: list[Plan] = [a for a in arguments if a["name"] == "*"]
    position = any(p.starred for p in parameters)
    for parameter in parameters:
        if parameter.name in by_name:
            folded.append(by_name[parameter.name])
        how = "position" if position or parameter.kind == "positional_only" else "keyword"
        for key, entry in (parameter.holds or {}).items():
            argument = by_entry.get(entry.name)
            if argument is None and entry.value is not None and not parameter.maker:
                argument = {"name": entry.name, "slot": "constant", "value": entry.value}
            if argument is not None:
                inside = {"within": parameter.name, "shape": parameter.shape, "key": key, "pass": how}
                made = {"maker": parameter.maker} if parameter.maker else {}
                folded.append({**argument, **inside, **made})
    return folded
