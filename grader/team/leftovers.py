"""What nothing was taken from: functions and classes that may be what seems to be missing.

A role (or one of its methods) is missing only where nothing is left that could be it. What is left: definitions
that no found role uses, whose name or code speaks of such work, and that do not merely use models: plots, studies,
tests, the making of data.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from grader.records import Binding, Slice
from grader.rubric import Role
from grader.syntax import parsed, walk
from grader.team.elimination import MOST_CONFIDENCE
from grader.team.evidence import DISTRACTORS, overlap, speaks_against
from grader.team.methods import method_names, method_resemblance
from grader.team.names import joined, words
from grader.team.plans import ENOUGH
from grader.team.questions import says_nothing
from grader.team.symbols import Symbol

UNSURE = 0.6
"""Confidence below which functions that were taken do not say that no class is the model."""
MOST_NAMED = 6
"""Candidates that are named in a sentence."""
DENSITY_WORDS = frozenset(
    ["exp", "log", "cov", "det", "slogdet", "inv", "cholesky", "eigh", "digitize", "searchsorted", "cdist", "logsumexp", "logpdf", "pdf", "multivariate_normal", "einsum"]
)  # fmt: skip
"""Names in code that fits or evaluates a density."""
DRAWING_WORDS = frozenset(
    ["choice", "normal", "randn", "rand", "standard_normal", "multivariate_normal", "uniform", "multinomial", "randint",
     "integers", "rvs", "default_rng"]
)  # fmt: skip
"""Names in code that draws at random."""
_SHOWING = frozenset(
    ["plt", "ax", "axs", "axes", "fig", "sns", "pyplot", "subplots", "scatter", "imshow", "contourf"]
)
_USING = frozenset(
    [
        "evaluate",
        "eval",
        "auswerten",
        "main",
        "run",
        "score",
        "compare",
        "loop",
        "all",
        "vergleiche",
        "experiment",
    ]
)
_MAKING = ("make_", "load_", "fetch_", "read_")


def with_leftovers(
    found: Mapping[str, Binding],
    symbols: Sequence[Symbol],
    owner: Mapping[str, str],
    roles: Mapping[str, Role],
    slice_: Slice,
) -> dict[str, Binding]:
    """The bindings, those with something missing told what is left that may be it.

    ``owner`` is the role that a symbol's name claims. What is left goes into ``doubts`` (under the method's name, or
    under none for a whole role) and into ``candidates``.
    """
    left = _Left(found, symbols, owner, slice_)
    return {
        name: left.told(binding, roles[name]) if name in roles else binding for name, binding in found.items()
    }


class _Left:
    """What is left of one hand-in."""

    def __init__(
        self,
        found: Mapping[str, Binding],
        symbols: Sequence[Symbol],
        owner: Mapping[str, str],
        slice_: Slice,
    ) -> None:
        sure = [b for b in found.values() if b.symbol and not b.doubts and b.confidence > MOST_CONFIDENCE]
        used = _reached(_taken(sure), symbols)
        answering = {short for b in sure for short in _taken([b])}
        nodes = dict(_definitions(slice_))
        self.owner, self.everything = owner, symbols
        self.filled = {b.role for b in sure}
        self.making = {name for name, node in nodes.items() if _makes_by_key(node, slice_)}
        self.symbols = [
            s
            for s in symbols
            if s.kind in ("class", "function")
            and not s.shadowed
            and s.name not in used
            and not _is_use(s, nodes.get(s.short), answering)
        ]

    def told(self, binding: Binding, role: Role) -> Binding:
        """The binding with what may be the role, or the methods of it that were not found."""
        if binding.kind == "broken":
            return binding
        if not binding.symbol:
            left = [s for s in self.symbols if self._may_be(s, binding.role, role, tuple(role.methods))]
            return doubting(binding, role, "", left) if left else binding
        if role.kind != "model":
            return binding
        known = {
            *binding.methods,
            *binding.plan.get("calls", {}),
            *binding.plan.get("implied", ()),
            *binding.doubts,
        }
        unsure = _unsure(binding)
        for method in role.methods:
            if method in known or role.methods[method].optional:
                continue
            left = [
                s
                for s in self.symbols
                if (s.kind == "function" or unsure or _serves(s, role, method))
                and self._may_be(s, binding.role, role, (method,))
            ]
            left = left or self._own(binding, known)
            if left:
                binding = doubting(binding, role, method, left)
        return binding

    def _own(self, binding: Binding, known: Collection[str]) -> list[Symbol]:
        """Methods of the class itself that take something, whose names say nothing, and that answer nothing yet."""
        owner = next((s for s in self.everything if s.name == binding.symbol and s.kind == "class"), None)
        if owner is None:
            return []
        used = {*known, *binding.methods.values(), *_texts(binding.plan)}
        return [
            Symbol(f"{owner.name}.{name}", "function", parameters, order=owner.order)
            for name, parameters in owner.methods.items()
            if says_nothing(name) and name not in used and any(p.required for p in parameters or ())
        ]

    def _may_be(self, symbol: Symbol, name: str, role: Role, methods: tuple[str, ...]) -> bool:
        """Whether a definition may fill a role (or one method of it), by the words of its name and of its code."""
        owner = self.owner.get(symbol.name, "")
        passed_over = symbol.kind == "class" and owner in self.filled  # that role is filled by something else
        if (owner not in ("", name) and not passed_over) or speaks_against(symbol.name, role):
            return False
        if symbol.kind == "class":
            offered = symbol.offers()
            spoken = [m for m, theirs in method_names(role, offered).items() if theirs]
            return bool(spoken) if role.kind == "model" else overlap(symbol, role) >= 0.5
        if role.kind == "function":
            return overlap(symbol, role) >= 0.5 and bool(DENSITY_WORDS & symbol.words)
        return symbol.name in self.making or any(_speaks(symbol, m, role) for m in methods)


def _unsure(binding: Binding) -> bool:
    """Whether loose functions were taken for want of anything better, so that a class may be the model after all."""
    return binding.kind in ("function", "functions") and binding.confidence < UNSURE


def _serves(symbol: Symbol, role: Role, method: str) -> bool:
    """Whether a class offers this one of a model's methods and is no model: ``Sampler(model, rng).draw(n)``."""
    offered = {m for m, theirs in method_names(role, symbol.offers()).items() if theirs}
    return symbol.kind == "class" and offered == {method}


