"""Numbers that a class keeps in attributes, so that they are set on the object: ``kde.h = 0.2``."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

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


def given_attributes(node: ast.AST) -> list[str]:
    """Attributes that a class reads of its objects and neither sets nor defines: somebody gives them to it."""
    if not isinstance(node, ast.ClassDef):
        return []
    own = {inner.name for inner in node.body if isinstance(inner, ast.FunctionDef)}
    own |= {
        t.id for n in node.body if isinstance(n, ast.Assign) for t in n.targets if isinstance(t, ast.Name)
    }
    return sorted(set(_used(node, ast.Load)) - set(_used(node, ast.Store)) - own)


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
