"""Choosing what is judged: which notebooks can be read, and which one is meant."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from grader.errors import Unreadable
from grader.intake.names import printable
from grader.intake.notebook import code_of, read_notebook
from grader.records import Blame, Remark

ALIKE = 0.6
"""Least similarity of names (0 to 1) at which a notebook is taken for the one that the sheet asks for."""
MOST = 40
"""Notebooks that are looked into."""
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


def choose(folder: Path, files: Sequence[str], expected: str, reasons: Sequence[str]) -> Choice:
    """Pick notebooks, scripts and the one to judge first among ``files`` below ``folder``.

    The notebook named as ``expected`` comes first, else the one with the most similar name, else the one with
    the most code. ``reasons`` are sentences about what could not be unpacked; they explain an empty choice.
    """
    remarks: list[Remark] = []
    found = [name for name in files if name.lower().endswith(".ipynb")]
    if len(found) > MOST:
        text = f"There are {len(found)} notebooks; the first {MOST} were looked into."
        remarks.append(Remark("many_notebooks", text, blame=Blame.TEAM))
    code: dict[str, int] = {}
    for name in found[:MOST]:
        try:
            code[name] = len(code_of(read_notebook(folder / name, need_code=False)))
        except Unreadable as fault:
            where = printable(name)
            remarks.append(
                Remark("bad_notebook", f"'{where}': {fault.what}", where, fault.next_step, Blame.TEAM)
            )
    scripts = tuple(name for name in files if name.lower().endswith(".py"))
    runnable = {name: size for name, size in code.items() if size}
    remarks += [_prose(name) for name in code if name not in runnable]
    if runnable:
        main, remark = _pick(runnable, expected, "notebook")
    else:
        main, remark = _pick(_script_sizes(folder, scripts), expected, "script")
    remarks += [remark] if remark else []
    notebooks = tuple(sorted(code, key=lambda name: (name != main, name)))
    problem = "" if main else _problem(files, reasons, remarks)
    return Choice(notebooks, scripts, main, tuple(remarks), problem)


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
