"""Rules for the form of a hand-in. A breach is a finding of 0 points, never a reason not to judge the work."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from grader.intake.choose import likeness
from grader.intake.comments import check_comments
from grader.intake.name_rules import Asked, check_archive_name, check_pdf, judge_pdf_content, pdfs
from grader.intake.names import printable
from grader.intake.naming import AS_ASKED, NEAR, compare, in_words
from grader.intake.portable import check_portable
from grader.intake.shown_code import (
    code_in,
    own_names,
    share_of_lines,
    share_of_names,
    squeeze,
    telling_lines,
    work_files,
)
from grader.intake.text_of import ReaderMissing, text_of
from grader.records import Evidence, Finding, Submission, Verdict, Workspace

ENOUGH = 0.6
"""Share of a notebook's code lines that an export of it shows at least."""
LITTLE = 0.2
"""Below this share an export belongs to something else."""
MOST_PAGES = 8
"""Exported pages that are read."""
__all__ = ["Rules", "check_rules", "squeeze"]


class Rules(Protocol):
    """What a sheet asks for; empty where it asks for nothing.

    ``archive`` is a file name in which ``{surname}``, ``{number}`` and the like stand for parts that every
    team fills in itself; ``notebook`` and ``export`` are file names, ``export`` perhaps only ``.pdf``.
    ``archive_name`` and ``pdf`` are such patterns too, of names whose breach has a ``consequence``; ``portable``
    and ``comments`` say whether the code is looked through for what works on one system only, and for comments.
    """

    @property
    def archive(self) -> str: ...
    @property
    def notebook(self) -> str: ...
    @property
    def export(self) -> str: ...
    @property
    def archive_name(self) -> str: ...
    @property
    def pdf(self) -> str: ...
    @property
    def consequence(self) -> str: ...
    @property
    def portable(self) -> bool: ...
    @property
    def comments(self) -> bool: ...


def check_rules(workspace: Workspace, submission: Submission, rules: Rules) -> tuple[Finding, ...]:
    """Compare a hand-in with the rules of its sheet: one finding per rule that the sheet has.

    Only the innermost name that the students gave counts; what a browser or platform does to a name (``(1)``,
    decomposed umlauts) is no breach, a near miss is ``partial`` and says what was expected.
    """
    checks: tuple[tuple[str, Callable[[Workspace, Submission, str], Finding]], ...] = (
        (rules.archive, check_archive),
        (rules.notebook, check_notebook_name),
        (rules.export, check_export),
    )
    found = [check(workspace, submission, asked) for asked, check in checks if asked]
    if rules.archive_name:
        found.append(check_archive_name(workspace, submission, Asked(rules.archive_name, rules.consequence)))
    if rules.pdf:
        found += [check_pdf(workspace, Asked(rules.pdf, rules.consequence)), check_pdf_content(workspace)]
    found += [check_portable(workspace)] if rules.portable else []
    found += [check_comments(workspace)] if rules.comments else []
    return tuple(found)


def check_archive(workspace: Workspace, submission: Submission, asked: str) -> Finding:
    """The archive's name, as far as the students' own name is still known."""
    given = [remark.where for remark in workspace.remarks if remark.kind == "archive"]
    item = "rules.archive"
    if not given:
        return Finding(item, Verdict.PASSED, 1.0, _no_archive(submission, asked), judged_on="names")
    name = next((one for one in given if _fits(one, asked) == AS_ASKED), given[-1])
    return _named(item, name, asked, "archive", _fits(name, asked), _wrapper_note(workspace))


def _no_archive(submission: Submission, asked: str) -> str:
    if submission.platform == "mampf":
        return f"Not checkable: the platform replaced the archive's name. The sheet asks for '{asked}'."
    return f"Not checkable: the hand-in came without an archive. The sheet asks for '{asked}'."


def _wrapper_note(workspace: Workspace) -> str:
    inside = [remark.where for remark in workspace.remarks if remark.kind == "wrapper_folder"]
    return f" Inside, everything lies in the folder '{inside[0]}', which is fine." if inside else ""


def check_notebook_name(workspace: Workspace, submission: Submission, asked: str) -> Finding:
    """The name of the notebook that is judged."""
    item = "rules.notebook_name"
    if not workspace.main:
        return Finding(item, Verdict.MISSING, 0.0, f"There is no notebook; the sheet asks for '{asked}'.")
    return _named(
        item, workspace.main.rsplit("/", 1)[-1], asked, "notebook", _fits(workspace.main, asked), ""
    )


def _named(item: str, name: str, asked: str, what: str, fits: int, note: str) -> Finding:
    evidence = (Evidence(f"name of the {what}", name, in_words(asked), passed=fits == AS_ASKED),)
    if fits == AS_ASKED:
        text, verdict, share = f"The {what} is named '{name}', as asked.{note}", Verdict.PASSED, 1.0
    elif fits == NEAR:
        text = f"The {what} is named '{name}'; expected '{in_words(asked)}'. That is near enough to be found.{note}"
        verdict, share = Verdict.PARTIAL, 0.5
    else:
        text = f"The {what} is named '{name}'; expected '{in_words(asked)}'. The work was judged all the same.{note}"
        verdict, share = Verdict.FAILED, 0.0
    step = "" if fits == AS_ASKED else f"Name the {what} '{in_words(asked)}' next time."
    return Finding(item, verdict, share, text, judged_on=name, next_step=step, evidence=evidence)


