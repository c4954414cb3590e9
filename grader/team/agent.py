"""The one file of ours that lives beside student code: it answers questions with data, never with objects.

It is loaded from its path inside the confined process, needs the standard library and NumPy only, and
imports nothing else of the project. One question is one frame: a 4-byte big-endian length, a JSON header of
that length, then the ``.npy`` blobs whose lengths the header lists. Whatever it says is a claim of the
student's process; nothing here decides anything.

Exit codes: 71 a forked copy that came back, 72 the channel was closed from inside, 73 a fault of this file.
"""

from __future__ import annotations

import ast
import builtins
import enum
import functools
import inspect
import io
import json
import linecache
import math
import os
import random
import re
import signal
import socket
import struct
import sys
import threading
import time
import types
import warnings
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

import numpy as np

# Bound here, so that a student who replaces them later replaces nothing of ours.
_read, _write, _close_process, _getpid = os.read, os.write, os._exit, os.getpid
_dumps, _loads, _pack, _unpack = json.dumps, json.loads, struct.pack, struct.unpack
_asarray, _frombuffer, _contiguous = np.asarray, np.frombuffer, np.ascontiguousarray
_set_signal, _set_timer, _clock, _thread = (
    signal.signal,
    signal.setitimer,
    time.monotonic,
    threading.get_ident,
)
_compile, _execute, _isfinite, _signature = compile, exec, math.isfinite, inspect.signature

FORKED_COPY, CHANNEL_CLOSED, OWN_FAULT = 71, 72, 73
PRINT_CAP = 4 * 1024 * 1024
FRAME_CAP = 256 * 1024 * 1024
TEXT_CAP, MESSAGE_CAP, ITEM_CAP, DEPTH_CAP, NAME_CAP = 200_000, 2_000, 20_000, 8, 500
TEXT_SAID = 2_000
"""Longest default of a parameter that is told as data; its spelling is cut off earlier."""
MEMBER_CAP = 20
"""Members of an enumeration that are told."""
STACK_FROM = 32
"""A list of more equally shaped arrays than this becomes one array."""

_NPY = re.compile(
    rb"\{'descr': '([<>|=][biuf]\d+)', 'fortran_order': (True|False), 'shape': \(([\d, ]*)\), *\}\s*"
)
_ORIGIN = re.compile(r"(.*), line (\d+)")
_FUTURE_FLAGS = 0x1FE0010
"""The compiler flags of all ``from __future__`` features."""


class Flood(BaseException):
    """More was printed during one question than is allowed."""


class OutOfTime(BaseException):
    """One statement of the slice used up its time."""


class Refused(Exception):  # noqa: N818
    """A value exists but cannot travel as data; the message says why."""


class Sink(io.TextIOBase):
    """Stands in for stdout and stderr: counts, keeps nothing, and raises when the cap is passed."""

    encoding = "utf-8"

    def __init__(self, cap: int = PRINT_CAP) -> None:
        self.cap, self.printed, self._elsewhere, self._home = cap, 0, 0, _thread()
        self.buffer = self

    def write(self, text: Any) -> int:  # type: ignore[override]
        """Count the text; a thread other than the main one has an account of its own."""
        size = len(text)
        if _thread() == self._home:
            self.printed += size
            over = self.printed > self.cap
        else:
            self._elsewhere += size
            over = self._elsewhere > self.cap
        if over:
            raise Flood(f"more than {self.cap} characters were printed")
        return size

    def writable(self) -> bool:
        """Say that printing works."""
        return True


class Absent:
    """Takes the place of a name whose statement failed, and says so when the name is used."""

    def __init__(self, name: str, reason: str) -> None:
        self.__dict__["_absent"] = f"'{name}' is not available here: {reason}"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise NameError(self.__dict__["_absent"])


def _unavailable(self: Absent, *_: Any, **__: Any) -> Any:
    raise NameError(self.__dict__["_absent"])


_OPERATIONS = """call getitem setitem iter next len bool float int index array contains enter exit neg add radd
sub rsub mul rmul truediv rtruediv matmul rmatmul pow rpow mod lt le gt ge mro_entries"""
for _operation in _OPERATIONS.split():
    setattr(Absent, f"__{_operation}__", _unavailable)


class Notebook:
    """What ``get_ipython()`` gives: answers every magic and shell command by doing nothing."""

    def getoutput(self, *_: Any, **__: Any) -> list[str]:
        """Give the empty output of ``names = !command``."""
        return []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *_, **__: None


