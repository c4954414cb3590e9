"""Where a notebook speaks in words: Markdown, comments, docstrings, printed sentences. Their style is nobody's business.

Nothing here judges what is said; it only finds out whether something is said, and where a person should read.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from grader.judge.transcript import CellView, Transcript, tree_of, words_of
from grader.syntax import walk

WORD = re.compile(r"[^\W\d_]{2,}")
TASK_VERBS = frozenset(
    [
        "implement",
        "evaluate",
        "visualize",
        "visualise",
        "comment",
        "create",
        "make",
        "play",
        "train",
        "check",
        "repeat",
        "add",
        "use",
        "discuss",
        "explain",
        "describe",
        "compare",
        "show",
        "plot",
        "generate",
        "implementieren",
        "implementiere",
        "werten",
        "bewerten",
        "visualisieren",
        "visualisiere",
        "kommentieren",
        "kommentiere",
        "erstellen",
        "erstelle",
        "trainieren",
        "trainiere",
        "vergleichen",
        "vergleiche",
        "zeigen",
        "zeige",
        "diskutieren",
        "erklären",
        "beschreiben",
        "verwenden",
    ]
)
"""First words of sentences that set a task; answers hardly ever begin so."""
SENTENCE_END = re.compile(r"(?<=[.!?:])\s+|\n\s*\n|\n\s*(?:[-*+]|\d+[.)])\s+")


@dataclass(frozen=True)
class Passage:
    """A piece of text of a cell."""

    cell: CellView
    words: int
    kind: str
    """``text`` (Markdown), ``comment``, ``docstring`` or ``printed``."""
    text: str = ""


def passages(
    transcript: Transcript, least: int, cells: Iterable[CellView] | None = None
) -> tuple[Passage, ...]:
    """Pieces of at least so many words, sentences that only set a task left out, in the order of the cells."""
    found: list[Passage] = []
    for cell in transcript.cells if cells is None else cells:
        pieces = [("text", cell.source)] if cell.kind == "markdown" else list(pieces_in_code(cell.source))
        for kind, text in pieces:
            words = answer_words(text)
            if words >= least:
                found.append(Passage(cell, words, kind, text))
    return tuple(found)


def answer_words(text: str) -> int:
    """Words of running text besides headings, pictures, tables, code and sentences that set a task."""
    return sum(words_of(part) for part in SENTENCE_END.split(text) if not _sets_a_task(part))


def nearest(found: Sequence[Passage], places: Collection[int], most: int) -> list[Passage]:
    """The passages closest to these cells, those below a cell first; the longest where there are no cells."""
    if not places:
        return sorted(found, key=lambda p: -p.words)[:most]

    def distance(passage: Passage) -> tuple[float, int]:
        gaps = [passage.cell.index - place for place in places]
        return min(gap if gap >= 0 else -gap + 0.5 for gap in gaps), -passage.words

    return sorted(found, key=distance)[:most]


def headed(found: Iterable[Passage], pattern: str) -> list[Passage]:
    """Passages under a heading, or with a beginning, that matches a pattern."""
    wanted = re.compile(pattern, re.IGNORECASE)
    return [
        p
        for p in found
        if wanted.search(p.text[:80]) or any(wanted.search(heading) for heading in p.cell.headings)
    ]


def speaking(found: Iterable[Passage], pattern: str) -> list[Passage]:
    """Passages that contain a pattern."""
    wanted = re.compile(pattern, re.IGNORECASE)
    return [p for p in found if wanted.search(p.text)]


def only_in_export(transcript: Transcript) -> int:
    """About how many words of the export stand in no cell and no output: text that was written elsewhere.

    Counted in groups of three words that follow each other, so that line breaks and page numbers matter little.
    """
    if not transcript.export:
        return 0
    known: set[tuple[str, ...]] = set()
    for cell in transcript.cells:
        for text in (cell.source, cell.ours.text, cell.stored.text):
            known.update(_threes(text))
    return len([three for three in _threes(transcript.export) if three not in known])


def _threes(text: str) -> list[tuple[str, ...]]:
    words = [word.lower() for word in WORD.findall(text)]
    return [tuple(words[i : i + 3]) for i in range(len(words) - 2)]


def _sets_a_task(sentence: str) -> bool:
    words = WORD.findall(re.sub(r"^#{1,6} .*$", "", sentence, flags=re.M))
    return bool(words) and words[0].lower() in TASK_VERBS


def pieces_in_code(source: str) -> Iterable[tuple[str, str]]:
    """Kind and text of the comments, docstrings and printed texts in a piece of code."""
    yield from (("comment", block) for block in _comments(source))
    tree = tree_of(source)
    for node in walk(tree) if tree else ():
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            if name in {"print", "Markdown", "display", "Latex"}:
                yield "printed", " ".join(_texts(node))
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield "docstring", node.value.value if isinstance(node.value.value, str) else ""


def _texts(node: ast.AST) -> list[str]:
    return [n.value for n in walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)]


def _comments(source: str) -> list[str]:
    """Comments that take lines of their own or stand at the end of one; neighbouring lines make one piece."""
    blocks: list[tuple[int, str]] = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type == tokenize.COMMENT:
                line, text = token.start[0], token.string.lstrip("#").strip()
                if blocks and blocks[-1][0] == line - 1:
                    blocks[-1] = (line, f"{blocks[-1][1]} {text}")
                else:
                    blocks.append((line, text))
    except (tokenize.TokenError, SyntaxError, IndentationError, ValueError):
        pass
    return [text for _, text in blocks if not _is_code(text)]


def _is_code(text: str) -> bool:
    """Code that was commented out."""
    return bool(re.search(r"[\w)\]]\s*=\s*[\w(\[]|\w\(.*\)\s*$", text)) and len(WORD.findall(text)) < 12
