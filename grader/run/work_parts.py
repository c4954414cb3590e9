"""What changes in a kernel between two files that run one after the other as one work.

A script is run as if it had been started by itself: in its own folder, with its own ``__file__`` and ``sys.argv``,
with built-in names meaning what they mean, and with figures that live until they are shown. What earlier files
defined is left in place.
"""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath
from typing import Any

from grader.run.kernel import execute_silently
from grader.run.outputs import CappedClient

_ENTER = """
import builtins, os, sys
os.chdir(told["folder"])
if told["folder"] in sys.path:
    sys.path.remove(told["folder"])
sys.path.insert(0, told["folder"])
shell = get_ipython()
names = shell.user_ns
for name in [n for n in names if hasattr(builtins, n) and not n.startswith("_")]:
    if name not in ("exit", "quit", "open", "display", "get_ipython"):
        del names[name]
if told["script"]:
    names["__file__"], sys.argv, shell.ast_node_interactivity = told["file"], [told["file"]], "none"
else:
    names.pop("__file__", None)
    shell.ast_node_interactivity = "last_expr"
"""
"""Its own folder, file and arguments; built-in names mean what they mean; a script does not echo values."""
_LEAVE = """
import importlib.machinery, sys, types
module = types.ModuleType(told["modules"][0])
vars(module).update({name: value for name, value in get_ipython().user_ns.items() if not name.startswith("_")})
vars(module).update(__file__=told["file"], __name__=module.__name__)
loader = importlib.machinery.SourceFileLoader(module.__name__, told["file"])
exec(loader.source_to_code(told["definitions"].encode(), told["file"]), vars(module))
for name in told["modules"]:
    sys.modules[name] = module
"""
"""A script that others import has run: they get what it has made, its definitions with names of their own."""
_FIGURES = """
import contextlib, functools, matplotlib, matplotlib.figure, matplotlib.pyplot as pyplot
if not hasattr(pyplot, "_kept"):
    pyplot.switch_backend(matplotlib.get_backend())
    pyplot._kept = (
        *(matplotlib.use, pyplot.switch_backend, pyplot.ion, pyplot.show), matplotlib.figure.Figure.savefig
    )
use, switch, ion, show, saved = pyplot._kept
from IPython.display import display

@functools.wraps(saved)
def savefig(figure, *args, **options):
    told = saved(figure, *args, **options)
    if not getattr(figure, "_saved", False):
        figure._saved = True
        display(figure)
    return told

@functools.wraps(show)
def show_others(*args, **options):
    for number in pyplot.get_fignums():
        if getattr(pyplot.figure(number), "_saved", False):
            pyplot.close(number)
    return show(*args, **options) if pyplot.get_fignums() else None

pyplot.close("all")
if told["script"]:
    pyplot.ioff()
    matplotlib.use = pyplot.switch_backend = lambda *_, **__: None
    pyplot.ion = lambda: contextlib.nullcontext()
    pyplot.show, matplotlib.figure.Figure.savefig = show_others, savefig
else:
    matplotlib.use, pyplot.switch_backend, pyplot.ion, pyplot.show, matplotlib.figure.Figure.savefig = pyplot._kept
    matplotlib.interactive(True)
"""
"""Figures of a script live until they are shown; one that is saved is seen; there is no screen to choose."""
_LAST = """
import sys
pyplot = sys.modules.get("matplotlib.pyplot")
if pyplot is not None:
    shell = get_ipython()
    def show_rest(*_):
        shell.events.unregister("post_run_cell", show_rest)
        if pyplot.get_fignums():
            pyplot.show()
    shell.events.register("post_run_cell", show_rest)
"""
"""What was neither shown nor saved is shown at the end, as some editors do."""
_EXIT = ("", "0", "None", "False")


class Parts:
    """Follows a run from file to file; a notebook that is run as it is has no parts and is left alone."""

    def __init__(self, notebook: Any, folder: Path) -> None:
        self._folder = folder
        self._draws = bool(notebook.metadata.get("draws"))
        self._modules: dict[str, Any] = dict(notebook.metadata.get("modules") or {})
        self._last: dict[str, int] = {}
        for index, cell in enumerate(notebook.cells):
            if cell.cell_type == "code" and cell.source.strip() and part_of(cell):
                self._last[part_of(cell)] = index
        self._now = ""
        self._left: set[str] = set()

    async def before(self, client: CappedClient, index: int, cell: Any) -> bool:
        """Put everything in place for a cell; False when its script has ended itself before."""
        part = part_of(cell)
        if part in self._left:
            return False
        if part and part != self._now:
            if self._now in self._modules:
                told = {**self._told(self._now), **self._modules[self._now]}
                await execute_silently(client, _inside(_LEAVE, told))
            self._now = part
            await execute_silently(client, _inside(_ENTER, self._told(part)))
            if self._draws:
                await execute_silently(client, _inside(_FIGURES, self._told(part)))
        last = self._last.get(part) == index or "exit(" in cell.source
        if last and is_script(part) and self._draws:
            await execute_silently(client, _inside(_LAST, {}))
        return True

    def ended(self, cell: Any, reply: dict[str, Any]) -> bool:
        """Whether a script's cell ended it in order (``sys.exit()`` or ``sys.exit(0)``); its outputs do not cry then."""
        part = part_of(cell)
        if not is_script(part) or reply.get("ename") != "SystemExit" or str(reply.get("evalue")) not in _EXIT:
            return False
        self._left.add(part)
        cell.outputs = [one for one in cell.outputs if not _is_of_exit(one)]
        return True

    def _told(self, part: str) -> dict[str, Any]:
        file = self._folder / part
        return {"folder": str(file.parent), "file": str(file), "script": is_script(part)}


def forget_parts(notebook: Any) -> None:
    """Take out of a team's own notebook what only notebooks of our making say of their parts."""
    for name in ("draws", "modules"):
        notebook.metadata.pop(name, None)
    for cell in notebook.cells:
        for name in ("part", "place"):
            cell.metadata.pop(name, None)


def part_of(cell: Any) -> str:
    """The file that a cell comes from; empty for a notebook that is run as it is."""
    part = cell.metadata.get("part", "")
    return part if isinstance(part, str) else ""


def place_of(cell: Any) -> str:
    """Where a cell stands in the hand-in, such as ``task2.py, line 30``; empty where its number says that."""
    place = cell.metadata.get("place", "")
    return place[:300] if isinstance(place, str) else ""


def is_script(part: str) -> bool:
    """Whether a part is a script."""
    return PurePosixPath(part).suffix.lower() == ".py"


def _is_of_exit(output: Any) -> bool:
    if output.get("output_type") == "error":
        return bool(output.get("ename") == "SystemExit")
    return output.get("name") == "stderr" and "To exit: use" in str(output.get("text"))


def _inside(code: str, told: dict[str, Any]) -> str:
    """Code that leaves no names behind; what it is told stands in it as JSON."""
    text = json.dumps(told)
    return f"exec({code!r}, dict(told=__import__('json').loads({text!r}), get_ipython=get_ipython))"
