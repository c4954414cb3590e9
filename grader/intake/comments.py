"""What comments, docstrings and texts a hand-in's code has: evidence for a person, who judges what they say."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from grader.errors import Unreadable
from grader.intake.names import printable
from grader.intake.notebook import read_notebook
from grader.intake.shown_code import work_files
from grader.records import Evidence, Finding, Verdict, Workspace
from grader.syntax import parse

LONG = 8
"""Lines of code from which on a function is worth an explanation."""
SHOWN = 3


@dataclass(frozen=True)
class Passage:
    """A function or method that is long enough to need words."""

    where: str
    name: str
    lines: int
    """Lines of code, without comments and empty ones."""
    explained: bool
    """Whether a comment or docstring stands in it or directly above it."""
    cell: int = -1


@dataclass(frozen=True)
class Counted:
    """What one source has."""

    code: int = 0
    comments: int = 0
    """Lines with a comment or of a docstring."""
    passages: tuple[Passage, ...] = ()


def check_comments(workspace: Workspace) -> Finding:
    """How much of the code is explained, and which long passages are not: for a person to read."""
    item, total, texts = "style.comments", Counted(), 0
    files = work_files(workspace)
    for name in files:
        for where, cell, kind, source in _sources(workspace, name):
            texts += kind == "markdown" and bool(source.strip())
            one = count(source, where, cell) if kind == "code" else Counted()
            total = Counted(
                total.code + one.code, total.comments + one.comments, (*total.passages, *one.passages)
            )
    if not total.code:
        return Finding(item, Verdict.MISSING, 0.0, "There is no code that could be read.")
    silent = sorted((one for one in total.passages if not one.explained), key=lambda one: -one.lines)
    evidence = (
        Evidence("share of lines with a comment or docstring", round(total.comments / total.code, 3), "a person reads"),
        Evidence("long functions with a comment or docstring", f"{len(total.passages) - len(silent)} of {len(total.passages)}", "a person reads"),
    )  # fmt: skip
    if not total.comments and not texts:
        text = "There is no comment, no docstring and no text beside the code."
        step = "Explain the sections that are not obvious with short comments."
        return Finding(item, Verdict.MISSING, 0.0, text, next_step=step, evidence=evidence)
    text = f"{total.comments} of {total.code} lines of code carry a comment or docstring. "
    if silent:
        named = "; ".join(f"{one.where} ({one.name}, {one.lines} lines)" for one in silent[:SHOWN])
        text += f"The longest passages without any: {named}. "
    cells = tuple(one.cell for one in silent[:SHOWN] if one.cell >= 0) if len(files) == 1 else ()
    text += "A person reads whether they explain what is not obvious, and whether names speak for themselves."
    return Finding(item, Verdict.REVIEW, 0.0, text, evidence=evidence, cells=cells)


def _sources(workspace: Workspace, name: str) -> Iterator[tuple[str, int, str, str]]:
    path: Path = workspace.folder / name
    try:
        if name.lower().endswith(".py"):
            yield printable(name), -1, "code", path.read_text(encoding="utf-8-sig", errors="replace")
            return
        several = len(workspace.notebooks) > 1
        for index, cell in enumerate(read_notebook(path).cells):
            where = f"{printable(name)}, cell {index + 1}" if several else f"cell {index + 1}"
            yield where, index, cell.cell_type, cell.source
    except (Unreadable, OSError):
        return


def count(source: str, where: str, cell: int = -1) -> Counted:
    """Lines of code and of comments in a source, and its long functions."""
    commented = _comment_lines(source)
    tree = parse(source) or ast.Module([], [])
    documented = {line for node in ast.walk(tree) for line in _docstring(node)}
    full = {k for k, line in enumerate(source.splitlines(), 1) if line.strip()}
    code = {k for k in full if not source.splitlines()[k - 1].lstrip().startswith("#")} - documented
    passages = []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
            span = set(range(first, (node.end_lineno or first) + 1))
            if len(span & code) >= LONG:
                explained = bool((span | {first - 1}) & (commented | documented))
                place = f"{where}, line {node.lineno}"
                passages.append(Passage(place, node.name, len(span & code), explained, cell))
    return Counted(len(code), len(commented | documented), tuple(passages))


def _comment_lines(source: str) -> set[int]:
    """Numbers of the lines with a comment that says something; marks of cells and of editors say nothing."""
    found: set[int] = set()
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            words = token.string.lstrip("#! ").strip() if token.type == tokenize.COMMENT else ""
            if any(letter.isalpha() for letter in words) and not words.startswith(
                ("%%", "-*-", "In[", "/usr/bin")
            ):
                found.add(token.start[0])
    except (tokenize.TokenError, SyntaxError, ValueError):
        lines = source.splitlines()
        found |= {k for k, line in enumerate(lines, 1) if line.lstrip().startswith("# ")}
    return found


def _docstring(node: ast.AST) -> range:
    if (
        not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Module)
        or not node.body
    ):
        return range(0)
    first = node.body[0]
    told = (
        isinstance(first, ast.Expr)
        and isinstance(first.value, ast.Constant)
        and isinstance(first.value.value, str)
    )
    return range(first.lineno, (first.end_lineno or first.lineno) + 1) if told else range(0)
