"""The fork server's children: confined, judged from outside, and gone without a trace."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy
import pytest
from sandbox_agent import ask, send

import grader
from grader.errors import GraderFault
from grader.sandbox.budget import Budget
from grader.sandbox.forkserver import Child, ForkServer
from grader.sandbox.levels import probe

AGENT = Path(__file__).with_name("sandbox_agent.py")
REPOSITORY = Path(grader.__file__).resolve().parent.parent
LIBRARIES = [Path(numpy.__file__).parent.parent]
BEST = probe().level


def levels(*wanted: int) -> list[Any]:
    """Those of the ``wanted`` levels that this machine has; without any, one expected failure that says why."""
    found: list[Any] = [level for level in probe().available if level in wanted]
    why = probe().reason(max(wanted))
    return found or [
        pytest.param(-1, marks=pytest.mark.xfail(run=False, reason=f"not on this machine: {why}"))
    ]


LEVELS, LIMITED, CONFINED, NAMESPACED = (
    levels(4, 3, 2, 1, 0),
    levels(4, 3, 2, 1),
    levels(4, 3, 2),
    levels(4, 3),
)
SMALL = Budget(memory_bytes=256 << 20, processes=20, disk_bytes=8_000_000)
REPEATS = int(os.environ.get("GRADER_TEST_CHILDREN", "200"))

Make = Callable[..., Child]


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course folder with a secret, the neighbour's hand-in, and things handed out."""
    folder = tmp_path_factory.mktemp("course")
    for name in (
        "rubrics/secret.yaml",
        "neighbour/solution.py",
        "provides/data.txt",
        "provides/hidden/key.txt",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"content of {name}")
    return folder


@pytest.fixture(scope="module")
def servers(course: Path) -> Iterator[Callable[[int], ForkServer]]:
    """One warm server per level, started on first use."""
    started: dict[int, ForkServer] = {}

    def get(level: int) -> ForkServer:
        if level not in started:
            started[level] = ForkServer(
                agent=AGENT,
                preload=["not_installed_anywhere"],
                level=level,
                masked=[REPOSITORY, course, course / "provides" / "hidden"],
                readonly=[course / "provides", *LIBRARIES],
            )
        return started[level]

    yield get
    for server in started.values():
        server.close()


@pytest.fixture
def make(servers: Callable[[int], ForkServer], tmp_path: Path) -> Iterator[Make]:
    """Makes children over a fresh folder with one module in it."""
    with contextlib.ExitStack() as stack:

        def child(level: int, budget: Budget = SMALL, seed: int = 1) -> Child:
            folder = tmp_path / f"hand-in-{len(list(tmp_path.iterdir()))}"
            folder.mkdir()
            (folder / "sibling.py").write_text("value = 3\n")
            return stack.enter_context(servers(level).child(folder, budget, seed=seed))

        yield child


def processes_in(folder: Path) -> list[int]:
    """Processes anywhere on this machine whose working folder is ``folder``."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if str((entry / "cwd").readlink()).startswith(str(folder)):
                    found.append(int(entry.name))
    return found


def wait_until(condition: Callable[[], bool], seconds: float = 5) -> bool:
    """True as soon as ``condition`` holds, False after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def is_gone(answer: object, level: int) -> bool:
    """A path counts as hidden: absent with namespaces, forbidden without."""
    kinds = {"FileNotFoundError"} if level >= 3 else {"PermissionError"}
    return isinstance(answer, dict) and answer.get("kind") in kinds


# What a child is given


@pytest.mark.parametrize("level", LEVELS)
def test_a_child_works_in_its_own_folder_and_sees_its_files(make: Make, level: int) -> None:
    child = make(level)
    code = "import os, sibling; open('new.txt', 'w').write('x'); answer = [os.getcwd(), sibling.value]"
    assert ask(child, code) == [str(child.folder), 3]
    assert (child.folder / "new.txt").read_text() == "x"