def _speaks(symbol: Symbol, method: str, role: Role) -> bool:
    """Whether a function's name says that it does what a method does, or its code looks like it."""
    short = symbol.short
    wanted = role.methods[method]
    if method_resemblance(short, method, wanted) >= ENOUGH:
        return True
    if wanted.returns == "points":
        return bool(DRAWING_WORDS & symbol.words) and len(symbol.parameters) > 0
    return bool(DENSITY_WORDS & symbol.words) and overlap(symbol, role) > 0


def doubting(binding: Binding, role: Role, method: str, left: Sequence[Symbol]) -> Binding:
    """The binding with the doubt that a role, or a method of it, may be among what is left."""
    names = [symbol.name for symbol in left]
    told = ", ".join(f"`{name}`" for name in names[:MOST_NAMED])
    what = f"'{role.title}'" if not method else f"'{method}' of '{role.title}'"
    why = (
        f"Nothing was found by its name for {what}, but nothing was taken from {told}: that may be it. "
        f"{_how_to_name(binding, role, names)}"
    )
    return replace(
        binding,
        doubts={**binding.doubts, method: why},
        candidates=tuple(dict.fromkeys((*binding.candidates, *names))),
        why=f"{binding.why} {why}".strip(),
    )


def _how_to_name(binding: Binding, role: Role, names: Sequence[str]) -> str:
    """The line of ``bindings.yaml`` with which a tutor names them."""
    if role.kind == "function":
        return f"A tutor can name it in bindings.yaml: `{binding.role}: {{symbol: {names[0]}}}`."
    methods = ", ".join(f"{method}: ..." for method, one in role.methods.items() if not one.optional)
    return f"A tutor can name it in bindings.yaml: `{binding.role}: {{symbol: {names[0]}, methods: {{{methods}}}}}`."


