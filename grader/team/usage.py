"""What the team's own use of its functions says about their signatures: settings, results, texts, how often."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from grader.records import Slice, Statement
from grader.syntax import parsed, walk
from grader.team.call_sites import Calls, Definition, read_calls
from grader.team.candidates import is_number
from grader.team.data_records import with_data_records
from grader.team.names import joined
from grader.team.setting_classes import with_setting_classes
from grader.team.settings import MOST_DEEP, handed_on, with_settings
from grader.team.symbols import Argument, Symbol

MOST_TEXT = 40
_LISTED = re.compile(r"\(\s*([`'\"]?[^\W\d]\w*[`'\"]?(?:\s*,\s*[`'\"]?[^\W\d]\w*[`'\"]?)+)\s*\)")


def with_usage(
    symbols: Sequence[Symbol], slice_: Slice, sources: Mapping[str, str] | None = None
) -> tuple[Symbol, ...]:
    """The symbols with what the team's own calls and code say about their parameters, and how often they are used.

    ``sources`` has the text of the hand-in's own modules, where known.
    """
    modules = [Statement(text, name, (), "module") for name, text in (sources or {}).items()]
    definitions = dict(_definitions(modules)) | dict(_definitions(slice_.statements))
    tops = [node for statement in (*slice_.statements, *slice_.uses) for node in _parsed(statement)]
    try:
        calls = read_calls([node for node in tops if not isinstance(node, Definition)], definitions)
    except RecursionError:  # code nested so deeply that nobody reads it either
        calls = Calls()
    places = _places(tops)
    used = with_setting_classes([_used(symbol, calls, definitions) for symbol in symbols], calls, definitions)
    used = with_data_records(used, definitions)
    nowhere: _Place = ((), ())
    return tuple(
        replace(
            symbol, listed=places.get(symbol.name, nowhere)[0], beside=places.get(symbol.name, nowhere)[1]
        )
        for symbol in used
    )


_Place = tuple[tuple[str, ...], tuple[str, ...]]


def _places(tops: Sequence[ast.stmt]) -> dict[str, _Place]:
    """Name of a function or class -> the keys under which it stands in a dict that is written out, and all its keys.

    What stands under several keys has no place; of a tuple or list under one key every entry has that one.
    """
    found: dict[str, list[_Place]] = {}
    for node in tops:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict):
            keys = tuple(key.value for key in node.value.keys if key is not None and _is_text(key))  # type: ignore[attr-defined]
            for name, path in _listed(node.value, ()):
                found.setdefault(name, []).append((path, keys))
    return {name: places[0] for name, places in found.items() if len({path for path, _ in places}) == 1}


def _listed(node: ast.expr, path: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    if isinstance(node, ast.Name):
        yield node.id, path
    elif isinstance(node, ast.Tuple | ast.List):
        for part in node.elts:
            yield from _listed(part, path)
    elif isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if key is not None and _is_text(key):
                yield from _listed(value, (*path, key.value))  # type: ignore[attr-defined]


def _used(symbol: Symbol, calls: Calls, definitions: dict[str, Definition]) -> Symbol:
    name = symbol.made_by
    parameters = with_settings(symbol.parameters, name, calls, definitions)
    parameters = tuple(_told(p, name, calls, definitions.get(name)) for p in parameters)
    parameters = tuple(replace(p, uses=attributes_of(p.name, name, definitions)) for p in parameters)
    labels = entry_labels(definitions.get(name), symbol.doc)
    sites = tuple(calls.sites.get(name, ()))
    return replace(symbol, parameters=parameters, times=calls.times.get(name, 0), labels=labels, sites=sites)


def entry_labels(node: ast.AST | None, doc: str) -> tuple[str, ...]:
    """What the entries of a returned tuple may be called: as in ``(se, imq)`` of the description, or as what a loop
    goes through (``for kernel in (se, imq)``)."""
    for listed in _LISTED.findall(doc):
        return tuple(part.strip(" `'\"") for part in listed.split(","))
    defaults = _listed_defaults(node) if isinstance(node, ast.FunctionDef) else {}
    for inner in walk(node) if node is not None else ():
        walked = inner.iter if isinstance(inner, ast.For | ast.comprehension) else None
        if isinstance(walked, ast.Name):
            walked = defaults.get(walked.id)
        if isinstance(walked, ast.Tuple | ast.List) and len(walked.elts) > 1:
            names = [e.id if isinstance(e, ast.Name) else e.value if _is_text(e) else "" for e in walked.elts]  # type: ignore[attr-defined]
            if all(names):
                return tuple(names)
    return ()


def _listed_defaults(node: ast.FunctionDef) -> dict[str, ast.expr]:
    """Parameter -> the tuple or list that is its default."""
    given = node.args.args[len(node.args.args) - len(node.args.defaults) :]
    pairs = [*zip(given, node.args.defaults, strict=True), *zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)]  # fmt: skip
    return {a.arg: default for a, default in pairs if isinstance(default, ast.Tuple | ast.List)}


def _told(parameter: Argument, function: str, calls: Calls, definition: Definition | None) -> Argument:
    given = calls.of(function, parameter.name)
    results = frozenset(one.source for one in given if one.kind == "result")
    passed = frozenset(str(one.value) for one in given if one.kind == "function")
    texts = [one.value for one in given if one.kind == "value" and isinstance(one.value, str)]
    texts += compared_texts(definition, parameter.name) if definition is not None else []
    short = tuple(dict.fromkeys(text for text in texts if len(text) <= MOST_TEXT))
    numbers = tuple(one.value for one in given if one.kind == "value" and is_number(one.value))
    branches = tuple(branches_by(definition, parameter.name)) if definition is not None else ()
    return replace(parameter, given=results, passed=passed, texts=short, numbers=numbers, branches=branches)


def branches_by(node: ast.AST, name: str) -> Iterator[tuple[Any, frozenset[str]]]:
    """What code does for the values of a name: by ``if``, by a conditional expression, by a dict that is read at it."""
    lists = {
        target.id: inner.value
        for inner in walk(node)
        if isinstance(inner, ast.Assign) and isinstance(inner.value, ast.Dict | ast.List | ast.Tuple)
        for target in inner.targets
        if isinstance(target, ast.Name)
    }
    for inner in walk(node):
        if isinstance(inner, ast.If | ast.IfExp) and (truth := _truth(inner.test, name)) is not None:
            yield truth, _said(inner.body)
            yield not truth, _said(inner.orelse)
        elif isinstance(inner, ast.If | ast.IfExp):
            value = _compared_value(inner.test, name)
            if value is None:
                continue
            yield value, _said(inner.body)
            if inner.orelse and not _compares(inner.orelse, name):
                yield None, _said(inner.orelse)
        elif (
            isinstance(inner, ast.Match) and isinstance(inner.subject, ast.Name) and inner.subject.id == name
        ):
            for case in inner.cases:
                pattern = case.pattern
                if isinstance(pattern, ast.MatchValue) and isinstance(pattern.value, ast.Constant):
                    yield pattern.value.value, _said(case.body)
        elif (
            isinstance(inner, ast.Subscript) and isinstance(inner.slice, ast.Name) and inner.slice.id == name
        ):
            whole = lists.get(_last_name(inner.value), inner.value)
            if isinstance(whole, ast.Dict):
                pairs = zip(whole.keys, whole.values, strict=True)
                yield from ((key.value, _said(v)) for key, v in pairs if isinstance(key, ast.Constant))
            elif isinstance(whole, ast.List | ast.Tuple):
                yield from ((place, _said(entry)) for place, entry in enumerate(whole.elts))


def _truth(test: ast.expr, name: str) -> bool | None:
    """The truth value of a name for which a test is true, where it asks for nothing else."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        inner = _truth(test.operand, name)
        return None if inner is None else not inner
    return True if isinstance(test, ast.Name) and test.id == name else None


