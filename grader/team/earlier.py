"""Functions whose names were used again later for something else, and that are still what an earlier task asks for.

A notebook may define ``predict`` for one model and, cells later, ``predict`` for another. The last definition is the one
that counts for its own role alone: an earlier one whose code belongs to another role is asked there. Where two
definitions belong to the same role, or nothing tells to which, the last one counts as it would in a run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from grader.rubric import Role
from grader.team.evidence import CLEARLY, overlap, speaks_against
from grader.team.methods import method_resemblance
from grader.team.symbols import Symbol

KINDS = ("model", "descent")
"""Kinds of roles that are asked by several methods."""


class Versions:
    """The definitions of functions that were written more than once under one name, and the roles they belong to."""

    def __init__(
        self, symbols: Sequence[Symbol], roles: Mapping[str, Role], owner: Mapping[str, str]
    ) -> None:
        """``owner`` is the role that a symbol's name claims, empty where it claims none."""
        self._roles = {name: role for name, role in roles.items() if role.kind in KINDS}
        self._owner = owner
        self._current = {s.name: s for s in symbols if not s.shadowed}
        several = {s.plain for s in symbols if s.shadowed and s.kind == "function"}
        self._of_name: dict[str, list[Symbol]] = {name: [] for name in several}
        for symbol in sorted(symbols, key=lambda s: s.order):
            if symbol.kind == "function" and symbol.plain in several:
                self._of_name[symbol.plain].append(symbol)

    def for_role(self, name: str, functions: Sequence[Symbol]) -> list[Symbol]:
        """The functions, those that belong to another role replaced by their earlier definitions for this one."""
        if name not in self._roles:
            return list(functions)
        earlier = {one.plain: one for one in self._living(name)}
        return [s for s in functions if s.plain not in earlier] + list(earlier.values())

    def _living(self, name: str) -> Iterator[Symbol]:
        for definitions in self._of_name.values():
            belongs = [self._belongs(symbol) for symbol in definitions]
            if name not in belongs:
                continue
            last = len(belongs) - 1 - belongs[::-1].index(name)
            others = belongs[last + 1 :]
            if others and all(others) and self._whole(definitions[last], definitions[last + 1]):
                yield definitions[last]

    def _belongs(self, symbol: Symbol) -> str:
        """The role of one of whose methods a definition has the name, and which its code tells from all others."""
        likeness = {
            key: max((method_resemblance(symbol.plain, c, m) for c, m in role.methods.items()), default=0.0)
            for key, role in self._roles.items()
            if not speaks_against(symbol.plain, role)
        }  # fmt: skip
        highest = max(likeness.values(), default=0.0)
        best = [key for key, value in likeness.items() if value > highest - 0.05]
        if highest < CLEARLY or not best:
            return ""
        called = {self._owner.get(one.name, "") for one in self._reached(symbol)} & set(best)
        if len(called) == 1:
            return called.pop()
        if len({frozenset(self._roles[key].methods) for key in best}) < len(best):
            return ""
        first, *others = sorted(best, key=lambda key: -overlap(symbol, self._roles[key]))
        most = overlap(symbol, self._roles[first])
        return first if all(overlap(symbol, self._roles[key]) < most for key in others) else ""

    def _whole(self, symbol: Symbol, following: Symbol) -> bool:
        """Whether all that a definition calls is still what it was when the next one took its name."""
        return all(one.order < following.order for one in self._reached(symbol))

    def _reached(self, symbol: Symbol) -> Iterator[Symbol]:
        """What the code of a definition uses of the hand-in's own functions and classes, however many steps away."""
        seen, waiting = {symbol.plain}, [symbol]
        while waiting:
            for used in sorted(waiting.pop().free):
                if used in self._current and used not in seen:
                    seen.add(used)
                    waiting.append(self._current[used])
                    yield self._current[used]
