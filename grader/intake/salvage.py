"""Saving what can be saved of a zip that breaks off: its entries are found by their local headers."""

from __future__ import annotations

import mmap
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

from grader.intake.archives import PIECE, Damaged, Entry
from grader.intake.names import legacy_name

_HEADER = struct.Struct("<4sHHHHHLLLHH")
_MARK = b"PK\x03\x04"
MOST = 5_000


def salvage(path: Path) -> list[Entry]:
    """The entries whose local headers can still be found, whole or not; reading one tells.

    Raises ``OSError`` when the file itself cannot be read.
    """
    if path.stat().st_size < _HEADER.size:
        return []
    with path.open("rb") as stream:
        data = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
    found: list[Entry] = []
    at = data.find(_MARK)
    while at >= 0 and at + _HEADER.size <= len(data) and len(found) < MOST:
        entry, after = _entry(data, at)
        if entry is not None:
            found.append(entry)
        at = data.find(_MARK, after)
    return found


def _entry(data: mmap.mmap, at: int) -> tuple[Entry | None, int]:
    """The entry whose local header stands at ``at`` (``None`` for folders and chance hits), and where to go on."""
    fields = _HEADER.unpack_from(data, at)
    _, _, flags, method, _, _, check, packed, size, name_length, extra_length = fields
    start = at + _HEADER.size + name_length + extra_length
    raw = data[at + _HEADER.size : at + _HEADER.size + name_length]
    if not raw or len(raw) < name_length or start > len(data):
        return None, at + 4
    name = raw.decode("utf-8", "replace") if flags & 0x800 else legacy_name(raw)
    later = bool(flags & 0x8) and packed == 0
    after = start if later else start + packed
    if name.endswith("/"):
        return None, after
    kind, obstacle = "file", ""
    if flags & 0x1:
        kind, obstacle = "encrypted", "is protected with a password"
    elif method not in {0, 8} or (method == 0 and later):
        kind, obstacle = "method", "is packed in a way that cannot be saved from a broken archive"
    expected = None if later else check

    def read() -> Iterator[bytes]:
        end = len(data) if later else start + packed
        if end > len(data):
            raise Damaged("the archive is cut off inside it")
        pieces = _inflated(data, start, end) if method == 8 else _stored(data, start, end)
        return _checked(pieces, expected)

    announced = -1 if later else size
    return Entry(name, announced, read, -1 if later else packed, obstacle, kind, raw=name), after


def _stored(data: mmap.mmap, start: int, end: int) -> Iterator[bytes]:
    for at in range(start, end, PIECE):
        yield data[at : min(at + PIECE, end)]


def _inflated(data: mmap.mmap, start: int, end: int) -> Iterator[bytes]:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for packed in _stored(data, start, end):
            while packed and not inflater.eof:
                yield inflater.decompress(packed, PIECE)
                packed = inflater.unconsumed_tail
            if inflater.eof:
                return
    except zlib.error as error:
        raise Damaged(f"its packed data is damaged ({error})") from error
    raise Damaged("the archive is cut off inside it")


def _checked(pieces: Iterator[bytes], expected: int | None) -> Iterator[bytes]:
    total = 0
    for piece in pieces:
        total = zlib.crc32(piece, total)
        yield piece
    if expected is not None and total != expected:
        raise Damaged("its content does not fit its checksum: the archive is damaged")
