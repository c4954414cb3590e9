"""The processes in which twins are graded."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.skipif(
    sys.platform != "linux", reason="the kernel ends children with their parent on Linux only"
)
@pytest.mark.parametrize("processes", [2, 4], ids=["while it starts", "while it grades"])
def test_a_killed_validation_leaves_no_process_behind(processes: int) -> None:
    words = ["validate", "generative_baselines", "--quick", "--twin", "right/terse", "--json"]
    command = subprocess.Popen(
        [sys.executable, "-m", "grader", *words],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    family: list[psutil.Process] = []
    deadline = time.monotonic() + 120
    while len(family) < processes and command.poll() is None and time.monotonic() < deadline:
        family = psutil.Process(command.pid).children(recursive=True)
        time.sleep(0.2)
    assert family, "the validation ended before it could be killed"
    command.kill()
    command.wait()
    gone, alive = psutil.wait_procs(family, timeout=60)
    for process in alive:
        process.kill()
    assert not alive and gone
