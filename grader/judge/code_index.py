"""Where names of a hand-in's source lead: to its own classes and functions, to values, or into a library.

Nothing is run. A *space* is one namespace: that of the notebook (or script), or that of a module beside it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from grader.records import Statement
from grader.syntax import parsed

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@dataclass(frozen=True)
class Place:
    """Where a statement stands, to turn lines of its source into lines for a reader."""

    where: str
    """``cell 3`` or a file's name."""
    line: int

    def of(self, node: ast.AST) -> str:
        """The line of a node in the hand-in, in words."""
        return f"{self.where}, line {self.line + getattr(node, 'lineno', 1) - 1}"


@dataclass(eq=False)
class Code:
    """One class, function or lambda expression of the hand-in."""

    name: str
    """``Line``, ``Line.fit``, ``distance.inner``."""
    node: ast.ClassDef | Function
    space: Space
    place: Place
    owner: Code | None = None
    """The class that a method belongs to."""
    methods: dict[str, Code] = field(default_factory=dict)
    values: dict[str, ast.expr] = field(default_factory=dict)
    """Of a class: what it assigns to its names."""

    @property
    def parameters(self) -> list[str]:
        """Names of a function's parameters that can be given by position, in order."""
        if isinstance(self.node, ast.ClassDef):
            return []
        return [p.arg for p in (*self.node.args.posonlyargs, *self.node.args.args)]

    def decorated(self, *words: str) -> bool:
        """Whether a decorator's name ends in one of the words."""
        return any(name.endswith(words) for name in map(ast.unparse, self.decorators()))

    def decorators(self) -> list[ast.expr]:
        """The decorators, without the arguments they are called with."""
        found = getattr(self.node, "decorator_list", [])
        return [one.func if isinstance(one, ast.Call) else one for one in found]


@dataclass(eq=False)
class Space:
    """The names of one namespace."""

    name: str
    code: dict[str, Code] = field(default_factory=dict)
    imports: dict[str, str] = field(default_factory=dict)
    """Name -> full name of what it was imported from."""
    stars: list[str] = field(default_factory=list)
    values: dict[str, ast.expr] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    """Of imports and values."""


class Index:
    """All namespaces of a hand-in; ``main`` is the one that is questioned."""

    def __init__(
        self, statements: Iterable[Statement], modules: Mapping[str, Iterable[Statement]] | None = None
    ) -> None:
        """``modules`` maps importable names (``models``, ``tools.distance``) to the statements of their files."""
        self.modules = {name: read_space(name, own) for name, own in (modules or {}).items()}
        self.main = read_space("", statements)

    def module(self, dotted: str) -> Space | None:
        """The hand-in's own module of that name, as far as its source is known."""
        return self.modules.get(dotted.lstrip("."))

    def find(self, dotted: str) -> Code | None:
        """The hand-in's own class or function behind a full name such as ``models.KDE``."""
        head, _, last = dotted.rpartition(".")
        space = self.module(head)
        return self.lookup(space, last) if space else None

    def lookup(self, space: Space, name: str, depth: int = 5) -> Code | None:
        """The class or function that a name of a namespace means; follows imports of own modules."""
        if name in space.code:
            return space.code[name]
        if depth and name in space.imports:
            head, _, last = space.imports[name].rpartition(".")
            own = self.module(head)
            return self.lookup(own, last, depth - 1) if own else None
        for star in space.stars if depth else ():
            own = self.module(star)
            found = self.lookup(own, name, depth - 1) if own else None
            if found:
                return found
        return None

    def named(self, space: Space, node: ast.expr) -> Code | None:
        """The hand-in's own class or function behind ``KDE`` or ``models.KDE``."""
        if isinstance(node, ast.Name):
            return self.lookup(space, node.id)
        if not isinstance(node, ast.Attribute):
            return None
        head, _, rest = ast.unparse(node).partition(".")
        return self.find(f"{space.imports.get(head, head)}.{rest}")

    def library(self, space: Space, node: ast.expr) -> str:
        """The full library name of ``np.linalg.norm`` or an imported name; empty if it is none."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or node.id not in space.imports:
            return ""
        dotted = ".".join([space.imports[node.id], *reversed(parts)])
        inside = any(self.module(dotted.rsplit(".", cut)[0]) for cut in range(dotted.count(".") + 1))
        return "" if inside or self.module(dotted) else dotted

    def bases(self, code: Code) -> list[Code]:
        """The hand-in's own classes from which a class inherits directly."""
        found = []
        for base in getattr(code.node, "bases", ()):
            own = self.named(code.space, base)
            if own is not None and own is not code:
                found.append(own)
        return found

    def lineage(self, code: Code) -> list[Code]:
        """A class and its own ancestors, nearest first."""
        line: list[Code] = []
        waiting = [code]
        while waiting and len(line) < 50:
            one = waiting.pop(0)
            if one not in line:
                line.append(one)
                waiting += self.bases(one)
        return line

    def method(self, code: Code, name: str) -> Code | None:
        """The method that objects of a class answer to."""
        return next((one.methods[name] for one in self.lineage(code) if name in one.methods), None)


