"""The slice of a work of several files: every file keeps its own names, and none of them trains when it is loaded.

Files that are run by themselves may use one name for different things (``predict`` in ``task2.py`` and in
``task3.py``). So each becomes a module of its own, made of its definitions alone; what their names tell apart is
then bound in the notebook's place, and a file with a name that another one uses too is reached as ``task2.predict``.
Modules that do more than define when they are imported (training at the top level) are loaded in the same way.
"""

from __future__ import annotations

import ast
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from grader.records import Remark, Slice, Statement, Workspace
from grader.run.slice import Piece, file_pieces, keep_needed, module_names, slice_workspace
from grader.syntax import imported_names, parse, parsed

_PACKAGES = frozenset(
    [
        "numpy",
        "scipy",
        "sklearn",
        "torch",
        "torchvision",
        "matplotlib",
        "pandas",
        "seaborn",
        "tqdm",
        "IPython",
    ]
)
_CHEAP = re.compile(
    r"(print|plt\.(style|rc)|matplotlib\.|mpl\.|sns\.set|np\.(random\.seed|set_printoptions|seterr)|os\.makedirs"
    r"|random\.seed|torch\.(manual_seed|set_)|warnings\.|logging\.|sys\.path)"
)
"""Calls that cost nothing when a module is imported."""
_RUN = re.compile(r"%run\s+(?:-\w\s+)*[\"']?([\w./\-]+?)(?:\.py)?[\"']?\s*(?:$|[#;\"])", re.M)
_EXECUTED = re.compile(r"exec\(.*open\([\"']([\w./\-]+)\.py[\"']")


@dataclass(frozen=True)
class _Loaded:
    """One file that is loaded by its definitions."""

    file: str
    name: str
    """Of its module."""
    statements: tuple[Statement, ...]


def slice_hand_in(workspace: Workspace) -> Slice:
    """Slice what a hand-in holds, file by file where several are the work; see the head of this module."""
    return _Work(workspace).slice() if workspace.parts else slice_workspace(workspace)


def part_modules(workspace: Workspace) -> dict[str, str]:
    """File -> name of the module that a part becomes where a work has several; empty where it has one."""
    if len(workspace.parts) < 2:
        return {}
    names: dict[str, str] = {}
    importable = {file: name for name, file in reversed(module_names(workspace).items())}
    for part in workspace.parts:
        stem = re.sub(r"\W", "_", PurePosixPath(part).stem)
        stem = stem if stem[:1].isalpha() else f"file_{stem}"
        name = importable.get(part, stem)
        if name.partition(".")[0] in sys.stdlib_module_names | _PACKAGES:
            name = f"{stem}_file"
        while name in names.values():
            name = f"{name}_too"
        names[part] = name
    return names