@pytest.mark.parametrize("level", LEVELS)
def test_libraries_and_a_python_subprocess_work_inside(make: Make, level: int) -> None:
    child = make(level, Budget())
    assert ask(child, "import scipy.linalg; answer = float(scipy.linalg.det([[2.0]]))") == 2.0
    code = (
        "import subprocess, sys; answer = subprocess.run([sys.executable, '-c', 'import numpy; print(7)'], "
    )
    assert ask(child, code + "capture_output=True, text=True).stdout") == "7\n"


@pytest.mark.parametrize("level", LEVELS)
def test_nothing_inside_tells_of_the_judge(make: Make, level: int) -> None:
    child = make(level)
    shown = "import os, sys; answer = ' '.join([open('/proc/self/cmdline').read(), open('/proc/self/environ').read(), "
    shown += "repr(dict(os.environ)), repr(list(sys.modules)), repr(sys.path), repr(sys.argv), repr(sys.meta_path)])"
    text = ask(child, shown).replace(sys.prefix, "")  # where the interpreter lies is anybody's choice
    assert "grader" not in text
    assert "sandbox" not in text.replace("sandbox_agent", "")
    assert "GRADER_TEST" not in text


@pytest.mark.parametrize("level", LEVELS)
def test_a_child_holds_no_descriptor_but_its_streams_and_channel(
    make: Make, tmp_path: Path, level: int
) -> None:
    with (tmp_path / "judge.txt").open("w") as ours:
        os.set_inheritable(ours.fileno(), True)
        child = make(level)
    code = "import os; answer = [os.readlink(f'/proc/self/fd/{n}') for n in range(100) if os.path.lexists(f'/proc/self/fd/{n}')]"
    links = ask(child, code)
    assert links[:3] == ["/dev/null"] * 3
    assert len(links) == 4
    assert links[3].startswith("socket:")
    inner = "import os, contextlib\\nfor n in range(99):\\n with contextlib.suppress(OSError): os.fstat(n); print(n, end=' ')"
    inherited = f"import subprocess, sys; answer = subprocess.run([sys.executable, '-c', \"{inner}\"], "
    assert ask(child, inherited + "close_fds=False, capture_output=True, text=True).stdout") == "0 1 2 "


@pytest.mark.parametrize("level", LEVELS)
def test_generators_are_seeded_apart_and_again_the_same(make: Make, level: int) -> None:
    draw = "import numpy, random; answer = [int(numpy.random.randint(2**31)), random.getrandbits(31)]"
    first, again, other = (ask(make(level, seed=seed), draw) for seed in (1, 1, 2))
    assert first == again
    assert first != other
    assert first[0] != first[1]


def test_a_library_that_is_not_installed_is_reported_and_not_fatal(
    servers: Callable[[int], ForkServer],
) -> None:
    assert servers(BEST).missing == ("not_installed_anywhere",)


def test_an_agent_that_cannot_be_loaded_is_a_fault_of_ours_with_its_reason(tmp_path: Path) -> None:
    broken = tmp_path / "agent.py"
    broken.write_text("raise ValueError('typing mistake')")
    with pytest.raises(GraderFault, match="typing mistake"):
        ForkServer(agent=broken, preload=[], level=BEST)


def test_an_agent_that_brings_the_judge_along_is_refused(tmp_path: Path) -> None:
    nosy = tmp_path / "agent.py"
    nosy.write_text(
        f"import sys; sys.path.insert(0, {str(REPOSITORY)!r}); import grader.records\nclass Agent: pass"
    )
    with pytest.raises(GraderFault, match=r"grader\.records"):
        ForkServer(agent=nosy, preload=[], level=BEST)


def test_a_level_that_is_not_there_is_refused_with_a_way_out() -> None:
    with pytest.raises(GraderFault, match="grader doctor"):
        ForkServer(agent=AGENT, preload=[], level=9)


