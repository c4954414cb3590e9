"""Which files of a hand-in are its work, to be run one after the other, and which only serve them.

Decided by reading alone. A notebook is work; so is a script that no other file imports or runs. A script that
other scripts import is work too if it does something, in its main block or at its top level, that they do not
start themselves. Copies (a notebook exported as a script, an earlier version that a later one contains) and files
that the sheet hands out, left unchanged, are no work of their own.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from grader.syntax import imported_names, is_main_guard, parse, without_magics

MOST = 20
"""Parts that are run at most; of a hand-in with more files only the main one is."""
COPY, EXPORT = 0.9, 0.8
"""Share of its lines that makes a file a copy of another one of its kind, and a script an export of a notebook."""
TELLING = 5
"""Fewest lines of code by which a copy is recognised."""
_SUPPORT = frozenset(("__init__.py", "setup.py", "conftest.py"))
_RUN = re.compile(r"%run|\bexec\b|run_path|run_module|runfile|(?:python3?|ipython) ")
_SETTING = re.compile(
    r"\w+\.(style|rc\w*|set_\w+|seed|manual_seed|filterwarnings|simplefilter|path|use|seterr)\b"
)


@dataclass(frozen=True)
class _File:
    """What a file says about itself and others."""

    name: str
    code: str
    lines: frozenset[str]
    imports: frozenset[str] = frozenset()
    """Full names of modules, and of what is taken from them."""
    words: frozenset[str] = frozenset()
    """Names and attributes that its code uses."""
    starts: tuple[str, ...] | None = None
    """Its functions that it calls when it is run by itself, if it does nothing else; None where it only defines."""
    dotted: frozenset[str] = field(default_factory=frozenset)
    """Names under which others can import it."""

    @property
    def notebook(self) -> bool:
        return self.name.lower().endswith(".ipynb")


def parts_of(
    notebooks: Mapping[str, str], scripts: Mapping[str, str], handed_out: Iterable[str] = ()
) -> tuple[str, ...]:
    """The files that are run, in order: notebooks first, then scripts, each in the order of the numbers in their names.

    ``notebooks`` and ``scripts`` map names to code, ``handed_out`` are the sources that the sheet hands out. Empty
    where nothing holds code or more than ``MOST`` files would have to run.
    """
    files = [_read(name, code) for name, code in [*notebooks.items(), *scripts.items()] if code.strip()]
    files = sorted(files, key=lambda file: (not file.notebook, natural(file.name)))
    given = [frozenset(lines_of(text)) for text in handed_out]
    own = [file for file in files if not (file.lines and any(file.lines <= text for text in given))]
    own = [file for file in _without_copies(own or files) if PurePosixPath(file.name).name not in _SUPPORT]
    chosen = _after_imported([file for file in own if _is_work(file, files)] or own[:1])
    return tuple(file.name for file in chosen) if len(chosen) <= MOST else ()


def _after_imported(files: Sequence[_File]) -> list[_File]:
    """The files in their order, but each script after those that it imports (where that is possible)."""
    ordered: list[_File] = []

    def put(file: _File, around: tuple[str, ...]) -> None:
        if file.name in around:
            return
        for other in files:
            if other is not file and not file.notebook and file.imports & other.dotted:
                put(other, (*around, file.name))
        if file not in ordered:
            ordered.append(file)

    for file in files:
        put(file, ())
    return ordered


def natural(name: str) -> list[tuple[int, str]]:
    """A key that puts ``task2.py`` before ``task10.py``."""
    pieces = re.split(r"(\d+)", name.casefold())
    return [(int(piece), "") if piece.isdigit() else (-1, piece) for piece in pieces]


def lines_of(code: str) -> list[str]:
    """Lines of code without white space, comments and lines that are too short to tell anything."""
    squeezed = (re.sub(r"\s+", "", line) for line in code.splitlines())
    return [line for line in squeezed if len(line) >= 8 and not line.startswith("#")]


def _read(name: str, code: str) -> _File:
    path = PurePosixPath(name).with_suffix("")
    dotted = {".".join(path.parts[start:]) for start in range(len(path.parts))}
    tree = parse(without_magics(code))
    if tree is None:
        return _File(name, code, frozenset(lines_of(code)), dotted=frozenset(dotted))
    words = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
    words |= {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
    words |= {a.name for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) for a in n.names}
    return _File(
        name,
        code,
        frozenset(lines_of(code)),
        frozenset(imported_names(tree)),
        frozenset(words),
        _started(tree),
        frozenset(dotted),
    )


def _started(tree: ast.Module) -> tuple[str, ...] | None:
    """Functions of a script that it calls when it is run by itself, if it does nothing else; None where it only
    defines."""
    blocks = [node for node in tree.body if isinstance(node, ast.If) and is_main_guard(node)]
    work = [inner for node in blocks for inner in node.body if not isinstance(inner, ast.Pass)]
    work += [node for node in tree.body if _does_something(node)]
    if not work:
        return None
    own = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    calls = [one.value for one in work if isinstance(one, ast.Expr) and isinstance(one.value, ast.Call)]
    names = tuple(call.func.id for call in calls if isinstance(call.func, ast.Name) and call.func.id in own)
    return names if len(names) == len(work) else ()


def _does_something(node: ast.stmt) -> bool:
    """Whether a statement at the top level shows that a script works by itself: it loops, draws, prints or calls."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        return not _SETTING.match(ast.unparse(node.value.func))
    return isinstance(node, ast.For | ast.While | ast.With)


def _is_work(file: _File, files: Sequence[_File]) -> bool:
    """Whether a file is to be run by itself."""
    if file.notebook:
        return True
    others = [other for other in files if other is not file]
    if any(_runs(other, file) for other in others):
        return False
    users = [other for other in others if other.imports & file.dotted]
    if not users:
        return True
    if file.starts is None or any(user.notebook for user in users):
        return False
    return not (file.starts and any(user.words.issuperset(file.starts) for user in users))


def _runs(other: _File, file: _File) -> bool:
    """Whether another file runs this script (``%run task1.py``, ``exec(open("task1.py").read())``)."""
    last = PurePosixPath(file.name).name
    stem = re.compile(rf"(?<![\w.]){re.escape(last.removesuffix('.py'))}(?:\.py)?(?![\w.])")
    return any(_RUN.search(line) and stem.search(line) for line in other.code.splitlines())


def _without_copies(files: Sequence[_File]) -> list[_File]:
    """The files without those that another one contains; of equal ones the first is kept."""
    kept: list[_File] = []
    for position, file in enumerate(files):
        others = [other for place, other in enumerate(files) if place != position]
        copied = any(
            _contained(file, other) and not (_contained(other, file) and position < files.index(other))
            for other in others
            if not other.imports & file.dotted
        )
        if not copied:
            kept.append(file)
    return kept


def _contained(file: _File, other: _File) -> bool:
    """Whether the other file says (nearly) all that this one says; a notebook is never given up for a script."""
    if len(file.lines) < TELLING or (file.notebook and not other.notebook):
        return False
    share = len(file.lines & other.lines) / len(file.lines)
    if other.notebook and not file.notebook:
        return share >= EXPORT
    return share >= COPY and len(other.lines) >= len(file.lines)