def _fits(name: str, asked: str) -> int:
    return compare(name, asked).level


def check_export(workspace: Workspace, submission: Submission, asked: str) -> Finding:
    """The exported page: there, named as asked, and an export of this very notebook."""
    item, end = "rules.export", "." + asked.rsplit(".", 1)[-1].lower()
    pages = [name for name in workspace.files if name.lower().endswith((".pdf", ".html", ".htm"))]
    right = [
        name for name in pages if name.lower().endswith(end) or (end == ".html" and name.endswith(".htm"))
    ]
    if not pages:
        text = f"There is no export of the notebook; expected '{asked}'."
        return Finding(
            item, Verdict.MISSING, 0.0, text, next_step=f"Export the notebook as {end[1:].upper()}."
        )
    lines = telling_lines(code_in(workspace.folder, [workspace.main] if workspace.main else []))
    if not lines:
        text = "Not checkable: the notebook has no line of code to look for in the export."
        return Finding(item, Verdict.PASSED, 1.0, text, judged_on=pages[0])
    try:
        shares = {name: _share(workspace.folder / name, lines) for name in (right or pages)[:MOST_PAGES]}
    except ReaderMissing:
        text = "Not checkable here: this installation cannot read PDF (package 'pypdf')."
        return Finding(item, Verdict.PASSED, 1.0, text, judged_on=pages[0])
    best = max(shares, key=lambda name: (shares[name] or 0.0, likeness(name, asked)))
    return _judged(item, best, shares[best], asked, bool(right))


def _judged(item: str, name: str, share: float | None, asked: str, right_kind: bool) -> Finding:
    wanted = f"at least {ENOUGH:.0%}"
    shown, kind = printable(name), asked.rsplit(".", 1)[-1].upper()
    if share is None:
        text = f"'{shown}' holds no text that can be read, so it was not compared with the notebook."
        return Finding(
            item, Verdict.PARTIAL, 0.5, text, judged_on=name, next_step="Export, do not scan or print."
        )
    found = Evidence(
        "share of the notebook's code lines in the export", share, wanted, passed=share >= ENOUGH
    )
    if share < LITTLE:
        text = f"'{shown}' is no export of this notebook: it shows {share:.0%} of its lines of code."
        step = f"Export the notebook that you hand in as {kind}."
        return Finding(item, Verdict.FAILED, 0.0, text, judged_on=name, next_step=step, evidence=(found,))
    if share < ENOUGH:
        text = f"'{shown}' shows {share:.0%} of the notebook's lines of code: an export of an older state?"
        step = "Export again after the last change."
        return Finding(item, Verdict.PARTIAL, 0.5, text, judged_on=name, next_step=step, evidence=(found,))
    text = f"'{shown}' is an export of this notebook: it shows {share:.0%} of its lines of code."
    if not right_kind:
        text, step = f"{text} The sheet asks for {kind}.", f"Export the notebook as {kind}."
        return Finding(item, Verdict.PARTIAL, 0.5, text, judged_on=name, next_step=step, evidence=(found,))
    if not asked.startswith(".") and _fits(name, asked) < AS_ASKED:
        text, step = f"{text} Its name should be '{asked}'.", f"Name it '{asked}' next time."
        return Finding(item, Verdict.PARTIAL, 0.5, text, judged_on=name, next_step=step, evidence=(found,))
    return Finding(item, Verdict.PASSED, 1.0, text, judged_on=name, evidence=(found,))


def _share(path: Path, lines: list[str]) -> float | None:
    """Share of the lines in the page's text; ``None`` if it has none."""
    return share_of_lines(text_of(path), lines)


def check_pdf_content(workspace: Workspace) -> Finding:
    """Whether a PDF shows the code of this hand-in: all of its notebooks and scripts."""
    code = code_in(workspace.folder, work_files(workspace))
    lines, names = telling_lines(code), own_names(code)
    if not lines:
        text = "Not checkable: there is no line of code to look for in the PDF."
        return Finding("rules.pdf_content", Verdict.PASSED, 1.0, text)
    shares: dict[str, tuple[float | None, float]] = {}
    try:
        for name in pdfs(workspace)[:MOST_PAGES]:
            text = text_of(workspace.folder / name)
            shares[name] = share_of_lines(text, lines), share_of_names(text, names)
    except ReaderMissing:
        text = "Not checkable here: this installation cannot read PDF (package 'pypdf')."
        return Finding("rules.pdf_content", Verdict.PASSED, 1.0, text)
    return judge_pdf_content(shares)