class _Work:
    """The files of one work and what they import from one another."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace, self.remarks = workspace, list[Remark]()
        self.importable = module_names(workspace)
        self.modules = part_modules(workspace)
        self._pieces: dict[str, list[Piece]] = {}
        self._asked: dict[str, str] = {}
        """File -> the name by which another file imports it."""

    def slice(self) -> Slice:
        """The whole slice: modules first, those that others need before these."""
        parts, order = self.workspace.parts, self._order()
        loaded = [self._loaded(file) for file in order if file in self.modules or self._works(file)]
        if self.modules:
            known = {one.file: one for one in loaded}
            named = [file for file in order if file in self.modules or file in self._asked]
            own = list(_bindings([known.get(file) or self._loaded(file) for file in named]))
        else:
            own = list(keep_needed([p for f in self._run_by(parts[0]) for p in self.pieces(f)]).statements)
        inside = [statement for one in loaded for statement in one.statements]
        run = {file for part in parts for file in self._run_by(part)}
        used = sorted(file for file in order if file not in run)
        statements = [*self._places(one.file for one in loaded), *inside, *own]
        uses = [use for file in sorted(run) for use in keep_needed(self.pieces(file)).uses]
        return Slice(tuple(statements), tuple(used), tuple(self.remarks), tuple(uses))

    def pieces(self, file: str) -> list[Piece]:
        """The top-level statements of a file."""
        if file not in self._pieces:
            label = file if self.modules else ""
            self._pieces[file] = file_pieces(self.workspace, file, self.remarks, label)
        return self._pieces[file]

    def _loaded(self, file: str) -> _Loaded:
        name = self.modules.get(file) or self._asked.get(file, "")
        pieces = [piece for one in self._run_by(file) for piece in self.pieces(one)]
        found = keep_needed(pieces).statements
        return _Loaded(file, name, tuple(replace(statement, module=name) for statement in found))

    def _order(self) -> list[str]:
        """All files that the parts need, each after those that it imports."""
        done: dict[str, None] = {}
        waiting: set[str] = set()

        def visit(file: str) -> None:
            if file in done or file in waiting:
                return
            waiting.add(file)
            for name in _imports(self.pieces(file)):
                if name in self.importable:
                    self._asked.setdefault(self.importable[name], name)
                    visit(self.importable[name])
            done[file] = None

        for part in self.workspace.parts:
            for file in self._run_by(part):
                visit(file)
        return list(done)

    def _run_by(self, file: str) -> list[str]:
        """The file, after the scripts that it runs in its own names (``%run task1.py``)."""
        try:
            text = (self.workspace.folder / file).read_text("utf-8", errors="replace")
        except OSError:
            return [file]
        text = text.replace('\\"', '"').replace("\\n", "\n")
        wanted = {PurePosixPath(name).name for name in [*_RUN.findall(text), *_EXECUTED.findall(text)]}
        scripts = [s for s in self.workspace.scripts if PurePosixPath(s).stem in wanted and s != file]
        return [*(s for s in scripts if s not in self.workspace.parts), file]

    def _works(self, file: str) -> bool:
        """Whether importing a script does more than define: it loops, calls or trains at its top level."""
        if file in self.workspace.parts:
            return False
        try:
            tree = parse((self.workspace.folder / file).read_text("utf-8-sig", errors="replace"))
        except OSError:
            return False
        return tree is not None and any(map(_does_something, tree.body))

    def _places(self, files: Iterable[str]) -> Iterator[Statement]:
        """Make the folders known from which modules import their neighbours."""
        home = PurePosixPath(self.workspace.main).parent
        for folder in dict.fromkeys(PurePosixPath(file).parent for file in files):
            if folder != home:
                way = os.path.relpath(folder, home)
                source = f"import os as _os, sys as _sys\n_sys.path.append(_os.path.abspath({way!r}))"
                yield Statement(source, "paths, line 1", ("_os", "_sys"), "import")


def _imports(pieces: Iterable[Piece]) -> Iterator[str]:
    """Full names of what is imported anywhere in the pieces, inside functions too."""
    for piece in pieces:
        yield from imported_names(parsed(piece.statement.source))


def _does_something(node: ast.stmt) -> bool:
    if isinstance(node, ast.For | ast.While | ast.With):
        return True
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        return not _CHEAP.match(ast.unparse(node.value.func))
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
        called = ast.unparse(node.value.func).lower()
        return any(word in called for word in ("fit", "train", "descent"))
    return False


def _bindings(files: Sequence[_Loaded]) -> Iterator[Statement]:
    """Bind what parts and modules define where a notebook's own definitions would stand."""
    meanings: dict[str, set[str]] = {}
    for one in files:
        for name, source in _defined(one).items():
            meanings.setdefault(name, set()).add(source)
    bound: set[str] = set()
    for one in files:
        for name in dict.fromkeys(n for s in one.statements if s.kind != "import" for n in s.names):
            if name not in bound and not name.startswith("_") and len(meanings.get(name, ())) < 2:
                bound.add(name)
                yield Statement(f"from {one.name} import {name}", f"{one.file}, line 1", (name,), "import")
    for one in files:
        if any(len(meanings[name]) > 1 for name in _defined(one) if name != "main"):
            yield Statement(f"import {one.name}", f"{one.file}, line 1", (one.name,), "import")


def _defined(one: _Loaded) -> dict[str, str]:
    """Names of classes and functions -> the source that holds in the end."""
    return {name: s.source for s in one.statements if s.kind in ("class", "function") for name in s.names}
