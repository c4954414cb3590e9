"""Numbers that a class keeps in attributes, so that they are set on the object: ``kde.h = 0.2``."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence

from grader.syntax import walk


def number_attributes(node: ast.AST) -> dict[str, int | float]:
    """Attributes that the class itself or its constructor sets to a number, by name.

    What is read while the class or the object is made is left out, as setting it later may come too late; so is what
    another method sets, which would overwrite it.
    """
    if not isinstance(node, ast.ClassDef):
        return {}
    methods = {inner.name: inner for inner in node.body if isinstance(inner, ast.FunctionDef)}
    first: list[ast.AST] = [inner for inner in node.body if not isinstance(inner, ast.FunctionDef)]
    first += [part for one in methods.values() for part in (one.args, *one.decorator_list)]
    for name in ("__init__", "__post_init__"):
        first += methods.pop(name).body if name in methods else []
    numbers = {name: value for part in first for name, value in _numbers(part)}
    later = {name for one in methods.values() for name in _used(one, ast.Store)}
    return {name: value for name, value in numbers.items() if name not in later | _read(first, methods)}


def given_attributes(lineage: Sequence[ast.ClassDef]) -> list[str]:
    """Attributes that a class and its parents read of an object and neither set nor define: its maker gives them.

    Only where a constructor keeps whatever it is given: ``self.__dict__.update(options)``, ``setattr(self, k, v)``.
    """
    starts = [
        n for one in lineage for n in one.body if isinstance(n, ast.FunctionDef) and n.name == "__init__"
    ]
    if not any(_keeps_all(start) for start in starts):
        return []
    own = {n.name for one in lineage for n in one.body if isinstance(n, ast.FunctionDef)}
    own |= {
        name.id
        for one in lineage
        for n in one.body
        if isinstance(n, ast.Assign | ast.AnnAssign)
        for name in walk(n)
        if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)
    }
    read = {name for one in lineage for name in _of_self(one, ast.Load)}
    made = {name for one in lineage for name in _of_self(one, ast.Store)}
    return sorted(name for name in read - made - own if name[:1] != "_")


def _of_self(node: ast.ClassDef, how: type[ast.expr_context]) -> Iterator[str]:
    """Attributes of the object that the methods of a class read or bind."""
    for method in (inner for inner in node.body if isinstance(inner, ast.FunctionDef)):
        first = method.args.args[0].arg if method.args.args else ""
        for inner in walk(method):
            of_self = isinstance(inner, ast.Attribute) and isinstance(inner.value, ast.Name)
            if of_self and inner.value.id == first and isinstance(inner.ctx, how):  # type: ignore[attr-defined]
                yield inner.attr  # type: ignore[attr-defined]


def _keeps_all(start: ast.FunctionDef) -> bool:
    """Whether a constructor turns its keywords into attributes, whatever their names."""
    stars = start.args.kwarg.arg if start.args.kwarg else ""
    for inner in walk(start):
        if (
            isinstance(inner, ast.Call)
            and isinstance(inner.func, ast.Attribute)
            and inner.func.attr == "update"
        ):
            if any(isinstance(a, ast.Name) and a.id == stars for a in inner.args):
                return True
        elif isinstance(inner, ast.Call) and isinstance(inner.func, ast.Name) and inner.func.id == "setattr":
            return bool(stars)
    return False


def _read(first: Iterable[ast.AST], methods: dict[str, ast.FunctionDef]) -> set[str]:
    """What these statements read, and the methods that they call."""
    read = {name for part in first for name in _used(part, ast.Load)}
    for name in list(methods):
        if name in read:
            called = methods[name]
            read |= _read([called], {other: one for other, one in methods.items() if other != name})
    return read


def _numbers(node: ast.AST) -> Iterator[tuple[str, int | float]]:
    """``h = 0.2`` or ``self.h = 0.2``: the name and the number."""
    value = getattr(node, "value", None)
    if not isinstance(node, ast.Assign | ast.AnnAssign) or not isinstance(value, ast.Constant):
        return
    if isinstance(value.value, bool) or not isinstance(value.value, int | float):
        return
    for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
        if isinstance(target, ast.Name):
            yield target.id, value.value
        elif isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
            yield target.attr, value.value


def _used(node: ast.AST, how: type[ast.expr_context]) -> Iterator[str]:
    """Names and attributes that the code reads or binds."""
    for inner in walk(node):
        if isinstance(inner, ast.Name | ast.Attribute) and isinstance(inner.ctx, how):
            yield inner.id if isinstance(inner, ast.Name) else inner.attr