def pack_array(array: np.ndarray[Any, Any]) -> bytes:
    """Write a bool, int or float array as version 1.0 of the ``.npy`` format."""
    fortran = array.ndim > 1 and array.flags.f_contiguous and not array.flags.c_contiguous
    shape = "".join(f"{side}, " for side in array.shape)
    text = f"{{'descr': '{array.dtype.str}', 'fortran_order': {fortran}, 'shape': ({shape}), }}"
    text += " " * (-(10 + len(text) + 1) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + _pack("<H", len(text)) + text.encode() + array.tobytes("A")


def unpack_array(blob: bytes) -> np.ndarray[Any, Any]:
    """Read what the judge wrote as ``.npy``; the array is a private, writable copy."""
    length = _unpack("<H", blob[8:10])[0]
    parts = _NPY.fullmatch(blob[10 : 10 + length])
    if parts is None:
        raise ValueError("not an array of numbers")
    shape = tuple(int(side) for side in parts[3].split(b",") if side.strip())
    order = "F" if parts[2] == b"True" else "C"
    flat = _frombuffer(blob, dtype=np.dtype(parts[1].decode()), offset=10 + length)
    return flat.reshape(shape, order=order).copy(order=order)  # type: ignore[call-overload,no-any-return]


class Values:
    """Turns objects into JSON and blobs, and requests back into arguments; holds the table of handles."""

    def __init__(self, lookup: Callable[[str], Any]) -> None:
        self._lookup = lookup
        self._objects: dict[int, Any] = {}
        self._numbers: dict[int, int] = {}
        self._next = 1

    # ---- objects that stay inside -------------------------------------------------------------------

    def keep(self, value: Any) -> dict[str, Any]:
        """Put an object into the table (once) and give the JSON that stands for it."""
        number = self._numbers.get(id(value))
        if number is None:
            number, self._next = self._next, self._next + 1
            self._objects[number], self._numbers[id(value)] = value, number
        kind = type(value)
        return {"@": "handle", "id": number, "type": kind.__name__, "module": str(kind.__module__)}

    def drop(self, numbers: Iterable[int]) -> None:
        """Forget objects; unknown numbers are ignored."""
        for number in numbers:
            value = self._objects.pop(number, None)
            self._numbers.pop(id(value), None)

    # ---- out ----------------------------------------------------------------------------------------

    def encode(self, value: Any, blobs: list[bytes], depth: int = 0) -> Any:
        """Give the JSON for a value; arrays are appended to ``blobs``.

        Raises ``Refused`` for complex numbers and for what is too large.
        """
        if value is None or isinstance(value, bool | np.bool_):
            return None if value is None else bool(value)
        if isinstance(value, int | np.integer):
            return self._integer(int(value))
        if isinstance(value, float | np.floating):
            number = float(value)
            return number if _isfinite(number) else {"@": "float", "value": str(number)}
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, complex | np.complexfloating):
            raise Refused("the answer is a complex number")
        array = self._as_array(value)
        if array is not None:
            return self._array(value, array, blobs, depth)
        return self._container(value, blobs, depth)

    def _integer(self, number: int) -> Any:
        if abs(number) < 2**63:
            return number
        return float(number) if abs(number) < 2**1000 else {"@": "float", "value": "inf"}

    def _text(self, value: str) -> str:
        if len(value) > TEXT_CAP:
            raise Refused(f"the answer is a text of {len(value)} characters")
        return str.__str__(value)

    def _as_array(self, value: Any) -> np.ndarray[Any, Any] | None:
        """Array of an array-like object of NumPy, torch, pandas or SciPy; None for everything else."""
        if isinstance(value, np.ndarray):
            masked = sys.modules.get("numpy.ma")
            if masked is not None and isinstance(value, masked.MaskedArray):
                return _asarray(masked.filled(value.astype(float), np.nan))
            return _asarray(value)
        loaded = sys.modules
        torch = loaded.get("torch")
        if torch is not None and isinstance(value, torch.Tensor):
            tensor = value.detach().cpu()
            tensor = tensor.to_dense() if tensor.layout != torch.strided else tensor
            tensor = tensor.float() if tensor.dtype == torch.bfloat16 else tensor
            return _asarray(tensor.resolve_conj().resolve_neg().numpy())
        pandas = loaded.get("pandas")
        if pandas is not None and isinstance(value, pandas.DataFrame | pandas.Series | pandas.Index):
            return _asarray(value.to_numpy())
        sparse = loaded.get("scipy.sparse")
        if sparse is not None and sparse.issparse(value) and math.prod(value.shape) * 8 <= FRAME_CAP:
            return _asarray(value.toarray())
        return _asarray(value) if isinstance(value, range) and len(value) <= 10**7 else None

    def _array(self, value: Any, array: np.ndarray[Any, Any], blobs: list[bytes], depth: int) -> Any:
        kind = array.dtype.kind
        if kind == "c":
            raise Refused(f"the answer is an array of complex numbers of shape {array.shape}")
        if kind in "US" and array.size <= ITEM_CAP:
            return self.encode(array.tolist(), blobs, depth + 1)
        if kind not in "biuf":
            return self.keep(value)
        if array.dtype.itemsize > 8:
            array = array.astype(np.float64)
        if sum(map(len, blobs)) + array.nbytes > FRAME_CAP - 4096:
            raise Refused(f"the answer is an array of shape {array.shape}, which is too large to send")
        if array.ndim == 0:
            return self.encode(array.item(), blobs, depth + 1)
        array = array if array.flags.c_contiguous or array.flags.f_contiguous else _contiguous(array)
        blobs.append(pack_array(array))
        return {"@": "array", "blob": len(blobs) - 1}

    def _container(self, value: Any, blobs: list[bytes], depth: int) -> Any:
        kinds = (list, tuple, set, frozenset, dict)
        if not isinstance(value, kinds) or depth >= DEPTH_CAP:
            return self.keep(value)
        if isinstance(value, dict):
            if len(value) > ITEM_CAP:
                return self.keep(value)
            pairs = [[self._key(key), self.encode(item, blobs, depth + 1)] for key, item in value.items()]
            return {"@": "dict", "items": pairs}
        array = self._rectangular(value) if isinstance(value, list | tuple) else None
        if array is not None:
            return self._array(value, array, blobs, depth)
        if len(value) > ITEM_CAP:
            return self.keep(value)
        items = [self.encode(item, blobs, depth + 1) for item in value]
        return {"@": "tuple" if isinstance(value, tuple) else "list", "items": items}

    def _key(self, key: Any) -> Any:
        if key is None or isinstance(key, bool | str) or type(key) is int:
            return self.encode(key, [])
        return int(key) if isinstance(key, int | np.integer) else repr(key)[:MESSAGE_CAP]

    def _rectangular(self, items: Any) -> np.ndarray[Any, Any] | None:
        """One array of nested lists of numbers, or of many equally shaped arrays; else None."""
        if not len(items):
            return None
        first = items[0]
        if isinstance(first, list | tuple | bool | int | float | complex | np.generic):
            source: Any = items if _all_numbers(items, DEPTH_CAP) else None
        else:
            source = self._equal_arrays(items) if self._as_array(first) is not None else None
        if source is None:
            return None
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                array = _asarray(source)
        except (ValueError, OverflowError, TypeError):
            return None
        return array if array.dtype.kind in "biufc" else None

    def _equal_arrays(self, items: Any) -> list[np.ndarray[Any, Any]] | None:
        arrays = [self._as_array(item) for item in items]
        shapes = {None if array is None else array.shape for array in arrays}
        if len(shapes) != 1 or None in shapes:
            return None
        return arrays if len(arrays) > STACK_FROM or shapes == {()} else None  # type: ignore[return-value]

    # ---- in -----------------------------------------------------------------------------------------

    def decode(self, value: Any, blobs: list[bytes], module: Any = None, arrays: str = "numpy") -> Any:
        """Rebuild an argument; an array without a hint is what ``arrays`` says, a tensor fits ``module``."""
        if not isinstance(value, dict):
            return value
        kind = value["@"]
        if kind == "array":
            array = unpack_array(blobs[value["blob"]])
            if value.get("as", arrays) == "numpy":
                return array
            return make_tensor(array, value.get("dtype"), module)
        if kind == "float":
            return float(value["value"])
        if kind == "handle":
            if value["id"] not in self._objects:
                raise Refused(f"object number {value['id']} is not kept any more")
            return self._objects[value["id"]]
        if kind == "name":
            return self._lookup(value["name"])
        if kind == "dict":
            return {self.decode(k, blobs): self.decode(v, blobs, module, arrays) for k, v in value["items"]}
        items = [self.decode(item, blobs, module, arrays) for item in value["items"]]
        return tuple(items) if kind == "tuple" else items


