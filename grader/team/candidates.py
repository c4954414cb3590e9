"""What a hand-in offers: its classes, functions and instances, with signatures and the words of their code.

The live description (from the process that holds the definitions) says what exists after everything was loaded;
the source says what stands inside: words, texts, names of returned parts. Imported library objects are no
candidates: only what the hand-in, or a module in its folder, defines.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from grader.records import Slice
from grader.syntax import class_makers, literal, made_class, parsed, unversioned, walk
from grader.team.class_numbers import number_attributes
from grader.team.names import words
from grader.team.written_names import written_globals


@dataclass(frozen=True)
class Argument:
    """One parameter in a signature of the hand-in."""

    name: str
    kind: str = "positional_or_keyword"
    required: bool = True
    value: Any = None
    """Default value if it is a number, a text, a truth value, or a list or tuple of such."""
    annotation: str = ""
    default: str = ""
    """The default as it is written; empty where there is none."""
    holds: Mapping[Any, Argument] = field(default_factory=dict)
    """For several settings in one: key or place -> what stands there; see ``grader.team.settings``."""
    shape: str = ""
    """Of these settings: ``dict``, ``tuple``, or ``made`` where they are fields of a class of the team's."""
    maker: str = ""
    """The symbol of that class."""
    given: frozenset[str] = frozenset()
    """Functions (or their parts, ``fit#0``) whose results the team passes to it."""
    passed: frozenset[str] = frozenset()
    """Functions that the team passes to it."""
    texts: tuple[str, ...] = ()
    """Texts that the team passes to it, or that the code compares it with."""
    numbers: tuple[float, ...] = ()
    """Numbers that the team passes to it."""
    branches: tuple[tuple[Any, frozenset[str]], ...] = ()
    """Values with which the code compares it, each with the words of what it does then; None where nothing fits."""
    uses: frozenset[str] = frozenset()
    """Attributes that the code reads of it, such as the methods of a generator of random numbers."""

    @property
    def starred(self) -> bool:
        """Whether it collects further positional arguments."""
        return self.kind == "var_positional"

    @property
    def ordinary(self) -> bool:
        """Whether one value is passed to it."""
        return not self.kind.startswith("var_")


@dataclass(frozen=True)
class Symbol:
    """A class, function or instance that the hand-in defines."""

    name: str
    kind: str
    """``class``, ``function`` or ``instance``."""
    parameters: tuple[Argument, ...] = ()
    """Of the function, or of the constructor (without ``self``)."""
    methods: dict[str, tuple[Argument, ...]] = field(default_factory=dict)
    inherited: frozenset[str] = frozenset()
    """Methods that come from a library's base class; their signatures are unknown here."""
    bases: tuple[str, ...] = ()
    words: frozenset[str] = frozenset()
    """Lower-case words of the identifiers in its code."""
    free: frozenset[str] = frozenset()
    """Names that its code reads from outside of it."""
    written: frozenset[str] = frozenset()
    """Global names that its code binds or changes."""
    texts: tuple[str, ...] = ()
    """Short texts in its code, in order."""
    parts: tuple[str, ...] = ()
    """Names of what a function returns: of a tuple's entries or a dict's keys."""
    labels: tuple[str, ...] = ()
    """What the entries of a returned tuple may be called, where the code gives them no names."""
    listed: tuple[str, ...] = ()
    """Keys under which it stands in a dict: ``("tree", "fit")`` for ``MODELS["tree"]["fit"]``."""
    beside: tuple[str, ...] = ()
    """All first keys of that dict."""
    doc: str = ""
    origin: str = ""
    order: int = 0
    type: str = ""
    """Class name of an instance."""
    shadowed: bool = False
    unbound: bool = False
    """Whether it lies in a module of the hand-in and no name of the notebook leads to it."""
    times: int = 0
    """How often the hand-in's top-level code calls it, in loops twice."""
    sites: tuple[Mapping[str, tuple[Any, ...]], ...] = ()
    """For each of the team's calls the literals that it passes."""
    settings: tuple[Argument, ...] = ()
    """Attributes of a class that hold a number from the start, and that nothing reads before the object is made."""
    statics: frozenset[str] = frozenset()
    """Methods of a class that need no object."""
    fixed: Mapping[str, Any] = field(default_factory=dict)
    """Arguments that are always passed: what makes a function for several models one for this."""

    @property
    def plain(self) -> str:
        """The name under which it stands in the code: ``predict`` for the first of several, ``predict#0``."""
        return unversioned(self.name)

    @property
    def short(self) -> str:
        """The same without its module."""
        return self.plain.rpartition(".")[2]

    @property
    def made_by(self) -> str:
        """The short name; for an instance that of its class."""
        return self.type if self.kind == "instance" else self.short

    @property
    def member(self) -> bool:
        """Whether it is a member of an enumeration: ``Kernel.SE``."""
        return self.kind == "instance" and self.plain.rpartition(".")[0].rpartition(".")[2] == self.type

    def offers(self) -> dict[str, tuple[Argument, ...] | None]:
        """Public methods with their parameters; None where the signature is a library's."""
        foreign: dict[str, tuple[Argument, ...] | None] = dict.fromkeys(sorted(self.inherited))
        own = {name: pars for name, pars in self.methods.items() if name == "__call__" or name[:2] != "__"}
        return {**foreign, **own}


