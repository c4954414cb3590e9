"""Rules whose breach has a consequence: how archive and PDF are named, and that the PDF is of this work.

A breach never decides anything: the finding says what was expected and what the course threatens, the work is
judged as a whole, and a person decides (verdict ``review``). A near miss only warns.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from grader.intake.names import printable
from grader.intake.naming import AS_ASKED, NEAR, compare, example, in_words, same_stem
from grader.records import Evidence, Finding, Submission, Verdict, Workspace

ENOUGH, LITTLE, NAMED = 0.6, 0.2, 0.6
"""Shares of lines that show the code, and below which it is not shown; share of names that speak of this work."""
KEEPING = frozenset({"moodle", "canvas", "ilias", "gradescope", "email"})
"""Platforms that keep the names of what was handed in."""


@dataclass(frozen=True)
class Asked:
    """A name that the sheet asks for and what the course says of a breach."""

    pattern: str
    consequence: str = ""

    @property
    def words(self) -> str:
        """The name for a reader, with an example."""
        return f"'{in_words(self.pattern)}', such as '{example(self.pattern)}'"

    def breach(
        self, item: str, text: str, judged_on: str, step: str, evidence: tuple[Evidence, ...]
    ) -> Finding:
        """The finding of a breach: a person decides where the course threatens something."""
        if not self.consequence:
            said = f"{text} The work was judged all the same."
            return Finding(
                item, Verdict.FAILED, 0.0, said, judged_on=judged_on, next_step=step, evidence=evidence
            )
        said = (
            f"{text} The course's consequence: {self.consequence}. A person decides about that; "
            "the work was judged as a whole all the same."
        )
        return Finding(
            item, Verdict.REVIEW, 0.0, said, judged_on=judged_on, next_step=step, evidence=evidence
        )


def check_archive_name(workspace: Workspace, submission: Submission, asked: Asked) -> Finding:
    """The archive's name; of archives inside one another, and of what platforms add, the best one counts."""
    item = "rules.archive_name"
    names = given_archives(workspace)
    if not names:
        return _without_archive(workspace, submission, asked)
    name = max(names, key=lambda one: compare(one, asked.pattern).level)
    return _named(item, "archive", name, asked)


def given_archives(workspace: Workspace) -> list[str]:
    """The archives of a hand-in as the students named them, the outermost first."""
    return [remark.where for remark in workspace.remarks if remark.kind == "archive"]


def _without_archive(workspace: Workspace, submission: Submission, asked: Asked) -> Finding:
    item = "rules.archive_name"
    end = PurePosixPath(asked.pattern).suffix
    folders = [r.where.strip("/") for r in workspace.remarks if r.kind == "wrapper_folder"]
    plain = submission.platform not in KEEPING
    for name in [*folders, *([submission.team] if plain else [])]:
        if compare(f"{PurePosixPath(name).name}{end}", asked.pattern).level == AS_ASKED:
            text = f"The archive came unpacked; its folder '{printable(name)}' is named as asked."
            return Finding(item, Verdict.PASSED, 1.0, text, judged_on=name)
    if plain:
        text = f"Not checkable: the hand-in came without an archive. The sheet asks for {asked.words}."
        return Finding(item, Verdict.PASSED, 1.0, text, judged_on="names")
    text = f"The files came without an archive around them; expected one that is named {asked.words}."
    step = f"Hand in one archive named like '{example(asked.pattern)}'."
    found = Evidence("name of the archive", "none", in_words(asked.pattern), passed=False)
    return asked.breach(item, text, "", step, (found,))


