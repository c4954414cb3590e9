"""What surrounds one child: the monitor outside, init at the door, the child's own last steps into confinement.

Loaded by the fork server beside it, without the package around it (standard library only).
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import sys
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from . import filters, inside, kernel, landlock, limits, namespaces, privileges, removal

WATCH_SECONDS = 0.5
SETUP_FAULT = 70


@dataclass(frozen=True)
class Setting:
    """What all children of one fork server share: level, way in, agent, and what they may see."""

    level: int
    entry: str
    groups: dict[str, Any] | None
    agent: Any
    readonly: tuple[str, ...]
    masked: tuple[str, ...]


def tell(report: socket.socket, handle: int | None = None, **facts: Any) -> None:
    """Send ``facts`` to the judge's side, together with one descriptor if given."""
    with contextlib.suppress(OSError):
        socket.send_fds(report, [json.dumps(facts).encode()], [] if handle is None else [handle])


class Monitor:
    """Stands outside one child's confinement from its start until nothing of it is left."""

    def __init__(
        self, setting: Setting, request: dict[str, Any], channel: socket.socket, report: socket.socket
    ) -> None:
        self.setting, self.request, self.channel, self.report = setting, request, channel, report
        self.runtime, self.budget = request["runtime"], request["budget"]
        self.private = f"{self.runtime}/p"
        self.folders = (request["folder"], self.private)
        self.level = setting.level
        self.uid: int | None = None
        self.group: limits.Group | None = None
        self.keep_reading = False
        self.others = self.given_bytes = 0

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
        Path(self.private).mkdir(mode=0o700, exist_ok=True)
        self.given_bytes = limits.used_bytes(self.folders)
        if self.level >= 1 and self.setting.entry == "root":
            self.uid = privileges.spare_uid()
            for folder in self.folders:
                privileges.hand_over(folder, self.uid)
            above = [str(Path(folder).parent) for folder in self.folders]
            needed = [*above, sys.executable, sys.prefix, sys.base_prefix]
            self.keep_reading = self.level < 3 and not privileges.reachable_by_others(needed)
        if self.level >= 4:
            self.group = limits.Group(self.setting.groups or {}, f"run-{os.getppid()}-{os.getpid()}")
            self.group.create(self.budget["memory_bytes"], self.budget["processes"])
        if self.level >= 3 and self.setting.entry == "user":
            namespaces.own_user_namespace()
        elif self.level >= 3:
            namespaces.unshare(namespaces.NEW_PIDS)
        else:
            privileges.adopt_orphans()
            self.others = 0 if self.uid is not None else limits.tasks_of(os.getuid())

    def watch(self, process: int, handle: int) -> tuple[int | None, str]:
        """Wait until the child ends, is to be ended, or fills the disk: (wait status if known, why)."""
        pause = WATCH_SECONDS
        report = self.report.fileno()
        while True:
            ready = select.select([report, handle], [], [], pause)[0]
            status = reap(process) if self.level < 3 else None
            if handle in ready or status is not None:
                return status, ""
            if report in ready:
                return None, "asked"
            started = time.monotonic()
            if limits.used_bytes(self.folders) > self.disk_limit():
                return None, "disk"
            pause = max(WATCH_SECONDS, 20 * (time.monotonic() - started))

    def disk_limit(self) -> float:
        """Bytes in the private folders from which on the child is ended; level 0 has no limits."""
        return float(self.budget["disk_bytes"]) + self.given_bytes if self.level else float("inf")

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
            swept = limits.sweep(process)
            status = swept if status is None else status
        kills = self.group.kills() if self.group else 0
        self.clean()
        tell(self.report, what="gone", status=status, why=why, kills=kills)

    def clean(self) -> None:
        """Take away the control group and the private runtime folder."""
        if self.group:
            self.group.remove()
        removal.remove(self.runtime)

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
        shared = max(64 << 20, self.budget["memory_bytes"] // 4)
        hidden = self.setting.masked
        return namespaces.View(self.setting.readonly, self.folders, hidden, self.budget["disk_bytes"], shared)

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
        scratch = "/tmp" if self.level >= 3 else f"{self.private}/tmp"
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
        connection, private, output = self.request["kernel"], self.private, self.budget["output_bytes"]
        report, channel, agent = self.report, self.channel, self.setting.agent
        inside.settle(self.request, f"{self.private}/home", scratch)
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
            kernel.serve(channel, connection, agent, private, output, confine)
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
