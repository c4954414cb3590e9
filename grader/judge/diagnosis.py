"""Diagnosis: the known mistake whose answers are those of the hand-in.

A sheet's ``diagnoses.py`` says per item how it is probed: ``PROBES = {item: (probe, ...)}``, tried in turn, and
``roles(namespace)``, which finds the roles among a twin's definitions. A probe first looks at the hand-in for
the conditions to ask under (training data, hyperparameters as the hand-in really took them), then hand-in and
candidates are asked the same. Candidates are the wrong twins that touch the item, and the reference, which
stands for "nothing wrong". Precision comes before coverage: what is not clearly one mistake is not named.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.errors import RubricFault
from grader.judge.checks import spoken
from grader.judge.diagnosis_candidates import Candidate, Roles, read_candidates
from grader.judge.diagnosis_samples import explanations
from grader.judge.lab import Lab
from grader.judge.sheet import import_part
from grader.records import Evidence, Finding
from grader.rubric import Item

Array = NDArray[np.float64]
Blocks = Sequence[Array]
CLOSE = 1e-3
"""Relative error up to which exact answers are those of a candidate."""
BETTER = 10.0
"""Factor by which the next candidate's error must be larger."""
ALIKE = 1e-6
"""Relative error up to which two candidates answer alike and cannot be told apart."""
NATS = 20.0
"""Log-likelihood by which a sample's candidate must lead."""
ABSURD = 1e-4
"""A candidate whose chi-square p-value for the sample is lower does not explain it."""
MOST = 3
"""At most so many candidates are named together."""
CPU_SECONDS = 1.5
"""CPU time of ours for one item; beyond it nothing is named."""


@dataclass(frozen=True)
class Diagnosis:
    """The mistake behind a failure: names of twins, what to tell the reader, and what it rests on."""

    name: str
    says: str = ""
    evidence: Evidence | None = None

    def told(self, finding: Finding) -> Finding:
        """The finding with the diagnosis, its sentence and its evidence."""
        return replace(
            finding,
            diagnosis=self.name,
            message=f"{finding.message} Likely cause: {self.says}".strip() if self.says else finding.message,
            evidence=finding.evidence + ((self.evidence,) if self.evidence else ()),
        )


Diagnose = Callable[[Any, Item, Lab, Finding], Diagnosis | None]


@dataclass(frozen=True)
class ExactProbe:
    """Asks for numbers that must be equal when the mistake is the same.

    ``conditions(team, lab)`` gives the conditions to ask under, the likelier first: the first one that has an
    explanation decides. ``hand_in(team, lab, condition)`` and ``candidate(team, lab, condition)`` give blocks
    of finite numbers, one array each, that a candidate has to explain all.
    """

    conditions: Callable[[Any, Lab], Sequence[Any]]
    hand_in: Callable[[Any, Lab, Any], Blocks]
    candidate: Callable[[Any, Lab, Any], Blocks]
    alone: bool = False
    """Where no candidate explains all blocks of a condition, each block is taken alone."""


@dataclass(frozen=True)
class SampleProbe:
    """Asks for samples, which must have the same distribution when the mistake is the same.

    ``condition(team, lab)`` gives the condition to draw under, or None. ``hand_in(team, lab, condition, n)``
    and ``candidate(team, lab, condition, n)`` draw points (n, 2); ``marks(condition)`` names places that points
    may hit exactly.
    """

    condition: Callable[[Any, Lab], Any]
    hand_in: Callable[[Any, Lab, Any, int], Array]
    candidate: Callable[[Any, Lab, Any, int], Array]
    marks: Callable[[Any], Mapping[str, Array]]


@dataclass(frozen=True)
class FactProbe:
    """Knows a mistake by a fact of its own: ``fact(team, lab)`` gives the twin's name, or nothing."""

    fact: Callable[[Any, Lab], str]


Probe = ExactProbe | SampleProbe | FactProbe


class OverspentError(Exception):
    """The candidates took more than their CPU time."""


@dataclass(frozen=True)
class Diagnoser:
    """Diagnoses the items of one sheet: ``diagnoser(team, item, lab, finding)``, None where nothing is sure."""

    candidates: tuple[Candidate, ...]
    probes: Mapping[str, Sequence[Probe]]
    roles: Roles
    clock: Callable[[], float] = time.process_time

    def __call__(self, team: Any, item: Item, lab: Lab, finding: Finding) -> Diagnosis | None:
        """The mistake behind a failed or partly failed finding; raises what the team's code or a probe raises."""
        if finding.diagnosis:
            return Diagnosis(finding.diagnosis)
        mistakes = [c for c in self.candidates if not c.name or item.id in c.touches]
        asked = _Candidates(item.id, mistakes, self.roles, lab, self.clock)
        for probe in self.probes.get(item.id, ()):
            found = self._by(probe, team, lab, asked)
            if found is not None:
                return found
        return None

    def _by(self, probe: Probe, team: Any, lab: Lab, asked: _Candidates) -> Diagnosis | None:
        if isinstance(probe, FactProbe):
            name = probe.fact(team, lab)
            says = next((c.says for c in self.candidates if c.name == name), "")
            return Diagnosis(name, says) if name else None
        if isinstance(probe, SampleProbe):
            return by_sample(probe, team, lab, asked)
        return by_conditions(probe, team, lab, asked)


