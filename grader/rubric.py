"""A sheet's rubric: YAML on disk, checked and frozen in memory. The only user of pydantic.

A rubric says which roles a hand-in fills (and under which names students write them), which items there are,
what each is worth and which checks decide it. Every threshold stands here, where calibration can see it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from grader.errors import RubricFault

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Ten times as fast where PyYAML was built with libyaml."""


class Part(BaseModel):
    """Common settings: unknown keys are mistakes, values never change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Parameter(Part):
    """A hyperparameter or argument of a role under its canonical name."""

    names: tuple[str, ...] = ()
    """Other names students use, most usual first; matched without case, underscores or digits' suffixes."""
    example: Any = None
    """A value of the right type for behavioural probes."""
    choices: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Canonical value -> other spellings, for parameters that select something by name."""
    alternatives: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Other meanings a team may give the parameter (for instance a width in place of a count) -> their names."""
    labels: tuple[int, ...] = ()
    """For an argument with one label per training point: the labels there may be, in trials all of them occur."""
    exact: bool = False
    """Whether trials pass the example itself; otherwise a number as an example stands for a count of points."""


class Method(Part):
    """A method of a role under its canonical name."""

    names: tuple[str, ...] = ()
    arguments: dict[str, Parameter] = Field(default_factory=dict)
    """Canonical argument name -> synonyms, in canonical order."""
    plain: tuple[str, ...] = ()
    """Names that promise the plain quantity (a density) in place of the canonical one (its logarithm)."""
    returns: Literal["self", "vector", "rows", "points", "number", "any"] = "any"
    """``rows``: one row of values per point asked about, in one array or several (a tuple of them)."""
    optional: bool = False
    """Whether nothing is missing where no such method is found; see ``Binding.methods`` for what was."""
    code: tuple[str, ...] = ()
    """Words, all of them in the code, by which a loose function is known whose name says nothing."""


class Role(Part):
    """Something the sheet asks the team to write."""

    kind: Literal["model", "function", "network", "procedure", "descent"]
    title: str
    names: tuple[str, ...]
    """Names and word stems of the class or function, English and German, most usual first."""
    without: tuple[str, ...] = ()
    """Words that speak against a candidate."""
    hints: tuple[str, ...] = ()
    """Words that the code of such a class or function usually contains, such as ``bandwidth``."""
    parameters: dict[str, Parameter] = Field(default_factory=dict)
    methods: dict[str, Method] = Field(default_factory=dict)
    """For kind ``model``: fit, score_samples, ...; for kind ``function``: one entry ``call``."""
    dimension: int = 2
    bases: tuple[str, ...] = ()
    """Names of base classes that speak for a candidate, such as ``Module``."""
    expected: str = ""
    """What the sheet asks for in words: ``a class with fit, sample and score_samples``."""


class CheckUse(Part):
    """A check with the knobs it is run with."""

    check: str
    knobs: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _flat(cls, data: Any) -> Any:
        """Accept ``{check: name, tolerance: 0.05}``: every other key is a knob."""
        if isinstance(data, dict) and "knobs" not in data:
            return {"check": data.get("check"), "knobs": {k: v for k, v in data.items() if k != "check"}}
        return data


class Item(Part):
    """One thing the sheet asks for, with its points."""

    id: str
    task: str
    title: str
    points: float = Field(ge=0)
    kind: Literal["auto", "mix", "review"] = "auto"
    asked: Literal["required", "recommended", "ours"] = "required"
    bonus: bool = False
    public: bool = True
    needs: tuple[str, ...] = ()
    """Items that must pass first; otherwise this one is judged without them or is blocked."""
    roles: tuple[str, ...] = ()
    """Roles the checks question; if one is not found the item is missing."""
    unfound: Literal["missing", "asked"] = "missing"
    """``asked``: what it means that a role is not found is for the checks to say."""
    checks: tuple[CheckUse, ...] = ()
    readings: tuple[str, ...] = ()
    run: bool = False
    """Judged on what the whole run, the stored outputs and the export show, not on definitions alone."""


class BudgetPart(Part):
    """Limits of one hand-in's run; see ``grader.sandbox.budget`` for the meaning."""

    cell_seconds: float = 120
    notebook_seconds: float = 300
    call_seconds: float = 5
    training_call_seconds: float = 30
    slice_seconds: float = 10
    memory_bytes: int = 2 * 2**30
    processes: int = 64
    disk_bytes: int = 256 * 10**6
    output_bytes: int = 10 * 10**6
    threads: int = 1


