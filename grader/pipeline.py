"""The way of one hand-in, stage by stage: unpack, slice, run, find, judge, score, report.

Everything a stage needs comes in as an argument; what lives longer than one hand-in (the warm process, the
sheet's checks, the isolation level) is an :class:`Engine`.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

import nbformat
import numpy as np

from grader import __version__, store
from grader.course import find_course
from grader.digests import execution_key
from grader.engine import Engine
from grader.errors import Unreadable, UsageFault
from grader.intake.collect import collect
from grader.intake.notebook import read_notebook
from grader.intake.provided import handed_out, lay_provided
from grader.intake.roster import check_names
from grader.intake.rules import check_rules
from grader.intake.text_of import ReaderMissing, text_of
from grader.intake.unpack import unpack
from grader.judge import judging, scoring
from grader.judge.lab import LabFactory
from grader.judge.transcript import Transcript, read_transcript
from grader.records import (
    Binding,
    Blame,
    Execution,
    Finding,
    Remark,
    Scorecard,
    Slice,
    Statement,
    Submission,
    Verdict,
    Workspace,
    from_json,
    to_json,
)
from grader.rubric import Rubric
from grader.run.notebook import run_notebook
from grader.run.observe import observe
from grader.run.own_modules import own_modules
from grader.run.run_rule import run_findings
from grader.run.scripts import notebook_of_files, runnable_notebook
from grader.run.work_slice import slice_hand_in
from grader.sandbox.forkserver import Child
from grader.sandbox.levels import require_isolation
from grader.sandbox.provisioner import kernel_manager
from grader.team.conversation import Conversation
from grader.team.finding import Probe, find
from grader.team.overrides import load_overrides
from grader.team.proxies import HandInTeam
from grader.team.session import Session


@dataclass
class Dossier:
    """Everything known of one hand-in while it goes forward; what the report is drawn from."""

    submission: Submission
    workspace: Workspace
    slice: Slice = field(default_factory=lambda: Slice(()))
    execution: Execution = field(default_factory=lambda: Execution("not_run"))
    bindings: dict[str, Binding] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    stored: str = ""
    """The notebook as it was handed in, with its stored outputs, as JSON text."""
    remarks: list[Remark] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Measure a stage's wall time in seconds."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = round(self.seconds.get(name, 0.0) + time.perf_counter() - start, 3)


def grade_submission(
    submission: Submission,
    engine: Engine,
    *,
    overrides: Path | None = None,
    whole_run: bool = True,
    public_only: bool = False,
    keep: store.Store | None = None,
    fresh: bool = False,
) -> tuple[Scorecard, Dossier]:
    """Take one hand-in through all stages; whatever it holds, a scorecard comes back.

    ``overrides`` is a tutor's ``bindings.yaml``; ``whole_run=False`` judges definitions only. Executions are
    taken from and put into ``keep`` when it is given; ``fresh`` runs again and replaces what is stored.
    """
    asked = _Asked(overrides, whole_run, public_only, keep, fresh)
    card, dossier, disturbed = _attempt(submission, engine, asked)
    if disturbed:  # killed by nobody we know of: believed only when it happens again
        card, dossier, _ = _attempt(submission, engine, replace(asked, fresh=True))
    return card, dossier


@dataclass(frozen=True)
class _Asked:
    """How a hand-in is to be graded; see :func:`grade_submission`."""

    overrides: Path | None
    whole_run: bool
    public_only: bool
    keep: store.Store | None
    fresh: bool


def _attempt(submission: Submission, engine: Engine, asked: _Asked) -> tuple[Scorecard, Dossier, bool]:
    """Go through all stages once; the last value says whether a process was killed by nobody we know of."""
    with engine.desk() as desk:
        dossier = Dossier(submission, Workspace(desk, (), ""))
        status = ""
        try:
            _open(dossier, engine, desk)
            if not dossier.workspace.problem:
                _walk(dossier, engine, desk, asked)
        except UsageFault as fault:  # a tutor's bindings.yaml that does not fit
            dossier.remarks.append(Remark("bindings", fault.sentence(), blame=Blame.COURSE))
            dossier.findings, status = (), "broken"
        except Exception as error:  # our fault: it must neither stop the batch nor cost points
            dossier.remarks.append(_our_fault(error))
            dossier.findings, status = (), "broken"
        return scorecard(dossier, engine, status=status), dossier, engine.disturbed()


def _open(dossier: Dossier, engine: Engine, desk: Path) -> None:
    """Unpack a hand-in and lay what the sheet hands out beside it."""
    rubric, folder = engine.sheet.rubric, engine.sheet.reference / "provides"
    with dossier.stage("unpack"):
        dossier.workspace = unpack(
            dossier.submission,
            desk / "files",
            expected_notebook=rubric.rules.notebook,
            handed_out=None if rubric.rules.notebook else handed_out(folder, rubric.provides),
        )
        lay_provided(folder, rubric.provides, dossier.workspace)


def _walk(dossier: Dossier, engine: Engine, desk: Path, asked: _Asked) -> None:
    """Slice, run, find and judge what was unpacked."""
    dossier.remarks.extend(_ignored_bindings(dossier.workspace))
    with dossier.stage("slice"):
        dossier.slice = slice_hand_in(dossier.workspace)
    if asked.whole_run:
        with dossier.stage("run"):
            dossier.execution = _execute(dossier, engine, desk, asked.keep, asked.fresh)
    dossier.stored = _stored_notebook(dossier.workspace)
    session = open_session(dossier, engine, desk)
    try:
        modules = own_modules(dossier.workspace)
        with dossier.stage("find"):
            _find(dossier, engine, session, modules, asked.overrides)
        with dossier.stage("judge"):
            team = HandInTeam(session, dossier.bindings, engine.sheet.rubric, modules=modules)
            _judge(dossier, engine, team, asked)
    finally:
        dossier.remarks.extend(session.remarks)
        session.close()


def _find(
    dossier: Dossier,
    engine: Engine,
    session: Session,
    modules: Mapping[str, Sequence[Statement]],
    overrides: Path | None,
) -> None:
    rubric = engine.sheet.rubric
    fixed = load_overrides(overrides, rubric) if overrides and overrides.is_file() else {}
    sources = {name: "\n\n".join(s.source for s in own) for name, own in modules.items()}
    dossier.bindings = find(dossier.slice, session, rubric, probe_data(), overrides=fixed, sources=sources)


def _judge(dossier: Dossier, engine: Engine, team: HandInTeam, asked: _Asked) -> None:
    rubric, workspace = engine.sheet.rubric, dossier.workspace
    known = [*_rule_findings(dossier, engine), *run_findings(dossier.execution, _parts(workspace))]
    known += [] if asked.whole_run else _not_run(rubric)
    dossier.findings = judging.judge(
        team,
        rubric,
        engine.checks,
        LabFactory(
            engine.reference, key=engine.key, hand_in=workspace.sha256, transcript=_transcript(dossier)
        ),
        given={finding.item: finding for finding in known},
        public_only=asked.public_only,
        diagnose=engine.diagnose,
        reveal=rubric.reveal.check if asked.public_only else rubric.reveal.grade,
    )


def open_session(dossier: Dossier, engine: Engine, desk: Path) -> Session:
    """A session whose children see a private copy of the hand-in's files, so that a run leaves no trace."""
    seed = int(dossier.workspace.sha256[:8], 16)

    def fresh_child() -> Child:
        folder = Path(tempfile.mkdtemp(prefix="q", dir=desk))
        shutil.copytree(dossier.workspace.folder, folder, dirs_exist_ok=True)
        return engine.child(folder, seed=seed)

    beside = str(PurePosixPath(dossier.workspace.main).parent)
    return Session(fresh_child, dossier.slice, seed=seed, budget=engine.budget, folder=beside)


