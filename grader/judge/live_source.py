"""The source of classes and functions that live in this process: the course's reference, and what tests define."""

from __future__ import annotations

import ast
import inspect
import sys
import sysconfig
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

from grader.judge.code_index import Index, read_space
from grader.records import Statement
from grader.syntax import parsed


@lru_cache(maxsize=64)
def live_index(name: str) -> Index | None:
    """The names of a loaded module and of the modules it imports, packages left out."""
    modules: dict[str, tuple[Statement, ...]] = {}
    _collect(sys.modules.get(name), modules)
    return Index(modules[name], modules) if name in modules else None


def with_local(index: Index, entry: Any) -> Index:
    """The same with a function or class on top that was defined inside another function."""
    local = Index(())
    local.modules = index.modules
    local.main = replace(index.main, code=dict(index.main.code))
    try:
        source = inspect.cleandoc("\n" + inspect.getsource(entry))
    except (OSError, TypeError):
        return index
    own = read_space("", statements_of(source, Path(inspect.getfile(entry)).name)).code
    for code in own.values():
        code.space = local.main
        for method in code.methods.values():
            method.space = local.main
    local.main.code.update(own)
    return local


def _collect(module: ModuleType | None, found: dict[str, tuple[Statement, ...]]) -> None:
    """The statements of a module and of those it imports, the standard library and packages left out."""
    file = getattr(module, "__file__", None)
    if module is None or not file or module.__name__ in found or _is_installed(file):
        return
    try:
        text = Path(file).read_text(encoding="utf-8")
        found[module.__name__] = statements_of(text, Path(file).name)
    except (OSError, ValueError, SyntaxError):
        return
    for node in parsed(text).body:
        for name in _imported(node):
            _collect(sys.modules.get(name), found)


def _imported(node: ast.stmt) -> list[str]:
    """Full names of the modules that an import may load."""
    if isinstance(node, ast.ImportFrom) and node.module:
        return [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return [alias.name for alias in node.names] if isinstance(node, ast.Import) else []


@lru_cache(maxsize=4096)
def _is_installed(file: str) -> bool:
    own = {sysconfig.get_path(kind) for kind in ("stdlib", "platstdlib", "purelib", "platlib")}
    path = Path(file)
    return "site-packages" in path.parts or any(path.is_relative_to(folder) for folder in own if folder)


def statements_of(source: str, name: str) -> tuple[Statement, ...]:
    """A module's top-level statements as records."""
    lines = source.split("\n")
    statements = []
    for node in parsed(source).body:
        first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
        text = "\n".join(lines[first - 1 : node.end_lineno])
        statements.append(Statement(text, f"{name}, line {first}", (), "statement"))
    return tuple(statements)
