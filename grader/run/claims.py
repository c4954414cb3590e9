"""Claims of a hand-in's process become records: sizes, counts and types are checked, the rest is cut or dropped."""

from __future__ import annotations

import base64
import binascii
import math
import re
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.records import Call, Figure, Known, Layer, Observed, Panel

FIGURES, PANELS, LAYERS, TEXTS, CALLS, KNOWN = 400, 150, 60, 40, 20_000, 2_000
VALUE_CHARACTERS, TEXT, WORD = 40_000, 500, 200
_ARRAY = re.compile(rb"\{'descr': '<f4', 'fortran_order': False, 'shape': \(([\d, ]{0,60})\), \}\s*")
_LAYERS = {"line", "points", "bars", "mesh", "contour", "image", "patch", "text"}
_PANELS = {"plane", "image", "colorbar", "polar", "3d"}
_FAMILIES = {"model", "module", "array", "held", "curve"}


def observed(figures: Any, calls: Any, known: Any, trouble: str = "") -> Observed:
    """The record of what was fetched; whatever has not the right form is left out."""
    return Observed(
        _each(figures, _figure, FIGURES),
        _each(calls, _call, CALLS),
        _each(known, _known, KNOWN),
        trouble[:TEXT],
    )


def packed(array: NDArray[Any]) -> str:
    """An array of 32-bit floats as version 1.0 of the ``.npy`` format, in base64."""
    array = np.ascontiguousarray(array, dtype="<f4")
    shape = "".join(f"{side}, " for side in array.shape)
    text = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({shape}), }}"
    text += " " * (-(11 + len(text)) % 64) + "\n"
    head = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode()
    return base64.b64encode(head + array.tobytes()).decode()


def unpacked(text: str) -> NDArray[np.float32] | None:
    """The array behind ``values`` or ``npy``; None when the text is not exactly one array of 32-bit floats."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    if raw[:8] != b"\x93NUMPY\x01\x00" or len(raw) < 10:
        return None
    start = 10 + struct.unpack("<H", raw[8:10])[0]
    parts = _ARRAY.fullmatch(raw[10:start])
    sides = [side.strip() for side in parts[1].split(b",") if side.strip()] if parts else []
    if not sides or len(sides) > 6 or any(len(side) > 9 or not side.isdigit() for side in sides):
        return None
    shape = tuple(int(side) for side in sides)
    if math.prod(shape) * 4 != len(raw) - start:
        return None
    return np.frombuffer(raw, dtype="<f4", offset=start).reshape(shape)


def _each(items: Any, build: Callable[[dict[str, Any]], Any], most: int) -> tuple[Any, ...]:
    """Records of those entries that have the right form."""
    found: list[Any] = []
    for item in items if isinstance(items, list) else ():
        if len(found) == most:
            break
        try:
            built = build(item) if isinstance(item, dict) else None
        except (TypeError, ValueError, KeyError, OverflowError, RecursionError):
            continue
        if built is not None:
            found.append(built)
    return tuple(found)


def _figure(data: dict[str, Any]) -> Figure:
    panels = _each(data.get("panels"), _panel, PANELS)
    return Figure(
        _count(data["cell"]), word(data.get("title")), _texts(data, "texts"), _texts(data, "legend"), panels
    )


def _panel(data: dict[str, Any]) -> Panel:
    return Panel(
        kind=data["kind"] if data["kind"] in _PANELS else "plane",
        title=word(data.get("title")),
        xlabel=word(data.get("xlabel")),
        ylabel=word(data.get("ylabel")),
        legend=_texts(data, "legend"),
        equal=data.get("equal") is True,
        axis_off=data.get("axis_off") is True,
        xlim=_pair(data.get("xlim")) or (0.0, 1.0),
        ylim=_pair(data.get("ylim")) or (0.0, 1.0),
        xscale=word(data.get("xscale"))[:20] or "linear",
        yscale=word(data.get("yscale"))[:20] or "linear",
        texts=_texts(data, "texts"),
        layers=_each(data.get("layers"), _layer, LAYERS),
    )


def _layer(data: dict[str, Any]) -> Layer | None:
    if data["kind"] not in _LAYERS:
        return None
    values = data.get("values")
    sound = isinstance(values, str) and len(values) <= VALUE_CHARACTERS and unpacked(values) is not None
    return Layer(
        kind=data["kind"],
        label=word(data.get("label"))[:WORD],
        shape=_shape(data.get("shape")),
        x=_pair(data.get("x")),
        y=_pair(data.get("y")),
        values=values if sound and isinstance(values, str) else "",
    )


def _call(data: dict[str, Any]) -> Call | None:
    name = word(data.get("name"))[:WORD]
    arguments = data.get("arguments")
    if not name or not isinstance(arguments, dict):
        return None
    summary = {word(key)[:60]: plain(value) for key, value in list(arguments.items())[:30]}
    within = tuple(text[:WORD] for text in _texts(data, "within")[:5])
    return Call(_count(data["cell"]), name, summary, plain(data.get("result")), within)


def _known(data: dict[str, Any]) -> Known | None:
    if data["family"] not in _FAMILIES:
        return None
    settings = data.get("settings")
    return Known(
        key=_count(data["key"]),
        cell=_count(data["cell"]),
        name=word(data.get("name"))[:WORD],
        family=data["family"],
        type=word(data.get("type"))[:WORD],
        shape=_shape(data.get("shape")),
        dtype=word(data.get("dtype"))[:40],
        settings=plain(settings, 1) if isinstance(settings, dict) else {},
        answers=_given_answers(data.get("answers")),
    )


def _given_answers(answers: Any) -> dict[str, Any]:
    """The numbers of a curve, which come with it because nothing keeps the list itself."""
    values = answers.get("values") if isinstance(answers, dict) else None
    text = values.get("npy") if isinstance(values, dict) else None
    sound = isinstance(text, str) and len(text) <= VALUE_CHARACTERS and unpacked(text) is not None
    return {"values": {"npy": text}} if sound else {}


def plain(value: Any, depth: int = 0) -> Any:
    """A summary within bounds: numbers, texts, and lists and dicts of these; anything else becomes None."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) < 2**63 else None
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, str):
        return word(value)
    if isinstance(value, list | tuple) and depth < 5:
        return [plain(one, depth + 1) for one in value[:40]]
    if isinstance(value, dict) and depth < 5:
        return {word(key)[:60]: plain(one, depth + 1) for key, one in list(value.items())[:60]}
    return None


def word(value: Any) -> str:
    return value.encode("utf-8", "replace").decode()[:TEXT] if isinstance(value, str) else ""


def _texts(data: dict[str, Any], name: str) -> tuple[str, ...]:
    values = data.get(name)
    return tuple(text for text in map(word, values[:TEXTS]) if text) if isinstance(values, list) else ()


def _count(value: Any) -> int:
    """A whole number from -1 to a million; raises ``ValueError`` for anything else."""
    if type(value) is not int or not -1 <= value <= 1_000_000:
        raise ValueError("not a count")
    return value


def _shape(value: Any) -> tuple[int, ...]:
    if not isinstance(value, list) or len(value) > 6:
        return ()
    return tuple(side for side in value if type(side) is int and 0 <= side < 2**48)


def _pair(value: Any) -> tuple[float, float] | None:
    numbers = value if isinstance(value, list) and len(value) == 2 else ()
    if not numbers or not all(type(one) in (int, float) and math.isfinite(one) for one in numbers):
        return None
    return float(numbers[0]), float(numbers[1])