def _execute(
    dossier: Dossier, engine: Engine, desk: Path, keep: store.Store | None, fresh: bool
) -> Execution:
    """Run the whole hand-in once, or take the run from the store."""
    workspace = dossier.workspace
    key = execution_key(workspace, engine)
    stored = keep.get("executions", key) if keep and not fresh else None
    if stored is not None:
        return from_json(Execution, stored)
    folder = desk / "run"
    shutil.copytree(workspace.folder, folder)
    execution = run_notebook(
        replace(workspace, folder=folder),
        runnable_notebook(workspace, folder),
        kernel_manager_factory=lambda: kernel_manager(
            engine.child,
            folder,
            engine.budget,
            seed=int(workspace.sha256[8:16], 16),
            watch=engine.sheet.rubric.watch,
        ),
        budget=engine.budget,
        before_end=lambda manager: observe(_conversation(manager), engine.living),
        on_progress=lambda manager: observe(_conversation(manager)),
    )
    if keep and execution.status != "not_run" and not (engine.disturbed() and not fresh):
        keep.put("executions", key, to_json(execution))
    return execution


def _conversation(manager: Any) -> Conversation:
    """Questions to a kernel between its cells, and at its end."""
    return Conversation(manager.child.channel, manager.child)


def _stored_notebook(workspace: Workspace) -> str:
    """The notebook (or scripts and all parts, as cells) as handed in, as JSON text; empty where it cannot be read."""
    parts = _parts(workspace)
    try:
        if len(parts) > 1 or parts[0].lower().endswith(".py"):
            return str(nbformat.writes(notebook_of_files(workspace.folder, parts)))
        return json.dumps(read_notebook(workspace.folder / parts[0], need_code=False))
    except (Unreadable, OSError, ValueError):
        return ""


