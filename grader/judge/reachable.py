"""What a hand-in's source tells about a role: the code that its questions reach, its loops, the libraries it uses.

By reading alone (``ast``). A plan of calls (see ``grader.team.adapters``) is written out as a small function that
makes the object and asks it, with arrays of data points as arguments; what that function reaches is the answer.
Guesses err on the side of the hand-in: a loop counts as one over data points only where that can be followed
from the arguments.
"""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from grader.judge.code_index import Code, Index, Place
from grader.judge.flow_values import Value, of
from grader.judge.library_uses import DRIVER, Use, library_uses
from grader.judge.live_source import live_index, with_local
from grader.judge.loop_flow import Flow
from grader.judge.written_plans import POINTS, written_out
from grader.records import Statement
from grader.syntax import parsed, unversioned, walk


@dataclass(frozen=True)
class Loop:
    """One Python loop on the called path."""

    where: str
    inside: str
    """Name of the function that holds it."""
    kind: str
    """``for``, ``while``, ``comprehension``, ``map``, ``element by element`` or ``function called for each``."""
    over: str
    """Source of what it runs over."""
    over_points: bool
    depth: int
    """How many loops over data points run inside one another here, this one included: 2 means pairs."""


@dataclass(frozen=True)
class Reach:
    """What is reached from the calls of a role."""

    code: tuple[str, ...]
    """Names of the hand-in's functions, methods and classes."""
    loops: tuple[Loop, ...] = ()
    uses: tuple[Use, ...] = ()

    @property
    def over_points(self) -> tuple[Loop, ...]:
        """The loops over data points, the deepest first."""
        return tuple(sorted((loop for loop in self.loops if loop.over_points), key=lambda one: -one.depth))

    def using(self, patterns: Iterable[str]) -> tuple[Use, ...]:
        """Uses whose full name fits one of the patterns, such as ``sklearn.mixture.*``."""
        chosen = tuple(patterns)
        return tuple(use for use in self.uses if any(fnmatchcase(use.name, pattern) for pattern in chosen))


def reachable(
    symbols: Sequence[str],
    statements: Iterable[Statement],
    modules: Mapping[str, Iterable[Statement]] | None = None,
    data: Sequence[str] = (),
) -> Reach | None:
    """Follow functions, classes (all public methods) and methods (``KDE.fit``) through the source.

    ``data`` names the parameters that hold data points; without it, those that have no default. ``modules`` maps
    names of the hand-in's own modules to their statements. Answers ``None`` where no symbol is found.
    """
    index = _with_modules(Index(statements, modules))
    lines = [line for symbol in symbols for line in _asked(index, symbol, set(data))]
    return _followed(index, lines) if lines else None


def reach_of_plan(
    plan: Mapping[str, Any],
    statements: Iterable[Statement],
    modules: Mapping[str, Iterable[Statement]] | None = None,
) -> Reach | None:
    """What the calls of an adapter's plan reach; ``None`` where the source of a called name is not known."""
    index = _with_modules(Index(statements, modules))
    plans = list(plan["plans"].values()) if "choice" in plan else [plan]
    lines = [line for one in plans for line in written_out(one)]
    names = {n.id for line in lines for n in walk(parsed(line)) if isinstance(n, ast.Name)}
    unknown = [name for name in names - _OWN_NAMES if not _is_known(index, name)]
    reach = None if unknown or not lines else _followed(index, lines)
    return reach if reach is not None and (reach.code or reach.uses) else None


def reach_of(team: Any, role: str) -> Reach | None:
    """What the source tells of a role of a team: a hand-in's own source, or that of the course's reference.

    What was found but could not be called is followed from its name. Answers ``None`` where the source is not known:
    nothing can be said then.
    """
    source = getattr(team, "source", None)
    if source is not None:
        binding = team.binding(role)
        if not (binding.plan.get("calls") or "choice" in binding.plan):
            return reachable(unversioned(binding.symbol).split(", "), source.statements, source.modules)
        return reach_of_plan(team.binding(role).plan, source.statements, source.modules)
    entry = getattr(team, "roles", {}).get(role)
    return reach_of_object(entry) if entry is not None else None


