"""The course's list of participants, and whether the names on a hand-in are among them.

Platforms change names (umlauts become ``_``, ``ae`` or ``a``, spaces vanish, the surname comes first), and that
cannot be undone. So names are never read back from a label: every participant is written in all the ways a
platform may write them, and these are compared with the label.
"""

from __future__ import annotations

import csv
import itertools
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from pathlib import Path

from grader.errors import RubricFault
from grader.intake.names import printable
from grader.records import Evidence, Finding, Submission, Verdict

ITEM = "rules.names"
ALIKE = 0.82
"""Similarity of two names from which one may be a slip of the other."""
CUT = 180
"""Characters after which a platform cuts off a label of several names."""
_COLUMNS = {
    "name": ("name", "full name", "vollständiger name", "display name", "anzeigename"),
    "first": ("first name", "vorname", "given name"),
    "last": ("last name", "nachname", "surname", "family name", "familienname"),
    "matriculation": ("matriculation", "matriculation number", "matrikelnummer", "matrikel", "student id"),
    "email": ("email", "e-mail", "mail", "email address", "e-mail-adresse"),
}
_GERMAN = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "oe", "å": "aa", "æ": "ae", "œ": "oe"}
)
_BETWEEN = re.compile(r"\s*(?:,|;|&|\+|/|__| and | und )\s*")
_NAMELESS = re.compile(r"(participant|teilnehmer\S*|anonym\S*)[ _-]*\d+", re.IGNORECASE)


@dataclass(frozen=True)
class Participant:
    """One row of the list."""

    name: str
    matriculation: str = ""
    email: str = ""

    @property
    def words(self) -> tuple[str, ...]:
        """The parts of the name, without a comma, in the order ``first last``."""
        last, comma, first = self.name.partition(",")
        return tuple((f"{first} {last}" if comma else self.name).split())


def load_roster(path: Path) -> tuple[Participant, ...]:
    """Read the list: a table with a column ``name`` (or first and last name), perhaps matriculation and email.

    Commas, semicolons or tabs may separate the columns. Raises ``RubricFault`` saying what is missing.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise RubricFault(
            "the list of participants cannot be read", where=path.name, got=str(error)
        ) from error
    first = text.split("\n", 1)[0]
    separator = max(",;\t", key=first.count)
    rows = [
        row for row in csv.reader(text.splitlines(), delimiter=separator) if any(cell.strip() for cell in row)
    ]
    columns = _columns(rows[0]) if rows else {}
    if "name" not in columns and not {"first", "last"} <= set(columns):
        raise RubricFault(
            "the list of participants has no column 'name'",
            where=path.name,
            expected="a first line such as: name,matriculation,email",
            got=first[:80] or "an empty file",
        )
    return tuple(found for row in rows[1:] if (found := _participant(row, columns)).name)


def _columns(header: Sequence[str]) -> dict[str, int]:
    titles = [title.strip().casefold() for title in header]
    return {
        key: titles.index(word)
        for key, words in _COLUMNS.items()
        for word in reversed(words)
        if word in titles
    }


def _participant(row: Sequence[str], columns: Mapping[str, int]) -> Participant:
    cells = {key: row[place].strip() if place < len(row) else "" for key, place in columns.items()}
    name = cells.get("name") or f"{cells.get('first', '')} {cells.get('last', '')}".strip()
    return Participant(
        unicodedata.normalize("NFC", name), cells.get("matriculation", ""), cells.get("email", "").casefold()
    )


def check_names(submission: Submission, roster: Path | None) -> Finding:
    """Compare the names on a hand-in with the list of participants, as far as there is one.

    All found: ``passed``. Some not: ``review`` with the names, and who may be meant. Without a list, and where
    the platform shows no names, nothing is compared and the item is ``passed``.
    """
    if roster is None or not roster.is_file():
        return Finding(
            ITEM, Verdict.PASSED, 1.0, "No list of participants is given, so no names were compared."
        )
    try:
        participants = load_roster(roster)
    except RubricFault as fault:
        text = f"No names were compared: {fault.sentence()}"
        return Finding(ITEM, Verdict.REVIEW, 0.0, text, next_step="This is for the tutor, not for the team.")
    if not submission.members and _NAMELESS.fullmatch(submission.team.strip()):
        text = f"'{printable(submission.team)}' shows no name, so nothing was compared."
        return Finding(ITEM, Verdict.PASSED, 1.0, text, judged_on=submission.team)
    return _told(submission, matched(submission, participants))


@dataclass(frozen=True)
class Matched:
    """Participants that were recognised, and names that were not, each with who may be meant."""

    found: tuple[Participant, ...]
    unknown: tuple[tuple[str, tuple[str, ...]], ...] = ()


def _told(submission: Submission, result: Matched) -> Finding:
    label = printable(", ".join(submission.members) or submission.team)
    names = ", ".join(one.name for one in result.found)
    total = len(result.found) + len(result.unknown)
    evidence = (
        Evidence(
            "names on the list of participants",
            f"{len(result.found)} of {total}",
            "all",
            passed=not result.unknown,
        ),
    )
    if not result.unknown:
        text = f"On the list of participants: {names}."
        return Finding(ITEM, Verdict.PASSED, 1.0, text, judged_on=label, evidence=evidence)
    doubts = [
        f"'{printable(piece)}' is not on the list of participants"
        + (f" (perhaps meant: {' or '.join(near)})" if near else "")
        for piece, near in result.unknown
    ]
    text = f"{'; '.join(doubts)}.{f' Recognised: {names}.' if names else ''}"
    step = "Use your real name on the platform, written as in the course's list."
    return Finding(ITEM, Verdict.REVIEW, 0.0, text, judged_on=label, next_step=step, evidence=evidence)


# ---- matching -------------------------------------------------------------------------------------------


def matched(submission: Submission, participants: Sequence[Participant]) -> Matched:
    """Recognise the names of a hand-in: from the platform's list of members, else from its label."""
    if submission.members:
        return _by_piece(submission.members, participants)
    label = unicodedata.normalize("NFC", submission.team)
    if submission.platform == "ilias":
        label = label.rpartition("_")[0] or label  # the last part is the login
    tiled = _tiled(_squeezed(label), participants, cut=len(label) >= CUT)
    if tiled:
        return Matched(tiled)
    pieces = [piece for piece in _BETWEEN.split(label) if piece.strip("_ ")]
    return _by_piece(pieces or [label], participants)


