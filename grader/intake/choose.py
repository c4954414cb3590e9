"""Choosing what is judged: which notebooks can be read, and which one is meant."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from grader.errors import Unreadable
from grader.intake.names import printable
from grader.intake.notebook import code_of, read_notebook
from grader.intake.parts import parts_of
from grader.records import Blame, Remark

ALIKE = 0.6
"""Least similarity of names (0 to 1) at which a notebook is taken for the one that the sheet asks for."""
MOST = 40
"""Notebooks that are looked into."""
LONGEST = 4 * 10**6
"""Bytes of a script that is looked into."""
_KINDS = {
    "pdf": "PDF file",
    "html": "web page",
    "htm": "web page",
    "docx": "Word file",
    "txt": "text file",
    "md": "Markdown file",
    "tex": "LaTeX file",
    "png": "picture",
    "jpg": "picture",
    "jpeg": "picture",
    "zip": "archive",
    "rar": "RAR archive",
    "7z": "7-Zip archive",
    "csv": "table",
}


@dataclass(frozen=True)
class Choice:
    """What :func:`choose` decided."""

    notebooks: tuple[str, ...]
    scripts: tuple[str, ...]
    main: str
    remarks: tuple[Remark, ...]
    problem: str
    parts: tuple[str, ...] = ()
    """The files that are the work, in the order in which they run; empty: the main one alone."""


def choose(
    folder: Path,
    files: Sequence[str],
    expected: str,
    reasons: Sequence[str],
    handed_out: Sequence[str] | None = None,
) -> Choice:
    """Pick notebooks, scripts and the one to judge first among ``files`` below ``folder``.

    The notebook named as ``expected`` comes first, else the one with the most similar name, else the one with
    the most code. ``reasons`` are sentences about what could not be unpacked; they explain an empty choice.
    Where the sheet does not ask for one notebook (``handed_out``, the sources of what it hands out, is given) or
    there is none, all files that are work on their own are ``parts``; so are notebooks whose names differ in a
    number only, ``task1.ipynb`` and ``task2.ipynb``, where none has a name like the expected one.
    """
    remarks: list[Remark] = []
    found = [name for name in files if name.lower().endswith(".ipynb")]
    if len(found) > MOST:
        text = f"There are {len(found)} notebooks; the first {MOST} were looked into."
        remarks.append(Remark("many_notebooks", text, blame=Blame.TEAM))
    code: dict[str, str] = {}
    for name in found[:MOST]:
        try:
            code[name] = code_of(read_notebook(folder / name, need_code=False))
        except Unreadable as fault:
            where = printable(name)
            remarks.append(
                Remark("bad_notebook", f"'{where}': {fault.what}", where, fault.next_step, Blame.TEAM)
            )
    scripts = tuple(name for name in files if name.lower().endswith(".py"))
    runnable = {name: len(text) for name, text in code.items() if text}
    remarks += [_prose(name) for name in code if name not in runnable]
    sizes, word = (runnable, "notebook") if runnable else (_script_sizes(folder, scripts), "script")
    parts: tuple[str, ...] = ()
    if handed_out is not None or not runnable:
        parts = parts_of(code, _texts(folder, scripts), handed_out or ())
        sizes = {name: size for name, size in sizes.items() if name in parts} or sizes
    elif numbered := _numbered(runnable, expected):
        parts = parts_of({name: code[name] for name in numbered}, {})
        sizes = {name: size for name, size in sizes.items() if name in parts} or sizes
    main, remark = _pick(sizes, expected, word)
    remark = _together(parts) or remark
    remarks += [remark] if remark else []
    notebooks = tuple(sorted(code, key=lambda name: (name != main, name)))
    problem = "" if main else _problem(files, reasons, remarks)
    return Choice(notebooks, scripts, main, tuple(remarks), problem, parts if main in parts else ())


def _numbered(names: Iterable[str], expected: str) -> list[str]:
    """Notebooks that are a series by the numbers in their names, none of them named as expected; else nothing."""
    series = [name for name in names if re.search(r"\d", _plain(name).rsplit(".", 1)[0])]
    stems = {re.sub(r"\d+", "#", _plain(name)) for name in series}
    alike = any(likeness(name, expected) >= ALIKE for name in names)
    copies = any(_core(name) == _core(other) for name in series for other in series if name < other)
    return series if len(series) > 1 and len(stems) == 1 and not alike and not copies else []


def _together(parts: Sequence[str]) -> Remark | None:
    """Where several files are the work: which, and in which order."""
    if len(parts) < 2:
        return None
    books = sum(name.lower().endswith(".ipynb") for name in parts)
    counts = [(books, "notebook"), (len(parts) - books, "script")]
    many = " and ".join(f"{count} {word}{'s' * (count > 1)}" for count, word in counts if count)
    named = ", ".join(f"'{printable(name)}'" for name in parts)
    verb = "is" if counts[0][0] == 1 else "are"
    text = f"There {verb} {many}; they were taken as one work and run in this order: {named}."
    return Remark("several_parts", text[:1000], blame=Blame.NOBODY)


def _texts(folder: Path, scripts: Sequence[str]) -> dict[str, str]:
    """The sources of the scripts, as far as they can be read and are not absurdly long."""
    return {
        name: (folder / name).read_text(encoding="utf-8-sig", errors="replace")
        for name in scripts[: 10 * MOST]
        if (folder / name).stat().st_size <= LONGEST
    }


def _prose(name: str) -> Remark:
    text = f"'{printable(name)}' has no code: no cell holds anything to run."
    return Remark("no_code", text, printable(name), blame=Blame.TEAM)


def _script_sizes(folder: Path, scripts: Sequence[str]) -> dict[str, int]:
    """Scripts that are not empty and not only part of a package, with their size in bytes."""
    sizes = {name: (folder / name).stat().st_size for name in scripts}
    return {
        name: size for name, size in sizes.items() if size and not name.endswith(("__init__.py", "setup.py"))
    }


def _pick(sizes: dict[str, int], expected: str, word: str) -> tuple[str, Remark | None]:
    """The best candidate and, where there were several, a remark that says which was taken and why."""
    if not sizes:
        return "", None
    ranked = sorted(sizes, key=lambda name: (-round(likeness(name, expected), 3), -sizes[name], name))
    main = ranked[0]
    near = likeness(main, expected) >= ALIKE
    if not near:
        main = max(sizes, key=lambda name: (sizes[name], name))
    if len(sizes) == 1:
        return main, None
    why = f"its name is nearest to '{expected}'" if near else "it holds the most code"
    others = ", ".join(f"'{printable(name)}'" for name in sorted(sizes) if name != main)
    text = (
        f"There are {len(sizes)} {word}s; '{printable(main)}' was taken because {why}. Also there: {others}."
    )
    return main, Remark(f"several_{word}s", text[:1000], printable(main), blame=Blame.TEAM)


def likeness(name: str, expected: str) -> float:
    """How alike two file names are, 0 to 1, without folders, extension, case, punctuation and copy marks."""
    if not expected:
        return 0.0
    given, asked = _core(name), _core(expected)
    exact = _plain(name) == _plain(expected)
    return 1.0 if exact else min(SequenceMatcher(None, given, asked).ratio(), 0.99)


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name).rsplit("/", 1)[-1].casefold()


def _core(name: str) -> str:
    stem = _plain(name).rsplit(".", 1)[0]
    stem = re.sub(r"( ?\(\d+\)|[-_ ]copy\d*|[-_ ]kopie\d*)+$", "", stem)
    return re.sub(r"[\W_]+", "", stem)


def _problem(files: Sequence[str], reasons: Sequence[str], remarks: Sequence[Remark]) -> str:
    said = [*reasons, *(remark.what for remark in remarks if remark.kind in {"bad_notebook", "no_code"})]
    if not files:
        return " ".join(
            [*said[:4], "There is nothing to judge."] if said else ["The hand-in is empty: no files."]
        )
    text = f"No notebook or script that can be run was found. Found: {inventory(files)}."
    return " ".join([*said[:4], text])


def inventory(files: Sequence[str]) -> str:
    """The files in words, by kind: ``2 PDF files, 1 picture``."""
    counts = Counter(_kind(name) for name in files)
    return ", ".join(f"{count} {kind}{'s' if count > 1 else ''}" for kind, count in counts.most_common(6))


def _kind(name: str) -> str:
    end = name.rsplit("/", 1)[-1].rpartition(".")[2].lower()
    if end in {"ipynb", "py"}:
        return "unreadable notebook" if end == "ipynb" else "empty script"
    named = end if "." in name.rsplit("/", 1)[-1] and end.isalnum() and len(end) <= 8 else ""
    return _KINDS.get(end, f"'.{named}' file" if named else "file without extension")
