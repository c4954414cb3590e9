"""Which functions were called with what: the hand-in's own, and library functions that are watched.

Lives in the kernel's process beside student code (standard library and NumPy only). Definitions at the top
level of cells and of the hand-in's own modules get one statement after their docstring,

    if flags[17]: note(17)

so that a function that was noted often enough costs one look into a list. The statement carries the line of
the one that follows it, and its two names are found among the built-in names; a process that lacks them
(a worker that got the function sent) goes on without notes.
"""

from __future__ import annotations

import ast
import builtins
import functools
import importlib.machinery
import inspect
import os
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

from . import summaries

_frame, _signature = sys._getframe, inspect.signature

PER_FUNCTION, IN_ALL, DEFINITIONS = 400, 20_000, 5_000
FLAGS, NOTE = "__cached_flags__", "__cached_call__"
"""Names under which definitions find the table and the function; with two underscores, so that classes keep them."""
_WALKED, _WITHIN = 80, 5
_COMPILED = ("jit", "script", "compile", "vectorize", "cuda")
_SPECIAL = ("__init__", "__call__")
"""The only ones of Python's special methods that are noted."""
_FITS = ("fit", "fit_predict", "fit_transform", "partial_fit")


class CallNotes:
    """Notes calls: at most 400 of each function and 20,000 in all; keeps no argument alive."""

    def __init__(
        self, cell: Callable[[], int], describe: summaries.Summaries, seen: Callable[[Any, Any], None]
    ) -> None:
        """``seen`` is told of every object whose ``fit`` is called, with the shape of what it is fitted to."""
        self.calls: list[dict[str, Any]] = []
        self.flags: list[bool] = []
        self._names: list[tuple[str, str]] = []
        self._counts: dict[str, int] = {}
        self._running: dict[types.CodeType, str] = {}
        self._cell, self._describe, self._seen = cell, describe, seen
        self._busy = False
        self._waiting: list[str] = []

    # ---- definitions of the hand-in -----------------------------------------------------------------

    def install(self, shell: Any, folder: str) -> None:
        """Mark the definitions of all later cells, and of modules that lie in ``folder``."""
        setattr(builtins, FLAGS, self.flags)
        setattr(builtins, NOTE, self._note_frame)
        shell.ast_transformers.append(self)
        loader: Any = importlib.machinery.SourceFileLoader
        original, inside = loader.source_to_code, os.path.realpath(folder) + os.sep

        def source_to_code(this: Any, data: Any, path: Any, *more: Any, **named: Any) -> Any:
            try:
                if os.path.realpath(path).startswith(inside):
                    data = self.visit(ast.parse(data))
            except Exception:  # ours or a mistake in the file: Python itself says which
                return original(this, data, path, *more, **named)
            return original(this, data, path, *more, **named)

        loader.source_to_code = source_to_code

    def visit(self, tree: Any) -> Any:
        """Mark the definitions of one cell; a tree that cannot be marked is left as it is."""
        try:
            self._mark(getattr(tree, "body", ()), "")
        except Exception:
            return tree
        return tree

    def _mark(self, body: Any, owner: str) -> None:
        for node in body:
            if isinstance(node, ast.FunctionDef):
                self._mark_function(node, owner)
            elif isinstance(node, ast.ClassDef):
                self._mark(node.body, f"{owner}{node.name}.")
            elif isinstance(node, ast.If | ast.Try | ast.With | ast.For | ast.While):
                for part in ("body", "orelse", "finalbody"):
                    self._mark(getattr(node, part, ()), owner)
                for handler in getattr(node, "handlers", ()):
                    self._mark(handler.body, owner)

    def _mark_function(self, node: ast.FunctionDef, owner: str) -> None:
        decorators = [ast.unparse(one) for one in node.decorator_list]
        if (
            len(self.flags) >= DEFINITIONS
            or _yields(node)
            or any(w in d for d in decorators for w in _COMPILED)
        ):
            return
        documented = isinstance(node.body[0], ast.Expr) and isinstance(node.body[0].value, ast.Constant)
        place = int(documented and isinstance(node.body[0].value.value, str))  # type: ignore[attr-defined]
        following = node.body[place] if place < len(node.body) else node.body[-1]
        arguments = [*node.args.posonlyargs, *node.args.args]
        method = bool(owner and arguments and "staticmethod" not in decorators)
        number = len(self.flags)
        statement = ast.parse(
            f"try:\n if {FLAGS}[{number}]: {NOTE}({number})\nexcept (NameError, IndexError): pass"
        ).body[0]
        for inner in ast.walk(statement):
            if hasattr(inner, "lineno"):
                ast.copy_location(inner, following)
        self._names.append((f"{owner}{node.name}"[:200], arguments[0].arg if method else ""))
        self.flags.append(True)
        node.body.insert(place, statement)

    def _note_frame(self, number: int) -> None:
        """Note the call whose frame is the caller's; nothing that goes wrong here reaches the cell."""
        if self._busy:
            return
        self._busy = True
        try:
            frame = _frame(1)
            name, first = self._names[number]
            self._running[frame.f_code] = name
            if not self._may(name):
                self.flags[number] = False
                return
            arguments = {"self" if key == first else key: value for key, value in _given(frame)}
            self._add(name, arguments, frame.f_back)
        except Exception:
            return
        finally:
            self._busy = False

    def _may(self, name: str) -> bool:
        count = self._counts.get(name, 0)
        self._counts[name] = count + 1
        return count < PER_FUNCTION and len(self.calls) < IN_ALL

    def _add(self, name: str, arguments: dict[str, Any], frame: Any) -> dict[str, Any]:
        described = {key[:60]: self._describe.of(value) for key, value in list(arguments.items())[:30]}
        note = {"cell": self._cell(), "name": name, "arguments": described, "result": None}
        note["within"] = self._within(frame)
        self.calls.append(note)
        if name.rpartition(".")[2] in _FITS and "self" in arguments:
            data = next((value for key, value in arguments.items() if key != "self"), None)
            self._seen(arguments["self"], getattr(data, "shape", None))
        return note

    def _within(self, frame: Any) -> list[str]:
        """Names of the noted functions that are running, outermost first: the nearest five.

        A function that calls itself stands there once.
        """
        found: list[str] = []
        for _ in range(_WALKED):
            if frame is None or len(found) == _WITHIN:
                break
            name = self._running.get(frame.f_code)
            if name is None and frame.f_code is _WATCHING:
                name = frame.f_locals.get("name")
            if name and found[-1:] != [name]:
                found.append(name)
            frame = frame.f_back
        return found[::-1]

    # ---- library functions --------------------------------------------------------------------------

    def watch(self, names: Any) -> None:
        """Wrap these functions and methods, now or (with nothing given) as soon as their module is loaded."""
        waiting = [*self._waiting, *(str(name) for name in names)]
        self._waiting = [name for name in waiting if not self._wrapped(name)]

    def _wrapped(self, name: str) -> bool:
        """Put a wrapper in place; False while the module is not loaded or not complete."""
        parts = name.split(".")
        for cut in range(len(parts) - 1, 0, -1):
            module = sys.modules.get(".".join(parts[:cut]))
            if module is not None:
                break
        else:
            return False
        owner: Any = module
        try:
            for part in parts[cut:-1]:
                owner = _stored(owner, part)
            original = _stored(owner, parts[-1])
            wrapper = _watching(original, name, self)
            setattr(owner, parts[-1], wrapper)
            home = sys.modules.get(original.__module__)
            if not isinstance(owner, type) and getattr(home, parts[-1], None) is original:
                setattr(home, parts[-1], wrapper)
        except (AttributeError, TypeError):
            return False
        return True

    def begin(self, name: str, function: Any, args: Any, kwargs: Any) -> dict[str, Any] | None:
        """Note the start of a watched call; None when it is not noted."""
        if self._busy:
            return None
        self._busy = True
        try:
            if not self._may(name):
                return None
            given = _signature(function).bind(*args, **kwargs)
            given.apply_defaults()
            return self._add(name, dict(given.arguments), _frame(2))
        except Exception:
            return None
        finally:
            self._busy = False

    def finish(self, note: dict[str, Any], result: Any) -> None:
        """Add the result of a watched call to its note."""
        self._busy = True
        try:
            note["result"] = self._describe.of(result)
        except Exception:
            return
        finally:
            self._busy = False


