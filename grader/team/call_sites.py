"""How the team itself calls its functions, read from the notebook without running it.

The top-level code of a hand-in, and the bodies of its functions, contain calls such as ``mmd2({"kernel": k, "h": 0.4},
A, B)`` or ``pdf(fit(X), P)``. They tell what goes where: settings as a dict or a tuple, the result of a fit, one of a
few texts. Names are followed to what was assigned to them, a few steps far; what cannot be followed says nothing.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from grader.syntax import walk

MOST_STEPS = 4
MOST_MEANINGS = 12
MOST_SITES = 60
MOST_READ = 20_000
"""Statements and expressions that are looked at, loops counted turn by turn."""
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True)
class Given:
    """What is passed to a parameter, as far as it can be read."""

    kind: str
    """``value`` (a literal), ``dict``, ``tuple``, ``list``, ``result`` (of one of the team's functions), ``made`` (an object
    of one of its classes) or ``function``."""
    value: Any = None
    """The literal, or the name of the function."""
    entries: tuple[tuple[Any, tuple[Given, ...]], ...] = ()
    """Key or place -> what may stand there."""
    part: str = ""
    """Of a result: the place or key that is taken out of it."""

    @property
    def source(self) -> str:
        """A result as one word: ``fit``, or ``fit#0`` for a part of it."""
        return f"{self.value}#{self.part}" if self.part else str(self.value)


@dataclass
class Calls:
    """What the team's own calls say."""

    given: dict[tuple[str, str], list[Given]] = field(default_factory=dict)
    """(function, parameter) -> what is passed there."""
    sites: dict[str, list[dict[str, tuple[Any, ...]]]] = field(default_factory=dict)
    """Function -> for each of its calls, turn by turn of a loop, the literals that are passed to its parameters."""
    times: dict[str, int] = field(default_factory=dict)
    """Function -> number of places outside of functions that call it, by way of others too; in loops they count
    twice."""

    def of(self, function: str, parameter: str) -> list[Given]:
        """What is passed to one parameter, anywhere."""
        return self.given.get((function, parameter), [])


def read_calls(tops: Iterable[ast.stmt], definitions: Mapping[str, Definition]) -> Calls:
    """Read all calls of ``definitions`` in top-level statements and inside of the definitions themselves."""
    calls, everything = Calls(), list(tops)
    outside = Scope(definitions, _bindings(everything))
    Reader(calls, definitions).read(everything, outside)
    for node in everything:
        _count(node, calls, definitions, 1)
    _count_inside(calls, definitions)
    for definition in definitions.values():
        for function in _functions(definition):
            given = {argument.arg for argument in walk(function.args) if isinstance(argument, ast.arg)}
            inside = Scope(definitions, _bindings(function.body), outside, dict.fromkeys(given, ()))
            Reader(calls, definitions).read(function.body, inside)
    return calls


def parameters_of(
    definition: Definition, definitions: Mapping[str, Definition] | None = None, deep: int = 0
) -> list[str]:
    """Names of the parameters that a call of a function, or of a class, fills, in order.

    A class without a constructor has its base class's, looked up in ``definitions``, or one made of its fields.
    """
    function: Any = definition
    if isinstance(definition, ast.ClassDef):
        found = [n for n in definition.body if isinstance(n, ast.FunctionDef) and n.name == "__init__"]
        if not found:
            return _without_constructor(definition, definitions or {}, deep)
        function = found[0]
    names = [a.arg for a in (*function.args.posonlyargs, *function.args.args)]
    names = names[1:] if isinstance(definition, ast.ClassDef) else names
    return [*names, *(a.arg for a in function.args.kwonlyargs)]


def _without_constructor(
    definition: ast.ClassDef, definitions: Mapping[str, Definition], deep: int
) -> list[str]:
    said = " ".join(ast.unparse(node) for node in (*definition.decorator_list, *definition.bases))
    if "dataclass" in said or "NamedTuple" in said:
        fields = [n.target for n in definition.body if isinstance(n, ast.AnnAssign)]
        return [target.id for target in fields if isinstance(target, ast.Name)]
    for base in base_names(definition) if deep < MOST_STEPS else ():
        if base in definitions:
            return parameters_of(definitions[base], definitions, deep + 1)
    return []


