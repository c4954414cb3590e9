"""Functions that are known by a word of their code where their names say nothing: pi in the area of a circle.

A rubric may name such words for a method that need not be found. What was taken so may be something else: what it
answers right counts, what it answers wrong is left to a person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from grader.rubric import Role
from grader.team.evidence import DISTRACTORS, NAMED, overlap
from grader.team.methods import method_resemblance
from grader.team.names import words
from grader.team.plans import ENOUGH
from grader.team.symbols import Symbol

SHOWING = frozenset(["plt", "ax", "axs", "axes", "fig", "pyplot", "subplots"])
"""Names in code that draws."""


def known_by_code(symbol: Symbol, role: Role) -> str:
    """The method of which a function's code speaks, and its name of no method of the role; empty if there is none."""
    short = symbol.short
    if any(method_resemblance(short, c, m) >= ENOUGH for c, m in role.methods.items()):
        return ""
    if SHOWING & symbol.words or DISTRACTORS & set(words(short)):
        return ""
    found = [c for c, m in role.methods.items() if m.code and set(m.code) <= symbol.words]
    return found[0] if len(found) == 1 and len(symbol.parameters) > 1 else ""


def known_functions(
    symbols: Sequence[Symbol], name: str, roles: Mapping[str, Role], owner: Mapping[str, str]
) -> list[Symbol]:
    """Loose functions that may be a method of a role by their code, and that nothing claims for another role."""
    role = roles[name]
    free = [
        s for s in symbols if s.kind == "function" and not s.shadowed and owner.get(s.name, "") in ("", name)
    ]
    others = [other for key, other in roles.items() if key != name]
    return [s for s in free if known_by_code(s, role) and not any(_says_more(s, other) for other in others)]


def doubts_of(symbols: Sequence[Symbol], role: Role, methods: Mapping[str, str]) -> dict[str, str]:
    """Why answers are in doubt, by method: of those of a binding (canonical name -> theirs) that only code speaks for."""
    known = {s.name: s for s in symbols}
    return {
        canonical: f"`{theirs}` was taken for '{canonical}' of '{role.title}' by its code alone: is it that?"
        for canonical, theirs in methods.items()
        if theirs in known and known_by_code(known[theirs], role) == canonical
    }


def _says_more(symbol: Symbol, role: Role) -> bool:
    """Whether name and code of a function speak of another role."""
    named = any(method_resemblance(symbol.short, c, m) >= NAMED for c, m in role.methods.items())
    return named and overlap(symbol, role) > 0
