"""A private view of the file system, processes and network by Linux namespaces (standard library only)."""

from __future__ import annotations

import ctypes
import fcntl
import os
import platform
import socket
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .privileges import checked, libc

NEW_MOUNTS, NEW_CGROUP, NEW_HOST_NAME = 0x00020000, 0x02000000, 0x04000000
NEW_IPC, NEW_USER, NEW_PIDS, NEW_NETWORK = 0x08000000, 0x10000000, 0x20000000, 0x40000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = (
    1, 2, 4, 8, 32, 4096, 16384, 1 << 18,
)  # fmt: skip
MNT_DETACH = 2
AT_FDCWD, AT_RECURSIVE = -100, 0x8000
ATTR_RDONLY, ATTR_NOSUID, ATTR_NODEV = 1, 2, 4
SYS_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}.get(platform.machine(), -1)
SYS_MOUNT_SETATTR = 442
SYSTEM_FOLDERS = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
SYSTEM_FILES = (
    "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives", "/etc/fonts", "/etc/ssl/certs",
    "/etc/localtime", "/etc/timezone", "/etc/mime.types", "/etc/matplotlibrc", "/sys/devices/system/cpu",
)  # fmt: skip
DEVICES = ("null", "zero", "full", "random", "urandom")


@dataclass(frozen=True)
class View:
    """What is visible inside: ``readonly`` and ``writable`` paths, ``masked`` ones hidden, the deepest entry wins."""

    readonly: tuple[str, ...]
    writable: tuple[str, ...]
    masked: tuple[str, ...]
    scratch_bytes: int
    shared_memory_bytes: int


def unshare(flags: int) -> None:
    """Leave the namespaces named by ``flags``; raises OSError where the machine forbids it."""
    checked(libc.unshare(ctypes.c_int(flags)), f"unshare({flags:#x})")


def own_user_namespace() -> None:
    """Enter a user namespace that maps only ourselves, together with a process namespace for the next child."""
    uid, gid = os.getuid(), os.getgid()
    unshare(NEW_USER | NEW_PIDS)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")


def mount(source: str, target: str, kind: str | None, flags: int, options: str = "") -> None:
    """Call mount(2); raises OSError naming the target."""
    encoded_kind = None if kind is None else kind.encode()
    result = libc.mount(
        source.encode(), target.encode(), encoded_kind, ctypes.c_ulong(flags), options.encode()
    )
    checked(result, f"mount {target}")


def restrict(target: str, attributes: int, *, recursive: bool = True) -> None:
    """Add mount ``attributes`` to ``target``, below it too, without touching flags that are locked."""
    request = struct.pack("QQQQ", attributes, 0, 0, 0)
    flags = AT_RECURSIVE if recursive else 0
    what = f"make {target} read-only"
    arguments = (
        ctypes.c_int(AT_FDCWD),
        target.encode(),
        ctypes.c_uint(flags),
        request,
        ctypes.c_size_t(len(request)),
    )
    checked(libc.syscall(ctypes.c_long(SYS_MOUNT_SETATTR), *arguments), what)


def loopback_up() -> None:
    """Switch on the loopback interface of a fresh network namespace."""
    up_and_running = 0x1 | 0x40
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
        fcntl.ioctl(handle, 0x8914, struct.pack("16sh22x", b"lo", up_and_running))


def depth(path: str) -> int:
    """Number of folders above ``path``."""
    return 0 if path == "/" else path.count("/")


def is_below(path: str, folder: str) -> bool:
    """True where ``path`` is ``folder`` or lies in it."""
    return path == folder or folder == "/" or path.startswith(folder + "/")


def needed_binds(readonly: Iterable[str], masked: Sequence[str]) -> list[str]:
    """Of ``readonly``, the paths that no shallower one already shows, shallow ones first."""
    kept: list[str] = []
    for path in sorted(set(readonly), key=lambda path: (depth(path), path)):
        above = [folder for folder in kept if is_below(path, folder)]
        nearest = max(above, key=depth, default=None)
        hidden = nearest is None or any(is_below(path, mask) and is_below(mask, nearest) for mask in masked)
        if hidden:
            kept.append(path)
    return kept


