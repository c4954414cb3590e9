"""A batch survives the death of any of its processes: the same command finishes it, with equal results.

``GRADER_KILLS=100`` makes it a long test; every kill strikes a random process at a random moment.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.small_course import RIGHT, SLOW, WRONG, make_course, write_hand_in

ROOT = Path(__file__).resolve().parent.parent
KILLS = int(os.environ.get("GRADER_KILLS", "6"))
FEW_SECONDS = 180


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = make_course(tmp_path_factory.mktemp("course"))
    for number in range(3):
        write_hand_in(folder / "in", f"right {number}", RIGHT, f"number = {number}")
    write_hand_in(folder / "in", "wrong", WRONG)
    write_hand_in(folder / "in", "slow", SLOW, "time.sleep(0.5)")
    write_hand_in(folder / "in", "ends itself", RIGHT, "import os; os._exit(3)", "x = 1")
    return folder


def start(course: Path, out: Path) -> subprocess.Popen[bytes]:
    command = [
        *(sys.executable, "-m", "grader", "grade", "centring", str(course / "in")),
        *("--course", str(course), "--out", str(out), "--jobs", "2", "--trust-hand-ins"),
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    silent = subprocess.DEVNULL
    return subprocess.Popen(command, env=environment, stdout=silent, stderr=silent, start_new_session=True)


def family(pid: int) -> list[int]:
    """A process and everything below it, as far as it can be seen from here."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, ValueError, IndexError):
                parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
                parents.setdefault(parent, []).append(int(entry.name))
    found = [pid]
    for one in found:
        found += parents.get(one, [])
    return found


def outcome(out: Path) -> dict[str, list[tuple[str, str, float | None]]]:
    """Verdict and points of every item of every hand-in."""
    cards = [json.loads(path.read_text()) for path in sorted((out / "centring").glob("*/result.json"))]
    return {c["team"]: [(i["id"], i["verdict"], i["points"]) for i in c["items"]] for c in cards}


@pytest.fixture(scope="module")
def undisturbed(
    course: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[tuple[str, str, float | None]]]:
    out = tmp_path_factory.mktemp("quiet")
    assert start(course, out).wait(FEW_SECONDS) == 0
    return outcome(out)


def test_the_undisturbed_batch_judges_as_it_should(
    undisturbed: dict[str, list[tuple[str, str, float | None]]],
) -> None:
    points = {team: sum(p or 0 for _, _, p in items) for team, items in undisturbed.items()}
    assert points == {"right 0": 4, "right 1": 4, "right 2": 4, "wrong": 2, "slow": 4, "ends itself": 4}


def test_after_random_kills_the_same_command_gives_the_same_results(
    course: Path, tmp_path: Path, undisturbed: dict[str, list[tuple[str, str, float | None]]]
) -> None:
    chance = random.Random(20_261_121)
    kills = rounds = 0
    while kills < KILLS:
        out = tmp_path / f"out {rounds}"
        rounds += 1
        finished = False
        while not finished:
            run = start(course, out)
            end = time.monotonic() + FEW_SECONDS
            while run.poll() is None and kills < KILLS:
                time.sleep(chance.uniform(0.05, 1.5))
                alive = family(run.pid)
                victim = run.pid if chance.random() < 0.2 else chance.choice(alive)
                if run.poll() is None:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(victim, signal.SIGKILL)
                        kills += 1
                assert time.monotonic() < end, "the batch does not come to an end"
            code = run.wait(FEW_SECONDS)
            finished = code == 0
            assert code in {0, 3, -signal.SIGKILL}
        assert outcome(out) == undisturbed
