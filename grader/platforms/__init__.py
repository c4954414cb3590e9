"""Course platforms: how their names are read, what goes back, and what they accept.

Every module offers ``parse(name) -> Label | None``, ``return_name(label) -> str`` and
``accepts(name, kind, size=None) -> str`` (the reason why not, or an empty string); for every label that was
read, ``parse(return_name(label)).id == label.id``.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import Protocol

from grader.errors import UsageFault
from grader.platforms import canvas, email, gradescope, ilias, mampf, moodle, muesli, plain
from grader.platforms.label import FEEDBACK, Label

__all__ = ["FEEDBACK", "PLATFORMS", "READABLE", "Label", "Platform", "platform_named"]


class Platform(Protocol):
    """What a platform's module offers."""

    NAME: str
    EXAMPLE: str
    STRONG: bool
    """The pattern is specific enough to be recognised without being asked for."""
    FOLDERS: bool
    """A hand-in is always a folder."""

    def parse(self, name: str) -> Label | None:
        """Read a name."""

    def return_name(self, label: Label) -> str:
        """The name under which feedback goes back."""

    def accepts(self, name: str, kind: str, size: int | None = None) -> str:
        """Why the platform refuses a file, or an empty string."""


PLATFORMS: dict[str, Platform] = {
    "mampf": mampf,
    "moodle": moodle,
    "ilias": ilias,
    "canvas": canvas,
    "gradescope": gradescope,
    "email": email,
    "muesli": muesli,
    "plain": plain,
}
READABLE = tuple(name for name in PLATFORMS if name != "muesli")
"""Platforms that hand-ins come from, in the order in which they are tried."""


def platform_named(name: str) -> Platform:
    """The platform of this name; raises ``UsageFault`` with the nearest one when there is none."""
    if name in PLATFORMS:
        return PLATFORMS[name]
    near = get_close_matches(name.lower(), PLATFORMS, n=1)
    hint = f"Did you mean '{near[0]}'? " if near else ""
    raise UsageFault(f"there is no platform '{name}'.", next_step=f"{hint}Known are {', '.join(PLATFORMS)}.")
