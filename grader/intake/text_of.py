"""Read the text of an exported page (HTML or PDF). Run as a script of its own, within tight limits.

A PDF or web page from a stranger may keep a parser busy for ever; so the reading happens in a child process
that cannot use more than ``SECONDS`` of processor time or ``MEMORY`` bytes. This file must not import anything
else of the package.
"""

from __future__ import annotations

import functools
import io
import resource
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

SECONDS = 20
MEMORY = 2 * 2**30
LARGEST = 60 * 10**6
"""Largest export in bytes that is read."""
TEXT = 3 * 10**6
"""Characters of text that are kept."""
PAGES = 400


NO_READER = 3
"""Exit status of the child when the package that reads PDF is missing."""


class ReaderMissing(Exception):  # noqa: N818 - reads as a sentence where it is caught
    """This installation cannot read PDF; nobody's hand-in is to blame."""


def text_of(path: Path) -> str:
    """The text of an HTML or PDF file; empty when it holds none or cannot be read within the limits.

    Read once per file and state of it. Raises ``ReaderMissing`` for a PDF where the package that reads it is not
    installed.
    """
    state = path.stat()
    return "" if state.st_size > LARGEST else _text(path, state.st_mtime_ns, state.st_size)


@functools.lru_cache(maxsize=16)
def _text(path: Path, changed: int, size: int) -> str:
    try:
        done = subprocess.run(
            [sys.executable, "-I", __file__, str(path)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=2 * SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return ""
    if done.returncode == NO_READER:
        raise ReaderMissing
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else ""


class _Words(HTMLParser):
    """Collects everything but scripts and styles."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in {"script", "style"}

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in {"script", "style"} and self._silent > 0

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.found.append(data)


def _html(raw: bytes) -> str:
    words = _Words()
    words.feed(raw.decode("utf-8", "replace"))
    words.close()
    return "".join(words.found)


def _pdf(raw: bytes) -> str:
    try:
        from pypdf import PdfReader
    except ImportError:
        sys.exit(NO_READER)
    found: list[str] = []
    for page in PdfReader(io.BytesIO(raw)).pages[:PAGES]:
        found.append(page.extract_text())
        if sum(map(len, found)) > TEXT:
            break
    return "\n".join(found)


def _main(path: Path) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    raw = path.read_bytes()
    text = _pdf(raw) if raw.lstrip()[:4] == b"%PDF" else _html(raw)
    sys.stdout.buffer.write(text[:TEXT].encode("utf-8", "replace"))


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
