"""The staging folder: where entries of a hand-in become files, within limits and under safe names."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from grader.errors import Unreadable
from grader.intake.archives import Damaged, Entry
from grader.intake.names import is_clutter, printable, safe_relative
from grader.records import Blame, Remark

EMPTY_FOLDERS = 200
"""Folders that are kept although nothing lies in them."""
SHOWN = 5
"""Remarks of one kind that are spelled out; the rest is counted."""


@dataclass(frozen=True)
class Limits:
    """How much one hand-in may unpack to; what goes beyond is left out and said."""

    entries: int = 5_000
    total_bytes: int = 512 * 10**6
    file_bytes: int = 256 * 10**6
    ratio: float = 200.0
    """Largest factor by which packed files may grow, once more than ``ratio_from`` bytes came out."""
    ratio_from: int = 64 * 10**6
    seconds: float = 30.0
    listed: int = 50_000
    """Entries that are looked at, clutter included."""


@dataclass(frozen=True)
class Placed:
    """A file in the staging folder."""

    digest: str
    size: int
    depth: int
    """How many archives it came out of."""


class Staging:
    """Files of one hand-in on their way into its workspace, and what was left out."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        self.folder, self.limits = folder, limits
        self.files: dict[str, Placed] = {}
        self.full = ""
        """Why nothing more is taken; empty while there is room."""
        self.looked_at = 0
        self.clutter = 0
        self._folders: set[str] = set()
        self._bytes = 0
        self._packed, self._grown = 0, 0
        self._spelling: dict[str, str] = {}
        self._made = {""}
        self._said: dict[str, list[Remark]] = {}
        self._end = time.monotonic() + limits.seconds
        folder.mkdir()

    def say(
        self, kind: str, what: str, *, where: str = "", next_step: str = "", blame: Blame = Blame.TEAM
    ) -> None:
        """Note something for the reader."""
        self._said.setdefault(kind, []).append(Remark(kind, what, printable(where), next_step, blame))

    def remarks(self) -> tuple[Remark, ...]:
        """What was noted; long rows of the same kind end in a count."""
        found: list[Remark] = []
        for kind, row in self._said.items():
            found += row[:SHOWN]
            if len(row) > SHOWN:
                found.append(Remark(kind, f"The same holds for {len(row) - SHOWN} more.", blame=row[0].blame))
        if self.clutter:
            text = f"{self.clutter} hidden, cache or system files were left out."
            found.append(Remark("clutter", text))
        return tuple(found)

    def take(self, entries: Iterable[Entry], below: str, depth: int) -> None:
        """Write the entries below the relative folder ``below`` until they or the limits end."""
        for entry in entries:
            if self.full:
                return
            self.looked_at += entry.kind != "folder"
            if time.monotonic() > self._end:
                self._close(f"it took longer than {self.limits.seconds:g} s")
            elif self.looked_at > self.limits.listed:
                self._close(f"it lists more than {self.limits.listed:,} entries")
            elif is_clutter(f"{entry.name}/" if entry.kind == "folder" else entry.name):
                self.clutter += entry.kind != "folder"
            elif entry.kind == "folder":
                self._keep_folder(entry, below)
            else:
                self._take_one(entry, below, depth)

    def _take_one(self, entry: Entry, below: str, depth: int) -> None:
        shown = printable(entry.name)
        if entry.obstacle:
            self.say(entry.kind, f"'{shown}' {entry.obstacle}; it was left out.", where=entry.name)
            return
        name, change = safe_relative(entry.name)
        if not name:
            self.say("unsafe_name", f"'{shown}' was left out: {change}.", where=entry.name)
            return
        if change:
            self.say("renamed", f"'{shown}' became '{printable(name)}': {change}.", where=entry.name)
        if refusal := self._too_much(entry):
            self.say("too_large", f"'{shown}' was left out: {refusal}.", where=entry.name)
            return
        if len(self.files) >= self.limits.entries:
            self._close(f"it holds more than {self.limits.entries:,} files")
            return
        self._write(entry, self._room(f"{below}/{name}" if below else name), depth)

    def _keep_folder(self, entry: Entry, below: str) -> None:
        name, _ = safe_relative(entry.name)
        if name and len(self._folders) < EMPTY_FOLDERS:
            self._folders.add(f"{below}/{name}" if below else name)

    def _too_much(self, entry: Entry) -> str:
        size, limits = entry.size, self.limits
        if size > limits.file_bytes:
            return f"unpacked it has {megabytes(size)}, at most {megabytes(limits.file_bytes)} are read"
        packed, grown = self._packed + entry.packed, self._grown + size
        if entry.packed >= 0 and grown > limits.ratio_from and packed * limits.ratio < grown:
            return f"{packed:,} bytes that unpack to {megabytes(grown)} are a zip bomb, not a hand-in"
        if self._bytes + size > limits.total_bytes:
            return f"the whole hand-in may unpack to {megabytes(limits.total_bytes)} at most"
        return ""

    def _close(self, reason: str) -> None:
        self.full = reason
        self.say("limit", f"Unpacking stopped early: {reason}.", blame=Blame.TEAM)

    def _room(self, name: str) -> str:
        """The free name nearest to ``name``; folders are merged without regard to case, files never."""
        *folders, last = name.split("/")
        at = ""
        for folder in folders:
            wanted = f"{at}/{folder}" if at else folder
            known = self._spelling.get(wanted.casefold())
            if known is not None and known in self.files:
                known = self._free(wanted)
                text = f"'{printable(wanted)}' is a file and a folder; the folder is kept as '{printable(known)}'"
                self.say("similar_names", f"{text}.", where=wanted)
            at = self._spelling.setdefault((known or wanted).casefold(), known or wanted)
        wanted = f"{at}/{last}" if at else last
        known = self._spelling.get(wanted.casefold())
        if known is None or (known == wanted and wanted in self.files):
            self._spelling[wanted.casefold()] = wanted
            return wanted
        free = self._free(wanted)
        self._spelling[free.casefold()] = free
        text = f"'{printable(wanted)}' and '{printable(known)}' differ in upper and lower case only or clash"
        self.say("similar_names", f"{text}; the second is kept as '{printable(free)}'.", where=wanted)
        return free

    def _free(self, wanted: str) -> str:
        stem, dot, end = wanted.rpartition(".")
        if not dot or "/" in end:
            stem, dot, end = wanted, "", ""
        number = 2
        while f"{stem} ({number}){dot}{end}".casefold() in self._spelling:
            number += 1
        return f"{stem} ({number}){dot}{end}"

    def free_folder(self, wanted: str) -> str:
        """A folder name that nothing uses yet."""
        return self._free(wanted) if wanted.casefold() in self._spelling else wanted

    def _write(self, entry: Entry, name: str, depth: int) -> None:
        target = self.folder / name
        if name in self.files:
            text = f"'{printable(name)}' stands in the archive more than once; the last one was taken"
            self.say("duplicate", f"{text}, as unpacking by hand does.", where=name)
        self._make_folders(name)
        draft = self.folder.parent / "entry" if name in self.files else target
        try:
            digest, size = self._stream(entry, draft)
        except (Damaged, _TooMuch) as fault:
            draft.unlink(missing_ok=True)
            kind = "damaged" if isinstance(fault, Damaged) else "too_large"
            self.say(kind, f"'{printable(entry.name)}' was left out: {fault}.", where=entry.name)
            return
        if old := self.files.get(name):
            self._bytes -= old.size
        if draft != target:
            draft.replace(target)
        self._bytes += size
        if entry.packed >= 0:
            self._packed, self._grown = self._packed + entry.packed, self._grown + size
        self.files[name] = Placed(digest, size, depth)

    def _make_folders(self, name: str) -> None:
        below = name.rpartition("/")[0]
        if below not in self._made:
            make_folders(self.folder, self.folder / below)
            self._made.add(below)

    def _stream(self, entry: Entry, draft: Path) -> tuple[str, int]:
        total, size = hashlib.sha256(), 0
        most = min(self.limits.file_bytes, self.limits.total_bytes - self._bytes)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(draft, flags, 0o600), "wb") as stream:
            for piece in entry.read():
                size += len(piece)
                if size > most:
                    raise _TooMuch(f"it unpacks to more than the {megabytes(most)} that are left for it")
                if time.monotonic() > self._end:
                    raise _TooMuch("the time for unpacking was used up")
                total.update(piece)
                stream.write(piece)
            os.fchmod(stream.fileno(), 0o644)
        return total.hexdigest(), size

    def forget(self, name: str) -> None:
        """Take a file off the list that was moved away, such as a nested archive that is being unpacked."""
        self._bytes -= self.files.pop(name).size
        self._spelling.pop(name.casefold(), None)

    def wrapper(self) -> str:
        """The folder (with final ``/``) that holds every file, or an empty string."""
        folders = [f"/{name}".rpartition("/")[0] or "/" for name in self.files]
        shared = os.path.commonpath(folders).strip("/") if folders else ""
        return f"{shared}/" if shared else ""

    def deliver(self, into: Path) -> dict[str, str]:
        """Move everything into the empty folder ``into``, without wrapper folders; answers name -> SHA-256."""
        wrapper = self.wrapper()
        for child in sorted((self.folder / wrapper).iterdir()):
            child.replace(into / child.name)
        _prune(into)
        for folder in sorted(self._folders):
            if folder.startswith(wrapper) and folder != wrapper.rstrip("/"):
                with suppress(OSError):  # a file of that name: it stays
                    make_folders(into, into / folder.removeprefix(wrapper))
        return {name.removeprefix(wrapper): placed.digest for name, placed in self.files.items()}


class _TooMuch(Unreadable):
    """An entry is larger than it may be."""


def make_folders(root: Path, folder: Path) -> None:
    """Make ``folder`` and the folders between it and ``root``, all with mode 0755."""
    if folder == root or folder.is_dir():
        return
    make_folders(root, folder.parent)
    folder.mkdir()
    folder.chmod(0o755)


def _prune(folder: Path) -> None:
    """Remove folders without files."""
    for path, _, _ in os.walk(folder, topdown=False):
        if path != str(folder):
            with suppress(OSError):
                Path(path).rmdir()


def megabytes(size: int) -> str:
    """A number of bytes for a message."""
    if size >= 10**9:
        return f"{size / 10**9:.1f} GB"
    return f"{size / 10**6:.0f} MB" if size >= 10**6 else f"{size:,} bytes"
