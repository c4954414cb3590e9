"""Reading archives that nobody vouches for: listing them and streaming their entries.

Nothing here writes. An entry that must not or cannot be read says so in ``obstacle``; reading one may raise
``Damaged``. Packed data is only ever held in pieces of ``PIECE`` bytes.
"""

from __future__ import annotations

import bz2
import errno
import gzip
import io
import lzma
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from grader.errors import Unreadable
from grader.intake.names import tar_name, zip_name

PIECE = 1 << 18
DIRECTORY_BYTES = 8 * 10**6
"""Largest table of contents of a zip that is read: about 80,000 entries."""
METHODS = frozenset((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2))
ARCHIVE_ENDINGS = (
    ".zip",
    ".tar",
    ".tar.gz",
    ".tgz",
    ".tar.bz2",
    ".tbz2",
    ".tar.xz",
    ".txz",
    ".rar",
    ".7z",
    ".gz",
)
FAULTS = (
    *(zipfile.BadZipFile, zipfile.LargeZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, struct.error),
    *(OSError, EOFError, ValueError, RuntimeError, IndexError, KeyError, TypeError, OverflowError),
)
"""What the standard library raises on archives that are broken."""


_METHOD_NAMES = {9: "Deflate64", 14: "LZMA", 93: "Zstandard", 95: "XZ", 98: "PPMd", 99: "AES"}


class Damaged(Unreadable):
    """An entry cannot be read to its end; the message says why."""


@dataclass(frozen=True)
class Entry:
    """One file of a source."""

    name: str
    size: int
    """Bytes after unpacking as announced; -1 if unknown."""
    read: Callable[[], Iterator[bytes]]
    packed: int = -1
    """Bytes before unpacking; -1 if unknown or not meaningful."""
    obstacle: str = ""
    """Why the entry is not read: the rest of a sentence that starts with its name."""
    kind: str = "file"
    """``file``, ``folder``, or what kind of obstacle: ``link``, ``special``, ``encrypted``, ``damaged``, ``method``."""
    raw: str = ""
    """The name under which the archive itself finds the entry."""