def _named(item: str, what: str, name: str, asked: Asked) -> Finding:
    fit = compare(name, asked.pattern)
    found = (Evidence(f"name of the {what}", name, in_words(asked.pattern), passed=fit.level == AS_ASKED),)
    if fit.level == AS_ASKED:
        text = f"The {what} is named '{printable(name)}', as asked."
        return Finding(item, Verdict.PASSED, 1.0, text, judged_on=name, evidence=found)
    text = f"The {what} is named '{printable(name)}'; expected {asked.words}"
    step = f"Name the {what} like '{example(asked.pattern)}' next time."
    if fit.level == NEAR:
        said = f"{text}: {fit.why}. That is near enough to tell whose it is."
        return Finding(item, Verdict.PARTIAL, 0.5, said, judged_on=name, next_step=step, evidence=found)
    return asked.breach(item, f"{text}.", name, step, found)


def check_pdf(workspace: Workspace, asked: Asked) -> Finding:
    """The PDF: there, named as asked, and with the archive's name before its extension."""
    item, pages = "rules.pdf", pdfs(workspace)
    if not pages:
        text = f"There is no PDF; expected one that is named {asked.words}."
        found = Evidence("PDF files", 0, "at least 1", passed=False)
        return asked.breach(item, text, "", "Export the work as PDF and put it into the archive.", (found,))
    archives = given_archives(workspace)
    name = max(pages, key=lambda one: (compare(one, asked.pattern).level, _shared(one, archives)))
    finding = _named(item, "PDF", name.rsplit("/", 1)[-1], asked)
    fitting = [one for one in archives if compare(one, PurePosixPath(asked.pattern).stem + ".zip").level]
    if finding.verdict is not Verdict.PASSED or not fitting or _shared(name, fitting):
        return finding
    text = f"The PDF is named '{printable(name)}' and the archive '{printable(fitting[-1])}'; expected the same name."
    step = "Give archive and PDF the same name."
    return Finding(
        item, Verdict.PARTIAL, 0.5, text, judged_on=name, next_step=step, evidence=finding.evidence
    )


def pdfs(workspace: Workspace) -> list[str]:
    """The PDF files of a hand-in."""
    return [name for name in workspace.files if name.lower().endswith(".pdf")]


def _shared(name: str, archives: list[str]) -> bool:
    return any(same_stem(name, archive) for archive in archives)


def judge_pdf_content(shares: Mapping[str, tuple[float | None, float]]) -> Finding:
    """What the best of the PDFs shows of the code; ``shares`` are those of its lines (None: no text) and names."""
    item = "rules.pdf_content"
    if not shares:
        return Finding(item, Verdict.MISSING, 0.0, "There is no PDF that could show the work.")
    name = max(shares, key=lambda one: (shares[one][0] or 0.0, shares[one][1]))
    lines, names = shares[name]
    shown = printable(name)
    if lines is None:
        text = f"'{shown}' holds no text that can be read: a scan? A person looks whether it belongs to this work."
        return Finding(item, Verdict.REVIEW, 0.0, text, judged_on=name)
    found = (
        Evidence(
            "share of the lines of code in the PDF", lines, f"at least {ENOUGH:.0%}", passed=lines >= ENOUGH
        ),
        Evidence(
            "share of the code's own names in the PDF", names, f"at least {NAMED:.0%}", passed=names >= NAMED
        ),
    )
    if lines >= ENOUGH:
        text = f"'{shown}' is of this work: it shows {lines:.0%} of its lines of code."
        return Finding(item, Verdict.PASSED, 1.0, text, judged_on=name, evidence=found)
    step = "Export once more after the last change, with all the code."
    if lines >= LITTLE:
        text = f"'{shown}' shows {lines:.0%} of the lines of code: of an older state, or not of all files?"
        return Finding(item, Verdict.PARTIAL, 0.5, text, judged_on=name, next_step=step, evidence=found)
    if names >= NAMED:
        text = f"'{shown}' speaks of this work ({names:.0%} of its names) but shows {lines:.0%} of its lines of code."
    else:
        text = f"'{shown}' does not seem to belong to this work: it shows {lines:.0%} of its lines of code and {names:.0%} of its names."
    return Finding(
        item, Verdict.REVIEW, 0.0, f"{text} A person decides.", judged_on=name, next_step=step, evidence=found
    )