def base_names(definition: ast.ClassDef) -> list[str]:
    """Names of the base classes, ``Base[...]`` without what stands in the brackets."""
    bases = [base.value if isinstance(base, ast.Subscript) else base for base in definition.bases]
    return [base.id for base in bases if isinstance(base, ast.Name)]


def _functions(definition: Definition) -> list[Any]:
    inside = definition.body if isinstance(definition, ast.ClassDef) else [definition]
    return [node for node in inside if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


class Reader:
    """Goes through statements in order, through loops over what is written out entry by entry, and notes calls."""

    def __init__(self, calls: Calls, definitions: Mapping[str, Definition]) -> None:
        self._calls, self._definitions, self._left = calls, definitions, MOST_READ

    def read(self, body: Sequence[ast.stmt], scope: Scope) -> None:
        """Note the calls of one block and of all blocks in it; inner definitions are left out."""
        for node in body:
            self._left -= 1
            if isinstance(node, Definition) or self._left < 0:
                continue
            if isinstance(node, ast.For):
                self._expression(node.iter, scope)
                for inner in self._turns(node.target, node.iter, scope):
                    self.read(node.body, inner)
                continue
            for part in ast.iter_child_nodes(node):
                if isinstance(part, ast.expr):
                    self._expression(part, scope)
                elif isinstance(part, ast.withitem):
                    self._expression(part.context_expr, scope)
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    scope.assign(target, scope.of(node.value))
            for block in ("body", "orelse", "finalbody"):
                self.read(getattr(node, block, []), scope)

    def _turns(self, target: ast.expr, over: ast.expr, scope: Scope) -> list[Scope]:
        """The scopes of a loop's turns, one per entry; a single one where the entries are not known."""
        entries = [e for whole in scope.of(over) for e in _entries(whole)][:MOST_MEANINGS]
        turns = []
        for entry in entries or [()]:
            inner = scope.inside()
            inner.assign(target, entry)
            turns.append(inner)
        return turns

    def _expression(self, node: ast.AST, scope: Scope) -> None:
        self._left -= 1
        if self._left < 0 or isinstance(node, ast.Lambda):
            return
        if isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
            self._comprehension(node, list(node.generators), scope)
            return
        if isinstance(node, ast.Call):
            self._note(node, scope)
        for inner in ast.iter_child_nodes(node):
            self._expression(inner, scope)

    def _comprehension(self, node: Any, loops: list[ast.comprehension], scope: Scope) -> None:
        if not loops:
            for part in (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,):
                self._expression(part, scope)
            return
        self._expression(loops[0].iter, scope)
        for inner in self._turns(loops[0].target, loops[0].iter, scope):
            self._comprehension(node, loops[1:], inner)

    def _note(self, call: ast.Call, scope: Scope) -> None:
        for name in scope.called(call):
            literals: dict[str, tuple[Any, ...]] = {}
            for parameter, meanings in _bound(
                call, parameters_of(self._definitions[name], self._definitions), scope
            ):
                found = self._calls.given.setdefault((name, parameter), [])
                found += [one for one in meanings if one not in found and len(found) < MOST_MEANINGS]
                literals[parameter] = tuple(one.value for one in meanings if one.kind == "value")
            sites = self._calls.sites.setdefault(name, [])
            if literals not in sites and len(sites) < MOST_SITES:
                sites.append(literals)


def _entries(whole: Given) -> list[tuple[Given, ...]]:
    """What a loop over something written out goes through: keys of a dict, else entries."""
    if whole.kind == "dict":
        return [(Given("value", key),) for key, _ in whole.entries]
    return [several for _, several in whole.entries]


def _count(node: ast.AST, calls: Calls, definitions: Mapping[str, Definition], weight: int) -> None:
    """Count calls, those in loops twice; the bodies of definitions are no calls."""
    if isinstance(node, Definition):
        return
    name = called_name(node)
    if name in definitions:
        calls.times[name] = calls.times.get(name, 0) + weight
    inside = (
        2
        if isinstance(node, ast.For | ast.While | ast.comprehension | ast.ListComp | ast.DictComp)
        else weight
    )
    for inner in ast.iter_child_nodes(node):
        _count(inner, calls, definitions, inside)


def _count_inside(calls: Calls, definitions: Mapping[str, Definition]) -> None:
    """A function that another one calls is used as often as that one, and more where several call it."""
    inside = {
        name: {called_name(inner) for inner in walk(definition)} & definitions.keys() - {name}
        for name, definition in definitions.items()
    }
    direct = dict(calls.times)
    for name, times in direct.items():
        reached, waiting = {name}, [name]
        while waiting:
            for other in inside[waiting.pop()] - reached:
                reached.add(other)
                waiting.append(other)
                calls.times[other] = calls.times.get(other, 0) + times


def called_name(node: ast.AST) -> str:
    """Name of the function that a call calls; empty for anything else, methods and functions of modules too."""
    return node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""


def _bound(call: ast.Call, parameters: Sequence[str], scope: Scope) -> Iterator[tuple[str, Sequence[Given]]]:
    """What a call passes to which parameter; what stands after a star is told where that is written out."""
    place = 0
    for argument in call.args:
        if isinstance(argument, ast.Starred):
            wholes = [whole for whole in scope.of(argument.value) if whole.kind in ("tuple", "list")]
            if len(wholes) != 1:
                break
            for _, several in wholes[0].entries:
                if place < len(parameters):
                    yield parameters[place], several
                place += 1
        elif place < len(parameters):
            yield parameters[place], scope.of(argument)
            place += 1
    for keyword in call.keywords:
        if keyword.arg is not None and keyword.arg in parameters:
            yield keyword.arg, scope.of(keyword.value)
        elif keyword.arg is None:
            for whole in scope.of(keyword.value):
                yield from ((str(key), several) for key, several in whole.entries if key in parameters)


# ---- what names stand for ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Piece:
    """An expression, an element of it (of a loop), or its part at a place."""

    node: ast.expr
    each: bool = False
    place: int = -1


def _bindings(body: Sequence[ast.stmt]) -> dict[str, list[_Piece]]:
    """Name -> expressions that are assigned to it, in loops and comprehensions too; not in inner definitions."""
    found: dict[str, list[_Piece]] = {}
    waiting: list[ast.AST] = list(body)
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, Definition | ast.Lambda):
            continue
        if isinstance(node, ast.Assign):
            for target in node.targets:
                _bind(target, _Piece(node.value), found)
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            _bind(node.target, _Piece(node.value), found)
        elif isinstance(node, ast.For | ast.comprehension):
            _bind(node.target, _Piece(node.iter, each=True), found)
        waiting += ast.iter_child_nodes(node)
    return found


