"""What in a hand-in's code works on one machine only: absolute paths, drives, backslashes, modules of one system.

By reading alone. A path counts where a whole text is one; what stands under a question for the system
(``if os.name == "nt"``) or in a guarded import is meant for that system and does not count.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.errors import Unreadable
from grader.intake.names import printable
from grader.intake.notebook import read_notebook
from grader.intake.shown_code import work_files
from grader.records import Evidence, Finding, Verdict, Workspace
from grader.syntax import parse, without_magics

SHOWN = 4
"""Places that are spelled out."""
_DRIVE = re.compile(r"[A-Za-z]:[\\/](?!/)[^\n]*|\\\\[\w.-]+\\[^\n]+")
_ABSOLUTE = re.compile(r"(file://)?/[\w .@+-]+(/[\w .@+-]*)+")
_HOME = re.compile(r"~/[^\n]+")
_ROOTS = ("home", "Users", "mnt", "media", "content", "kaggle", "root", "tmp", "data", "Volumes", "drive")
_SYSTEM_FOLDERS = tuple(f"/{name}/" for name in _ROOTS)
_BACKSLASHES = re.compile(r"(\.{1,2}|[\w -]+)(\\[\w .-]+)*\\[\w .-]+\.\w{1,5}")
_IN_CODE = re.compile(r"[rbuRBU]{0,2}(['\"])(\.{1,2}|[\w -]+)(\\{1,2}[\w .-]+)*\\{1,2}[\w .-]+\.\w{1,5}\1")
_MODULES = {
    **dict.fromkeys(
        ["winsound", "msvcrt", "winreg", "_winapi", "win32api", "win32com", "win32gui", "win32con"], "Windows"
    ),
    **dict.fromkeys(
        ["fcntl", "pwd", "grp", "termios", "tty", "posix", "resource", "syslog"], "Linux and macOS"
    ),
    **dict.fromkeys(["AppKit", "Foundation"], "macOS"),
    "google.colab": "Google Colab",
}
_CALLS = {
    "os.startfile": "Windows",
    "os.fork": "Linux and macOS",
    "os.getuid": "Linux and macOS",
    "os.uname": "Linux and macOS",
}
_SYSTEM_WORDS = frozenset(["platform", "name", "system", "uname", "environ", "modules"])


@dataclass(frozen=True)
class Trouble:
    """One place that works on one machine or system only."""

    where: str
    what: str
    cell: int = -1
    """Index of the notebook's cell, -1 for a script."""


def check_portable(workspace: Workspace) -> Finding:
    """Whether the code is free of what works on one machine only; each place is named."""
    item, found, read = "rules.portable", list[Trouble](), 0
    files = work_files(workspace)
    for name in files:
        for where, cell, code in _sources(workspace.folder / name, name, alone=len(workspace.notebooks) == 1):
            read += 1
            found += troubles(code, where, cell)
    if not read:
        return Finding(item, Verdict.MISSING, 0.0, "There is no code that could be read.")
    evidence = (Evidence("places that work on one system only", len(found), "at most 0", passed=not found),)
    if not found:
        text = "No absolute path, drive letter, backslash path or module of one system was found in the code."
        return Finding(item, Verdict.PASSED, 1.0, text, evidence=evidence)
    told = "; ".join(f"{one.where}: {one.what}" for one in found[:SHOWN])
    more = f"; and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    step = "Write paths relative to the file, with / or pathlib, and use modules that every system has."
    cells = tuple(dict.fromkeys(one.cell for one in found if one.cell >= 0)) if len(files) == 1 else ()
    text = f"This works on one machine or system only: {told}{more}."
    return Finding(item, Verdict.FAILED, 0.0, text, next_step=step, evidence=evidence, cells=cells)


def _sources(path: Path, name: str, *, alone: bool) -> Iterator[tuple[str, int, str]]:
    """Where, which cell, and code."""
    try:
        if name.lower().endswith(".py"):
            yield printable(name), -1, path.read_text(encoding="utf-8-sig", errors="replace")
            return
        for index, cell in enumerate(read_notebook(path).cells):
            if cell.cell_type == "code":
                where = f"cell {index + 1}" if alone else f"{printable(name)}, cell {index + 1}"
                yield where, index, cell.source
    except (Unreadable, OSError):
        return


def troubles(code: str, where: str, cell: int = -1) -> list[Trouble]:
    """The places in a piece of code; empty where it is no valid Python."""
    plain = without_magics(code)
    tree = parse(plain)
    if tree is None:
        return []
    found = dict.fromkeys(_in(tree.body, plain.split("\n")))
    return [Trouble(f"{where}, line {line}", what, cell) for line, what in sorted(found)]


def _in(body: Sequence[ast.stmt], lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    for node in body:
        if isinstance(node, ast.Try) and node.handlers and _holds_import(node.body):
            continue
        if isinstance(node, ast.If) and _asks_for_system(node.test):
            continue
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue
        inner = [part for name in ("body", "orelse", "finalbody") for part in getattr(node, name, ())]
        inner += [part for handler in getattr(node, "handlers", ()) for part in handler.body]
        yield from _of_statement(node, {id(part) for part in inner}, lines)
        yield from _in(inner, lines)


def _of_statement(node: ast.stmt, inner: set[int], lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """What a statement itself says, without the statements inside it."""
    waiting: list[ast.AST] = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            what = _path(part, lines)
            if what:
                yield part.lineno, what
        elif isinstance(part, ast.Import | ast.ImportFrom):
            yield from ((part.lineno, what) for what in _modules(part))
        elif isinstance(part, ast.Call) and ast.unparse(part.func) in _CALLS:
            name = ast.unparse(part.func)
            yield part.lineno, f"{name} exists on {_CALLS[name]} only"
        waiting += [child for child in ast.iter_child_nodes(part) if id(child) not in inner]


def _path(node: ast.Constant, lines: Sequence[str]) -> str:
    """What is wrong with a text that is a path; empty if nothing is, or if it is none."""
    text = str(node.value)
    shown = printable(text, 60)
    if _DRIVE.fullmatch(text):
        return f"the path '{shown}' names a drive or a server of one computer"
    if _HOME.fullmatch(text) or (
        _ABSOLUTE.fullmatch(text) and (text.count("/") > 2 or text.startswith(_SYSTEM_FOLDERS))
    ):
        return f"the path '{shown}' is absolute"
    if _BACKSLASHES.fullmatch(text):
        return f"the path '{shown}' is written with backslashes"
    line = lines[node.lineno - 1] if node.lineno <= len(lines) else ""
    if "\\" in line and not text.isprintable() and node.end_lineno == node.lineno:
        written = line.encode()[node.col_offset : node.end_col_offset].decode("utf-8", "replace")
        if _IN_CODE.fullmatch(written):
            return f"the path {printable(written, 60)} is written with backslashes"
    return ""


def _modules(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
    if isinstance(node, ast.ImportFrom):
        names += [f"{node.module}.{alias.name}" for alias in node.names]
    for name in names:
        known = next((one for one in _MODULES if name == one or name.startswith(f"{one}.")), "")
        if known:
            yield f"the module '{known}' exists on {_MODULES[known]} only"
            return


def _holds_import(body: Sequence[ast.stmt]) -> bool:
    return any(isinstance(node, ast.Import | ast.ImportFrom) for node in body)


def _asks_for_system(test: ast.expr) -> bool:
    words = {n.attr for n in ast.walk(test) if isinstance(n, ast.Attribute)}
    words |= {n.id.lower() for n in ast.walk(test) if isinstance(n, ast.Name)}
    return bool(words & _SYSTEM_WORDS) or any("colab" in word for word in words)
