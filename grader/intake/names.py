"""Names of files: decoding what archives store, making them safe, telling clutter from work."""

from __future__ import annotations

import hashlib
import re
import struct
import unicodedata
import zipfile

NAME_BYTES = 200
"""Longest part of a path that is kept as it is, in bytes."""
DEPTH = 24
"""Most folders inside one another."""

_ROOT = re.compile(r"(/|[A-Za-z]:|\.(?=/))*")
_CLUTTER_FOLDERS = frozenset(
    ("__macosx", "__pycache__", "site-packages", "node_modules", "venv", "$recycle.bin")
)
_CLUTTER_FILES = frozenset(("thumbs.db", "desktop.ini", "icon\r"))
_OFFICE = ("~$", "._")


def is_clutter(name: str) -> bool:
    """Whether an entry is no work of the students: hidden, a cache, made by the system or an office lock file."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in {"", ".", ".."}]
    folders = parts if name.endswith("/") else parts[:-1]
    if any(part.lower() in _CLUTTER_FOLDERS for part in folders):
        return True
    if any(part.startswith((".", *_OFFICE)) for part in parts):
        return True
    return bool(parts) and parts[-1].lower() in _CLUTTER_FILES


def zip_name(info: zipfile.ZipInfo) -> str:
    """The name of a zip entry as its author wrote it.

    Names without the UTF-8 flag are, in this order: what the Unicode extra field says, UTF-8 all the same
    (macOS), the DOS code page of the standard, or Latin-1 where the DOS reading yields no letters.
    """
    if info.flag_bits & 0x800:
        return info.orig_filename
    try:
        raw = info.orig_filename.encode("cp437")
    except UnicodeEncodeError:
        return info.orig_filename
    return _unicode_field(info.extra) or legacy_name(raw)


def legacy_name(raw: bytes) -> str:
    """Bytes of unknown encoding as text: UTF-8 if they are, else the DOS code page or Latin-1."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        pass
    dos, latin = raw.decode("cp437"), raw.decode("latin-1")
    return latin if _oddness(latin) < _oddness(dos) else dos


def tar_name(name: str) -> str:
    """The name of a tar member, with bytes that are no UTF-8 read as an older encoding."""
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return legacy_name(name.encode("utf-8", "surrogateescape"))
    return name


def _oddness(text: str) -> int:
    """How many characters beyond ASCII are no Latin letters."""
    odd = 0
    for letter in text:
        if not letter.isascii():
            odd += not (letter.isalpha() and "LATIN" in unicodedata.name(letter, ""))
    return odd


def _unicode_field(extra: bytes) -> str:
    """The name in the Info-ZIP Unicode path field, or an empty string."""
    while len(extra) >= 4:
        kind, size = struct.unpack("<HH", extra[:4])
        body, extra = extra[4 : 4 + size], extra[4 + size :]
        if kind == 0x7075 and len(body) > 5:
            return body[5:].decode("utf-8", "replace")
    return ""


def safe_relative(name: str) -> tuple[str, str]:
    """A name that stays below its folder, and what had to be changed (empty if nothing worth telling).

    Answers ``("", reason)`` for a name that cannot be kept at all: it climbs out with ``..``, is nested too
    deeply, or is empty. Backslashes separate folders as on Windows; a leading slash or drive is dropped.
    """
    changes: list[str] = []
    text = unicodedata.normalize("NFC", name).replace("\\", "/")
    root = _ROOT.match(text)
    if root and root[0]:
        text = text[root.end() :]
        if root[0].strip("./") or root[0].startswith("/"):
            changes.append(f"the root '{printable(root[0], 20)}' was dropped")
    parts = [part for part in text.split("/") if part not in {"", "."}]
    if ".." in parts:
        return "", "its name climbs out of the archive with '..'"
    if not parts:
        return "", "it has no name"
    if len(parts) > DEPTH:
        return "", f"it lies {len(parts)} folders deep, at most {DEPTH} are read"
    kept = [_safe_part(part) for part in parts]
    if any(len(part.encode("utf-8", "surrogatepass")) > NAME_BYTES for part in parts):
        changes.append("its very long name was shortened")
    if any(_unprintable(part) for part in parts):
        changes.append("characters that no file name should have were replaced by '_'")
    return "/".join(kept), " and ".join(changes)


_UNWANTED = frozenset(("Cc", "Cs", "Cf", "Zl", "Zp"))


def _unprintable(part: str) -> bool:
    return not part.isprintable() and any(unicodedata.category(letter) in _UNWANTED for letter in part)


def _replaced(part: str, by: str) -> str:
    """The text with ``by`` in place of control and format characters."""
    if part.isprintable():
        return part
    return "".join(by if unicodedata.category(letter) in _UNWANTED else letter for letter in part)


def _safe_part(part: str) -> str:
    clean = _replaced(part, "_")
    if len(clean.encode()) <= NAME_BYTES:
        return clean
    stem, dot, end = clean.rpartition(".")
    if not dot or len(end.encode()) > 12:
        stem, dot, end = clean, "", ""
    mark = hashlib.sha256(part.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    cut = stem.encode()[: NAME_BYTES - 30].decode("utf-8", "ignore")
    return f"{cut}-{mark}{dot}{end}"


def printable(name: str, longest: int = 120) -> str:
    """A name for a message: no control characters, not too long."""
    clean = _replaced(name, "?")
    return clean if len(clean) <= longest else f"{clean[: longest - 12]}...{clean[-9:]}"
