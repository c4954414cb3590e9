"""What all pages share: the template environment, the words of the verdicts, and how values are written.

Every string that reaches a template is foreign until proven otherwise: Jinja escapes it, and
:func:`printable` takes out what could hide or reorder text.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from grader.records import Verdict

TEMPLATES = Path(__file__).with_name("templates")
UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
"""Control characters, marks that reorder text, and halves of characters; tab and line feed are left in."""


@dataclass(frozen=True)
class Word:
    """How a verdict is called on a page, and what it means."""

    text: str
    meaning: str


WORDS: Mapping[Verdict, Word] = {
    Verdict.PASSED: Word("Passed", "Right, full points. A note below it may still be worth reading."),
    Verdict.PARTIAL: Word("Partial", "Part of it is right, and that part earned points."),
    Verdict.FAILED: Word("Failed", "It was there and did something else than the sheet asks for."),
    Verdict.MISSING: Word("Missing", "We found it nowhere in the hand-in."),
    Verdict.REVIEW: Word("In review", "A person decides. No points are lost, and you need do nothing."),
    Verdict.BLOCKED: Word(
        "Blocked", "We could not judge it because something it builds on did not work. A person decides."
    ),
    Verdict.BROKEN: Word("Our fault", "Our check broke. It costs you nothing and will be repeated."),
}


def printable(text: str) -> str:
    """Text in which every character is harmless on a page and can be written as UTF-8."""
    return UNSAFE.sub("\ufffd", text)


def shortened(text: str, most: int) -> str:
    """At most ``most`` characters; what is left out is said."""
    if len(text) <= most:
        return text
    return f"{text[:most].rstrip()} … ({len(text) - most:,} more characters)"


def inline(text: str) -> Markup:
    """Escaped text in which names between backticks are shown as code."""
    parts = printable(text).split("`")
    if len(parts) % 2 == 0:
        return Markup("{}").format(printable(text))
    pieces = [
        Markup("<code>{}</code>" if place % 2 else "{}").format(part) for place, part in enumerate(parts)
    ]
    return Markup("").join(pieces)


def points(value: float | None) -> str:
    """Points with at most two decimals, without trailing zeros; ``open`` for ``None``."""
    if value is None:
        return "open"
    if not math.isfinite(value):
        return "–"
    return f"{round(value, 2) + 0.0:.2f}".rstrip("0").rstrip(".")


def number(value: Any, unit: str = "") -> str:
    """A measured value as a reader wants it: four digits, with its unit."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        text = shortened(str(value), 200)
    elif value != value or math.isinf(value):
        text = "not a number (NaN)" if value != value else ("infinite" if value > 0 else "minus infinite")
    elif isinstance(value, int) and abs(value) < 10**15:
        text = str(value)
    else:
        text = f"{value:.4g}"
    return f"{text} {unit}".strip().replace("e-0", "e-").replace("e+0", "e+")


def seconds(value: Any) -> str:
    """A duration."""
    if not isinstance(value, int | float) or not math.isfinite(value):
        return "–"
    if value < 0.095:
        return f"{value * 1000:.0f} ms"
    return f"{value:.1f} s" if value < 10 else f"{value:.0f} s"


def moment(text: str | None) -> str:
    """An ISO 8601 time in words; anything else as it is."""
    if not text:
        return ""
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return shortened(text, 60)
    return f"{when.day} {when:%B %Y}, {when:%H:%M}"


def percent(share: float) -> str:
    """A width for CSS; never outside of 0 and 100 %."""
    return f"{100 * min(max(share, 0.0), 1.0):.2f}%" if math.isfinite(share) else "0%"


def css_string(text: str) -> Markup:
    """A quoted string that is safe inside of a ``style`` element."""
    safe = "".join(
        c if c.isascii() and (c.isalnum() or c == " ") else f"\\{ord(c):x} " for c in printable(text)
    )
    return Markup('"' + safe + '"')  # every other character is written as its number


def script(name: str) -> tuple[Markup, str]:
    """A script of ours and the hash by which the page's security policy lets it, and nothing else, run."""
    text = (TEMPLATES / name).read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return Markup(text), f"'sha256-{digest}'"  # our own file


def _finalize(value: Any) -> Any:
    """Clean plain strings on their way into a page; markup of ours is left as it is."""
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


@functools.cache
def environment() -> Environment:
    """The templates, with escaping always on and undefined names a mistake."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        points=points, number=number, seconds=seconds, moment=moment, percent=percent,
        shortened=shortened, css_string=css_string, inline=inline,
    )  # fmt: skip
    made.globals.update(WORDS=WORDS, Verdict=Verdict)
    return made


def render(template: str, **context: Any) -> str:
    """One page as text that can be written as UTF-8."""
    return environment().get_template(template).render(**context)
