"""Reading a path as a platform's download or as a mailbox."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from grader.errors import UsageFault
from grader.intake.archives import open_zip
from grader.intake.names import printable
from grader.intake.reading import Reading, decoded, from_label, many, quoted
from grader.platforms import PLATFORMS, READABLE, Label, Platform, email, gradescope
from grader.platforms.label import parts_of
from grader.records import Blame, Remark, Submission


def read_platform(path: Path, kind: str, names: Sequence[str], wanted: str | None) -> Reading | None:
    """Read ``path`` as a platform's download, its outer archive or its folder; ``None`` if it is none.

    The platform ``wanted`` is believed; otherwise patterns that other names could match by chance count only
    if every entry matches with an id of its own.
    """
    tried = [PLATFORMS[wanted]] if wanted else [PLATFORMS[name] for name in READABLE if name != "plain"]
    for platform in tried:
        label = platform.parse(path.name) if platform.STRONG or wanted else None
        if label is not None and label.rest != "-correction":
            one = from_label(platform, label, path, "")
            how = f"one hand-in, named as {platform.NAME} names them"
            return Reading((one,), f"{quoted(path)} was read as {how}.", how)
        groups = _groups(platform, names, believed=wanted is not None or _evident(platform, names))
        if groups:
            return _download(platform, path, kind, names, groups)
    return None


def _evident(platform: Platform, names: Sequence[str]) -> bool:
    """Whether a match cannot be chance."""
    if platform.NAME == gradescope.NAME:
        return any(name.rsplit("/", 1)[-1] == gradescope.METADATA for name in names)
    return platform.STRONG


def _groups(platform: Platform, names: Sequence[str], *, believed: bool) -> dict[str, dict[str, Label]]:
    """Id -> entry (file, or folder with final ``/``) -> label."""
    groups: dict[str, dict[str, Label]] = {}
    strangers = 0
    for name in names:
        label = platform.parse(decoded(name))
        entry = _entry_name(name, label) if label else ""
        if label is None or (platform.FOLDERS and not entry.endswith("/")):
            if strangers and not believed:
                return {}
            strangers += not name.endswith("/") and name.rsplit("/", 1)[-1] != gradescope.METADATA
            continue
        groups.setdefault(label.id, {})[entry] = label
    entries = sum(len(group) for group in groups.values())
    folders = all(entry.endswith("/") for group in groups.values() for entry in group)
    if not believed and (strangers or entries < 2 or (folders and entries != len(groups))):
        return {}
    return groups


def _entry_name(name: str, label: Label) -> str:
    """The stored name up to and including the part that the label was read from."""
    depth = len(parts_of(label.matched))
    parts = name.split("/")
    matched = 0
    for position, part in enumerate(parts):
        matched += part not in {"", "."}
        if matched == depth:
            rest = "/" if position + 1 < len(parts) else ""
            return "/".join(parts[: position + 1]) + rest
    return name


def _download(
    platform: Platform, path: Path, kind: str, names: Sequence[str], groups: dict[str, dict[str, Label]]
) -> Reading:
    remarks: list[Remark] = []
    members = _submitters(path, kind, names) if platform.NAME == "gradescope" else {}
    found: list[Submission] = []
    for identity, group in groups.items():
        own = _student_entries(group)
        if not own:
            text = f"'{next(iter(group))}' is a correction, not a hand-in, and was left out."
            remarks.append(Remark("correction", text))
            continue
        found.append(_from_group(platform, path, kind, own, members.get(identity, ())))
    if not found:
        step = "Download the hand-ins, not the corrections."
        raise UsageFault("this holds corrections only, no hand-ins.", where=str(path), next_step=step)
    claimed = [entry for group in groups.values() for entry in group]
    others = _unclaimed(names, claimed)
    if others:
        text = (
            f"{len(others)} entries belong to no hand-in and were left out, such as '{printable(others[0])}'."
        )
        remarks.append(Remark("skipped_entry", text))
    how = f"{platform.NAME} {'folder' if kind == 'folder' else 'download'}"
    late = sum(one.late for one in found)
    told = f" ({late} late)" if late else ""
    choice = f"{quoted(path)} was read as a {how} with {many(len(found))}{told}."
    return Reading(tuple(found), choice, how, tuple(remarks))


def _unclaimed(names: Sequence[str], claimed: Iterable[str]) -> list[str]:
    files: set[str] = set()
    folders: list[str] = []
    for entry in claimed:
        if entry.endswith("/"):
            folders.append(entry)
        else:
            files.add(entry)
    inside = tuple(folders)
    return [
        name
        for name in names
        if not name.endswith("/")
        and name not in files
        and not name.startswith(inside)
        and name.rsplit("/", 1)[-1] != gradescope.METADATA
    ]


def _student_entries(group: dict[str, Label]) -> dict[str, Label]:
    """The entries that hold work: no corrections, no typed text beside files, no second download of the same."""
    own = {entry: label for entry, label in group.items() if label.rest != "-correction"}
    files = {entry: label for entry, label in own.items() if label.rest != "onlinetext"}
    own = files or own
    if all(label.platform == "mampf" for label in own.values()) and len(own) > 1:
        best = min(own, key=lambda entry: (entry.endswith("/"), len(entry), entry))
        return {best: own[best]}
    return own


def _from_group(
    platform: Platform, path: Path, kind: str, group: dict[str, Label], members: tuple[str, ...]
) -> Submission:
    """One submission of the entries that share an id; entries in a folder become its path where possible."""
    entries = sorted(group)
    label = replace(group[entries[0]], late=any(one.late for one in group.values()))
    if members:
        label = replace(label, members=members, team=", ".join(members))
    if kind == "folder" and len(entries) == 1:
        return from_label(platform, label, path / entries[0].rstrip("/"), "")
    return from_label(platform, label, path, "\n".join(entries))


def _submitters(path: Path, kind: str, names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The submitters that a Gradescope export names, by submission id."""
    stored = next((name for name in names if name.rsplit("/", 1)[-1] == gradescope.METADATA), "")
    if not stored:
        return {}
    try:
        if kind == "folder":
            return gradescope.members((path / stored).read_bytes()[:5_000_000])
        if kind == "zip":
            archive, _ = open_zip(path)
            with archive, archive.open(stored) as stream:
                return gradescope.members(stream.read(5_000_000))
    except (OSError, RuntimeError, ValueError):
        pass
    return {}


