"""What calls may give: of the hand-in's own code, of libraries, of methods of arrays, of what Python brings along."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from grader.judge.flow_expressions import Expressions, called_name
from grader.judge.flow_state import Frame
from grader.judge.flow_values import ARRAYS, NOTHING, NUMERIC, Value, container, of, union, walk_of
from grader.judge.library_calls import PAIRING, PAIRWISE, library_call, method_call


class Calls(Expressions):
    """Reads calls."""

    def called(self, node: ast.Call, frame: Frame) -> Value:
        """What a call may give; the functions that it may mean are reached."""
        base = self.value(node.func.value, frame) if isinstance(node.func, ast.Attribute) else NOTHING
        function = self.value(node.func, frame)
        args = self.value_of_many([a.value if isinstance(a, ast.Starred) else a for a in node.args], frame)
        named = {k.arg or "**": self.value(k.value, frame) for k in node.keywords}
        found = NOTHING
        for kind, number in function.code:
            bound = isinstance(node.func, ast.Attribute) and bool(self.objects(base))
            found |= self._own(kind, number, bound, args, named, node, frame)
        for dotted in function.library:
            found |= self._library(dotted.rpartition(".")[2], node, args, named, frame)
        if function.code or function.library:
            return found
        name = called_name(node)
        if isinstance(node.func, ast.Attribute):
            return found | self._method(name, node, base, args, frame)
        return self._builtin(name, node, args, named, frame)

    def _own(
        self, kind: str, number: int, bound: bool, args: Sequence[Value], named: Mapping[str, Value],
        node: ast.Call, frame: Frame,
    ) -> Value:  # fmt: skip
        code = self.known[number]
        if kind == "class":
            return self._made(number, args, named, frame)
        if kind == "object":
            method = self.index.method(code, "__call__") or self.index.method(code, "forward")
            itself = Value(code=frozenset({(kind, number)}))
            return self.call(self.number(method), [itself, *args], named, frame) if method else NOTHING
        if kind == "vectorised":
            return self._spread(number, args, node, frame)
        if bound and code.owner is not None and not code.decorated("staticmethod"):
            args = [NOTHING, *args]
        return self.call(number, args, named, frame)

    def _made(self, number: int, args: Sequence[Value], named: Mapping[str, Value], frame: Frame) -> Value:
        code = self.known[number]
        self.classes.add(number)
        itself = Value(code=frozenset({("object", number)}))
        for hook in ("__init__", "__post_init__", "__new__"):
            method = self.index.method(code, hook)
            if method is not None:
                self.call(self.number(method), [itself, *args], named, frame)
        if self.index.method(code, "__init__") is None:
            assert isinstance(code.node, ast.ClassDef)
            order = [
                n.target.id
                for n in code.node.body
                if isinstance(n, ast.AnnAssign) and isinstance(n.target, ast.Name)
            ]
            for name, value in [*zip(order, args, strict=False), *named.items()]:
                self.learn(self.fields, (number, name), value)
        return itself

    def _spread(self, number: int, args: Sequence[Value], node: ast.Call, frame: Frame) -> Value:
        """A function that is called for every entry of arrays: ``np.vectorize`` and the like."""
        arrays = union(args)
        crossed = arrays.has("matrix", "expanded", "pairs")
        weight = 2 if crossed else int(arrays.has("data", "index"))
        self.note(frame, node, "element by element", ast.unparse(node), weight)
        frame.loops += weight
        self.call(number, [of("point") if a.numeric else NOTHING for a in args], {}, frame)
        frame.loops -= weight
        return of("matrix") if crossed else of("data") if weight else NOTHING

    def _library(
        self, last: str, node: ast.Call, args: Sequence[Value], named: Mapping[str, Value], frame: Frame
    ) -> Value:
        given = [*args, *named.values()]
        own = frozenset(n for v in given for kind, n in v.code if kind in ("function", "vectorised"))
        arrays = Value((union(given).kinds | union(given).elements) & (ARRAYS | {"index", "pairs"}))
        if last in ("vectorize", "frompyfunc"):
            return Value(code=frozenset(("vectorised", n) for n in own))
        if last in ("partial", "lru_cache", "cache", "wraps", "jit", "njit", "compile", "vmap"):
            return Value(code=union(given).code)
        if (
            own
            and arrays.kinds
            and last in (*PAIRWISE, "apply_along_axis", "map", "starmap", "reduce", "apply", "accumulate")
        ):
            weight = 2 if last in PAIRWISE else walk_of(arrays).weight
            self._each(own, weight, node, frame)
            return of("matrix") if weight == 2 else of("data")
        if last in ("count", "range"):
            return NOTHING
        if last in PAIRING or last in ("nditer", "ndenumerate", "ndindex", "zip_longest", "chain"):
            weight = self.walk(node, frame).weight if last != "chain" else 0
            return of("pairs") if weight == 2 else of("data") if weight else union(args)
        return library_call(last, node, args, named, self.counts(node, frame))

    def _each(self, functions: frozenset[int], weight: int, node: ast.AST, frame: Frame) -> None:
        self.note(frame, node, "function called for each", ast.unparse(node), weight)
        frame.loops += weight
        for number in functions:
            code = self.known[number]
            self.call(number, [of("point")] * len(code.parameters), {}, frame)
        frame.loops -= weight

    def _method(self, name: str, node: ast.Call, base: Value, args: Sequence[Value], frame: Frame) -> Value:
        assert isinstance(node.func, ast.Attribute)
        if name in ("append", "extend", "add", "insert", "appendleft", "setdefault"):
            inside = union(args)
            grown = frozenset({"data"}) if frame.loops else frozenset()
            held = Value(grown, inside.kinds | inside.elements, frozenset(), inside.code | inside.inner)
            self.add(node.func.value, held, frame)
            return held
        if name in ("get", "items", "values", "pop") and base.has("few"):
            held = base if name in ("items", "values") else base.element
            return held | union(args[1:])
        if name in ("iterrows", "itertuples"):
            return of("data")
        if name in ("apply", "map", "applymap", "transform") and base.numeric & ARRAYS:
            own = frozenset(n for v in args for kind, n in v.code if kind == "function")
            self._each(own, walk_of(base).weight, node, frame)
            return of("data")
        return (
            method_call(name, node, Value(base.kinds & (NUMERIC | {"few"}), base.elements))
            if base.numeric
            else NOTHING
        )

    def _builtin(
        self, name: str, node: ast.Call, args: Sequence[Value], named: Mapping[str, Value], frame: Frame
    ) -> Value:
        first = args[0] if args else NOTHING
        if name == "len":
            return of("count") if first.has("data", "matrix", "expanded", "index", "pairs") else NOTHING
        if name == "range":
            bounds = union(args[: 2 if len(args) > 1 else 1])
            return of("index") if bounds.has("count", "index") and not _stepped(node) else NOTHING
        if name in ("map", "filter"):
            own = frozenset(n for kind, n in first.code if kind == "function")
            walks = [self.walk(a, frame) for a in node.args[1:]]
            weight = max((w.weight for w in walks), default=0)
            self.note(frame, node, name, ast.unparse(node), weight)
            frame.loops += weight
            answers = union(self.call(number, [w.element for w in walks], {}, frame) for number in own)
            frame.loops -= weight
            return of("data") if weight else Value(answers.kinds & {"few"}) | container([answers])
        if name in ("zip", "enumerate"):
            walk = self.walk(node, frame)
            return (of("data") if walk.weight else of("few")) | container([walk.element])
        if name in ("super",) and frame.code.owner is not None:
            above = self.index.bases(frame.code.owner)
            return Value(code=frozenset(("object", self.number(one)) for one in above))
        if name == "type":
            return Value(code=frozenset(("class", n) for n in self.objects(first)))
        if name in ("min", "max", "abs", "round", "int"):
            return Value(union(args).kinds & {"count"}) if name != "abs" else first
        return library_call(name, node, args, named, 0)


def _stepped(node: ast.Call) -> bool:
    """Whether a range goes in steps other than one."""
    if len(node.args) < 3:
        return False
    step = node.args[2]
    step = step.operand if isinstance(step, ast.UnaryOp) else step
    return not (isinstance(step, ast.Constant) and step.value == 1)
