"""What is kept between runs: finished results under the hash of everything that could change them.

Every entry is written to a temporary name, synced and renamed, so that a reader sees all of it or nothing,
and a run that is killed at any moment loses at most what it had not finished.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from grader.errors import UsageFault


def fingerprint(*parts: Any) -> str:
    """SHA-256 of the parts as canonical JSON, 40 hex digits."""
    text = json.dumps(parts, sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:40]


def write_atomic(path: Path, content: bytes | str) -> None:
    """Write a file so that it is there as a whole or not at all, also after a power cut."""
    path.parent.mkdir(parents=True, exist_ok=True)
    data = content.encode(errors="replace") if isinstance(content, str) else content
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        with suppress(FileNotFoundError):
            Path(temporary).unlink()
        raise


class Store:
    """Results of one sheet below ``DIR/SHEET/.store``, by kind and hash."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, kind: str, key: str) -> Any | None:
        """The stored JSON, or None when there is none or it cannot be read."""
        try:
            return json.loads((self.folder / kind / f"{key}.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None

    def put(self, kind: str, key: str, value: Any) -> None:
        """Keep plain JSON data."""
        write_atomic(self.folder / kind / f"{key}.json", json.dumps(value, ensure_ascii=False))


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the one lock of an output folder; a dead holder's lock is free at once (it is the kernel's).

    Raises ``UsageFault`` when another run holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("a+") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            stream.seek(0)
            holder = stream.read().strip() or "unknown"
            raise UsageFault(
                f"another run of grader (process {holder}) is writing to {folder}.",
                next_step="Wait for it, stop it, or choose another folder with --out.",
            ) from None
        stream.truncate(0)
        stream.write(str(os.getpid()))
        stream.flush()
        yield