class HandInRules(Part):
    """How the hand-in should be named; breaches are findings, never a reason not to grade."""

    archive: str = ""
    notebook: str = ""
    """Name of the one notebook that is asked for; without it every notebook and script of a hand-in is its work."""
    export: str = ""
    archive_name: str = ""
    """The archive's name with parts that everyone fills in, ``{surname}-{matriculation}.zip``; a breach waits for
    a person (item ``rules.archive_name``)."""
    pdf: str = ""
    """The same for the PDF that has to lie in the archive (items ``rules.pdf`` and ``rules.pdf_content``)."""
    consequence: str = ""
    """What the course threatens for a breach of these two names, such as ``not graded``."""
    portable: bool = False
    """Whether the code is looked through for absolute paths and modules of one system (item ``rules.portable``)."""
    comments: bool = False
    """Whether the comments in the code are counted for a person (item ``style.comments``)."""


class Reveal(Part):
    """What a team is told about a lost point: what was seen, its likely cause too, or also what to try next."""

    check: Literal["observation", "cause", "everything"] = "observation"
    """In a self-check, which students run before the deadline."""
    grade: Literal["observation", "cause", "everything"] = "everything"
    """On the page that a graded hand-in gets."""


class Rubric(Part):
    """A whole sheet."""

    sheet: str
    title: str
    draft: bool = False
    max: float
    tasks: dict[str, float]
    """Task number -> points, before bonus."""
    preload: tuple[str, ...] = ("numpy",)
    watch: tuple[str, ...] = ()
    """Full names of library functions and methods whose calls are noted in the whole run."""
    provides: dict[str, str] = Field(default_factory=dict)
    """File name laid beside every hand-in -> file below ``reference/<sheet>/provides``."""
    rules: HandInRules = HandInRules()
    budget: BudgetPart = BudgetPart()
    roles: dict[str, Role] = Field(default_factory=dict)
    items: tuple[Item, ...]
    confidence: float = 0.6
    """Below this confidence of a binding no item is failed, only sent to review, until two items of its role passed."""
    reveal: Reveal = Reveal()
    not_yet: dict[str, str] = Field(default_factory=dict)
    """For drafts: task -> what is not judged yet, printed on the page."""

    def item(self, name: str) -> Item:
        """The item with this id; raises ``RubricFault`` when there is none."""
        for item in self.items:
            if item.id == name:
                return item
        raise RubricFault(f"no item '{name}'", where=self.sheet)

    @model_validator(mode="after")
    def _consistent(self) -> Rubric:
        ids = [item.id for item in self.items]
        double = sorted({name for name in ids if ids.count(name) > 1})
        if double:
            raise ValueError(f"items named twice: {', '.join(double)}")
        for position, item in enumerate(self.items):
            self._check_item(item, ids[:position])
        if not self.draft:
            self._check_sums()
        return self

    def _check_item(self, item: Item, earlier: list[str]) -> None:
        for need in item.needs:
            if need not in earlier:
                raise ValueError(f"item '{item.id}' needs '{need}', which does not stand before it")
        for role in item.roles:
            if role not in self.roles:
                raise ValueError(f"item '{item.id}' questions the unknown role '{role}'")
        if item.kind == "auto" and not item.checks and not item.id.startswith("rules."):
            raise ValueError(f"item '{item.id}' is automatic but has no check")

    def _check_sums(self) -> None:
        for task, points in self.tasks.items():
            have = sum(i.points for i in self.items if i.task.split(".")[0] == task and not i.bonus)
            if abs(have - points) > 1e-9:
                raise ValueError(f"task {task} is worth {points:g} points but its items add up to {have:g}")
        if abs(sum(self.tasks.values()) - self.max) > 1e-9:
            raise ValueError(f"the tasks add up to {sum(self.tasks.values()):g} points, not to {self.max:g}")


def load(path: Path) -> Rubric:
    """Read and check the rubric at ``path``.

    Raises ``RubricFault`` with file, place and reason when it is not readable or not consistent.
    """
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)
    except OSError as error:
        raise RubricFault("the rubric cannot be read", where=str(path), got=str(error)) from error
    except yaml.YAMLError as error:
        raise RubricFault("the rubric is not valid YAML", where=str(path), got=str(error)) from error
    try:
        return Rubric.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise RubricFault(
            f"{place or 'rubric'}: {first['msg']}",
            where=str(path),
            next_step=f"{error.error_count() - 1} more" if error.error_count() > 1 else "",
        ) from error
