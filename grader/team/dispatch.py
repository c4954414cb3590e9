"""One set of functions for several models, told apart by a text: ``train("tree", X, 3)``, ``predict(model, P)``.

A parameter that the code compares with texts, or that gets texts at the team's own calls, selects the model where two
or more of these texts speak of different roles. For each role its text becomes a fixed argument of the calls.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import linear_sum_assignment

from grader.rubric import Role
from grader.team.candidates import is_number
from grader.team.code_words import SHOWING
from grader.team.elimination import short_for
from grader.team.evidence import DISTRACTORS, speaks_against
from grader.team.methods import method_resemblance
from grader.team.names import resemblance, words
from grader.team.plans import ENOUGH
from grader.team.symbols import Symbol

CLEAR = 0.75
"""Least resemblance of a text with a role's names."""


@dataclass(frozen=True)
class Dispatched:
    """The functions that serve one role, and how clearly their text speaks of it."""

    symbols: tuple[Symbol, ...]
    likeness: float


def dispatched(
    symbols: Sequence[Symbol], owner: Mapping[str, str], roles: Mapping[str, Role]
) -> dict[str, Dispatched]:
    """Role -> the functions for all models, with its text fixed; empty where no function selects by a text.

    ``owner`` is the role that a symbol's name claims; functions that speak of one role do not serve all.
    """
    models = {name: role for name, role in roles.items() if role.kind == "model"}
    general = [s for s in symbols if s.kind == "function" and not s.shadowed and not owner[s.name]]
    general = [s for s in general if not DISTRACTORS & set(words(s.name)) and not SHOWING & s.words]
    selecting = {s.name: chosen for s in general if (chosen := _selecting(s, models))}
    if not selecting:
        return {}
    serving = [s for s in general if s.name in selecting or _speaks_of_work(s, models)]
    found = {}
    for name in models:
        told = [chosen[name] for chosen in selecting.values() if name in chosen]
        if told:
            fixed = tuple(_fixed(s, selecting.get(s.name, {}).get(name)) for s in serving)
            found[name] = Dispatched(fixed, max(likeness for _, _, likeness in told))
    return found


def for_all_models(
    symbols: Sequence[Symbol], owner: Mapping[str, str], roles: Mapping[str, Role]
) -> list[Symbol]:
    """Functions that may serve every model, told apart by what a fit gave back: ``density(model, P)``, ``draw(model, n)``.

    They say what they do, but not of which model, and take the fitted model beside the points or their number.
    """
    models = {name: role for name, role in roles.items() if role.kind == "model"}
    general = [s for s in symbols if s.kind == "function" and not s.shadowed and not owner[s.name]]
    return [
        s
        for s in general
        if not DISTRACTORS & set(words(s.name))
        and not SHOWING & s.words
        and len(s.parameters) > 1
        and _speaks_of_work(s, models)
    ]


def _fixed(symbol: Symbol, chosen: tuple[str, str, float] | None) -> Symbol:
    if chosen is None:
        return symbol
    parameter, text, _ = chosen
    mine = [site for site in symbol.sites if text in site.get(parameter, ())]
    rest = tuple(
        replace(p, numbers=tuple(n for site in mine for n in site.get(p.name, ()) if is_number(n)))
        for p in symbol.parameters
        if p.name != parameter
    )
    return replace(symbol, parameters=rest, fixed={parameter: text})


def _selecting(symbol: Symbol, roles: Mapping[str, Role]) -> dict[str, tuple[str, str, float]]:
    """Role -> (parameter, text, likeness) where one parameter's texts speak of two roles or more."""
    for parameter in symbol.parameters:
        chosen = texts_of_roles(parameter.texts, roles)
        if len(chosen) > 1:
            return {name: (parameter.name, *told) for name, told in chosen.items()}
    return {}


def listed_role(symbol: Symbol, roles: Mapping[str, Role]) -> str:
    """The model for which a function stands in a dict that has several: ``MODELS["tree"]["fit"]``; empty if none."""
    models = {name: role for name, role in roles.items() if role.kind == "model"}
    chosen = texts_of_roles(symbol.beside, models) if symbol.listed else {}
    return next((n for n, (text, _) in chosen.items() if len(chosen) > 1 and text == symbol.listed[0]), "")


def texts_of_roles(texts: Sequence[str], roles: Mapping[str, Role]) -> dict[str, tuple[str, float]]:
    """Role -> the text that speaks of it best, no text for two roles."""
    if not texts or not roles:
        return {}
    score = np.array([[_likeness(text, role) for text in texts] for role in roles.values()])
    rows, columns = linear_sum_assignment(score, maximize=True)
    pairs = zip(rows.tolist(), columns.tolist(), strict=True)
    names = list(roles)
    return {names[r]: (texts[c], float(score[r, c])) for r, c in pairs if score[r, c] >= CLEAR}


def _likeness(text: str, role: Role) -> float:
    if speaks_against(text, role) or len(text.split()) > 3:
        return 0.0
    return max(resemblance(text, role.names), 0.8 * short_for(text, role.names))


def _speaks_of_work(symbol: Symbol, roles: Mapping[str, Role]) -> bool:
    """Whether a function's name says fit, density or sample, in any words."""
    return any(
        method_resemblance(symbol.name.rpartition(".")[2], name, method) >= ENOUGH
        for role in roles.values()
        for name, method in role.methods.items()
    )