def _watching(original: Any, name: str, notes: CallNotes) -> Any:
    """A function that behaves like ``original`` and is noted."""

    @functools.wraps(original)
    def watched(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        note = notes.begin(name, original, args, kwargs)
        result = original(*args, **kwargs)
        if note is not None:
            notes.finish(note, result)
        return result

    return watched


_WATCHING: types.CodeType = next(
    one for one in _watching.__code__.co_consts if isinstance(one, types.CodeType)
)


def _stored(owner: Any, name: str) -> Any:
    """An attribute; of a module only what it holds already, since asking for more may load a part of it."""
    if isinstance(owner, types.ModuleType) and name not in vars(owner):
        raise AttributeError(name)
    return getattr(owner, name)


def _given(frame: types.FrameType) -> Iterator[tuple[str, Any]]:
    """The arguments of a call that has just begun, by parameter name."""
    code, local = frame.f_code, frame.f_locals
    count = code.co_argcount + code.co_kwonlyargcount
    count += bool(code.co_flags & inspect.CO_VARARGS) + bool(code.co_flags & inspect.CO_VARKEYWORDS)
    for name in code.co_varnames[:count]:
        if name in local:
            yield name, local[name]


def _yields(function: ast.FunctionDef) -> bool:
    """Whether a function is a generator: it yields outside the functions inside it."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            waiting += ast.iter_child_nodes(node)
    return False
