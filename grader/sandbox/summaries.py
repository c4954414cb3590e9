"""Small plain descriptions of living objects, made without calling code of theirs and without keeping them.

Lives in the kernel's process beside student code (standard library and NumPy only).
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import math
import struct
import sys
import time
import types
import weakref
from typing import Any

import numpy as np

# Bound here, so that a student who replaces them later replaces nothing of ours.
_asarray, _contiguous, _isfinite = np.asarray, np.ascontiguousarray, np.isfinite
_clock, _spent = time.thread_time, time.process_time
_finite, _pack = math.isfinite, struct.pack
_attributes_of, _hash, _encode = object.__getattribute__, hashlib.blake2b, base64.b64encode
_mean, _deviation, _quietly = np.mean, np.std, np.errstate

TEXT, SETTINGS, NUMBERS, ENTRIES = 200, 40, 20, 8
PRINTED_BYTES, WHOLE_BYTES = 1 << 28, 1 << 16
"""Larger arrays get no fingerprint; beyond the second size some rows are looked at, so that it costs a tenth of a millisecond."""
PRINT_SECONDS, PRINT_SHARE = 1.0, 0.05
"""CPU time for fingerprints in one run: so much at once, and this share of what the run has taken."""
_FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, types.MethodType, type)
_PLAIN = (types.NoneType, bool, int, float, str)


def number_or_text(value: Any) -> Any:
    """A number, text, truth value or None as JSON has it (``nan`` as a text), else ``...``."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value) if abs(value) < 2**63 else float(value) if abs(value) < 2**1000 else "inf"
    if isinstance(value, float):
        return float(value) if _finite(value) else str(float(value))
    return str.__str__(value)[:TEXT] if isinstance(value, str) else ...


def as_array(value: Any) -> np.ndarray[Any, Any] | None:
    """The numbers of an array, tensor or data frame as an array, without copying where possible; else None."""
    if isinstance(value, np.ndarray):
        return _asarray(value) if value.dtype.kind in "biuf" else None
    torch, pandas = sys.modules.get("torch"), sys.modules.get("pandas")
    if torch is not None and isinstance(value, torch.Tensor):
        tensor = value.detach()
        simple = tensor.layout == torch.strided and tensor.device.type == "cpu"
        if not simple or tensor.is_complex() or tensor.dtype == torch.bfloat16:
            return None
        return _asarray(tensor.numpy())
    if pandas is not None and isinstance(value, pandas.DataFrame | pandas.Series):
        array = _asarray(value.to_numpy())
        return array if array.dtype.kind in "biuf" else None
    return None


def is_array(value: Any) -> bool:
    """Whether a value is an array, tensor or data frame."""
    if isinstance(value, np.ndarray):
        return True
    torch, pandas = sys.modules.get("torch"), sys.modules.get("pandas")
    if torch is not None and isinstance(value, torch.Tensor):
        return True
    return pandas is not None and isinstance(value, pandas.DataFrame | pandas.Series)


def packed(array: np.ndarray[Any, Any]) -> str:
    """An array as 32-bit floats in version 1.0 of the ``.npy`` format, in base64."""
    array = _contiguous(array, dtype="<f4")
    shape = "".join(f"{side}, " for side in array.shape)
    text = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({shape}), }}"
    text += " " * (-(10 + len(text) + 1) % 64) + "\n"
    head = b"\x93NUMPY\x01\x00" + _pack("<H", len(text)) + text.encode()
    return _encode(head + array.tobytes("C")).decode()


def attributes(value: Any) -> dict[str, Any]:
    """What an object stores, by name: its ``__dict__`` and its slots; no property is run."""
    found: dict[str, Any] = {}
    with contextlib.suppress(AttributeError):
        found.update(_attributes_of(value, "__dict__"))
    for kind in type(value).__mro__:
        if "__slots__" in vars(kind):
            for name, member in list(vars(kind).items()):
                if isinstance(member, types.MemberDescriptorType):
                    try:
                        found[name] = member.__get__(value)
                    except AttributeError:
                        continue
    return found


def settings(value: Any) -> dict[str, Any]:
    """Numbers, texts and short tuples of numbers among the attributes of an object."""
    found: dict[str, Any] = {}
    module = getattr(type(value), "__module__", "")
    if isinstance(module, str) and module.startswith(("matplotlib", "pandas")):
        return found
    for name, stored in attributes(value).items():
        if len(found) >= SETTINGS:
            break
        if not isinstance(name, str) or name.startswith("__"):
            continue
        if isinstance(stored, tuple | list) and 0 < len(stored) <= ENTRIES:
            plain: Any = [number_or_text(one) for one in stored]
            plain = plain if all(one is not ... for one in plain) else ...
        else:
            plain = number_or_text(stored)
        if plain is not ...:
            found[name[:60]] = plain
    return found