def test_an_unreadable_interpreter_is_named(tmp_path: Path) -> None:
    with pytest.raises(GraderFault, match="cannot be read"):
        ForkServer(agent=AGENT, preload=[], level=BEST, python=str(tmp_path / "python"))


# What is hidden and forbidden


@pytest.mark.parametrize("level", CONFINED)
@pytest.mark.parametrize("name", ["rubrics/secret.yaml", "neighbour/solution.py", "provides/hidden/key.txt"])
def test_the_course_is_not_readable(make: Make, course: Path, level: int, name: str) -> None:
    assert (course / name).is_file()
    assert is_gone(ask(make(level), f"answer = open({str(course / name)!r}).read()"), level)


@pytest.mark.parametrize("level", LEVELS)
def test_what_is_handed_out_is_readable(make: Make, course: Path, level: int) -> None:
    path = course / "provides" / "data.txt"
    assert ask(make(level), f"answer = open({str(path)!r}).read()") == "content of provides/data.txt"


@pytest.mark.parametrize("level", CONFINED)
def test_the_grader_package_is_neither_readable_nor_importable(make: Make, level: int) -> None:
    child = make(level)
    source = Path(grader.__file__).resolve()
    assert is_gone(ask(child, f"answer = open({str(source)!r}).read()"), level)
    code = f"import sys; sys.path.append({str(REPOSITORY)!r}); import grader.records"
    assert ask(child, code)["kind"] in {"ModuleNotFoundError", "PermissionError"}
    version = ask(child, "import importlib.metadata; answer = importlib.metadata.version('grader')")
    assert version["kind"] == "PackageNotFoundError"


@pytest.mark.parametrize("level", NAMESPACED)
def test_only_the_way_to_shown_folders_is_listed(make: Make, course: Path, level: int) -> None:
    child = make(level)
    assert ask(child, f"import os; answer = os.listdir({str(course)!r})") == ["provides"]
    assert ask(child, f"import os; answer = os.listdir({str(child.folder.parent)!r})") == [child.folder.name]
    assert ask(child, f"import os; answer = os.listdir({str(course / 'provides/hidden')!r})") == []


@pytest.mark.parametrize("level", CONFINED)
@pytest.mark.parametrize("path", ["/usr/new", "/etc/new", f"{sys.prefix}/new", "/new"])
def test_nothing_can_be_written_outside_the_own_folder(make: Make, level: int, path: str) -> None:
    assert ask(make(level), f"open({path!r}, 'w')")["kind"] in {"OSError", "PermissionError"}
    assert not Path(path).exists()


@pytest.mark.parametrize("level", NAMESPACED)
def test_every_mount_but_the_own_folders_and_scratch_is_read_only(make: Make, level: int) -> None:
    child = make(level)
    mounts = [line.split() for line in ask(child, "answer = open('/proc/self/mounts').read()").splitlines()]
    writable = {place for _, place, kind, flags, *_ in mounts if "rw" in flags.split(",") and kind != "proc"}
    own = {str(child.folder), f"{child.runtime}/p"}
    assert {place for place in writable if not place.startswith("/dev/")} == {"/tmp", *own}


@pytest.mark.parametrize("level", CONFINED)
def test_the_judges_sockets_and_the_network_are_out_of_reach(make: Make, tmp_path: Path, level: int) -> None:
    with contextlib.ExitStack() as stack:
        tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        local = stack.enter_context(socket.socket(socket.AF_UNIX))
        local.bind(str(tmp_path / "judge.sock"))
        local.listen()
        abstract = stack.enter_context(socket.socket(socket.AF_UNIX))
        abstract.bind(f"\0judge-{os.getpid()}")
        abstract.listen()
        child = make(level)
        targets = [
            ("AF_INET", tcp.getsockname()),
            ("AF_UNIX", str(tmp_path / "judge.sock")),
            ("AF_UNIX", f"\0judge-{os.getpid()}"),
            ("AF_INET", ("192.0.2.1", 80)),
        ]
        for family, address in targets:
            code = (
                f"import socket; s = socket.socket(socket.{family}); s.settimeout(2); s.connect({address!r})"
            )
            answer = ask(child, code)
            assert answer is not None
            assert answer["kind"] in {
                "ConnectionRefusedError",
                "PermissionError",
                "OSError",
                "FileNotFoundError",
            }
    datagram = (
        "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))"
    )
    assert ask(child, datagram)["kind"] in {"OSError", "PermissionError"}
    assert ask(child, "import socket; socket.socket(40, 1)")["kind"] in {"PermissionError", "OSError"}