def _last_name(node: ast.expr) -> str:
    """``k`` of ``k``, ``self.k`` and ``Distance.k``."""
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _compared_value(test: ast.expr, name: str) -> Any:
    """The number or text that a test compares a name with for equality; None where it does something else."""
    if (
        not isinstance(test, ast.Compare)
        or len(test.ops) != 1
        or not isinstance(test.ops[0], ast.Eq | ast.Is)
    ):
        return None
    sides = (test.left, test.comparators[0])
    for side, other in (sides, sides[::-1]):
        if isinstance(side, ast.Name) and side.id == name and isinstance(other, ast.Constant):
            return other.value if isinstance(other.value, int | str) else None
    return None


def _compares(nodes: list[ast.stmt] | ast.expr, name: str) -> bool:
    """Whether a branch is another comparison of the same name."""
    first = nodes[0] if isinstance(nodes, list) else nodes
    return isinstance(first, ast.If | ast.IfExp) and _compared_value(first.test, name) is not None


def _said(nodes: list[ast.stmt] | ast.AST) -> frozenset[str]:
    """The names that code speaks of, without case and underscores."""
    parts = nodes if isinstance(nodes, list) else [nodes]
    found = (inner for part in parts for inner in walk(part))
    said = (
        n.id if isinstance(n, ast.Name) else n.attr for n in found if isinstance(n, ast.Name | ast.Attribute)
    )
    return frozenset(joined(name) for name in said)


