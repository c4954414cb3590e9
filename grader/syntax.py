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


def class_makers(body: Iterable[ast.stmt]) -> dict[str, ast.ClassDef]:
    """Functions that define a class and return it, by name, with that class."""
    found = {}
    for node in body:
        if isinstance(node, ast.FunctionDef):
            inner = {one.name: one for one in node.body if isinstance(one, ast.ClassDef)}
            given = [one.value for one in node.body if isinstance(one, ast.Return)]
            named = [one.id for one in given if isinstance(one, ast.Name) and one.id in inner]
            if named:
                found[node.name] = inner[named[0]]
    return found
