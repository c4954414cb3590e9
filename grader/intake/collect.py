"""Collect: from the paths on the command line to one submission per hand-in; nothing is unpacked."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path

from grader.errors import Unreadable, UsageFault
from grader.intake.downloads import read_mailbox, read_platform
from grader.intake.names import is_clutter, printable
from grader.intake.reading import Reading, read_plain, read_single
from grader.intake.sources import container_kind, names_in
from grader.platforms import READABLE, platform_named
from grader.records import Remark, Submission

__all__ = ["Collection", "collect", "folder_name"]
LONGEST = 60
"""Characters of an output folder's name."""
_TAKEN = frozenset(("index.html", "grades.csv", "upload", "con", "prn", "aux", "nul"))


@dataclass(frozen=True)
class Collection:
    """All hand-ins that were found, in order of their labels."""

    submissions: tuple[Submission, ...]
    choice: str
    """One sentence that says how the paths were read."""
    remarks: tuple[Remark, ...] = ()


def collect(paths: Sequence[Path | str], platform: str | None = None, only: Sequence[str] = ()) -> Collection:
    """Find the hand-ins at ``paths``: platform downloads, mailboxes, single hand-ins or folders of them.

    ``platform`` overrides the guess; ``only`` keeps the hand-ins with these labels, folders or ids. Raises
    ``UsageFault`` when a path is missing, holds nothing, or does not fit ``platform``, and when ``only`` names
    nobody. An archive that cannot be opened is one hand-in, never a fault.
    """
    if not paths:
        raise UsageFault("no path to collect from was given.", next_step="Name a file, folder or zip.")
    if platform is not None and platform_named(platform) and platform not in READABLE:
        raise UsageFault(f"no hand-ins come from '{platform}'.", next_step=f"Use {', '.join(READABLE)}.")
    readings = [_read(_existing(Path(path)), platform) for path in paths]
    found, remarks = _without_doubles([one for reading in readings for one in reading.submissions])
    named = with_folders(sorted(found, key=lambda one: (one.team.casefold(), one.id)))
    return Collection(
        submissions=_only(named, only),
        choice=_choice(readings),
        remarks=(*(remark for reading in readings for remark in reading.remarks), *remarks),
    )


def _existing(path: Path) -> Path:
    if path.exists():
        return path
    try:
        near = get_close_matches(path.name, [child.name for child in path.parent.iterdir()], n=3)
    except OSError:
        near = []
    step = f"Did you mean {' or '.join(repr(str(path.parent / name)) for name in near)}?" if near else ""
    raise UsageFault("this path does not exist.", where=str(path), next_step=step or "Check the spelling.")


def _read(path: Path, platform: str | None) -> Reading:
    """How one path is meant; the order of the questions is the order of preference."""
    try:
        kind = container_kind(path)
        names = names_in(path) if kind else []
    except Unreadable as fault:
        return read_single(path, platform, f"cannot be opened ({fault.what}) and is one hand-in")
    except OSError as error:
        raise UsageFault("this path cannot be read.", where=str(path), got=str(error.strerror)) from error
    if kind == "folder" and not names:
        step = "Name the folder that holds the hand-ins."
        raise UsageFault("this folder is empty: there is no hand-in in it.", where=str(path), next_step=step)
    names = [name for name in names if not is_clutter(name)]
    if platform != "plain":
        reading = read_platform(path, kind, names, platform)
        if reading is None and platform in {None, "email"}:
            reading = read_mailbox(path, kind, names)
        if reading is not None:
            return reading
    if platform not in {None, "plain"}:
        example = platform_named(str(platform)).EXAMPLE
        raise UsageFault(
            f"nothing here is named as {platform} names hand-ins.",
            where=str(path),
            expected=f"a name like '{example}'",
            got=_some(names or [path.name]),
            next_step="Leave --platform away, or use --platform plain.",
        )
    return read_plain(path, kind, names)


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(repr(printable(name, 60)) for name in names[:3])
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown


def _choice(readings: Sequence[Reading]) -> str:
    """One sentence for all paths; paths that were read alike are counted."""
    if len(readings) == 1:
        return readings[0].choice
    counts = Counter(reading.how for reading in readings)
    total = sum(len(reading.submissions) for reading in readings)
    alike = "; ".join(f"{count} x {how}" for how, count in counts.items())
    return f"{len(readings)} paths with {total} hand-ins: {alike}."


