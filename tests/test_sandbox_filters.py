"""The system call filter, run here on a model of the machine that executes it."""

from __future__ import annotations

import errno
import re
import socket
import struct
from pathlib import Path

import pytest

from grader.sandbox import filters

ALLOW, KILL = filters.RETURN_ALLOW, filters.RETURN_KILL
CLONE_NEWUSER, CLONE_NEWNS, CLONE_THREAD = 0x10000000, 0x20000, 0x10000
HEADERS = {
    "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": Path("/usr/include/asm-generic/unistd.h"),
}


def refused(number: int) -> int:
    return filters.RETURN_ERROR | number


def execute(program: bytes, machine: str, call: int, *arguments: int) -> int:
    """What the filter answers to one call: a model of the kernel's interpreter."""
    values = [*arguments, *[0] * (6 - len(arguments))]
    data = struct.pack("<IIQ6Q", call, filters.MACHINES[machine], 0, *values)
    accumulator, place = 0, 0
    while True:
        code, yes, no, operand = struct.unpack_from("HBBI", program, 8 * place)
        place += 1
        if code == filters.LOAD:
            accumulator = struct.unpack_from("<I", data, operand)[0]
        elif code == filters.AND:
            accumulator &= operand
        elif code == filters.JUMP:
            place += operand
        elif code == filters.RETURN:
            return int(operand)
        else:
            holds = {
                filters.JUMP_EQUAL: accumulator == operand,
                filters.JUMP_SET: bool(accumulator & operand),
                filters.JUMP_AT_LEAST: accumulator >= operand,
            }
            place += yes if holds[code] else no


def number(name: str, machine: str) -> int:
    tables = (filters.REFUSED, filters.UNKNOWN, filters.STRICTLY_REFUSED, filters.JUDGED)
    return {key: value for table in tables for key, value in filters.numbers(table, machine).items()}[name]


MACHINES = pytest.mark.parametrize("machine", ["x86_64", "aarch64"])


@MACHINES
@pytest.mark.parametrize("strict", [False, True])
def test_listed_calls_are_refused_and_others_allowed(machine: str, strict: bool) -> None:
    program = filters.program(machine, strict=strict)
    for name in filters.numbers(filters.REFUSED, machine):
        assert execute(program, machine, number(name, machine)) == refused(errno.EPERM), name
    for name in ("io_uring_setup", "clone3"):
        assert execute(program, machine, number(name, machine)) == refused(errno.ENOSYS)
    read, write, openat = {"x86_64": (0, 1, 257), "aarch64": (63, 64, 56)}[machine]
    for call in (read, write, openat, 9999):
        assert execute(program, machine, call) == ALLOW


@MACHINES
def test_threads_and_forks_are_allowed_and_new_namespaces_are_not(machine: str) -> None:
    program, clone = filters.program(machine), number("clone", machine)
    assert execute(program, machine, clone, 17) == ALLOW
    assert execute(program, machine, clone, CLONE_THREAD) == ALLOW
    for flag in (CLONE_NEWUSER, CLONE_NEWNS):
        assert execute(program, machine, clone, 17 | flag) == refused(errno.EPERM)


@MACHINES
@pytest.mark.parametrize(
    ("family", "kind", "protocol", "plain", "strict"),
    [
        (socket.AF_UNIX, socket.SOCK_STREAM, 0, True, True),
        (socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK, 0, True, True),
        (socket.AF_UNIX, socket.SOCK_DGRAM, 0, True, False),
        (socket.AF_INET, socket.SOCK_STREAM, 0, True, True),
        (socket.AF_INET, socket.SOCK_STREAM, 6, True, True),
        (socket.AF_INET, socket.SOCK_STREAM, 132, True, False),
        (socket.AF_INET, socket.SOCK_SEQPACKET, 0, True, False),
        (socket.AF_INET6, socket.SOCK_DGRAM, 0, True, False),
        (socket.AF_NETLINK, socket.SOCK_RAW, 0, True, False),
        (17, socket.SOCK_RAW, 0, False, False),
        (40, socket.SOCK_STREAM, 0, False, False),
    ],
)
def test_sockets_are_judged_by_family_kind_and_protocol(
    machine: str, family: int, kind: int, protocol: int, plain: bool, strict: bool
) -> None:
    for wanted, is_strict in ((plain, False), (strict, True)):
        program = filters.program(machine, strict=is_strict)
        for name in ("socket", "socketpair"):
            answer = execute(program, machine, number(name, machine), family, kind, protocol)
            assert answer == (ALLOW if wanted else refused(errno.EACCES))


@MACHINES
def test_strict_refuses_every_way_to_reach_others(machine: str) -> None:
    strict, plain = filters.program(machine, strict=True), filters.program(machine)
    fast_open, address = 0x20000000, 0x7FFF00000000
    cases = [
        ("connect", (3,)), ("bind", (3,)), ("listen", (3,)), ("sendto", (3, 0, 1, 0, address)),
        ("sendto", (3, 0, 1, 0, 1)), ("sendto", (3, 0, 1, fast_open, 0)), ("sendmsg", (3, 0, fast_open)),
        ("sendmmsg", (3, 0, 1, fast_open)), ("prctl", (36, 1)),
    ]  # fmt: skip
    for name, arguments in cases:
        assert execute(strict, machine, number(name, machine), *arguments) == refused(errno.EACCES), name
        assert execute(plain, machine, number(name, machine), *arguments) == ALLOW, name
    for name, arguments in [("sendto", (3, 0, 1, 0, 0)), ("sendmsg", (3, 0, 0)), ("prctl", (15, 0))]:
        assert execute(strict, machine, number(name, machine), *arguments) == ALLOW, name


@MACHINES
def test_a_terminal_cannot_be_typed_into(machine: str) -> None:
    program = filters.program(machine)
    assert execute(program, machine, number("ioctl", machine), 0, 0x5412) == refused(errno.EPERM)
    assert execute(program, machine, number("ioctl", machine), 0, 0x5401) == ALLOW


def test_calls_of_another_machine_type_end_the_process() -> None:
    program = filters.program("x86_64")
    assert execute(program, "aarch64", 0) == KILL
    assert execute(program, "x86_64", filters.X32_BIT | 1) == refused(errno.ENOSYS)


def test_an_unknown_machine_type_is_refused_by_name() -> None:
    with pytest.raises(NotImplementedError, match="riscv64"):
        filters.program("riscv64")


@pytest.mark.parametrize(
    "machine", [machine for machine, header in HEADERS.items() if header.exists()] or ["x86_64"]
)
def test_call_numbers_agree_with_the_kernels_headers(machine: str) -> None:
    if not HEADERS[machine].exists():
        pytest.xfail("no kernel headers on this machine")
    pattern = r"#define __NR(?:3264)?_(\w+)\s+(\d+)"
    known = {name: int(value) for name, value in re.findall(pattern, HEADERS[machine].read_text())}
    tables = (filters.REFUSED, filters.UNKNOWN, filters.STRICTLY_REFUSED, filters.JUDGED)
    checked = 0
    for table in tables:
        for name, value in filters.numbers(table, machine).items():
            if name in known:
                assert known[name] == value, name
                checked += 1
    assert checked > 50