def _parts(workspace: Workspace) -> tuple[str, ...]:
    """The files that run, in their order."""
    return workspace.parts or (workspace.main,)


def _transcript(dossier: Dossier) -> Transcript:
    """The hand-in's notebook with what our run of it showed."""
    modules = []
    for name in dossier.slice.modules:
        with suppress(OSError):
            modules.append((dossier.workspace.folder / name).read_text("utf-8", errors="replace"))
    return read_transcript(
        dossier.stored,
        dossier.execution,
        modules=modules,
        export=_export_text(dossier.workspace),
        files=dossier.workspace.files,
    )


def _export_text(workspace: Workspace) -> str:
    """Text of the exported pages in a hand-in, at most three of them."""
    texts = []
    for name in [n for n in workspace.files if n.lower().endswith((".pdf", ".html", ".htm"))][:3]:
        with suppress(OSError, ReaderMissing):
            texts.append(text_of(workspace.folder / name))
    return "\n".join(texts)


def _not_run(rubric: Rubric) -> tuple[Finding, ...]:
    """Items that only a whole run can decide, where nothing was run."""
    text = "Not judged here: this is seen when the whole notebook runs."
    return tuple(Finding(item.id, Verdict.REVIEW, 0.0, text) for item in rubric.items if item.run)


def _ignored_bindings(workspace: Workspace) -> list[Remark]:
    """A hand-in does not say itself where things are found: only the tutor's file counts."""
    return [
        Remark(
            "ignored_bindings",
            f"{name} in the hand-in was ignored: only tutors say what is questioned.",
            name,
        )
        for name in workspace.files
        if PurePosixPath(name).name.casefold() == "bindings.yaml"
    ]


def _rule_findings(dossier: Dossier, engine: Engine) -> tuple[Finding, ...]:
    """What intake says of the sheet's hand-in rules, and of the names where there is a list of participants."""
    found = check_rules(dossier.workspace, dossier.submission, engine.sheet.rubric.rules)
    return (*found, check_names(dossier.submission, engine.course.root / "rubrics" / "roster.csv"))


