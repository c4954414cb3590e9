"""What the code of a notebook says without being run: calls, the numbers an expression can stand for, sweeps.

Everything is a guess from outside, generous on purpose: a name stands for all values that are assigned to it
anywhere, a parameter for its default and whatever is passed to it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from grader.judge.transcript import CellView, Transcript, tree_of
from grader.syntax import walk

MOST_NUMBERS = 200
DEEPEST = 7
_SPACED = {"linspace": 50, "logspace": 50, "geomspace": 50, "arange": 0, "range": 0}
"""Functions that return evenly spaced numbers, and how many they return unless told."""
Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@dataclass(frozen=True)
class Place:
    """A call in the code: where it stands and which functions are around it, outermost first."""

    cell: int
    """Index of the notebook's cell, -1 in a module."""
    node: ast.Call
    around: tuple[Function, ...] = ()


@dataclass
class Source:
    """The code of a hand-in: its cells and its own modules."""

    trees: dict[int, ast.Module]
    """Index of the cell -> its syntax tree; modules below zero."""
    parts: dict[int, str] = field(default_factory=dict)
    """Index of the cell -> the file it comes from, where there are several."""
    _values: dict[str, list[ast.expr]] = field(default_factory=dict)
    _places: list[Place] = field(default_factory=list)
    _bodies: dict[str, list[tuple[str, ast.AST]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for index, tree in self.trees.items():
            self._read(tree, max(index, -1), ())

    @cached_property
    def imported(self) -> frozenset[str]:
        """Last parts of everything that is imported by name."""
        nodes = (node for tree in self.trees.values() for node in walk(tree))
        return frozenset(
            alias.name.rsplit(".", 1)[-1]
            for node in nodes
            if isinstance(node, ast.Import | ast.ImportFrom)
            for alias in node.names
        )

    def calls(self, name: str) -> tuple[Place, ...]:
        """Calls of a function by its last name, ``partial(name, ...)`` included, in the order of the cells."""
        return tuple(place for place in self._places if called(place.node) == name)

    def reached(self, cell: CellView) -> Iterator[ast.AST]:
        """Every node of a cell's code and of the hand-in's functions that it reaches, definitions left out."""
        tree = self.trees.get(cell.index)
        if tree is None:
            return
        own = self.parts.get(cell.index, "")
        waiting = [n for n in tree.body if not isinstance(n, ast.FunctionDef | ast.ClassDef)]
        seen: set[int] = set()
        stack: list[tuple[str, ast.AST]] = [(own, node) for node in waiting]
        while stack:
            part, start = stack.pop()
            for node in walk(start):
                yield node
                for body in self._meant(node, part):
                    if id(body[1]) not in seen:
                        seen.add(id(body[1]))
                        stack.append(body)

    def _meant(self, node: ast.AST, part: str) -> list[tuple[str, ast.AST]]:
        """Functions and classes of a name: those of the file itself, else those of all others.

        A name to which a file assigns something of its own means nothing of another file.
        """
        bodies = self._bodies.get(_last_name(node), [])
        own = isinstance(node, ast.Name) and node.id in self._bound.get(part, ())
        return [body for body in bodies if body[0] == part] or ([] if own else bodies)

    @cached_property
    def _bound(self) -> dict[str, set[str]]:
        """File -> names to which it assigns something, or goes through in a loop."""
        bound: dict[str, set[str]] = {}
        for index, tree in self.trees.items():
            stored = (n for n in walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
            if self.parts.get(index):
                bound.setdefault(self.parts[index], set()).update(n.id for n in stored)
        return bound

    def numbers(
        self, node: ast.AST | None, around: Sequence[Function] = (), depth: int = 0
    ) -> frozenset[float]:
        """The numbers that an expression may stand for, or that are in it if it is a collection."""
        if node is None or depth > DEEPEST:
            return frozenset()
        found: set[float] = set()
        if isinstance(node, ast.Constant):
            if isinstance(node.value, int | float) and not isinstance(node.value, bool):
                found.add(float(node.value))
        elif isinstance(node, ast.Name):
            found |= self._of_name(node.id, around, depth)
        elif isinstance(node, ast.Call) and called(node) in _SPACED:
            found |= self._spaced(node, around, depth)
        elif isinstance(node, ast.UnaryOp | ast.BinOp):
            found |= self._arithmetic(node, around, depth)
        elif isinstance(node, ast.Attribute):
            found |= self._of_name(node.attr, (), depth)
        elif isinstance(node, ast.Lambda | ast.JoinedStr | ast.FormattedValue):
            pass
        else:
            for child in ast.iter_child_nodes(node):
                found |= self.numbers(child, around, depth + 1)
        return frozenset(sorted(found)[:MOST_NUMBERS])

    def sweeps(self, cell: CellView, least: int) -> list[frozenset[float]]:
        """Sets of at least so many numbers over which the code that a cell reaches goes in loops."""
        found = []
        for node in self.reached(cell):
            if isinstance(node, ast.For | ast.comprehension):
                found.append(self.numbers(node.iter))
            elif isinstance(node, ast.List | ast.Tuple | ast.Dict):
                entries = node.values if isinstance(node, ast.Dict) else node.elts
                if all(isinstance(entry, ast.Constant | ast.UnaryOp) for entry in entries):
                    found.append(self.numbers(node))
        return [numbers for numbers in dict.fromkeys(found) if len(numbers) >= least]

    def _read(self, node: ast.AST, cell: int, around: tuple[Function, ...]) -> None:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                self._keep(target, node.value)
        elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value is not None:
            self._keep(node.target, node.value)
        elif isinstance(node, ast.For | ast.comprehension):
            self._keep(node.target, node.iter)
        elif isinstance(node, ast.Call):
            self._places.append(Place(cell, node, around))
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            self._bodies.setdefault(node.name, []).append((self.parts.get(cell, ""), node))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            around = (*around, node)
        for child in ast.iter_child_nodes(node):
            self._read(child, cell, around)

    def _keep(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Tuple | ast.List):
            same = isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(target.elts)
            parts = (
                value.elts if isinstance(value, ast.Tuple | ast.List) and same else [value] * len(target.elts)
            )
            for part, one in zip(target.elts, parts, strict=True):
                self._keep(part, one)
            return
        name = _last_name(target)
        if name:
            self._values.setdefault(name, []).append(value)

    def _of_name(self, name: str, around: Sequence[Function], depth: int) -> set[float]:
        for function in reversed(around):
            if name in _parameters(function):
                return self._of_parameter(function, name, depth)
        found: set[float] = set()
        for value in self._values.get(name, ())[:20]:
            found |= self.numbers(value, around, depth + 1)
        return found

    def _of_parameter(self, function: Function, name: str, depth: int) -> set[float]:
        found = set(self.numbers(default_of(function, name), (), depth + 1))
        if isinstance(function, ast.Lambda):
            return found
        position = _parameters(function).index(name)
        for place in self.calls(function.name)[:30]:
            given = argument(place.node, name, position)
            if given is not None:
                found |= self.numbers(given, place.around, depth + 1)
        return found

    def _spaced(self, node: ast.Call, around: Sequence[Function], depth: int) -> set[float]:
        name = called(node)
        given = [sorted(self.numbers(argument, around, depth + 1)) for argument in node.args]
        if not given or any(len(values) != 1 for values in given):
            return set()
        try:
            arguments = [values[0] for values in given]
            if name in {"range", "arange"}:
                return set(np.arange(*arguments[:3])[:MOST_NUMBERS].tolist())
            number = self.numbers(argument(node, "num", 2), around, depth + 1) or {float(_SPACED[name])}
            count = int(min(*number, MOST_NUMBERS) if len(number) > 1 else min(min(number), MOST_NUMBERS))
            return set(getattr(np, name)(arguments[0], arguments[1], max(count, 0)).tolist())
        except (TypeError, ValueError, OverflowError, ZeroDivisionError, MemoryError, IndexError):
            return set()

    def _arithmetic(
        self, node: ast.UnaryOp | ast.BinOp, around: Sequence[Function], depth: int
    ) -> set[float]:
        if isinstance(node, ast.UnaryOp):
            values = self.numbers(node.operand, around, depth + 1)
            return {-v for v in values} if isinstance(node.op, ast.USub) else set(values)
        left, right = (self.numbers(part, around, depth + 1) for part in (node.left, node.right))
        found: set[float] = set()
        for a in sorted(left)[:20]:
            for b in sorted(right)[:20]:
                value = _combined(node.op, a, b)
                found |= {value} if value is not None else set()
        return found


def source_of(transcript: Transcript) -> Source:
    """The code of a notebook's cells and of the hand-in's own modules."""
    trees: dict[int, ast.Module] = {}
    parts = {cell.index: cell.part for cell in transcript.code}
    for number, text in enumerate(transcript.modules):
        tree = tree_of(text)
        if tree is not None:
            trees[-1 - number] = tree
    for cell in transcript.code:
        tree = tree_of(cell.source)
        if tree is not None:
            trees[cell.index] = tree
    return Source(trees, parts)


def called(node: ast.Call) -> str:
    """The last name of what is called; for ``partial(f, ...)`` that of ``f``."""
    name = _last_name(node.func)
    if name == "partial" and node.args:
        return _last_name(node.args[0])
    return name


def argument(node: ast.Call, name: str, position: int = -1) -> ast.expr | None:
    """What a call passes for a parameter, by its name or else at a position; None where nothing is."""
    for keyword in node.keywords:
        if keyword.arg == name:
            return keyword.value
    if 0 <= position < len(node.args) and not any(
        isinstance(a, ast.Starred) for a in node.args[: position + 1]
    ):
        return node.args[position]
    return None


def default_of(function: Function, name: str) -> ast.expr | None:
    """The default of a function's parameter; None where it has none."""
    arguments = function.args
    places = [*arguments.posonlyargs, *arguments.args]
    for place, value in zip(reversed(places), reversed(arguments.defaults), strict=False):
        if place.arg == name:
            return value
    for place, given in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if place.arg == name:
            return given
    return None


def _parameters(function: Function) -> list[str]:
    arguments = function.args
    return [a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]


def _last_name(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _combined(operation: ast.operator, a: float, b: float) -> float | None:
    try:
        if isinstance(operation, ast.Add):
            return a + b
        if isinstance(operation, ast.Sub):
            return a - b
        if isinstance(operation, ast.Mult):
            return a * b
        if isinstance(operation, ast.Div):
            return a / b
        if isinstance(operation, ast.FloorDiv):
            return a // b
        if isinstance(operation, ast.Pow) and abs(a) < 1e6 and abs(b) < 20:
            value = a**b
            return float(value) if isinstance(value, int | float) else None
    except (ZeroDivisionError, OverflowError, ValueError):
        return None
    return None