def _bind(target: ast.expr, piece: _Piece, found: dict[str, list[_Piece]]) -> None:
    if isinstance(target, ast.Name):
        found.setdefault(target.id, []).append(piece)
    elif isinstance(target, ast.Tuple | ast.List) and piece.place < 0:
        for place, part in enumerate(target.elts):
            _bind(part, _Piece(piece.node, piece.each, place), found)


class Scope:
    """What expressions of one scope may stand for: names assigned so far, else anything ever assigned to them."""

    def __init__(
        self,
        definitions: Mapping[str, Definition],
        bindings: Mapping[str, list[_Piece]],
        outer: Scope | None = None,
        known: Mapping[str, Sequence[Given]] | None = None,
    ) -> None:
        self._definitions, self._bindings, self._outer = definitions, bindings, outer
        self._known: dict[str, Sequence[Given]] = dict(known or {})

    def inside(self) -> Scope:
        """A scope within this one, for one turn of a loop."""
        return Scope(self._definitions, {}, self)

    def assign(self, target: ast.expr, meanings: Sequence[Given]) -> None:
        """Let a name, or the names of a tuple, stand for these meanings from now on."""
        if isinstance(target, ast.Name):
            self._known[target.id] = list(meanings)
        elif isinstance(target, ast.Tuple | ast.List):
            for place, part in enumerate(target.elts):
                self.assign(part, [one for whole in meanings for one in taken(whole, place)])

    def called(self, call: ast.Call, steps: int = 0) -> list[str]:
        """The team's functions that a call may call."""
        name = called_name(call)
        if not name and not isinstance(call.func, ast.Subscript):
            return []
        found = self.of(call.func, steps + 1)
        return [one.value for one in found if one.kind == "function"]

    def of(self, node: ast.expr, steps: int = 0) -> list[Given]:
        """The meanings of an expression; empty where nothing can be told."""
        if steps > MOST_STEPS:
            return []
        if isinstance(node, ast.Name):
            return self._of_name(node.id, steps)
        if isinstance(node, ast.Subscript):
            keys = [one.value for one in self.of(node.slice, steps + 1) if one.kind == "value"] or [None]
            wholes = self.of(node.value, steps + 1)
            return [one for key in keys for whole in wholes for one in taken(whole, key)][:MOST_MEANINGS]
        if isinstance(node, ast.Call):
            return self._of_call(node, steps)
        if isinstance(node, ast.Dict):
            pairs = [(k.value, self._several(v, steps)) for k, v in zip(node.keys, node.values, strict=True)
                     if isinstance(k, ast.Constant)]  # fmt: skip
            return [Given("dict", entries=tuple(pairs))]
        if isinstance(node, ast.Tuple | ast.List):
            kind = "tuple" if isinstance(node, ast.Tuple) else "list"
            return [Given(kind, entries=tuple((k, self._several(v, steps)) for k, v in enumerate(node.elts)))]
        try:
            return [Given("value", ast.literal_eval(node))]
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            return []

    def _several(self, node: ast.expr, steps: int) -> tuple[Given, ...]:
        return tuple(self.of(node, steps + 1)[:MOST_MEANINGS])

    def _of_name(self, name: str, steps: int) -> list[Given]:
        if name in self._known:
            return list(self._known[name])
        pieces = self._bindings.get(name)
        if pieces is None:
            if self._outer is not None:
                return self._outer.of(ast.Name(name, ast.Load()), steps)
            return [Given("function", name)] if name in self._definitions else []
        found: list[Given] = []
        for piece in pieces:
            found += [one for one in self._of_piece(piece, steps) if one not in found]
        return found[:MOST_MEANINGS]

    def _of_piece(self, piece: _Piece, steps: int) -> list[Given]:
        wholes = self.of(piece.node, steps + 1)
        if piece.each:
            wholes = [one for whole in wholes for one in taken(whole, None)]
        if piece.place >= 0:
            wholes = [one for whole in wholes for one in taken(whole, piece.place)]
        return wholes

    def _of_call(self, node: ast.Call, steps: int) -> list[Given]:
        name = called_name(node)
        own = [one for one in self.called(node, steps) if isinstance(self._definitions[one], ast.FunctionDef)]
        if own:
            return [Given("result", one) for one in own]
        if isinstance(self._definitions.get(name), ast.ClassDef) and name not in self._bindings:
            return [Given("made", name)]
        if name == "dict" and not node.args:
            pairs = [(k.arg, self._several(k.value, steps)) for k in node.keywords if k.arg]
            return [Given("dict", entries=tuple(pairs))]
        how = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if how in ("items", "values"):
            wholes = self.of(node.func.value, steps + 1)  # type: ignore[attr-defined]
            return [_listed(whole, how) for whole in wholes if whole.kind == "dict"]
        return []


def _listed(whole: Given, how: str) -> Given:
    """``d.items()`` or ``d.values()`` as a list."""
    entries: list[tuple[Any, tuple[Given, ...]]] = []
    for place, (key, values) in enumerate(whole.entries):
        pair = Given("tuple", entries=((0, (Given("value", key),)), (1, values)))
        entries.append((place, (pair,) if how == "items" else values))
    return Given("list", entries=tuple(entries))


def taken(whole: Given, key: Any) -> list[Given]:
    """An entry of something compound, or any of them where the key is not known; a part of a result."""
    if whole.kind == "result":
        return [] if key is None or whole.part else [Given("result", whole.value, part=str(key))]
    found = [one for name, several in whole.entries if key is None or name == key for one in several]
    if key is None and whole.kind == "dict" and not found:
        return []
    return found
