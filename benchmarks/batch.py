"""Time a batch and its regrade through the command line, and state its peak memory.

Forty hand-ins (twins of the first sheet, each another one) are graded in one command, then again with nothing
changed, then one of them alone is regraded: what the others add to that is the cost of an unchanged hand-in.
Memory is the proportional set size of the whole process tree. Usage: python benchmarks/batch.py [--hand-ins N]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil

from grader.course import find_course
from grader.prove.twins import load_twins, render

SHEET = "generative_baselines"


def write_hand_ins(folder: Path, count: int) -> None:
    """Render that many twins whose definitions matter, the right ones first."""
    sheet = find_course(start=Path(__file__).resolve().parent).sheet(SHEET)
    twins = [twin for twin in load_twins(sheet.reference) if not twin.whole]
    for number in range(count):
        twin = twins[number % len(twins)]
        render(twin, folder / f"team {number:02d}", sheet.rubric.rules.notebook, seed=number)


def memory_of(tree: psutil.Process) -> int:
    """Bytes of a process and its descendants, shared pages counted once (proportional set size)."""
    total = 0
    for process in [tree, *tree.children(recursive=True)]:
        try:
            total += process.memory_full_info().pss
        except psutil.Error:
            continue
    return total


def grade(source: Path, out: Path, jobs: int) -> tuple[float, int]:
    """Seconds and peak bytes of one ``grader grade``."""
    words = [
        sys.executable,
        "-m",
        "grader",
        "grade",
        SHEET,
        str(source),
        "--out",
        str(out),
        "--jobs",
        str(jobs),
    ]
    start, peak, over = time.perf_counter(), 0, threading.Event()
    command = subprocess.Popen([*words, "--json"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def watch() -> None:
        nonlocal peak
        while not over.wait(0.5):
            try:
                peak = max(peak, memory_of(psutil.Process(command.pid)))
            except psutil.Error:
                return

    watcher = threading.Thread(target=watch)
    watcher.start()
    code = command.wait()
    seconds = time.perf_counter() - start
    over.set()
    watcher.join()
    if code != 0:
        raise SystemExit(f"grading ended with exit code {code}")
    return seconds, peak


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--hand-ins", type=int, default=40)
    parser.add_argument("--jobs", type=int, default=2)
    settings = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gr-b") as folder:
        source, single = Path(folder) / "in", Path(folder) / "single"
        write_hand_ins(source, settings.hand_ins)
        write_hand_ins(single, 1)
        all_out, one_out = Path(folder) / "all", Path(folder) / "one"
        seconds, peak = grade(source, all_out, settings.jobs)
        grade(single / "team 00", one_out, 1)
        again = min(grade(source, all_out, settings.jobs)[0] for _ in range(3))
        alone = min(grade(single / "team 00", one_out, 1)[0] for _ in range(3))
    result = {
        "hand_ins": settings.hand_ins,
        "jobs": settings.jobs,
        "seconds_per_hand_in": round(seconds / settings.hand_ins, 2),
        "peak_mebibytes": round(peak / 2**20),
        "regrade_milliseconds_per_hand_in": round(1000 * (again - alone) / (settings.hand_ins - 1), 1),
        "regrade_of_one_seconds": round(alone, 2),
        "load": round(os.getloadavg()[0], 1),
    }
    print(json.dumps(result, indent=1))
    target = Path(__file__).resolve().parent / "results"
    target.mkdir(exist_ok=True)
    (target / "batch.json").write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
