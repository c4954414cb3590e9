"""The fork server's program: ``python -s -P server.py CONTROL CONFIG``; it never imports the package around it.

It loads the warm libraries and the agent once and then forks one confined child per request. For each request
there are up to three processes: a *monitor* (outside the confinement, watches disk use, removes what is left),
an *init* (pid 1 of the namespaces, collects orphans, reports how the child ended) and the child itself.
"""

from __future__ import annotations

import array
import contextlib
import gc
import importlib
import importlib.util
import io
import json
import os
import signal
import socket
import sys
import traceback
import types
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from grader.sandbox import inside, limits, monitor, namespaces
else:
    package = types.ModuleType("_sandbox")
    package.__path__ = [str(Path(__file__).resolve().parent)]
    sys.modules["_sandbox"] = package
    from _sandbox import inside, limits, monitor, namespaces

MESSAGE_BYTES = 1 << 17
FORBIDDEN = "grader"


def warm_torch() -> None:
    """Build one throw-away optimiser: the first one imports hundreds of modules."""
    import torch

    torch.optim.Adam([torch.nn.Parameter(torch.zeros(1))])


def warm_plots() -> None:
    """Draw one throw-away figure: the first one loads writers of images; the font files it opened are let go."""
    from matplotlib import font_manager
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure()
    axes = figure.add_subplot(title="x")
    axes.plot([0, 1], label="x")
    axes.legend()
    FigureCanvasAgg(figure).print_png(io.BytesIO())
    with contextlib.suppress(AttributeError):
        font_manager._get_font.cache_clear()  # type: ignore[attr-defined]


def warm_kernel() -> None:
    """Import what a kernel needs, but never the inline backend: its hook must run when there is a shell."""
    for name in (
        "ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.debugger", "IPython", "IPython.core.debugger",
        "IPython.core.completerlib", "IPython.core.logger", "IPython.core.oinspect", "IPython.core.pylabtools",
        "IPython.extensions.storemagic", "tornado.ioloop", "tornado.platform.asyncio",
    ):  # fmt: skip
        with contextlib.suppress(ImportError):
            importlib.import_module(name)


WARM = {"torch": warm_torch, "ipykernel": warm_kernel, "matplotlib.pyplot": warm_plots}


def preload(names: list[str]) -> list[str]:
    """Import ``names`` in order; return those that are not installed."""
    missing = []
    os.environ["MPLBACKEND"] = inside.INLINE_BACKEND
    for name in ["numpy", "numpy.random", *names]:
        try:
            importlib.import_module(name)
            WARM.get(name, lambda: None)()
        except ImportError:
            missing.append(name)
    return missing


