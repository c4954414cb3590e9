"""Which levels of isolation this machine really has, found out by trying each in a throw-away process."""

from __future__ import annotations

import functools
import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.errors import GraderFault

PROGRAM = Path(__file__).with_name("probes.py")
MEANING = {
    4: "namespaces, system call filter, limits, and control groups for the sum of memory and processes",
    3: "namespaces, system call filter, limits",
    2: "Landlock, system call filter, limits (no namespaces)",
    1: "limits only: the code can read and reach what you can",
    0: "nothing",
}


@dataclass(frozen=True)
class Rung:
    """One level of the ladder: what it is, whether it works here, else why not and how to get it."""

    level: int
    title: str
    works: bool
    reason: str = ""


@dataclass(frozen=True)
class Capabilities:
    """What this machine can isolate: the best ``level`` and all ``levels`` from the best to the least.

    ``entry`` says how namespaces are entered, ``root`` or ``user``. ``groups`` is where control groups for
    children can be made (None: nowhere).
    """

    level: int
    levels: tuple[Rung, ...]
    entry: str
    groups: Mapping[str, Any] | None = None

    @property
    def available(self) -> tuple[int, ...]:
        """The levels that work here, best first."""
        return tuple(rung.level for rung in self.levels if rung.works)

    def reason(self, level: int) -> str:
        """Why ``level`` does not work here and how to get it, in one or two sentences."""
        found = [rung.reason for rung in self.levels if rung.level == level]
        return found[0] if found else f"There is no level {level}; levels go from 0 to 4."


@functools.cache
def probe() -> Capabilities:
    """Try every level once in throw-away processes; the answer is kept for the life of this process."""
    finished = subprocess.run(
        [sys.executable, "-I", str(PROGRAM)], capture_output=True, text=True, timeout=60
    )
    try:
        found = json.loads(finished.stdout)
    except ValueError:
        last = finished.stderr.strip().splitlines()[-1:] or ["no answer"]
        found = {"available": [0], "entry": "user", "groups": None, "reasons": {"4": last[0]}}
    return capabilities(found)


def capabilities(found: Mapping[str, Any]) -> Capabilities:
    """The record for what the probing program printed."""
    works = set(found["available"])
    levels = sorted(MEANING, reverse=True)
    rungs = [
        Rung(level, MEANING[level], level in works, found["reasons"].get(str(level), "")) for level in levels
    ]
    return Capabilities(max(works), tuple(rungs), found["entry"], found["groups"])


def require_isolation(level: int, trusted: bool) -> None:
    """Refuse to run others' work without real confinement; raises ``GraderFault`` below level 2."""
    if level < 2 and not trusted:
        raise GraderFault(
            f"this machine confines hand-ins at level {level} of 4 only; others' work needs level 2.",
            next_step="See 'grader doctor'; or say --trust-hand-ins if you trust every hand-in here.",
        )
