"""What one hand-in may spend while its code runs."""

from __future__ import annotations

from dataclasses import dataclass

GIBIBYTE = 1024**3
MEGABYTE = 1000**2


@dataclass(frozen=True)
class Budget:
    """Limits of one confined child; the rubric may change each of them per sheet.

    Seconds are wall time and are watched by whoever asks (notebook runner, questions). Bytes and process
    counts are enforced around the child: ``memory_bytes`` counts what the child adds to the warm libraries it
    starts with, ``processes`` counts processes and threads, ``disk_bytes`` what it writes in all, and
    ``output_bytes`` what it prints. ``threads`` is the width of numerical libraries.
    """

    cell_seconds: float = 120
    notebook_seconds: float = 300
    call_seconds: float = 5
    training_call_seconds: float = 30
    slice_seconds: float = 10
    memory_bytes: int = 2 * GIBIBYTE
    processes: int = 64
    disk_bytes: int = 256 * MEGABYTE
    output_bytes: int = 10 * MEGABYTE
    threads: int = 1

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not value > 0:
                raise ValueError(f"budget '{name}' must be positive, got {value!r}")
