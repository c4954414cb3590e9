"""The frozen records that travel from stage to stage, and their JSON.

Submission -> Workspace -> (Slice, Execution) -> Bindings -> Findings -> Scorecard. A stage takes one and
returns the next; nothing here does any work beyond turning itself into plain data and back.
"""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

SCHEMA = 1
R = TypeVar("R")


class Verdict(StrEnum):
    """What is said of an item; the only words allowed."""

    PASSED = "passed"
    PARTIAL = "partial"
    FAILED = "failed"
    MISSING = "missing"
    BLOCKED = "blocked"
    REVIEW = "review"
    BROKEN = "broken"


OPEN = frozenset({Verdict.BLOCKED, Verdict.REVIEW, Verdict.BROKEN})
"""Verdicts whose points are null until a human decides."""
LOST = frozenset({Verdict.PARTIAL, Verdict.FAILED, Verdict.MISSING})
"""Verdicts that cost points."""


class Blame(StrEnum):
    """Whose doing a remark describes."""

    TEAM = "team"
    COURSE = "course"
    GRADER = "grader"
    NOBODY = "nobody"


@dataclass(frozen=True)
class Remark:
    """One thing that happened on the way and that a reader should know."""

    kind: str
    """Stable word, such as ``skipped_entry``, ``nested_archive``, ``late``, ``missing_package``."""
    what: str
    """One sentence for a second-year student."""
    where: str = ""
    next_step: str = ""
    blame: Blame = Blame.NOBODY


@dataclass(frozen=True)
class Submission:
    """One hand-in as it was collected; nothing is unpacked yet."""

    platform: str
    team: str
    """The platform's label, verbatim."""
    id: str
    path: Path
    """File or folder on disk: the hand-in itself, or the outer archive that holds it."""
    entry: str = ""
    """Name of the entry inside the outer archive: a file, or a folder prefix that ends in ``/``; several names
    stand one per line; for mail it is the message's id."""
    folder: str = ""
    """Name of the output folder: the label made safe, unique within the batch."""
    members: tuple[str, ...] = ()
    received: str | None = None
    """ISO 8601 time as far as the platform tells it."""
    late: bool = False
    return_name: str = ""
    """Name under which feedback goes back to the platform."""


@dataclass(frozen=True)
class Workspace:
    """The hand-in's files, safely unpacked into a private folder."""

    folder: Path
    files: tuple[str, ...]
    """Names relative to ``folder``, with ``/``."""
    sha256: str
    """Hash of names and contents, independent of archive order and time stamps."""
    notebooks: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()
    main: str = ""
    """The notebook or script that is judged first; empty if there is none."""
    remarks: tuple[Remark, ...] = ()
    problem: str = ""
    """Why nothing can be judged; empty if something can."""
    parts: tuple[str, ...] = ()
    """Files that together are the work and run one after the other, in order; empty: the main file alone counts,
    definitions are taken from all files."""


@dataclass(frozen=True)
class Statement:
    """One top-level statement that the slice keeps."""

    source: str
    origin: str
    """Human-readable place: ``cell 3, line 12`` or ``models.py, line 40``."""
    names: tuple[str, ...]
    """Names that the statement binds."""
    kind: str
    """``import``, ``class``, ``function`` or ``assignment``."""
    cell: int = -1
    """Index of the notebook cell, -1 for a script."""
    module: str = ""
    """Name of the module of the hand-in in whose names it is executed; empty for the notebook or script itself."""


@dataclass(frozen=True)
class Slice:
    """Imports, definitions and the assignments they need, in order."""

    statements: tuple[Statement, ...]
    modules: tuple[str, ...] = ()
    """Relative names of the hand-in's own modules that the statements import."""
    remarks: tuple[Remark, ...] = ()
    uses: tuple[Statement, ...] = ()
    """Top-level statements that are left out: never executed, read for how the team calls its own code."""


@dataclass(frozen=True)
class CellRun:
    """What became of one cell."""

    index: int
    status: str
    """``ok``, ``error``, ``limit`` (our budget ended it), ``died`` or ``not_reached``."""
    seconds: float = 0.0
    error: str = ""
    """Class and message of the exception, if there was one."""
    place: str = ""
    """Where it stands in the hand-in, such as ``task2.py, line 30``; empty where its number says that."""


@dataclass(frozen=True)
class Layer:
    """One drawn thing in a panel of a figure."""

    kind: str
    """``line``, ``points``, ``bars``, ``mesh``, ``contour``, ``image``, ``patch`` or ``text``."""
    label: str = ""
    """What the legend would call it; empty without a name of its own."""
    shape: tuple[int, ...] = ()
    """Number of points, or rows and columns (and colours) of a mesh or an image."""
    x: tuple[float, float] | None = None
    """Smallest and largest finite coordinate."""
    y: tuple[float, float] | None = None
    values: str = ""
    """The drawn numbers where they are few: points as (n, 2), a small image as (rows, columns); base64 of ``.npy``."""


