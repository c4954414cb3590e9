"""What a hand-in defines, without running it: imports, classes, functions, and the assignments they need.

The slice is found by reading alone (``ast``). It keeps the order of the cells, so that a later definition
replaces an earlier one as it would in a run, and it never keeps bare expressions, loops or ``with`` blocks:
training, sweeps and plots stay out.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from grader.records import Blame, Remark, Slice, Statement, Workspace
from grader.run.cell_source import MAX_CHARACTERS, is_python, parsed_parts, python_source
from grader.run.free_names import bound_names, needed_names
from grader.run.notebook_file import read_notebook
from grader.syntax import class_makers, imported_names, made_class, parse, parsed

_IMPORTS = ast.Import | ast.ImportFrom
_ASSIGNMENTS = ast.Assign | ast.AnnAssign | ast.AugAssign
_WRAPPERS = frozenset({"partial", "vectorize", "jit", "njit", "compile", "vmap", "lru_cache", "cache"})


@dataclass(frozen=True)
class Piece:
    """A top-level statement with the names that it needs."""

    statement: Statement
    needs: frozenset[str]
    always: bool
    """Kept even if nothing needs it."""
    patches: frozenset[str] = frozenset()
    """Names of the classes into which it puts methods."""


# ---- entrances ------------------------------------------------------------------------------------------


def slice_notebook(notebook: Any, label: str = "") -> Slice:
    """Slice the code cells of a notebook (an ``nbformat`` node); ``label`` stands before ``cell 3, line 12``."""
    return keep_needed(*_notebook_pieces(notebook, label))


def slice_script(source: str, name: str) -> Slice:
    """Slice one script; origins read ``name, line 12``."""
    return keep_needed(*_source_pieces(source, name, -1))


def slice_workspace(workspace: Workspace) -> Slice:
    """Slice everything a hand-in holds: other files first, the main file last, so that its definitions win.

    Scripts that another file imports stay modules; a file that cannot be read becomes a remark.
    """
    remarks: list[Remark] = []
    files = [name for name in (*workspace.scripts, *workspace.notebooks) if name != workspace.main]
    files += [workspace.main] * bool(workspace.main)
    found = {name: file_pieces(workspace, name, remarks) for name in files}
    own = module_names(workspace)
    imported = {own[name] for pieces in found.values() for name in imported_by(pieces) if name in own}
    kept = [p for name in files if name not in imported or name == workspace.main for p in found[name]]
    modules = sorted({own[name] for name in imported_by(kept) if name in own})
    return replace(keep_needed(kept, remarks), modules=tuple(modules))


def file_pieces(
    workspace: Workspace, name: str, remarks: list[Remark], label: str | None = None
) -> list[Piece]:
    """The top-level statements of a notebook or script; ``label`` stands before the cells of a notebook."""
    if label is None:
        label = name if len(workspace.notebooks) > 1 and name != workspace.main else ""
    path = workspace.folder / name
    try:
        if name.lower().endswith(".ipynb"):
            pieces, more = _notebook_pieces(read_notebook(path), label)
        else:
            text = path.read_text(encoding="utf-8-sig", errors="replace")
            pieces, more = _source_pieces(text[: 10 * MAX_CHARACTERS], name, -1)
    except (OSError, ValueError) as error:
        what = f"Nothing in this file was judged: {error}."
        remarks.append(Remark("unreadable_file", what, where=name, blame=Blame.TEAM))
        return []
    remarks += more
    return pieces


def module_names(workspace: Workspace) -> dict[str, str]:
    """Importable name -> script, as seen from the main file's folder, from the top or from a part's folder."""
    names: dict[str, str] = {}
    starts = dict.fromkeys(Path(file).parent for file in (workspace.main, "", *workspace.parts))
    for script in map(Path, workspace.scripts):
        for start in starts:
            if script.is_relative_to(start):
                parts = script.relative_to(start).with_suffix("").parts
                parts = parts[:-1] if parts[-1] == "__init__" else parts
                if parts and all(part.isidentifier() for part in parts):
                    names.setdefault(".".join(parts), script.as_posix())
    return names


def imported_by(pieces: Iterable[Piece]) -> Iterator[str]:
    """Full names of modules (and of what might be modules) that the pieces import."""
    for piece in pieces:
        if piece.statement.kind == "import":
            yield from imported_names(parsed(piece.statement.source))


# ---- source to pieces -----------------------------------------------------------------------------------


def _notebook_pieces(notebook: Any, label: str) -> tuple[list[Piece], list[Remark]]:
    pieces: list[Piece] = []
    remarks: list[Remark] = []
    for index, cell in enumerate(notebook.get("cells", [])):
        source = cell.get("source", "")
        source = "".join(source) if isinstance(source, list) else source
        if cell.get("cell_type") == "code" and is_python(source):
            where = f"{label}, cell {index + 1}" if label else f"cell {index + 1}"
            found, more = _source_pieces(source, where, index)
            pieces += found
            remarks += more
    return pieces, remarks


def _source_pieces(source: str, where: str, cell: int) -> tuple[list[Piece], list[Remark]]:
    pieces: list[Piece] = []
    lost: list[int] = []
    for offset, text, tree in parsed_parts(python_source(source)):
        if tree is None:
            lost.append(offset + 1)
            continue
        place = _Place(text.split("\n"), where, cell, offset)
        for node in tree.body:
            pieces += _pieces_of(node, place)
    if not lost:
        return pieces, []
    what = "This is not valid Python and was left out; what could be read around it was kept."
    step = "Run the cell in a fresh kernel; Python shows the place of the mistake."
    return pieces, [Remark("syntax_error", what, f"{where}, line {lost[0]}", step, Blame.TEAM)]


@dataclass(frozen=True)
class _Place:
    """Where a part of the code stands."""

    lines: list[str]
    where: str
    cell: int
    offset: int


def _pieces_of(node: ast.stmt, place: _Place) -> list[Piece]:
    """Pieces of one top-level statement; definitions inside ``if`` and ``try`` come along."""
    if isinstance(node, ast.Import):
        return [_piece(ast.copy_location(ast.Import([alias]), node), "import", place) for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        absolute = ast.ImportFrom(node.module, node.names, 0) if node.level == 1 and node.module else node
        return [_piece(ast.copy_location(absolute, node), "import", place)]
    if isinstance(node, ast.ClassDef):
        return [_piece(node, "class", place)]
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or _makes_function(node):
        return [_piece(node, "function", place)]
    assigns = isinstance(node, _ASSIGNMENTS) and getattr(node, "value", None) is not None
    if assigns or _is_setting(node) or _is_setting_of_attribute(node):
        return [_piece(node, "assignment", place)]
    if isinstance(node, ast.If):
        return _pieces_of_if(node, place)
    if isinstance(node, ast.Try):
        return _pieces_of_try(node, place)
    return [_use(node, place)]


def _use(node: ast.stmt, place: _Place) -> Piece:
    """A loop, a print or a plot: never kept, but it shows how the team calls its code."""
    statement = Statement(
        _text(node, place.lines), f"{place.where}, line {node.lineno + place.offset}", (), "use", place.cell
    )
    return Piece(statement, frozenset(), False)


def _makes_function(node: ast.stmt) -> bool:
    """Whether an assignment makes a function: ``f = lambda x: ...``, ``g = np.vectorize(f)``."""
    if not isinstance(node, ast.Assign) or not all(isinstance(target, ast.Name) for target in node.targets):
        return False
    if isinstance(node.value, ast.Call):
        function = node.value.func
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        return name in _WRAPPERS
    return isinstance(node.value, ast.Lambda)


def _is_setting(node: ast.stmt) -> bool:
    """Whether a call changes how definitions work: ``torch.set_default_dtype``, ``sys.path.append``."""
    if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Call):
        return False
    name = ast.unparse(node.value.func)
    return name.startswith(("torch.set_default_", "sys.path."))


def _pieces_of_if(node: ast.If, place: _Place) -> list[Piece]:
    """Definitions of both branches (the first wins); a choice between values is kept as a choice."""
    if any(isinstance(inner, ast.Name) and inner.id == "__name__" for inner in ast.walk(node.test)):
        return [_piece(i, "assignment", place) if _is_constant(i) else _use(i, place) for i in node.body]
    known = bool(node.test.value) if isinstance(node.test, ast.Constant) else None
    if known is None and _is_simple([*node.body, *node.orelse]):
        kinds = {isinstance(inner, _IMPORTS) for inner in [*node.body, *node.orelse]}
        return [_piece(node, "import" if True in kinds else "assignment", place)]
    bodies = [node.orelse, node.body] if known is None else [node.body if known else node.orelse]
    return [piece for body in bodies for inner in body for piece in _pieces_of(inner, place)]


def _is_constant(node: ast.stmt) -> bool:
    """Whether an assignment needs no call: a main block may set what functions read, but never train."""
    value = getattr(node, "value", None) if isinstance(node, _ASSIGNMENTS) else None
    return value is not None and not any(isinstance(inner, ast.Call) for inner in ast.walk(value))


def _pieces_of_try(node: ast.Try, place: _Place) -> list[Piece]:
    """A ``try`` around imports or values is kept whole; around definitions its body counts."""
    fallback = [inner for handler in node.handlers for inner in handler.body]
    if _is_simple([*node.body, *fallback, *node.orelse]):
        kind = "import" if any(isinstance(inner, _IMPORTS) for inner in node.body) else "assignment"
        return [_piece(node, kind, place)]
    return [piece for inner in [*node.body, *node.orelse] for piece in _pieces_of(inner, place)]


def _is_simple(body: Sequence[ast.stmt]) -> bool:
    """Whether a block holds imports and assignments, perhaps with messages, and nothing else."""
    simple = all(
        isinstance(inner, _IMPORTS | _ASSIGNMENTS | ast.Pass) or _is_message(inner) for inner in body
    )
    return simple and any(isinstance(inner, _IMPORTS | _ASSIGNMENTS) for inner in body)


def _is_message(node: ast.stmt) -> bool:
    if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Call):
        return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return ast.unparse(node.value.func).startswith(("print", "get_ipython()", "warnings.", "logging."))


def _piece(node: ast.stmt, kind: str, place: _Place) -> Piece:
    names = tuple(dict.fromkeys(bound_names(node)))
    line = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", []))])
    origin = f"{place.where}, line {line + place.offset}"
    statement = Statement(_text(node, place.lines), origin, names, kind, place.cell)
    patched = frozenset(_patched_classes(node))
    always = kind != "assignment" or _is_setting(node)
    return Piece(statement, frozenset(needed_names(node)), always, patched)


def _patched_classes(node: ast.stmt) -> Iterator[str]:
    """``Name`` for ``Name.method = ...``, also among several targets; ``setattr(Name, "method", ...)`` too."""
    if isinstance(node, ast.Expr) and _is_setting_of_attribute(node):
        yield node.value.args[0].id  # type: ignore[attr-defined]
    for target in node.targets if isinstance(node, ast.Assign) else ():
        for part in target.elts if isinstance(target, ast.Tuple | ast.List) else (target,):
            if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name):
                yield part.value.id


def _is_setting_of_attribute(node: ast.stmt) -> bool:
    """Whether a statement is ``setattr(Name, ...)``."""
    called = node.value if isinstance(node, ast.Expr) else None
    if not isinstance(called, ast.Call) or not isinstance(called.func, ast.Name) or len(called.args) != 3:
        return False
    return called.func.id == "setattr" and isinstance(called.args[0], ast.Name)


def _text(node: ast.stmt, lines: Sequence[str]) -> str:
    """Source of a statement with its decorators, at the left margin."""
    if isinstance(node, _IMPORTS):
        return ast.unparse(node)
    first = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", []))]) - 1
    last = (node.end_lineno or node.lineno) - 1
    rest = lines[last].encode()[node.end_col_offset or 0 :].strip()
    if lines[first][: node.col_offset].strip() or rest.startswith(b";"):
        return ast.unparse(node)
    text = textwrap.dedent("\n".join(lines[first : last + 1]))
    tree = parse(text)
    return text if tree is not None and len(tree.body) == 1 else ast.unparse(node)


def _functions_of(piece: Piece) -> list[ast.stmt]:
    return parsed(piece.statement.source).body if piece.statement.kind == "function" else []


def _makes_class(piece: Piece, makers: Collection[str]) -> bool:
    """Whether an assignment makes a class: ``Model = type("Model", (Base,), {})``, ``Model = make_model(fit, draw)``."""
    tree = parse(piece.statement.source) if piece.statement.kind == "assignment" else None
    return tree is not None and any(made_class(node, makers) is not None for node in tree.body)


# ---- what is needed -------------------------------------------------------------------------------------


def keep_needed(pieces: Sequence[Piece], remarks: Sequence[Remark] = ()) -> Slice:
    """Keep all definitions and patches and, transitively, the assignments that bind a name they need."""
    classes = {name for piece in pieces if piece.statement.kind == "class" for name in piece.statement.names}
    makers = class_makers(tree for piece in pieces for tree in _functions_of(piece))
    kept = {
        index
        for index, piece in enumerate(pieces)
        if piece.always or piece.patches & classes or _makes_class(piece, makers)
    }
    waiting = {name for index in kept for name in pieces[index].needs}
    settled: set[str] = set()
    while waiting:
        name = waiting.pop()
        settled.add(name)
        for index, piece in enumerate(pieces):
            if index not in kept and name in piece.statement.names:
                kept.add(index)
                waiting |= piece.needs - settled
    used = tuple(piece.statement for index, piece in enumerate(pieces) if index not in kept)
    return Slice(tuple(pieces[index].statement for index in sorted(kept)), (), tuple(remarks), used)
