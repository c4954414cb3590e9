"""What a diagnosis asks: probes of a sheet, the candidates' answers within a limit of time, and the result."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.judge.diagnosis_candidates import Candidate, Roles
from grader.judge.lab import Lab
from grader.records import Evidence, Finding

Array = NDArray[np.float64]
Blocks = Sequence[Array]
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
    additive: bool = False
    """What two mistakes do to the answers adds up, as factors of a density do in its logarithm."""


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


@dataclass
class Asked:
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
                with np.errstate(all="ignore"):
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