def attributes_of(
    parameter: str, function: str, definitions: Mapping[str, Definition], deep: int = 0
) -> frozenset[str]:
    """Attributes that a function reads of one of its parameters, also where it hands it on to other functions."""
    definition = definitions.get(function)
    if not isinstance(definition, ast.FunctionDef) or deep > MOST_DEEP:
        return frozenset()
    own = {
        inner.attr
        for inner in walk(definition)
        if isinstance(inner, ast.Attribute)
        and isinstance(inner.value, ast.Name)
        and inner.value.id == parameter
    }
    others = [
        attributes_of(p, f, definitions, deep + 1) for f, p in handed_on(definition, parameter, definitions)
    ]
    return frozenset(own).union(*others)


def compared_texts(node: ast.AST, name: str) -> list[str]:
    """Texts with which code compares a name: ``kind == "a"``, ``kind in ("a", "b")``, ``match kind``, ``{"a": ...}[kind]``."""
    found: list[str] = []
    for inner in walk(node):
        if isinstance(inner, ast.Compare):
            sides = [inner.left, *inner.comparators]
            if any(isinstance(side, ast.Name) and side.id == name for side in sides):
                found += [c.value for side in sides for c in walk(side) if _is_text(c)]  # type: ignore[attr-defined]
        elif (
            isinstance(inner, ast.Match) and isinstance(inner.subject, ast.Name) and inner.subject.id == name
        ):
            found += [c.value for case in inner.cases for c in walk(case.pattern) if _is_text(c)]  # type: ignore[attr-defined]
        elif (
            isinstance(inner, ast.Subscript) and isinstance(inner.slice, ast.Name) and inner.slice.id == name
        ):
            keys = inner.value.keys if isinstance(inner.value, ast.Dict) else []
            found += [key.value for key in keys if key is not None and _is_text(key)]  # type: ignore[attr-defined]
    return found


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _definitions(statements: Sequence[Statement]) -> Iterator[tuple[str, Definition]]:
    for statement in statements:
        for node in _parsed(statement):
            if isinstance(node, Definition):
                yield node.name, node


def _parsed(statement: Statement) -> list[ast.stmt]:
    try:
        return parsed(statement.source).body
    except (SyntaxError, ValueError):
        return []
