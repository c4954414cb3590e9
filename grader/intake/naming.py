"""Names that a sheet asks for, with parts that every team fills in itself, compared with the names that came.

What browsers, systems and platforms do to a name is no difference: a number for the second download, ``copy``,
decomposed umlauts, typographic dashes, spaces around a dash, upper and lower case of the extension.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from grader.intake.choose import likeness

AS_ASKED, NEAR, OTHER = 2, 1, 0
_WORD = r"[^\W\d_](?:[^\W\d_]|[ .'’\-])*?"
_PARTS = {"number": r"\d{4,12}", "matriculation": r"\d{5,12}", "group": r"[\w\- ]+?"}
_EXAMPLES = {
    "surname": "Beispiel",
    "name": "Beispiel",
    "number": "1234567",
    "matriculation": "1234567",
    "group": "7",
}
_ARCHIVES = r"\.(?:zip|rar|7z|tar(?:\.\w+)?|t[gbx]z2?|gz)$"
_COPIES = re.compile(r"( ?\(\d+\)|[ _-]+(copy|kopie)( ?\d+)?)+(?=(\.[A-Za-z]\w*)*$)", re.IGNORECASE)
_DASHES = str.maketrans("‐‑‒–—−", "------")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "å": "aa", "ø": "oe", "æ": "ae"})


@dataclass(frozen=True)
class Fit:
    """How well a name fits what was asked for."""

    level: int
    """``AS_ASKED``, ``NEAR`` or ``OTHER``."""
    why: str = ""
    """What differs, as the end of a sentence; empty at ``AS_ASKED`` and where nothing fits."""


def compare(name: str, asked: str) -> Fit:
    """Compare a file name with the asked one, in which ``{surname}``, ``{number}`` and the like stand for parts."""
    plain = _plain(name)
    if "{" not in asked:
        if plain == _plain(asked):
            return Fit(AS_ASKED)
        return Fit(NEAR, "it is written differently") if _alike(plain, asked) else Fit(OTHER)
    if re.fullmatch(_pattern(asked), plain):
        return Fit(AS_ASKED)
    for why, pattern, text in _near_forms(plain, asked):
        if re.search(pattern, text, re.IGNORECASE):
            return Fit(NEAR, why)
    return Fit(OTHER)


def in_words(asked: str) -> str:
    """The asked name for a reader: ``{surname}-{number}.zip`` becomes ``SURNAME-NUMBER.zip``."""
    return re.sub(r"\{(\w+)\}", lambda found: found[1].upper(), asked)


def example(asked: str) -> str:
    """A name of the asked form: ``Beispiel-1234567.zip``."""
    return re.sub(r"\{(\w+)\}", lambda found: _EXAMPLES.get(found[1], "Beispiel"), asked)


def same_stem(first: str, second: str) -> bool:
    """Whether two file names say the same before their extension, however umlauts and dashes are written."""
    one, other = (_folded(name) for name in (first, second))
    return bool(one) and one == other


def _plain(name: str) -> str:
    text = unicodedata.normalize("NFC", name).rsplit("/", 1)[-1].translate(_DASHES).strip()
    return re.sub(r" *- *", "-", _COPIES.sub("", text))


def _folded(name: str) -> str:
    stem = re.sub(r"(?i)\.(pdf|html?)$|" + _ARCHIVES, "", _plain(name).casefold())
    text = unicodedata.normalize("NFKD", stem.translate(_UMLAUTS))
    return re.sub(r"[\W_]+", "", "".join(one for one in text if not unicodedata.combining(one)))


def _pattern(asked: str, middle: str = "") -> str:
    """The asked name as a pattern; ``middle`` takes the place of everything between two parts."""
    stem, dot, end = unicodedata.normalize("NFC", asked).rpartition(".")
    pieces = re.split(r"(\{\w+\})", stem if dot else asked)
    made = [
        _part(piece) if piece.startswith("{") else middle or re.escape(piece) for piece in pieces if piece
    ]
    return "".join(made) + (rf"(?i:\.{re.escape(end)})" if dot else "")


def _part(piece: str) -> str:
    return f"(?:{_PARTS.get(piece[1:-1], _WORD)})"


def _near_forms(plain: str, asked: str) -> list[tuple[str, str, str]]:
    """Reason, pattern and text of each form that is near enough to be recognised."""
    stem, dot, end = asked.rpartition(".")
    stem = stem if dot else asked
    parts = re.findall(r"\{\w+\}", stem)
    words = re.sub(rf"(?i)\.{re.escape(end)}$|" + _ARCHIVES, "", plain) if dot else plain
    loose = re.sub(r"[\s_\-.,+]+", "-", words)
    turned = "-".join(_part(piece) for piece in reversed(parts))
    joined = "-?".join(_part(piece) for piece in parts)
    around = r"(?<![^\W_])(?:{})(?![^\W_])"
    forms = [
        (f"it is no .{end}", _whole(_pattern(stem)), words),
        ("its parts are put together in another way", _whole(joined), loose),
        ("its parts are written differently", _whole(_pattern(_loosened(stem))), loose),
    ]
    if len(parts) > 1:
        forms.append(("its parts stand in another order", _whole(turned.replace("-", "-?", 1)), loose))
        forms.append(("there is more in it than that", around.format(joined), loose))
        forms.append(
            ("there is more in it, and its parts stand in another order", around.format(turned), loose)
        )
    return forms


def _loosened(stem: str) -> str:
    return re.sub(r"[\s_\-.,+]+", "-", stem)


def _whole(pattern: str) -> str:
    return f"^(?:{pattern})$"


def _alike(plain: str, asked: str) -> bool:
    """The same words and numbers in another writing, or a longer name that contains the asked one."""
    if _separated(plain) == _separated(asked):
        return True
    given, wanted = (re.sub(r"[\W_]+", "", _separated(one.rsplit(".", 1)[0])) for one in (plain, asked))
    digits = re.findall(r"\d+", given) == re.findall(r"\d+", wanted)
    within = re.search(re.escape(wanted) + (r"(?!\d)" if wanted[-1:].isdigit() else ""), given)
    return (bool(wanted) and within is not None) or (digits and likeness(plain, asked) >= 0.8)


def _separated(name: str) -> str:
    """Without case, leading zeros of numbers, and with one kind of separator."""
    text = re.sub(r"[\s_\-]+", "-", name.casefold())
    return re.sub(r"(?<!\d)0+(?=\d)", "", text)
