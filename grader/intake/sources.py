"""Where the files of a hand-in come from: a folder, chosen entries of an outer archive, a mail."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from grader.errors import Unreadable
from grader.intake.archives import (
    ARCHIVE_ENDINGS,
    PIECE,
    Damaged,
    Entry,
    folder_entry,
    head_of,
    magic_of,
    open_zip,
    read_tar,
    special,
)
from grader.intake.names import is_clutter, tar_name
from grader.platforms import email

_ENDINGS = (".ipynb", ".py", ".html", ".pdf", *ARCHIVE_ENDINGS)
_DEPTH = 40
_ZIPPED = (".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp", ".npz", ".jar", ".whl", ".pt", ".pth", ".epub")


def by_worth(entries: Iterable[Entry]) -> list[Entry]:
    """Notebooks first, then scripts, exports and archives, then the rest: limits cut what matters least."""

    def rank(entry: Entry) -> int:
        name = entry.name.lower()
        return next((place for place, end in enumerate(_ENDINGS) if name.endswith(end)), len(_ENDINGS))

    return sorted(entries, key=rank)


def is_archive_name(name: str) -> bool:
    """Whether a name promises an archive."""
    return name.lower().endswith(ARCHIVE_ENDINGS)


def container_kind(path: Path, name: str = "") -> str:
    """``folder``, ``zip``, ``gzip``, ``bzip2``, ``tar`` or, for everything else, an empty string.

    ``name`` is the file's name where ``path`` is only a copy of it. Raises ``OSError``.
    """
    if path.is_dir():
        return "folder"
    if (name or path.name).lower().endswith(_ZIPPED):
        return ""
    kind = magic_of(head_of(path))
    if kind in {"zip", "gzip", "bzip2", "tar"}:
        return kind
    return "zip" if kind in {"", "program"} and _ends_as_zip(path) else ""


def _ends_as_zip(path: Path) -> bool:
    """Whether a file of another beginning (a self-extracting archive) has a zip's end record."""
    with path.open("rb") as stream:
        length = stream.seek(0, 2)
        stream.seek(max(0, length - 65_557))
        return b"PK\x05\x06" in stream.read()


def folder_entries(folder: Path, most: int = 100_000) -> Iterator[Entry]:
    """The files and empty folders below a folder, at most ``most``; links that lead out are obstacles."""
    home = folder.resolve()
    for path, name in _walk(folder, "", most):
        yield folder_entry(name, name) if name.endswith("/") else _file_entry(path, name, home)


def _walk(folder: Path, prefix: str, most: int) -> Iterator[tuple[Path, str]]:
    """Files and empty folders (with final ``/``) below a folder, breadth by breadth, clutter folders not entered."""
    waiting, seen = [(folder, prefix)], 0
    while waiting:
        here, start = waiting.pop(0)
        try:
            children = sorted(here.iterdir())
        except OSError:
            continue
        if start and not children:
            yield here, start
        for child in children:
            seen += 1
            if seen > most:
                return
            name = f"{start}{child.name}"
            if child.is_dir() and not child.is_symlink():
                if not is_clutter(f"{child.name}/") and name.count("/") < _DEPTH:
                    waiting.append((child, f"{name}/"))
            else:
                yield child, name


def _file_entry(path: Path, name: str, home: Path) -> Entry:
    kind, obstacle, size, target = "file", "", -1, path
    try:
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode):
            target = path.resolve()
            inside = target.is_relative_to(home) and target.is_file()
            kind, obstacle = ("file", "") if inside else special(stat.S_IFLNK)
            status = target.stat() if inside else status
        elif not stat.S_ISREG(status.st_mode):
            kind, obstacle = special(status.st_mode)
        size = status.st_size
    except (OSError, RuntimeError) as error:
        kind, obstacle = "damaged", f"cannot be read ({error})"
    return Entry(tar_name(name), size, lambda: pieces_of(target), -1, obstacle, kind, raw=name)


def pieces_of(path: Path) -> Iterator[bytes]:
    """The bytes of a regular file, piece by piece; raises ``Damaged`` when it cannot be read."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as stream:
            while piece := stream.read(PIECE):
                yield piece
    except OSError as error:
        raise Damaged(f"it cannot be read ({error.strerror or error})") from error


def archive_entries(path: Path, kind: str, most: int) -> tuple[Iterable[Entry], Callable[[], None]]:
    """The entries of an archive and what closes it; raises ``Unreadable`` when it cannot be opened."""
    if kind == "zip":
        archive, entries = open_zip(path)
        return by_worth(entries), archive.close
    return read_tar(path, kind, most), lambda: None


def mail_entries(path: Path, key: str) -> tuple[list[Entry], tuple[str, ...]]:
    """The attachments of the message ``key`` (or the only one) and the links in its text.

    Raises ``Unreadable`` when the message is not there.
    """
    try:
        for mail in email.mails(path):
            if not key or mail.key == key:
                entries = [_attachment(name, content) for name, content in mail.attachments]
                return by_worth(entries), mail.links
    except OSError as error:
        raise Unreadable(f"the mailbox cannot be read ({error})") from error
    raise Unreadable(f"the message '{key}' is not in the mailbox any more")


def _attachment(name: str, content: bytes) -> Entry:
    last = name.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    return Entry(last or "attachment", len(content), lambda: iter((content,)))


def names_in(path: Path, most: int = 100_000) -> list[str]:
    """Names of all files and folders (with final ``/``) in a folder or archive, as they are stored.

    Raises ``Unreadable`` when the archive cannot be opened or breaks off.
    """
    kind = container_kind(path)
    if kind == "folder":
        return _folder_names(path, most)
    if kind == "zip":
        archive, _ = open_zip(path)
        with closing(archive):
            return archive.namelist()[:most]
    try:
        return [entry.raw for entry, _ in zip(read_tar(path, kind, 10**9), range(most), strict=False)]
    except Damaged as error:
        raise Unreadable(str(error)) from error


def _folder_names(folder: Path, most: int) -> list[str]:
    names: list[str] = []
    for here, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not is_clutter(f"{name}/"))
        below = os.path.relpath(here, folder).replace(os.sep, "/")
        start = "" if below == "." else f"{below}/"
        if start.count("/") > 6:
            folders.clear()
        names += [f"{start}{name}/" for name in folders] + [f"{start}{name}" for name in sorted(files)]
        if len(names) > most:
            break
    return names[:most]


def chosen(entries: Iterable[Entry], selection: str) -> Iterator[Entry]:
    """The entries a submission speaks of: a file, a folder prefix with ``/``, or several, one per line.

    Names come out relative to the folder prefix.
    """
    wanted = selection.split("\n")
    for entry in entries:
        if entry.raw == selection or entry.raw in wanted:
            yield replace(entry, name=entry.name.replace("\\", "/").rsplit("/", 1)[-1])
            continue
        for prefix in wanted:
            if prefix.endswith("/") and entry.raw.startswith(prefix):
                yield replace(entry, name=_below(entry, prefix))


def _below(entry: Entry, prefix: str) -> str:
    """The decoded name without as many folders as the prefix has."""
    return "/".join(entry.name.replace("\\", "/").split("/")[prefix.count("/") :])