def _all_numbers(items: Any, depth: int) -> bool:
    """Whether nested lists hold nothing but numbers (never None, text or objects)."""
    if depth == 0:
        return False
    for item in items:
        if isinstance(item, list | tuple):
            number = _all_numbers(item, depth - 1)
        elif isinstance(item, np.ndarray):
            number = item.dtype.kind in "biuf"
        else:
            number = isinstance(item, bool | int | float | complex | np.generic)
        if not number:
            return False
    return True


def make_tensor(array: np.ndarray[Any, Any], dtype: str | None, module: Any = None) -> Any:
    """Tensor of an array: floating input takes the given dtype, else that of the module's first parameter, else
    torch's default."""
    torch = sys.modules.get("torch")
    if torch is None:
        raise Refused("a tensor was asked for, but the hand-in does not use torch")
    tensor = torch.from_numpy(_contiguous(array))
    first = next(iter(module.parameters()), None) if is_module(module) else None
    if array.dtype.kind == "f":
        wanted = getattr(torch, dtype) if dtype else getattr(first, "dtype", torch.get_default_dtype())  # type: ignore[union-attr]
        tensor = tensor.to(wanted)
    return tensor if first is None else tensor.to(first.device)


def is_module(value: Any) -> bool:
    """Whether the value is an instance of ``torch.nn.Module`` (False while torch is not loaded)."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.nn.Module)


def parameters_of(function: Any, bound: bool = False) -> list[dict[str, Any]] | None:
    """Parameters as plain data, without ``self`` when ``bound``; None if there is no signature."""
    try:
        parameters = list(_signature(function).parameters.values())
    except (ValueError, TypeError, NameError, AttributeError):
        return None
    if bound and parameters and parameters[0].kind.name.startswith("POSITIONAL"):
        parameters = parameters[1:]
    return [_parameter(parameter) for parameter in parameters]


def _parameter(parameter: inspect.Parameter) -> dict[str, Any]:
    empty = inspect.Parameter.empty
    entry: dict[str, Any] = {"name": parameter.name, "kind": parameter.kind.name.lower(), "default": None}
    entry["required"] = parameter.default is empty and not parameter.kind.name.startswith("VAR")
    if parameter.default is not empty:
        entry["default"] = _spelt(parameter.default)
        entry["value"] = parameter.default if _travels(parameter.default) else None
    if parameter.annotation is not empty:
        entry["annotation"] = str(getattr(parameter.annotation, "__name__", parameter.annotation))[:200]
    return entry


def _spelt(value: Any) -> str:
    """A value as the team would write it, as far as its own ``__repr__`` works."""
    try:
        return repr(value)[:200]
    except Exception:
        return f"<{type(value).__name__}>"


def _travels(value: Any) -> bool:
    """Whether a default is plain data that JSON has: no infinite number, none of thousands of digits, no long text."""
    if value is None or type(value) is bool:
        return True
    if type(value) is float:
        return _isfinite(value)
    return (type(value) is int and abs(value) < 2**63) or (type(value) is str and len(value) <= TEXT_SAID)


def first_of(entries: list[dict[str, Any]], most: int) -> list[dict[str, Any]]:
    """At most so many entries: what the hand-in defines itself before numbers, and these before other values.

    A star import fills the namespace with hundreds of values that nobody asks for.
    """
    if len(entries) <= most:
        return entries

    def rank(entry: dict[str, Any]) -> int:
        if entry.get("kind") in ("class", "function", "instance", "module"):
            return 0
        return 1 if entry.get("type") in ("int", "float") else 2

    return sorted(entries, key=rank)[:most]


_LENT = ("get_ipython", "display")
"""What modules that are made here get from the notebook."""


class Describer:
    """Says in plain data what the hand-in defined."""

    def __init__(self, namespace: dict[str, Any], folder: str, made: Iterable[str] = ()) -> None:
        """``made`` are modules of definitions alone: what has a name of its own is not told again under theirs."""
        self._namespace, self._folder, self._made = namespace, os.path.realpath(folder), frozenset(made)
        self._seen: set[int] = set()
        """Classes and functions that have a name of their own."""
        self._told: set[int] = set()
        """Classes and functions that were told, under whatever name."""

    def names(self) -> list[dict[str, Any]]:
        """Entries for the hand-in's classes, functions, instances, modules and values, in order."""
        entries = []
        values = [
            (n, v) for n, v in list(self._namespace.items()) if n[:1] != "_" and n not in Agent.RESERVED
        ]
        self._seen = {id(value) for _, value in values if isinstance(value, types.FunctionType | type)}
        for name, value in values:
            entries += self._entries(name, value)
        entries += self._unbound({name for name, _ in values})
        for name, versions in self._namespace.get("__definitions__", {}).items():
            current = self._namespace.get(name)
            for index, value in enumerate(versions):
                if value is not current:
                    entries += [
                        {**entry, "shadowed": True} for entry in self._entries(f"{name}#{index}", value)
                    ]
        return first_of(entries, NAME_CAP)

    def _unbound(self, bound: set[str]) -> list[dict[str, Any]]:
        """What the hand-in's modules define and no name of the notebook leads to, as ``module.Name``.

        A module may be imported by another one only, and a class be reached through a dict. What goes by a name
        that the notebook has for something else is left out: the notebook's own counts.
        """
        entries = []
        for name, module in list(sys.modules.items()):
            file = getattr(module, "__file__", None)
            if not isinstance(file, str) or not file.startswith(self._folder + os.sep) or not self.own(name):
                continue
            for inner, value in list(vars(module).items()):
                defined = isinstance(value, types.FunctionType | type) and value.__module__ == name
                if defined and inner[:1] != "_" and inner not in bound and id(value) not in self._told:
                    entries += [{**one, "unbound": True} for one in self._entries(f"{name}.{inner}", value)]
        return entries

    def own(self, module: Any) -> bool:
        """Whether a module name belongs to the hand-in: the notebook itself, or a file of its folder."""
        if module == self._namespace.get("__name__", "__main__"):
            return True
        file = getattr(sys.modules.get(str(module)), "__file__", None)
        if not isinstance(file, str):
            return False
        path = os.path.realpath(file)
        return path.startswith(self._folder + os.sep) and "site-packages" not in path

    def _entries(self, name: str, value: Any) -> list[dict[str, Any]]:
        try:
            if isinstance(value, types.ModuleType):
                return self._module(name, value) if self.own(value.__name__) else []
            entry = self._entry(value)
        except Exception:
            return []
        self._told.add(id(value))
        return [] if entry is None else [{"name": name, **entry}, *self._members(name, value, entry)]

    def _members(self, name: str, value: Any, entry: dict[str, Any]) -> list[dict[str, Any]]:
        """The members of an enumeration as instances: ``Kernel.SE``."""
        if entry["kind"] != "class" or not issubclass(value, enum.Enum):
            return []
        more = {"kind": "instance", "type": value.__name__, "parameters": []}
        members = list(value.__members__)[:MEMBER_CAP]
        return [{"name": f"{name}.{member}", **entry, **more} for member in members]

    def _module(self, name: str, module: types.ModuleType) -> list[dict[str, Any]]:
        entries = [{"name": name, "kind": "module", "module": module.__name__, "type": "module"}]
        for inner, value in list(vars(module).items()):
            known = module.__name__ in self._made and (id(value) in self._seen or inner in _LENT)
            if not inner.startswith("_") and not isinstance(value, types.ModuleType) and not known:
                entries += self._entries(f"{name}.{inner}", value)
        return entries

    def _entry(self, value: Any) -> dict[str, Any] | None:
        if isinstance(value, Absent):
            return None
        if isinstance(value, type):
            return self._class(value) if self.own(value.__module__) else None
        plain = getattr(value, "pyfunc", getattr(value, "func", value))
        if self.own(type(value).__module__):
            return {
                **self._class(type(value)),
                "kind": "instance",
                "type": type(value).__name__,
                "parameters": [],
            }
        if callable(value) and self.own(getattr(plain, "__module__", None)):
            return {
                "kind": "function",
                "module": str(plain.__module__),
                "type": type(value).__name__,
                "parameters": parameters_of(value) or parameters_of(plain) or [],
                "doc": _first_lines(plain),
            }
        return (
            None if callable(value) and isinstance(value, types.FunctionType | type) else _value_entry(value)
        )

    def _class(self, kind: type) -> dict[str, Any]:
        own = [base for base in kind.__mro__ if self.own(base.__module__)]
        methods: dict[str, Any] = {}
        for base in reversed(own):
            for name, member in vars(base).items():
                function = getattr(member, "__func__", member)
                if (
                    callable(function)
                    and not isinstance(function, type)
                    and not _of_enumeration(name, member)
                ):
                    static = isinstance(member, staticmethod)
                    methods[name] = parameters_of(function, bound=not static) or []
        foreign = [base for base in kind.__mro__ if base not in own and base is not object]
        inherited = {n for base in foreign for n, m in vars(base).items() if callable(m) and n[0] != "_"}
        return {
            "kind": "class",
            "module": str(kind.__module__),
            "type": kind.__name__,
            "bases": [f"{base.__module__}.{base.__qualname__}" for base in kind.__mro__[1:-1]],
            "parameters": methods.get("__init__") or (parameters_of(kind) or []),
            "methods": methods,
            "inherited": sorted(inherited - set(methods)),
            "doc": _first_lines(kind),
        }


