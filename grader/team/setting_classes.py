"""Settings that are objects of a class of the team's: ``Mixture(MixtureConfig(k=3), rng=rng)``, ``Model(**options)``.

Such a class holds values and does nothing with data. Which one a parameter takes is told by its annotation, its
default, the team's own calls, the class in square brackets after a base class, and the fields that the code reads.
Its fields then count as parameters of their own, and an object is made of them when the call is made.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from grader.syntax import walk
from grader.team.call_sites import Calls, Definition, base_names, called_name
from grader.team.class_numbers import given_attributes
from grader.team.symbols import Argument, Symbol

_COPYING = ("from", "with", "replace", "load", "parse", "merge")
"""Beginnings of methods that give another object of the same kind."""
_OTHER_BASES = frozenset(["Enum", "IntEnum", "StrEnum", "Flag", "Protocol", "ABC", "Exception", "BaseException", "Module"])  # fmt: skip

OF_ARRAYS = frozenset(dir(np.ndarray))
"""Attributes that say nothing of a class of the team's: an array has them, too."""


def with_setting_classes(
    symbols: Sequence[Symbol], calls: Calls, definitions: Mapping[str, Definition]
) -> tuple[Symbol, ...]:
    """The symbols, parameters that take an object of settings with the fields of its class."""
    makers = {s.made_by: s for s in symbols if is_settings(s)}
    opener = _Opener(makers, {s.made_by: s for s in symbols if s.kind == "class"}, calls, definitions)
    return tuple(symbol if symbol.made_by in makers else opener.opened(symbol) for symbol in symbols)


def is_settings(symbol: Symbol) -> bool:
    """Whether a class holds named values and no method of it takes anything."""
    if symbol.kind != "class" or symbol.shadowed or _OTHER_BASES & set(symbol.bases):
        return False
    if not symbol.parameters or not all(p.ordinary for p in symbol.parameters):
        return False
    acting = [
        name
        for name, parameters in symbol.methods.items()
        if (name == "__call__" or name[:1] != "_") and not name.startswith(_COPYING)
        if name == "__call__" or any(p.required and p.ordinary for p in parameters)
    ]
    return not acting


