"""Moodle assignments: one folder (or one file-name prefix) per participant, feedback in one archive back.

A part of the path is ``{Full Name}_{participant id}_assignsubmission_{plugin}[_{rest}]``; the feedback
import looks for the same pattern and checks the id, not the name. Follows ``mod/assign`` (downloader and
``importziplib``). A *group's* id is no participant's id: feedback for group submissions needs one folder per
member, with the ids of the grading worksheet.
"""

from __future__ import annotations

import re

from grader.platforms.label import FEEDBACK, Label, parts_of

NAME = "moodle"
EXAMPLE = "Ada Example_1234567_assignsubmission_file/Example-1234567.zip"
STRONG = True
FOLDERS = False

_PART = re.compile(
    r"(?P<name>.*?)_(?P<id>\d+)_assignsubmission_(?P<plugin>[a-z]+)(?P<tail>_?)(?P<rest>.*)", re.DOTALL
)
_BACK = re.compile(r"[^_]+_\d+_(assignsubmission|assignfeedback)_file(_.*)?", re.DOTALL)


def parse(name: str) -> Label | None:
    """Read the participant's folder or file prefix in any part of ``name``; ``None`` if there is none.

    Text typed into Moodle's editor (plugin ``onlinetext``) has ``rest`` ``onlinetext``.
    """
    parts = parts_of(name) if "_assignsubmission_" in name else []
    for position, part in enumerate(parts):
        found = _PART.fullmatch(part)
        if found and found["name"]:
            text = found["plugin"] != "file"
            return Label(
                platform=NAME,
                team=found["name"],
                id=found["id"],
                rest="onlinetext" if text else found["rest"],
                kept=f"{found['name']}_{found['id']}_assignsubmission_file{'' if found['rest'] else found['tail']}",
                matched="/".join(parts[: position + 1]),
            )
    return None


def return_name(label: Label) -> str:
    """The page's place inside the feedback archive: the participant's own folder."""
    return f"{label.kept}/{FEEDBACK}"


def accepts(name: str, kind: str, size: int | None = None) -> str:
    """Why Moodle's feedback import would ignore this member of the archive; empty if it takes it."""
    parts = parts_of(name)
    if any(part.startswith((".", "~")) for part in parts):
        return f"Moodle skips names that start with '.' or '~': '{name}'."
    if not any(_BACK.fullmatch(part) for part in parts):
        return f"no part of '{name}' reads 'Name_number_assignsubmission_file'."
    return ""
