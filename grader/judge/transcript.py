"""What a hand-in's notebook says and shows, cell by cell, from three sources: our run, its stored outputs, its export.

The transcript holds claims: a picture, a printed number or a noted call points to evidence. It is built from
plain data (notebooks as JSON, the record of the run), so that checks can be tested without running anything.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from html.parser import HTMLParser
from typing import Any

from grader.records import Call, Execution, Figure, Known, Observed
from grader.syntax import parsed, walk

MOST_TEXT = 40_000
"""Characters of output that are kept per cell."""
IMAGES = ("image/png", "image/jpeg", "image/svg+xml")
_MAGIC = re.compile(r"^(?P<indent>[ \t]*)[%!?].*$", re.M)
_INSTALL = re.compile(r"^(?P<indent>[ \t]*)(?:pip3?|conda|mamba|uv) +[a-z].*$", re.M)
_HEADING = re.compile(
    r"^(?P<marks>#{1,6})[ \t]+(?P<text>.+?)[ \t#]*$|^(?P<under>.+)\n(?P<line>=+|-+)[ \t]*$", re.M
)


@dataclass(frozen=True)
class Outputs:
    """What a cell put out: text as a reader sees it, and how many pictures."""

    text: str = ""
    tables: int = 0
    images: int = 0
    error: str = ""

    @property
    def empty(self) -> bool:
        """Whether there is nothing at all."""
        return not (self.text.strip() or self.tables or self.images or self.error)


@dataclass(frozen=True)
class CellView:
    """One cell with everything known of it."""

    index: int
    kind: str
    """``code`` or ``markdown``."""
    source: str
    headings: tuple[str, ...] = ()
    """The headings above it, outermost first; a Markdown cell's own first heading included."""
    status: str = ""
    """What became of it in our run: a word of ``CellRun.status``, empty where nothing was run."""
    ours: Outputs = Outputs()
    stored: Outputs = Outputs()
    figures: tuple[Figure, ...] = ()
    calls: tuple[Call, ...] = ()
    names: frozenset[str] = frozenset()
    """Names and attributes its code uses, and those of the hand-in's functions that it reaches."""
    numbers: frozenset[float] = frozenset()
    """Numbers written in its own code."""
    part: str = ""
    """The file it comes from, where the hand-in has several or is a script."""
    place: str = ""
    """Where it stands in that file: ``fits.py, line 16``."""

    @property
    def where(self) -> str:
        """Where it stands, as teams say it: file and line of a script, the number of a notebook's cell."""
        return self.place or f"cell {self.index + 1}"

    @property
    def named(self) -> str:
        """The same at the beginning of a sentence."""
        return self.place or f"Cell {self.index + 1}"

    @property
    def ran(self) -> bool:
        """Whether our run came to its end."""
        return self.status == "ok"

    @property
    def images(self) -> int:
        """Pictures it shows, in our run or as stored, whichever are more."""
        return max(self.ours.images, self.stored.images, len(self.figures))

    @property
    def text(self) -> str:
        """What it printed in our run, else what is stored."""
        return self.ours.text or self.stored.text

    @property
    def shows(self) -> bool:
        """Whether it put out anything that can be looked at, in our run or as stored."""
        return bool(self.images or self.text.strip() or self.ours.tables or self.stored.tables)

    def uses(self, *words: str) -> bool:
        """Whether its code, with what it calls in the hand-in, uses any of these names."""
        return not self.names.isdisjoint(words)


@dataclass(frozen=True)
class Transcript:
    """The whole notebook (or script) of a hand-in as a reader goes through it."""

    cells: tuple[CellView, ...] = ()
    status: str = "not_run"
    """``Execution.status`` of our run."""
    observed: Observed = field(default_factory=Observed)
    export: str = ""
    """Text of the exported page; empty where there is none."""
    modules: tuple[str, ...] = ()
    """Sources of the hand-in's own modules."""
    files: tuple[str, ...] = ()
    """Names of all files of the hand-in."""

    @cached_property
    def code(self) -> tuple[CellView, ...]:
        """Cells of code."""
        return tuple(cell for cell in self.cells if cell.kind == "code")

    @cached_property
    def prose(self) -> tuple[CellView, ...]:
        """Cells of text."""
        return tuple(cell for cell in self.cells if cell.kind == "markdown")

    @property
    def complete(self) -> bool:
        """Whether our run reached the last cell."""
        return self.status in {"complete", "errors"}

    @property
    def known(self) -> tuple[Known, ...]:
        """What lived in the namespace and could be asked."""
        return self.observed.known

    def calls(self, *names: str) -> tuple[Call, ...]:
        """Noted calls of these functions: full names, or last parts such as ``fit`` or ``Model.fit``, in order."""
        return tuple(call for call in self.observed.calls if any(is_named(call.name, name) for name in names))

    def hidden(self) -> tuple[CellView, ...]:
        """Cells of code that our run did not bring to an end."""
        return tuple(cell for cell in self.code if cell.status not in {"ok", ""})

    def after(self, cell: CellView, *, kind: str = "markdown", within: int = 3) -> CellView | None:
        """The next cell of a kind, at most ``within`` cells further down."""
        below = self.cells[cell.index + 1 : cell.index + 1 + within]
        return next((other for other in below if other.kind == kind), None)

    def passages(self, least: int = 1) -> tuple[CellView, ...]:
        """Cells of text that say something: at least so many words besides headings."""
        return tuple(cell for cell in self.prose if words_of(cell.source) >= least)