def _by_piece(pieces: Iterable[str], participants: Sequence[Participant]) -> Matched:
    found: list[Participant] = []
    unknown: list[tuple[str, tuple[str, ...]]] = []
    for piece in pieces:
        exact = recognised(piece, participants)
        if exact is not None:
            found.append(exact)
        else:
            unknown.append((piece, near_misses(piece, participants)))
    return Matched(tuple(dict.fromkeys(found)), tuple(unknown))


def recognised(piece: str, participants: Sequence[Participant]) -> Participant | None:
    """The one participant of this name, address or matriculation number; ``None`` for none or several."""
    address = re.search(r"[\w.+-]+@[\w.-]+", piece)
    numbers = set(re.findall(r"\d{5,}", piece))
    squeezed = _squeezed(re.sub(r"<?[\w.+-]+@[\w.-]+>?", "", piece) if address else piece)
    fits = [
        one
        for one in participants
        if (address and one.email == address[0].casefold())
        or (one.matriculation and one.matriculation in numbers)
        or (squeezed and not squeezed.isdigit() and squeezed in spellings(one.words))
    ]
    return fits[0] if len(set(fits)) == 1 else None


def _tiled(text: str, participants: Sequence[Participant], *, cut: bool) -> tuple[Participant, ...]:
    """Participants whose names, one after the other, make up the whole text; nothing if none do.

    With ``cut`` the last name may be the beginning of one.
    """
    ways: dict[int, tuple[Participant, ...]] = {0: ()}
    known = [(spelling, one) for one in participants for spelling in spellings(one.words)]
    for start in range(len(text)):
        if start not in ways:
            continue
        rest = text[start:]
        for spelling, one in known:
            if one in ways[start]:
                continue
            if rest.startswith(spelling):
                ways.setdefault(start + len(spelling), (*ways[start], one))
            elif cut and len(rest) >= 3 and spelling.startswith(rest):
                ways.setdefault(len(text), (*ways[start], one))
    return ways.get(len(text), ())


def near_misses(piece: str, participants: Sequence[Participant]) -> tuple[str, ...]:
    """At most two participants that may be meant: initials, a part of the name, a slip of the pen."""
    words = [word for word in re.split(r"[^a-z]+", _plain(piece, german=True)) if word]
    scored = sorted(((_likeness(words, piece, one), one.name) for one in participants), reverse=True)
    return tuple(name for score, name in scored[:2] if score >= ALIKE)


def _likeness(words: Sequence[str], piece: str, one: Participant) -> float:
    own = [word for word in re.split(r"[^a-z]+", _plain(" ".join(one.words), german=True)) if word]
    if words and own and _abbreviated(words, own):
        return 0.95
    squeezed = _squeezed(piece)
    alike = [SequenceMatcher(None, squeezed, spelling).ratio() for spelling in spellings(one.words)]
    return max(alike, default=0.0)


def _abbreviated(words: Sequence[str], own: Sequence[str]) -> bool:
    """Whether every word is a part of the name or the initial of one, and one of them is a whole part."""
    left = list(own)
    whole = False
    for word in sorted(words, key=len, reverse=True):
        fits = [part for part in left if part == word or (len(word) == 1 and part[0] == word)]
        if not fits:
            return False
        whole = whole or (fits[0] == word and len(word) > 2)
        left.remove(fits[0])
    return whole


# ---- spellings ------------------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def spellings(words: tuple[str, ...]) -> frozenset[str]:
    """A name as platforms write it, letters and digits alone: both orders, umlauts as ``ue``, ``u`` or left out."""
    orders = [words, *(words[cut:] + words[:cut] for cut in range(1, len(words)))]
    letters = ("german", "stripped", "dropped")
    return frozenset(
        spelling
        for order, way in itertools.product(orders, letters)
        if len(spelling := re.sub(r"[^a-z0-9]", "", _written(" ".join(order), way))) >= 3
    )


def _written(text: str, way: str) -> str:
    if way == "dropped":
        return unicodedata.normalize("NFC", text).lower()
    return _plain(text, german=way == "german")


def _plain(text: str, *, german: bool) -> str:
    """In lower case, accents spelt out (``ue``) or taken off (``u``)."""
    lower = unicodedata.normalize("NFC", text).lower()
    spelt = lower.translate(_GERMAN) if german else lower
    kept = unicodedata.normalize("NFKD", spelt)
    return "".join(letter for letter in kept if not unicodedata.combining(letter))


def _squeezed(text: str) -> str:
    """A label as it came, letters and digits alone; accents that are still there are spelt out."""
    return re.sub(r"[^a-z0-9]", "", _plain(text, german=True))
