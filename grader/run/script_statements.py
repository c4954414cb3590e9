"""A script's top-level statements with their text, the main block and a main function written out among them.

``if __name__ == "__main__":`` is true in a run, so its block reads as if it stood at the left margin, and so does
the body of a function without parameters that is called there once and nowhere else. What a script does thus
becomes visible step by step, as in a notebook. Where that could change what happens, everything stays as it is.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from grader.run.free_names import bound_names
from grader.syntax import is_main_guard, parse

DEEPEST = 3
"""Functions inside one another that are written out."""
_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True)
class Piece:
    """One or more statements that share lines, with the comments before and the empty lines behind them."""

    text: str
    line: int
    """Number of its first line in the script, from 1."""
    nodes: tuple[ast.stmt, ...]


def pieces_of(source: str) -> list[Piece]:
    """The statements of a script in order; empty where it is no valid Python or has none."""
    pieces = _read(source, 1)
    for _ in range(DEEPEST):
        grown = _with_functions(_with_main_block(pieces))
        if len(grown) == len(pieces):
            return grown
        pieces = grown
    return pieces


def _read(source: str, line: int) -> list[Piece]:
    tree = parse(source)
    if tree is None or not tree.body:
        return []
    lines = source.split("\n")
    starts: list[int] = []
    groups: list[list[ast.stmt]] = []
    for node in tree.body:
        first = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", []))]) - 1
        end = (groups[-1][-1].end_lineno or 0) if groups else 0
        if groups and first < end:
            groups[-1].append(node)
            continue
        starts.append(_with_comments(lines, first, end) if groups else 0)
        groups.append([node])
    ends = [*starts[1:], len(lines)]
    return [
        Piece("\n".join(lines[begin:end]), line + begin, tuple(group))
        for begin, end, group in zip(starts, ends, groups, strict=True)
    ]


def _with_comments(lines: list[str], first: int, lowest: int) -> int:
    while first > lowest and lines[first - 1].startswith("#"):
        first -= 1
    return first


def _with_main_block(pieces: Iterable[Piece]) -> list[Piece]:
    found: list[Piece] = []
    for piece in pieces:
        inner = (
            _inside(piece, piece.nodes[0]) if len(piece.nodes) == 1 and is_main_guard(piece.nodes[0]) else []
        )
        found += inner or [piece]
    return found


def _inside(piece: Piece, node: ast.stmt) -> list[Piece]:
    """The statements of a block, at the left margin; empty where they cannot be moved there unchanged."""
    body = list(getattr(node, "body", ()))
    if isinstance(node, ast.FunctionDef) and ast.get_docstring(node, clean=False) is not None:
        body = body[1:]
    if not body:
        return []
    lines = piece.text.split("\n")
    shift = _first_line(piece)
    head = (node.body[0].lineno if isinstance(node, ast.If) else body[0].lineno) - shift
    first = min([body[0].lineno, *(one.lineno for one in getattr(body[0], "decorator_list", []))]) - shift
    if node.lineno - shift == head:
        text, first = "\n".join(ast.unparse(one) for one in body), head
    else:
        indent = lines[first][: body[0].col_offset]
        while first - 1 > node.lineno - shift and lines[first - 1].startswith(f"{indent}#"):
            first -= 1
        text = _moved_left(lines[first:], len(indent), _inside_strings(body, shift + first))
    moved = parse(text)
    same = moved is not None and [ast.dump(one) for one in moved.body] == [ast.dump(one) for one in body]
    return _read(text, piece.line + first) if same else []


def _inside_strings(body: Iterable[ast.stmt], first: int) -> set[int]:
    """Which lines, counted from ``first``, begin inside a text that spans several lines."""
    inside: set[int] = set()
    for node in (inner for one in body for inner in ast.walk(one)):
        if isinstance(node, ast.Constant | ast.JoinedStr):
            inside.update(range(node.lineno + 1 - first, (node.end_lineno or 0) + 1 - first))
    return inside


def _moved_left(lines: list[str], width: int, inside: set[int]) -> str:
    """Lines without the indentation of their block; those inside of texts stay as they are."""
    return "\n".join(
        line if number in inside else line[width:] if not line[:width].strip() else line
        for number, line in enumerate(lines)
    )


def _first_line(piece: Piece) -> int:
    """The number that a node's ``lineno`` has on the first line of the piece's text."""
    node = piece.nodes[0]
    tree = parse(piece.text)
    assert tree is not None
    return node.lineno - tree.body[0].lineno + 1


def _with_functions(pieces: list[Piece]) -> list[Piece]:
    """Write out a function without parameters in the place of the only call of it."""
    defined = {
        node.name: (piece, node)
        for piece in pieces
        if len(piece.nodes) == 1 and isinstance(node := piece.nodes[0], ast.FunctionDef)
    }
    names = [name for piece in pieces for node in piece.nodes for name in bound_names(node)]
    uses = _uses(pieces)
    for position, piece in enumerate(pieces):
        name = _called(piece)
        if name not in defined or uses.get(name) != 1 or names.count(name) != 1:
            continue
        home, node = defined[name]
        if not _can_be_written_out(node, set(names)):
            continue
        inner = _inside(home, node)
        if inner:
            first = Piece(f"# {name}()\n{inner[0].text}", inner[0].line, inner[0].nodes)
            whole = [*pieces[:position], first, *inner[1:], *pieces[position + 1 :]]
            return [one for one in whole if one is not home]
    return pieces


def _called(piece: Piece) -> str:
    """``main`` for a piece that reads ``main()`` and nothing else."""
    node = piece.nodes[0]
    call = node.value if len(piece.nodes) == 1 and isinstance(node, ast.Expr) else None
    plain = isinstance(call, ast.Call) and not call.args and not call.keywords
    return call.func.id if plain and isinstance(call.func, ast.Name) else ""  # type: ignore[union-attr]


def _uses(pieces: Iterable[Piece]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for piece in pieces:
        for node in piece.nodes:
            for inner in ast.walk(node):
                if isinstance(inner, ast.Name):
                    counts[inner.id] = counts.get(inner.id, 0) + 1
    return counts


def _can_be_written_out(node: ast.FunctionDef, taken: set[str]) -> bool:
    """Whether a body does the same at the left margin: it returns nothing, and no name of its own means two things."""
    arguments = node.args
    if (
        node.body[0].lineno == node.lineno
        or node.decorator_list
        or any(
            (arguments.args, arguments.posonlyargs, arguments.kwonlyargs, arguments.vararg, arguments.kwarg)
        )
    ):
        return False
    if any(
        isinstance(one, ast.Return | ast.Yield | ast.YieldFrom | ast.Nonlocal | ast.Await)
        for one in _own(node)
    ):
        return False
    told = {name for one in _own(node) if isinstance(one, ast.Global) for name in one.names}
    local = set(_bound(node)) - told
    return not local & taken and not any(hasattr(builtins, name) for name in local)


def _own(node: ast.FunctionDef) -> Iterator[ast.AST]:
    """Everything in a function's body but what belongs to functions and classes inside it."""
    waiting: list[ast.AST] = list(node.body)
    while waiting:
        inner = waiting.pop()
        yield inner
        if not isinstance(inner, _Definition | ast.Lambda):
            waiting += ast.iter_child_nodes(inner)


def _bound(node: ast.FunctionDef) -> Iterator[str]:
    for inner in _own(node):
        if isinstance(inner, ast.Name) and not isinstance(inner.ctx, ast.Load):
            yield inner.id
        elif isinstance(inner, _Definition):
            yield inner.name
        elif isinstance(inner, ast.Import | ast.ImportFrom):
            yield from (alias.asname or alias.name.partition(".")[0] for alias in inner.names)
        elif isinstance(inner, ast.ExceptHandler) and inner.name:
            yield inner.name