def _rows_of(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The array itself, or evenly spaced rows of a large one."""
    return array[:: -(-array.nbytes // WHOLE_BYTES)] if array.nbytes > WHOLE_BYTES and array.ndim else array


class Summaries:
    """Turns values into summaries and gives every object a key; remembers identities, never objects."""

    def __init__(self) -> None:
        self._keys: dict[int, tuple[Any, type, int]] = {}
        self._next = 1
        self._printing, self._began = 0.0, _spent()

    def key(self, value: Any) -> int:
        """Number of an object, the same for the same object.

        An object that cannot be referred to weakly shares the number of a dead one of its type at the same place.
        """
        known = self._keys.get(id(value))
        if known is not None:
            reference, kind, number = known
            if (reference() is value) if reference is not None else kind is type(value):
                return number
        if len(self._keys) > 20_000:
            self._forget()
        try:
            reference = weakref.ref(value)
        except TypeError:
            reference = None
        number, self._next = self._next, self._next + 1
        self._keys[id(value)] = (reference, type(value), number)
        return number

    def _forget(self) -> None:
        for number in [n for n, (ref, _, _) in self._keys.items() if ref is None or ref() is None]:
            del self._keys[number]

    def fingerprint(self, array: np.ndarray[Any, Any]) -> str:
        """16 hex digits of the hash of an array's bytes in C order; empty when too large or out of time.

        Of arrays beyond :data:`WHOLE_BYTES` evenly spaced rows stand for all.
        """
        if array.nbytes > PRINTED_BYTES or self._printing > self._allowed():
            return ""
        start = _clock()
        some = _contiguous(_rows_of(array))
        digest = _hash(some.view(np.uint8).ravel().data if some.size else b"", digest_size=8)
        self._printing += _clock() - start
        return digest.hexdigest()

    def _allowed(self) -> float:
        return PRINT_SECONDS + PRINT_SHARE * (_spent() - self._began)

    def of(self, value: Any, depth: int = 0) -> Any:
        """Summary of any value as plain JSON data; runs no code of the value's own class."""
        if isinstance(value, (np.generic, *_PLAIN)):
            plain = number_or_text(value)
            return plain if plain is not ... else {"type": type(value).__name__}
        if is_array(value):
            return self._array(value)
        if isinstance(value, _FUNCTIONS):
            return {"function": str(getattr(value, "__name__", ""))[:TEXT]}
        if isinstance(value, list | tuple | set | frozenset):
            return self._sequence(value, depth)
        if isinstance(value, dict):
            return self._mapping(value, depth)
        described: dict[str, Any] = {"type": type(value).__name__, "key": self.key(value)}
        described["settings"] = settings(value) if depth < 2 else {}
        return described

    def _array(self, value: Any) -> dict[str, Any]:
        shape = [int(side) for side in value.shape]
        described: dict[str, Any] = {"shape": shape, "dtype": str(getattr(value, "dtype", "frame"))[:40]}
        array = as_array(value)
        described["print"] = "" if array is None else self.fingerprint(array)
        if described["print"] and array is not None and array.ndim > 1 and array.size:
            described["mean"], described["deviation"] = self._moments(array)
        return described

    def _moments(self, array: np.ndarray[Any, Any]) -> tuple[Any, Any]:
        """Mean and standard deviation of all values, in the time for fingerprints."""
        start = _clock()
        with _quietly(all="ignore"):
            some = _rows_of(array)
            found = number_or_text(_mean(some)), number_or_text(_deviation(some))
        self._printing += _clock() - start
        return found

    def _sequence(self, value: Any, depth: int) -> Any:
        if isinstance(value, list | tuple) and len(value) <= NUMBERS:
            plain = [number_or_text(one) for one in value]
            if all(one is not ... for one in plain):
                return plain
            if len(value) <= ENTRIES and depth < 2:
                return [self.of(one, depth + 1) for one in value]
        return {"shape": [len(value)], "dtype": type(value).__name__}

    def _mapping(self, value: dict[Any, Any], depth: int) -> Any:
        if len(value) > ENTRIES or depth >= 2:
            return {"shape": [len(value)], "dtype": "dict"}
        return {str(number_or_text(key))[:60]: self.of(one, depth + 1) for key, one in value.items()}
