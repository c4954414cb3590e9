"""What lives in the hand-in's namespace after every cell: models, modules, arrays and curves.

Lives in the kernel's process beside student code (standard library and NumPy only). Models and modules are
kept alive so that earlier ones can be asked later, until memory gets short; arrays are referred to weakly;
of short lists of numbers a copy is kept.
"""

from __future__ import annotations

import contextlib
import math
import os
import resource
import sys
import types
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from . import summaries

_asarray, _product = np.asarray, math.prod

ENTRIES, KEPT, UNNAMED, CURVE = 200, 400, 60, 10_000
"""Entries of a list or dict that are looked at; objects of one family that are noted; models seen in calls only
that are kept; longest list that is copied."""
NUMBERS, NAMES, HELD = 10, 2_000, 30
"""Fewest numbers of an array that is noted; most names, and attributes of one object, that are looked at."""
MEMORY_SHARE = 0.5
"""From this share of the memory limit on, models that no name holds are let go."""
UNLIMITED_BYTES = 2 << 30
_ANSWERS = ("sample", "score_samples", "predict", "predict_proba")
_BORING = (types.ModuleType, types.FunctionType, types.BuiltinFunctionType, type, str, bytes, int, float)
_SHELL = {"In", "Out", "exit", "quit", "get_ipython", "open", "display"}


class Entry:
    """One object that was seen: its description, and a way to it."""

    __slots__ = ("cell", "copy", "data", "family", "key", "name", "shape", "value", "weak")

    def __init__(self, key: int, cell: int, name: str, family: str) -> None:
        self.key, self.cell, self.name, self.family = key, cell, name, family
        self.shape: tuple[int, ...] = ()
        self.value: Any = None
        self.weak: Any = None
        self.copy: np.ndarray[Any, Any] | None = None
        self.data: dict[str, Any] = {}

    def living(self) -> Any:
        """The object, or None when it is gone."""
        if self.value is not None:
            return self.value
        return self.weak() if self.weak is not None else None


