"""Which names outside of a function its code changes, read from its syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from grader.syntax import walk

_CHANGING = frozenset(["append", "extend", "update", "clear", "setdefault", "insert", "pop", "add", "fill"])
"""Methods that change what they belong to."""


def written_globals(node: ast.AST) -> frozenset[str]:
    """Names outside of a function that its code binds (``global a``) or changes (``P["a"] = 1``, ``P.append(1)``)."""
    declared = {name for inner in walk(node) if isinstance(inner, ast.Global) for name in inner.names}
    local = {
        inner.id
        for inner in walk(node)
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store) and inner.id not in declared
    } | {inner.arg for inner in walk(node) if isinstance(inner, ast.arg)}
    return frozenset((declared | set(_changed(node))) - local)


def _changed(node: ast.AST) -> Iterator[str]:
    for inner in walk(node):
        place: ast.expr | None = None
        if isinstance(inner, ast.Subscript | ast.Attribute) and isinstance(inner.ctx, ast.Store):
            place = inner
        elif isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute):
            place = inner.func.value if inner.func.attr in _CHANGING else None
        while isinstance(place, ast.Subscript | ast.Attribute):
            place = place.value
        if isinstance(place, ast.Name):
            yield place.id
