"""How a script is cut into cells: at its own marks, else statement by statement, with figures kept in one cell."""

from __future__ import annotations

import ast
import inspect
import re
from dataclasses import dataclass, field

from grader.run.script_statements import Piece, pieces_of
from grader.syntax import parse

LONGEST_FIGURE = 60
"""Statements that one figure may take."""
PROSE_WORDS, PROSE_LINES = 12, 2
"""Fewest words and lines of comments that are shown as text."""
_MARK = re.compile(r"(?m)^#[ \t]*%%.*$")
_NOTEBOOK_EXPORT = re.compile(r"(?m)^# In\[[ \d]*\]:?[ \t]*$")
_TEXT = re.compile(r"^#[ \t]*%%[ \t]*\[markdown\]")
_PLOTTING = re.compile(r"(plt|pl|pyplot|sns|seaborn|ax|axs|axes|axis|fig|figure|subfig)\d*(_\w+)?$")
_NO_DRAWING = frozenset(
    ["style", "rcParams", "rc", "ion", "ioff", "get_cmap", "cm", "colormaps", "switch_backend"]
)
_DRAWS = frozenset(
    [
        "plot",
        "scatter",
        "hist",
        "imshow",
        "contour",
        "contourf",
        "pcolormesh",
        "errorbar",
        "fill_between",
        "boxplot",
    ]
)
"""Methods that draw whatever the axes are called."""
_ENDS, _SAVES, _OPENS = (
    frozenset(["show"]),
    frozenset(["savefig", "close"]),
    frozenset(["figure", "subplots"]),
)
_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_Import = ast.Import | ast.ImportFrom


@dataclass(frozen=True)
class Chunk:
    """What becomes one cell."""

    text: str
    line: int
    """Number of its first line in the script, from 1."""
    prose: bool = False


def chunks_of(source: str) -> list[Chunk]:
    """Cut a script into cells.

    Its own marks (``# %%``, exported ``# In[1]:``) count where there are any. Else neighbouring imports and simple
    assignments share a cell, every loop, ``if`` or call that stands alone gets its own, so that one failure does
    not take the rest along, and what draws one figure stays together. Long comments become text.
    """
    source = source.replace("\r\n", "\n").replace("\r", "\n")
    for mark in (_MARK, _NOTEBOOK_EXPORT):
        if mark.search(source):
            return _at_marks(source, mark)
    pieces = pieces_of(source)
    return _grouped(pieces) if pieces else [Chunk(source.strip("\n"), 1)]


def _at_marks(source: str, mark: re.Pattern[str]) -> list[Chunk]:
    starts = [0, *(found.start() for found in mark.finditer(source))]
    chunks = []
    for begin, end in zip(starts, [*starts[1:], len(source)], strict=True):
        part, line = source[begin:end], source.count("\n", 0, begin) + 1
        if part.strip() and _TEXT.match(part):
            chunks.append(Chunk(_uncommented(part.split("\n")[1:]), line, prose=True))
        elif part.strip():
            chunks += [Chunk(c.text, line + c.line - 1) for c in _without_main_block(part)]
    return chunks


def _without_main_block(part: str) -> list[Chunk]:
    """A marked cell, which a main block alone fills: what is in it."""
    tree = parse(part)
    alone = tree is not None and len(tree.body) == 1 and isinstance(tree.body[0], ast.If)
    pieces = pieces_of(part) if alone else []
    return _grouped(pieces) if len(pieces) > 1 else [Chunk(part.strip("\n"), 1)]