def magic_of(head: bytes) -> str:
    """What the first bytes of a file say it is: ``zip``, ``gzip``, ``rar``, ``pdf``, ..., or an empty string."""
    for mark, kind in _MAGIC:
        if head.startswith(mark):
            return kind
    if head[257:262] == b"ustar":
        return "tar"
    start = head[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<!doctype")):
        return "html"
    if start.startswith(b"{"):
        return "json"
    if head and b"\0" not in head and not sum(byte < 9 for byte in head):
        try:
            head.decode("utf-8")
        except UnicodeDecodeError as error:
            return "text" if error.start > len(head) - 4 else ""
        return "text"
    return ""


_MAGIC = (
    *((b"PK\x03\x04", "zip"), (b"PK\x05\x06", "zip"), (b"PK\x07\x08", "zip"), (b"\x1f\x8b", "gzip")),
    *((b"BZh", "bzip2"), (b"\xfd7zXZ\0", "xz"), (b"Rar!\x1a\x07", "rar"), (b"7z\xbc\xaf\x27\x1c", "7z")),
    *((b"\x28\xb5\x2f\xfd", "zstd"), (b"%PDF", "pdf"), (b"\x89PNG", "png"), (b"\xff\xd8\xff", "jpeg")),
    *((b"\xd0\xcf\x11\xe0", "old Office"), (b"MZ", "program"), (b"\x7fELF", "program"), (b"{\\rtf", "RTF")),
)
_WORDS = {
    "rar": "a RAR archive, which cannot be read here",
    "7z": "a 7-Zip archive, which cannot be read here",
    "xz": "packed with xz, which cannot be read here",
    "zstd": "a Zstandard archive, which cannot be read here",
    "pdf": "a PDF file",
    "html": "a web page (perhaps a log-in or error page that was saved in its place)",
    "json": "a text file",
    "text": "a text file",
    "png": "a picture",
    "jpeg": "a picture",
    "program": "a program",
    "old Office": "an Office document",
    "RTF": "a text document",
}


def describe(kind: str) -> str:
    """What :func:`magic_of` found, in words."""
    return _WORDS.get(kind, "data of an unknown kind")


def head_of(path: Path, size: int = 512) -> bytes:
    """The first bytes of a file; raises ``OSError``, also for what is no file, such as a pipe."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError(errno.EINVAL, "it is a device, pipe or socket, not a file", str(path))
    with path.open("rb") as stream:
        return stream.read(size)


def open_zip(path: Path) -> tuple[zipfile.ZipFile, list[Entry]]:
    """Open a zip and list its files and folders.

    Raises ``Unreadable`` when its table of contents is missing, broken or absurdly long.
    """
    try:
        announced = _directory_size(path)
        if announced > DIRECTORY_BYTES:
            raise Unreadable(f"its table of contents alone takes {announced:,} bytes")
        archive = zipfile.ZipFile(path)
    except FAULTS as error:
        raise Unreadable(f"its table of contents is missing or broken ({error})") from error
    overlapping = _overlapping(archive.infolist())
    entries = [
        folder_entry(zip_name(info), info.filename)
        if info.is_dir()
        else _zip_entry(archive, info, overlapping)
        for info in archive.infolist()
        if info.filename
    ]
    return archive, entries


def folder_entry(name: str, raw: str) -> Entry:
    """A folder: kept, where it is empty, because programs may write into it."""
    return Entry(name.rstrip("/\\"), 0, lambda: iter(()), kind="folder", raw=raw)


def _directory_size(path: Path) -> int:
    """Bytes of the table of contents as the end record announces them; 0 if there is no end record."""
    with path.open("rb") as stream:
        length = stream.seek(0, 2)
        stream.seek(max(0, length - 65_557))
        tail = stream.read()
        at = tail.rfind(b"PK\x05\x06")
        if at < 0 or len(tail) < at + 22:
            return 0
        size, offset = struct.unpack("<LL", tail[at + 12 : at + 20])
        if 0xFFFFFFFF in {size, offset}:
            wide = tail.rfind(b"PK\x06\x06", 0, at)
            return int(struct.unpack("<Q", tail[wide + 40 : wide + 48])[0]) if wide >= 0 else length
    return int(size)


def _overlapping(infos: list[zipfile.ZipInfo]) -> frozenset[int]:
    """Header offsets of entries whose data lies inside another entry's: no honest program writes that."""
    found: set[int] = set()
    end, owner = -1, -1
    for info in sorted(infos, key=lambda info: info.header_offset):
        if info.header_offset < end:
            found |= {info.header_offset, owner}
        reach = info.header_offset + 30 + info.compress_size
        if reach > end:
            end, owner = reach, info.header_offset
    return frozenset(found)


def _zip_entry(archive: zipfile.ZipFile, info: zipfile.ZipInfo, overlapping: frozenset[int]) -> Entry:
    mode = info.external_attr >> 16
    kind, obstacle = "file", ""
    if info.header_offset in overlapping:
        kind, obstacle = "bomb", "shares its bytes with another entry, as only a zip bomb does"
    elif stat.S_IFMT(mode) not in {0, stat.S_IFREG}:
        kind, obstacle = special(mode)
    elif info.flag_bits & 0x1:
        kind, obstacle = "encrypted", "is protected with a password"
    elif info.compress_type not in METHODS:
        method = _METHOD_NAMES.get(info.compress_type, f"method {info.compress_type}")
        kind, obstacle = "method", f"is packed with {method}, which cannot be read here"
    return Entry(
        name=zip_name(info),
        size=info.file_size,
        packed=info.compress_size,
        read=lambda: _zip_pieces(archive, info),
        obstacle=obstacle,
        kind=kind,
        raw=info.filename,
    )


def special(mode: int) -> tuple[str, str]:
    """Kind and sentence for something that is neither a file nor a folder."""
    if stat.S_ISLNK(mode):
        return "link", "is a link to another place, and links are not followed"
    return "special", "is a device, pipe or socket, not a file"


def _zip_pieces(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    try:
        with archive.open(info) as stream:
            while piece := stream.read(PIECE):
                yield piece
    except FAULTS as error:
        raise Damaged(_zip_fault(error)) from error


def _zip_fault(error: Exception) -> str:
    text = str(error)
    if "CRC" in text:
        return "its content does not fit its checksum: the archive is damaged"
    if "Overlapped" in text:
        return "it shares its bytes with another entry, as only a zip bomb does"
    return f"its packed data is damaged ({text or type(error).__name__})"


class _Bounded:
    """A byte stream that ends with ``Damaged`` once more than ``most`` bytes came out of it."""

    def __init__(self, stream: io.BufferedIOBase, most: int) -> None:
        self.stream, self.left = stream, most

    def read(self, size: int = -1) -> bytes:
        """At most ``size`` bytes; what came out before the stream broke off is not lost."""
        wanted = PIECE if size < 0 else size
        if self.left <= 0:
            raise Damaged("more data comes out of it than is read here")
        piece = self.stream.read1(min(wanted, self.left + 1))
        self.left -= len(piece)
        return piece


class _Member(tarfile.TarInfo):
    """A tar member whose extended header cannot fill the memory."""

    def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarFile:
        if self.type in _EXTENDED and self.size > 1 << 20:
            raise tarfile.ReadError(f"an extended header of {self.size:,} bytes")
        return cast(tarfile.TarFile, super()._proc_member(archive))  # type: ignore[misc]


_EXTENDED = frozenset((b"x", b"g", b"X", b"L", b"K"))


def read_tar(path: Path, kind: str, most: int) -> Iterator[Entry]:
    """Yield a tar's entries in order; each must be read before the next one is asked for.

    ``most`` bounds the bytes that are unpacked. Raises ``Damaged`` when the archive breaks off.
    """
    try:
        with _opened(path, kind) as stream:
            bounded = _Bounded(stream, most)
            with tarfile.open(
                fileobj=cast(IO[bytes], bounded), mode="r|", tarinfo=_Member, bufsize=PIECE
            ) as archive:
                while (member := archive.next()) is not None:
                    if member.isdir():
                        yield folder_entry(tar_name(member.name), f"{tar_name(member.name)}/")
                    else:
                        yield _tar_entry(archive, member)
                    if member.size > bounded.left:
                        raise Damaged("more data would come out of it than is read here")
                    archive.members.clear()  # type: ignore[attr-defined]
    except FAULTS as error:
        raise Damaged(f"the archive breaks off or is damaged ({error})") from error


def _opened(path: Path, kind: str) -> io.BufferedIOBase:
    if kind == "gzip":
        return gzip.GzipFile(path, "rb")
    return bz2.BZ2File(path, "rb") if kind == "bzip2" else path.open("rb")


def _tar_entry(archive: tarfile.TarFile, member: tarfile.TarInfo) -> Entry:
    kind, obstacle = "file", ""
    if member.issym() or member.islnk():
        kind, obstacle = special(stat.S_IFLNK)
    elif not member.isreg():
        kind, obstacle = special(0)
    elif member.issparse():
        kind, obstacle = "method", "is stored as a sparse file, which is not read here"
    return Entry(
        name=tar_name(member.name),
        size=member.size,
        read=lambda: _tar_pieces(archive, member),
        obstacle=obstacle,
        kind=kind,
        raw=tar_name(member.name),
    )


def _tar_pieces(archive: tarfile.TarFile, member: tarfile.TarInfo) -> Iterator[bytes]:
    try:
        stream = archive.extractfile(member)
        while stream and (piece := stream.read(PIECE)):
            yield piece
    except FAULTS as error:
        raise Damaged(f"its packed data is damaged ({error})") from error
