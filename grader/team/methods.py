"""Which offered name stands for which canonical method, and what the name promises."""

from __future__ import annotations

from collections.abc import Iterable

from grader.rubric import Method, Role
from grader.team.names import joined, parameter_resemblance, words
from grader.team.plans import ENOUGH

LOG_WORDS = frozenset(
    {"log", "logs", "loglik", "logpdf", "logp", "ll", "nll", "logprob", "logdensity", "score"}
)


def method_names(role: Role, offered: Iterable[str]) -> dict[str, list[str]]:
    """Canonical method -> the offered names that may stand for it, best first; a name stands for one method.

    Steps written as ``a+b`` in the rubric are found when all of them are offered and nothing else is.
    """
    scored = []
    for name in offered:
        for canonical, method in role.methods.items():
            value = method_resemblance(name, canonical, method)
            if value >= ENOUGH - 0.1:
                scored.append((value, canonical, name))
    found: dict[str, list[str]] = {canonical: [] for canonical in role.methods}
    best: dict[str, tuple[float, str]] = {}
    for value, canonical, name in scored:
        if value > best.get(name, (0.0, ""))[0]:
            best[name] = (value, canonical)
    for value, canonical, name in sorted(scored, key=lambda entry: -entry[0]):
        if best[name] == (value, canonical):
            found[canonical].append(name)
    return found


def method_resemblance(name: str, canonical: str, method: Method) -> float:
    """How much an offered name looks like a canonical method; private names count less."""
    known = [canonical, *(n for n in method.names if "+" not in n)]
    value = max(parameter_resemblance(name, known), parameter_resemblance(name, method.plain) - 0.02)
    return value - 0.15 if name.startswith("_") and name != "__call__" else value


def steps_of(method: Method, offered: Iterable[str]) -> list[str]:
    """Single steps that together stand for the method (``e_step+m_step``), if all are offered."""
    have = {joined(name): name for name in offered}
    for known in method.names:
        steps = [joined(step) for step in known.split("+")]
        if len(steps) > 1 and all(step in have for step in steps):
            return [have[step] for step in steps]
    return []


def promise(name: str, method: Method) -> str:
    """``log`` or ``plain`` if the name says so."""
    if LOG_WORDS & set(words(name)):
        return "log"
    plain = any(parameter_resemblance(name, (known,)) >= ENOUGH for known in method.plain)
    return "plain" if plain else ""