@dataclass(frozen=True)
class _Body:
    words: frozenset[str]
    free: frozenset[str]
    texts: tuple[str, ...]
    parts: tuple[str, ...]
    calls: frozenset[str]
    written: frozenset[str]
    keys: tuple[tuple[str, Any], ...]
    """Texts with which its code reads a keyword or setting: ``self["h"]``, ``options.get("h")``, ``dict(h=1)``; each
    with the value that it has otherwise, where that is written as a literal."""
    statics: frozenset[str]
    """Methods of a class that need no object."""
    settings: tuple[Argument, ...]
    origin: str
    order: int


def gather(
    slice_: Slice, described: Iterable[Mapping[str, Any]], sources: Mapping[str, str] | None = None
) -> tuple[Symbol, ...]:
    """All symbols of a hand-in, in the order of their definitions.

    ``described`` is the live description of the namespace, ``sources`` the text of the hand-in's own modules by
    module name, where known. Shadowed earlier definitions are included and marked.
    """
    bodies = _bodies(slice_, sources or {})
    found = []
    for position, entry in enumerate(described):
        if entry.get("kind") not in ("class", "function", "instance"):
            continue
        symbol = _symbol(entry, position)
        found.append(_with_body(symbol, bodies, str(entry.get("module") or "")))
    return tuple(sorted(found, key=lambda symbol: symbol.order))


def _symbol(entry: Mapping[str, Any], position: int) -> Symbol:
    kind = str(entry["kind"])
    methods = {name: arguments(pars) for name, pars in dict(entry.get("methods") or {}).items()}
    return Symbol(
        name=str(entry["name"]),
        kind=kind,
        parameters=methods.get("__init__", ()) if kind == "instance" else arguments(entry.get("parameters")),
        methods=methods,
        inherited=frozenset(entry.get("inherited") or ()),
        bases=tuple(str(base).rpartition(".")[2] for base in entry.get("bases") or ()),
        doc=str(entry.get("doc") or ""),
        type=str(entry.get("type") or ""),
        order=10_000 + position,
        shadowed=bool(entry.get("shadowed")),
        unbound=bool(entry.get("unbound")),
    )


def arguments(listed: Any) -> tuple[Argument, ...]:
    """Signature from the live description's list of parameters."""
    return tuple(
        Argument(
            name=str(entry["name"]),
            kind=str(entry.get("kind", "positional_or_keyword")),
            required=bool(entry.get("required", entry.get("default") is None)),
            value=_default(entry),
            annotation=str(entry.get("annotation", "")),
            default=str(entry.get("default") or ""),
        )
        for entry in listed or ()
    )


