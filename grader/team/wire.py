"""The judge's side of the wire: requests become frames, replies are validated before anything is allocated.

A frame is a 4-byte big-endian length, a JSON header of that length, and the ``.npy`` blobs whose lengths the
header lists. Everything that arrives is a claim of the student's process. Nothing is unpickled or evaluated:
the header of an array is matched against one regular expression, its shape against the blob's length.
"""

from __future__ import annotations

import json
import math
import re
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.errors import Malformed

MAX_HEADER = 4 * 1024 * 1024
MAX_FRAME = 256 * 1024 * 1024
MAX_BLOBS = 65_536
MAX_DIMENSIONS = 6
MAX_DEPTH = 16
_LENGTH = struct.Struct(">I")
_NPY = re.compile(
    rb"\{'descr': '([<>|=])([biuf])(\d{1,2})', 'fortran_order': (True|False), 'shape': \(([\d, ]{0,200})\), *\}\s*"
)
_WIDTHS = {"b": {1}, "i": {1, 2, 4, 8}, "u": {1, 2, 4, 8}, "f": {2, 4, 8}}


@dataclass(frozen=True)
class Handle:
    """An object that stays in the student's process; ``generation`` says in which of the processes."""

    id: int
    type: str
    module: str = ""
    generation: int = 0


@dataclass(frozen=True)
class Name:
    """An object of the hand-in's namespace, by name: ``KDE``, ``models.KDE``, or ``KDE#0`` if shadowed."""

    name: str


@dataclass(frozen=True, eq=False)
class Hint:
    """An array with the form in which the student's function wants it."""

    array: NDArray[Any]
    form: str = "torch"
    """``torch`` or ``numpy``."""
    dtype: str | None = None
    """A torch dtype such as ``float64``; None fits the module at hand, else float32."""


# ---- out ------------------------------------------------------------------------------------------------


def encode_frame(header: Mapping[str, Any]) -> list[bytes]:
    """Turn a header whose values may be arrays, handles and names into the pieces of one frame.

    Raises ``TypeError`` for a value that has no place on the wire (our own mistake, not the student's).
    """
    blobs: list[bytes] = []
    plain = {key: _encode_part(key, value, blobs) for key, value in header.items()}
    text = json.dumps({**plain, "blobs": [len(blob) for blob in blobs]}, allow_nan=False).encode()
    return [_LENGTH.pack(len(text)), text, *blobs]


def _encode_part(key: str, value: Any, blobs: list[bytes]) -> Any:
    if key == "args":
        return [encode_value(item, blobs) for item in value]
    if key == "kwargs":
        return {name: encode_value(item, blobs) for name, item in value.items()}
    return encode_value(value, blobs) if isinstance(value, Handle | Name) else value


def encode_value(value: Any, blobs: list[bytes]) -> Any:
    """Give the JSON of one argument; arrays are appended to ``blobs``."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else {"@": "float", "value": str(float(value))}
    if isinstance(value, np.bool_):
        return bool(value)
    if isinstance(value, Handle):
        return {"@": "handle", "id": value.id}
    if isinstance(value, Name):
        return {"@": "name", "name": value.name}
    if isinstance(value, Hint):
        hint = {"as": value.form} | ({"dtype": value.dtype} if value.dtype else {})
        return _encode_array(value.array, blobs) | hint
    if isinstance(value, np.ndarray):
        return _encode_array(value, blobs)
    if isinstance(value, list | tuple):
        kind = "tuple" if isinstance(value, tuple) else "list"
        return {"@": kind, "items": [encode_value(item, blobs) for item in value]}
    if isinstance(value, dict):
        pairs = [[encode_value(key, blobs), encode_value(item, blobs)] for key, item in value.items()]
        return {"@": "dict", "items": pairs}
    raise TypeError(f"a {type(value).__name__} cannot be sent to the student's process")


def _encode_array(array: NDArray[Any], blobs: list[bytes]) -> dict[str, Any]:
    if array.dtype.kind not in "biuf" or array.dtype.itemsize > 8:
        raise TypeError(f"an array of {array.dtype} cannot be sent to the student's process")
    blobs.append(pack_array(array))
    return {"@": "array", "blob": len(blobs) - 1}


def pack_array(array: NDArray[Any]) -> bytes:
    """Write a bool, int or float array as version 1.0 of the ``.npy`` format, row by row."""
    shape = "".join(f"{side}, " for side in array.shape)
    text = f"{{'descr': '{array.dtype.str}', 'fortran_order': False, 'shape': ({shape}), }}"
    text += " " * (-(11 + len(text)) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode() + array.tobytes("C")


# ---- in -------------------------------------------------------------------------------------------------


def header_length(prefix: bytes) -> int:
    """Length of the JSON header; raises ``Malformed`` when it is larger than ``MAX_HEADER``."""
    length: int = _LENGTH.unpack(prefix)[0]
    if not 2 <= length <= MAX_HEADER:
        raise _forged(f"a header of at most {MAX_HEADER} bytes", f"{length} bytes announced")
    return length


def decode_header(text: bytes) -> dict[str, Any]:
    """Parse a reply's header and check its blob lengths against ``MAX_BLOBS`` and ``MAX_FRAME``."""
    try:
        header = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise _forged("a JSON header", "something else") from None
    if not isinstance(header, dict):
        raise _forged("a JSON object", type(header).__name__)
    lengths = header.get("blobs")
    if not isinstance(lengths, list) or len(lengths) > MAX_BLOBS:
        raise _forged(f"a list of at most {MAX_BLOBS} blob lengths", repr(lengths)[:60])
    if not all(type(length) is int and 0 <= length <= MAX_FRAME for length in lengths):
        raise _forged("blob lengths", repr(lengths)[:60])
    if sum(lengths) > MAX_FRAME:
        raise _forged(f"at most {MAX_FRAME} bytes", f"{sum(lengths)} bytes announced")
    return header


