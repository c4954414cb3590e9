"""Builders of hand-ins that nobody wants to get: every one writes one file or folder and returns its path.

``BUILDERS[name](folder)`` writes below ``folder`` (which exists) and is deterministic. Names say what is wrong.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

Builder = Callable[[Path], Path]
BUILDERS: dict[str, Builder] = {}
NOTEBOOK = "solution.ipynb"
BOMB_BYTES = 3 * 2**30
WORK = "import math\n\n\ndef area(radius):\n    return math.pi * radius**2\n"


def builder(function: Builder) -> Builder:
    """Register a builder under its own name."""
    BUILDERS[function.__name__] = function
    return function


def notebook(*cells: str, outputs: Sequence[dict[str, Any]] = ()) -> str:
    """The JSON text of a notebook with these code cells; ``outputs`` belong to the last one."""
    made = [_cell(f"c{number}", source) for number, source in enumerate(cells or (WORK, "print(area(2.0))"))]
    made[-1]["outputs"] = list(outputs)
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": kernel}, "cells": made})


def _cell(name: str, source: str) -> dict[str, Any]:
    basis: dict[str, Any] = {"cell_type": "code", "id": name, "metadata": {}, "source": source}
    return basis | {"execution_count": None, "outputs": []}


def zipped(path: Path, files: dict[str, str | bytes]) -> Path:
    """Write an honest zip."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return path


def mail(sender: str, date: str, **attachments: bytes) -> EmailMessage:
    """An honest mail with a link in its text."""
    message = EmailMessage()
    message["From"], message["Date"] = sender, date
    message["Message-ID"] = f"<{zlib.crc32((sender + date).encode())}@x>"
    message.set_content("My work: https://cloud.example.org/s/abc and more")
    for name, content in attachments.items():
        message.add_attachment(content, "application", "octet-stream", filename=name)
    return message


@dataclass(frozen=True)
class Raw:
    """One zip entry, field by field."""

    name: bytes
    data: bytes = b""
    """Packed bytes as they stand in the archive."""
    size: int | None = None
    """Announced size; by default that of ``data``."""
    check: int | None = None
    method: int = 0
    flags: int = 0
    mode: int = stat.S_IFREG | 0o644
    at: int | None = None
    """Offset of the local header that the table of contents claims."""


def raw_zip(path: Path, entries: Iterable[Raw]) -> Path:
    """Write a zip byte by byte, with whatever lies the entries tell."""
    body, table = bytearray(), bytearray()
    count = 0
    for entry in entries:
        check = zlib.crc32(entry.data) if entry.check is None else entry.check
        size = len(entry.data) if entry.size is None else entry.size
        start = len(body)
        fields = (20, entry.flags, entry.method, 0, 0x5A21, check, len(entry.data), size, len(entry.name), 0)
        body += struct.pack("<4s5H3L2H", b"PK\x03\x04", *fields) + entry.name + entry.data
        at = start if entry.at is None else entry.at
        made_by = 3 << 8 | 20
        table += struct.pack("<4sH5H3L2H", b"PK\x01\x02", made_by, *fields)
        table += struct.pack("<3H2L", 0, 0, 0, entry.mode << 16, at) + entry.name
        count += 1
    end = struct.pack(
        "<4s4H2LH", b"PK\x05\x06", 0, 0, count & 0xFFFF, count & 0xFFFF, len(table), len(body), 0
    )
    path.write_bytes(bytes(body + table + end))
    return path


def _tar(path: Path, members: Sequence[tuple[tarfile.TarInfo, bytes]]) -> Path:
    with tarfile.open(path, "w:gz" if path.name.endswith("gz") else "w") as archive:
        for member, content in members:
            archive.addfile(member, io.BytesIO(content))
    return path


def _member(
    name: str, content: bytes = b"", kind: bytes = tarfile.REGTYPE, target: str = ""
) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.type, member.linkname, member.mode = len(content), kind, target, 0o6777
    return member


