"""Which names a statement binds and which it needs, read from its syntax tree."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Iterator
from typing import Any

_BUILTINS = frozenset(dir(builtins)) | {"__name__", "__file__"}
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def bound_names(node: ast.stmt) -> Iterator[str]:
    """Names that a statement binds or changes at the top level (``x[0] = 1`` and ``x.a = 1`` change ``x``)."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        for alias in node.names:
            if alias.name != "*":
                yield alias.asname or alias.name.partition(".")[0]
    elif isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        yield node.name
    elif isinstance(node, ast.Try | ast.If):
        handlers = [inner for handler in getattr(node, "handlers", []) for inner in handler.body]
        for inner in [*node.body, *handlers, *node.orelse]:
            yield from bound_names(inner)
    elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            yield from _target_names(target)


def _target_names(target: ast.expr) -> Iterator[str]:
    if isinstance(target, ast.Tuple | ast.List):
        for part in target.elts:
            yield from _target_names(part)
        return
    while isinstance(target, ast.Attribute | ast.Subscript | ast.Starred):
        target = target.value
    if isinstance(target, ast.Name):
        yield target.id


def needed_names(node: ast.AST) -> set[str]:
    """Free names that a statement reads, now or when the functions in it are called."""
    free = _Free()
    free.visit(node)
    return free.names - _BUILTINS


class _Free(ast.NodeVisitor):
    """Collects names that are read and not bound in a function around them."""

    def __init__(self, local: frozenset[str] = frozenset()) -> None:
        self.names: set[str] = set()
        self._local = local

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load) and node.id not in self._local:
            self.names.add(node.id)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self.names |= set(_target_names(node.target)) - self._local
        self.generic_visit(node)

    def visit_FunctionDef(self, node: Any) -> None:
        given = node.args
        arguments = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
        arguments = [argument for argument in arguments if argument is not None]
        outer = [*getattr(node, "decorator_list", []), *given.defaults, *given.kw_defaults]
        outer += [argument.annotation for argument in arguments] + [getattr(node, "returns", None)]
        for part in outer:
            if part is not None:
                self.visit(part)
        body = node.body if isinstance(node.body, list) else [node.body]
        bound = {argument.arg for argument in arguments} | _assigned(body)
        self._visit_inside(body, bound)

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815
    visit_Lambda = visit_FunctionDef  # noqa: N815

    def visit_GeneratorExp(self, node: Any) -> None:
        targets = {name for part in node.generators for name in _target_names(part.target)}
        self._visit_inside(list(ast.iter_child_nodes(node)), targets)

    visit_ListComp = visit_GeneratorExp  # noqa: N815
    visit_SetComp = visit_GeneratorExp  # noqa: N815
    visit_DictComp = visit_GeneratorExp  # noqa: N815

    def _visit_inside(self, parts: Iterable[ast.AST], bound: set[str]) -> None:
        inner = _Free(self._local | bound)
        for part in parts:
            inner.visit(part)
        self.names |= inner.names


def _assigned(body: Iterable[ast.AST]) -> set[str]:
    """Names bound inside a function body, without those declared global and those of inner scopes."""
    bound: set[str] = set()
    declared: set[str] = set()
    waiting = list(body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Global):
            declared |= set(node.names)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            bound.add(node.name)
            continue
        elif isinstance(node, (ast.Lambda, *_COMPREHENSIONS)):
            continue
        elif isinstance(node, ast.Import | ast.ImportFrom):
            bound |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
            bound.add(node.id)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            bound.add(node.name)
        waiting += ast.iter_child_nodes(node)
    return bound - declared
