"""What the hand-in's code does about digits, read from its syntax: which models, what was generated, what is asked.

Names carry marks from assignment to assignment: kinds of models (``mixture``, ``forest`` ...), ``original`` for
what comes from the data set, ``generated`` for what a sampler returned, ``predicted`` for a classifier's answer
about generated digits. The reading is generous (an expression has the marks of all its parts), so it only ever
says where something may be; whether it happened is decided by the run or by stored outputs.
"""

import ast
import re
from functools import cached_property

from grader.judge.transcript import Transcript, tree_of
from reference.generative_baselines.questions.digits_words import (
    ASKS,
    DISCREPANCY,
    FOREST,
    GENERATED_NAME,
    KINDS,
    LABEL_NAME,
    LOADERS,
    MODELS,
    NOT_SAMPLERS,
    OWN,
    SECTION,
    called,
    own_parts,
    root,
    sampler,
    side_by_side,
    words,
)


class Marks:
    """The code of a notebook with its definitions followed and its names marked."""

    def __init__(self, transcript: Transcript, discrepancy: tuple[str, ...] = ()):
        self.transcript = transcript
        self.trees = {cell.index: tree_of(cell.source) for cell in transcript.code}
        modules = [tree_of(text) for text in transcript.modules]
        self.discrepancy_names = set(discrepancy)
        self.imports: dict[str, str] = {}
        self.definitions: dict[str, list[ast.AST]] = {}
        self.classes: set[str] = set()
        for tree in [*modules, *self.trees.values()]:
            self._collect(tree)
        self.discrepancy_names |= {name for name in self.definitions if DISCREPANCY.search(name)}
        self.marks: dict[tuple[str, str], set[str]] = {}
        self.labels: set[str] = set()
        for _ in range(3):
            for tree in [
                *modules,
                *(tree for index, tree in self.trees.items() if index not in self.section),
            ]:
                for node in tree.body if tree else ():
                    if isinstance(node, ast.FunctionDef):
                        self._flow_function(node)
            for index in self.section:
                if self.trees[index] is not None:
                    self._flow("", self.trees[index].body)

    @property
    def unreadable(self):
        """Whether some code could not be parsed, so that nothing is certainly absent."""
        return any(tree is None and self.transcript.cells[i].source.strip() for i, tree in self.trees.items())

    def _collect(self, tree):
        """Note definitions (methods belong to their class) and imports."""
        waiting = [tree] if tree else []
        while waiting:
            node = waiting.pop()
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                self.definitions.setdefault(node.name, []).append(node)
            if isinstance(node, ast.ClassDef):
                self.classes.add(node.name)
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    self.imports[alias.asname or alias.name] = f"{node.module or ''}.{alias.name}"
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    if alias.asname:
                        self.imports[alias.asname] = alias.name
            inner = () if isinstance(node, ast.ClassDef) else ast.iter_child_nodes(node)
            waiting.extend(inner)

    # ---- what cells reach

    @cached_property
    def reached(self):
        """Cell index -> nodes of its own statements and of the functions and classes they lead to."""
        return {index: self._reach(tree) for index, tree in self.trees.items()}

    def _reach(self, tree):
        if tree is None:
            return []
        plain = [n for n in tree.body if not isinstance(n, ast.FunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom)]  # fmt: skip
        nodes, waiting, seen = list(plain), [name for n in plain for name in words(n)], set()
        while waiting:
            name = waiting.pop()
            if name in seen:
                continue
            seen.add(name)
            for body in self.definitions.get(name, ()):
                if body not in nodes:
                    nodes.append(body)
                    waiting += words(body)
        return nodes

    @cached_property
    def names(self):
        """Cell index -> names that it uses, directly or through definitions of the hand-in.

        Inside the team's own models nothing is looked at: what they use belongs to the first task.
        """
        found = {}
        for index in self.trees:
            nodes = (
                n for n in self.reached[index] if not (isinstance(n, ast.ClassDef) and self.kind_of(n.name))
            )
            found[index] = {name for node in nodes for name in words(node)}
        return found

    @cached_property
    def section(self):
        """Indices of the code cells that belong to the digits, in order; empty where none are loaded."""
        loading = [index for index in self.trees if self.names[index] & LOADERS]
        if not loading:
            return ()
        headed = [
            cell.index
            for cell in self.transcript.cells
            if cell.kind == "markdown" and cell.headings and SECTION.search(cell.headings[-1])
        ]
        models = {"mixture", "kernel density", "forest", "gaussian", "classifier"}
        first = max(loading[0], min(headed, default=0))
        before = [i for i in self.trees if loading[0] <= i < first]
        if any(self.kind_of(name) in models for i in before for name in self.names[i]):
            first = loading[0]  # the first heading that speaks of digits stands in the middle of them
        after = [i for i in self.trees if i >= first]
        if headed and not any(self.kind_of(name) in models for i in after for name in self.names[i]):
            after = []
        return tuple(after or (i for i in self.trees if i >= loading[0]))

    def cells(self, where):
        """Cells of the section for which ``where(index)`` holds."""
        return tuple(self.transcript.cells[i] for i in self.section if where(i))

    # ---- marks

    def kind_of(self, name):
        """The kind of model that a name stands for; "" if it is none. Own classes are marked ``own: kind``."""
        last = self.imports.get(name, name).rsplit(".", 1)[-1]
        if FOREST.search(name if len(name) > 3 else "") or FOREST.search(last if len(last) > 3 else ""):
            return "forest"
        if name in self.classes:
            if re.search(r"forest|tree|wald|baum", name, re.I):
                return "forest"
            return next((f"own: {kind}" for kind, pattern in OWN if pattern.search(name)), "")
        return KINDS.get(last, "")

    def kinds(self, index):
        """Kinds of models that a cell works with: by class, or by names that hold models or their samples."""
        found = {self.kind_of(name) for name in self.names[index]} - {""}
        for name in self._plain_names(index):
            found |= self.marks.get(("", name), set())
        single = {self._single(call) for call in self.calls(index)} - {""}
        return (found | single) - {"generated", "predicted", "original"}

    def _plain_names(self, index):
        tree = self.trees[index]
        return {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)} if tree else set()

    def _single(self, call):
        """``gaussian`` for a mixture that is made with one component."""
        if self.kind_of(called(call)) != "mixture":
            return ""
        given = [k.value for k in call.keywords if k.arg == "n_components"] + call.args[:1]
        one = not given or (isinstance(given[0], ast.Constant) and given[0].value == 1)
        varied = bool(given) and not isinstance(given[0], ast.Constant)
        return "gaussian" if one else "perhaps gaussian" if varied else ""

    def assigned(self, index):
        """Names that a cell gives a value, or whose values it changes."""
        nodes = list(ast.walk(self.trees[index])) if self.trees.get(index) else []
        stored = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        return stored | {
            root(n) for n in nodes if isinstance(n, ast.Subscript) and isinstance(n.ctx, ast.Store)
        }

    def calls(self, index):
        """All calls in what a cell reaches."""
        return [n for node in self.reached[index] for n in ast.walk(node) if isinstance(n, ast.Call)]

    def marked(self, index, mark):
        """Whether a cell uses something with this mark."""
        if mark == "generated" and any(sampler(call) for call in self.calls(index)):
            return True
        return any(mark in self.marks.get(("", name), ()) for name in self._plain_names(index))

    def marks_in(self, index):
        """All marks of the names in a cell."""
        return set().union(*(self.marks.get(("", name), ()) for name in self._plain_names(index)))

    def _of(self, scope, node):
        """Marks of an expression: those of its names and of the calls in it."""
        found = set()
        for part in ast.walk(node):
            if isinstance(part, ast.Name):
                found |= self.marks.get((scope, part.id), self.marks.get(("", part.id), set()))
                if part.id not in self.definitions or part.id in self.classes:
                    found |= {self.kind_of(part.id)} - {""}
                else:
                    found |= self.marks.get(("returned by", part.id), set())
            elif isinstance(part, ast.Attribute):
                found |= {self.kind_of(part.attr)} - {""}
            elif isinstance(part, ast.Call):
                found |= self._of_call(scope, part)
        return found

    def _of_call(self, scope, call):
        name, found = called(call), set()
        if name in LOADERS:
            found.add("original")
        if sampler(call):
            found.add("generated")
        found |= {self._single(call)} - {""}
        if self.asks_generated(scope, call):
            found.add("predicted")
        return found

    def asks_generated(self, scope, call):
        """Whether a call asks a classifier about generated digits."""
        if called(call) not in ASKS or not isinstance(call.func, ast.Attribute):
            return False
        receiver = self._of(scope, call.func.value)
        if not any("classifier" in mark for mark in receiver) and receiver & {*MODELS, "original"}:
            return False
        arguments = [*call.args, *(k.value for k in call.keywords)]
        return any("generated" in self._of(scope, argument) for argument in arguments[:1])

    def _flow(self, scope, body):
        """Carry marks through statements, in order."""
        for node in body:
            if isinstance(node, ast.FunctionDef):
                self._flow_function(node)
                continue
            if isinstance(node, ast.ClassDef):
                continue
            for part in own_parts(node):
                self._assign_part(scope, part)

    def _flow_function(self, node):
        for argument in [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]:
            marks = self.marks.setdefault((node.name, argument.arg), set())
            if GENERATED_NAME.search(argument.arg) and not NOT_SAMPLERS.search(argument.arg) and not argument.arg.startswith("n_"):  # fmt: skip
                marks.add("generated")
        self._flow(node.name, node.body)

    def _assign_part(self, scope, part):
        if isinstance(part, ast.Assign):
            for target in part.targets:
                self._assign(scope, target, part.value)
        elif isinstance(part, ast.AugAssign | ast.AnnAssign | ast.NamedExpr) and part.value is not None:
            self._assign(scope, part.target, part.value)
        elif isinstance(part, ast.For | ast.comprehension):
            self._assign(scope, part.target, part.iter)
        elif isinstance(part, ast.Return) and part.value is not None and scope:
            self.marks.setdefault(("returned by", scope), set()).update(self._of(scope, part.value))
        elif isinstance(part, ast.Call):
            self._call(scope, part)

    def _assign(self, scope, target, value):
        pairs = side_by_side(target, value)
        if pairs:
            for part, source in pairs:
                self._assign(scope, part, source)
            return
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Call) and called(value) == "enumerate":
            target, value = target.elts[-1], value.args[0] if value.args else value
        marks = self._of(scope, value)
        for name in (n.id for n in ast.walk(target) if isinstance(n, ast.Name)):
            if isinstance(target, ast.Subscript | ast.Attribute) and name != root(target):
                continue
            self.marks.setdefault((scope, name), set()).update(marks)
            if "original" in marks and "generated" not in marks and LABEL_NAME.search(name):
                self.labels.add(name)

    def _call(self, scope, call):
        """Arguments mark the parameters of the hand-in's functions, and lists that something is appended to."""
        name = called(call)
        for node in self.definitions.get(name, ()):
            if isinstance(node, ast.FunctionDef):
                parameters = [a.arg for a in [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]]
                given = [*zip(parameters, call.args, strict=False), *((k.arg, k.value) for k in call.keywords if k.arg in parameters)]  # fmt: skip
                for parameter, value in given:
                    self.marks.setdefault((name, parameter), set()).update(self._of(scope, value))
        if isinstance(call.func, ast.Attribute) and name in {"append", "extend", "fit", "update", "add"}:
            holder = root(call.func)
            if holder and (name != "fit"):
                marks = set().union(*(self._of(scope, a) for a in call.args))
                self.marks.setdefault((scope, holder), set()).update(marks)
