"""Give up rights for good: user ids, capabilities, no new privileges (standard library only)."""

from __future__ import annotations

import ctypes
import os
import pwd
import random
import signal
from collections.abc import Iterable
from pathlib import Path

libc = ctypes.CDLL(None, use_errno=True)

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP = 1, 4, 24
PR_SET_SECUREBITS, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT = 28, 36, 38, 47
PR_CAP_AMBIENT_RAISE = 2
SECURE_NOROOT_AND_KEEP = 0b1 | 0b10 | 0b10000  # no rights by uid 0, locked; keep permitted across setuid
CAP_DAC_READ_SEARCH = 2
LAST_CAPABILITY = 63
CAPABILITY_VERSION_3 = 0x20080522


def checked(result: int, what: str) -> int:
    """Return ``result`` of a C call, or raise OSError naming ``what`` where it is negative."""
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def prctl(option: int, first: int = 0, second: int = 0) -> None:
    """Call prctl(2); raises OSError."""
    long = ctypes.c_ulong
    checked(libc.prctl(option, long(first), long(second), long(0), long(0)), f"prctl({option})")


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent ends (to be repeated after every setuid)."""
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def adopt_orphans() -> None:
    """Become the parent of every orphan among the descendants."""
    prctl(PR_SET_CHILD_SUBREAPER, 1)


def set_dumpable(value: bool) -> None:
    """Say whether processes of the same user may look into this one's memory."""
    prctl(PR_SET_DUMPABLE, int(value))


def no_new_privileges() -> None:
    """Make every later exec unable to gain rights."""
    prctl(PR_SET_NO_NEW_PRIVS, 1)


def set_capabilities(effective: int) -> None:
    """Make ``effective`` (a bit mask) the effective, permitted and inheritable capabilities."""
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    low, high = effective & 0xFFFFFFFF, effective >> 32
    data = (ctypes.c_uint32 * 6)(low, low, low, high, high, high)
    checked(libc.capset(header, data), "capset")


def drop_bounding_set(keep: int | None = None) -> None:
    """Empty the capability bounding set but for ``keep``, as far as the kernel knows capabilities and lets us."""
    for capability in range(LAST_CAPABILITY + 1):
        try:
            if capability != keep:
                prctl(PR_CAPBSET_DROP, capability)
        except OSError:
            return


def has_capability(number: int) -> bool:
    """True where this process holds capability ``number`` effectively."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("CapEff:"):
            return bool(int(line.split()[1], 16) >> number & 1)
    return False


def drop(uid: int | None, *, keep_reading: bool = False) -> None:
    """Become ``uid`` (None: stay who we are) without capabilities and without a way back.

    ``keep_reading`` leaves the right to read and search everything, for levels that cannot mount: there the
    interpreter may live in a private home, and Landlock, not file modes, decides what is readable.
    """
    drop_bounding_set(CAP_DAC_READ_SEARCH if keep_reading else None)
    if uid is not None:
        prctl(PR_SET_SECUREBITS, SECURE_NOROOT_AND_KEEP)
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    if uid is not None and keep_reading:
        set_capabilities(1 << CAP_DAC_READ_SEARCH)
        prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_READ_SEARCH)
    else:
        set_capabilities(0)
    no_new_privileges()


def spare_uid() -> int:
    """A user id that belongs to nobody on this machine, so that process limits count for one child alone."""
    spans = [tuple(map(int, line.split())) for line in Path("/proc/self/uid_map").read_text().splitlines()]
    top = max(start + length for start, _, length in spans)
    low, high = (1_000_000_000, 2_000_000_000) if top > 2_000_000_000 else (20_000, max(20_001, top - 1))
    while True:
        uid = random.SystemRandom().randrange(low, high)
        try:
            pwd.getpwuid(uid)
        except KeyError:
            return uid


def reachable_by_others(paths: Iterable[str]) -> bool:
    """True where every path and all folders above it may be entered by any user."""
    for path in paths:
        for folder in [Path(path), *Path(path).parents]:
            if folder.is_dir() and not folder.stat().st_mode & 0o001:
                return False
    return True


def hand_over(folder: str, uid: int) -> None:
    """Give ``folder`` and what is in it to ``uid``, never following a link out of it."""
    for _, names, files, handle in os.fwalk(folder, follow_symlinks=False):
        for name in [*names, *files]:
            os.chown(name, uid, uid, dir_fd=handle, follow_symlinks=False)
    os.chown(folder, uid, uid, follow_symlinks=False)
