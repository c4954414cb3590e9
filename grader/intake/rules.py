"""Rules for the form of a hand-in. A breach is a finding of 0 points, never a reason not to judge the work."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from grader.errors import Unreadable
from grader.intake.choose import likeness
from grader.intake.names import printable
from grader.intake.notebook import code_of, read_notebook
from grader.intake.text_of import ReaderMissing, text_of
from grader.records import Evidence, Finding, Submission, Verdict, Workspace

ENOUGH = 0.6
"""Share of a notebook's code lines that an export of it shows at least."""
LITTLE = 0.2
"""Below this share an export belongs to something else."""
_NAMES = {"number": r"\d{4,12}", "group": r"[\w\- ]+?"}
_WORD = r"[^\W\d_][\w' .\-]*?"


class Rules(Protocol):
    """What a sheet asks for; empty where it asks for nothing.

    ``archive`` is a file name in which ``{surname}``, ``{number}`` and the like stand for parts that every
    team fills in itself; ``notebook`` and ``export`` are file names, ``export`` perhaps only ``.pdf``.
    """

    @property
    def archive(self) -> str: ...
    @property
    def notebook(self) -> str: ...
    @property
    def export(self) -> str: ...


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
    return tuple(check(workspace, submission, asked) for asked, check in checks if asked)


def check_archive(workspace: Workspace, submission: Submission, asked: str) -> Finding:
    """The archive's name, as far as the students' own name is still known."""
    given = [remark.where for remark in workspace.remarks if remark.kind == "archive"]
    item = "rules.archive"
    if not given:
        return Finding(item, Verdict.PASSED, 1.0, _no_archive(submission, asked), judged_on="names")
    name = next((one for one in given if _fits(one, asked) == 2), given[-1])
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
    evidence = (Evidence(f"name of the {what}", name, _in_words(asked), passed=fits == 2),)
    if fits == 2:
        text, verdict, share = f"The {what} is named '{name}', as asked.{note}", Verdict.PASSED, 1.0
    elif fits == 1:
        text = f"The {what} is named '{name}'; expected '{_in_words(asked)}'. That is near enough to be found.{note}"
        verdict, share = Verdict.PARTIAL, 0.5
    else:
        text = f"The {what} is named '{name}'; expected '{_in_words(asked)}'. The work was judged all the same.{note}"
        verdict, share = Verdict.FAILED, 0.0
    step = "" if fits == 2 else f"Name the {what} '{_in_words(asked)}' next time."
    return Finding(item, verdict, share, text, judged_on=name, next_step=step, evidence=evidence)


def _in_words(asked: str) -> str:
    """The asked name for a reader: ``{surname}-{number}.zip`` becomes ``SURNAME-NUMBER.zip``."""
    return re.sub(r"\{(\w+)\}", lambda found: found[1].upper(), asked)


def _fits(name: str, asked: str) -> int:
    """2: as asked, 1: nearly, 0: not."""
    given = unicodedata.normalize("NFC", name).rsplit("/", 1)[-1]
    plain = re.sub(r"( ?\(\d+\)|[ _-]copy)(?=\.[A-Za-z.]+$)", "", given)
    pattern = _pattern(asked)
    if re.fullmatch(pattern, plain):
        return 2
    loose = re.fullmatch(pattern, _loose(plain), re.IGNORECASE) or _loose(plain) == _loose(asked)
    return 1 if loose or ("{" not in asked and _stem_alike(plain, asked)) else 0


def _pattern(asked: str) -> str:
    pieces = re.split(r"(\{\w+\})", unicodedata.normalize("NFC", asked))
    return "".join(_NAMES.get(p[1:-1], _WORD) if p.startswith("{") else re.escape(p) for p in pieces)


def _loose(name: str) -> str:
    """Without case, leading zeros of numbers, and with one kind of separator."""
    text = re.sub(r"[\s_\-]+", "-", name.casefold())
    return re.sub(r"(?<!\d)0+(?=\d)", "", text)


def _stem_alike(name: str, asked: str) -> bool:
    """The same words and numbers in another writing, or a longer name that contains the asked one."""
    given, wanted = (re.sub(r"[\W_]+", "", _loose(one.rsplit(".", 1)[0])) for one in (name, asked))
    digits = re.findall(r"\d+", given) == re.findall(r"\d+", wanted)
    within = re.search(re.escape(wanted) + (r"(?!\d)" if wanted[-1:].isdigit() else ""), given)
    return (bool(wanted) and within is not None) or (digits and likeness(name, asked) >= 0.8)


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
    lines = _code_lines(workspace)
    if not lines:
        text = "Not checkable: the notebook has no line of code to look for in the export."
        return Finding(item, Verdict.PASSED, 1.0, text, judged_on=pages[0])
    try:
        shares = {name: _share(workspace.folder / name, lines) for name in (right or pages)[:8]}
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
    if not asked.startswith(".") and _fits(name, asked) < 2:
        text, step = f"{text} Its name should be '{asked}'.", f"Name it '{asked}' next time."
        return Finding(item, Verdict.PARTIAL, 0.5, text, judged_on=name, next_step=step, evidence=(found,))
    return Finding(item, Verdict.PASSED, 1.0, text, judged_on=name, evidence=(found,))


def _code_lines(workspace: Workspace) -> list[str]:
    """The distinct lines of code of the main notebook or script, squeezed; short ones say nothing."""
    path = workspace.folder / workspace.main
    if not workspace.main:
        return []
    try:
        if workspace.main.lower().endswith(".py"):
            source = path.read_text(encoding="utf-8", errors="replace")
        else:
            source = code_of(read_notebook(path))
    except (Unreadable, OSError):
        return []
    squeezed = dict.fromkeys(squeeze(line) for line in source.splitlines())
    telling = [line for line in squeezed if len(line) >= 8]
    return telling[:: len(telling) // 1000 + 1]


def _share(path: Path, lines: list[str]) -> float | None:
    """Share of ``lines`` in the page's text; ``None`` if it has none.

    A line that a page break or margin cut in two still counts: spaces, line breaks and the marks that
    typesetting adds are ignored, and of a long line its first or last 40 characters are enough.
    """
    text = squeeze(text_of(path))
    if len(text) < 40:
        return None
    found = sum(
        line in text or (len(line) > 60 and (line[:40] in text or line[-40:] in text)) for line in lines
    )
    return round(found / len(lines), 3)


_SAME = str.maketrans(
    {"’": "'", "‘": "'", "´": "'", "`": "'", "“": '"', "”": '"', "−": "-", "–": "-", "↪": ""}
)


def squeeze(text: str) -> str:
    """Text without white space and with one writing of quotes, dashes and ligatures."""
    return re.sub(r"\s+|\u200b|,→", "", unicodedata.normalize("NFKC", text).translate(_SAME))
