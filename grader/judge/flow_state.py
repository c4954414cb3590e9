"""What is known while source is read: the functions that are reached, what they are given, their loops."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from grader.judge.code_index import Code, Index
from grader.judge.flow_values import NOTHING, Value, container

DEEPEST = 4
Names = dict[str, Value]


@dataclass(frozen=True)
class Seen:
    """A loop as it was met: ``weight`` loops over points in itself, ``around`` further ones outside it."""

    kind: str
    over: str
    weight: int
    around: int


@dataclass
class Frame:
    """One function while it is read."""

    code: Code
    names: Names
    outer: Frame | None = None
    branches: int = 0
    """Depth of branches and loops: an assignment in one of them adds to what a name may be."""
    loops: int = 0
    """Loops over points around the expression that is read, callers not counted."""


@dataclass
class FlowState:
    """Tables that only ever grow, until reading brings nothing new."""

    index: Index
    known: list[Code] = field(default_factory=list)
    given: dict[int, Names] = field(default_factory=dict)
    """Number of a function -> what its parameters may be."""
    answers: dict[int, Value] = field(default_factory=dict)
    fields: dict[tuple[int, str], Value] = field(default_factory=dict)
    around: dict[int, int] = field(default_factory=dict)
    """Number of a function -> loops over points around its calls."""
    loops: dict[tuple[int, int, int], Seen] = field(default_factory=dict)
    """Function, line and column -> loop."""
    classes: set[int] = field(default_factory=set)
    frames: dict[int, Frame] = field(default_factory=dict)
    _numbers: dict[int, int] = field(default_factory=dict)
    _open: set[tuple[int, str]] = field(default_factory=set)
    _holders: dict[tuple[int, str], Code] = field(default_factory=dict)
    _changed: bool = False

    def number(self, code: Code) -> int:
        """The number under which a piece of code is known."""
        key = id(code.node)
        if key not in self._numbers:
            self._numbers[key] = len(self.known)
            self.known.append(code)
        return self._numbers[key]

    def reach(self, code: Code, around: int = 0) -> int:
        """Note that a function is used at all."""
        number = self.number(code)
        if number not in self.given:
            self.given[number] = {}
            self._changed = True
        if around > self.around.get(number, -1):
            self.around[number] = min(around, DEEPEST)
            self._changed = True
        return number

    def learn(self, table: dict, key: object, value: Value) -> None:  # type: ignore[type-arg]
        """Add to what is known; another round follows if that is new."""
        before = table.get(key, NOTHING)
        after = before | value
        if after != before:
            table[key] = after
            self._changed = True

    def call(self, number: int, args: Sequence[Value], named: Mapping[str, Value], frame: Frame) -> Value:
        """A call of the hand-in's own function; what it answers, as far as that is known."""
        code = self.known[number]
        self.reach(code, self.total(frame))
        names = code.parameters
        node = code.node
        assert not isinstance(node, ast.ClassDef)
        table = self.given[number]
        for name, value in zip(names, args, strict=False):
            self.learn(table, name, value)
        if node.args.vararg and len(args) > len(names):
            self.learn(table, node.args.vararg.arg, container(args[len(names) :]))
        for name, value in named.items():
            keywords = {*names, *(p.arg for p in node.args.kwonlyargs)}
            if name in keywords:
                self.learn(table, name, value)
            elif node.args.kwarg:
                self.learn(table, node.args.kwarg.arg, container([value]))
        return self.answers.get(number, NOTHING)

    def total(self, frame: Frame) -> int:
        """Loops over points around what is read now, callers counted."""
        return min(frame.loops + self.around.get(self.number(frame.code), 0), DEEPEST)

    def note(self, frame: Frame, node: ast.AST, kind: str, over: str, weight: int) -> None:
        """Keep a loop; compiled functions have none that count."""
        if not frame.code.name or frame.code.decorated("jit", "njit", "vmap"):
            return
        key = (self.number(frame.code), getattr(node, "lineno", 0), getattr(node, "col_offset", 0))
        before = self.loops.get(key)
        around = self.total(frame)
        if before is None or (weight, around) > (before.weight, before.around):
            self.loops[key] = Seen(kind, over, weight, around)

    def objects(self, value: Value) -> list[int]:
        """Classes of the hand-in's own objects that a value may be."""
        return [number for kind, number in value.code if kind in ("object", "class")]