@dataclass(frozen=True)
class Panel:
    """One pair of axes in a figure."""

    kind: str
    """``plane``, ``image`` (axes that show pictures only), ``colorbar``, ``polar`` or ``3d``."""
    title: str = ""
    xlabel: str = ""
    ylabel: str = ""
    legend: tuple[str, ...] = ()
    """Entries of its legend."""
    equal: bool = False
    """One unit is as long on x as on y, by request or in effect (within 2 %)."""
    axis_off: bool = False
    xlim: tuple[float, float] = (0.0, 1.0)
    ylim: tuple[float, float] = (0.0, 1.0)
    xscale: str = "linear"
    yscale: str = "linear"
    texts: tuple[str, ...] = ()
    layers: tuple[Layer, ...] = ()


@dataclass(frozen=True)
class Figure:
    """A figure as it was drawn in our run: a claim of the hand-in's process."""

    cell: int
    """Index of the cell that drew it."""
    title: str = ""
    """The title above all panels."""
    texts: tuple[str, ...] = ()
    """Shared labels and free texts."""
    legend: tuple[str, ...] = ()
    """Entries of the figure's own legend."""
    panels: tuple[Panel, ...] = ()


@dataclass(frozen=True)
class Call:
    """One call noted in our run, of a function or method of the hand-in or of a library function that is watched.

    Values are summaries: numbers, texts, short lists of numbers as they are; an array as
    ``{"shape": [...], "dtype": "float64", "print": "16 hex digits of its bytes' hash", "mean": 0.5, "deviation": 1.2}``
    (the last two for tables); an object as
    ``{"type": "Tree", "key": 12, "settings": {numbers and texts among its attributes}}``; a function as
    ``{"function": "name"}``.
    """

    cell: int
    name: str
    """``distance``, ``Tree.fit``, or the full name of a watched function such as ``package.module.function``."""
    arguments: dict[str, Any] = field(default_factory=dict)
    """Parameter name -> summary; the object itself under ``self``."""
    result: Any = None
    """Summary; only for watched functions."""
    within: tuple[str, ...] = ()
    """Names of the noted calls that were running, outermost first, at most five."""


@dataclass(frozen=True)
class Known:
    """Something that lived in the hand-in's namespace after a cell and could be asked."""

    key: int
    """The same for the same object."""
    cell: int
    name: str
    """Where it was seen first: ``model``, ``models['tree']``, ``forests[3]``, or empty for one seen in a call only."""
    family: str
    """``model`` (fit with sample, score_samples or predict), ``module`` (torch), ``array``, ``held`` (an array that an
    object of the hand-in's own holds, named ``model.theta``) or ``curve``."""
    type: str = ""
    """Full name of its class."""
    shape: tuple[int, ...] = ()
    """Of an array; for a model the shape it was last fitted to, as far as it is known."""
    dtype: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    """Numbers and texts among its parameters or attributes."""
    answers: dict[str, Any] = field(default_factory=dict)
    """What it answered to the sheet's questions: label -> array as base64 of ``.npy`` under ``npy``, a number or
    text under ``value``, or why there is none under ``fault``."""


@dataclass(frozen=True)
class Observed:
    """What was seen of a run from inside: claims that point to evidence, never the proof itself."""

    figures: tuple[Figure, ...] = ()
    calls: tuple[Call, ...] = ()
    known: tuple[Known, ...] = ()
    trouble: str = ""
    """Why nothing or not everything was seen; empty if all was."""


@dataclass(frozen=True)
class Execution:
    """One run of the whole hand-in."""

    status: str
    """``complete``, ``errors`` (ran through with failing cells), ``limit``, ``died`` or ``not_run``."""
    cells: tuple[CellRun, ...] = ()
    notebook: str = ""
    """The executed notebook as JSON text; empty if there is none."""
    seconds: float = 0.0
    remarks: tuple[Remark, ...] = ()
    observed: Observed = Observed()


@dataclass(frozen=True)
class Binding:
    """Where a role was found in the hand-in and how it is called."""

    role: str
    symbol: str
    kind: str
    """``class``, ``functions``, ``function`` or ``instance``."""
    methods: dict[str, str] = field(default_factory=dict)
    """Canonical method name -> the team's name (of a method, or of a function for function style)."""
    parameters: dict[str, str] = field(default_factory=dict)
    """Canonical parameter name -> the team's name."""
    answers: str = "log_density"
    """``log_density``, ``density`` or ``value``."""
    confidence: float = 0.0
    why: str = ""
    candidates: tuple[str, ...] = ()
    plan: dict[str, Any] = field(default_factory=dict)
    """How the adapter calls it: plain data written by finding and read by the adapter only."""
    doubts: dict[str, str] = field(default_factory=dict)
    """Canonical method (empty: all of the role) -> why its failing or lacking is not known to be the team's."""


