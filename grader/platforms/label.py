"""What a platform's file name says about a hand-in."""

from __future__ import annotations

from dataclasses import dataclass

FEEDBACK = "feedback.html"
"""Name of the page that goes back, where the platform lets us choose it."""


@dataclass(frozen=True)
class Label:
    """A platform's file or folder name, read."""

    platform: str
    team: str
    """The platform's label, verbatim."""
    id: str
    received: str | None = None
    """ISO 8601 time, as far as the name tells it."""
    late: bool = False
    rest: str = ""
    """The file name the students gave, if the platform keeps it."""
    kept: str = ""
    """The part of the name that feedback must carry so that the platform finds its owner."""
    members: tuple[str, ...] = ()
    matched: str = ""
    """The leading part of the name that belongs to this hand-in: a file, or a folder without final ``/``."""


def parts_of(name: str) -> list[str]:
    """The parts of a relative name, with either kind of slash."""
    return [part for part in name.replace("\\", "/").split("/") if part not in {"", "."}]


def ending(name: str) -> str:
    """The extension in lower case, without its dot: ``zip``."""
    return name.rsplit("/", 1)[-1].rsplit(".", 1)[-1].lower() if "." in name.rsplit("/", 1)[-1] else ""