@dataclass
class _Candidates:
    """The candidates of one item, asked one after the other within a limit of CPU time for all questions."""

    item: str
    known: Sequence[Candidate]
    roles: Roles
    lab: Lab
    clock: Callable[[], float]
    spent: float = 0.0

    def of(self, ask: Callable[[Any], Any]) -> list[tuple[Candidate, Any]]:
        """What each candidate answers; one that cannot be asked so is left out."""
        answers = []
        for candidate in self.known:
            start = self.clock()
            try:
                answered = ask(candidate.team(self.roles, self.lab.seed(f"candidate {candidate.name}")))
            except (ValueError, TypeError, IndexError, ArithmeticError, np.linalg.LinAlgError):
                continue
            finally:
                self.spent += self.clock() - start
            answers.append((candidate, answered))
            if self.spent > CPU_SECONDS:
                raise OverspentError
        return answers

    def named(self, group: Sequence[Candidate], evidence: Evidence) -> Diagnosis | None:
        """The diagnosis of a group; None if it holds the reference, or too many to be of use.

        Mistakes that cost the item for certain go before those that only may.
        """
        if any(not candidate.name for candidate in group):
            return None
        group = [c for c in group if self.item in c.breaks] or group
        name = " or ".join(candidate.name for candidate in group)
        says = " Or: ".join(candidate.says for candidate in group)
        return Diagnosis(name, says, evidence) if len(group) <= MOST else None


def _exact(probe: ExactProbe, lab: Lab, condition: Any, candidate: Any) -> Blocks:
    return probe.candidate(candidate, lab, condition)


def _drawn(probe: SampleProbe, lab: Lab, condition: Any, n: int, candidate: Any) -> Array:
    return np.asarray(probe.candidate(candidate, lab, condition, n), dtype=float)


def load_diagnoser(folder: Path) -> Diagnoser | None:
    """The diagnoser of the sheet whose reference lies in ``folder``; None if it has no ``diagnoses.py``.

    Raises ``RubricFault`` when that file does not define ``PROBES`` and ``roles``.
    """
    if not (folder / "diagnoses.py").is_file():
        return None
    module = import_part(folder, "diagnoses")
    probes, roles = getattr(module, "PROBES", None), getattr(module, "roles", None)
    if not isinstance(probes, Mapping) or not callable(roles):
        raise RubricFault(
            "must define PROBES and the function roles(namespace)", where=str(folder / "diagnoses.py")
        )
    return Diagnoser(read_candidates(folder.resolve()), probes, roles)


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


def by_conditions(probe: ExactProbe, team: Any, lab: Lab, asked: _Candidates) -> Diagnosis | None:
    """The candidate whose exact answers are the team's under the first condition that one explains."""
    for condition in probe.conditions(team, lab):
        answers = probe.hand_in(team, lab, condition)
        expected = asked.of(partial(_exact, probe, lab, condition))
        choices = [slice(None)]
        if probe.alone:
            choices += [slice(block, block + 1) for block in range(len(answers))]
        for chosen in choices:
            fit = by_answers(answers[chosen], [(c, blocks[chosen]) for c, blocks in expected])
            found = asked.named(*fit) if fit else None
            if found is not None:
                return found
    return None


def by_answers(
    answers: Blocks, candidates: Sequence[tuple[Candidate, Blocks]]
) -> tuple[list[Candidate], Evidence] | None:
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


def by_sample(probe: SampleProbe, team: Any, lab: Lab, asked: _Candidates) -> Diagnosis | None:
    """The candidate that explains the team's samples; where two do, four times as many points are drawn."""
    condition = probe.condition(team, lab)
    if condition is None:
        return None
    for n in (2000, 8000):
        sample = np.asarray(probe.hand_in(team, lab, condition, n), dtype=float)
        if not np.isfinite(sample).all():
            return None
        drawn = asked.of(partial(_drawn, probe, lab, condition, 5 * n + 10_000))
        drawn = [(c, points) for c, points in drawn if np.isfinite(points).all()]
        if not drawn:
            return None
        ranked = explanations(sample, [points for _, points in drawn], probe.marks(condition))
        if ranked[0].p < ABSURD:
            return None
        level = [one for one in ranked if ranked[0].likelihood - one.likelihood < NATS]
        if len(level) == 1:
            break
    if len(level) == len(ranked):
        return None
    gain = ranked[0].likelihood - ranked[len(level)].likelihood
    words = "log-likelihood by which a known mistake explains the samples better than the next one"
    return asked.named(
        [drawn[one.index][0] for one in level],
        Evidence(words, gain, f"at least {spoken(NATS, 'nats')}", "nats"),
    )
