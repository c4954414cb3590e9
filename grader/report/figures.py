"""Pictures that a notebook carries: checked without decoding them, and encoded anew as ``data:`` addresses."""

from __future__ import annotations

import base64
import binascii
import struct
from dataclasses import dataclass

from markupsafe import Markup

from grader.report.layout import printable

MOST_PIXELS = 40_000_000


@dataclass(frozen=True)
class DataPicture:
    """A checked picture as a ``data:`` address, with its size in pixels."""

    address: str
    width: int
    height: int

    def markup(self, text: str) -> Markup:
        """The element that shows it."""
        return Markup(
            '<img src="{}" width="{}" height="{}" alt="{}" loading="lazy" decoding="async">'
        ).format(self.address, self.width, self.height, printable(text))

    def framed(self, text: str, name: str) -> Markup:
        """The same in a frame with a name, by which ``<use>`` shows it a second time."""
        return Markup(
            '<svg class="shot" viewBox="0 0 {0} {1}" style="max-width:{0}px" role="img" aria-label="{2}">'
            '<image id="{3}" href="{4}" width="{0}" height="{1}"/></svg>'
        ).format(self.width, self.height, printable(text), name, self.address)


def data_picture(kind: str, encoded: str) -> DataPicture | None:
    """Check that base64 text is a PNG or JPEG of sensible size and encode it anew; ``None`` if it is not."""
    try:
        content = base64.b64decode("".join(encoded.split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    size = (
        _png_size(content) if kind == "image/png" else _jpeg_size(content) if kind == "image/jpeg" else None
    )
    if size is None or not 0 < size[0] * size[1] <= MOST_PIXELS:
        return None
    return DataPicture(f"data:{kind};base64,{base64.b64encode(content).decode()}", *size)


def _png_size(content: bytes) -> tuple[int, int] | None:
    if len(content) < 33 or content[:8] != b"\x89PNG\r\n\x1a\n" or content[12:16] != b"IHDR":
        return None
    width, height = struct.unpack(">II", content[16:24])
    return width, height


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    """Width and height from the first frame header (ITU T.81, B.2.2)."""
    if content[:2] != b"\xff\xd8":
        return None
    place = 2
    while place + 9 <= len(content) and content[place] == 0xFF:
        marker, length = content[place + 1], int.from_bytes(content[place + 2 : place + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:
            height, width = struct.unpack(">HH", content[place + 5 : place + 9])
            return width, height
        place += 2 + max(length, 2)
    return None