def reach_of_object(entry: Any) -> Reach | None:
    """The same for a class or function that lives in this process; ``None`` where it has no readable source."""
    home = getattr(entry, "__module__", None)
    name = getattr(entry, "__qualname__", "")
    index = live_index(home) if isinstance(home, str) else None
    if index is None or not name:
        return None
    if "<locals>" in name or name == "<lambda>":
        index, name = with_local(index, entry), entry.__name__
    lines = _asked(index, name, set())
    return _followed(index, lines) if lines else None


# ---- from plans to questions ----------------------------------------------------------------------------

_OWN_NAMES = frozenset({POINTS, "object_", "fitted_", "number_", "type"})


def _is_known(index: Index, name: str) -> bool:
    space = index.main
    return (
        index.lookup(space, name) is not None
        or (name in space.imports and not _is_missing(index, space.imports[name]))
        or name in space.values
    )


def _with_modules(index: Index) -> Index:
    """The index, own modules known by their names also where the notebook only imports from them, or not at all."""
    for name in index.modules:
        top = name.partition(".")[0]
        if top not in index.main.code and top not in index.main.values:
            index.main.imports.setdefault(top, top)
    return index


def _is_missing(index: Index, full: str) -> bool:
    """Whether an import comes neither from a module whose source is known nor from an installed package."""
    top = full.split(".")[0]
    return (
        index.module(full) is None and index.module(full.rpartition(".")[0]) is None and not _is_package(top)
    )


def _is_package(top: str) -> bool:
    try:
        return importlib.util.find_spec(top) is not None
    except (ImportError, ValueError):
        return False


def _asked(index: Index, symbol: str, data: set[str]) -> list[str]:
    """Questions to a symbol: a call of a function, or of all public methods of a class."""
    name, _, method = symbol.partition(".")
    code = index.lookup(index.main, name)
    if code is None:
        return [f"{symbol}()"] if name in index.main.imports or name in index.main.values else []
    if not isinstance(code.node, ast.ClassDef):
        return [f"{name}({_given(code, data, 0)})"]
    start = index.method(code, "__init__")
    lines = [f"object_ = {name}({_given(start, data, 1) if start else ''})"]
    offered = {m: one for owner in reversed(index.lineage(code)) for m, one in owner.methods.items()}
    for one in [method] if method else [m for m in offered if not m.startswith("_") or m == "__call__"]:
        if one in offered:
            lines.append(f"fitted_ = object_.{one}({_given(offered[one], data, 1)})")
    return lines


def _given(code: Code, data: set[str], skipped: int) -> str:
    """Arguments for a call: points for parameters that hold data (told, or without a default and not a number)."""
    assert not isinstance(code.node, ast.ClassDef)
    names = code.parameters[skipped:]
    required = len(names) - len(code.node.args.defaults)
    chosen = [
        name
        for position, name in enumerate(names)
        if (name in data if data else position < required and name[:2].lower() not in {"n", "n_", "nu"})
    ]
    return ", ".join(f"{name}={POINTS}" for name in chosen)


# ---- from questions to what they reach ------------------------------------------------------------------


def _followed(index: Index, lines: Sequence[str]) -> Reach:
    body = parsed(
        "\n".join([f"def driver({POINTS}, number_, object_, fitted_):", *(f"    {line}" for line in lines)])
    )
    node = body.body[0]
    assert isinstance(node, ast.FunctionDef)
    driver = Code(DRIVER, node, index.main, Place(DRIVER, 1))
    flow = Flow(index)
    flow.run(driver, {POINTS: of("data"), "number_": Value(), "object_": Value(), "fitted_": Value()})
    reached = [flow.known[number] for number in flow.given if flow.known[number] is not driver]
    classes = [flow.known[number] for number in sorted(flow.classes)]
    classes = list({id(one): one for made in classes for one in index.lineage(made)}.values())
    uses = {use: None for code in [driver, *reached, *classes] for use in library_uses(index, code)}
    return Reach(
        tuple(dict.fromkeys(code.name for code in [*reached, *classes] if code.name)),
        tuple(_loops(flow, driver)),
        tuple(uses),
    )


def _loops(flow: Flow, driver: Code) -> Iterator[Loop]:
    for (number, line, _), seen in sorted(flow.loops.items()):
        code = flow.known[number]
        if code is driver:
            continue
        where = code.place.of(ast.Pass(lineno=line))
        depth = seen.around + seen.weight
        yield Loop(where, code.name, seen.kind, seen.over, seen.weight > 0, depth)
