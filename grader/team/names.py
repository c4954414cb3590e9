"""Names as students write them: taken apart into words and compared with the names a role goes by.

Everything here works on text alone. A resemblance is a number between 0 (nothing in common) and 1 (the same name
up to case, underscores, digits and umlauts).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher
from functools import cache, lru_cache

_PIECES = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})
_FILLERS = frozenset(
    [
        "my",
        "own",
        "the",
        "a",
        "of",
        "from",
        "for",
        "with",
        "to",
        "by",
        "and",
        "in",
        "custom",
        "simple",
        "basic",
        "scratch",
        "self",
        "new",
        "final",
        "best",
        "fast",
        "slow",
        "naive",
        "vectorized",
        "vectorised",
        "single",
        "two",
        "dim",
        "dims",
        "dimensional",
        "d",
        "model",
        "models",
        "class",
        "estimator",
        "classifier",
        "function",
        "func",
        "fun",
        "method",
        "meine",
        "mein",
        "eigene",
        "eigener",
        "modell",
        "klasse",
        "funktion",
        "schaetzer",
        "impl",
        "implementation",
        "numpy",
        "np",
        "torch",
        "v",
        "ver",
        "version",
        "mit",
        "von",
        "aus",
        "der",
        "die",
        "das",
        "einfach",
        "einfache",
        "einfacher",
        "zwei",
        "dimensionales",
        "zweidimensionales",
    ]
)
"""Words that say nothing about which role a name speaks of."""
SAME, CONTAINED, STEM, FUZZY, EDGE = 1.0, 0.85, 0.8, 0.75, 0.65


@cache
def words(name: str) -> tuple[str, ...]:
    """Split a name in camelCase, snake_case or with digits into lower-case words; ``KDEstimator2D`` gives
    ``("kd", "estimator", "2", "d")``."""
    return tuple(piece.lower() for piece in _PIECES.findall(name.translate(_UMLAUTS)))


@cache
def joined(name: str) -> str:
    """The name without case, underscores, umlauts and digits at its end."""
    plain = "".join(words(name))
    return plain.rstrip("0123456789") or plain


@cache
def core(name: str) -> tuple[str, ...]:
    """The words of a name that say something: without numbers and fillers such as ``my`` or ``2d``."""
    found = tuple(word for word in words(name) if word not in _FILLERS and not word.isdigit())
    return found or words(name)


def resemblance(name: str, known: Iterable[str]) -> float:
    """How much ``name`` looks like the best of the ``known`` names, between 0 and 1."""
    return max((_pair(name, other) for other in known), default=0.0)


@cache
def _pair(name: str, other: str) -> float:
    theirs = words(other)
    if not words(name) or not theirs:
        return 0.0
    if joined(name) == joined(other):
        return SAME
    return max(_compared(core(name), theirs), _compared(words(name), theirs))


def _compared(mine: tuple[str, ...], theirs: tuple[str, ...]) -> float:
    glued, target = "".join(mine), "".join(theirs)
    if glued == target:
        return SAME
    covered = min(1.0, len(target) / len(glued))
    if _contains(mine, theirs):
        return CONTAINED + 0.12 * covered
    if len(target) >= 4 and target in glued:
        return STEM + 0.05 * covered
    return max(_stems(mine, theirs), _near(glued, target, mine), _edge(mine, target))


def _contains(mine: tuple[str, ...], theirs: tuple[str, ...]) -> bool:
    span = len(theirs)
    return any(mine[start : start + span] == theirs for start in range(len(mine) - span + 1))


def _stems(mine: tuple[str, ...], theirs: tuple[str, ...]) -> float:
    """Every word of ``theirs`` begins, in order, like a word of ``mine`` (``gauss mix`` and ``gaussian mixture``)."""
    position = 0
    for word in theirs:
        while position < len(mine) and not _same_stem(mine[position], word):
            position += 1
        if position == len(mine):
            return 0.0
        position += 1
    return STEM - 0.02


def _same_stem(left: str, right: str) -> bool:
    short, long = sorted((left, right), key=len)
    return left == right or (len(short) >= 4 and 2 * len(short) >= len(long) and long.startswith(short))


def _near(glued: str, target: str, mine: tuple[str, ...]) -> float:
    """Misspelt: one or two letters wrong in a long enough name or word."""
    return FUZZY if any(misspelt(piece, target) for piece in (glued, *mine)) else 0.0


def misspelt(left: str, right: str) -> bool:
    """Whether two long enough words differ by a letter or two, or in the order of their letters."""
    if len(right) < 5:
        return False
    return _ratio(left, right) >= 0.84 or (left[:1] == right[:1] and sorted(left) == sorted(right))


def _ratio(left: str, right: str) -> float:
    if abs(len(left) - len(right)) > 3:
        return 0.0
    return SequenceMatcher(None, left, right, autojunk=False).ratio()


def _edge(mine: tuple[str, ...], target: str) -> float:
    """A short name glued to another word: ``mykde``, ``kdemodel``."""
    long = (word for word in mine if len(word) > len(target) >= 3)
    return EDGE if any(word.startswith(target) or word.endswith(target) for word in long) else 0.0


def parameter_resemblance(name: str, known: Iterable[str]) -> float:
    """How much a parameter's name looks like one of the ``known``; one-letter names must agree in full.

    Spelt exactly alike, capitals included, counts a little more than alike without case: ``x`` and ``X`` in one
    signature are two different things.
    """
    return _of_parameter(name, tuple(known))


@lru_cache(maxsize=1 << 16)
def _of_parameter(name: str, known: tuple[str, ...]) -> float:
    best = 0.0
    for position, other in enumerate(known):
        earlier = 0.001 * position
        if name == other:
            best = max(best, 1.0 - earlier)
        elif joined(name) == joined(other):
            best = max(best, (0.97 if len(name) > 1 else 0.85) - earlier)
        elif len(joined(other)) >= 3:
            best = max(best, 0.93 * _pair_of_parameters(name, other) - earlier)
    return best


@cache
def _pair_of_parameters(name: str, other: str) -> float:
    mine, theirs = words(name), words(other)
    if set(theirs) <= set(mine):
        return CONTAINED + 0.1 * len(theirs) / len(mine)
    if set(mine) < set(theirs) and theirs[-1] not in mine:
        return 0.0
    if len(joined(other)) >= 4 and (_same_stem(joined(name), joined(other)) or joined(other) in joined(name)):
        return STEM
    return FUZZY if misspelt(joined(name), joined(other)) else 0.0


def closest(name: str, known: Iterable[str]) -> str:
    """The known name that looks most like ``name``, for "did you mean"; empty when none does."""
    scored = [(max(_pair(name, other), _ratio(joined(name), joined(other))), other) for other in known]
    best = max(scored, default=(0.0, ""))
    return best[1] if best[0] >= 0.6 else ""
