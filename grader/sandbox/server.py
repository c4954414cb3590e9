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
import json
import os
import select
import shutil
import signal
import socket
import sys
import time
import traceback
import types
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from grader.sandbox import filters, inside, kernel, landlock, limits, namespaces, privileges
else:
    package = types.ModuleType("_sandbox")
    package.__path__ = [str(Path(__file__).resolve().parent)]
    sys.modules["_sandbox"] = package
    from _sandbox import filters, inside, kernel, landlock, limits, namespaces, privileges

MESSAGE_BYTES = 1 << 17
WATCH_SECONDS = 0.5
SETUP_FAULT, COPY_FAULT = 70, 71
FORBIDDEN = "grader"


def warm_torch() -> None:
    """Build one throw-away optimiser: the first one imports hundreds of modules."""
    import torch

    torch.optim.Adam([torch.nn.Parameter(torch.zeros(1))])


def warm_kernel() -> None:
    """Import what a kernel needs, but never the inline backend: its hook must run when there is a shell."""
    for name in ("ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.debugger", "IPython", "tornado.ioloop"):
        with contextlib.suppress(ImportError):
            importlib.import_module(name)


WARM = {"torch": warm_torch, "ipykernel": warm_kernel}


def preload(names: list[str]) -> list[str]:
    """Import ``names`` in order; return those that are not installed."""
    missing = []
    os.environ["MPLBACKEND"] = inside.INLINE_BACKEND
    for name in ["numpy", *names]:
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
                sys.modules.pop(name, None)


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
        parts = ("bin", "lib", "lib64", "include", "share", "pyvenv.cfg") if swallows and prefix != "/usr" else ("",)
        shown += [str(Path(prefix) / part) for part in parts]
    roots = [os.path.realpath(path) for path in shown]
    for path in list(sys.path):
        inside_roots = any(namespaces.is_below(os.path.realpath(path), root) for root in roots)
        hidden = any(namespaces.is_below(os.path.realpath(path), mask) for mask in masked)
        if hidden and not inside_roots:
            sys.path.remove(path)
        elif not inside_roots:
            shown.append(path)
    shown += [*config["readonly"], *namespaces.SYSTEM_FOLDERS, *namespaces.SYSTEM_FILES]
    both = {path for given in shown for path in (given, os.path.realpath(given))}
    return sorted(path for path in both if os.path.exists(path) and path not in masked), masked  # noqa: PTH110


def is_library(path: str, prefix: str) -> bool:
    """True where ``path`` lies among the installed packages of ``prefix``."""
    return namespaces.is_below(path, f"{prefix}/lib") or namespaces.is_below(path, f"{prefix}/lib64")


class Server:
    """The warm process: one request in, one confined child out."""

    def __init__(self, control: socket.socket, config: dict[str, Any]) -> None:
        self.control, self.config = control, config
        self.level, self.entry, self.groups = config["level"], config["entry"], config["groups"]
        self.served = 0
        self.missing = preload(config["preload"])
        self.agent = load_agent(config["agent"])
        drop_editable_finders()
        self.readonly, self.masked = visible(config)
        inside.scrub_arguments()
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        gc.collect()
        gc.disable()
        gc.freeze()

    def serve(self) -> None:
        """Answer requests until the other end hangs up."""
        trouble = audit(self.control.fileno())
        self.control.send(json.dumps({"fault": trouble, "missing": self.missing, "modules": len(sys.modules)}).encode())
        while True:
            message, handles = receive(self.control, 2)
            if not message:
                return
            request = json.loads(message)
            self.served += 1
            threads = len(os.listdir("/proc/self/task"))  # noqa: PTH208
            if threads != 1:
                report = socket.socket(fileno=handles.pop())
                tell(report, failed=f"the fork server has {threads} threads; it must be started again")
                report.close()
            elif os.fork() == 0:
                self.control.close()
                channel, report = (socket.socket(fileno=handle) for handle in handles)
                Monitor(self, request, channel, report).run()
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


