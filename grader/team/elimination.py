"""Roles that nothing resembles by name, filled by what is left over: ``K`` for the kernel density estimator.

A hand-in with one-letter names still has one class per model. Classes that offer a role's methods and that no other
role claims are matched with the roles that are still empty, by initials, hyperparameters and the words of their
code. What is found so is never certain enough for a failure: a person is asked then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment

from grader.rubric import Role
from grader.team.candidates import Symbol
from grader.team.evidence import overlap, share_of_methods, speaks_against
from grader.team.methods import method_names
from grader.team.names import core, parameter_resemblance
from grader.team.plans import AXES, ENOUGH, without_axis

LEAST = 0.5
MOST_CONFIDENCE = 0.55


def left_over(
    empty: Mapping[str, Role], symbols: Sequence[Symbol], taken: Iterable[str], owner: Mapping[str, str]
) -> dict[str, Symbol]:
    """For each empty role the class that fits it best among those that nothing claims; roles without one are left out.

    ``taken`` are names of symbols that fill other roles, ``owner`` the role that a symbol's name claims.
    """
    used = set(taken)
    free = [
        s
        for s in symbols
        if s.kind == "class"
        and not s.shadowed
        and s.name not in used
        and owner.get(s.name, "") in ("", *empty)
    ]
    names = list(empty)
    if not free or not names:
        return {}
    score = np.array([[likeness(symbol, empty[name]) for symbol in free] for name in names])
    rows, columns = linear_sum_assignment(score, maximize=True)
    pairs = zip(rows.tolist(), columns.tolist(), strict=True)
    return {names[row]: free[column] for row, column in pairs if score[row, column] >= LEAST}


def likeness(symbol: Symbol, role: Role) -> float:
    """How much speaks for a class as this role: initials, hyperparameters, words of its code; 0 if it cannot be."""
    if share_of_methods(role, symbol) < 0.6 or speaks_against(symbol.name, role):
        return 0.0
    wanted = [
        (name, *p.names, *(n for a in p.alternatives.values() for n in a))
        for name, p in role.parameters.items()
    ]
    named = method_names(role, symbol.methods)
    fitters = [names[0] for m, names in named.items() if names and role.methods[m].returns == "self"]
    own = [*symbol.parameters, *(p for name in fitters for p in symbol.methods[name])]
    has = [
        any(parameter_resemblance(p.name, names) >= ENOUGH for p in own) or _per_axis(symbol, names)
        for names in wanted
    ]
    setting = 0.5 * (all(has) if wanted else not any(p.ordinary for p in symbol.parameters))
    return float(short_for(symbol.name, role.names)) + setting + 0.5 * overlap(symbol, role)


def _per_axis(symbol: Symbol, names: Iterable[str]) -> bool:
    """Whether a hyperparameter is given once per axis: ``nx, ny``."""
    known, own = tuple(names), [p.name for p in symbol.parameters]
    return any(all(any(without_axis(name, axis, known) for name in own) for axis in axes) for axes in AXES)


def short_for(name: str, names: Iterable[str]) -> bool:
    """Whether a name is the beginning or the initials of one of the names: ``GM``, ``hist``, ``K``, ``KernelModel``."""
    own = "".join(core(name))
    return bool(own) and any(
        one.lower().startswith(own) or "".join(word[0] for word in one.lower().split()).startswith(own)
        for one in names
    )
