"""Which classes and functions of libraries a piece of a hand-in's code uses, under their full names."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from grader.judge.code_index import Code, Index
from grader.syntax import walk

DRIVER = "<questions>"
"""Name of the code that asks, which is no part of the hand-in."""


@dataclass(frozen=True)
class Use:
    """One use of a library's class or function."""

    name: str
    """Full name, such as ``scipy.spatial.distance.cdist``."""
    where: str
    inside: str


def library_uses(index: Index, code: Code) -> Iterator[Use]:
    """Library names in a piece of code; of a class, those in its head (bases, decorators, values) alone."""
    node = code.node
    parts: list[ast.AST] = [node]
    if isinstance(node, ast.ClassDef):
        parts = [*node.bases, *node.decorator_list, *code.values.values()]
    local, bound = _local_names(node)
    for part in parts:
        for name, place in _names(index, code, part, local, bound):
            yield Use(name, place, code.name if code.name != DRIVER else "")


def _local_names(node: ast.AST) -> tuple[dict[str, str], set[str]]:
    """Imports inside a function, and the other names that it binds."""
    local: dict[str, str] = {}
    bound: set[str] = set()
    for inner in walk(node):
        if isinstance(inner, ast.Import):
            local.update(
                {
                    a.asname or a.name.split(".")[0]: a.name if a.asname else a.name.split(".")[0]
                    for a in inner.names
                }
            )
        elif isinstance(inner, ast.ImportFrom):
            local.update({a.asname or a.name: f"{inner.module}.{a.name}" for a in inner.names})
        elif isinstance(inner, ast.arg):
            bound.add(inner.arg)
        elif isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
            bound.add(inner.id)
    return local, bound


def _names(
    index: Index, code: Code, part: ast.AST, local: Mapping[str, str], bound: set[str], alias_at: str = ""
) -> Iterator[tuple[str, str]]:
    """Full library names in an expression or body, each with its place.

    Aliases are followed, one after the other; ``alias_at`` is the place where the first one is used.
    """
    space = code.space
    inside: set[int] = set()
    for node in walk(part):
        if not isinstance(node, ast.Name | ast.Attribute) or id(node) in inside:
            continue
        if isinstance(node, ast.Attribute):
            inside.update(
                id(inner) for inner in walk(node.value) if isinstance(inner, ast.Attribute | ast.Name)
            )
        root = node
        parts: list[str] = []
        while isinstance(root, ast.Attribute):
            parts.append(root.attr)
            root = root.value  # type: ignore[assignment]
        if not isinstance(root, ast.Name):
            inside.difference_update(id(inner) for inner in walk(node) if inner is not node)
            continue
        place = alias_at or code.place.of(node)
        if root.id in local:
            yield ".".join([local[root.id], *reversed(parts)]), place
        elif root.id in bound:
            continue
        elif root.id in space.imports:
            dotted = index.library(space, node)
            if dotted:
                yield dotted, place if code.name != DRIVER else space.places[root.id].of(ast.Pass(lineno=1))
        elif root.id in space.values:
            yield from _names(index, code, space.values[root.id], {}, {*bound, root.id}, place)
        elif root.id not in space.code and not hasattr(builtins, root.id):
            for star in space.stars:
                if index.module(star) is None:
                    yield ".".join([star, root.id, *reversed(parts)]), place