def is_number(value: object) -> bool:
    """Whether a literal is a number and no truth value."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _default(entry: Mapping[str, Any]) -> Any:
    """The default as a value, where the description gives it or its text is a literal."""
    text = entry.get("default")
    if entry.get("value") is not None or not isinstance(text, str):
        return entry.get("value")
    try:
        return literal(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None


def _with_body(symbol: Symbol, bodies: dict[str, list[_Body]], module: str) -> Symbol:
    """Add what the source says of the definition that the symbol stands for; ``module`` is where it is defined."""
    version = symbol.name.partition("#")[2]
    plain, short = symbol.plain, symbol.made_by
    known = [name for name in (f"{module}.{short}", plain) if "." in name and name in bodies]
    written = bodies.get(known[0] if known else short)
    if not written:
        return symbol
    body = written[min(int(version), len(written) - 1)] if version else written[-1]
    called = [bodies[name][-1] for name in body.calls if name in bodies]
    wider = body.words.union(*(one.words for one in called))
    return replace(
        symbol,
        parameters=_with_keywords(symbol.parameters, body.keys),
        words=wider if symbol.kind == "function" else body.words,
        free=body.free,
        written=body.written.union(*(one.written for one in called)),
        texts=body.texts,
        parts=body.parts,
        settings=body.settings,
        statics=body.statics,
        origin=body.origin,
        order=body.order,
    )


def _with_keywords(
    parameters: tuple[Argument, ...], keys: tuple[tuple[str, Any], ...]
) -> tuple[Argument, ...]:
    """The signature with ``**options`` written out: one optional keyword per name that the code reads from it."""
    if not any(parameter.kind == "var_keyword" for parameter in parameters):
        return parameters
    known = {parameter.name for parameter in parameters}
    read: dict[str, Any] = {}
    for key, value in keys:
        if key.isidentifier() and key not in known and read.get(key) is None:
            read[key] = value
    more = (Argument(key, "keyword_only", required=False, value=value) for key, value in read.items())
    return (*parameters, *more)


def _keys(node: ast.AST) -> tuple[tuple[str, Any], ...]:
    """Texts in square brackets, in ``.get`` and its like, as keys of a dict or keywords of ``dict``, with values."""
    found: list[tuple[Any, ast.expr | None]] = []
    for inner in walk(node):
        if isinstance(inner, ast.Subscript) and isinstance(inner.slice, ast.Constant):
            found.append((inner.slice.value, None))
        elif isinstance(inner, ast.Dict):
            pairs = zip(inner.keys, inner.values, strict=True)
            found += [(key.value, value) for key, value in pairs if isinstance(key, ast.Constant)]
        elif isinstance(inner, ast.Call) and isinstance(inner.func, ast.Name) and inner.func.id == "dict":
            found += [(keyword.arg, keyword.value) for keyword in inner.keywords]
        elif (
            isinstance(inner, ast.Call)
            and isinstance(inner.func, ast.Attribute)
            and inner.func.attr in {"get", "pop", "setdefault"}
            and inner.args
            and isinstance(inner.args[0], ast.Constant)
        ):
            found.append((inner.args[0].value, inner.args[1] if len(inner.args) > 1 else None))
    return tuple((text, _literal(v)) for text, v in found if isinstance(text, str) and len(text) <= 40)


def _literal(node: ast.expr | None) -> Any:
    """The number, text, truth value, or tuple or list of such that stands there; None for anything else."""
    try:
        value = None if node is None else ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
    return value if isinstance(value, bool | int | float | str | tuple | list) else None


def _bodies(slice_: Slice, sources: Mapping[str, str]) -> dict[str, list[_Body]]:
    """Name -> what its definitions contain, in order."""
    bodies: dict[str, list[_Body]] = {}
    texts = [(text, f"{name}", -1000 + k, name) for k, (name, text) in enumerate(sources.items())]
    texts += [(s.source, s.origin, position, s.module) for position, s in enumerate(slice_.statements)]
    makers: dict[str, ast.FunctionDef] = {}
    for text, origin, order, module in texts:
        try:
            tree = parsed(text)
        except (SyntaxError, ValueError):
            continue
        makers |= class_makers(tree.body)
        for node in tree.body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                body = _body(node, origin, order)
                for name in (node.name, *([f"{module}.{node.name}"] if module else [])):
                    bodies.setdefault(name, []).append(body)
            elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda):
                for target in (t for t in node.targets if isinstance(t, ast.Name)):
                    bodies.setdefault(target.id, []).append(_body(node.value, origin, order))
            elif isinstance(node, ast.Assign):
                _patch(node, bodies)
                _made(node, bodies, makers, origin, order)
    return bodies


def _made(
    node: ast.Assign,
    bodies: dict[str, list[_Body]],
    makers: Mapping[str, ast.FunctionDef],
    origin: str,
    order: int,
) -> None:
    """A class that a function makes, ``Tree = model_class(grow, ask, depth=3)``, has the code that it is made of.

    Keywords that are no parameters of the function itself are settings of the class.
    """
    call = made_class(node, makers)
    if call is None:
        return
    body = _body(call, origin, order)
    parts = [bodies[name][-1] for name in _free(call) if name in bodies and name not in makers]
    maker = makers.get(call.func.id)  # type: ignore[attr-defined]
    known = {one.arg for one in walk(maker.args) if isinstance(one, ast.arg)} if maker else set()
    settings = [(w.arg, _literal(w.value)) for w in call.keywords if w.arg and w.arg not in known]
    made = replace(
        body,
        words=body.words.union(*(part.words for part in parts)),
        texts=(*body.texts, *(text for part in parts for text in part.texts)),
        keys=tuple(settings),
    )
    for target in (t for t in node.targets if isinstance(t, ast.Name)):
        bodies.setdefault(target.id, []).append(made)


def _patch(node: ast.Assign, bodies: dict[str, list[_Body]]) -> None:
    """A function put into a class later (``A.fit, A.sample = _fit, _sample``) counts as that class's code.

    It is the function that goes by this name at this moment: the next cell may use the name for another class.
    """
    for target in node.targets:
        several = isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple)
        pairs = zip(target.elts, node.value.elts, strict=False) if several else [(target, node.value)]  # type: ignore[attr-defined]
        for left, right in pairs:
            if not (isinstance(left, ast.Attribute) and isinstance(left.value, ast.Name)):
                continue
            owner, function = bodies.get(left.value.id), bodies.get(getattr(right, "id", ""))
            if owner and function:
                owner[-1] = replace(
                    owner[-1],
                    words=owner[-1].words | function[-1].words,
                    free=owner[-1].free | function[-1].free,
                    texts=(*owner[-1].texts, *function[-1].texts),
                )


def _body(
    node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.Call,
    origin: str,
    order: int,
) -> _Body:
    used: set[str] = set()
    texts: list[str] = []
    calls: set[str] = set()
    for inner in walk(node):
        if isinstance(inner, ast.Name):
            used.update(words(inner.id), (inner.id.lower(),))
        elif isinstance(inner, ast.Attribute | ast.arg):
            name = inner.attr if isinstance(inner, ast.Attribute) else inner.arg
            used.update(words(name), (name.lower(),))
        elif isinstance(inner, ast.FunctionDef):
            used.update(words(inner.name), (inner.name.lower(),))
        elif isinstance(inner, ast.Constant) and isinstance(inner.value, str) and len(inner.value) <= 40:
            texts.append(inner.value)
        if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Name):
            calls.add(inner.func.id)
    return _Body(
        frozenset(used),
        _free(node),
        tuple(texts),
        _parts(node),
        frozenset(calls),
        written_globals(node),
        _keys(node),
        _statics(node),
        tuple(
            Argument(n, "keyword_only", required=False, value=v) for n, v in number_attributes(node).items()
        ),
        origin,
        order,
    )


def _statics(node: ast.AST) -> frozenset[str]:
    """Methods of a class that need no object: static ones and those of the class."""
    functions = [n for n in getattr(node, "body", ()) if isinstance(n, ast.FunctionDef)] if isinstance(node, ast.ClassDef) else []  # fmt: skip
    return frozenset(
        f.name
        for f in functions
        if any(isinstance(d, ast.Name) and d.id in ("staticmethod", "classmethod") for d in f.decorator_list)
    )


def _free(node: ast.AST) -> frozenset[str]:
    """Names read but never bound anywhere inside (a coarse but safe idea of what comes from outside)."""
    read: set[str] = set()
    bound: set[str] = set()
    for inner in walk(node):
        if isinstance(inner, ast.Name):
            (read if isinstance(inner.ctx, ast.Load) else bound).add(inner.id)
        elif isinstance(inner, ast.arg):
            bound.add(inner.arg)
    return frozenset(read - bound)


def _parts(node: ast.AST) -> tuple[str, ...]:
    """Names of the entries of the last tuple or dict that a function returns."""
    names: tuple[str, ...] = ()
    for value in _returned(node):
        if isinstance(value, ast.Tuple):
            names = tuple(_label(entry, position) for position, entry in enumerate(value.elts))
            asked = [_asked_with(entry) for entry in value.elts]
            if len(set(names)) < len(names) and all(asked):
                names = tuple(asked)
        elif isinstance(value, ast.Dict):
            names = tuple(str(k.value) for k in value.keys if isinstance(k, ast.Constant))
        elif isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "dict":
            names = tuple(str(keyword.arg) for keyword in value.keywords if keyword.arg)
    return names


def _returned(node: ast.AST) -> list[ast.expr]:
    """Expressions of the return statements of this function alone, names followed to their last assignment."""
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return []
    found: list[ast.expr] = []
    assigned: dict[str, ast.expr] = {}
    stack: list[ast.AST] = list(reversed(node.body))
    while stack:
        inner = stack.pop()
        if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            continue
        if (
            isinstance(inner, ast.Assign)
            and len(inner.targets) == 1
            and isinstance(inner.targets[0], ast.Name)
        ):
            assigned[inner.targets[0].id] = inner.value
        if isinstance(inner, ast.Return) and inner.value is not None:
            value = inner.value
            found.append(assigned.get(value.id, value) if isinstance(value, ast.Name) else value)
        stack.extend(reversed(list(ast.iter_child_nodes(inner))))
    return found


def _asked_with(node: ast.expr) -> str:
    """``se`` of ``estimate(se)``: the first argument of a call, where it is a name."""
    first = node.args[0] if isinstance(node, ast.Call) and node.args else None
    return first.id if isinstance(first, ast.Name) else ""


def _label(node: ast.expr, position: int) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return node.attr
    called = {n.func.id for n in walk(node) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
    return called.pop() if len(called) == 1 else str(position)