def read_space(name: str, statements: Iterable[Statement]) -> Space:
    """Read statements in their order, so that a later definition replaces an earlier one."""
    space = Space(name)
    for statement in statements:
        where, _, line = statement.origin.rpartition(", line ")
        place = Place(where or statement.origin, int(line) if line.isdigit() else 1)
        try:
            tree = parsed(statement.source)
        except (SyntaxError, ValueError, RecursionError):
            continue
        for node in flattened(tree.body):
            _enter(space, node, place)
    return space


def flattened(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements in order, those inside ``if``, ``try`` and ``with`` included."""
    for node in body:
        if isinstance(node, ast.If | ast.Try | ast.With):
            handlers = [inner for handler in getattr(node, "handlers", ()) for inner in handler.body]
            yield from flattened([*handlers, *getattr(node, "orelse", ()), *node.body])
        else:
            yield node


def _enter(space: Space, node: ast.stmt, place: Place) -> None:
    if isinstance(node, ast.Import):
        for alias in node.names:
            bound = alias.asname or alias.name.split(".")[0]
            _bind_import(space, bound, alias.name if alias.asname else bound, place)
    elif isinstance(node, ast.ImportFrom):
        for alias in node.names:
            if alias.name == "*":
                space.stars.append(node.module or "")
            else:
                full = f"{node.module}.{alias.name}" if node.module else alias.name
                _bind_import(space, alias.asname or alias.name, full, place)
    elif isinstance(node, ast.ClassDef):
        space.code[node.name] = read_class(node, space, place)
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        space.code[node.name] = Code(node.name, node, space, place)
    elif isinstance(node, ast.Assign):
        for target in node.targets:
            _assign(space, target, node.value, place)
    elif isinstance(node, ast.AnnAssign) and node.value is not None:
        _assign(space, node.target, node.value, place)


def _bind_import(space: Space, bound: str, full: str, place: Place) -> None:
    space.imports[bound] = full
    space.places[bound] = place
    space.code.pop(bound, None)
    space.values.pop(bound, None)


def _assign(space: Space, target: ast.expr, value: ast.expr, place: Place) -> None:
    if isinstance(target, ast.Name):
        space.code.pop(target.id, None)
        space.imports.pop(target.id, None)
        space.places[target.id] = place
        if isinstance(value, ast.Lambda):
            space.code[target.id] = Code(target.id, value, space, place)
        elif isinstance(value, ast.Name) and value.id in space.code:
            space.code[target.id] = space.code[value.id]
        else:
            space.values[target.id] = value
    elif isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
        patched = space.code.get(target.value.id)
        put = space.code.get(value.id) if isinstance(value, ast.Name) else None
        if patched is not None and put is not None:
            patched.methods[target.attr] = Code(
                f"{patched.name}.{target.attr}", put.node, space, put.place, patched
            )


def read_class(node: ast.ClassDef, space: Space, place: Place) -> Code:
    """A class with its methods and the values it assigns to its names."""
    code = Code(node.name, node, space, place)
    for part in flattened(node.body):
        if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef):
            code.methods[part.name] = Code(f"{node.name}.{part.name}", part, space, place, code)
        elif isinstance(part, ast.Assign):
            for target in part.targets:
                _class_value(code, target, part.value)
        elif isinstance(part, ast.AnnAssign) and part.value is not None:
            _class_value(code, part.target, part.value)
    return code


def _class_value(code: Code, target: ast.expr, value: ast.expr) -> None:
    if isinstance(target, ast.Name):
        code.values[target.id] = value
        if isinstance(value, ast.Name) and value.id in code.methods:
            code.methods[target.id] = code.methods[value.id]
        elif isinstance(value, ast.Lambda):
            code.methods[target.id] = Code(f"{code.name}.{target.id}", value, code.space, code.place, code)
