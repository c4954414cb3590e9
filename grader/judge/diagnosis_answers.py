"""Exact answers: whose they are, when hand-in and candidates were asked the same."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import combinations
from typing import Any, TypeVar

import numpy as np

from grader.judge.checks import spoken
from grader.judge.diagnosis_candidates import Candidate
from grader.judge.diagnosis_probes import Asked, Blocks, Diagnosis, ExactProbe
from grader.judge.lab import Lab
from grader.records import Evidence

Named = TypeVar("Named")
CLOSE = 1e-3
"""Relative error up to which exact answers are those of a candidate."""
BETTER = 10.0
"""Factor by which the next candidate's error must be larger."""
ALIKE = 1e-6
"""Relative error up to which two candidates answer alike and cannot be told apart."""


def relative_error(answered: Blocks, expected: Blocks) -> float:
    """Root mean square difference over the expected values' standard deviation, of the worst block.

    A block that does not vary is measured in its own unit. No constant is fitted. Blocks of other shapes, and
    numbers that are not finite, are infinitely far.
    """
    if len(answered) != len(expected):
        return float("inf")
    errors = [0.0]
    for mine, wanted in zip(answered, expected, strict=True):
        if np.shape(mine) != np.shape(wanted) or not (np.isfinite(mine).all() and np.isfinite(wanted).all()):
            return float("inf")
        spread = float(np.std(wanted)) or 1.0
        errors.append(float(np.sqrt(np.mean(np.square(mine - wanted)))) / spread)
    return max(errors)


def by_conditions(probe: ExactProbe, team: Any, lab: Lab, asked: Asked) -> Diagnosis | None:
    """The candidate whose exact answers are the team's under the first condition that one explains.

    If no single one does, two mistakes whose effects add up may; right answers end the search.
    """
    tried = []
    for condition in probe.conditions(team, lab):
        answers = probe.hand_in(team, lab, condition)
        expected = asked.of(partial(_exact, probe, lab, condition))
        fit = by_answers(answers, expected)
        if fit:
            return asked.named(*fit)
        for block in range(len(answers) if probe.alone else 0):
            fit = by_answers([answers[block]], [(c, [blocks[block]]) for c, blocks in expected])
            found = asked.named(*fit) if fit else None
            if found is not None:
                return found
        tried.append((answers, expected))
    pairs = (by_pairs(*one) for one in tried if probe.additive)
    return next((found for found in pairs if found is not None), None)


def by_pairs(answers: Blocks, expected: Sequence[tuple[Candidate, Blocks]]) -> Diagnosis | None:
    """The one pair of mistakes whose effects on the reference's answers add up to the given ones."""
    right = next((blocks for candidate, blocks in expected if not candidate.name), None)
    if right is None:
        return None
    both = [
        ((first, second), [x + y - z for x, y, z in zip(a, b, right, strict=True)])
        for (first, a), (second, b) in combinations([e for e in expected if e[0].name], 2)
    ]
    fit = by_answers(answers, both)
    if fit is None or len(fit[0]) > 1:
        return None
    pair = fit[0][0]
    return Diagnosis(" and ".join(c.name for c in pair), " And: ".join(c.says for c in pair), fit[1])


def by_answers(
    answers: Blocks, candidates: Sequence[tuple[Named, Blocks]]
) -> tuple[list[Named], Evidence] | None:
    """The candidate whose exact answers are the given ones, or the group that answers alike, and by how much."""
    ranked = sorted(
        ((relative_error(answers, blocks), c, blocks) for c, blocks in candidates), key=lambda r: r[0]
    )
    if not ranked or ranked[0][0] > CLOSE:
        return None
    least, _, best = ranked[0]
    group = [c for _, c, blocks in ranked if relative_error(blocks, best) <= ALIKE]
    rest = [error for error, c, _ in ranked if c not in group]
    if rest and rest[0] < BETTER * max(least, 1e-12):
        return None
    words = "relative distance from the answers of a known mistake"
    return group, Evidence(words, least, f"at most {spoken(CLOSE)}, and a tenth of the next one's")


def _exact(probe: ExactProbe, lab: Lab, condition: Any, candidate: Any) -> Blocks:
    return probe.candidate(candidate, lab, condition)
