"""Classes that may fill a role of kind ``function`` though no name says so: by a method's name, or by what they do.

``Kernel.mmd2`` speaks with its method alone; ``SquaredExponential(h)(A, B)`` says by its code that it works with
kernels and means. What is found by its code alone is never certain enough for a failure.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from grader.rubric import Role
from grader.team.evidence import Candidate, overlap, share_of_methods, speaks_against
from grader.team.names import resemblance
from grader.team.symbols import Symbol

SAID_BY_METHOD = 0.9
"""Least resemblance of a method's name with the role's by which its class is a candidate."""
NAMED_BY_METHOD = 0.75
"""What such a name counts beside one of the class itself."""
LEAST_HINTS = 0.5
"""Share of the role's hints in the code by which a class is a candidate without any name."""
MOST_MODEL = 0.6
"""Share of a model's methods from which on a class is a model."""


def by_method(role: Role, symbols: Sequence[Symbol], owner: Mapping[str, str]) -> list[Candidate]:
    """Classes of which a method goes by the role's name; ``owner`` has the claims of names.

    Of an enumeration, whose objects are there already, its members.
    """
    listed = {symbol.type for symbol in symbols if symbol.member}
    found = []
    for symbol in symbols:
        made = symbol.kind == "class" and symbol.short not in listed
        if not (made or symbol.member) or not _free(symbol, role, owner):
            continue
        likeness = max((resemblance(n, role.names) for n in symbol.offers() if n[0] != "_"), default=0.0)
        if likeness >= SAID_BY_METHOD:
            found.append(Candidate((symbol,), NAMED_BY_METHOD, 1.0, overlap(symbol, role)))
    return sorted(found, key=lambda c: -c.symbols[0].order)


def by_shape(
    role: Role,
    roles: Mapping[str, Role],
    symbols: Sequence[Symbol],
    owner: Mapping[str, str],
    taken: Collection[str],
) -> list[Candidate]:
    """Classes that nothing claims and whose code, with that of their bases, speaks of the role."""
    models = [other for other in roles.values() if other.kind == "model"]
    by_name = {symbol.name: symbol for symbol in symbols}
    found = []
    for symbol in symbols:
        if symbol.kind != "class" or symbol.name in taken or not _free(symbol, role, owner):
            continue
        bases = [by_name[base] for base in symbol.bases if base in by_name]
        hints = max(overlap(one, role) for one in (symbol, *bases))
        model = any(share_of_methods(other, symbol) >= MOST_MODEL for other in models)
        if hints >= LEAST_HINTS and not model:
            found.append(Candidate((symbol,), 0.0, 1.0, hints))
    return sorted(found, key=lambda c: (-c.hints, -c.symbols[0].order))


def _free(symbol: Symbol, role: Role, owner: Mapping[str, str]) -> bool:
    """Whether no name claims a symbol for another role, and none speaks against it as this one."""
    return not symbol.shadowed and not owner.get(symbol.name) and not speaks_against(symbol.name, role)
