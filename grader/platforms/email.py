"""Hand-ins by e-mail: ``.eml`` and ``.mbox`` files, or a folder per sender; answers are sent by hand.

The sender's address is team and id. The date is the sender's claim: it is reported, never trusted. Links are
reported, never followed.
"""

from __future__ import annotations

import email
import email.policy
import email.utils
import mailbox
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage, Message
from pathlib import Path
from typing import Any

from grader.platforms.label import FEEDBACK, Label, parts_of

NAME = "email"
EXAMPLE = "ada@example.org/ or inbox.mbox"
STRONG = False
FOLDERS = True
ENDINGS = (".eml", ".mbox")

_ADDRESS = re.compile(r"[^\s@/\\<>:\"]+@[^\s@/\\<>:\"]+\.[A-Za-z]{2,}")
_LINK = re.compile(r"https?://[^\s<>\"')]+")


def parse(name: str) -> Label | None:
    """Read an address in any part of ``name``; ``None`` if there is none."""
    parts = parts_of(name)
    for position, part in enumerate(parts):
        if _ADDRESS.fullmatch(part) and not part.lower().endswith((*ENDINGS, ".zip", ".ipynb")):
            matched = "/".join(parts[: position + 1])
            return Label(platform=NAME, team=part, id=part.lower(), kept=part, matched=matched)
    return None


def return_name(label: Label) -> str:
    """The page to attach to the answer, in a folder named as the address."""
    return f"{label.kept}/{FEEDBACK}"


def accepts(name: str, kind: str, size: int | None = None) -> str:
    """Why nobody would get this page; empty if the name says to whom it goes."""
    return "" if parse(name) else f"'{name}' names no e-mail address to answer to."


@dataclass(frozen=True)
class Mail:
    """One message of a mailbox."""

    key: str
    """Its Message-ID, or ``#`` and its position."""
    sender: str
    received: str | None
    """The Date header as ISO 8601."""
    seconds: float
    """The same as seconds since 1970; 0 if there is none."""
    attachments: tuple[tuple[str, bytes], ...]
    links: tuple[str, ...]


def mails(path: Path) -> Iterator[Mail]:
    """Read the messages of an ``.eml`` or ``.mbox`` file in order.

    Broken headers and bodies yield what can be read of them. Raises ``OSError`` if the file cannot be read.
    """
    if path.suffix.lower() == ".mbox":
        box = mailbox.mbox(path, create=False)
        try:
            for position, key in enumerate(box.iterkeys()):
                yield _mail(box.get_bytes(key), position)
        finally:
            box.close()
    else:
        yield _mail(path.read_bytes(), 0)


def _mail(raw: bytes, position: int) -> Mail:
    message = email.message_from_bytes(raw, _class=EmailMessage, policy=email.policy.default)
    received, seconds = _date(_header(message, "Date"))
    address = email.utils.parseaddr(_header(message, "From"))[1]
    return Mail(
        key=_header(message, "Message-ID").strip() or f"#{position}",
        sender=address or f"unknown-sender-{position}",
        received=received,
        seconds=seconds,
        attachments=tuple(_attachments(message)),
        links=tuple(dict.fromkeys(_links(message))),
    )


def _header(message: Message, name: str) -> str:
    """A header as text; the standard parser raises many kinds of errors on malformed ones."""
    try:
        return str(message.get(name, ""))
    except Exception:
        raw = dict(message.raw_items()).get(name, "")
        return str(raw).replace("\r", " ").replace("\n", " ")


def _date(header: str) -> tuple[str | None, float]:
    try:
        moment = email.utils.parsedate_to_datetime(header)
        return moment.isoformat(), moment.timestamp()
    except (ValueError, TypeError, OverflowError, IndexError, OSError):
        return None, 0.0


def _attachments(message: Message) -> Iterator[tuple[str, bytes]]:
    for part in message.walk():
        if part.is_multipart():
            continue
        name = _quiet(part.get_filename) or ""
        if name or _quiet(part.get_content_disposition) == "attachment":
            content = _quiet(part.get_payload, decode=True)
            yield name or "attachment", content if isinstance(content, bytes) else b""


def _links(message: Message) -> Iterator[str]:
    for part in message.walk():
        if part.get_content_maintype() == "text" and not _quiet(part.get_filename):
            content = _quiet(part.get_payload, decode=True)
            if isinstance(content, bytes):
                yield from _LINK.findall(content[:1_000_000].decode("utf-8", "replace"))


def _quiet(call: Any, **arguments: Any) -> Any:
    """The call's answer, or ``None`` where the message is too broken for the standard parser."""
    try:
        return call(**arguments)
    except Exception:
        return None
