"""Where a check works: seeded random numbers, the sheet's data sets, the reference, and words for results."""

from __future__ import annotations

import hashlib
import hmac
import inspect
from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from grader.errors import RubricFault, TeamFault
from grader.judge.checks import Measured, Outcome, spoken, suggest
from grader.judge.sheet import functions_of, import_part
from grader.judge.transcript import CellView, Transcript
from grader.records import Binding, Finding, Verdict
from grader.syntax import VERSION

CHANCE = 1e-5
"""A random measurement fails below this p-value, twice in a row, the second time with four times the samples."""


Made = TypeVar("Made")


@dataclass
class Lab:
    """What one check of one item has at hand; the same hand-in always finds the same lab.

    Data sets of the sheet are methods: ``lab.cloud(500)`` calls the sheet's ``cloud(500, rng)``.
    """

    key: bytes
    hand_in: str
    item: str
    reference: Any
    data: Mapping[str, Callable[..., Any]]
    findings: Mapping[str, Finding] = field(default_factory=dict)
    attempt: int = 1
    scale: int = 1
    """Factor on sample sizes: 1, then 4 when a statistical failure is repeated."""
    readings: list[str] = field(default_factory=list)
    pictures: dict[str, Any] = field(default_factory=dict)
    judged_on: list[str] = field(default_factory=list)
    cells: list[int] = field(default_factory=list)
    """Indices of the notebook's cells that the item speaks of, the most telling first."""
    random: list[str] = field(default_factory=list)
    """Labels of the random numbers drawn so far: evidence without any has no seed."""
    factory: LabFactory | None = None
    _drawn: dict[str, int] = field(default_factory=dict)

    def seed(self, label: str) -> int:
        """The seed for ``label``: unknown to students, equal on every regrade."""
        text = f"{self.hand_in}\n{self.item}\n{self.attempt}\n{label}".encode()
        return int.from_bytes(hmac.new(self.key, text, hashlib.sha256).digest()[:6], "big")

    def rng(self, label: str) -> np.random.Generator:
        """A generator of its own for every label."""
        self.random.append(label)
        return np.random.default_rng(self.seed(label))

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_") or name not in self.__dict__.get("data", {}):
            raise AttributeError(f"no data set '{name}'. {suggest(name, self.__dict__.get('data', {}))}")
        maker = self.data[name]
        if "rng" not in inspect.signature(maker).parameters:
            return maker

        def draw(n: int, **settings: Any) -> Any:
            self._drawn[name] = self._drawn.get(name, 0) + 1
            return maker(n, rng=self.rng(f"{name} {self._drawn[name]}"), **settings)

        return draw

    def again(self) -> Lab:
        """The lab of the repeat: fresh seeds, four times the samples, the same notebook of notes."""
        return Lab(
            self.key,
            self.hand_in,
            self.item,
            self.reference,
            self.data,
            self.findings,
            self.attempt + 1,
            self.scale * 4,
            self.readings,
            self.pictures,
            self.judged_on,
            self.cells,
            self.random,
            self.factory,
        )

    def repeat(self, measure: Callable[[Lab], tuple[Measured, ...]]) -> tuple[Measured, ...]:
        """Measure; when something fails, measure again with fresh seeds and more samples and believe that."""
        first = measure(self)
        return first if all(m.passed for m in first) else measure(self.again())

    def once(self, label: str, make: Callable[[Lab], Made]) -> Made:
        """What ``make`` returns (or the fault it raises), made once per hand-in and shared by its items.

        Seeds come from ``label``, so that it does not matter which item asks first; notes and names stay here.
        """
        memory = self.factory.memory if self.factory else {}
        if label not in memory:
            lab = self.factory(label, {}) if self.factory else self
            try:
                memory[label] = (make(lab), None, tuple(lab.random))
            except TeamFault as fault:
                memory[label] = (None, fault, tuple(lab.random))
        made, raised, random = memory[label]
        self.random.extend(random)
        if raised is not None:
            raise raised
        return made  # type: ignore[no-any-return]

    @property
    def transcript(self) -> Transcript:
        """What the notebook says and shows; empty where nothing was read."""
        return self.factory.transcript if self.factory else Transcript()

    def point(self, *cells: CellView) -> None:
        """Let the finding speak of these cells: their text and figures are shown with it."""
        self.cells.extend(cell.index for cell in cells if cell.index not in self.cells)

    def passed(self, item: str) -> bool:
        """Whether an earlier item passed; items that were not judged in this round count as passed."""
        found = self.findings.get(item)
        return found is None or found.verdict is Verdict.PASSED

    def measured(
        self,
        name: str,
        value: float,
        *,
        at_most: float | None = None,
        at_least: float | None = None,
        between: tuple[float, float] | None = None,
        unit: str = "",
        message: str = "",
        next_step: str = "",
        share: float = 0.0,
    ) -> Measured:
        """Compare a number with its bounds; NaN never passes."""
        low, high = between or (at_least, at_most)
        value = float(value)
        passed = (low is None or value >= low) and (high is None or value <= high) and value == value
        return Measured(
            name,
            value,
            wanted(low, high, unit),
            bool(passed),
            unit,
            self.seed(name) if self.random or self.factory is None else None,
            message,
            next_step,
            share,
        )

    def likely(self, name: str, p: float, *, message: str = "", next_step: str = "") -> Measured:
        """A calibrated p-value; it fails below :data:`CHANCE` (see :meth:`repeat`)."""
        return self.measured(name, p, at_least=CHANCE, message=message, next_step=next_step)

    def note(self, reading: str) -> None:
        """Record how an ambiguous sentence or convention was read; the page prints it."""
        if reading and reading not in self.readings:
            self.readings.append(reading)

    def picture(self, name: str, data: Any) -> None:
        """Keep plain data from which the report draws; arrays become nested lists."""
        self.pictures[name] = plain_data(data)

    def on(self, team: Any, role: str, method: str = "") -> str:
        """The team's own name of a role's method, such as ``KDE.predict``; the page says it was judged on."""
        binding: Binding = team.binding(role)
        theirs = binding.methods.get(method, "" if binding.kind == "function" else method)
        if binding.kind in {"functions", "function"}:
            name = theirs or binding.symbol
        else:
            name = ".".join(part for part in (binding.symbol, theirs) if part)
        name = VERSION.sub(" (its earlier definition)", name)
        if name not in self.judged_on:
            self.judged_on.append(name)
        return name

    def accepted(self, *measured: Measured) -> Outcome:
        """The measurements decide; a failure may be the fault of a prerequisite."""
        return Outcome(measured)

    def own(self, *measured: Measured) -> Outcome:
        """The measurements decide, whatever became of prerequisites."""
        return Outcome(measured, independent=True)

    def partial(self, share: float, message: str, next_step: str = "", *measured: Measured) -> Outcome:
        """Right in part: earns at most ``share`` of the points, less where a measurement failed."""
        if any(not m.passed and m.share < share for m in measured):
            return Outcome(measured, independent=True)
        return Outcome(measured, share, message, next_step, independent=True)

    def failed(self, message: str, next_step: str = "", *measured: Measured) -> Outcome:
        """Wrong, whatever became of prerequisites."""
        return Outcome(measured, 0.0, message, next_step, independent=True)

    def outcome(self, verdict: Verdict, message: str, next_step: str = "", *measured: Measured) -> Outcome:
        """A verdict that the share of points does not tell: missing, blocked (waits for a person), review."""
        return Outcome(measured, 0.0, message, next_step, verdict=verdict)


