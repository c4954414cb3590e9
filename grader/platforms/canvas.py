"""Canvas: a flat archive of ``lastfirst[_LATE]_{user id}_{attachment id}_{the student's file name}``.

The re-upload goes by the first two parts that are numbers, user and attachment; both must be kept.
"""

from __future__ import annotations

import re

from grader.platforms.label import FEEDBACK, Label, parts_of

NAME = "canvas"
EXAMPLE = "exampleada_LATE_48151_623420_ex01.zip"
STRONG = False
FOLDERS = False

_FILE = re.compile(
    r"(?P<name>(?!\d+_)[^_]+)(?P<late>_LATE)?_(?P<user>\d+)_(?P<attachment>\d+)_(?P<rest>.+)", re.DOTALL
)


def parse(name: str) -> Label | None:
    """Read the last part of ``name``; ``None`` if it is not a Canvas file name.

    A student's attachments share the user id, which is the ``id``; the attachment's number stays in ``kept``.
    """
    parts = parts_of(name)
    found = _FILE.fullmatch(parts[-1]) if parts else None
    if not found:
        return None
    return Label(
        platform=NAME,
        team=found["name"],
        id=found["user"],
        late=found["late"] is not None,
        rest=found["rest"],
        kept=f"{found['name']}{found['late'] or ''}_{found['user']}_{found['attachment']}",
        matched="/".join(parts),
    )


def return_name(label: Label) -> str:
    """The page's name inside the archive that is uploaded again: both numbers kept."""
    return f"{label.kept}_{FEEDBACK}"


def accepts(name: str, kind: str, size: int | None = None) -> str:
    """Why Canvas would ignore this member of the re-uploaded archive; empty if it takes it."""
    parts = parts_of(name)
    if len(parts) != 1:
        return f"Canvas wants a flat archive, got '{name}'."
    if name.startswith("._"):
        return f"Canvas skips names that start with '._': '{name}'."
    if not _FILE.fullmatch(name):
        return f"'{name}' does not read 'name_userid_attachmentid_file'."
    return ""
