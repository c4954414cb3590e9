"""The mistakes that a diagnosis may name: the sheet's wrong twins, loaded from our own sources as teams.

A twin is the reference with some functions or methods exchanged. Here it is built in memory: the model files
run in one namespace, then the twin's definitions take the place of those of the same name.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import CodeType
from typing import Any

import yaml

from grader.errors import RubricFault
from grader.judge.lab import ReferenceTeam
from grader.syntax import parsed

Roles = Callable[[Mapping[str, Any]], Mapping[str, Callable[..., Any]]]


@dataclass(frozen=True)
class Candidate:
    """One explanation: a mistake with the items it touches, or (without a name) nothing wrong at all."""

    name: str
    """The twin's file without its ending; empty for the reference."""
    says: str
    touches: frozenset[str]
    """Items that the mistake costs, or may cost."""
    folder: Path
    """The sheet's reference."""
    breaks: tuple[str, ...] = ()
    """Items that the mistake costs for certain."""

    def team(self, roles: Roles, seed: int) -> ReferenceTeam:
        """The candidate in a team's place; ``roles`` names the classes and functions of a namespace."""
        return ReferenceTeam(roles(namespace_of(self.folder, self.name)), seed)


@functools.cache
def read_candidates(folder: Path) -> tuple[Candidate, ...]:
    """The reference first, then every wrong twin that differs from the reference's models.

    Raises ``RubricFault`` when a twin's header cannot be read.
    """
    candidates = [Candidate("", "", frozenset(), folder)]
    for path in sorted((folder / "wrong").glob("*.py")):
        header, _ = _split(path)
        if header.get("base", "models") == "models":
            breaks = tuple(header.get("breaks") or ())
            touches = frozenset([*breaks, *(header.get("also") or ())])
            candidates.append(Candidate(path.stem, str(header.get("says", "")), touches, folder, breaks))
    return tuple(candidates)


@functools.cache
def namespace_of(folder: Path, name: str) -> Mapping[str, Any]:
    """All definitions of the reference's models with the twin's in their place; ``name`` empty: as they are.

    Built once per process. Raises ``RubricFault`` when the twin replaces something that is not there.
    """
    namespace: dict[str, Any] = {"__name__": name or "reference_models"}
    for code in _model_code(folder):
        exec(code, namespace)  # the course's own sources
    if name:
        _exchange(namespace, folder / "wrong" / f"{name}.py")
    return namespace


@functools.cache
def _model_code(folder: Path) -> tuple[CodeType, ...]:
    paths = [path for path in sorted((folder / "models").glob("*.py")) if path.stem != "__init__"]
    return tuple(compile(path.read_text(encoding="utf-8"), path.name, "exec") for path in paths)


def _exchange(namespace: dict[str, Any], path: Path) -> None:
    """Run the twin's definitions; a class gives its methods to the class that is there already."""
    _, body = _split(path)
    for node in body:
        code = compile(ast.Module([node], []), path.name, "exec")
        if not isinstance(node, ast.ClassDef):
            if isinstance(node, ast.FunctionDef) and node.name not in namespace:
                raise RubricFault(f"the base has no function '{node.name}'", where=str(path))
            exec(code, namespace)
            continue
        target = namespace.get(node.name)
        if not isinstance(target, type):
            raise RubricFault(f"the base has no class '{node.name}'", where=str(path))
        exec(code, namespace)
        difference, namespace[node.name] = namespace[node.name], target
        for part in node.body:
            if isinstance(part, ast.FunctionDef):
                setattr(target, part.name, vars(difference)[part.name])


def _split(path: Path) -> tuple[dict[str, Any], list[ast.stmt]]:
    """Header and definitions of a twin."""
    body = parsed(path.read_text(encoding="utf-8")).body
    first = body[0] if body else None
    if not (isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)):
        raise RubricFault("a twin starts with a YAML docstring", where=str(path))
    header = yaml.safe_load(str(first.value.value))
    if not isinstance(header, dict):
        raise RubricFault("the docstring of a twin is a YAML mapping", where=str(path))
    return header, body[1:]
