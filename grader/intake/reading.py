"""Reading a path: one hand-in or many, where no platform's names are involved."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.errors import UsageFault
from grader.intake.names import is_clutter, legacy_name, printable, tar_name
from grader.intake.sources import is_archive_name
from grader.platforms import PLATFORMS, READABLE, Label, Platform, plain
from grader.records import Remark, Submission

WORK = (".ipynb", ".py")
"""Endings of what can be judged."""


@dataclass(frozen=True)
class Reading:
    """One path, read."""

    submissions: tuple[Submission, ...]
    choice: str
    how: str
    """The same without names and numbers, to count paths that were read alike."""
    remarks: tuple[Remark, ...] = ()


def from_label(platform: Platform, label: Label, path: Path, entry: str) -> Submission:
    """The submission that a label speaks of: the file or folder ``path``, or ``entry`` within it."""
    return Submission(
        platform=platform.NAME,
        team=label.team,
        id=label.id,
        path=path,
        entry=entry,
        members=label.members,
        received=label.received,
        late=label.late,
        return_name=platform.return_name(label),
    )


def read_single(path: Path, platform: str | None, why: str) -> Reading:
    """The whole path is one hand-in; its label is the platform's, or the stem of its name."""
    for name in [platform] if platform else READABLE:
        label = PLATFORMS[name].parse(tar_name(path.name)) if PLATFORMS[name].STRONG or platform else None
        if label is not None:
            one = from_label(PLATFORMS[name], label, path, "")
            break
    else:
        one = _plain(path, path.resolve().name, "")
    return Reading((one,), f"{quoted(path)} {why}.", why)


def read_plain(path: Path, kind: str, names: Sequence[str]) -> Reading:
    """No platform: one hand-in if work stands at the top, else one per folder or archive inside.

    Raises ``UsageFault`` when a folder holds nothing but clutter.
    """
    top, children, work = _look(names)
    if not kind:
        what = "script" if path.suffix.lower() == ".py" else "notebook"
        return read_single(
            path, "plain", f"was read as one hand-in ({what if path.suffix in WORK else 'a file'})"
        )
    if kind == "folder" and not names:
        step = "Name the folder that holds the hand-ins."
        raise UsageFault("this folder holds no hand-in.", where=str(path), next_step=step)
    archives = [child for child in children if not child.endswith("/")]
    empty = kind != "folder" and all(name.endswith("/") for name in names)
    if work or empty or not children or (kind != "folder" and len(children) == len(archives) == 1):
        why = f"was read as {'a folder' if kind == 'folder' else 'an archive'} with one hand-in"
        if work > 1:
            why += f" ({work} notebooks and scripts at its top; name each file to grade them one by one)"
        return read_single(path, "plain", why)
    found = [_child(path, kind, f"{top}{child}") for child in children]
    how = f"{'a folder' if kind == 'folder' else 'an archive'} with one hand-in per folder or archive inside"
    remarks = _loose(names, top, children)
    choice = f"{quoted(path)} was read as {how}: {many(len(found))}."
    return Reading(tuple(found), choice, how, remarks)


def _look(names: Sequence[str]) -> tuple[str, list[str], int]:
    """The wrapper folder (with final ``/``), the folders and archives in it, and the count of work at its top."""
    top = ""
    while True:
        inner = [name[len(top) :] for name in names if name.startswith(top) and name != top]
        folders = sorted({name.split("/", 1)[0] + "/" for name in inner if "/" in name})
        files = [name for name in inner if "/" not in name]
        if len(folders) == 1 and not files:
            if not any(name.startswith(top + folders[0]) and name != top + folders[0] for name in names):
                return top, folders, 0
            top += folders[0]
            continue
        work = sum(name.lower().endswith(WORK) for name in files)
        return top, [*folders, *sorted(filter(is_archive_name, files))], work


def _child(path: Path, kind: str, stored: str) -> Submission:
    if kind == "folder":
        inner = path / stored.rstrip("/")
        return _plain(inner, inner.name, "")
    return _plain(path, decoded(stored).replace("\\", "/").rstrip("/").rsplit("/", 1)[-1], stored)


def _plain(path: Path, name: str, entry: str) -> Submission:
    name = tar_name(name) or "hand-in"
    label = plain.parse(name) or Label("plain", name, name, kept=name)
    return from_label(PLATFORMS["plain"], label, path, entry)


def _loose(names: Sequence[str], top: str, children: Sequence[str]) -> tuple[Remark, ...]:
    """A remark about files that lie beside the hand-ins and belong to none."""
    known: Callable[[str], bool] = set(children).__contains__
    loose = [n for n in (name[len(top) :] for name in names if name.startswith(top)) if n and "/" not in n]
    loose = [name for name in loose if not known(name) and not is_clutter(name)]
    if not loose:
        return ()
    text = f"{len(loose)} files beside the hand-ins were left out, such as '{printable(loose[0])}'."
    return (Remark("skipped_entry", text),)


def decoded(name: str) -> str:
    """A stored name for reading; zip names without an encoding are tried as UTF-8 and older ones."""
    try:
        return legacy_name(name.encode("cp437"))
    except UnicodeEncodeError:
        return tar_name(name)


def quoted(path: Path) -> str:
    """The path's name for a message."""
    return f"'{printable(path.name or str(path))}'"


def many(count: int, word: str = "hand-in") -> str:
    """A count with its word in the right number."""
    return f"{count} {word}{'' if count == 1 else 's'}"