class ObjectNotes:
    """Notes what can be asked later, cell by cell."""

    def __init__(self, cell: Callable[[], int], describe: summaries.Summaries) -> None:
        self._cell, self._describe = cell, describe
        self._entries: dict[int, Entry] = {}
        self._counts: dict[str, int] = {}
        self._unnamed: dict[type, list[int]] = {}
        self._families: dict[type, str] = {}
        self._curves: dict[str, tuple[int, Any]] = {}
        self._own: dict[type, bool] = {}
        self._home = str(Path.cwd()) + os.sep

    # ---- seeing -------------------------------------------------------------------------------------

    def after_cell(self, namespace: dict[str, Any]) -> None:
        """Look through the names, and one level into lists, tuples and dicts."""
        seen: set[int] = set()
        for name, value in list(namespace.items())[-NAMES:]:
            if isinstance(value, _BORING) or name.startswith("_") or name in _SHELL:
                continue
            with contextlib.suppress(Exception):
                seen.update(self._look(name, value))
        if self._memory_is_short():
            self._let_go(seen)

    def _look(self, name: str, value: Any) -> Iterator[int]:
        yield self._note(name, value)
        if type(value) in (list, tuple):
            for index, inner in enumerate(value[:ENTRIES]):
                if isinstance(inner, bool | int | float):
                    break
                yield self._note(f"{name}[{index}]", inner)
        elif isinstance(value, dict):
            for key, inner in list(dict.items(value))[:ENTRIES]:
                if not isinstance(inner, _BORING) and isinstance(key, str | int | float):
                    yield self._note(f"{name}[{key!r}]"[:120], inner)
        elif self._is_own(type(value)):
            for attribute, inner in list(getattr(value, "__dict__", {}).items())[:HELD]:
                if self._family(inner) == "array":
                    yield self._note(f"{name}.{attribute}"[:120], inner, "held")

    def _is_own(self, kind: type) -> bool:
        """Whether the hand-in defines a class itself, in a cell or in a file of its own."""
        if kind not in self._own:
            module = sys.modules.get(kind.__module__)
            path = str(getattr(module, "__file__", "") or "")
            self._own[kind] = kind.__module__ == "__main__" or path.startswith(self._home)
        return self._own[kind]

    def _note(self, name: str, value: Any, family: str = "") -> int:
        """Note one object under a name; its key, or 0 when it is of no interest."""
        family = family or self._family(value)
        if family == "curve":
            return self._note_curve(name, value)
        if not family:
            return 0
        key = self._describe.key(value)
        entry = self._entries.get(key)
        if entry is None:
            entry = self._new(key, name, family)
            if entry is None:
                return 0
            self._refer(entry, value)
        elif entry.family == "held" and family == "array":  # it has a name of its own now
            entry.family, entry.name, entry.cell = family, name, self._cell()
        elif not entry.name:
            entry.name, entry.cell = name, self._cell()
            for keys in self._unnamed.values():
                if key in keys:
                    keys.remove(key)
        return key

    def _new(self, key: int, name: str, family: str) -> Entry | None:
        if self._counts.get(family, 0) >= KEPT:
            return None
        self._counts[family] = self._counts.get(family, 0) + 1
        entry = self._entries[key] = Entry(key, self._cell(), name, family)
        return entry

    def _refer(self, entry: Entry, value: Any) -> None:
        entry.data = {"type": _full_name(type(value))}
        if entry.family in ("array", "held"):
            entry.shape = tuple(int(side) for side in value.shape)
            entry.data["dtype"] = str(getattr(value, "dtype", ""))[:40]
        if entry.family in ("model", "module"):
            entry.value = value
        try:
            entry.weak = weakref.ref(value)
        except TypeError:
            return

    def _note_curve(self, name: str, value: Any) -> int:
        """A list of numbers is known by its name, and copied anew when it has changed."""
        key, before = self._curves.get(name, (0, None))
        now = (id(value), len(value), id(value[0]), id(value[-1]))
        if now == before:
            return key
        numbers = _numbers(value[:CURVE])
        entry = self._entries.get(key)
        if entry is None or entry.copy is None or not _continues(entry.copy, numbers):
            key = self._describe.key(numbers)
            entry = self._new(key, name, "curve")
        if entry is None:
            return 0
        self._curves[name], entry.copy, entry.shape = (key, now), numbers, (len(value),)
        entry.data = {"type": type(value).__name__, "dtype": "float64"}
        return key

    def fitted(self, value: Any, shape: Any) -> None:
        """Note a model whose ``fit`` has been called, wherever it lives."""
        if self._family(value) != "model":
            return
        key = self._describe.key(value)
        entry = self._entries.get(key)
        if entry is None:
            if self._memory_is_short():
                self._let_go(set())
            entry = self._entries[key] = Entry(key, self._cell(), "", "model")
            self._refer(entry, value)
            self._unnamed.setdefault(type(value), []).append(key)
            if sum(map(len, self._unnamed.values())) > UNNAMED:
                crowd = max(self._unnamed.values(), key=len)
                del self._entries[crowd.pop(len(crowd) // 2)]
        if isinstance(shape, tuple) and len(shape) < 5:
            entry.shape = tuple(int(side) for side in shape)

    def _family(self, value: Any) -> str:
        kind = type(value)
        if kind is list or kind is tuple:
            return "curve" if _is_curve(value) else ""
        if summaries.is_array(value):
            fits = len(value.shape) in (1, 2) and _product(value.shape) >= NUMBERS
            return "array" if fits and summaries.as_array(value) is not None else ""
        family = self._families.get(kind)
        if family is None:
            torch = sys.modules.get("torch")
            if torch is not None and isinstance(value, torch.nn.Module):
                family = "module"
            else:
                asked = any(callable(getattr(kind, name, None)) for name in _ANSWERS)
                family = "model" if asked and callable(getattr(kind, "fit", None)) else ""
            self._families[kind] = family
        if family == "module" and next(iter(value.parameters()), None) is None:
            return ""
        return family

    # ---- memory -------------------------------------------------------------------------------------

    def _memory_is_short(self) -> bool:
        limit = resource.getrlimit(resource.RLIMIT_DATA)[0]
        limit = UNLIMITED_BYTES if limit in (-1, resource.RLIM_INFINITY) else limit
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * resource.getpagesize() > MEMORY_SHARE * limit

    def _let_go(self, named: set[int]) -> None:
        """Drop models that no name holds any more; they stay reachable as long as something else holds them."""
        for entry in self._entries.values():
            if entry.key not in named and entry.value is not None:
                with contextlib.suppress(Exception):
                    self._settle(entry)
                entry.value = None

    def _settle(self, entry: Entry) -> None:
        """Bring the description of a model up to date while it is there."""
        value = entry.living()
        if value is None or entry.family not in ("model", "module"):
            return
        found = summaries.settings(value)
        if entry.family == "module":
            found["parameters"] = sum(int(one.numel()) for one in value.parameters())
        entry.data = {"type": _full_name(type(value)), "settings": found, "dtype": ""}

    # ---- answering ----------------------------------------------------------------------------------

    def known(self) -> list[dict[str, Any]]:
        """Everything noted, in the form of ``Known``; what is gone and never had a name is left out."""
        found = []
        for entry in list(self._entries.values()):
            with contextlib.suppress(Exception):
                self._settle(entry)
            described = {"type": "", "dtype": "", "settings": {}, **entry.data}
            described.update(key=entry.key, cell=entry.cell, name=entry.name, family=entry.family)
            described["shape"], described["answers"] = list(entry.shape), {}
            if entry.copy is not None:
                described["answers"] = {"values": {"npy": summaries.packed(entry.copy[:2_000])}}
            found.append(described)
        return found

    def recall(self, key: int) -> Any:
        """The object with this key; raises ``LookupError`` when it is gone."""
        entry = self._entries.get(key)
        value = entry.copy if entry is not None and entry.copy is not None else entry and entry.living()
        if value is None:
            raise LookupError("this object is not there any more")
        return value


def _full_name(kind: type) -> str:
    module, name = getattr(kind, "__module__", ""), getattr(kind, "__qualname__", "")
    return f"{module}.{name}"[:200] if isinstance(module, str) else str(name)[:200]


def _is_curve(value: Any) -> bool:
    """Whether a list holds at least three numbers and, as far as its ends show, nothing else."""
    if len(value) < 3:
        return False
    return all(_is_number(one) for one in (*value[:3], value[len(value) // 2], value[-1]))


def _is_number(value: Any) -> bool:
    if isinstance(value, int | float) or (isinstance(value, np.generic) and value.dtype.kind in "biuf"):
        return True
    return getattr(value, "shape", None) == () and summaries.as_array(value) is not None


def _numbers(values: Any) -> np.ndarray[Any, Any]:
    """A list of numbers, perhaps tensors, as an array of floats."""
    if all(isinstance(one, int | float) for one in values):
        return _asarray(values, dtype=float)
    arrays = [summaries.as_array(one) for one in values]
    return _asarray(
        [one if array is None else array for one, array in zip(values, arrays, strict=True)], dtype=float
    )


def _continues(old: np.ndarray[Any, Any], new: np.ndarray[Any, Any]) -> bool:
    """Whether a list of numbers is the earlier one, perhaps with more numbers behind it."""
    count = len(old)
    return count <= len(new) and bool(((old == new[:count]) | (old != old)).all())