def unpack_array(blob: bytes | bytearray) -> NDArray[Any]:
    """Read an array of bool, int or float from ``.npy`` bytes without copying or unpickling.

    Raises ``Malformed`` when the version, kind, number of dimensions or the product of the shape do not fit.
    """
    if len(blob) < 10 or bytes(blob[:8]) != b"\x93NUMPY\x01\x00":
        raise _forged("an array in version 1.0 of the npy format", "other bytes")
    start = 10 + struct.unpack("<H", blob[8:10])[0]
    parts = _NPY.fullmatch(bytes(blob[10:start]))
    if parts is None:
        raise _forged("an array of bool, int or float", "another kind of array header")
    kind, width = parts[2].decode(), int(parts[3])
    if width not in _WIDTHS[kind]:
        raise _forged("an array of at most 8 bytes per number", f"{kind}{width}")
    sides = [side.strip() for side in parts[5].split(b",") if side.strip()]
    if len(sides) > MAX_DIMENSIONS or any(len(side) > 12 or not side.isdigit() for side in sides):
        raise _forged(f"an array of at most {MAX_DIMENSIONS} dimensions", parts[5].decode()[:60])
    shape = tuple(int(side) for side in sides)
    if math.prod(shape) * width != len(blob) - start:
        raise _forged(f"{math.prod(shape) * width} bytes for shape {shape}", f"{len(blob) - start} bytes")
    array = np.frombuffer(blob, dtype=np.dtype(f"{parts[1].decode()}{kind}{width}"), offset=start)
    array = array.reshape(shape, order="F" if parts[4] == b"True" else "C")
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def decode_value(
    value: Any, blobs: Sequence[bytes | bytearray], *, generation: int = 0, depth: int = 0
) -> Any:
    """Rebuild a reply's value: plain data, arrays, and ``Handle`` for what stays inside.

    Raises ``Malformed`` for anything else.
    """
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int) and abs(value) < 2**64:
        return value
    if not isinstance(value, dict) or depth > MAX_DEPTH:
        raise _forged("a value of a known form", repr(value)[:60])
    kind = value.get("@")
    if kind == "plain":
        return _plain(value.get("value"), 0)
    if kind == "array":
        return unpack_array(blobs[_index(value.get("blob"), len(blobs))])
    if kind == "float" and value.get("value") in ("nan", "inf", "-inf"):
        return float(value["value"])
    if kind == "handle" and type(value.get("id")) is int:
        return Handle(value["id"], _word(value.get("type")), _word(value.get("module")), generation)
    items = value.get("items")
    if kind in ("list", "tuple", "dict") and isinstance(items, list):
        return _decode_items(kind, items, blobs, generation, depth + 1)
    raise _forged("a value of a known form", repr(kind)[:60])


def _decode_items(
    kind: str, items: list[Any], blobs: Sequence[bytes | bytearray], generation: int, depth: int
) -> Any:
    if kind == "dict":
        pairs = [item for item in items if isinstance(item, list) and len(item) == 2]
        if len(pairs) != len(items) or any(isinstance(key, dict | list) for key, _ in pairs):
            raise _forged("pairs of key and value", repr(items)[:60])
        return {
            decode_value(key, blobs): decode_value(item, blobs, generation=generation, depth=depth)
            for key, item in pairs
        }
    values = [decode_value(item, blobs, generation=generation, depth=depth) for item in items]
    return tuple(values) if kind == "tuple" else values


def _plain(value: Any, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise _forged("plain data", "data nested too deeply")
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_plain(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {_plain(key, depth): _plain(item, depth + 1) for key, item in value.items()}
    return value


def _index(number: Any, count: int) -> int:
    if type(number) is not int or not 0 <= number < count:
        raise _forged(f"the number of one of {count} arrays", repr(number)[:60])
    return number


def _word(text: Any) -> str:
    return text.encode("utf-8", "replace").decode()[:200] if isinstance(text, str) else ""


def _no_constant(text: str) -> float:
    raise ValueError(text)


def _forged(expected: str, got: str) -> Malformed:
    return Malformed(
        "the process with the team's code sent bytes that are no answer",
        expected=expected,
        got=got,
        next_step="Code of a hand-in must not write to descriptors that it did not open.",
    )
