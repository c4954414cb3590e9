"""Confinement without special rights: the other tests of confinement again, as an ordinary user."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy
import pytest

import grader
from grader.sandbox.levels import probe
from grader.sandbox.privileges import reachable_by_others

NOBODY = 65534
SYSTEM_PYTHON = Path("/usr/bin/python3")
LIBRARIES = Path(numpy.__file__).parent.parent
TESTS = (
    "test_fork_server.py::test_a_child_works_in_its_own_folder_and_sees_its_files",
    "test_fork_server.py::test_the_course_is_not_readable",
    "test_fork_server.py::test_the_grader_package_is_neither_readable_nor_importable",
    "test_fork_server.py::test_the_judges_sockets_and_the_network_are_out_of_reach",
    "test_fork_server.py::test_other_processes_cannot_be_signalled_or_looked_into",
    "test_fork_server.py::test_every_mount_but_the_own_folders_and_scratch_is_read_only",
    "test_fork_server.py::test_a_fork_bomb_is_bounded_and_leaves_nothing",
    "test_fork_server.py::test_daemons_do_not_survive",
    "test_fork_server.py::test_no_capability_and_no_foreign_group_is_left",
    "test_sandbox_provisioner.py::test_a_long_cell_is_interrupted_and_later_cells_and_questions_work",
)


def version_of(python: Path) -> str:
    """Major and minor version of another interpreter, empty where there is none."""
    code = "import sys; print(*sys.version_info[:2], sep='.')"
    try:
        return subprocess.run([python, "-I", "-c", code], capture_output=True, text=True).stdout.strip()
    except OSError:
        return ""


@pytest.fixture
def readable() -> Iterator[Path]:
    """A folder that everybody may read, with a virtual environment and copies of the package and its tests."""
    source = Path(grader.__file__).resolve().parent.parent
    folder = Path(tempfile.mkdtemp(prefix="u", dir="/tmp"))
    try:
        folder.chmod(0o755)
        subprocess.run([SYSTEM_PYTHON, "-m", "venv", "--without-pip", folder / "venv"], check=True)
        packages = next((folder / "venv" / "lib").glob("python*/site-packages"))
        (packages / "more.pth").write_text(f"{LIBRARIES}\n")
        shutil.copytree(source / "grader", folder / "grader", ignore=shutil.ignore_patterns("__pycache__"))
        (folder / "tests").mkdir()
        shutil.copy(source / "pyproject.toml", folder)
        for name in {"sandbox_agent.py", *(test.split("::")[0] for test in TESTS)}:
            shutil.copy(source / "tests" / name, folder / "tests")
        (folder / "home").mkdir()
        os.chown(folder / "home", NOBODY, NOBODY)
        yield folder
    finally:
        shutil.rmtree(folder)


def test_an_ordinary_user_is_confined_as_well(request: pytest.FixtureRequest) -> None:
    if os.getuid() != 0:
        assert probe().entry == "user"  # then all other tests ran as an ordinary user already
        return
    ours = f"{sys.version_info[0]}.{sys.version_info[1]}"
    if version_of(SYSTEM_PYTHON) != ours or not reachable_by_others([str(LIBRARIES)]):
        pytest.xfail(f"no Python {ours} with libraries that an ordinary user can read")
    folder = request.getfixturevalue("readable")
    command = [folder / "venv/bin/python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
    finished = subprocess.run(
        [*command, "--basetemp", folder / "home/t", *(f"tests/{test}" for test in TESTS)],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder / "home"), "PYTHONDONTWRITEBYTECODE": "1"},
        user=NOBODY,
        group=NOBODY,
        extra_groups=[],
        capture_output=True,
        text=True,
        timeout=150,
    )
    assert finished.returncode == 0, finished.stdout[-3000:] + finished.stderr[-1000:]
    assert " passed" in finished.stdout
