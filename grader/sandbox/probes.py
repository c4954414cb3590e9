"""Try each level of isolation in a throw-away process and print what worked (standard library only)."""

from __future__ import annotations

import errno
import json
import os
import platform
import signal
import socket
import sys
import tempfile
import types
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from grader.sandbox import filters, landlock, limits, namespaces, privileges
else:
    package = types.ModuleType("_sandbox")
    package.__path__ = [str(Path(__file__).resolve().parent)]
    sys.modules["_sandbox"] = package
    from _sandbox import filters, landlock, limits, namespaces, privileges

CAP_SYS_ADMIN, CAP_SETUID = 21, 7
ADVICE = {
    4: "Run inside a control group that is delegated to you: 'systemd-run --user --scope -p Delegate=yes grader ...'.",
    3: "Allow user namespaces (sysctl kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns"
    "=0, user.max_user_namespaces above 0), or in a container add --cap-add SYS_ADMIN with a seccomp profile for it.",
    2: "Use a Linux kernel from 6.12 on with Landlock switched on (boot parameter lsm=landlock,...).",
    1: "Use Linux 5.9 or newer.",
}


def attempt(action: Callable[[], None]) -> str:
    """Run ``action`` in a child of ours: an empty string when it worked, else what went wrong."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            action()
        except BaseException as error:
            os.write(writer, f"{type(error).__name__}: {error}".encode()[:2000])
            os._exit(1)
        os._exit(0)
    os.close(writer)
    with open(reader, "rb") as words:  # noqa: PTH123
        text = words.read().decode(errors="replace")
    status = os.waitpid(child, 0)[1]
    return text or ("" if status == 0 else f"the attempt ended with status {status}")


def in_second_child(action: Callable[[], None]) -> None:
    """Run ``action`` as pid 1 of the namespace just made; raises what it raised."""
    text = attempt(action)
    if text:
        raise OSError(text)


def expect_refusal(action: Callable[[], object], *numbers: int) -> None:
    """Raise unless ``action`` is refused with one of the error ``numbers``."""
    try:
        action()
    except OSError as error:
        if error.errno in numbers:
            return
        raise
    raise OSError(f"something that must be refused was allowed: {action}")


def try_limits() -> None:
    """Level 1: limits bind, and a process can be watched by descriptor."""
    os.close(os.pidfd_open(os.getpid()))
    budget = {"disk_bytes": 4096, "processes": 4, "memory_bytes": 64 << 20}
    limits.apply(budget, limits.tasks_of(os.getuid()))
    try:
        bytearray(1 << 30)
    except MemoryError:
        return
    raise OSError("a memory limit was set but did not bind")


def try_landlock(root: bool, folder: str) -> None:
    """Level 2: files outside the view cannot be read, sockets and signals cannot reach others."""
    if not root and landlock.version() < landlock.SCOPE_SINCE:
        raise OSError(f"Landlock interface {landlock.version()} cannot keep signals inside; 6 is needed")
    hidden = Path(folder) / "hidden"
    shown = Path(folder) / "shown"
    shown.mkdir(exist_ok=True)
    hidden.write_text("x")
    privileges.adopt_orphans()
    landlock.restrict(namespaces.View((), (str(shown),), (), 0, 0), network=True)
    filters.install(strict=True)
    expect_refusal(hidden.read_text, errno.EACCES)
    (shown / "written").write_text("x")
    expect_refusal(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM), errno.EACCES)


def try_namespaces(entry: str, folder: str) -> None:
    """Level 3: a private root, process tree and network can be made, and the filter refuses what it should."""
    place = Path(folder) / "root"
    place.mkdir(exist_ok=True)
    work = Path(folder) / "work"
    work.mkdir(exist_ok=True)
    uid = privileges.spare_uid() if entry == "root" else None
    if entry == "root":
        namespaces.unshare(namespaces.NEW_PIDS)
    else:
        namespaces.own_user_namespace()
    view = namespaces.View(tuple(shown_paths()), (str(work),), (), 1 << 20, 1 << 20)

    def inner() -> None:
        namespaces.enter(str(place), view, os.getuid() if uid is None else uid)
        privileges.drop(uid)
        filters.install()
        if os.getpid() != 1 or os.listdir(folder) != ["work"]:  # noqa: PTH208
            raise OSError("the private root shows what it should hide")
        expect_refusal(lambda: namespaces.unshare(namespaces.NEW_USER), errno.EPERM)
        expect_refusal(lambda: Path("/usr/probe").write_text("x"), errno.EROFS)

    in_second_child(inner)


def shown_paths() -> list[str]:
    """The system folders that exist here."""
    return [path for path in namespaces.SYSTEM_FOLDERS if os.path.exists(path)]  # noqa: PTH110


def try_groups(base: dict[str, Any]) -> None:
    """Level 4: a control group can be made, joined, binds the number of processes, and can be removed."""
    group = limits.Group(base, f"probe-{os.getpid()}")
    try:
        group.create(1 << 30, 1)
        in_second_child(lambda: exhaust(group))
    finally:
        group.remove()


def exhaust(group: limits.Group) -> None:
    """Join ``group`` and fork until refused."""
    group.join()
    children = []
    try:
        for _ in range(limits.OWN_THREADS + 1):
            child = os.fork()
            if child == 0:
                signal.pause()
                os._exit(0)
            children.append(child)
    except OSError:
        return
    finally:
        for child in children:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
    raise OSError("a process limit was set but did not bind")


def main() -> None:
    """Print the findings as JSON."""
    root = (
        os.getuid() == 0
        and privileges.has_capability(CAP_SYS_ADMIN)
        and privileges.has_capability(CAP_SETUID)
    )
    entry = "root" if root else "user"
    reasons: dict[int, str] = {}
    groups: dict[str, Any] | None = None
    with tempfile.TemporaryDirectory(prefix="k") as folder:
        reasons[3] = attempt(lambda: try_namespaces(entry, folder))
        reasons[2] = attempt(lambda: try_landlock(root, folder))
        reasons[1] = attempt(try_limits)
    if platform.machine() not in filters.MACHINES:
        reasons[3] = reasons[2] = f"no table of system calls for machine type {platform.machine()}"
    try:
        groups = limits.group_base()
        reasons[4] = reasons[3] or attempt(lambda: try_groups(groups or {}))
    except OSError as error:
        reasons[4] = str(error)
    available = [
        0,
        *(level for level in (1, 2, 3, 4) if not reasons[level] and (level != 2 or not reasons[1])),
    ]
    told = {level: f"{text.rstrip('.')}. {ADVICE[level]}" for level, text in sorted(reasons.items()) if text}
    print(json.dumps({"available": available, "entry": entry, "groups": groups, "reasons": told}))


if __name__ == "__main__":
    main()