@dataclass(frozen=True)
class Evidence:
    """One measured quantity behind a verdict."""

    name: str
    value: float | str
    wanted: str
    unit: str = ""
    seed: int | None = None
    passed: bool = True


@dataclass(frozen=True)
class Finding:
    """What the machine says of one item."""

    item: str
    verdict: Verdict
    share: float = 0.0
    """Share of the item's points that the verdict earns, between 0 and 1."""
    message: str = ""
    judged_on: str = ""
    diagnosis: str = ""
    next_step: str = ""
    readings: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    pictures: dict[str, Any] = field(default_factory=dict)
    """Plain arrays (as nested lists) from which the report draws; kept out of ``result.json``."""
    cells: tuple[int, ...] = ()
    """Indices of the notebook's cells that the finding speaks of: its text and figures, the most telling first."""
    seconds: float = 0.0


@dataclass(frozen=True)
class ItemResult:
    """One row of ``items`` in ``result.json``: the finding with its points and a tutor's mark, if any."""

    id: str
    task: str
    title: str
    asked: str
    bonus: bool
    public: bool
    verdict: Verdict
    points: float | None
    max: float
    machine: dict[str, Any]
    mark: dict[str, Any] | None
    judged_on: str
    message: str
    diagnosis: str
    next_step: str
    readings: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    seconds: float


@dataclass(frozen=True)
class Scorecard:
    """Everything the machine says of one hand-in: the content of ``result.json``."""

    sheet: str
    platform: str
    team: str
    id: str
    members: tuple[str, ...]
    received: str | None
    late: bool
    return_name: str
    hand_in: dict[str, Any]
    status: str
    """``graded``, ``unreadable`` or ``broken``."""
    isolation: int
    points: float
    max: float
    bonus: float
    points_open: float
    items_open: int
    final: float | None
    items: tuple[ItemResult, ...]
    bindings: dict[str, dict[str, Any]]
    notes: tuple[str, ...]
    seconds: dict[str, float]
    schema: int = SCHEMA
    grader: str = ""
    folder: str = ""
    remarks: tuple[Remark, ...] = ()


def to_json(record: Any) -> Any:
    """Turn a record, or a structure of records, into plain JSON data; paths become strings."""
    if dataclasses.is_dataclass(record) and not isinstance(record, type):
        return {f.name: to_json(getattr(record, f.name)) for f in dataclasses.fields(record)}
    if isinstance(record, dict):
        return {str(key): to_json(value) for key, value in record.items()}
    if isinstance(record, list | tuple | set | frozenset):
        return [to_json(value) for value in record]
    if isinstance(record, Path):
        return str(record)
    if isinstance(record, float):
        return record if record == record and abs(record) != float("inf") else str(record)
    return str(record) if isinstance(record, StrEnum) else record


def from_json(kind: type[R], data: Any) -> R:
    """Rebuild the record ``kind`` from what :func:`to_json` made; unknown keys are ignored.

    Raises ``TypeError`` when a required field is missing.
    """
    hints = _field_types(typing.cast(typing.Hashable, kind))
    return kind(**{key: _rebuild(hints[key], value) for key, value in data.items() if key in hints})


@functools.cache
def _field_types(kind: typing.Any) -> dict[str, Any]:
    """The types of a record's fields, by name."""
    hints = typing.get_type_hints(kind)
    return {entry.name: hints[entry.name] for entry in dataclasses.fields(kind)}


def _rebuild(hint: Any, value: Any) -> Any:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is tuple and isinstance(value, list):
        return tuple(_rebuild(arguments[0], entry) for entry in value)
    if origin is dict and isinstance(value, dict):
        return {key: _rebuild(arguments[1], entry) for key, entry in value.items()}
    if origin in {typing.Union, types.UnionType}:
        return value if value is None else _rebuild(_main_type(arguments, value), value)
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return from_json(hint, value)
    if isinstance(hint, type) and issubclass(hint, StrEnum | Path):
        return hint(value)
    return float(value) if hint is float else value


def _main_type(arguments: tuple[Any, ...], value: Any) -> Any:
    """The member of a union that the value belongs to; a number written as a word becomes a float again."""
    if float in arguments and value in {"nan", "inf", "-inf"}:
        return float
    for argument in arguments:
        if isinstance(argument, type) and isinstance(value, argument):
            return argument
    return next(argument for argument in arguments if argument is not type(None))
