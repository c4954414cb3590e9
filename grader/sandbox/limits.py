"""Bounds on memory, processes, files and disk: rlimits, control groups, the final sweep (standard library only)."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

OWN_THREADS = 16  # init, the interpreter and the kernel's helper threads, which the budget does not count
HEADROOM = 0.9  # one greedy process meets MemoryError before the group's limit kills it
OPEN_FILES = 1024
SWEEP_SECONDS = 10.0
BLOCK = 4096
UNCOUNTABLE = 1 << 60


def inherited_bytes() -> int:
    """Private data this process already holds, in bytes (what RLIMIT_DATA counts)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmData:"):
            return int(line.split()[1]) * 1024
    return 0


def tasks_of(uid: int) -> int:
    """Number of threads that run under ``uid`` on the whole machine."""
    count = 0
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):
                count += len(os.listdir(folder / "task")) if folder.stat().st_uid == uid else 0  # noqa: PTH208
    return count


def lower(kind: int, value: int) -> None:
    """Set one limit, never above the hard limit we already have."""
    hard = resource.getrlimit(kind)[1]
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (value, value))


def apply(budget: Mapping[str, Any], others: int) -> None:
    """Bind this process and its children by ``budget``; ``others`` threads of the same user run already."""
    lower(resource.RLIMIT_CORE, 0)
    lower(resource.RLIMIT_NOFILE, OPEN_FILES)
    lower(resource.RLIMIT_FSIZE, int(budget["disk_bytes"]))
    lower(resource.RLIMIT_MEMLOCK, 1 << 20)
    lower(resource.RLIMIT_MSGQUEUE, 1 << 16)
    lower(resource.RLIMIT_NPROC, int(budget["processes"]) + OWN_THREADS + others)
    lower(resource.RLIMIT_DATA, inherited_bytes() + int(budget["memory_bytes"] * HEADROOM))


class Group:
    """One control group per child, version 1 (two folders) or version 2 (one folder)."""

    def __init__(self, base: Mapping[str, Any], name: str) -> None:
        self.version = int(base["version"])
        folders = {key: Path(value) / name for key, value in base.items() if key in ("memory", "pids")}
        self.memory, self.pids = folders["memory"], folders["pids"]

    def create(self, memory_bytes: int, processes: int) -> None:
        """Make the group and set its limits; raises OSError where we may not."""
        for folder in {self.memory, self.pids}:
            folder.mkdir()
        limit = "memory.limit_in_bytes" if self.version == 1 else "memory.max"
        (self.memory / limit).write_text(str(memory_bytes))
        swap = "memory.memsw.limit_in_bytes" if self.version == 1 else "memory.swap.max"
        with contextlib.suppress(OSError):
            (self.memory / swap).write_text(str(memory_bytes) if self.version == 1 else "0")
        (self.pids / "pids.max").write_text(str(processes + OWN_THREADS))

    def join(self) -> None:
        """Move this process into the group."""
        for folder in {self.memory, self.pids}:
            (folder / "cgroup.procs").write_text("0")

    def kills(self) -> int:
        """How many processes of the group the kernel killed for memory."""
        name = "memory.oom_control" if self.version == 1 else "memory.events"
        with contextlib.suppress(OSError):
            for line in (self.memory / name).read_text().splitlines():
                if line.startswith("oom_kill "):
                    return int(line.split()[1])
        return 0

    def members(self) -> list[int]:
        """Process ids that are still in the group, as we see them."""
        found: set[int] = set()
        for folder in {self.memory, self.pids}:
            with contextlib.suppress(OSError):
                found.update(map(int, (folder / "cgroup.procs").read_text().split()))
        return sorted(found)

    def remove(self) -> None:
        """Take the group away once it is empty; a moment is allowed for the last ones to go."""
        deadline = time.monotonic() + 2
        for folder in {self.memory, self.pids}:
            while folder.exists():
                try:
                    folder.rmdir()
                except OSError:
                    if time.monotonic() > deadline:
                        return
                    time.sleep(0.002)


def forget_stale_groups(base: Mapping[str, Any]) -> None:
    """Remove empty groups of fork servers that are gone, or of this one; a killed monitor could not do it."""
    for folder in {Path(base["memory"]), Path(base["pids"])}:
        for group in folder.glob("run-*-*"):
            owner = group.name.split("-")[1]
            if owner == str(os.getpid()) or not (Path("/proc") / owner).exists():
                with contextlib.suppress(OSError):
                    group.rmdir()


