"""MaMpf: one flat archive per tutorial, one entry per team, corrections uploaded as single files.

The entry is ``{team}-{YYYY-MM-DD-HHMM}{-LATE}-ID-{uuid}{extension}``; the team's own file name is lost.
Format and acceptance rules follow MaMpf's source (``Submission#filename_for_bulk_download`` and
``bulk_corrections!``, August 2026).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from grader.platforms.label import Label, parts_of

NAME = "mampf"
EXAMPLE = "Anna_M_ller__Bob_Ray-2025-11-06-1534-ID-3f0c2f6e-9d1b-4c58-8a51-0d8f1f6f2b11.zip"
STRONG = True
FOLDERS = False
LARGEST = 30 * 10**6
"""Largest correction in bytes."""

_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_ENTRY = re.compile(
    rf"(?P<team>.*)-(?P<time>\d{{4}}-\d\d-\d\d-\d{{4}})(?P<late>-LATE)?-ID-(?P<id>{_UUID})"
    r"(?P<correction>-correction)?(?P<again> ?\(\d+\))?(?P<end>\.tar\.gz|\.[A-Za-z0-9]+)?",
    re.DOTALL,
)
_TEXT = ("txt", "text")
_KINDS = {".pdf": ("pdf",), ".zip": ("zip",), ".txt": _TEXT, ".m": _TEXT, ".cc": _TEXT, ".hh": _TEXT}
_KINDS[".mlx"] = ("zip", "mlx")


def parse(name: str) -> Label | None:
    """Read an entry of the downloaded archive; ``None`` if no part of ``name`` is one.

    A browser's ``(1)`` and a missing extension (an unpacked entry) are tolerated. For an entry of the
    *corrections* download ``rest`` is ``-correction``.
    """
    parts = parts_of(name) if "-ID-" in name else []
    for position, part in enumerate(parts):
        if found := _ENTRY.fullmatch(part):
            day, clock = found["time"][:10], found["time"][11:]
            return Label(
                platform=NAME,
                team=found["team"],
                id=found["id"],
                received=f"{day}T{clock[:2]}:{clock[2:]}",
                late=found["late"] is not None,
                rest=found["correction"] or "",
                kept=f"{found['team']}-{found['time']}{found['late'] or ''}-ID-{found['id']}",
                matched="/".join(parts[: position + 1]),
            )
    return None


def return_name(label: Label) -> str:
    """The name of the correction: the stem as it came with exactly one extension, ``.zip``."""
    return f"{label.kept}.zip"


def accepts(name: str, kind: str, size: int | None = None) -> str:
    """Why MaMpf would refuse a correction of this name and kind of content; empty if it takes it.

    ``kind`` is what the file really holds: ``zip``, ``pdf``, ``html``, ``txt``; ``size`` is in bytes.
    """
    if "/" in name or "\\" in name:
        return "MaMpf takes single files, not folders: upload the files of the folder."
    if "-ID-" not in name:
        return f"'{name}' lacks '-ID-' with the id of the submission."
    after = name.rsplit("-ID-", 1)[1]
    identity, dot, end = after.rpartition(".")
    if not re.fullmatch(_UUID, identity):
        return f"after '-ID-' MaMpf expects the id and one extension, got '{after}'."
    extension = dot + end
    if extension not in _KINDS:
        return f"'{extension}' is refused; accepted are {', '.join(sorted(_KINDS))}."
    if kind not in _KINDS[extension]:
        return f"the content is {kind}, which does not fit the extension '{extension}'."
    if size is not None and not 1 <= size <= LARGEST:
        return f"the file has {size:,} bytes; MaMpf takes 1 to {LARGEST:,}."
    return ""


def mangle(names: Sequence[str]) -> str:
    """The team label MaMpf makes of the members' real names, to compare a roster with a download.

    Every character outside ``0-9A-Za-z.-`` becomes ``_``, so the names cannot be read back from the label.
    """
    joined = ", ".join(sorted(names, key=_natural))[:180]
    return re.sub(r"[^0-9A-Za-z.\-]", "_", joined)


def _natural(name: str) -> list[tuple[int, str]]:
    return [(int(run), "") if run.isdigit() else (-1, run) for run in re.findall(r"[0-9]+|[^0-9]+", name)]
