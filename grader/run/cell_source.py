"""Cells as plain Python: magics and install lines made harmless, broken cells salvaged chunk by chunk."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from IPython.core.inputtransformer2 import TransformerManager

from grader.syntax import parse

MAX_CHARACTERS = 400_000
JOINED_CHUNKS = 12
"""At most so many top-level chunks are tried together when a cell does not parse as a whole."""
_INSTALL = re.compile(
    r"^(?P<indent>[ \t]*)(?P<command>(?:python3? -m )?(?:pip3?|conda|mamba|uv)[ \t]+[a-z].*)$", re.M
)
_CELL_MAGIC = re.compile(r"\s*%%\w+")
_RUNS_HERE = re.compile(
    r"\s*%%(time|timeit|capture|prun|python3?|matplotlib|script python3?|snakeviz|memit|mprun)\b"
)
_NEEDS_TRANSFORM = re.compile(r"(?m)^[ \t]*[%!?]|[?][ \t]*$|=[ \t]*[%!]")
_CONTINUES = re.compile(r"(else|elif|except|finally|[#)\]}])")


def is_python(source: str) -> bool:
    """Whether a cell holds Python: not a shell script, HTML or a file to be written (by its cell magic)."""
    if len(source) > MAX_CHARACTERS:
        return False
    return not _CELL_MAGIC.match(source) or bool(_RUNS_HERE.match(source))


def python_source(source: str) -> str:
    """Turn a cell into plain Python with the same line numbers: magics become calls of ``get_ipython``.

    ``pip install x`` without ``!`` becomes ``pass``, the first line of ``%%time`` and its like a comment.
    """
    source = source.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    if _CELL_MAGIC.match(source):
        source = source.replace("%%", "# ", 1)
    source = _INSTALL.sub(lambda found: f"{found['indent']}pass  # {found['command']}", source)
    if not _NEEDS_TRANSFORM.search(source):
        return source
    body = source.lstrip("\n")
    try:
        return "\n" * (len(source) - len(body)) + str(TransformerManager().transform_cell(body))
    except (SyntaxError, ValueError, IndexError, RecursionError):
        return source


def parsed_parts(text: str) -> Iterator[tuple[int, str, ast.Module | None]]:
    """Give (first line from 0, text, tree): the whole if it parses, else its top-level chunks.

    Neighbouring chunks are joined where only together they are valid; a chunk without a tree is lost.
    """
    whole = parse(text)
    if whole is not None:
        yield 0, text, whole
        return
    lines = text.split("\n")
    starts = [i for i, line in enumerate(lines) if line[:1].strip() and not _CONTINUES.match(line)]
    starts, index = [*starts, len(lines)], 0
    while index < len(starts) - 1:
        begin = starts[index]
        for stop in range(index + 1, min(index + JOINED_CHUNKS, len(starts) - 1) + 1):
            chunk = "\n".join(lines[begin : starts[stop]])
            tree = parse(chunk)
            if tree is not None:
                break
        else:
            stop, tree = index + 1, None
            chunk = "\n".join(lines[begin : starts[stop]])
        yield begin, chunk, tree
        index = stop
