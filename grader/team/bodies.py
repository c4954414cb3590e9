"""What stands inside the definitions of a hand-in: their words, texts, free names, and what they return."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from grader.records import Slice
from grader.syntax import class_makers, made_class, parsed, walk
from grader.team.class_numbers import number_attributes
from grader.team.names import words
from grader.team.symbols import Argument
from grader.team.written_names import written_globals

__all__ = ["Body", "read_bodies", "read_tables"]


@dataclass(frozen=True)
class Body:
    """What the code of one definition contains; see ``Symbol`` for the fields of the same names."""

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
    made: tuple[tuple[str, Any], ...]
    """Fields of a dataclass that start as a list or tuple written in ``default_factory=lambda: [0.3]``, with that value."""
    origin: str
    order: int


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


def read_tables(slice_: Slice, sources: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Global name -> the short texts that are keys of the dict which it is given at the top level."""
    tables: dict[str, tuple[str, ...]] = {}
    for text in [*sources.values(), *(statement.source for statement in slice_.statements)]:
        try:
            tree = parsed(text)
        except (SyntaxError, ValueError):
            continue
        for node in tree.body:
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict | ast.Call):
                keys = tuple(key for key, _ in _keys(node.value))
                whole = isinstance(node.value, ast.Dict) or getattr(node.value.func, "id", "") == "dict"
                for target in node.targets:
                    if isinstance(target, ast.Name) and keys and whole:
                        tables[target.id] = keys
    return tables


def read_bodies(slice_: Slice, sources: Mapping[str, str]) -> dict[str, list[Body]]:
    """Name -> what its definitions contain, in order."""
    bodies: dict[str, list[Body]] = {}
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
    bodies: dict[str, list[Body]],
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


def _patch(node: ast.Assign, bodies: dict[str, list[Body]]) -> None:
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
) -> Body:
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
    return Body(
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
        _made_fields(node),
        origin,
        order,
    )


def _made_fields(node: ast.AST) -> tuple[tuple[str, Any], ...]:
    found = []
    for inner in node.body if isinstance(node, ast.ClassDef) else ():
        if (
            isinstance(inner, ast.AnnAssign)
            and isinstance(inner.value, ast.Call)
            and isinstance(inner.target, ast.Name)
        ):
            made = [k.value for k in inner.value.keywords if k.arg == "default_factory"]
            value = _literal(made[0].body) if made and isinstance(made[0], ast.Lambda) else None
            if value:
                found.append((inner.target.id, value))
    return tuple(found)


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
