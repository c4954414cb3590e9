"""ILIAS exercises: one folder ``Lastname_Firstname_login_{user id}`` per participant.

Feedback goes back as one archive whose top folder starts with ``multi_feedback`` and holds the participants'
folders under ASCII names; ILIAS goes by the number at the end.
"""

from __future__ import annotations

import re
import unicodedata

from grader.platforms.label import FEEDBACK, Label, parts_of

NAME = "ilias"
EXAMPLE = "Doe_Jane_jdoe12s_2345678/"
STRONG = False
FOLDERS = True

_FOLDER = re.compile(r"(?P<person>.+_[^_]+_(?=[^_]*[A-Za-z])[^_]+)_(?P<id>\d{3,})", re.DOTALL)
_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss"})
TOP = "multi_feedback"


def parse(name: str) -> Label | None:
    """Read the participant's folder in any part of ``name``; ``None`` if there is none."""
    parts = parts_of(name)
    for position, part in enumerate(parts):
        if position == 0 and part.startswith(TOP):
            continue
        if found := _FOLDER.fullmatch(part):
            return Label(
                platform=NAME,
                team=found["person"],
                id=found["id"],
                kept=f"{_ascii(found['person'])}_{found['id']}",
                matched="/".join(parts[: position + 1]),
            )
    return None


def return_name(label: Label) -> str:
    """The page's place inside the feedback archive."""
    return f"{TOP}/{label.kept}/{FEEDBACK}"


def accepts(name: str, kind: str, size: int | None = None) -> str:
    """Why ILIAS would refuse this member of the feedback archive; empty if it takes it."""
    parts = parts_of(name)
    if len(parts) < 3 or not parts[0].startswith(TOP):
        return f"the top folder must start with '{TOP}', got '{name}'."
    if not parts[1].isascii():
        return f"folder names must be plain ASCII, got '{parts[1]}'."
    if not _FOLDER.fullmatch(parts[1]):
        return f"'{parts[1]}' does not end in '_login_number'."
    return ""


def _ascii(text: str) -> str:
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFC", text).translate(_GERMAN))
    kept = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return "".join(letter if letter.isascii() else "x" for letter in kept)
