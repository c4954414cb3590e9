"""Models whose functions say what they do and mark the model by a letter or two: ``fit_h, logp_h, draw_h, fit_g, ...``.

Functions that no role claims are sorted by the mark at one end of their names. A family has a function for each of
several methods; families are matched with the roles that are still empty by initials, hyperparameters and the words
of their code. What is found so is never certain enough for a failure: a person is asked then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment

from grader.rubric import Method, Role
from grader.team.elimination import LEAST, short_for
from grader.team.evidence import DISTRACTORS, overlap, speaks_against
from grader.team.methods import LOG_WORDS, method_resemblance
from grader.team.names import parameter_resemblance, words
from grader.team.plans import ENOUGH
from grader.team.symbols import Symbol

LONGEST_MARK = 4
"""Letters of a mark; a longer word is a name, and known or unknown as such."""


def families(
    symbols: Sequence[Symbol], roles: Mapping[str, Role], taken: Iterable[str], owner: Mapping[str, str]
) -> dict[str, dict[str, Symbol]]:
    """Mark -> the functions of one family by method; what fills roles (``taken``) or is claimed by name is left out."""
    used, methods = set(taken), _methods(roles)
    free = [
        s
        for s in symbols
        if s.kind == "function"
        and not s.shadowed
        and s.name not in used
        and not DISTRACTORS & set(words(s.name))
    ]
    best: dict[str, dict[str, Symbol]] = {}
    for end in (-1, 0):
        found: dict[str, dict[str, Symbol]] = {}
        for symbol in free:
            if owner.get(symbol.name, "") in ("", *roles):
                mark, method = _marked(symbol, end, methods)
                if method:
                    found.setdefault(mark, {})[method] = symbol
        whole = {mark: family for mark, family in found.items() if len(family) > 1}
        best = whole if len(whole) > len(best) else best
    return best


def siblings(
    spoken: Sequence[Symbol], symbols: Sequence[Symbol], role: Role, owner: Mapping[str, str]
) -> list[Symbol]:
    """Functions that nothing claims and that share a word with one that speaks of the role: ``kern_dichte, kern_ziehe``.

    What is left of the name, in front or at the end, must be a method's.
    """
    methods, known = _methods({"": role}), {symbol.name for symbol in spoken}
    ends = {(end, words(s.name)[end]) for s in spoken for end in (0, -1) if len(words(s.name)) > 1}
    ends = {(end, word) for end, word in ends if _spoken(word, methods)[0] < ENOUGH}
    found = []
    for symbol in symbols:
        parts = words(symbol.name)
        if symbol.kind != "function" or symbol.shadowed or symbol.name in known or len(parts) < 2:
            continue
        rests = [parts[1:] if end == 0 else parts[:-1] for end in (0, -1) if (end, parts[end]) in ends]
        free = not owner.get(symbol.name) and not DISTRACTORS & set(parts)
        if free and any(_spoken("_".join(rest), methods)[0] >= ENOUGH for rest in rests):
            found.append(symbol)
    return found


def _methods(roles: Mapping[str, Role]) -> list[tuple[str, Method]]:
    return [(name, method) for role in roles.values() for name, method in role.methods.items()]


def _marked(symbol: Symbol, end: int, methods: Sequence[tuple[str, Method]]) -> tuple[str, str]:
    """The mark at one end of a name, and the method of which the rest speaks; empty where there is none."""
    parts = words(symbol.name)
    if len(parts) == 1:
        return _run_together(parts[0], end, methods)
    if not parts or len(parts[end]) > LONGEST_MARK:
        return "", ""
    likeness, name = _spoken("_".join(parts[:-1] if end else parts[1:]), methods)
    return (parts[end], name) if likeness >= ENOUGH else ("", "")


def _run_together(word: str, end: int, methods: Sequence[tuple[str, Method]]) -> tuple[str, str]:
    """The same for a name without any border, such as ``hsample``: the rest must be a method's name to the letter."""
    for length in range(1, min(LONGEST_MARK, len(word) - 3) + 1):
        mark, rest = (word[-length:], word[:-length]) if end else (word[:length], word[length:])
        likeness, name = _spoken(rest, methods)
        if likeness >= 1:
            return mark, name
    return "", ""


def _spoken(rest: str, methods: Sequence[tuple[str, Method]]) -> tuple[float, str]:
    """The method of which a name speaks, and how clearly."""
    scored = [
        (
            max(
                method_resemblance(rest, name, method),
                float(method.returns == "vector" and rest in LOG_WORDS),
            ),
            name,
        )
        for name, method in methods
    ]
    return max(scored, default=(0.0, ""))


def matched(
    found: Mapping[str, Mapping[str, Symbol]], empty: Mapping[str, Role]
) -> dict[str, tuple[Symbol, ...]]:
    """For each empty role the family that fits it best; roles without one are left out."""
    marks, names = list(found), list(empty)
    if not marks or not names:
        return {}
    score = np.array([[_likeness(mark, found[mark], empty[name]) for mark in marks] for name in names])
    rows, columns = linear_sum_assignment(score, maximize=True)
    pairs = zip(rows.tolist(), columns.tolist(), strict=True)
    return {
        names[row]: tuple(found[marks[column]].values())
        for row, column in pairs
        if score[row, column] >= LEAST
    }


def _likeness(mark: str, by_method: Mapping[str, Symbol], role: Role) -> float:
    """How much speaks for a family as this role: its mark, its hyperparameters, the words of its code."""
    family = list(by_method.values())
    if any(speaks_against(symbol.name, role) for symbol in family):
        return 0.0
    known = [
        [name, *p.names, *(n for names in p.alternatives.values() for n in names)]
        for name, p in role.parameters.items()
    ]
    fitting = [
        by_method[name] for name, m in role.methods.items() if m.returns == "self" and name in by_method
    ]
    settings = [p for symbol in fitting or family for p in symbol.parameters]
    has = [any(parameter_resemblance(p.name, names) >= ENOUGH for p in settings) for names in known]
    words_of_code = sum(overlap(symbol, role) for symbol in family) / len(family)
    return short_for(mark, role.names) + 0.3 * (all(has) if known else 0.5) + 0.5 * words_of_code