def is_named(full: str, name: str) -> bool:
    """Whether ``full`` is ``name`` or ends in it after a dot."""
    return full == name or full.endswith("." + name)


def spoken_places(cells: Iterable[CellView]) -> str:
    """Where cells stand: ``cell 3``, ``cells 3, 11``, ``data.py, line 5; fits.py, line 16``."""
    different = list({cell.index: cell for cell in cells}.values())
    if len(different) < 2 or any(cell.place for cell in different):
        return "; ".join(cell.where for cell in different)
    return "cells " + ", ".join(str(cell.index + 1) for cell in different)


def arrays_of(call: Call) -> Iterator[dict[str, Any]]:
    """Summaries of the arrays among a call's arguments, ``self`` left out; also those in short lists."""
    for name, value in call.arguments.items():
        if name != "self":
            yield from _arrays(value)


def _arrays(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, Mapping):
        if isinstance(value.get("shape"), list | tuple):
            yield dict(value)
    elif isinstance(value, list | tuple):
        for entry in value[:50]:
            yield from _arrays(entry)


def prints_of(value: Any) -> frozenset[str]:
    """Fingerprints of the arrays in a summary."""
    return frozenset(str(a["print"]) for a in _arrays(value) if a.get("print"))


def columns_of(call: Call) -> frozenset[int]:
    """Numbers of columns of the two-dimensional arrays among a call's arguments."""
    return frozenset(int(a["shape"][1]) for a in arrays_of(call) if len(a["shape"]) == 2)


def words_of(markdown: str) -> int:
    """Words of running text in a Markdown cell: headings, pictures, links' addresses, code and tables left out."""
    text = re.sub(r"```.*?(?:```|$)|<!--.*?-->|!\[[^\]]*\]\([^)]*\)", " ", markdown, flags=re.S)
    text = re.sub(r"\]\([^)]*\)|<[^>]+>|^\s*\|.*$|^#{1,6} .*$", " ", text, flags=re.M)
    return len(re.findall(r"[^\W\d_]{2,}", text))


def read_transcript(
    stored: str,
    execution: Execution,
    *,
    export: str = "",
    modules: Sequence[str] = (),
    files: Sequence[str] = (),
) -> Transcript:
    """Put a hand-in's notebook together with our run of it.

    ``stored`` is the notebook as handed in (JSON text, outputs included), ``modules`` the sources of the
    hand-in's own modules, ``files`` the names of all its files. Whatever cannot be read is left out; nothing is raised.
    """
    before, after = _cells(stored), _cells(execution.notebook)
    cells = before or after
    same = len(before) == len(after)
    states = {run.index: run.status for run in execution.cells}
    observed = execution.observed
    figures, calls = _by_cell(observed.figures), _by_cell(observed.calls)
    trees = [tree_of(str(c["source"])) if c["kind"] == "code" else None for c in cells]
    reach = _Reach([*(tree_of(text) for text in modules), *trees])
    views, headings = [], _Headings()
    for index, cell in enumerate(cells):
        tree = trees[index]
        views.append(
            CellView(
                index,
                cell["kind"],
                cell["source"],
                headings.at(cell),
                states.get(index, ""),
                after[index]["outputs"] if same and after else Outputs(),
                cell["outputs"] if before else Outputs(),
                tuple(figures.get(index, ())),
                tuple(calls.get(index, ())),
                reach.of(tree),
                _numbers(tree),
                cell["part"],
                cell["place"],
            )
        )
    return Transcript(tuple(views), execution.status, observed, export, tuple(modules), tuple(files))