@pytest.mark.parametrize("level", levels(2))
@pytest.mark.parametrize(
    "code",
    [
        "socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)",
        "socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)",
        "socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)",
        "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
        "socket.socket(socket.AF_INET, socket.SOCK_STREAM, 132)",
        "socket.socket(socket.AF_INET, socket.SOCK_SEQPACKET)",
        "socket.socket().sendto(b'x', 0x20000000, ('127.0.0.1', 9))",
        "socket.socket().sendmsg([b'x'], [], 0x20000000, ('127.0.0.1', 9))",
        "socket.create_server(('127.0.0.1', 0))",
    ],
)
def test_without_namespaces_every_way_around_connect_is_refused(make: Make, level: int, code: str) -> None:
    assert ask(make(level), f"import socket; {code}")["kind"] == "PermissionError"


@pytest.mark.parametrize("level", CONFINED)
def test_other_processes_cannot_be_signalled_or_looked_into(make: Make, level: int) -> None:
    child = make(level)
    refused = {"ProcessLookupError", "PermissionError", "FileNotFoundError"}
    assert ask(child, f"import os; os.kill({os.getpid()}, 0)")["kind"] in refused
    assert ask(child, f"answer = open('/proc/{os.getpid()}/environ').read()")["kind"] in refused
    assert ask(child, "import os; os.kill(os.getppid(), 9)") is None or level == 2
    assert ask(child, "answer = 5") == 5
    assert ask(child, "import os; open(f'/proc/{os.getppid()}/mem', 'r+b')")["kind"] in refused


@pytest.mark.parametrize("level", CONFINED)
@pytest.mark.parametrize(
    ("call", "number"),
    [("unshare(0x10000000)", 1), ("ptrace(0, 0, 0, 0)", 1), ("mount(b'a', b'/tmp', b'tmpfs', 0, 0)", 1)],
)
def test_dangerous_system_calls_are_refused(make: Make, level: int, call: str, number: int) -> None:
    code = f"import ctypes; c = ctypes.CDLL(None, use_errno=True); answer = [c.{call}, ctypes.get_errno()]"
    assert ask(make(level), code) == [-1, number]


