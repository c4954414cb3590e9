"""What this machine has: cores and memory that may really be used, and how many hand-ins fit at a time."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

WARM_BYTES = 700 * 1024**2
"""What the grader itself needs: its own process and the warm one."""
SHARE = 0.8
"""Share of the free memory that hand-ins may fill."""
LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)


def cores() -> int:
    """Processor cores that this process may use."""
    return max(1, len(os.sched_getaffinity(0)))


def free_memory() -> int:
    """Bytes that can still be used: what the system says is available, at most a container's own limit."""
    found = [_available()]
    for path in LIMITS:
        with suppress(OSError, ValueError):
            found.append(int(path.read_text()))
    return min(found)


def _available() -> int:
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def slots(memory_bytes: int) -> int:
    """How many hand-ins of this memory budget may run at the same time: at least one, at most one per core."""
    fitting = int((SHARE * free_memory() - WARM_BYTES) // memory_bytes)
    return max(1, min(cores(), fitting))