def _of_enumeration(name: str, member: Any) -> bool:
    """Whether it is a member of an enumeration, or what such a class needs for itself: ``_missing_``."""
    return isinstance(member, enum.Enum) or re.fullmatch(r"_[a-z]\w*[a-z]_", name) is not None


def _first_lines(value: Any) -> str:
    text = getattr(value, "__doc__", None)
    return text.strip()[:400] if isinstance(text, str) else ""


def _value_entry(value: Any) -> dict[str, Any]:
    kind = type(value)
    entry: dict[str, Any] = {"kind": "value", "module": str(kind.__module__), "type": kind.__name__}
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple):
        entry["shape"] = [int(side) for side in shape]
    return entry


class Agent:
    """Answers the judge's questions about one hand-in over one channel, on the main thread."""

    RESERVED: ClassVar[set[str]] = {"In", "Out", "exit", "quit", "get_ipython", "open", "display"}

    def __init__(self, channel: socket.socket, namespace: dict[str, Any] | None = None) -> None:
        """Take the channel and the namespace that holds the definitions (a fresh ``__main__`` if None)."""
        if namespace is None:
            module = types.ModuleType("__main__")
            sys.modules["__main__"], namespace = module, module.__dict__
        namespace.setdefault("__name__", "__main__")
        namespace.setdefault("__builtins__", builtins)
        self.namespace, self._channel, self._fd = namespace, channel, channel.fileno()
        self._home, self._folder = _getpid(), os.getcwd()  # noqa: PTH109
        self._values = Values(self._find)
        self._asking, self._interrupted = False, False
        self._flags, self._sink = 0, Sink()
        self._made: dict[str, types.ModuleType] = {}
        """Modules of the hand-in that were made of their definitions alone."""
        self.extra: dict[str, Callable[[dict[str, Any], list[bytes]], Any]] = {}
        """Further operations of the place the agent lives in; they answer with plain data."""

    # ---- one question -------------------------------------------------------------------------------

    def serve(self) -> None:
        """Answer questions until the judge closes the channel."""
        previous = _set_signal(signal.SIGINT, self._interrupt)
        try:
            while True:
                self.one()
        except EOFError:
            pass
        finally:
            _set_signal(signal.SIGINT, previous)

    def one(self) -> None:
        """Read one frame and write one frame; raises ``EOFError`` when the judge has closed the channel."""
        try:
            size = _unpack(">I", self._exactly(4, first=True))[0]
            header = _loads(self._exactly(size))
            blobs = [self._exactly(length) for length in header.get("blobs", ())]
        except OSError:
            _close_process(CHANNEL_CLOSED)
        try:
            reply, answer = self._answer(header, blobs)
            text = _dumps({"id": header["id"], **reply, "blobs": [len(blob) for blob in answer]}).encode()
        except BaseException:
            _close_process(OWN_FAULT)
        try:
            for part in (_pack(">I", len(text)), text, *answer):
                self._all_of(part)
        except OSError:
            _close_process(CHANNEL_CLOSED)

    def _exactly(self, size: int, first: bool = False) -> bytes:
        pieces, left = [], size
        while left:
            piece = _read(self._fd, min(left, 1 << 20))
            if not piece:
                raise EOFError
            pieces.append(piece)
            left -= len(piece)
        return b"".join(pieces)

    def _all_of(self, part: bytes) -> None:
        view = memoryview(part)
        while len(view):
            view = view[_write(self._fd, view[: 1 << 20]) :]

    def _interrupt(self, *_: Any) -> None:
        if self._asking:
            self._interrupted = True
            raise KeyboardInterrupt("the time for this question is over")

    def _answer(self, header: dict[str, Any], blobs: list[bytes]) -> tuple[dict[str, Any], list[bytes]]:
        """The reply's header and blobs, whatever the student's code does."""
        answer: list[bytes] = []
        sink = self._sink = Sink()
        self._interrupted = False
        old_streams, sys.stdout, sys.stderr = (sys.stdout, sys.stderr), sink, sink  # type: ignore[assignment]
        old_handler = _set_signal(signal.SIGINT, self._interrupt)
        try:
            try:
                self._asking = True
                value = self._operation(header["op"])(header, blobs)
                reply = {"ok": self._keep_or_encode(value, header, answer), "printed": sink.printed}
            finally:
                self._asking = False
        except BaseException as error:
            self._asking, answer = False, []
            reply = {**_failure(error), "interrupted": self._interrupted}
        if _getpid() != self._home:
            _close_process(FORKED_COPY)
        _set_signal(signal.SIGINT, old_handler)
        sys.stdout, sys.stderr = old_streams
        if sink.printed > sink.cap:
            reply, answer = {"flood": sink.printed}, []
        return reply, answer

    def _operation(self, name: str) -> Callable[[dict[str, Any], list[bytes]], Any]:
        if name in self._operations:
            return functools.partial(self._operations[name], self)
        if name not in self.extra:
            raise Refused(f"the question '{name}' is not answered here")
        return self.extra[name]

    def _keep_or_encode(self, value: Any, header: dict[str, Any], blobs: list[bytes]) -> Any:
        if header["op"] in ("names", "load") or (header["op"] in self.extra and not header.get("keep")):
            return {"@": "plain", "value": value}
        return self._values.keep(value) if header.get("keep") else self._values.encode(value, blobs)

    # ---- operations ---------------------------------------------------------------------------------

    def _ping(self, header: dict[str, Any], blobs: list[bytes]) -> str:
        return "pong"

    def _seed(self, header: dict[str, Any], blobs: list[bytes]) -> None:
        """Seed random, NumPy's global generator and torch (if loaded) with distinct streams."""
        words = np.random.SeedSequence(header["seed"]).generate_state(3)
        random.seed(int(words[0]))
        np.random.seed(int(words[1]))
        torch = sys.modules.get("torch")
        if torch is not None:
            torch.manual_seed(int(words[2]))

    def _names(self, header: dict[str, Any], blobs: list[bytes]) -> list[dict[str, Any]]:
        return Describer(self.namespace, self._folder, self._made).names()

    def _drop(self, header: dict[str, Any], blobs: list[bytes]) -> None:
        self._values.drop(header["handles"])

    def _get(self, header: dict[str, Any], blobs: list[bytes]) -> Any:
        value = self._values.decode(header["target"], blobs)
        for part in filter(None, (header.get("attribute") or "").split(".")):
            value = getattr(value, part)
        return value

    def _construct(self, header: dict[str, Any], blobs: list[bytes]) -> Any:
        header["keep"] = True
        return self._call(header, blobs)

    def _call(self, header: dict[str, Any], blobs: list[bytes]) -> Any:
        """Call an object or its method; a torch module gets tensors and, when called itself, eval mode."""
        target = self._values.decode(header["target"], blobs)
        attribute = header.get("attribute")
        function = self._get(header, blobs)
        args, kwargs = header.get("args", []), header.get("kwargs", {})
        module = target if is_module(target) else self._module_among([*args, *kwargs.values()])
        arrays = "torch" if is_module(target) else "numpy"
        arguments = [self._values.decode(value, blobs, module, arrays) for value in args]
        named = {key: self._values.decode(value, blobs, module, arrays) for key, value in kwargs.items()}
        if header.get("evaluate", is_module(target) and attribute in (None, "forward", "__call__")):
            return _evaluated(target, function, arguments, named)
        return function(*arguments, **named)

    def _module_among(self, values: list[Any]) -> Any:
        for value in values:
            if isinstance(value, dict) and value["@"] in ("handle", "name"):
                thing = self._values.decode(value, [])
                if is_module(thing):
                    return thing
        return None

    def _find(self, name: str) -> Any:
        """Object behind ``Name``, ``module.Name`` (of a module that need not have a name) or ``Name#0`` (the first,
        since shadowed, definition)."""
        name, _, version = name.partition("#")
        if version:
            return self.namespace["__definitions__"][name][int(version)]
        first, *rest = name.split(".")
        try:
            if first not in self.namespace:
                raise NameError(f"name '{first}' is not defined")
            value = self.namespace[first]
            for part in rest:
                value = getattr(value, part)
            return value
        except (NameError, AttributeError):
            module = sys.modules.get(".".join([first, *rest[:-1]]))
            if not rest or module is None or not Describer(self.namespace, self._folder).own(module.__name__):
                raise
            return getattr(module, rest[-1])

    # ---- loading definitions ------------------------------------------------------------------------

    def _load(self, header: dict[str, Any], blobs: list[bytes]) -> list[dict[str, Any]]:
        """Execute statements one by one; what fails is reported and left out."""
        self._prepare(header.get("folder", ""))
        end, outcomes = _clock() + header.get("budget", 30.0), []
        for statement in header["statements"]:
            left = end - _clock()
            whole = statement.get("kind") == "import"
            seconds = left if whole else min(left, header.get("each", left))
            outcomes.append(self._statement(statement, seconds))
        return outcomes

    def _prepare(self, folder: str) -> None:
        """Go to the hand-in's folder, make its modules importable and the notebook's own names harmless."""
        if folder:
            os.chdir(os.path.join(self._folder, folder))  # noqa: PTH118
        for place in (self._folder, os.getcwd()):  # noqa: PTH109
            if place not in sys.path:
                sys.path.insert(0, place)
        os.environ.setdefault("MPLBACKEND", "Agg")
        notebook = Notebook()
        self.namespace.setdefault("get_ipython", lambda: notebook)
        self.namespace.setdefault("display", lambda *_, **__: None)
        self.namespace.setdefault("__file__", "hand_in.py")
        self.namespace.setdefault("__definitions__", {})

    def _statement(self, statement: dict[str, Any], seconds: float) -> dict[str, Any]:
        """Execute one statement under a time limit and say what became of it."""
        names, space = statement.get("names", ()), self._space(statement)
        outcome = self._attempt(statement["source"], statement["origin"], seconds, space)
        if outcome.get("absent") and "@" in statement["source"]:
            plain = _undecorated(statement["source"])
            retried = self._attempt(plain, statement["origin"], seconds, space) if plain else outcome
            outcome = {**retried, "undecorated": True} if retried["ok"] else outcome
        self._sink.printed = 0
        if not outcome["ok"]:
            for name in names:
                space.setdefault(name, Absent(name, _reason(outcome, statement["origin"])))
        elif statement.get("kind") in ("class", "function") and space is self.namespace:
            for name in names:
                if name in self.namespace:
                    self.namespace["__definitions__"].setdefault(name, []).append(self.namespace[name])
        return outcome

    def _space(self, statement: dict[str, Any]) -> dict[str, Any]:
        """The names in which a statement is executed: the hand-in's own, or those of a module made for it."""
        name = statement.get("module")
        if not name:
            return self.namespace
        if name not in self._made:
            module = self._made[name] = sys.modules[name] = types.ModuleType(name)
            file = os.path.join(self._folder, statement.get("file", name))  # noqa: PTH118
            vars(module).update(
                __file__=file,
                get_ipython=self.namespace["get_ipython"],
                display=self.namespace["display"],
            )
        return vars(self._made[name])

    def _attempt(self, source: str, origin: str, seconds: float, space: dict[str, Any]) -> dict[str, Any]:
        place = _ORIGIN.fullmatch(origin)
        file, line = (place[1], int(place[2])) if place else (origin, 1)
        _remember_source(file, line, source)
        old_handler = _set_signal(signal.SIGALRM, _out_of_time)
        try:
            try:
                _set_timer(signal.ITIMER_REAL, max(seconds, 0.001), 0.2)
                tree = ast.increment_lineno(ast.parse(source), line - 1)
                code = _compile(tree, file, "exec", self._flags, dont_inherit=True)
                self._flags |= code.co_flags & _FUTURE_FLAGS
                _execute(code, space)
            finally:
                _set_timer(signal.ITIMER_REAL, 0)
        except BaseException as error:
            _set_timer(signal.ITIMER_REAL, 0)
            if self._interrupted or _getpid() != self._home:
                raise
            return _outcome(error, file)
        finally:
            _set_signal(signal.SIGALRM, old_handler)
        return {"ok": True}

    _operations: ClassVar[dict[str, Callable[..., Any]]] = {
        "ping": _ping,
        "seed": _seed,
        "load": _load,
        "names": _names,
        "construct": _construct,
        "call": _call,
        "get": _get,
        "drop": _drop,
    }


