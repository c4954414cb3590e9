"""Training data as one object of the team's: ``model.fit(Data(X, y))``, ``nearest(model, Q, k)`` with ``Model(X, y)``.

Such a record is a class whose constructor demands two or more values and keeps them under their names; what else it
offers does not matter. Which parameter takes one is told by its annotation, or by the fields that the code reads of
it, there or where it is kept. Its fields then count as parameters of their own, see ``grader.team.settings``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from grader.syntax import walk
from grader.team.call_sites import Definition, parameters_of
from grader.team.setting_classes import OF_ARRAYS, identifiers
from grader.team.symbols import Argument, Symbol


@dataclass(frozen=True)
class _Record:
    """A class of the team's that keeps what it is made of."""

    symbol: Symbol
    fields: Mapping[str, Argument]

    def fits(self, read: frozenset[str]) -> bool:
        """Whether everything that is read is there, and fields among it."""
        own = read & self.fields.keys()
        known = read <= self.fields.keys() | self.symbol.methods.keys()
        return known and (len(own) > 1 or bool(own - OF_ARRAYS))


def with_data_records(symbols: Sequence[Symbol], definitions: Mapping[str, Definition]) -> tuple[Symbol, ...]:
    """The symbols, parameters that demand a record with the fields of its class."""
    records = {s.made_by: r for s in symbols if (r := _record(s, definitions)) is not None}
    return tuple(_opened(symbol, records, definitions) for symbol in symbols) if records else tuple(symbols)


def _record(symbol: Symbol, definitions: Mapping[str, Definition]) -> _Record | None:
    """What a class keeps under the names of the values that it demands; None where it is no record."""
    node = definitions.get(symbol.made_by)
    if symbol.kind != "class" or symbol.shadowed or not isinstance(node, ast.ClassDef):
        return None
    fields = {p.name: p for p in symbol.parameters if p.ordinary and p.required}
    starts = [n for n in node.body if isinstance(n, ast.FunctionDef) and n.name == "__init__"]
    kept = {field for start in starts for field, name in _kept(start) if field == name}
    kept |= set(parameters_of(node)) if not starts else set()
    return _Record(symbol, fields) if len(fields) > 1 and fields.keys() <= kept else None


def _opened(symbol: Symbol, records: Mapping[str, _Record], definitions: Mapping[str, Definition]) -> Symbol:
    """The symbol with what it (or its constructor) and its methods take."""
    node = definitions.get(symbol.made_by)
    if isinstance(node, ast.FunctionDef) and symbol.kind == "function":
        return replace(symbol, parameters=_signature(symbol.parameters, node, None, records))
    if not isinstance(node, ast.ClassDef):
        return symbol
    others = {name: r for name, r in records.items() if name != node.name}
    methods = dict(symbol.methods)
    for inner in node.body:
        if isinstance(inner, ast.FunctionDef) and inner.name in methods:
            methods[inner.name] = _signature(methods[inner.name], inner, node, others)
    starts = [n for n in node.body if isinstance(n, ast.FunctionDef) and n.name == "__init__"]
    made = _signature(symbol.parameters, starts[0] if starts else None, node, others)
    return replace(symbol, methods=methods, parameters=made if symbol.kind == "class" else symbol.parameters)


def _signature(
    parameters: Sequence[Argument],
    function: ast.FunctionDef | None,
    owner: ast.ClassDef | None,
    records: Mapping[str, _Record],
) -> tuple[Argument, ...]:
    """The same parameters; a method may keep one and read its fields elsewhere."""
    return tuple(
        _one(p, _read(p.name, function, owner), records) if _may_be_record(p) else p for p in parameters
    )


def _may_be_record(parameter: Argument) -> bool:
    return parameter.ordinary and parameter.required and not parameter.holds


def _one(parameter: Argument, read: frozenset[str], records: Mapping[str, _Record]) -> Argument:
    said = [records[word] for word in identifiers(parameter.annotation) if word in records]
    found = said or [record for record in records.values() if record.fits(read)]
    if len({id(record) for record in found}) != 1:
        return parameter
    return replace(parameter, holds=dict(found[0].fields), shape="made", maker=found[0].symbol.name)


def _read(name: str, function: ast.FunctionDef | None, owner: ast.ClassDef | None) -> frozenset[str]:
    """Attributes that are read of a parameter, and of what an object keeps it as; without a constructor as itself."""
    read = {n.attr for n in walk(function) if _attribute_of(n, name)} if function else set()  # type: ignore[attr-defined]
    kept = {field for field, value in _kept(function) if value == name} if function else {name}
    for node in walk(owner) if owner is not None else ():
        inner = node.value if isinstance(node, ast.Attribute) else None
        if isinstance(inner, ast.Attribute) and inner.attr in kept and _attribute_of(inner, "self"):
            read.add(node.attr)  # type: ignore[attr-defined]
    return frozenset(read)


def _attribute_of(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == name


def _kept(function: ast.FunctionDef) -> Iterator[tuple[str, str]]:
    """Attributes of the object to which a method assigns names as they are: ``self.a, self.b = a, b``."""
    for node in walk(function):
        for target in node.targets if isinstance(node, ast.Assign) else ():
            for left, right in _pairs(target, node.value):  # type: ignore[attr-defined]
                if (
                    isinstance(left, ast.Attribute)
                    and _attribute_of(left, "self")
                    and isinstance(right, ast.Name)
                ):
                    yield left.attr, right.id


def _pairs(target: ast.expr, value: ast.expr) -> list[tuple[ast.expr, ast.expr]]:
    """What is assigned to what, tuples entry by entry."""
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        return list(zip(target.elts, value.elts, strict=False))
    return [(target, value)]