def own_groups(text: str, mounts: str) -> Iterator[tuple[str, Path]]:
    """(controller, folder) of our own groups from /proc/self/cgroup and /proc/self/mountinfo; "" is version 2."""
    places: dict[str, tuple[str, str]] = {}
    for line in mounts.splitlines():
        left, _, right = line.partition(" - ")
        fields, kind = left.split(), right.split()
        if kind[0] == "cgroup2":
            places.setdefault("", (fields[3], fields[4]))
        elif kind[0] == "cgroup":
            for option in kind[2].split(","):
                places.setdefault(option, (fields[3], fields[4]))
    for line in text.splitlines():
        _, controllers, path = line.split(":", 2)
        for controller in controllers.split(","):
            if controller in places:
                root, folder = places[controller]
                inner = path[len(root) :] if root != "/" and path.startswith(root) else path
                yield controller, Path(folder) / inner.lstrip("/")


def group_base() -> dict[str, Any]:
    """Where groups for children can be made, or OSError saying why not."""
    mounts = Path("/proc/self/mountinfo").read_text()
    found = dict(own_groups(Path("/proc/self/cgroup").read_text(), mounts))
    if "memory" in found and "pids" in found:
        for folder in (found["memory"], found["pids"]):
            if not os.access(folder, os.W_OK):
                raise OSError(f"control group {folder} is not writable")
        return {"version": 1, "memory": str(found["memory"]), "pids": str(found["pids"])}
    if "" not in found:
        raise OSError("no control groups with memory and process limits are mounted")
    return delegated_base(found[""])


def delegated_base(folder: Path) -> dict[str, Any]:
    """A version 2 group whose children can have memory and process limits; we may have to move ourselves down."""
    if folder.name == "judge" and os.access(folder.parent / "cgroup.subtree_control", os.W_OK):
        folder = folder.parent
    control = folder / "cgroup.subtree_control"
    if not os.access(folder, os.W_OK) or not os.access(control, os.W_OK):
        raise OSError(f"control group {folder} is not delegated to us")
    if not {"memory", "pids"} <= set((folder / "cgroup.controllers").read_text().split()):
        raise OSError(f"control group {folder} has no memory and pids controllers")
    if not {"memory", "pids"} <= set(control.read_text().split()):
        members = (folder / "cgroup.procs").read_text().split()
        if set(members) - {str(os.getpid()), str(os.getppid())}:
            raise OSError(f"control group {folder} also holds processes that are not ours")
        leaf = folder / "judge"
        leaf.mkdir(exist_ok=True)
        for member in members:
            (leaf / "cgroup.procs").write_text(member)
        control.write_text("+memory +pids")
    return {"version": 2, "memory": str(folder), "pids": str(folder)}


def descendants(process: int) -> Iterator[int]:
    """All living descendants of ``process``, parents first."""
    with contextlib.suppress(OSError):
        for task in (Path("/proc") / str(process) / "task").iterdir():
            for child in map(int, (task / "children").read_text().split()):
                yield child
                yield from descendants(child)


def sweep(main: int) -> int | None:
    """Kill every descendant of this subreaper until none is left; return the wait status of ``main`` if it came.

    Children first lose the right to fork, so that a bomb cannot outrun us.
    """
    status = None
    deadline = time.monotonic() + SWEEP_SECONDS
    while time.monotonic() < deadline:
        for child in list(descendants(os.getpid())):
            with contextlib.suppress(OSError, ValueError):
                resource.prlimit(child, resource.RLIMIT_NPROC, (0, 0))
            with contextlib.suppress(OSError):
                os.kill(child, signal.SIGKILL)
        try:
            while True:
                child, code = os.waitpid(-1, os.WNOHANG)
                if child == 0:
                    break
                status = code if child == main else status
        except ChildProcessError:
            return status
        time.sleep(0.002)
    return status


def used_bytes(folders: Iterable[str]) -> int:
    """Disk space that the files in ``folders`` take, in bytes, links not followed.

    Every entry counts as one block at least, so that names are bounded too; what lies too deep or too hidden to
    be counted counts as more than any budget.
    """
    total, waiting = 0, list(folders)
    while waiting:
        try:
            with os.scandir(waiting.pop()) as listing:
                for entry in listing:
                    with contextlib.suppress(FileNotFoundError):
                        if entry.is_dir(follow_symlinks=False):
                            waiting.append(entry.path)
                        taken = entry.stat(follow_symlinks=False).st_blocks * 512
                        total += max(taken, BLOCK)
        except FileNotFoundError:
            continue
        except OSError:
            return UNCOUNTABLE
    return total