def scorecard(dossier: Dossier, engine: Engine, status: str = "") -> Scorecard:
    """Add up what is known of a hand-in."""
    submission, workspace, rubric = dossier.submission, dossier.workspace, engine.sheet.rubric
    status = status or ("unreadable" if workspace.problem else "graded")
    findings = dossier.findings or _without_judging(rubric, status, workspace.problem)
    if status == "graded" and all(f.verdict is Verdict.BROKEN for f in findings):
        status = "broken"
    score = scoring.score(findings, rubric)
    remarks = (*workspace.remarks, *dossier.slice.remarks, *dossier.execution.remarks, *dossier.remarks)
    problem = (Remark("unreadable", workspace.problem, blame=Blame.TEAM),) if workspace.problem else ()
    return Scorecard(
        sheet=rubric.sheet,
        platform=submission.platform,
        team=submission.team,
        id=submission.id,
        members=submission.members,
        received=submission.received,
        late=submission.late,
        return_name=submission.return_name,
        hand_in={"path": submission.entry or submission.path.name, "sha256": workspace.sha256, "files": list(workspace.files)},
        status=status,
        isolation=engine.level,
        points=score.points,
        max=score.max,
        bonus=score.bonus,
        points_open=score.points_open,
        items_open=score.items_open,
        final=None,
        items=score.items,
        bindings={role: _binding_json(binding) for role, binding in dossier.bindings.items()},
        notes=tuple(dict.fromkeys(remark.what for remark in (*problem, *remarks))),
        seconds=dossier.seconds,
        grader=__version__,
        folder=submission.folder,
        remarks=(*problem, *remarks),
    )  # fmt: skip


def _binding_json(binding: Binding) -> dict[str, Any]:
    data = to_json(binding)
    return {key: data[key] for key in data if key not in {"role", "plan"}}


def _without_judging(rubric: Any, status: str, problem: str) -> tuple[Finding, ...]:
    """Findings when nothing was judged: unreadable work is missing for now, our own fault is broken."""
    if status == "unreadable":
        text = f"Nothing could be read: {problem}"
        return tuple(Finding(item.id, Verdict.MISSING, 0.0, text) for item in rubric.items)
    text = "We could not judge this item; that is our fault, and your tutor has been told."
    return tuple(Finding(item.id, Verdict.BROKEN, 0.0, text) for item in rubric.items)


def _our_fault(error: BaseException) -> Remark:
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(place.filename).name}:{place.lineno}"
    return Remark(
        "broken",
        f"Our program failed while judging this hand-in ({type(error).__name__}: {error}, {where}); "
        "no points are lost by it.",
        next_step="Tell your tutor; grading again after the repair costs nothing.",
        blame=Blame.GRADER,
    )


def probe_data() -> Probe:
    """Small inputs that only show how the team's objects are called; they decide no verdict."""
    rng = np.random.default_rng(20250)
    train = rng.normal(size=(60, 2)) * [1.0, 0.6] + [0.3, -0.2]
    points = np.vstack([rng.normal(size=(7, 2)), [[6.0, 6.0], [-7.0, 5.0]]])
    return Probe(train=train, points=points)


def grade(
    path: str | Path, sheet: str, course: str | Path | None = None, *, trust_hand_ins: bool = False
) -> Scorecard:
    """Grade one hand-in from Python and return its scorecard; nothing is written.

    Raises ``UsageFault`` when ``path`` holds more than one hand-in, ``GraderFault`` where this machine cannot
    confine it and ``trust_hand_ins`` is not set.
    """
    cards = list(grade_many([path], sheet, course, trust_hand_ins=trust_hand_ins))
    if len(cards) != 1:
        raise UsageFault(f"{path} holds {len(cards)} hand-ins.", next_step="Use grader.grade_many.")
    return cards[0]


def grade_many(
    paths: Sequence[str | Path],
    sheet: str,
    course: str | Path | None = None,
    *,
    trust_hand_ins: bool = False,
) -> Iterator[Scorecard]:
    """Yield a scorecard per hand-in found at ``paths``, in order; nothing is written.

    Raises ``GraderFault`` where this machine cannot confine hand-ins and ``trust_hand_ins`` is not set.
    """
    home = find_course(Path(course) if course else None)
    found = collect([Path(path) for path in paths])
    with Engine(home.sheet(sheet), home) as engine:
        require_isolation(engine.level, trust_hand_ins)
        for submission in found.submissions:
            yield grade_submission(submission, engine)[0]