def _evaluated(module: Any, function: Any, arguments: list[Any], named: dict[str, Any]) -> Any:
    """Call with the module in evaluation mode and without gradients; the old mode comes back."""
    mode = module.training
    module.eval()
    try:
        with sys.modules["torch"].no_grad():
            return function(*arguments, **named)
    finally:
        module.train(mode)


def _failure(error: BaseException) -> dict[str, Any]:
    """The reply for an exception that came out of a question."""
    if isinstance(error, Refused):
        return {"refused": str(error)}
    if isinstance(error, SystemExit):
        return {"exit": _words(0 if error.code is None else error.code)}
    lines = []
    trace = error.__traceback__
    while trace is not None:
        file, line = trace.tb_frame.f_code.co_filename, trace.tb_lineno
        if file != __file__:
            text = linecache.getline(file, line).strip()[:200]
            lines.append(f"{_place(file)}, line {line}, in {trace.tb_frame.f_code.co_name}: {text}"[:400])
        trace = trace.tb_next
    return {"raise": {"kind": type(error).__name__, "message": _words(error), "lines": lines[-8:]}}


def _place(file: str) -> str:
    """A frame's file as the reader knows it: a cell, a file of the hand-in, or the end of a library's path."""
    if not file.startswith(os.sep):
        return file
    own = os.path.relpath(file) if file.startswith(os.path.realpath(".") + os.sep) else ""
    return own or "library " + "/".join(file.rsplit("/", 2)[-2:])