def load_agent(file: str) -> Any:
    """The class ``Agent`` of the agent's file, loaded without the package it lies in."""
    spec = importlib.util.spec_from_file_location("_agent", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["_agent"] = module
    spec.loader.exec_module(module)
    return module.Agent


def drop_editable_finders() -> None:
    """Take out import hooks of editable installs; their mappings name source folders."""
    for hooks in (sys.meta_path, sys.path_hooks):
        for hook in list(hooks):
            name = getattr(hook, "__module__", "") or ""
            if name.startswith("__editable__"):
                hooks.remove(hook)  # type: ignore[arg-type]
    sys.path[:] = [place for place in sys.path if "__editable__" not in place]
    for name in [name for name in sys.modules if name.startswith("__editable__")]:
        del sys.modules[name]


def audit(control: int) -> str:
    """What of ours stands in this process and must not: an empty string when all is well."""
    modules = [name for name in sys.modules if name.split(".")[0] == FORBIDDEN]
    finders = [hook for hook in sys.meta_path if "__editable__" in (getattr(hook, "__module__", "") or "")]
    handles = set(map(int, os.listdir("/proc/self/fd")))  # noqa: PTH208
    handles = {handle for handle in handles if Path(f"/proc/self/fd/{handle}").is_symlink()}
    handles -= {0, 1, 2, control}
    threads = len(os.listdir("/proc/self/task"))  # noqa: PTH208
    found = [f"modules {modules}"] * bool(modules) + [f"import hooks {finders}"] * bool(finders)
    found += [f"descriptors {handles}"] * bool(handles) + [f"{threads} threads"] * (threads != 1)
    return ", ".join(found)


def visible(config: dict[str, Any]) -> tuple[list[str], list[str]]:
    """(readonly, masked) paths of the view: interpreter, libraries and what was asked for; prunes sys.path."""
    masked = sorted({path for given in config["masked"] for path in (given, os.path.realpath(given))})
    shown = [sys.executable, os.path.realpath(sys.executable)]
    for prefix in {sys.prefix, sys.base_prefix, sys.exec_prefix}:
        swallows = any(namespaces.is_below(mask, prefix) and not is_library(mask, prefix) for mask in masked)
        parts = (
            ("bin", "lib", "lib64", "include", "share", "pyvenv.cfg")
            if swallows and prefix != "/usr"
            else ("",)
        )
        shown += [str(Path(prefix) / part) for part in parts]
    shown += config["readonly"]
    roots = [os.path.realpath(path) for path in shown]
    for path in list(sys.path):
        inside_roots = any(namespaces.is_below(os.path.realpath(path), root) for root in roots)
        hidden = any(namespaces.is_below(os.path.realpath(path), mask) for mask in masked)
        if hidden and not inside_roots:
            sys.path.remove(path)
        elif not inside_roots:
            shown.append(path)
    shown += [*namespaces.SYSTEM_FOLDERS, *namespaces.SYSTEM_FILES]
    both = {path for given in shown for path in (given, os.path.realpath(given))}
    return sorted(path for path in both if os.path.exists(path) and path not in masked), masked  # noqa: PTH110


def is_library(path: str, prefix: str) -> bool:
    """True where ``path`` lies among the installed packages of ``prefix``."""
    return namespaces.is_below(path, f"{prefix}/lib") or namespaces.is_below(path, f"{prefix}/lib64")


class Server:
    """The warm process: one request in, one confined child out."""

    def __init__(self, control: socket.socket, config: dict[str, Any]) -> None:
        self.control = control
        self.missing = preload(config["preload"])
        agent = load_agent(config["agent"])
        drop_editable_finders()
        readonly, masked = map(tuple, visible(config))
        level, entry, groups = config["level"], config["entry"], config["groups"]
        self.setting = monitor.Setting(level, entry, groups, agent, readonly, masked)
        self.tidy()
        inside.scrub_arguments()
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        gc.collect()
        gc.disable()
        gc.freeze()

    def tidy(self) -> None:
        """Remove what killed monitors left behind."""
        if self.setting.groups:
            limits.forget_stale_groups(self.setting.groups)

    def serve(self) -> None:
        """Answer requests until the other end hangs up."""
        trouble = audit(self.control.fileno())
        self.control.send(
            json.dumps({"fault": trouble, "missing": self.missing, "modules": len(sys.modules)}).encode()
        )
        while True:
            message, handles = receive(self.control, 2)
            if not message:
                return
            request = json.loads(message)
            threads = len(os.listdir("/proc/self/task"))  # noqa: PTH208
            if threads != 1:
                report = socket.socket(fileno=handles.pop())
                monitor.tell(
                    report, failed=f"the fork server has {threads} threads; it must be started again"
                )
                report.close()
            elif os.fork() == 0:
                self.control.close()
                channel, report = (socket.socket(fileno=handle) for handle in handles)
                monitor.Monitor(self.setting, request, channel, report).run()
            for handle in handles:
                os.close(handle)


def receive(control: socket.socket, count: int) -> tuple[bytes, list[int]]:
    """One message with up to ``count`` descriptors, which are closed on exec at once."""
    size = array.array("i").itemsize * count
    message, extra, _, _ = control.recvmsg(MESSAGE_BYTES, socket.CMSG_SPACE(size))
    handles = array.array("i")
    for level, kind, data in extra:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            handles.frombytes(data[: len(data) - len(data) % handles.itemsize])
    for handle in handles:
        os.set_inheritable(handle, False)
    return message, list(handles)


def main() -> None:
    """Start from the two arguments, then serve."""
    control = socket.socket(fileno=int(sys.argv[1]))
    control.set_inheritable(False)
    config = json.loads(sys.argv[2])
    try:
        server = Server(control, config)
    except BaseException:
        monitor.tell(control, fault=traceback.format_exc(limit=-4))
        return
    server.serve()
    server.tidy()
    os._exit(0)  # finalising warm libraries takes a second and serves nobody


if __name__ == "__main__":
    main()