def read_mailbox(path: Path, kind: str, names: Sequence[str]) -> Reading | None:
    """Read ``path`` as a mailbox: an ``.mbox`` or ``.eml`` file, or a folder with such files at its top."""
    if kind == "folder":
        files = [path / name for name in names if "/" not in name and name.lower().endswith(email.ENDINGS)]
    else:
        files = [path] if path.is_file() and path.name.lower().endswith(email.ENDINGS) else []
    if not files:
        return None
    by_sender: dict[str, list[tuple[Path, email.Mail]]] = {}
    for file in files:
        try:
            for mail in email.mails(file):
                by_sender.setdefault(mail.sender.lower(), []).append((file, mail))
        except OSError as error:
            raise UsageFault("this mailbox cannot be read.", where=str(file), got=str(error)) from error
    if not by_sender:
        raise UsageFault("this mailbox holds no message.", where=str(path), next_step="Export it again.")
    remarks: list[Remark] = []
    found = tuple(_from_mails(mails, remarks) for mails in by_sender.values())
    choice = f"{quoted(path)} was read as a mailbox with hand-ins of {many(len(found), 'sender')}."
    return Reading(found, choice, "mailbox", tuple(remarks))


def _from_mails(mails: list[tuple[Path, email.Mail]], remarks: list[Remark]) -> Submission:
    """The sender's last mail that has attachments, else the last one."""
    useful = [pair for pair in mails if pair[1].attachments] or mails
    file, mail = max(useful, key=lambda pair: pair[1].seconds)
    if len(mails) > 1:
        when = mail.received or "without a date"
        text = f"{len(mails)} mails came from {printable(mail.sender)}; the last with attachments ({when}) was taken."
        step = "Compare with the deadline: the date is the sender's claim."
        remarks.append(Remark("several_mails", text, printable(mail.sender), step, Blame.NOBODY))
    label = Label(email.NAME, mail.sender, mail.sender.lower(), mail.received, kept=mail.sender)
    return from_label(PLATFORMS["email"], label, file, mail.key)