def _words(value: Any) -> str:
    try:
        return str(value)[:MESSAGE_CAP]
    except BaseException:
        return "(its text could not be made)"


def _outcome(error: BaseException, file: str) -> dict[str, Any]:
    """What is reported of a statement that failed."""
    line, trace = None, error.__traceback__
    while trace is not None:
        line = trace.tb_lineno if trace.tb_frame.f_code.co_filename == file else line
        trace = trace.tb_next
    message = _words(error)
    outcome = {"ok": False, "kind": type(error).__name__, "message": message, "line": line}
    if isinstance(error, ModuleNotFoundError) and error.name:
        outcome["missing"] = str(error.name).partition(".")[0]
    if isinstance(error, NameError) and "is not available here" in message:
        outcome["absent"] = True
    return outcome


def _reason(outcome: dict[str, Any], origin: str) -> str:
    if "missing" in outcome:
        return f"the package '{outcome['missing']}' is missing"
    if outcome["kind"] == "OutOfTime":
        return f"the statement at {origin} took too long"
    return f"the statement at {origin} failed with {outcome['kind']}: {outcome['message'][:200]}"


def _out_of_time(*_: Any) -> None:
    raise OutOfTime("the statement took longer than the time allowed for definitions")


def _undecorated(source: str) -> str:
    """The definition without its decorators (for one that comes from a missing package); empty if none."""
    tree = ast.parse(source)
    first = tree.body[0] if tree.body else None
    if (
        not isinstance(first, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        or not first.decorator_list
    ):
        return ""
    lines = source.split("\n")
    start = min(decorator.lineno for decorator in first.decorator_list) - 1
    return "\n" * (first.lineno - 1) + "\n".join(lines[first.lineno - 1 :]) if start < first.lineno else ""


def _remember_source(file: str, line: int, source: str) -> None:
    """Let tracebacks and ``inspect.getsource`` find the text of a statement."""
    known = linecache.cache.get(file)
    lines = list(known[2]) if known is not None and len(known) == 4 else []
    new = [text + "\n" for text in source.split("\n")]
    lines += ["\n"] * (line - 1 + len(new) - len(lines))
    lines[line - 1 : line - 1 + len(new)] = new
    linecache.cache[file] = (sum(map(len, lines)), None, lines, file)
