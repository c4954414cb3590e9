"""Roles that nothing resembles by name, filled by what is left over: ``K`` for the kernel density estimator.

A hand-in with one-letter names still has one class per model. Classes that offer a role's methods and that no other
role claims are matched with the roles that are still empty, by initials, hyperparameters and the words of their
code. So are classes whose names claim a role that another class fills: ``TwoGaussians`` beside ``Gaussian``. What is
found so is never certain enough for a failure: a person is asked then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment

from grader.rubric import Role
from grader.team.candidates import is_number
from grader.team.evidence import named_like, overlap, share_of_methods, speaks_against, spoken_role
from grader.team.methods import method_names
from grader.team.names import core, parameter_resemblance
from grader.team.plans import AXES, ENOUGH, without_axis
from grader.team.symbols import Symbol

LEAST = 0.5
MOST_CONFIDENCE = 0.55


def left_over(
    empty: Mapping[str, Role],
    symbols: Sequence[Symbol],
    taken: Iterable[str],
    owner: Mapping[str, str],
    filled: Mapping[str, Role] | None = None,
) -> dict[str, Symbol]:
    """For each empty role the class that fits it best among those that nothing claims; roles without one are left out.

    ``taken`` are names of symbols that fill other roles, ``owner`` the role that a symbol's name claims. What claims
    one of the ``filled`` roles, which others fill, is left over as well.
    """
    used, others = set(taken), dict(filled or {})
    free = [
        s
        for s in symbols
        if s.kind == "class"
        and not s.shadowed
        and s.name not in used
        and owner.get(s.name, "") in ("", *empty, *others)
    ]
    names = list(empty)
    if not free or not names:
        return {}
    every = {**empty, **others}
    score = np.array(
        [
            [
                claimed(s, name, every) if owner.get(s.name) in others else likeness(s, empty[name])
                for s in free
            ]
            for name in names
        ]
    )
    rows, columns = linear_sum_assignment(score, maximize=True)
    pairs = zip(rows.tolist(), columns.tolist(), strict=True)
    return {names[row]: free[column] for row, column in pairs if score[row, column] >= LEAST}


def likeness(symbol: Symbol, role: Role) -> float:
    """How much speaks for a class as this role: initials, hyperparameters, words of its code; 0 if it cannot be."""
    if share_of_methods(role, symbol) < 0.6 or speaks_against(symbol.name, role):
        return 0.0
    return (
        float(short_for(symbol.name, role.names))
        + 0.5 * _settings(symbol, role)
        + 0.5 * overlap(symbol, role)
    )


def _settings(symbol: Symbol, role: Role) -> bool:
    """Whether a class takes every hyperparameter of a role by its name; nothing at all where the role has none."""
    wanted = [
        (name, *p.names, *(n for a in p.alternatives.values() for n in a))
        for name, p in role.parameters.items()
    ]
    named = method_names(role, symbol.methods)
    fitters = [names[0] for m, names in named.items() if names and role.methods[m].returns == "self"]
    own = [*symbol.parameters, *(p for name in fitters for p in symbol.methods[name])]
    if not wanted:
        return not any(p.ordinary for p in symbol.parameters)
    return all(
        any(parameter_resemblance(p.name, names) >= ENOUGH for p in own) or _per_axis(symbol, names)
        for names in wanted
    )


def claimed(symbol: Symbol, name: str, roles: Mapping[str, Role]) -> float:
    """How much speaks for a class as the role ``name`` although its name claims another one, which is filled.

    Its description, its name in the second place, and its hyperparameters: one whose hyperparameters no number of it
    can be is no such model.
    """
    role = roles[name]
    numbers = [p for p in symbol.parameters if p.ordinary and (p.required or is_number(p.value))]
    whole = share_of_methods(role, symbol) == 1.0 and not speaks_against(symbol.name, role)
    if not whole or (role.parameters and not (numbers or _settings(symbol, role))):
        return 0.0
    described = float(spoken_role(symbol, roles) == name)
    fitting = 0.5 * (bool(role.parameters) and _settings(symbol, role))
    return described + 0.5 * named_like(symbol, role) + fitting + 0.5 * overlap(symbol, role)


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
