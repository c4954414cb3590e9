"""System calls that a hand-in never needs are refused by a classic BPF program (standard library only).

The program is written for the two machine types we know the call numbers of, x86_64 and aarch64. ``strict``
adds what the level without namespaces needs: no connections, no datagrams, no listening sockets, and none of
the kernel's own segments and queues, which would outlive the process and join one hand-in to another.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import socket
import struct

from .privileges import PR_SET_CHILD_SUBREAPER, checked, libc, no_new_privileges

MACHINES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
SECCOMP_CALL = {"x86_64": 317, "aarch64": 277}
SET_MODE_FILTER, SYNCHRONISE_THREADS = 1, 1
RETURN_KILL, RETURN_ERROR, RETURN_ALLOW = 0x80000000, 0x00050000, 0x7FFF0000
LOAD, JUMP, JUMP_EQUAL, JUMP_SET, JUMP_AT_LEAST, AND, RETURN = 0x20, 0x05, 0x15, 0x45, 0x35, 0x54, 0x06
NUMBER, MACHINE, ARGUMENTS = 0, 4, 16
X32_BIT = 0x40000000
NAMESPACE_FLAGS = 0x7E020000 | 0x80
FAST_OPEN = 0x20000000
TIOCSTI, TIOCLINUX = 0x5412, 0x541C
IPPROTO_TCP = 6

# (name, x86_64, aarch64); None where the machine does not have the call.
REFUSED: tuple[tuple[str, int | None, int | None], ...] = (
    ("ptrace", 101, 117), ("syslog", 103, 116), ("uselib", 134, None), ("vhangup", 153, 58),
    ("pivot_root", 155, 41), ("adjtimex", 159, 171), ("chroot", 161, 51), ("acct", 163, 89),
    ("settimeofday", 164, 170), ("mount", 165, 40), ("umount2", 166, 39), ("swapon", 167, 224),
    ("swapoff", 168, 225), ("reboot", 169, 142), ("sethostname", 170, 161), ("setdomainname", 171, 162),
    ("iopl", 172, None), ("ioperm", 173, None), ("create_module", 174, None), ("init_module", 175, 105),
    ("delete_module", 176, 106), ("quotactl", 179, 60), ("lookup_dcookie", 212, 18), ("clock_settime", 227, 112),
    ("kexec_load", 246, 104), ("add_key", 248, 217), ("request_key", 249, 218), ("keyctl", 250, 219),
    ("migrate_pages", 256, 238), ("unshare", 272, 97), ("move_pages", 279, 239), ("perf_event_open", 298, 241),
    ("fanotify_init", 300, 262), ("name_to_handle_at", 303, 264), ("open_by_handle_at", 304, 265),
    ("clock_adjtime", 305, 266), ("setns", 308, 268), ("process_vm_readv", 310, 270),
    ("process_vm_writev", 311, 271), ("kcmp", 312, 272), ("finit_module", 313, 273),
    ("kexec_file_load", 320, 294), ("bpf", 321, 280), ("userfaultfd", 323, 282), ("open_tree", 428, 428),
    ("move_mount", 429, 429), ("fsopen", 430, 430), ("fsconfig", 431, 431), ("fsmount", 432, 432),
    ("fspick", 433, 433), ("pidfd_getfd", 438, 438), ("process_madvise", 440, 440), ("mount_setattr", 442, 442),
    ("quotactl_fd", 443, 443), ("open_tree_attr", 467, 467),
)  # fmt: skip
UNKNOWN: tuple[tuple[str, int | None, int | None], ...] = (
    ("io_uring_setup", 425, 425), ("io_uring_enter", 426, 426), ("io_uring_register", 427, 427),
    ("clone3", 435, 435),
)  # fmt: skip
STRICTLY_REFUSED: tuple[tuple[str, int | None, int | None], ...] = (
    ("connect", 42, 203), ("bind", 49, 200), ("listen", 50, 201), ("shmget", 29, 194), ("semget", 64, 190),
    ("msgget", 68, 186), ("mq_open", 240, 180),
)  # fmt: skip
JUDGED: tuple[tuple[str, int | None, int | None], ...] = (
    ("ioctl", 16, 29), ("socket", 41, 198), ("sendto", 44, 206), ("sendmsg", 46, 211), ("socketpair", 53, 199),
    ("clone", 56, 220), ("prctl", 157, 167), ("sendmmsg", 307, 269),
)  # fmt: skip

Operation = tuple[str, int, str]  # (what, operand, label to jump to where the comparison holds)


def numbers(table: tuple[tuple[str, int | None, int | None], ...], machine: str) -> dict[str, int]:
    """Call numbers of ``table`` on ``machine``."""
    column = 1 if machine == "x86_64" else 2
    listed = ((row[0], row[column]) for row in table)
    return {name: number for name, number in listed if isinstance(number, int)}


def argument(index: int, *, high: bool = False) -> Operation:
    """Load one 32-bit half of argument ``index`` (both machines are little-endian)."""
    return ("load", ARGUMENTS + 8 * index + 4 * high, "")


def refuse(number: int = errno.EPERM) -> Operation:
    """Answer the call with an error."""
    return ("return", RETURN_ERROR | number, "")


def rule(name: str, strict: bool) -> list[Operation]:
    """The operations that judge one call by its arguments; falling off the end allows it."""
    no = errno.EACCES
    if name == "clone":
        return [argument(0), ("set", NAMESPACE_FLAGS, "no"), ("jump", 0, "end"), ("label", 0, "no"), refuse()]
    if name == "ioctl":
        tests: list[Operation] = [("equal", TIOCSTI, "no"), ("equal", TIOCLINUX, "no")]
        return [argument(1), *tests, ("jump", 0, "end"), ("label", 0, "no"), refuse()]
    if name in ("socket", "socketpair"):
        return strict_socket_rule() if strict else socket_rule()
    if not strict:
        return []
    if name == "prctl":
        tests = [argument(0), ("equal", PR_SET_CHILD_SUBREAPER, "no")]
    elif name == "sendto":
        addressed: list[Operation] = [
            argument(4),
            ("at_least", 1, "no"),
            argument(4, high=True),
            ("at_least", 1, "no"),
        ]
        tests = [*addressed, argument(3), ("set", FAST_OPEN, "no")]
    else:
        tests = [argument(2 if name == "sendmsg" else 3), ("set", FAST_OPEN, "no")]
    return [*tests, ("jump", 0, "end"), ("label", 0, "no"), refuse(no)]


def socket_rule() -> list[Operation]:
    """Local, internet and netlink sockets only: our own network namespace has nobody to talk to."""
    families = (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK)
    tests: list[Operation] = [("equal", int(family), "end") for family in families]
    return [argument(0), *tests, refuse(errno.EACCES)]


def strict_socket_rule() -> list[Operation]:
    """Stream sockets only: nothing that reaches anybody without connect."""
    return [
        argument(0),
        ("equal", int(socket.AF_UNIX), "local"),
        ("equal", int(socket.AF_INET), "internet"),
        ("equal", int(socket.AF_INET6), "internet"),
        ("jump", 0, "no"),
        ("label", 0, "local"),
        argument(1),
        ("and", 0xF, ""),
        ("equal", int(socket.SOCK_STREAM), "end"),
        ("equal", int(socket.SOCK_SEQPACKET), "end"),
        ("jump", 0, "no"),
        ("label", 0, "internet"),
        argument(1),
        ("and", 0xF, ""),
        ("equal", int(socket.SOCK_STREAM), "protocol"),
        ("jump", 0, "no"),
        ("label", 0, "protocol"),
        argument(2),
        ("equal", 0, "end"),
        ("equal", IPPROTO_TCP, "end"),
        ("label", 0, "no"),
        refuse(errno.EACCES),
    ]


def assemble(operations: list[Operation]) -> bytes:
    """Turn operations with labels into BPF instructions; labels are forward only."""
    places: dict[str, int] = {}
    for operation in operations:
        if operation[0] == "label":
            places[operation[2]] = sum(
                earlier[0] != "label" for earlier in operations[: operations.index(operation)]
            )
    codes = {
        "load": LOAD,
        "and": AND,
        "return": RETURN,
        "equal": JUMP_EQUAL,
        "set": JUMP_SET,
        "at_least": JUMP_AT_LEAST,
    }
    out = b""
    for what, operand, label in operations:
        here = len(out) // 8
        if what == "label":
            continue
        if what == "jump":
            out += struct.pack("HBBI", JUMP, 0, 0, places[label] - here - 1)
        else:
            distance = places[label] - here - 1 if label else 0
            out += struct.pack("HBBI", codes[what], distance, 0, operand)
    return out


def program(machine: str, *, strict: bool = False) -> bytes:
    """The whole filter for ``machine`` as BPF instructions of eight bytes each."""
    if machine not in MACHINES:
        raise NotImplementedError(f"no table of system calls for machine type {machine}")
    whole = assemble(
        [
            ("load", MACHINE, ""),
            ("equal", MACHINES[machine], "ours"),
            ("return", RETURN_KILL, ""),
            ("label", 0, "ours"),
        ]
    )
    if machine == "x86_64":
        start: list[Operation] = [("load", NUMBER, ""), ("at_least", X32_BIT, "x32"), ("jump", 0, "end")]
        whole += assemble([*start, ("label", 0, "x32"), refuse(errno.ENOSYS), ("label", 0, "end")])
    whole += assemble([("load", NUMBER, "")])
    answers = [(REFUSED, errno.EPERM), (UNKNOWN, errno.ENOSYS)]
    if strict:
        answers.append((STRICTLY_REFUSED, errno.EACCES))
    for table, answer in answers:
        for number in numbers(table, machine).values():
            whole += struct.pack("HBBI", JUMP_EQUAL, 0, 1, number) + assemble([refuse(answer)])
    for name, number in numbers(JUDGED, machine).items():
        block = assemble([*rule(name, strict), ("label", 0, "end"), ("load", NUMBER, "")])
        whole += struct.pack("HBBI", JUMP_EQUAL, 0, len(block) // 8, number) + block
    return whole + assemble([("return", RETURN_ALLOW, "")])


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def install(*, strict: bool = False) -> None:
    """Confine this process and all its threads by the filter; there is no way back."""
    machine = platform.machine()
    instructions = program(machine, strict=strict)
    no_new_privileges()
    loaded = _Program(len(instructions) // 8, instructions)
    long = ctypes.c_long
    arguments = (
        long(SECCOMP_CALL[machine]),
        long(SET_MODE_FILTER),
        long(SYNCHRONISE_THREADS),
        ctypes.byref(loaded),
    )
    checked(libc.syscall(*arguments), "seccomp")
