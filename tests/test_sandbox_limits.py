"""Budgets, control groups, disk use and levels: the parts that need no confined process."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from grader.sandbox import inside, landlock, limits, namespaces, privileges
from grader.sandbox.budget import Budget
from grader.sandbox.child import Ending
from grader.sandbox.levels import MEANING, capabilities, probe

VERSION_1 = "9:name=systemd:/\n8:pids:/\n4:memory:/box/inner\n0::/\n"
MOUNTS_1 = (
    "30 1 0:26 / /groups/memory rw - cgroup cgroup rw,memory\n"
    "31 1 0:27 / /groups/pids rw - cgroup cgroup rw,pids\n"
    "32 1 0:28 / /groups/unified rw - cgroup2 cgroup2 rw\n"
)


def test_budgets_are_positive_and_say_which_is_not() -> None:
    assert Budget().memory_bytes == 2 * 1024**3
    with pytest.raises(ValueError, match="cell_seconds"):
        Budget(cell_seconds=0)


def test_own_control_groups_are_found_in_version_1() -> None:
    found = dict(limits.own_groups(VERSION_1, MOUNTS_1))
    assert found["memory"] == Path("/groups/memory/box/inner")
    assert found["pids"] == Path("/groups/pids")


def test_own_control_groups_are_found_in_version_2_and_below_a_containers_root() -> None:
    assert dict(limits.own_groups("0::/user/x\n", "3 1 0:2 / /groups rw - cgroup2 c rw\n"))[""] == Path(
        "/groups/user/x"
    )
    shown = dict(limits.own_groups("4:memory:/box/inner\n", "3 1 0:2 /box /groups rw - cgroup c rw,memory\n"))
    assert shown["memory"] == Path("/groups/inner")


@pytest.fixture
def delegated(tmp_path: Path) -> Path:
    """A folder that looks like a delegated version 2 group with only ourselves in it."""
    (tmp_path / "cgroup.subtree_control").write_text("")
    (tmp_path / "cgroup.controllers").write_text("cpu memory pids\n")
    (tmp_path / "cgroup.procs").write_text(f"{os.getpid()}\n")
    return tmp_path


def test_a_delegated_group_is_prepared_by_moving_ourselves_down(delegated: Path) -> None:
    base = limits.delegated_base(delegated)
    assert base == {"version": 2, "memory": str(delegated), "pids": str(delegated)}
    assert (delegated / "cgroup.subtree_control").read_text() == "+memory +pids"
    assert (delegated / "judge" / "cgroup.procs").read_text() == str(os.getpid())
    (delegated / "cgroup.subtree_control").write_text("memory pids")
    assert limits.delegated_base(delegated / "judge") == base


def test_a_group_with_other_peoples_processes_is_left_alone(delegated: Path) -> None:
    (delegated / "cgroup.procs").write_text(f"{os.getpid()}\n1\n")
    with pytest.raises(OSError, match="not ours"):
        limits.delegated_base(delegated)
    assert not (delegated / "judge").exists()


def test_a_group_without_the_controllers_is_refused(delegated: Path) -> None:
    (delegated / "cgroup.controllers").write_text("cpu\n")
    with pytest.raises(OSError, match="no memory and pids"):
        limits.delegated_base(delegated)


def test_a_version_2_group_gets_its_limits_and_counts_kills(tmp_path: Path) -> None:
    group = limits.Group({"version": 2, "memory": str(tmp_path), "pids": str(tmp_path)}, "run-1")
    group.create(1000, 10)
    assert (tmp_path / "run-1" / "memory.max").read_text() == "1000"
    assert (tmp_path / "run-1" / "pids.max").read_text() == str(10 + limits.OWN_THREADS)
    assert group.kills() == 0
    (tmp_path / "run-1" / "memory.events").write_text("low 0\noom 2\noom_kill 1\n")
    assert group.kills() == 1


def test_stale_groups_are_removed_and_those_of_living_servers_kept(tmp_path: Path) -> None:
    alive, own, full = f"run-{os.getppid()}-1", f"run-{os.getpid()}-1", "run-999999999-2"
    for name in (alive, own, full, "run-999999999-1", "other"):
        (tmp_path / name).mkdir()
    (tmp_path / full / "member").write_text("")
    limits.forget_stale_groups({"version": 2, "memory": str(tmp_path), "pids": str(tmp_path)})
    assert {entry.name for entry in tmp_path.iterdir()} == {alive, full, "other"}


def test_disk_use_counts_files_below_and_follows_no_link(tmp_path: Path) -> None:
    (tmp_path / "given" / "deep").mkdir(parents=True)
    (tmp_path / "given" / "deep" / "file").write_bytes(b"x" * 100_000)
    (tmp_path / "elsewhere").write_bytes(b"x" * 10_000_000)
    (tmp_path / "given" / "link").symlink_to(tmp_path / "elsewhere")
    assert 100_000 <= limits.used_bytes([str(tmp_path / "given")]) < 200_000


def test_the_deepest_entry_of_a_view_wins_and_parents_come_first() -> None:
    shown = ("/usr", "/usr/lib", "/opt/course/.venv", "/opt")
    masked = ("/opt/course", "/opt/course/.venv/lib/grader", "/nowhere/bound")
    view = namespaces.View(shown, ("/tmp/hand-in",), masked, 1, 1)
    listed = namespaces.entries(view)
    assert [path for path, kind in listed if kind == "ro"] == ["/opt", "/usr", "/opt/course/.venv"]
    assert [path for path, kind in listed if kind == "mask"] == [
        "/opt/course",
        "/opt/course/.venv/lib/grader",
    ]
    order = [path for path, _ in listed]
    assert order.index("/opt") < order.index("/opt/course") < order.index("/opt/course/.venv")
    assert order.index("/tmp") < order.index("/tmp/hand-in")


def test_landlock_grants_what_lies_around_a_masked_folder(tmp_path: Path) -> None:
    for name in ("numpy", "grader", "scipy"):
        (tmp_path / "site" / name).mkdir(parents=True)
    base = str(tmp_path)
    assert list(landlock.around(base, [])) == [base]
    assert list(landlock.around(base, [f"{base}/site/grader"])) == [
        f"{base}/site/numpy",
        f"{base}/site/scipy",
    ]
    assert list(landlock.around(f"{base}/site/grader", [base])) == []


def test_landlock_knows_the_rights_of_each_interface_version() -> None:
    assert [landlock.handled_rights(version).bit_length() for version in range(8)] == [
        0,
        13,
        14,
        15,
        15,
        16,
        16,
        16,
    ]


def test_random_streams_of_one_seed_differ_by_name_and_repeat() -> None:
    assert inside.stream(1, "numpy") == inside.stream(1, "numpy")
    assert len({inside.stream(seed, name) for seed in (1, 2) for name in ("numpy", "torch", "random")}) == 6


def test_a_spare_user_id_belongs_to_nobody() -> None:
    state = random.getstate()
    found = {privileges.spare_uid() for _ in range(5)}
    assert len(found) == 5
    assert min(found) >= 20_000
    assert random.getstate() == state


def test_folders_are_reachable_only_when_every_parent_is(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    (closed / "inner").mkdir(parents=True)
    closed.chmod(0o700)
    assert privileges.reachable_by_others(["/usr"])
    assert not privileges.reachable_by_others(["/usr", str(closed / "inner")])


def test_capabilities_name_the_best_level_and_why_others_are_missing() -> None:
    found = {"available": [0, 2], "entry": "user", "groups": None, "reasons": {"3": "forbidden. Allow it."}}
    record = capabilities(found)
    assert (record.level, record.available) == (2, (2, 0))
    assert record.reason(3) == "forbidden. Allow it."
    assert "0 to 4" in record.reason(9)
    assert [rung.title for rung in record.levels] == [MEANING[level] for level in (4, 3, 2, 1, 0)]


def test_probing_happens_once_and_leaves_no_trace() -> None:
    before = Path("/proc/self/mountinfo").read_text()
    assert probe() is probe()
    assert Path("/proc/self/mountinfo").read_text() == before


def test_the_probing_program_needs_nothing_but_the_standard_library() -> None:
    program = Path(limits.__file__).with_name("probes.py")
    finished = subprocess.run(
        [sys.executable, "-I", "-S", str(program)], capture_output=True, text=True, timeout=60
    )
    assert finished.returncode == 0, finished.stderr
    assert 0 in json.loads(finished.stdout)["available"]


@pytest.mark.parametrize(
    ("ending", "words"),
    [
        (Ending(3, None), "exit code 3"),
        (Ending(None, 11), "SIGSEGV (segmentation fault)"),
        (Ending(None, 9), "SIGKILL"),
        (Ending(None, 63), "signal"),
        (Ending(None, 9, killed_by_us=True), "stopped by the grader"),
        (Ending(None, 9, out_of_memory=True), "more memory"),
        (Ending(None, 9, limit="disk"), "disk budget"),
        (Ending(None, None), "not known"),
    ],
)
def test_endings_are_described_in_words(ending: Ending, words: str) -> None:
    assert words in ending.describe()