@dataclass
class _Cell:
    """Pieces that will share a cell."""

    pieces: list[Piece] = field(default_factory=list)
    kind: str = ""
    """``import``, ``assignment``, ``figure`` or ``other``."""
    drawn: bool = False
    ended: bool = False

    def takes(self, piece: Piece, kind: str, drawing: set[str]) -> bool:
        """Whether the next statement belongs into this cell."""
        if not self.pieces or kind in ("definition", "text"):
            return False
        if self.kind != "figure" or kind == "import":
            return kind == self.kind and kind in ("import", "assignment")
        if self.ended:
            return bool(drawing) and drawing <= _ENDS | _SAVES
        return len(self.pieces) < LONGEST_FIGURE and not (self.drawn and drawing & _OPENS)

    def add(self, piece: Piece, drawing: set[str]) -> None:
        """Put a statement in."""
        self.pieces.append(piece)
        self.drawn = self.drawn or bool(drawing - _OPENS)
        self.ended = self.ended or bool(drawing & (_ENDS | _SAVES))


def _grouped(pieces: list[Piece]) -> list[Chunk]:
    cells: list[_Cell] = []
    for piece in (part for whole in pieces for part in _prose_apart(whole)):
        kind, drawing = _kind(piece), _drawing(piece)
        if not cells or not cells[-1].takes(piece, kind, drawing):
            cells.append(_Cell(kind="figure" if drawing and kind not in ("definition", "text") else kind))
        cells[-1].add(piece, drawing if kind != "definition" else set())
    return [_chunk(cell) for cell in cells if any(piece.text.strip() for piece in cell.pieces)]


def _chunk(cell: _Cell) -> Chunk:
    first = cell.pieces[0]
    if cell.kind == "text":
        return Chunk(first.text.strip("\n"), first.line, prose=True)
    text = "\n".join(piece.text for piece in cell.pieces)
    skipped = len(text) - len(text.lstrip("\n"))
    return Chunk(text.strip("\n"), first.line + skipped)


def _kind(piece: Piece) -> str:
    if not piece.nodes:
        return "text"
    if any(isinstance(node, _Definition) for node in piece.nodes):
        return "definition"
    if all(isinstance(node, _Import) for node in piece.nodes):
        return "import"
    return "assignment" if all(isinstance(node, ast.Assign) for node in piece.nodes) else "other"


def _drawing(piece: Piece) -> set[str]:
    """Names of the plotting functions that a statement calls."""
    found: set[str] = set()
    for node in piece.nodes:
        for inner in ast.walk(node):
            if not isinstance(inner, ast.Call) or not isinstance(inner.func, ast.Attribute):
                continue
            path = [inner.func.attr]
            root: ast.expr = inner.func.value
            while isinstance(root, ast.Attribute | ast.Subscript | ast.Call):
                path += [root.attr] if isinstance(root, ast.Attribute) else []
                root = root.func if isinstance(root, ast.Call) else root.value
            known = isinstance(root, ast.Name) and _PLOTTING.match(root.id) is not None
            if (known or path[0] in _DRAWS) and not _NO_DRAWING.intersection(path):
                found.add(path[0])
    return found


# ---- comments as text ---------------------------------------------------------------------------------------


def _prose_apart(piece: Piece) -> list[Piece]:
    """A piece, with a long text in front of it (comments or a string that stands alone) as one without code."""
    node = piece.nodes[0]
    if len(piece.nodes) == 1 and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        text = node.value.value
        if isinstance(text, str) and _is_prose(text):
            return [Piece(inspect.cleandoc(text), piece.line, ())]
    lines = piece.text.split("\n")
    count = next((i for i, line in enumerate(lines) if line.strip() and not line.startswith("#")), len(lines))
    comments = [line for line in lines[:count] if line.strip()]
    if len(comments) < PROSE_LINES or not _is_prose(_uncommented(comments)):
        return [piece]
    rest = Piece("\n".join(lines[count:]), piece.line + count, piece.nodes)
    return [Piece(_uncommented(comments), piece.line, ()), rest]


def _is_prose(text: str) -> bool:
    """Whether a text is long enough to say something, and no code that was taken out."""
    return len(re.findall(r"[^\W\d_]{2,}", text)) >= PROSE_WORDS and parse(text) is None


def _uncommented(lines: list[str]) -> str:
    return "\n".join(line.removeprefix("#").removeprefix(" ") for line in lines).strip()
