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
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.errors import RubricFault
from grader.judge.diagnosis_answers import by_conditions
from grader.judge.diagnosis_candidates import Candidate, Roles, read_candidates
from grader.judge.diagnosis_draws import by_sample
from grader.judge.diagnosis_probes import Asked, Diagnosis, FactProbe, Probe, SampleProbe
from grader.judge.lab import Lab
from grader.judge.sheet import import_part
from grader.records import Finding
from grader.rubric import Item

Diagnose = Callable[[Any, Item, Lab, Finding], Diagnosis | None]


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
        asked = Asked(item.id, mistakes, self.roles, lab, self.clock)
        for probe in self.probes.get(item.id, ()):
            found = self._by(probe, team, lab, asked)
            if found is not None:
                return found
        return None

    def _by(self, probe: Probe, team: Any, lab: Lab, asked: Asked) -> Diagnosis | None:
        if isinstance(probe, FactProbe):
            name = probe.fact(team, lab)
            says = next((c.says for c in self.candidates if c.name == name), "")
            return Diagnosis(name, says) if name else None
        if isinstance(probe, SampleProbe):
            return by_sample(probe, team, lab, asked)
        return by_conditions(probe, team, lab, asked)


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
