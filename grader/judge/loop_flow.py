"""Follows data points through source code: which functions a call reaches, and which loops run over the points.

The code is read, never run. Every reached function is read again until nothing new is learnt about the values
that it is given; then its loops are noted, with the number of loops over points around them, callers included.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from grader.judge.code_index import Code, Function
from grader.judge.flow_calls import Calls
from grader.judge.flow_state import Frame, Names
from grader.judge.flow_values import NOTHING, Value, combined, of
from grader.syntax import walk

ROUNDS = 12


class Flow(Calls):
    """The reading of one program; ``run`` starts it."""

    def run(self, driver: Code, values: Names) -> None:
        """Read the driver, whose parameters have these values, and all that it reaches."""
        start = self.number(driver)
        self.given[start], self.around[start] = dict(values), 0
        for _ in range(ROUNDS):
            self._changed = False
            self.loops.clear()
            for number in list(self.given):
                self.read(number)
            if not self._changed:
                break

    def read(self, number: int) -> None:
        """Read a function's body with what is known of its parameters."""
        code = self.known[number]
        node = code.node
        if isinstance(node, ast.ClassDef):
            return
        old = self.frames.get(number)
        frame = Frame(code, dict(self.given[number]), old.outer if old else None)
        self.frames[number] = frame
        self._defaults(node, frame)
        if code.owner is not None and code.parameters and not code.decorated("staticmethod"):
            own = {("object", self.number(code.owner))}
            itself = Value(
                code=frozenset({("class", n) for _, n in own} if code.decorated("classmethod") else own)
            )
            frame.names[code.parameters[0]] = frame.names.get(code.parameters[0], NOTHING) | itself
        if isinstance(node, ast.Lambda):
            self.learn(self.answers, number, self.value(node.body, frame))
        else:
            self.body(node.body, frame)

    def _defaults(self, node: Function, frame: Frame) -> None:
        positional = [*node.args.posonlyargs, *node.args.args]
        pairs = list(zip(reversed(positional), reversed(node.args.defaults), strict=False))
        pairs += [(p, d) for p, d in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True) if d]
        for parameter, default in pairs:
            value = self.value(default, frame)
            frame.names[parameter.arg] = frame.names.get(parameter.arg, NOTHING) | value

    def body(self, body: Sequence[ast.stmt], frame: Frame) -> None:
        """Read statements in order."""
        for statement in body:
            self.statement(statement, frame)

    def statement(self, node: ast.stmt, frame: Frame) -> None:
        """Read one statement."""
        if isinstance(node, ast.Assign):
            value = self.value(node.value, frame)
            parts = self.parts(node.value, frame)
            for target in node.targets:
                self.assign(target, value, frame, parts)
        elif isinstance(node, ast.AnnAssign | ast.AugAssign):
            self._assign_one(node, frame)
        elif isinstance(node, ast.Return):
            value = self.value(node.value, frame)
            self.learn(self.answers, self.number(frame.code), value)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            frame.names[node.name] = self.local(node, node.name, frame)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            self._import(node, frame)
        elif isinstance(node, ast.For | ast.AsyncFor):
            self._for(node, frame)
        elif isinstance(node, ast.While):
            self._while(node, frame)
        else:
            self._other(node, frame)

    def _assign_one(self, node: ast.AnnAssign | ast.AugAssign, frame: Frame) -> None:
        if node.value is None:
            return
        value = self.value(node.value, frame)
        if isinstance(node, ast.AugAssign):
            value = combined(self.value(node.target, frame), value, node.op)
        self.assign(node.target, value, frame)

    def _import(self, node: ast.Import | ast.ImportFrom, frame: Frame) -> None:
        for alias in node.names:
            full = f"{node.module}.{alias.name}" if isinstance(node, ast.ImportFrom) else alias.name
            own = self.index.find(full)
            bound = alias.asname or alias.name.split(".")[0]
            full = full if alias.asname or isinstance(node, ast.ImportFrom) else bound
            value = self.code_value(own, frame) if own else Value(library=frozenset({full}))
            frame.names[bound] = value

    def _other(self, node: ast.stmt, frame: Frame) -> None:
        """Blocks of any other kind: their expressions, then their statements as one possibility of several."""
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.value(child, frame)
            elif isinstance(child, ast.withitem):
                value = self.value(child.context_expr, frame)
                if child.optional_vars is not None:
                    self.assign(child.optional_vars, value, frame)
        frame.branches += 1
        for _, part in ast.iter_fields(node):
            for child in part if isinstance(part, list) else [part]:
                if isinstance(child, ast.stmt):
                    self.statement(child, frame)
                elif isinstance(child, ast.ExceptHandler | ast.match_case):
                    self.body(child.body, frame)
        frame.branches -= 1

    def _for(self, node: ast.For | ast.AsyncFor, frame: Frame) -> None:
        walk = self.walk(node.iter, frame)
        self.note(frame, node, "for", ast.unparse(node.iter), walk.weight)
        frame.branches += 1
        frame.loops += walk.weight
        for _ in range(2):  # what one round leaves behind the next one finds
            self.assign(node.target, walk.element, frame, walk.parts)
            self.body(node.body, frame)
        frame.loops -= walk.weight
        self.body(node.orelse, frame)
        frame.branches -= 1

    def _while(self, node: ast.While, frame: Frame) -> None:
        test = [n for n in walk(node.test) if isinstance(n, ast.expr)]
        counted = any(self.value(n, frame).has("count") for n in test if not isinstance(n, ast.Compare))
        names = {n.id for n in test if isinstance(n, ast.Name)}
        weight = int(counted and not any(_in_blocks(inner, names) for inner in walk(node)))
        self.note(frame, node, "while", ast.unparse(node.test), weight)
        frame.branches += 1
        frame.loops += weight
        for name in names if weight else ():
            frame.names[name] = frame.names.get(name, NOTHING) | of("index")
        for _ in range(2):
            self.body(node.body, frame)
        frame.loops -= weight
        frame.branches -= 1


def _in_blocks(node: ast.AST, names: set[str]) -> bool:
    """Whether a statement moves one of these names on by more than one: ``start += block``."""
    if not (
        isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name) and node.target.id in names
    ):
        return False
    return not (isinstance(node.value, ast.Constant) and node.value.value in (1, 1.0))
