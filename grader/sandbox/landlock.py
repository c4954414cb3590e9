"""File rights by Landlock, for machines where namespaces are forbidden (standard library only)."""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from .namespaces import DEVICES, SYSTEM_FILES, SYSTEM_FOLDERS, View, is_below
from .privileges import checked, libc, no_new_privileges

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
EXECUTE, WRITE_FILE, READ_FILE, READ_FOLDER, TRUNCATE = 1, 2, 4, 8, 1 << 14
RIGHTS_BY_VERSION = (0, 13, 14, 15, 15, 16)  # number of file rights known to interface versions 1 to 5
READ = EXECUTE | READ_FILE | READ_FOLDER
FILE_RIGHTS = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | 1 << 15
NET_BIND_AND_CONNECT, SCOPE_ABSTRACT_AND_SIGNAL = 3, 3
NETWORK_SINCE, SCOPE_SINCE = 4, 6


def version() -> int:
    """The kernel's Landlock interface version, 0 where there is none."""
    result = libc.syscall(ctypes.c_long(CREATE_RULESET), None, ctypes.c_size_t(0), ctypes.c_uint32(1))
    return max(0, int(result))


def handled_rights(interface: int) -> int:
    """All file rights that the interface version can withhold, as a bit mask."""
    return int((1 << RIGHTS_BY_VERSION[min(interface, 5)]) - 1)


def around(path: str, masked: Iterable[str]) -> Iterator[str]:
    """``path`` itself, or, where something masked lies in it, the parts of it that hold nothing masked."""
    masked = list(masked)
    if any(is_below(path, mask) for mask in masked):
        return
    if not any(is_below(mask, path) for mask in masked):
        yield path
        return
    try:
        names = sorted(os.listdir(path))  # noqa: PTH208
    except OSError:
        return
    for name in names:
        yield from around(f"{path.rstrip('/')}/{name}", masked)


def granted(view: View, interface: int) -> Iterator[tuple[str, int]]:
    """(path, rights) of everything ``view`` shows; what is masked is left out, piece by piece."""
    every = handled_rights(interface)
    listed = set(sys.path)
    for path in (*SYSTEM_FOLDERS, *SYSTEM_FILES, *view.readonly):
        inner = [mask for mask in view.masked if not is_below(path, mask)]
        for part in around(path, inner):
            yield part, READ
        if inner and any(is_below(mask, path) for mask in inner):
            yield from ((folder, READ_FOLDER) for folder in listed if is_below(folder, path))
    for name in DEVICES:
        yield f"/dev/{name}", READ_FILE | WRITE_FILE
    for path in (
        "/proc/self",
        "/proc/cpuinfo",
        "/proc/meminfo",
        "/proc/stat",
        "/proc/version",
        "/proc/sys/kernel",
    ):
        yield path, READ
    for path in (*view.writable, "/dev/shm"):
        yield path, every


def add(ruleset: int, path: str, rights: int, every: int) -> None:
    """Allow ``rights`` at and below ``path``; a path that is not there is left out."""
    try:
        handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        allowed = rights & every & (-1 if Path(path).is_dir() else FILE_RIGHTS)
        rule = struct.pack("=Qi", allowed, handle)
        arguments = (ctypes.c_int(ruleset), ctypes.c_int(1), rule, ctypes.c_uint32(0))
        checked(libc.syscall(ctypes.c_long(ADD_RULE), *arguments), f"landlock rule for {path}")
    finally:
        os.close(handle)


def restrict(view: View, *, network: bool) -> None:
    """Leave this thread and its later children only what ``view`` shows; ``network`` also withholds TCP."""
    interface = version()
    every = handled_rights(interface)
    if not every:
        raise OSError("this kernel has no Landlock")
    net = NET_BIND_AND_CONNECT if network and interface >= NETWORK_SINCE else 0
    scope = SCOPE_ABSTRACT_AND_SIGNAL if interface >= SCOPE_SINCE else 0
    size = 24 if interface >= SCOPE_SINCE else 16 if interface >= NETWORK_SINCE else 8
    attributes = struct.pack("QQQ", every, net, scope)[:size]
    arguments = (ctypes.c_long(CREATE_RULESET), attributes, ctypes.c_size_t(size), ctypes.c_uint32(0))
    ruleset = checked(libc.syscall(*arguments), "landlock ruleset")
    try:
        for path, rights in granted(view, interface):
            add(ruleset, path, rights, every)
        no_new_privileges()
        checked(
            libc.syscall(ctypes.c_long(RESTRICT_SELF), ctypes.c_int(ruleset), ctypes.c_uint32(0)), "landlock"
        )
    finally:
        os.close(ruleset)
