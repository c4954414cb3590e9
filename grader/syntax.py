"""Reading Python without running it: syntax trees of what students write, and what such a tree says at a glance."""

from __future__ import annotations

import ast
import re
import threading
import warnings
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

ONE_READER = threading.RLock()
"""Held while anything reads Python, as NumPy does for the head of a stored array; see :func:`parsed`."""
_MAGIC = re.compile(r"(?m)^(?P<indent>[ \t]*)[%!].*$")


def parsed(text: str) -> ast.Module:
    """What ``ast.parse`` gives, one text at a time; the same tree for the same text, to be read and not changed.

    The parser of CPython 3.11 counts the depth of a tree in one place for all threads: two hand-ins that are read
    at the same time would make it fail with a ``SystemError``.
    """
    with ONE_READER:
        return _tree(text)


def literal(text: str) -> Any:
    """What ``ast.literal_eval`` gives, one text at a time."""
    with ONE_READER:
        return ast.literal_eval(text)


@lru_cache(maxsize=1024)
def _tree(text: str) -> ast.Module:
    return ast.parse(text)


def walk(node: ast.AST) -> tuple[ast.AST, ...]:
    """All nodes of a tree that is not changed any more, as ``ast.walk`` gives them; found once and kept with it."""
    kept: tuple[ast.AST, ...] | None = node.__dict__.get("_walked")
    if kept is None:
        kept = tuple(ast.walk(node))
        node._walked = kept  # type: ignore[attr-defined]
    return kept


def parse(text: str) -> ast.Module | None:
    """Syntax tree of a text; None if it is not valid Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return parsed(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


VERSION = re.compile(r"#\d+")
"""Behind a name: which of its definitions is meant, where a later one has taken the name for something else."""


def unversioned(names: str) -> str:
    """The same names as they stand in the code: ``predict`` for ``predict#0``."""
    return VERSION.sub("", names)


def without_magics(code: str) -> str:
    """The code with ``pass`` in place of every line of a notebook's own commands, line by line."""
    return _MAGIC.sub(lambda found: f"{found['indent']}pass", code)


def is_main_guard(node: ast.stmt) -> bool:
    """Whether a statement is ``if __name__ == "__main__":`` without an ``else``."""
    if not isinstance(node, ast.If) or node.orelse or not isinstance(node.test, ast.Compare):
        return False
    sides = (node.test.left, *node.test.comparators)
    equal = len(node.test.ops) == 1 and isinstance(node.test.ops[0], ast.Eq)
    named = any(isinstance(side, ast.Name) and side.id == "__name__" for side in sides)
    return equal and named and any(isinstance(s, ast.Constant) and s.value == "__main__" for s in sides)


def imported_names(tree: ast.AST) -> Iterator[str]:
    """Full names of modules that a tree imports, and of what it takes from them (which may be modules too)."""
    for node in walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from [node.module] if node.module else []
            yield from (f"{node.module or ''}.{alias.name}".lstrip(".") for alias in node.names)


def class_makers(nodes: Iterable[ast.AST]) -> dict[str, ast.FunctionDef]:
    """The functions among the nodes that give back a class which they define themselves, by name."""
    return {node.name: node for node in nodes if isinstance(node, ast.FunctionDef) and _gives_class(node)}


def _gives_class(function: ast.FunctionDef) -> bool:
    inner = {node.name for node in walk(function) if isinstance(node, ast.ClassDef)}
    given = [node.value for node in walk(function) if isinstance(node, ast.Return)]
    return any((isinstance(value, ast.Name) and value.id in inner) or is_class_call(value) for value in given)


def is_class_call(node: ast.AST | None) -> bool:
    """Whether an expression is ``type(name, bases, members)``."""
    called = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "type"
    return called and len(node.args) == 3  # type: ignore[union-attr]


def made_class(node: ast.AST, makers: Iterable[str]) -> ast.Call | None:
    """The call with which an assignment makes a class, ``Model = make_model(fit, draw)``; None if it does not.

    What is called on the way, outside of a ``lambda``, may be work of any length: such a call does not count.
    """
    value = node.value if isinstance(node, ast.Assign) else None
    if not isinstance(value, ast.Call) or not isinstance(value.func, ast.Name):
        return None
    if value.func.id not in set(makers) and not is_class_call(value):
        return None
    given = [*value.args, *(keyword.value for keyword in value.keywords)]
    return None if any(_calls(one) for one in given) else value


def _calls(node: ast.AST) -> bool:
    """Whether evaluating an expression calls anything but ``dict`` and its like."""
    if isinstance(node, ast.Lambda):
        return False
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") not in (
        "dict",
        "tuple",
        "list",
        "set",
        "property",
    ):
        return True
    return any(_calls(inner) for inner in ast.iter_child_nodes(node))
