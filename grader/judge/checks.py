"""What a check is, what it may answer, and how the checks of a sheet are loaded and matched with its rubric.

A check is a decorated function ``check(team, lab, *, knob, ...)``. The first line of its docstring is the
sentence the student reads; its knobs are keyword-only and have no defaults, so every threshold stands in the
rubric, where calibration can see it.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from grader.errors import RubricFault
from grader.judge.sheet import import_part
from grader.records import Evidence, Verdict
from grader.rubric import Rubric


@dataclass(frozen=True)
class Measured:
    """One measured quantity, what was wanted of it, and the words for the case that it fails."""

    name: str
    value: float | str
    wanted: str
    passed: bool
    unit: str = ""
    seed: int | None = None
    message: str = ""
    """Sentence for the reader when the measurement failed; empty: name, wanted and value are put together."""
    next_step: str = ""
    share: float = 0.0
    """Share of the points that a failed measurement still earns."""
    diagnosis: str = ""
    """The known mistake that a failure of this measurement proves, if it proves one."""

    def proving(self, diagnosis: str) -> Measured:
        """The same measurement, whose failure proves a known mistake."""
        return replace(self, diagnosis=diagnosis)

    def evidence(self) -> Evidence:
        """The record that goes onto the page."""
        return Evidence(self.name, self.value, self.wanted, self.unit, self.seed, self.passed)

    def sentence(self) -> str:
        """What the reader is told when it failed."""
        if self.message:
            return self.message
        return f"The {self.name} should be {self.wanted}, got {spoken(self.value, self.unit)}."


@dataclass(frozen=True)
class Outcome:
    """The full answer of a check; a check that returns measurements alone gets one made of them."""

    measured: tuple[Measured, ...] = ()
    share: float | None = None
    """Share of the points; ``None`` lets the measurements decide (the lowest share counts)."""
    message: str = ""
    next_step: str = ""
    verdict: Verdict | None = None
    """``BLOCKED`` or ``REVIEW`` where the machine does not decide; ``None`` lets the share decide."""
    independent: bool = False
    """The check went its own way around failed prerequisites: its failure is a mistake of its own."""
    diagnosis: str = ""
    """The known mistake that the check itself has proved."""
    withhold: Mapping[str, str] = field(default_factory=dict)
    """Role -> why a person decides all items that question it, whatever the machine says of them."""

    @property
    def earned(self) -> float:
        """Share of the item's points between 0 and 1."""
        shares = [1.0 if m.passed else m.share for m in self.measured]
        return min(shares if self.share is None else [self.share], default=1.0)

    def sentence(self) -> tuple[str, str]:
        """Message and next step, taken from the worst failed measurement where none are given."""
        failed = sorted((m for m in self.measured if not m.passed), key=lambda m: m.share)
        if self.message or not failed:
            return self.message, self.next_step
        return failed[0].sentence(), self.next_step or failed[0].next_step

    def proved(self) -> str:
        """The known mistake that the check, or else its worst failed measurement, proves; empty if none."""
        failed = sorted((m for m in self.measured if not m.passed), key=lambda m: m.share)
        return self.diagnosis or (failed[0].diagnosis if failed else "")


Answer = Measured | list[Measured] | tuple[Measured, ...] | Outcome


@dataclass(frozen=True)
class Check:
    """A registered check: its name, the sentence the student reads, and the knobs it takes."""

    name: str
    sentence: str
    function: Callable[..., Answer]
    knobs: tuple[str, ...]

    def __call__(self, team: Any, lab: Any, **knobs: Any) -> Outcome:
        """Run the check on a team; raises what the team's code or the check raises."""
        answer = self.function(team, lab, **knobs)
        if isinstance(answer, Outcome):
            return answer
        return Outcome((answer,) if isinstance(answer, Measured) else tuple(answer))


def check(function: Callable[..., Answer]) -> Check:
    """Register ``function`` as a check; raises ``RubricFault`` when it does not keep the form of one."""
    name = str(getattr(function, "__name__", "check"))
    sentence = (inspect.getdoc(function) or "").split("\n", 1)[0].strip()
    if not sentence:
        raise RubricFault(f"check '{name}' has no docstring; its first line is what the student reads")
    parameters = list(inspect.signature(function).parameters.values())
    if [p.name for p in parameters[:2]] != ["team", "lab"]:
        raise RubricFault(f"check '{name}' must take (team, lab, *, knobs...)")
    for parameter in parameters[2:]:
        if parameter.kind is not parameter.KEYWORD_ONLY or parameter.default is not parameter.empty:
            raise RubricFault(
                f"check '{name}': knob '{parameter.name}' must be keyword-only and have no default",
                next_step="Write its value into the rubric.",
            )
    return Check(name, sentence, function, tuple(p.name for p in parameters[2:]))


def load_checks(path: Path) -> dict[str, Check]:
    """The checks of a sheet by name; ``path`` is the sheet's ``checks.py`` or the folder that holds it."""
    module = import_part(path.parent if path.suffix == ".py" else path, "checks")
    return {c.name: c for c in vars(module).values() if isinstance(c, Check)}


def validate_uses(rubric: Rubric, checks: Mapping[str, Check]) -> None:
    """Compare every use of a check in the rubric with the checks there are.

    Raises ``RubricFault`` naming item, check and knob, with the most similar name there is.
    """
    for item in rubric.items:
        for use in item.checks:
            where = f"{rubric.sheet}: item '{item.id}'"
            if use.check not in checks:
                raise RubricFault(
                    f"uses the unknown check '{use.check}'", where=where, next_step=suggest(use.check, checks)
                )
            _validate_knobs(where, checks[use.check], use.knobs)


def _validate_knobs(where: str, used: Check, knobs: Mapping[str, Any]) -> None:
    for knob in knobs:
        if knob not in used.knobs:
            raise RubricFault(
                f"check '{used.name}' has no knob '{knob}'", where=where, next_step=suggest(knob, used.knobs)
            )
    absent = [knob for knob in used.knobs if knob not in knobs]
    if absent:
        raise RubricFault(
            f"check '{used.name}' needs a value for {', '.join(repr(k) for k in absent)}", where=where
        )


def suggest(name: str, known: Any) -> str:
    """``Did you mean 'x'?`` for the most similar known name, or the list of what there is."""
    names = sorted(str(entry) for entry in known)
    close = difflib.get_close_matches(name, names, 1)
    if close:
        return f"Did you mean '{close[0]}'?"
    return f"There is: {', '.join(names)}." if names else "There is none."


def spoken(value: float | str, unit: str = "") -> str:
    """A number as a reader wants it: four digits, with its unit."""
    text = value if isinstance(value, str) else f"{value:.4g}"
    return f"{text} {unit}".strip()