def _noise(size: int) -> bytes:
    """Bytes that do not pack."""
    return b"".join(hashlib.sha256(b"%d" % n).digest() for n in range(size // 32))


def _work() -> bytes:
    return notebook().encode()


def _raw_work(name: bytes = NOTEBOOK.encode()) -> Raw:
    return Raw(name, _work())


# Names that attack or confuse -----------------------------------------------------------------------------


@builder
def traversal_zip(folder: Path) -> Path:
    """An entry that climbs out with dots, beside good work."""
    return raw_zip(folder / "ex01.zip", [Raw(b"../../escaped.py", b"x = 1\n"), _raw_work()])


@builder
def traversal_tar(folder: Path) -> Path:
    """The same in a tar."""
    escaped = (_member("../escaped.py", b"x = 1\n"), b"x = 1\n")
    return _tar(folder / "ex01.tar.gz", [escaped, (_member(NOTEBOOK, _work()), _work())])


@builder
def absolute_names_zip(folder: Path) -> Path:
    """Names that start at the root."""
    return raw_zip(folder / "ex01.zip", [Raw(b"/tmp/escaped.py", b"x = 1\n"), _raw_work()])


@builder
def drive_letters_zip(folder: Path) -> Path:
    """Names with a drive letter."""
    return raw_zip(folder / "ex01.zip", [Raw(b"C:\\work\\data.csv", b"1,2\n"), _raw_work()])


@builder
def backslashes_zip(folder: Path) -> Path:
    """Folders separated as on Windows."""
    return raw_zip(
        folder / "ex01.zip", [_raw_work(b"ex01\\solution.ipynb"), Raw(b"ex01\\lib\\m.py", b"x = 1\n")]
    )


@builder
def symlink_zip(folder: Path) -> Path:
    """A symbolic link to a file outside."""
    link = Raw(b"passwd", b"/etc/passwd", mode=stat.S_IFLNK | 0o777)
    return raw_zip(folder / "ex01.zip", [link, _raw_work()])


@builder
def symlink_then_write_zip(folder: Path) -> Path:
    """A link to a folder outside and a file that would be written through it."""
    link = Raw(b"out", b"/tmp", mode=stat.S_IFLNK | 0o777)
    return raw_zip(folder / "ex01.zip", [link, Raw(b"out/escaped.py", b"x = 1\n"), _raw_work()])


@builder
def links_and_devices_tar(folder: Path) -> Path:
    """Symbolic and hard links, devices and a pipe, and files that ask for special bits."""
    odd = [
        _member("soft", kind=tarfile.SYMTYPE, target="/etc/passwd"),
        _member("hard", kind=tarfile.LNKTYPE, target="/etc/passwd"),
        _member("null", kind=tarfile.CHRTYPE),
        _member("disk", kind=tarfile.BLKTYPE),
        _member("pipe", kind=tarfile.FIFOTYPE),
    ]
    return _tar(folder / "ex01.tar", [*((one, b"") for one in odd), (_member(NOTEBOOK, _work()), _work())])


@builder
def links_in_folder(folder: Path) -> Path:
    """A folder with a link that leads out, one that stays inside, a dangling one, a loop and a pipe."""
    home = folder / "team"
    home.mkdir()
    (folder / "secret.txt").write_text("secret")
    (home / NOTEBOOK).write_text(notebook())
    (home / "data.csv").write_text("1,2\n")
    (home / "outside.txt").symlink_to(folder / "secret.txt")
    (home / "inside.csv").symlink_to("data.csv")
    (home / "dangling.txt").symlink_to("nowhere")
    (home / "loop").symlink_to(".")
    os.mkfifo(home / "pipe")
    return home


@builder
def duplicate_names_zip(folder: Path) -> Path:
    """The same name twice with different content; the second is the work."""
    return raw_zip(folder / "ex01.zip", [Raw(NOTEBOOK.encode(), notebook("old = 1").encode()), _raw_work()])


@builder
def case_duplicates_zip(folder: Path) -> Path:
    """Names that differ in upper and lower case only."""
    other = Raw(b"Solution.ipynb", notebook("other = 1").encode())
    return raw_zip(folder / "ex01.zip", [_raw_work(), other])


@builder
def file_and_folder_of_one_name_zip(folder: Path) -> Path:
    """A file named as a folder."""
    return raw_zip(folder / "ex01.zip", [Raw(b"data", b"1"), Raw(b"data/a.csv", b"2"), _raw_work()])


@builder
def control_characters_zip(folder: Path) -> Path:
    """Line breaks and escape sequences in a name."""
    return raw_zip(folder / "ex01.zip", [Raw(b"a\n\x1b[31mred\r.csv", b"1"), _raw_work()])


@builder
def nul_in_name_zip(folder: Path) -> Path:
    """A NUL in a name, as if it ended there."""
    return raw_zip(folder / "ex01.zip", [Raw(b"safe.csv\0.py", b"1"), _raw_work()])


@builder
def cp437_names_zip(folder: Path) -> Path:
    """Umlauts in the DOS code page, as Windows writes them."""
    return raw_zip(folder / "ex01.zip", [_raw_work("Übung_für_Müller.ipynb".encode("cp437"))])


@builder
def latin1_names_zip(folder: Path) -> Path:
    """Umlauts in Latin-1."""
    return raw_zip(folder / "ex01.zip", [_raw_work("Übung_für_Müller.ipynb".encode("latin-1"))])


@builder
def unflagged_utf8_names_zip(folder: Path) -> Path:
    """Decomposed UTF-8 umlauts without the flag, as macOS writes them."""
    return raw_zip(folder / "ex01.zip", [_raw_work("U\u0308bung_fu\u0308r_Mu\u0308ller.ipynb".encode())])


@builder
def broken_utf8_names_zip(folder: Path) -> Path:
    """The UTF-8 flag over bytes that are none."""
    return raw_zip(folder / "ex01.zip", [Raw(b"\xff\xfe\x80.csv", b"1", flags=0x800), _raw_work()])


@builder
def long_names_zip(folder: Path) -> Path:
    """A name of 5,000 characters."""
    return raw_zip(folder / "ex01.zip", [Raw(b"n" * 5000 + b".csv", b"1"), _raw_work()])


@builder
def deep_folders_zip(folder: Path) -> Path:
    """A file 300 folders deep."""
    return raw_zip(folder / "ex01.zip", [Raw(b"d/" * 300 + b"data.csv", b"1"), _raw_work()])


# Archives that cannot be read -----------------------------------------------------------------------------


@builder
def encrypted_zip(folder: Path) -> Path:
    """Everything behind a password."""
    return raw_zip(folder / "ex01.zip", [Raw(NOTEBOOK.encode(), os.urandom(0) + b"\x01" * 400, flags=1)])


@builder
def truncated_zip(folder: Path) -> Path:
    """Cut off in the middle of the last of three entries."""
    noise = _noise(40_000)
    whole = zipped(folder / "whole.zip", {NOTEBOOK: _work(), "data.csv": "1,2\n" * 50, "model.bin": noise})
    path = folder / "ex01.zip"
    path.write_bytes(whole.read_bytes()[:-6000])
    whole.unlink()
    return path


@builder
def truncated_streamed_zip(folder: Path) -> Path:
    """Cut off, and written by a program that puts sizes behind the data."""
    stream = io.BytesIO()
    with zipfile.ZipFile(_Unseekable(stream), "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[arg-type]
        archive.writestr(NOTEBOOK, _work())
        archive.writestr("data.csv", "1,2\n" * 50)
    path = folder / "ex01.zip"
    path.write_bytes(stream.getvalue()[:-100])
    return path


class _Unseekable:
    def __init__(self, stream: io.BytesIO) -> None:
        self.write, self.flush = stream.write, stream.flush


@builder
def only_the_start_zip(folder: Path) -> Path:
    """The first 40 bytes of a zip."""
    path = zipped(folder / "ex01.zip", {NOTEBOOK: _work()})
    path.write_bytes(path.read_bytes()[:40])
    return path


@builder
def truncated_tar(folder: Path) -> Path:
    """A tar.gz cut in half; its first file is whole."""
    noise = _noise(60_000)
    members = [(_member(NOTEBOOK, _work()), _work()), (_member("model.bin", noise), noise)]
    path = _tar(folder / "ex01.tar.gz", members)
    path.write_bytes(path.read_bytes()[:-5000])
    return path


@builder
def crc_error_zip(folder: Path) -> Path:
    """One damaged byte in the data file."""
    return raw_zip(folder / "ex01.zip", [Raw(b"data.csv", b"1,2,3\n", check=1), _raw_work()])


@builder
def damaged_notebook_zip(folder: Path) -> Path:
    """The only notebook does not fit its checksum."""
    return raw_zip(folder / "ex01.zip", [Raw(NOTEBOOK.encode(), _work(), check=1)])


@builder
def unsupported_compression_zip(folder: Path) -> Path:
    """Packed with Deflate64."""
    return raw_zip(folder / "ex01.zip", [Raw(NOTEBOOK.encode(), b"\x01\x02\x03" * 50, size=900, method=9)])


@builder
def rar_file(folder: Path) -> Path:
    """A RAR archive under its own name."""
    return _bytes(folder / "ex01.rar", b"Rar!\x1a\x07\x01\x00" + b"\x33" * 500)


@builder
def rar_named_zip(folder: Path) -> Path:
    """A RAR archive that was renamed."""
    return _bytes(folder / "ex01.zip", b"Rar!\x1a\x07\x01\x00" + b"\x33" * 500)


@builder
def seven_zip_file(folder: Path) -> Path:
    """A 7-Zip archive."""
    return _bytes(folder / "ex01.7z", b"7z\xbc\xaf\x27\x1c\x00\x04" + b"\x33" * 500)


@builder
def empty_zip(folder: Path) -> Path:
    """A zip without any entry."""
    return _bytes(folder / "ex01.zip", b"PK\x05\x06" + bytes(18))


@builder
def folders_only_zip(folder: Path) -> Path:
    """A zip that holds folders and no file."""
    return raw_zip(
        folder / "ex01.zip", [Raw(b"ex01/", mode=stat.S_IFDIR), Raw(b"ex01/data/", mode=stat.S_IFDIR)]
    )


@builder
def zero_bytes_zip(folder: Path) -> Path:
    """Nothing at all."""
    return _bytes(folder / "ex01.zip", b"")


@builder
def junk_zip(folder: Path) -> Path:
    """Bytes without meaning."""
    return _bytes(folder / "ex01.zip", bytes((n * 73 + n // 256 * 91 + 200) % 256 for n in range(5000)))


@builder
def html_named_zip(folder: Path) -> Path:
    """A log-in page that was saved in place of the archive."""
    return _bytes(folder / "ex01.zip", b"<!DOCTYPE html>\n<html><body>Please log in</body></html>")


@builder
def pdf_named_zip(folder: Path) -> Path:
    """A PDF that was renamed."""
    return _bytes(folder / "ex01.zip", b"%PDF-1.7\n%\xe2\xe3\n1 0 obj\n")


@builder
def text_named_zip(folder: Path) -> Path:
    """A text that was renamed."""
    return _bytes(folder / "ex01.zip", "Lösung folgt per Mail.\n".encode())


@builder
def notebook_named_zip(folder: Path) -> Path:
    """A notebook that was renamed."""
    return _bytes(folder / "ex01.zip", _work())


def _bytes(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


# Too much -------------------------------------------------------------------------------------------------


def zeros(size: int) -> bytes:
    """A deflate stream of ``size`` zero bytes (a multiple of 1 MiB), made without packing them one by one."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(bytes(2**20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return block * (size // 2**20) + packer.flush()


@builder
def bomb_zip(folder: Path) -> Path:
    """Three gigabytes of zeros in one entry of a small archive, beside good work."""
    bomb = Raw(b"data.csv", zeros(BOMB_BYTES), size=BOMB_BYTES, check=0, method=8)
    return raw_zip(folder / "ex01.zip", [bomb, _raw_work()])


@builder
def lying_bomb_zip(folder: Path) -> Path:
    """Three gigabytes that claim to be 100 kB."""
    return raw_zip(
        folder / "ex01.zip", [Raw(b"a.csv", zeros(BOMB_BYTES), size=10**5, check=0, method=8), _raw_work()]
    )


@builder
def many_middling_bombs_zip(folder: Path) -> Path:
    """Sixty entries of 60 MB each: every one is allowed, all together are not."""
    size = 60 * 2**20
    packed = zeros(size)
    bombs = [Raw(b"part%02d.csv" % n, packed, size=size, check=_ZEROS_60, method=8) for n in range(60)]
    return raw_zip(folder / "ex01.zip", [*bombs, _raw_work()])


_ZEROS_60 = zlib.crc32(b"")
for _ in range(60):
    _ZEROS_60 = zlib.crc32(bytes(2**20), _ZEROS_60)


@builder
def bomb_tar(folder: Path) -> Path:
    """Three gigabytes of zeros in a tar.gz."""
    head = tarfile.TarInfo("data.csv")
    head.size = BOMB_BYTES
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    start = packer.compress(head.tobuf()) + packer.flush(zlib.Z_FULL_FLUSH)
    return _bytes(folder / "ex01.tar.gz", start + zeros(BOMB_BYTES))


@builder
def overlapping_entries_zip(folder: Path) -> Path:
    """A thousand entries in the table of contents that all point at the same data."""
    size = 60 * 2**20
    packed = zeros(size)
    first = Raw(b"data.csv", packed, size=size, check=_ZEROS_60, method=8)
    path = raw_zip(folder / "ex01.zip", [first, _raw_work()])
    whole = path.read_bytes()
    at = whole.rfind(b"PK\x05\x06")
    start = struct.unpack("<L", whole[at + 16 : at + 20])[0]
    record = whole[start : start + 46 + len(b"data.csv")]
    table = record * 1000 + whole[start + len(record) : at]
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1001, 1001, len(table), start, 0)
    return _bytes(path, whole[:start] + table + end)


@builder
def nested_bomb_zip(folder: Path) -> Path:
    """Archives in archives, seven deep and four wide, as if it never ended."""
    inner = zipped(folder / "inner.zip", {"data.csv": "1\n"}).read_bytes()
    for _ in range(7):
        inner = zipped(folder / "inner.zip", {f"part{n}.zip": inner for n in range(4)}).read_bytes()
    (folder / "inner.zip").unlink()
    return zipped(folder / "ex01.zip", {"part.zip": inner, NOTEBOOK: _work()})


@builder
def thousands_of_entries_zip(folder: Path) -> Path:
    """Twelve thousand small files in front of the notebook."""
    return raw_zip(
        folder / "ex01.zip", [*(Raw(b"data/%05d.csv" % n, b"1\n") for n in range(12_000)), _raw_work()]
    )


@builder
def endless_table_zip(folder: Path) -> Path:
    """A table of contents of more than eight megabytes."""
    entries = (Raw(b"%06d" % n + b"x" * 300) for n in range(25_000))
    return raw_zip(folder / "ex01.zip", [_raw_work(), *entries])


# Notebooks ------------------------------------------------------------------------------------------------


@builder
def notebook_not_json(folder: Path) -> Path:
    """Python text in a file named .ipynb."""
    return zipped(folder / "ex01.zip", {NOTEBOOK: WORK})


@builder
def notebook_cut_off(folder: Path) -> Path:
    """A notebook whose text ends in the middle."""
    pretty = json.dumps(json.loads(notebook()), indent=1)
    return zipped(folder / "ex01.zip", {NOTEBOOK: pretty[: len(pretty) // 2]})


@builder
def notebook_with_merge_marks(folder: Path) -> Path:
    """A notebook with the marks of an unfinished merge."""
    pretty = json.dumps(json.loads(notebook()), indent=1)
    marks = "<<<<<<< HEAD\n" + pretty.splitlines()[5] + "\n=======\n>>>>>>> theirs\n"
    lines = pretty.splitlines(keepends=True)
    return zipped(folder / "ex01.zip", {NOTEBOOK: "".join([*lines[:5], marks, *lines[5:]])})


@builder
def notebook_of_zero_bytes(folder: Path) -> Path:
    """A notebook without content."""
    return zipped(folder / "ex01.zip", {NOTEBOOK: b""})


@builder
def notebook_without_cells(folder: Path) -> Path:
    """A notebook that was made and never filled."""
    empty = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}
    return zipped(folder / "ex01.zip", {NOTEBOOK: json.dumps(empty)})


@builder
def notebook_without_code(folder: Path) -> Path:
    """A notebook of text only."""
    text = [{"cell_type": "markdown", "metadata": {}, "source": "# Solution"}]
    return zipped(folder / "ex01.zip", {NOTEBOOK: json.dumps({"nbformat": 4, "metadata": {}, "cells": text})})


@builder
def notebook_with_huge_outputs(folder: Path) -> Path:
    """Thirty megabytes of stored output."""
    output = {"output_type": "stream", "name": "stdout", "text": "epoch 1, loss 0.123456789\n" * 1_200_000}
    return zipped(folder / "ex01.zip", {NOTEBOOK: notebook(WORK, "train()", outputs=[output])})


@builder
def notebook_in_endless_loop(folder: Path) -> Path:
    """A cell that never ends, after a good definition."""
    return zipped(folder / "ex01.zip", {NOTEBOOK: notebook(WORK, "while True:\n    pass")})


@builder
def notebook_that_exits(folder: Path) -> Path:
    """A cell that takes the whole process away."""
    return zipped(
        folder / "ex01.zip", {NOTEBOOK: notebook(WORK, "import os\nos._exit(0)", "print(area(1.0))")}
    )


@builder
def notebook_with_missing_packages(folder: Path) -> Path:
    """Packages nobody has, installed in all three spellings."""
    cells = (
        *(
            "!pip install quantile_forest_x",
            "%pip install quantile_forest_x",
            "pip install quantile_forest_x",
        ),
        *("import quantile_forest_x", "from own_helpers_not_handed_in import *", WORK),
    )
    return zipped(folder / "ex01.zip", {NOTEBOOK: notebook(*cells)})


@builder
def notebook_of_another_exercise(folder: Path) -> Path:
    """Last week's work."""
    source = "def caesar(text, shift):\n    return ''.join(chr((ord(c) + shift) % 128) for c in text)"
    return zipped(folder / "ex01.zip", {"caesar-cipher.ipynb": notebook(source, "caesar('abc', 3)")})


@builder
def two_notebooks(folder: Path) -> Path:
    """The work and a scratch notebook with more code."""
    scratch = notebook(*(f"value_{n} = {n}" for n in range(200)))
    return zipped(folder / "ex01.zip", {"Untitled.ipynb": scratch, NOTEBOOK: notebook()})


@builder
def no_notebook(folder: Path) -> Path:
    """A report and a picture, no code."""
    return zipped(folder / "ex01.zip", {"report.pdf": b"%PDF-1.4\n", "plot.png": b"\x89PNG\r\n"})


@builder
def notebook_of_format_3(folder: Path) -> Path:
    """A notebook as written ten years ago."""
    cells = [
        {"cell_type": "heading", "level": 2, "metadata": {}, "source": ["Solution"]},
        {"cell_type": "code", "input": WORK.splitlines(keepends=True), "language": "python", "outputs": []},
    ]
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}, "worksheets": [{"cells": cells}]}
    return zipped(folder / "ex01.zip", {NOTEBOOK: json.dumps(old)})


@builder
def notebook_with_holes(folder: Path) -> Path:
    """No metadata, no ids, sources as lists, outputs of unknown kinds, a byte order mark in front."""
    cells: list[Any] = [
        {"cell_type": "code", "source": WORK.splitlines(keepends=True)},
        {
            "cell_type": "code",
            "source": "area(1)",
            "outputs": [{"output_type": "hologram"}, 7],
            "execution_count": "x",
        },
        "not a cell",
        {"cell_type": "markdown", "source": None},
    ]
    return zipped(folder / "ex01.zip", {NOTEBOOK: b"\xef\xbb\xbf" + json.dumps({"cells": cells}).encode()})


@builder
def notebook_nested_beyond_reason(folder: Path) -> Path:
    """JSON a hundred thousand brackets deep."""
    return zipped(folder / "ex01.zip", {NOTEBOOK: '{"cells":' + "[" * 100_000})


# Odd but honest -------------------------------------------------------------------------------------------


@builder
def zip_in_zip(folder: Path) -> Path:
    """The archive in another one."""
    inner = zipped(folder / "inner.zip", {"ex01/" + NOTEBOOK: notebook(), "ex01/own.py": "x = 1\n"})
    outer = zipped(folder / "team.zip", {"ex01.zip": inner.read_bytes()})
    inner.unlink()
    return outer


@builder
def mac_zip(folder: Path) -> Path:
    """Made by macOS: resource forks and folder settings beside every file."""
    fork = b"\0\x05\x16\x07" + bytes(60)
    files: dict[str, str | bytes] = {"ex01/" + NOTEBOOK: notebook(), "ex01/.DS_Store": fork}
    files |= {"__MACOSX/ex01/._" + NOTEBOOK: fork, "__MACOSX/._ex01": fork}
    files |= {"ex01/.ipynb_checkpoints/solution-checkpoint.ipynb": notebook("old = 1")}
    files |= {"ex01/~$report.docx": b"lock", "ex01/__pycache__/own.cpython-311.pyc": b"\0"}
    return zipped(folder / "ex01.zip", files)