@pytest.mark.parametrize("level", NAMESPACED)
def test_no_capability_and_no_foreign_group_is_left(make: Make, level: int) -> None:
    status = dict(
        line.split(":", 1)
        for line in ask(make(level), "answer = open('/proc/self/status').read()").splitlines()
    )
    assert {status[name].strip() for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {"0" * 16}
    assert status["NoNewPrivs"].strip() == "1"
    assert status["Seccomp"].strip() == "2"
    assert status["Uid"].split()[0] != "0"


# What is bounded


@pytest.mark.parametrize("level", LIMITED)
def test_too_much_memory_is_a_memory_error_and_the_child_lives(make: Make, level: int) -> None:
    child = make(level)
    assert ask(child, "x = bytearray(2 << 30)")["kind"] == "MemoryError"
    assert ask(child, "x = bytearray(100 << 20); answer = len(x)") == 100 << 20


@pytest.mark.parametrize("level", levels(4))
def test_memory_shared_between_processes_is_bounded_too(make: Make, level: int) -> None:
    child = make(level)
    send(
        child.channel,
        "import mmap; m = mmap.mmap(-1, 600 << 20)\nfor _ in range(600): m.write(b'x' * (1 << 20))",
    )
    ending = child.wait(20)
    assert ending is not None
    assert ending.out_of_memory
    assert "memory" in ending.describe()


@pytest.mark.parametrize("level", LIMITED)
def test_a_fork_bomb_is_bounded_and_leaves_nothing(make: Make, level: int) -> None:
    child = make(level)
    bomb = """
        import os, signal, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        answer = 0
        try:
            while answer < 500:
                if os.fork() == 0:
                    os.setsid()
                    time.sleep(60)
                    os._exit(0)
                answer += 1
        except OSError:
            pass
    """
    assert 5 <= ask(child, textwrap.dedent(bomb)) < 60
    child.kill()
    assert wait_until(lambda: not processes_in(child.folder), 2)


@pytest.mark.parametrize("level", LIMITED)
def test_a_large_file_is_an_error_and_many_files_end_the_child(make: Make, level: int) -> None:
    child = make(level)
    assert ask(child, "open('large', 'wb').write(b'x' * 9_000_000)")["number"] == 27
    send(
        child.channel,
        "import time\nfor n in range(10): open(f'f{n}', 'wb').write(b'x' * 7_000_000)\ntime.sleep(30)",
    )
    ending = child.wait(10)
    assert ending is not None
    assert ending.limit == "disk"
    assert "disk budget" in ending.describe()


@pytest.mark.parametrize("level", NAMESPACED)
def test_temporary_files_are_bounded(make: Make, level: int) -> None:
    code = "for n in range(5): open(f'/tmp/f{n}', 'wb').write(b'x' * 4_000_000)"
    assert ask(make(level), code)["number"] == 28


# How a child ends, told apart from outside


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import os; os._exit(3)", (3, None)),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", (None, signal.SIGKILL)),
        ("import os; os.abort()", (None, signal.SIGABRT)),
        ("import ctypes; ctypes.string_at(0)", (None, signal.SIGSEGV)),
    ],
)
def test_deaths_are_told_apart(
    make: Make, level: int, code: str, expected: tuple[int | None, int | None]
) -> None:
    child = make(level)
    send(child.channel, code)
    assert select.select([child.pidfd], [], [], 10)[0]
    ending = child.wait(5)
    assert ending is not None
    assert (ending.code, ending.signal) == expected
    assert not ending.killed_by_us
    assert child.kill() == ending


@pytest.mark.parametrize("level", LEVELS)
def test_an_endless_loop_is_interrupted_and_the_child_lives(make: Make, level: int) -> None:
    child = make(level)
    child.interrupt()
    assert ask(child, "answer = 'an interrupt between questions does no harm'")
    send(child.channel, "open('started', 'w')\nwhile True: pass")
    assert wait_until((child.folder / "started").exists)
    child.interrupt()
    assert b"KeyboardInterrupt" in child.channel.recv(1000)
    assert ask(child, "answer = 1") == 1


@pytest.mark.parametrize("level", LEVELS)
def test_a_loop_that_swallows_interrupts_is_killed_by_us(make: Make, level: int) -> None:
    child = make(level)
    loop = "while True:\n try:\n  open('started', 'w')\n  while True: pass\n except KeyboardInterrupt: pass"
    send(child.channel, loop)
    assert wait_until((child.folder / "started").exists)
    child.interrupt()
    assert child.wait(0.2) is None
    ending = child.kill()
    assert ending.killed_by_us
    assert ending.describe() == "the process was stopped by the grader"


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("end", ["killed", "left by itself"])
def test_daemons_do_not_survive(make: Make, level: int, end: str) -> None:
    child = make(level)
    daemon = "import os, time\nif os.fork() == 0:\n os.setsid()\n if os.fork() == 0: time.sleep(60)\n os._exit(0)\n"
    ask(child, daemon + "os.wait()")
    assert len(processes_in(child.folder)) >= 2
    if end == "killed":
        child.kill()
    else:
        send(child.channel, "os._exit(0)")
        assert child.wait(5) is not None
    assert wait_until(lambda: not processes_in(child.folder), 2)