def _without_doubles(found: Iterable[Submission]) -> tuple[list[Submission], list[Remark]]:
    """One submission per platform and id; plain ones of the same name get their folder's name in front."""
    groups: dict[tuple[str, str], list[Submission]] = {}
    for one in found:
        groups.setdefault((one.platform, one.id), []).append(one)
    kept: list[Submission] = []
    remarks: list[Remark] = []
    for (platform, _), group in groups.items():
        distinct = list({(one.path.resolve(), one.entry): one for one in group}.values())
        if len(distinct) == 1 or platform == "plain":
            kept += _told_apart(distinct)
            continue
        newest = max(distinct, key=lambda one: (one.received or "", _modified(one.path), str(one.path)))
        kept.append(newest)
        text = (
            f"{len(distinct)} hand-ins have the id '{printable(newest.id)}'; '{newest.path.name}' was taken."
        )
        remarks.append(Remark("double", text, where=printable(newest.team)))
    return kept, remarks


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _told_apart(group: Sequence[Submission]) -> list[Submission]:
    """Plain hand-ins of the same name, distinguished by as many parent folders as it takes."""
    if len(group) == 1:
        return list(group)
    places = [[*one.path.resolve().parent.parts[1:], *_inside(one)] for one in group]
    depth = 1
    while len({tuple(place[-depth:]) for place in places}) < len(places) and depth < max(map(len, places)):
        depth += 1
    apart = []
    for number, (one, place) in enumerate(zip(group, places, strict=True)):
        label = "/".join([*place[-depth:], one.team])
        unique = len({tuple(other[-depth:]) for other in places}) == len(places)
        name = label if unique else f"{label}/{number + 1}"
        apart.append(replace(one, team=name, id=name, return_name=f"{name}/feedback.html"))
    return apart


def _inside(one: Submission) -> list[str]:
    return [one.path.stem] if one.entry else []


def with_folders(found: Sequence[Submission]) -> tuple[Submission, ...]:
    """The submissions with output folders that stay apart on every file system.

    All who would share a folder get 8 hexadecimal digits of their id's hash behind it, so that a name does not
    depend on the order in which hand-ins come.
    """
    names = [folder_name(one.team) for one in found]
    shared = Counter(_folded(name) for name in names)
    return tuple(
        replace(one, folder=name if shared[_folded(name)] == 1 else _marked(name, one.id))
        for one, name in zip(found, names, strict=True)
    )


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()


def _marked(name: str, identity: str) -> str:
    mark = hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{name[: LONGEST - 9]}-{mark}"


def folder_name(label: str) -> str:
    """A label as the name of a folder: NFC, letters, digits and ``-_.@+`` only, at most 60 characters."""
    text = unicodedata.normalize("NFC", label)
    text = re.sub(r"[^\w.@+\-]", "_", text).lstrip(".-").rstrip(".")[:LONGEST].rstrip(".")
    if not text:
        return "team"
    return f"{text[: LONGEST - 5]}-team" if text.casefold() in _TAKEN else text


def _only(found: tuple[Submission, ...], only: Sequence[str]) -> tuple[Submission, ...]:
    """Those whose label, folder or id was named; raises ``UsageFault`` when a name fits nobody."""
    if not only:
        return found
    kept: dict[int, Submission] = {}
    for wanted in only:
        exact = [n for n, one in enumerate(found) if wanted in _keys(one)]
        loose = exact or [n for n, one in enumerate(found) if _folded(wanted) in map(_folded, _keys(one))]
        if not loose:
            raise UsageFault(f"--only '{wanted}' fits no hand-in.", next_step=_near(wanted, found))
        kept |= {n: found[n] for n in loose}
    return tuple(kept[n] for n in sorted(kept))


def _keys(one: Submission) -> tuple[str, str, str]:
    return one.team, one.folder, one.id


def _near(wanted: str, found: Sequence[Submission]) -> str:
    keys = {_folded(key): key for one in found for key in _keys(one)}
    near = get_close_matches(_folded(wanted), keys, n=3, cutoff=0.5)
    near += [key for key in keys if _folded(wanted) in key and key not in near][: 3 - len(near)]
    if near:
        return f"Did you mean {' or '.join(repr(keys[key]) for key in near)}?"
    return f"There are {len(found)}: {_some([one.team for one in found])}."
