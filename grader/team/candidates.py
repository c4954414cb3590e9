"""What a hand-in offers: its classes, functions and instances, with signatures and the words of their code.

The live description (from the process that holds the definitions) says what exists after everything was loaded;
the source says what stands inside: words, texts, names of returned parts. Imported library objects are no
candidates: only what the hand-in, or a module in its folder, defines.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from grader.records import Slice
from grader.syntax import literal
from grader.team.bodies import Body, read_bodies, read_tables
from grader.team.symbols import Argument, Symbol

__all__ = ["arguments", "gather", "is_number"]


def gather(
    slice_: Slice, described: Iterable[Mapping[str, Any]], sources: Mapping[str, str] | None = None
) -> tuple[Symbol, ...]:
    """All symbols of a hand-in, in the order of their definitions.

    ``described`` is the live description of the namespace, ``sources`` the text of the hand-in's own modules by
    module name, where known. Shadowed earlier definitions are included and marked.
    """
    bodies, tables = read_bodies(slice_, sources or {}), read_tables(slice_, sources or {})
    found = []
    for position, entry in enumerate(described):
        if entry.get("kind") not in ("class", "function", "instance"):
            continue
        symbol = _symbol(entry, position)
        symbol = _with_body(symbol, bodies, str(entry.get("module") or ""))
        keys = [key for name in sorted(symbol.free & tables.keys()) for key in tables[name]]
        found.append(replace(symbol, texts=(*symbol.texts, *keys)) if keys else symbol)
    return tuple(sorted(found, key=lambda symbol: symbol.order))


def _symbol(entry: Mapping[str, Any], position: int) -> Symbol:
    kind = str(entry["kind"])
    methods = {name: arguments(pars) for name, pars in dict(entry.get("methods") or {}).items()}
    return Symbol(
        name=str(entry["name"]),
        kind=kind,
        parameters=methods.get("__init__", ()) if kind == "instance" else arguments(entry.get("parameters")),
        methods=methods,
        inherited=frozenset(entry.get("inherited") or ()),
        bases=tuple(str(base).rpartition(".")[2] for base in entry.get("bases") or ()),
        doc=str(entry.get("doc") or ""),
        type=str(entry.get("type") or ""),
        order=10_000 + position,
        shadowed=bool(entry.get("shadowed")),
        unbound=bool(entry.get("unbound")),
    )


def arguments(listed: Any) -> tuple[Argument, ...]:
    """Signature from the live description's list of parameters."""
    return tuple(
        Argument(
            name=str(entry["name"]),
            kind=str(entry.get("kind", "positional_or_keyword")),
            required=bool(entry.get("required", entry.get("default") is None)),
            value=_default(entry),
            annotation=str(entry.get("annotation", "")),
            default=str(entry.get("default") or ""),
        )
        for entry in listed or ()
    )


def is_number(value: object) -> bool:
    """Whether a literal is a number and no truth value."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _default(entry: Mapping[str, Any]) -> Any:
    """The default as a value, where the description gives it or its text is a literal."""
    text = entry.get("default")
    if entry.get("value") is not None or not isinstance(text, str):
        return entry.get("value")
    try:
        return literal(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None


def _with_body(symbol: Symbol, bodies: dict[str, list[Body]], module: str) -> Symbol:
    """Add what the source says of the definition that the symbol stands for; ``module`` is where it is defined."""
    version = symbol.name.partition("#")[2]
    plain, short = symbol.plain, symbol.made_by
    known = [name for name in (f"{module}.{short}", plain) if "." in name and name in bodies]
    written = bodies.get(known[0] if known else short)
    if not written:
        return symbol
    body = written[min(int(version), len(written) - 1)] if version else written[-1]
    called = [bodies[name][-1] for name in body.calls if name in bodies]
    wider = body.words.union(*(one.words for one in called))
    return replace(
        symbol,
        parameters=_with_keywords(_with_made(symbol.parameters, dict(body.made)), body.keys),
        words=wider if symbol.kind == "function" else body.words,
        free=body.free,
        written=body.written.union(*(one.written for one in called)),
        texts=body.texts,
        parts=body.parts,
        settings=body.settings,
        statics=body.statics,
        origin=body.origin,
        order=body.order,
    )


def _with_made(parameters: tuple[Argument, ...], made: Mapping[str, Any]) -> tuple[Argument, ...]:
    """The signature with the values that fields of a dataclass are made with, where these are written out."""
    return tuple(replace(p, value=made[p.name], default="") if p.name in made else p for p in parameters)


def _with_keywords(
    parameters: tuple[Argument, ...], keys: tuple[tuple[str, Any], ...]
) -> tuple[Argument, ...]:
    """The signature with ``**options`` written out: one optional keyword per name that the code reads from it."""
    if not any(parameter.kind == "var_keyword" for parameter in parameters):
        return parameters
    known = {parameter.name for parameter in parameters}
    read: dict[str, Any] = {}
    for key, value in keys:
        if key.isidentifier() and key not in known and read.get(key) is None:
            read[key] = value
    more = (Argument(key, "keyword_only", required=False, value=value) for key, value in read.items())
    return (*parameters, *more)