# ---- what is used -----------------------------------------------------------------------------------------


def _taken(bindings: Iterable[Binding]) -> set[str]:
    """All symbols that these bindings name, in their plans too."""
    named: set[str] = set()
    for binding in bindings:
        named |= set(binding.symbol.split(", ")) | set(binding.methods.values())
        named |= set(_texts(binding.plan))
    return named


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)


def _reached(names: set[str], symbols: Sequence[Symbol]) -> set[str]:
    """These symbols and what their code uses, however many steps away."""
    by_name = {symbol.name: symbol for symbol in symbols}
    by_short = {symbol.short: symbol.name for symbol in symbols}
    reached: set[str] = set()
    waiting = [name for name in names if name in by_name]
    while waiting:
        name = waiting.pop()
        if name in reached:
            continue
        reached.add(name)
        symbol = by_name[name]
        waiting += [by_short[used] for used in (*symbol.free, *symbol.bases) if used in by_short]
    return reached


# ---- what only uses models --------------------------------------------------------------------------------


def _definitions(slice_: Slice) -> Iterator[tuple[str, ast.AST]]:
    for statement in slice_.statements:
        try:
            body = parsed(statement.source).body
        except (SyntaxError, ValueError):
            continue
        for node in body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield node.name, node
            elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda):
                yield from (
                    (target.id, node.value) for target in node.targets if isinstance(target, ast.Name)
                )


def _makes_by_key(node: ast.AST, slice_: Slice) -> bool:
    """Whether a function calls an entry of a table by its key, ``MODELS[name](**options)``, and we cannot read the table."""
    tables = {
        inner.func.value.id
        for inner in walk(node)
        if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Subscript)
        and isinstance(inner.func.value, ast.Name) and not isinstance(inner.func.slice, ast.Constant)
    }  # fmt: skip
    return not isinstance(node, ast.ClassDef) and bool(tables - _written_out(slice_))


def _written_out(slice_: Slice) -> set[str]:
    """Names of tables that are written out in the notebook, so that their entries are candidates themselves."""
    found: set[str] = set()
    for statement in slice_.statements:
        with suppress(SyntaxError, ValueError):
            for node in parsed(statement.source).body:
                if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict) and node.value.keys:
                    found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return found


def _is_use(symbol: Symbol, node: ast.AST | None, answering: set[str]) -> bool:
    """Whether a definition plots, evaluates, tests or makes data in place of being a model."""
    said = set(words(symbol.short))
    if DISTRACTORS & said or joined(symbol.short) in _USING or {"data", "daten"} & said or not symbol.words:
        return True
    if _SHOWING & symbol.words or (symbol.kind == "class" and _is_abstract(symbol)):
        return True
    if any(word.startswith(_MAKING) for word in symbol.words):
        return True
    return symbol.kind == "function" and (bool(symbol.free & answering) or _asks_models(node))


def _is_abstract(symbol: Symbol) -> bool:
    return {"notimplementederror", "abc", "abstractmethod"} & symbol.words != set()


def _asks_models(node: ast.AST | None) -> bool:
    """Whether a function calls methods such as ``fit`` and ``sample`` of what it is given."""
    asked = {
        inner.func.attr
        for inner in walk(node or ast.Module([], []))
        if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute)
        and isinstance(inner.func.value, ast.Name) and inner.func.value.id not in ("np", "rng", "random", "self")
    }  # fmt: skip
    return bool(asked & {"fit", "score_samples", "sample", "predict", "pdf", "score", "density", "logpdf"})