class _Opener:
    """Finds the settings of one hand-in's signatures."""

    def __init__(
        self,
        makers: Mapping[str, Symbol],
        classes: Mapping[str, Symbol],
        calls: Calls,
        definitions: Mapping[str, Definition],
    ) -> None:
        self._makers, self._classes = makers, classes
        self._calls, self._definitions = calls, definitions

    def opened(self, symbol: Symbol) -> Symbol:
        """The symbol with what its constructor (or itself, a function) and its methods take."""
        name = symbol.made_by
        parameters = self._with_options(symbol, name)
        return replace(
            symbol,
            parameters=self._signature(parameters, name),
            methods={
                method: self._signature(taken, "") if method != "__init__" else taken
                for method, taken in symbol.methods.items()
            },
        )

    def _signature(self, parameters: Sequence[Argument], owner: str) -> tuple[Argument, ...]:
        """The same parameters; ``owner`` is the class or function whose calls and code tell more of them."""
        names = [p.name for p in parameters]
        return tuple(self._one(p, names, owner) for p in parameters)

    def _one(self, parameter: Argument, names: Sequence[str], owner: str) -> Argument:
        if not parameter.ordinary or parameter.holds:
            return parameter
        maker = self._maker(parameter, owner)
        if maker is None:
            return parameter
        fields = {f.name: f for f in maker.parameters if f.required or f.name not in names}
        return replace(parameter, holds=fields, shape="made", maker=maker.name)

    def _maker(self, parameter: Argument, owner: str) -> Symbol | None:
        """The class of settings that a parameter takes, if anything says so."""
        said = [*identifiers(parameter.annotation), *_class_of(parameter.default)]
        found = [name for name in dict.fromkeys(said) if name in self._makers]
        if not found and owner:
            given = [one.value for one in self._calls.of(owner, parameter.name) if one.kind == "made"]
            found = [name for name in dict.fromkeys(given) if name in self._makers]
        if not found and owner and parameter.value is None:
            found = self._by_use(parameter, owner)
        return self._makers[found[0]] if len(found) == 1 else None

    def _by_use(self, parameter: Argument, owner: str) -> list[str]:
        """By ``Base[Config]`` where the class is derived from, else by the fields that are read of it."""
        read = parameter.uses | frozenset(self._read(owner, parameter.name))
        if read <= OF_ARRAYS:  # `X.mean(axis=0)` speaks of points, whatever fields a class has
            return []
        fitting = [n for n, m in self._makers.items() if read <= {p.name for p in m.parameters}]
        definition = self._definitions.get(owner)
        bases = definition.bases if isinstance(definition, ast.ClassDef) else []
        named = [
            w
            for base in bases
            if isinstance(base, ast.Subscript)
            for w in identifiers(ast.unparse(base.slice))
        ]
        return [name for name in fitting if name in named] or fitting

    def _read(self, owner: str, parameter: str) -> Iterator[str]:
        """Attributes that a class reads of what it keeps under a parameter's name: ``self.config.width``."""
        for definition in self._lineage(owner):
            for node in walk(definition):
                inner = node.value if isinstance(node, ast.Attribute) else None
                if isinstance(inner, ast.Attribute) and inner.attr.strip("_") == parameter.strip("_"):
                    yield node.attr  # type: ignore[attr-defined]

    def _lineage(self, name: str) -> Iterator[ast.ClassDef]:
        """A class and those of the team's that it is derived from."""
        waiting, seen = [name], set()
        while waiting:
            definition = self._definitions.get(waiting.pop(0))
            if isinstance(definition, ast.ClassDef) and definition.name not in seen:
                seen.add(definition.name)
                yield definition
                waiting += base_names(definition)

    # ---- ``**options`` ------------------------------------------------------------------------------

    def _with_options(self, symbol: Symbol, name: str) -> tuple[Argument, ...]:
        """The constructor's parameters, ``**options`` written out where they go to settings or to a base class."""
        if symbol.kind != "class" or not any(p.kind == "var_keyword" for p in symbol.parameters):
            return symbol.parameters
        known = {p.name for p in symbol.parameters if p.ordinary and (p.default or p.required)}
        more: dict[str, Argument] = {}
        for option in self._passed_on(name):
            if option.ordinary and option.name not in known:
                more.setdefault(option.name, replace(option, kind="keyword_only"))
        for attribute in given_attributes(list(self._lineage(name))):
            if attribute not in {p.name for p in symbol.parameters}:
                more.setdefault(attribute, Argument(attribute, "keyword_only", required=False))
        return (*(p for p in symbol.parameters if p.name not in more), *more.values())

    def _passed_on(self, name: str) -> Iterator[Argument]:
        """What ``Settings(**options)`` and ``super().__init__(**options)`` take."""
        lineage = list(self._lineage(name))
        for place, definition in enumerate(lineage):
            starts = [n for n in definition.body if isinstance(n, ast.FunctionDef) and n.name == "__init__"]
            for start in starts[:1]:
                stars = start.args.kwarg.arg if start.args.kwarg else ""
                calls = [c for c in walk(start) if isinstance(c, ast.Call) and _passes(c, stars)]
                makers = [self._makers[n] for c in calls if (n := called_name(c)) in self._makers]
                yield from (option for maker in makers for option in maker.parameters)
                if any(isinstance(c.func, ast.Attribute) and c.func.attr == "__init__" for c in calls):
                    base = next((self._classes.get(d.name) for d in lineage[place + 1 :]), None)
                    yield from base.parameters if base else ()
                    continue
                return


def _passes(call: ast.Call, stars: str) -> bool:
    """Whether a call hands on ``**stars``."""
    return any(k.arg is None and isinstance(k.value, ast.Name) and k.value.id == stars for k in call.keywords)


def identifiers(text: str) -> list[str]:
    """The identifiers in an annotation."""
    return re.findall(r"[^\W\d]\w*", text)


def _class_of(default: str) -> list[str]:
    """The class of a default by how it is written: ``Config(h=0.3)``, ``<module.Config object at ...>``."""
    found = re.match(r"<?(?:\w+\.)*([^\W\d]\w*)(?:\(| object at )", default)
    return [found[1]] if found else []