def _by_cell(entries: Iterable[Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for entry in entries:
        found.setdefault(entry.cell, []).append(entry)
    return found


def _cells(text: str) -> list[dict[str, Any]]:
    """Kind, source and outputs of every cell of a notebook given as JSON text."""
    try:
        data = json.loads(text) if text else {}
    except ValueError:
        return []
    cells = data.get("cells") if isinstance(data, dict) else None
    return [_cell(cell) for cell in cells if isinstance(cell, dict)] if isinstance(cells, list) else []


def _cell(cell: Mapping[str, Any]) -> dict[str, Any]:
    kind = "code" if cell.get("cell_type") == "code" else "markdown"
    outputs = cell.get("outputs") if isinstance(cell.get("outputs"), list) else []
    about = cell.get("metadata") if isinstance(cell.get("metadata"), Mapping) else {}
    assert isinstance(about, Mapping)
    placed = {name: _joined(about.get(name)) for name in ("part", "place")}
    return {"kind": kind, "source": _joined(cell.get("source")), "outputs": _outputs(outputs or []), **placed}


def _joined(text: Any) -> str:
    if isinstance(text, list):
        return "".join(part for part in text if isinstance(part, str))
    return text if isinstance(text, str) else ""


def _outputs(entries: Sequence[Any]) -> Outputs:
    parts, tables, images, error = [], 0, 0, ""
    for entry in entries:
        if not isinstance(entry, Mapping):
            continue
        data = entry.get("data") if isinstance(entry.get("data"), Mapping) else {}
        assert isinstance(data, Mapping)
        images += any(kind in data for kind in IMAGES)
        page = _joined(data.get("text/html"))
        tables += "<table" in page
        if entry.get("output_type") == "error":
            error = f"{entry.get('ename')}: {entry.get('evalue')}"[:500]
        elif page and "<table" in page:
            parts.append(text_in(page))
        elif not any(kind in data for kind in IMAGES):
            plain = _joined(data.get("text/plain")) or (
                _joined(entry.get("text")) if not data else text_in(page)
            )
            parts.append(_joined(data.get("text/markdown")) or _joined(data.get("text/latex")) or plain)
    return Outputs("\n".join(parts)[:MOST_TEXT], tables, images, error)


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        self.found.append(data)


def text_in(page: str) -> str:
    """The words of a piece of HTML, separated by blanks."""
    words = _Words()
    words.feed(page[: 10 * MOST_TEXT])
    words.close()
    return " ".join(" ".join(words.found).split())


class _Headings:
    """Follows the headings from cell to cell."""

    def __init__(self) -> None:
        self._path: list[tuple[int, str]] = []

    def at(self, cell: Mapping[str, Any]) -> tuple[str, ...]:
        """Headings above a cell; of those inside a Markdown cell the first counts for the cell itself."""
        if cell["kind"] != "markdown":
            return self._words()
        own: tuple[str, ...] | None = None
        for found in _HEADING.finditer(re.sub(r"```.*?(?:```|$)", "", cell["source"], flags=re.S)):
            level = len(found["marks"]) if found["marks"] else 1 + found["line"].startswith("-")
            text = (found["text"] or found["under"]).strip()
            self._path = [entry for entry in self._path if entry[0] < level] + [(level, text)]
            own = own or self._words()
        return own or self._words()

    def _words(self) -> tuple[str, ...]:
        return tuple(text for _, text in self._path)


def tree_of(source: str) -> ast.Module | None:
    """Syntax tree of a cell with its magics made harmless; None where it is not Python."""
    if source.lstrip().startswith("%%") and not re.match(r"\s*%%(time|timeit|capture|prun)\b", source):
        return None
    for pattern in (_MAGIC, _INSTALL):
        source = pattern.sub(lambda found: f"{found['indent']}pass", source)
    try:
        return parsed(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


class _Reach:
    """Which names a cell's code uses once the hand-in's own functions are followed."""

    def __init__(self, trees: Iterable[ast.Module | None]) -> None:
        self._bodies: dict[str, frozenset[str]] = {}
        for tree in trees:
            for node in walk(tree) if tree else ():
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                    self._bodies[node.name] = self._bodies.get(node.name, frozenset()) | _names(node)

    def of(self, tree: ast.Module | None) -> frozenset[str]:
        """Names of a cell, definitions in it left out unless it also uses them."""
        if tree is None:
            return frozenset()
        plain = [node for node in tree.body if not isinstance(node, ast.FunctionDef | ast.ClassDef)]
        waiting = [name for node in plain for name in _names(node)]
        found: set[str] = set()
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += self._bodies.get(name, ())
        return frozenset(found)


def _names(node: ast.AST) -> frozenset[str]:
    found: set[str] = set()
    for part in walk(node):
        if isinstance(part, ast.Name):
            found.add(part.id)
        elif isinstance(part, ast.Attribute):
            found.add(part.attr)
        elif isinstance(part, ast.alias):
            found.add((part.asname or part.name).rsplit(".", 1)[-1])
            found.add(part.name.rsplit(".", 1)[-1])
        elif isinstance(part, ast.keyword) and part.arg:
            found.add(part.arg)
    return frozenset(found)


def _numbers(tree: ast.Module | None) -> frozenset[float]:
    nodes = walk(tree) if tree else ()
    constants = (node.value for node in nodes if isinstance(node, ast.Constant))
    return frozenset(
        float(v)
        for v in constants
        if isinstance(v, int | float) and not isinstance(v, bool) and abs(v) < 1e15
    )