def tell(report: socket.socket, handle: int | None = None, **facts: Any) -> None:
    """Send ``facts`` to the judge's side, together with one descriptor if given."""
    with contextlib.suppress(OSError):
        socket.send_fds(report, [json.dumps(facts).encode()], [] if handle is None else [handle])


class Monitor:
    """Stands outside one child's confinement from its start until nothing of it is left."""

    def __init__(
        self, server: Server, request: dict[str, Any], channel: socket.socket, report: socket.socket
    ) -> None:
        self.server, self.request, self.channel, self.report = server, request, channel, report
        self.runtime, self.budget = request["runtime"], request["budget"]
        self.level = server.level
        self.uid: int | None = None
        self.group: limits.Group | None = None
        self.keep_reading = False
        self.others = 0

    def run(self) -> NoReturn:
        """Prepare, fork, watch, clean up, report, end."""
        try:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.setsid()
            self.prepare()
            process = os.fork()
            if process == 0:
                self.inner()
            handle = os.pidfd_open(process)
            self.channel.close()
            if self.level >= 3:
                tell(self.report, handle, what="init")
            else:
                tell(self.report, os.pidfd_open(os.getpid()), what="init")
                tell(self.report, handle, what="child")
            self.end(process, self.watch(process, handle))
        except BaseException:
            tell(self.report, failed=traceback.format_exc(limit=-4))
            self.clean()
        os._exit(0)

    def prepare(self) -> None:
        """What needs the rights or the view of the outside."""
        folders = [self.request["folder"], self.runtime]
        if self.level >= 1 and self.server.entry == "root":
            self.uid = self.request.get("uid") or privileges.spare_uid()
            for folder in folders:
                privileges.hand_over(folder, self.uid)
            needed = [*folders, sys.executable, sys.prefix, sys.base_prefix]
            self.keep_reading = self.level < 3 and not privileges.reachable_by_others(needed)
        if self.level >= 4:
            self.group = limits.Group(self.server.groups, f"run-{os.getpid()}-{self.server.served}")
            self.group.create(self.budget["memory_bytes"], self.budget["processes"])
        if self.level >= 3 and self.server.entry == "user":
            namespaces.own_user_namespace()
        elif self.level >= 3:
            namespaces.unshare(namespaces.NEW_PIDS)
        else:
            privileges.adopt_orphans()
            self.others = 0 if self.uid is not None else limits.tasks_of(os.getuid())

    def watch(self, process: int, handle: int) -> tuple[int | None, str]:
        """Wait until the child ends, is to be ended, or fills the disk: (wait status if known, why)."""
        pause = WATCH_SECONDS
        while True:
            ready = select.select([self.report, handle], [], [], pause)[0]
            status = reap(process) if self.level < 3 else None
            if handle in ready or status is not None:
                return status, ""
            if self.report in ready:
                return None, "asked"
            started = time.monotonic()
            if limits.used_bytes([self.request["folder"], self.runtime]) > self.disk_limit():
                return None, "disk"
            pause = max(WATCH_SECONDS, 20 * (time.monotonic() - started))

    def disk_limit(self) -> float:
        """Bytes in the private folders from which on the child is ended; level 0 has no limits."""
        return float(self.budget["disk_bytes"]) + self.request["given_bytes"] if self.level else float("inf")

    def end(self, process: int, seen: tuple[int | None, str]) -> None:
        """Kill what is left, wait for it to be gone, clean up and report."""
        status, why = seen
        if self.level >= 3:
            with contextlib.suppress(OSError):
                os.kill(process, signal.SIGKILL)
            status = os.waitpid(process, 0)[1]
        else:
            if status is None and not why:
                status = os.waitpid(process, 0)[1]
            left = limits.sweep()
            status = left if status is None else status
        kills = self.group.kills() if self.group else 0
        self.clean()
        tell(self.report, what="gone", status=status, why=why, kills=kills)

    def clean(self) -> None:
        """Take away the control group and the private runtime folder."""
        if self.group:
            self.group.remove()
        shutil.rmtree(self.runtime, ignore_errors=True)

    def inner(self) -> NoReturn:
        """Inside: as init at the levels with namespaces, as the child itself below."""
        try:
            privileges.die_with_parent()
            if self.level >= 3:
                self.become_init()
            self.become_child()
        except BaseException:
            tell(self.report, failed=traceback.format_exc(limit=-4))
        os._exit(SETUP_FAULT)

    def view(self) -> namespaces.View:
        """What the child may see."""
        writable = (self.request["folder"], self.runtime)
        shared = max(64 << 20, self.budget["memory_bytes"] // 4)
        hidden = tuple(self.server.masked)
        return namespaces.View(tuple(self.server.readonly), writable, hidden, self.budget["disk_bytes"], shared)

    def become_init(self) -> None:
        """Build the namespaces, give up all rights, fork the child, collect orphans until the child is gone."""
        if self.group:
            self.group.join()
        place = Path(self.runtime) / "root"
        place.mkdir()
        namespaces.enter(str(place), self.view(), os.getuid() if self.uid is None else self.uid)
        privileges.drop(self.uid)
        privileges.die_with_parent()
        privileges.set_dumpable(False)
        child = os.fork()
        if child == 0:
            return
        tell(self.report, os.pidfd_open(child), what="child")
        self.channel.close()
        inside.replace_standard_streams()
        inside.close_others({self.report.fileno()})
        while True:
            process, status = os.wait()
            if process == child:
                tell(self.report, what="ended", status=status)
                os._exit(0)

    def become_child(self) -> None:
        """Confine this process fully, put it in order, and hand over to the agent."""
        scratch = "/tmp" if self.level >= 3 else f"{self.runtime}/tmp"
        os.setsid()
        if self.level in (1, 2):
            privileges.drop(self.uid, keep_reading=self.keep_reading)
            privileges.die_with_parent()
        elif self.level >= 3:
            privileges.drop(None)
        privileges.set_dumpable(True)
        with contextlib.suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text("900")
        confine = self.confine()
        connection, runtime, output = self.request["kernel"], self.runtime, self.budget["output_bytes"]
        report, channel, agent = self.report, self.channel, self.server.agent
        inside.settle(self.request, f"{self.runtime}/home", scratch)
        inside.close_others({channel.fileno(), report.fileno()})
        if self.level >= 1:
            limits.apply(self.budget, self.others)
        if connection is None:
            confine()
        tell(report, what="ready")
        report.close()
        if connection is None:
            agent(channel, inside.fresh_main()).serve()
        else:
            inside.fresh_main()
            kernel.serve(channel, connection, agent, runtime, output, confine)
        sys.stdout.flush()
        os._exit(0)

    def confine(self) -> Any:
        """The last step of confinement as a function, to be called when all sockets of ours are bound."""
        if self.level == 2:
            landlock.restrict(self.view(), network=self.request["kernel"] is None)
            return lambda: filters.install(strict=True)
        if self.level >= 3:
            filters.install()
        return lambda: None


def reap(process: int) -> int | None:
    """Collect ended orphans; the wait status of ``process`` if it was among them."""
    status = None
    with contextlib.suppress(ChildProcessError):
        while True:
            ended, code = os.waitpid(-1, os.WNOHANG)
            if ended == 0:
                break
            status = code if ended == process else status
    return status


def main() -> None:
    """Start from the two arguments, then serve."""
    control = socket.socket(fileno=int(sys.argv[1]))
    control.set_inheritable(False)
    config = json.loads(sys.argv[2])
    try:
        server = Server(control, config)
    except BaseException:
        tell(control, fault=traceback.format_exc(limit=-4))
        return
    server.serve()


if __name__ == "__main__":
    main()
