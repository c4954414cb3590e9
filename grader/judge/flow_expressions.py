"""What an expression may give: names, attributes, arithmetic, comprehensions, and what going through it means."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace

from grader.judge.code_index import Code, Function, Space
from grader.judge.flow_state import FlowState, Frame
from grader.judge.flow_values import (
    ARRAYS,
    NOTHING,
    NUMERIC,
    Value,
    Walk,
    combined,
    container,
    entry,
    of,
    quotient,
    transposed,
    union,
    walk_of,
)
from grader.judge.library_calls import PAIRING, PASSING


class Expressions(FlowState):
    """Reads expressions; calls are read by the class that inherits."""

    def called(self, node: ast.Call, frame: Frame) -> Value:
        """What a call may give."""
        raise NotImplementedError

    def value_of_many(self, nodes: Sequence[ast.expr], frame: Frame) -> list[Value]:
        """Values of several expressions."""
        return [self.value(node, frame) for node in nodes]

    def value(self, node: ast.expr | None, frame: Frame) -> Value:
        """What an expression may give."""
        if node is None or isinstance(node, ast.Constant):
            return NOTHING
        if isinstance(node, ast.Name):
            return self.name(node.id, frame)
        if isinstance(node, ast.Attribute):
            return self.attribute(node, frame)
        if isinstance(node, ast.Call):
            return self.called(node, frame)
        if isinstance(node, ast.Subscript):
            at = self.value(node.slice, frame)
            return entry(self.value(node.value, frame), node.slice, at)
        if isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
            return self.comprehension(node, frame)
        if isinstance(node, ast.Lambda):
            return self.local(node, "lambda", frame)
        return self._composed(node, frame)

    def _composed(self, node: ast.expr, frame: Frame) -> Value:
        if isinstance(node, ast.BinOp):
            left, right = self.value(node.left, frame), self.value(node.right, frame)
            if isinstance(node.op, ast.FloorDiv | ast.Div) and not (left.numeric | right.numeric):
                return quotient(left, node.right)
            return combined(left, right, node.op)
        if isinstance(node, ast.Tuple | ast.List | ast.Set):
            return container(self.value_of_many(node.elts, frame))
        if isinstance(node, ast.Dict):
            self.value_of_many([key for key in node.keys if key is not None], frame)
            return container(self.value_of_many(node.values, frame))
        if isinstance(node, ast.IfExp):
            self.value(node.test, frame)
            return self.value(node.body, frame) | self.value(node.orelse, frame)
        if isinstance(node, ast.NamedExpr):
            value = self.value(node.value, frame)
            self.assign(node.target, value, frame)
            return value
        inside = union(self.value(n, frame) for n in ast.iter_child_nodes(node) if isinstance(n, ast.expr))
        if isinstance(node, ast.Compare | ast.JoinedStr | ast.FormattedValue):
            return Value(inside.kinds & ARRAYS) if isinstance(node, ast.Compare) else NOTHING
        return inside

    def comprehension(self, node: ast.expr, frame: Frame) -> Value:
        """A list, set or dict that is made in a loop, or a generator."""
        inner = Frame(frame.code, {}, frame, frame.branches, frame.loops)
        inner_names = inner.names
        weights = []
        for generator in node.generators:  # type: ignore[attr-defined]
            walk = self.walk(generator.iter, inner)
            self.note(inner, generator.iter, "comprehension", ast.unparse(generator.iter), walk.weight)
            self.assign(generator.target, walk.element, inner, walk.parts)
            inner.loops += walk.weight
            weights.append(walk.weight)
            self.value_of_many(generator.ifs, inner)
        made = node.value if isinstance(node, ast.DictComp) else node.elt  # type: ignore[attr-defined]
        value = self.value(made, inner)
        if isinstance(node, ast.DictComp):
            self.value(node.key, inner)
        assert inner_names is inner.names
        held = Value(frozenset(), value.kinds | value.elements, frozenset(), value.code | value.inner)
        if not sum(weights):
            return held | of("few")
        return held | of("matrix" if sum(weights) > 1 or value.has("data") else "data")

    def parts(self, node: ast.expr, frame: Frame) -> tuple[Value, ...]:
        """Values of the entries of a tuple that is written out, or of a shape."""
        if isinstance(node, ast.Tuple | ast.List):
            return tuple(self.value(inner, frame) for inner in node.elts)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "map":
            return ()
        return ()

    def walk(self, node: ast.expr, frame: Frame) -> Walk:
        """Going through what an expression gives, entry by entry."""
        name = called_name(node)
        if isinstance(node, ast.Call) and node.args and self.is_free(node, frame):
            if name == "enumerate":
                inside = self.walk(node.args[0], frame)
                number = of("index") if inside.weight else NOTHING
                return Walk(container([number, inside.element]), inside.weight, (number, inside.element))
            if name in ("zip", "zip_longest"):
                walks = [self.walk(a, frame) for a in node.args if not isinstance(a, ast.Starred)]
                parts = tuple(w.element for w in walks)
                return Walk(container(parts), max((w.weight for w in walks), default=0), parts)
            if name in PAIRING or name in ("ndindex", "ndenumerate"):
                return self._pairs(node, name, frame)
            if name in PASSING:
                return self.walk(node.args[0], frame)
        if name == "items" and isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            values = walk_of(self.value(node.func.value, frame))
            return replace(values, element=container([values.element]), parts=(NOTHING, values.element))
        if isinstance(node, ast.Tuple | ast.List) and node.elts and isinstance(node.elts[0], ast.Tuple):
            rows = [self.parts(row, frame) for row in node.elts]
            if len({len(row) for row in rows}) == 1:
                parts = tuple(union(column) for column in zip(*rows, strict=True))
                return Walk(container(parts), 0, parts)
        return walk_of(self.value(node, frame))

    def is_free(self, node: ast.Call, frame: Frame) -> bool:
        """Whether the called name is none of the hand-in's own."""
        return not (isinstance(node.func, ast.Name) and self.index.lookup(frame.code.space, node.func.id))

    def _pairs(self, node: ast.Call, name: str, frame: Frame) -> Walk:
        if name == "ndindex":
            number = self.counts(node, frame)
            return Walk(of("index"), min(number, 2), (of("index"),) * len(node.args))
        walks = [self.walk(a, frame) for a in node.args if not isinstance(a, ast.Constant)]
        weight = sum(w.weight for w in walks)
        parts = tuple(w.element for w in walks)
        if name.startswith(("combinations", "permutations")) or len(parts) == 1:
            weight, parts = 2 * min(weight, 1), (parts[0], parts[0])
        return Walk(container(parts), min(weight, 2), parts)

    def counts(self, node: ast.Call, frame: Frame) -> int:
        """How many numbers of points a call is given, alone or inside a shape."""
        given = [*node.args, *(k.value for k in node.keywords if k.arg in ("size", "shape"))]
        flat = [
            inner for one in given for inner in (one.elts if isinstance(one, ast.Tuple | ast.List) else [one])
        ]
        values = [
            self.value(inner.value if isinstance(inner, ast.Starred) else inner, frame) for inner in flat
        ]
        whole = sum(2 if v.has("matrix_shape") else 1 for v in values if v.has("shape", "matrix_shape"))
        return whole + sum(v.has("count") for v in values)

    def assign(self, target: ast.expr, value: Value, frame: Frame, parts: Sequence[Value] = ()) -> None:
        """Bind a target; ``parts`` are the entries of a tuple of known length."""
        if isinstance(target, ast.Name):
            before = frame.names.get(target.id, NOTHING) if frame.branches else NOTHING
            frame.names[target.id] = before | value
        elif isinstance(target, ast.Tuple | ast.List):
            known = len(parts) == len(target.elts)
            for position, inner in enumerate(target.elts):
                index = ast.Constant(position)
                part = parts[position] if known else entry(value, index, NOTHING)
                self.assign(inner.value if isinstance(inner, ast.Starred) else inner, part, frame)
        elif isinstance(target, ast.Attribute):
            for number in self.objects(self.value(target.value, frame)):
                self.learn(self.fields, (number, target.attr), value)
        elif isinstance(target, ast.Subscript):
            held = Value(frozenset(), value.kinds | value.elements, frozenset(), value.code | value.inner)
            self.add(target.value, held, frame)
            self.value(target.slice, frame)

    def add(self, holder: ast.expr, value: Value, frame: Frame) -> None:
        """Something is put into a container."""
        if isinstance(holder, ast.Name):
            owner: Frame | None = frame
            while owner is not None and holder.id not in owner.names:
                owner = owner.outer
            if owner is not None:
                owner.names[holder.id] |= value
        elif isinstance(holder, ast.Attribute):
            for number in self.objects(self.value(holder.value, frame)):
                self.learn(self.fields, (number, holder.attr), value)

    def local(self, node: Function, name: str, frame: Frame) -> Value:
        """A function that is defined inside another one; it sees the names of that one."""
        code = Code(f"{frame.code.name}.{name}", node, frame.code.space, frame.code.place)
        number = self.number(code)
        self.frames.setdefault(number, Frame(self.known[number], {})).outer = frame
        return self.function(self.known[number], frame)

    def function(self, code: Code, frame: Frame) -> Value:
        """A function as a value; that it is mentioned counts as a use of it."""
        number = self.reach(code)
        self.value_of_many(code.decorators(), frame)
        kind = "vectorised" if code.decorated("vectorize", "frompyfunc") else "function"
        return Value(code=frozenset({(kind, number)}))

    def name(self, name: str, frame: Frame) -> Value:
        """What a name may stand for."""
        scope: Frame | None = frame
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.outer
        return self.top(frame.code.space, name, frame)

    def top(self, space: Space, name: str, frame: Frame) -> Value:
        """What a module-level name may stand for."""
        code = self.index.lookup(space, name)
        if code is not None:
            return self.code_value(code, frame)
        if name in space.imports:
            own = self.index.module(space.imports[name])
            if own is None:
                home, _, last = space.imports[name].rpartition(".")
                module = self.index.module(home)
                return (
                    self.top(module, last, frame)
                    if module
                    else Value(library=frozenset({space.imports[name]}))
                )
            return Value(library=frozenset({space.imports[name]}))
        key = (id(space), name)
        if name in space.values and key not in self._open:
            self._open.add(key)
            found = self.value(space.values[name], Frame(self._holder(space, name), {}))
            self._open.discard(key)
            return Value(found.kinds & {"few"}, frozenset(), found.code, found.inner, found.library)
        return NOTHING

    def _holder(self, space: Space, name: str) -> Code:
        """A nameless place from which the value of a module-level name is read."""
        key = (id(space), name)
        if key not in self._holders:
            node = ast.Lambda(_NO_ARGUMENTS, space.values[name])
            self._holders[key] = Code("", node, space, space.places[name])
        return self._holders[key]

    def code_value(self, code: Code, frame: Frame) -> Value:
        """A class or function of the hand-in as a value."""
        if isinstance(code.node, ast.ClassDef):
            return Value(code=frozenset({("class", self.number(code))}))
        return self.function(code, frame)

    def attribute(self, node: ast.Attribute, frame: Frame) -> Value:
        """What an attribute may be."""
        base = self.value(node.value, frame)
        found = NOTHING
        for dotted in base.library:
            found |= self._of_library(f"{dotted}.{node.attr}", frame)
        for kind, number in base.code:
            if kind in ("object", "class"):
                found |= self._of_object(kind, number, node.attr, frame)
        if node.attr == "T":
            return found | transposed(base)
        if node.attr == "shape" and base.numeric & ARRAYS:
            return found | of("matrix_shape" if base.has("matrix") else "shape")
        if node.attr == "size" and base.numeric & ARRAYS:
            return found | of("count")
        return found | Value(base.kinds & (NUMERIC | {"count", "index"}))

    def _of_library(self, dotted: str, frame: Frame) -> Value:
        own = self.index.find(dotted)
        if own is not None:
            return self.code_value(own, frame)
        home, _, last = dotted.rpartition(".")
        module = self.index.module(home)
        if module is not None and not self.index.module(dotted):
            return self.top(module, last, frame)
        return Value(library=frozenset({dotted}))

    def _of_object(self, kind: str, number: int, name: str, frame: Frame) -> Value:
        if name == "__class__":
            return Value(code=frozenset({("class", number)}))
        found = NOTHING
        for one in self.index.lineage(self.known[number]):
            found |= self.fields.get((self.number(one), name), NOTHING)
            if name in one.values and name not in one.methods:
                found |= self.value(one.values[name], Frame(one, {}))
        method = self.index.method(self.known[number], name)
        if method is None:
            return found
        if method.decorated("property", "cached_property"):
            own = Value(code=frozenset({(kind, number)}))
            return found | self.call(self.number(method), [own], {}, frame)
        found |= self.function(method, frame)
        if method.parameters and not method.decorated("staticmethod"):
            self.learn(
                self.given[self.number(method)],
                method.parameters[0],
                Value(code=frozenset({("object", number)})),
            )
        return found


_NO_ARGUMENTS = ast.arguments([], [], None, [], [], None, [])


def called_name(node: ast.expr) -> str:
    """The last part of a called name."""
    if not isinstance(node, ast.Call):
        return ""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
