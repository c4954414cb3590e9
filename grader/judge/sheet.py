"""Import the course's own code for a sheet: ``<course>/reference/<sheet>/{roles,data,checks}.py``."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from grader.errors import RubricFault


def functions_of(module: ModuleType) -> dict[str, Callable[..., Any]]:
    """The public functions a module itself defines."""
    return {
        name: function
        for name, function in vars(module).items()
        if inspect.isfunction(function) and function.__module__ == module.__name__ and name[0] != "_"
    }


def import_part(folder: Path, part: str) -> ModuleType:
    """Import ``<folder>/<part>.py`` as a module of the course's ``reference`` package.

    Raises ``RubricFault`` when the file is missing or does not import.
    """
    folder = folder.resolve()
    source = folder / f"{part}.py"
    if not source.is_file():
        raise RubricFault("the sheet's reference has no such file", where=str(source))
    package = f"{folder.parent.name}.{folder.name}"
    _make_importable(folder, package)
    try:
        return importlib.import_module(f"{package}.{part}")
    except RubricFault:
        raise
    except Exception as error:
        raise RubricFault(
            "cannot be imported", where=str(source), got=f"{type(error).__name__}: {error}"
        ) from error


def _make_importable(folder: Path, package: str) -> None:
    """Let the sheet's package be found, also when another course's package of that name was loaded before."""
    loaded = sys.modules.get(package)
    if loaded is not None and folder in {Path(p).resolve() for p in getattr(loaded, "__path__", [])}:
        return
    for name in [n for n in sys.modules if n == package or n.startswith(f"{package}.")]:
        del sys.modules[name]
    course = str(folder.parent.parent)
    outer = sys.modules.get(folder.parent.name)
    if outer is not None:
        places = [p for p in outer.__path__ if p != str(folder.parent)]
        outer.__path__ = [str(folder.parent), *places]
    if course not in sys.path:
        sys.path.insert(0, course)
    importlib.invalidate_caches()