class ReferenceTeam:
    """The reference as a team: ``team.<role>(...)`` builds a model or calls a function.

    ``roles`` maps a role to a class (its methods have the canonical names, its parameters the canonical
    parameter names) or to a function. Classes that take ``random_state`` get seeds drawn from ``seed``.
    """

    def __init__(self, roles: Mapping[str, Callable[..., Any]], seed: int = 0) -> None:
        self.roles = dict(roles)
        self._seeds = np.random.default_rng(seed)

    def has(self, role: str, method: str = "") -> bool:
        """Whether the role is there, and its method."""
        entry = self.roles.get(role)
        return entry is not None and (not method or method == "call" or hasattr(entry, method))

    def binding(self, role: str) -> Binding:
        """How the role is filled; always certain."""
        entry = self.roles[role]
        kind = "class" if inspect.isclass(entry) else "function"
        return Binding(role, entry.__name__, kind, confidence=1.0, why="the reference")

    def __getattr__(self, role: str) -> Callable[..., Any]:
        entry = self.__dict__.get("roles", {}).get(role)
        if entry is None:
            raise AttributeError(f"the reference has no role '{role}'")
        if not inspect.isclass(entry) or "random_state" not in inspect.signature(entry).parameters:
            return entry  # type: ignore[no-any-return]

        def construct(**parameters: Any) -> Any:
            return entry(**({"random_state": int(self._seeds.integers(2**31))} | parameters))

        return construct