def test_the_machine_has_the_levels_that_the_tests_ran_at() -> None:
    assert 0 in probe().available
    assert probe().level == max(probe().available)
    for rung in probe().levels:
        assert rung.works or len(rung.reason) > 20, f"level {rung.level} is missing without a word"


def test_the_real_agent_answers_in_a_child(tmp_path: Path) -> None:
    from grader.team.conversation import Conversation

    agent = Path(grader.__file__).with_name("team") / "agent.py"
    with (
        ForkServer(agent=agent, preload=[], level=BEST) as server,
        server.child(tmp_path, SMALL, seed=1) as child,
    ):
        conversation = Conversation(child.channel, child)
        statement = {"source": "def double(x):\n    return 2 * x", "origin": "cell 1"}
        assert conversation.ask("load", statements=[statement], seconds=5)[0]["ok"]
        assert "double" in [found["name"] for found in conversation.ask("names")]


def test_hanging_up_ends_a_question_child(make: Make) -> None:
    child = make(BEST)
    child.channel.shutdown(socket.SHUT_RDWR)
    ending = child.wait(5)
    assert ending is not None
    assert ending.code == 0


def test_a_dead_server_is_a_fault_of_ours_and_its_children_end(tmp_path: Path) -> None:
    with ForkServer(agent=AGENT, preload=[], level=BEST) as server:
        child = server.child(tmp_path, SMALL, seed=1)
        os.kill(server.pid, signal.SIGKILL)
        child.kill()
        assert not processes_in(tmp_path)
        with pytest.raises(GraderFault):
            server.child(tmp_path, SMALL, seed=1)


def test_when_the_monitor_is_killed_the_child_ends_too(
    make: Make, servers: Callable[[int], ForkServer]
) -> None:
    child = make(BEST)
    tasks = Path(f"/proc/{servers(BEST).pid}/task/{servers(BEST).pid}/children")
    for monitor in map(int, tasks.read_text().split()):
        os.kill(monitor, signal.SIGKILL)
    ending = child.wait(10)
    assert ending is not None
    assert "not known" in ending.describe()
    assert wait_until(lambda: not processes_in(child.folder))


@pytest.mark.parametrize("level", [BEST, *levels(2)])
def test_when_the_judge_is_killed_nothing_stays(tmp_path: Path, level: int) -> None:
    judge = f"""
        import sys, time
        from pathlib import Path
        from grader.sandbox.budget import Budget
        from grader.sandbox.forkserver import ForkServer
        server = ForkServer(agent=Path({str(AGENT)!r}), preload=[], level={level})
        child = server.child(Path({str(tmp_path)!r}), Budget(), seed=1)
        print(child.runtime, flush=True)
        time.sleep(60)
    """
    command = [sys.executable, "-c", textwrap.dedent(judge)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY) as process:
        assert process.stdout is not None
        runtime = Path(process.stdout.readline().strip())
        assert processes_in(tmp_path)
        process.kill()
    assert wait_until(lambda: not processes_in(tmp_path))
    assert wait_until(lambda: not runtime.exists())


def test_many_children_in_a_row_leave_nothing_behind(
    servers: Callable[[int], ForkServer], tmp_path: Path
) -> None:
    server = servers(BEST)

    def state() -> tuple[int, int, int]:
        descriptors, theirs = (len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in ("self", server.pid))
        return descriptors, theirs, len(Path("/proc/self/mountinfo").read_text().splitlines())

    answers, before = set(), state()
    for number in range(REPEATS):
        folder = tmp_path / str(number)
        folder.mkdir()
        with server.child(folder, SMALL, seed=7) as child:
            answers.add(ask(child, "import numpy; answer = float(numpy.random.rand())"))
            assert child.kill().killed_by_us
            assert not child.runtime.exists()
    assert len(answers) == 1
    assert state() == before
    assert wait_until(lambda: not processes_in(tmp_path))