def entries(view: View) -> list[tuple[str, str]]:
    """The mounts of ``view`` as (path, kind) with parents first: kinds are ro, rw, mask and tmp."""
    readonly = needed_binds(view.readonly, view.masked)
    listed = [(path, "ro") for path in readonly]
    listed += [(path, "rw") for path in view.writable]
    listed += [(path, "mask") for path in view.masked if any(is_below(path, bound) for bound in readonly)]
    listed.append(("/tmp", "tmp"))
    return sorted(listed, key=lambda entry: (depth(entry[0]), entry))


def make_place(path: str, *, folder: bool) -> None:
    """Make an empty folder or file to mount on, with folders above it that anyone may enter."""
    os.makedirs(path if folder else os.path.dirname(path), mode=0o755, exist_ok=True)  # noqa: PTH103, PTH120
    if not folder and not os.path.lexists(path):
        Path(path).touch()


def show(new_root: str, path: str, kind: str, scratch: str) -> None:
    """Mount one entry of a view below ``new_root``."""
    place = new_root + path
    if kind == "tmp":
        make_place(place, folder=True)
        return mount("tmpfs", place, "tmpfs", MS_NOSUID | MS_NODEV, f"mode=1777,{scratch}")
    if Path(path).is_symlink() and kind == "ro":
        if not os.path.lexists(place):
            make_place(os.path.dirname(place), folder=True)  # noqa: PTH120
            Path(place).symlink_to(os.readlink(path))  # noqa: PTH115
        return None
    is_folder = Path(path).is_dir()
    if kind == "mask":
        if is_folder:
            return mount("tmpfs", place, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755,size=64k")
        return mount("/dev/null", place, None, MS_BIND)
    make_place(place, folder=is_folder)
    mount(path, place, None, MS_BIND | MS_REC)
    return restrict(place, ATTR_NOSUID | ATTR_NODEV | (ATTR_RDONLY if kind == "ro" else 0))


def make_devices(new_root: str, shared_memory_bytes: int) -> None:
    """Fill /dev with the harmless devices, a bounded shared memory and no terminal."""
    for name in DEVICES:
        make_place(f"{new_root}/dev/{name}", folder=False)
        mount(f"/dev/{name}", f"{new_root}/dev/{name}", None, MS_BIND)
    for name, target in (("fd", "fd"), ("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2")):
        Path(f"{new_root}/dev/{name}").symlink_to(f"/proc/self/{target}")
    make_place(f"{new_root}/dev/shm", folder=True)
    options = f"mode=1777,size={shared_memory_bytes},nr_inodes=4096"
    mount("tmpfs", f"{new_root}/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, options)


def write_system_files(new_root: str, uid: int, gid: int) -> None:
    """Write the few files in /etc that programs ask for; no name server, no other users."""
    (Path(new_root) / "etc").mkdir(exist_ok=True)
    texts = {
        "passwd": f"user:x:{uid}:{gid}::/tmp:/bin/sh\n",
        "group": f"user:x:{gid}:\n",
        "hosts": "127.0.0.1 localhost\n::1 localhost\n",
        "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
        "hostname": "localhost\n",
    }
    for name, text in texts.items():
        (Path(new_root) / "etc" / name).write_text(text)


def enter(place: str, view: View, uid: int) -> None:
    """Replace the file system by ``view``, built on the empty folder ``place``; we must be pid 1 of a namespace."""
    unshare(NEW_MOUNTS | NEW_NETWORK | NEW_IPC | NEW_HOST_NAME | NEW_CGROUP)
    os.umask(0o022)
    mount("none", "/", None, MS_REC | MS_PRIVATE)
    mount("tmpfs", place, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755,size=16m")
    scratch = f"size={view.scratch_bytes},nr_inodes=65536"
    for path, kind in entries(view):
        show(place, path, kind, scratch)
    make_devices(place, view.shared_memory_bytes)
    write_system_files(place, uid, uid if uid != os.getuid() else os.getgid())
    make_place(f"{place}/proc", folder=True)
    mount("proc", f"{place}/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    for path, kind in entries(view):
        if kind == "mask" and Path(path).is_dir():
            restrict(place + path, ATTR_RDONLY, recursive=False)
    change_root(place)
    restrict("/", ATTR_RDONLY, recursive=False)
    loopback_up()
    socket.sethostname("localhost")


def change_root(place: str) -> None:
    """Make ``place`` the root and let go of the old one."""
    os.chdir(place)
    checked(libc.syscall(ctypes.c_long(SYS_PIVOT_ROOT), b".", b"."), "pivot_root")
    checked(libc.umount2(b".", ctypes.c_int(MNT_DETACH)), "umount of the old root")
    os.chdir("/")