@dataclass(frozen=True)
class Reference:
    """The course's own code for one sheet, for the judge's side."""

    roles: Mapping[str, Callable[..., Any]]
    """Role -> class or function."""
    data: Mapping[str, Callable[..., Any]]
    """Data set -> function ``(n, rng)``."""

    def team(self, seed: int = 0) -> ReferenceTeam:
        """The reference in a team's place."""
        return ReferenceTeam(self.roles, seed)


def load_reference(folder: Path) -> Reference:
    """Load ``roles.py`` (``ROLES``) and ``data.py`` from a sheet's folder.

    Raises ``RubricFault`` when a file is missing or does not import.
    """
    roles = getattr(import_part(folder, "roles"), "ROLES", None)
    if not isinstance(roles, dict):
        raise RubricFault("defines no dictionary ROLES", where=str(folder / "roles.py"))
    return Reference(dict(roles), functions_of(import_part(folder, "data")))


@dataclass(frozen=True)
class LabFactory:
    """Opens the lab of each item of one hand-in: ``factory(item, findings_so_far) -> Lab``."""

    reference: Reference
    _: KW_ONLY
    key: bytes
    hand_in: str
    """Hash of the hand-in's files."""
    data: Mapping[str, Callable[..., Any]] | None = None
    """Data sets in place of the reference's own."""
    transcript: Transcript = field(default_factory=Transcript)
    """The hand-in's notebook with everything that our run of it showed."""
    memory: dict[str, Any] = field(default_factory=dict)
    """What items of one hand-in share; see :meth:`Lab.once`."""

    def __call__(self, item: str, findings: Mapping[str, Finding]) -> Lab:
        """The lab of an item."""
        data = self.reference.data if self.data is None else self.data
        lab = Lab(self.key, self.hand_in, item, None, data, findings, factory=self)
        lab.reference = self.reference.team(lab.seed("reference"))
        return lab


def wanted(low: float | None, high: float | None, unit: str = "") -> str:
    """The bounds in words."""
    if low is not None and high is not None:
        return f"between {spoken(low)} and {spoken(high, unit)}"
    if low is not None:
        return f"at least {spoken(low, unit)}"
    if high is not None:
        return f"at most {spoken(high, unit)}"
    raise RubricFault("a measurement needs a bound")


def plain_data(data: Any) -> Any:
    """Arrays as nested lists, inside dictionaries and lists too."""
    if isinstance(data, np.ndarray):
        return data.tolist()
    if isinstance(data, np.generic):
        return data.item()
    if isinstance(data, Mapping):
        return {str(key): plain_data(value) for key, value in data.items()}
    return [plain_data(entry) for entry in data] if isinstance(data, list | tuple) else data
