"""How the digits were split, and which of them are the test split: noted calls, else arrays that live at the end."""

from collections.abc import Mapping
from functools import cache

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from grader.judge.images import read_values
from reference.classification.questions.softmax_paths import SCALINGS

DIGITS = 1797
PIXELS = 64
WIDE = {PIXELS, PIXELS + 1}
SHARES = (0.1, 0.5)
"""Shares of the digits that a test split may have."""
DIVISORS = {1.0, 16.0, 255.0}
PREDICTED = "labels of digits"
"""Begin of the label under which models are asked for the classes of all digits."""


def splits(transcript):
    """Noted calls of train_test_split on the digits, each with its numbers of training and test points."""
    found = []
    for call in transcript.calls("train_test_split"):
        parts = call.result if isinstance(call.result, list) else []
        sizes = [int(p["shape"][0]) for p in parts[:2] if isinstance(p, Mapping) and p.get("shape")]
        if len(sizes) == 2 and abs(sum(sizes) - DIGITS) <= 1:
            found.append((call, sizes[0], sizes[1]))
    return found


def sizes_seen(transcript):
    """Numbers of rows of the arrays of digits that were given to functions or lived, besides all of them."""
    rows = {known.shape[0] for known in transcript.known if len(known.shape) == 2 and known.shape[1] in WIDE}
    for call in transcript.observed.calls:
        for value in call.arguments.values():
            shape = value.get("shape") if isinstance(value, Mapping) else None
            if isinstance(shape, list | tuple) and len(shape) == 2 and shape[1] in WIDE:
                rows.add(int(shape[0]))
    return rows


def complementary(rows):
    """Pairs of a larger and a smaller number of rows that make all digits."""
    return sorted((a, DIGITS - a) for a in rows if DIGITS - a in rows and a >= DIGITS - a)


def replayed(call):
    """The places of the test split among all digits, from a call with a seed; None where it cannot be made again."""
    given = call.arguments
    seed, size, train = given.get("random_state"), given.get("test_size"), given.get("train_size")
    if type(seed) is not int or any(type(s) not in (int, float, type(None)) for s in (size, train)):
        return None
    stratify = given.get("stratify")
    labels = labels_of_digits() if isinstance(stratify, Mapping) else None
    if labels is None and stratify is not None:
        return None
    try:
        _, test = train_test_split(
            np.arange(DIGITS),
            test_size=size,
            train_size=train,
            random_state=seed,
            shuffle=bool(given.get("shuffle", True)),
            stratify=labels,
        )
    except (TypeError, ValueError):
        return None
    return test


def labels_of_digits():
    """The labels of all digits, (1797,)."""
    return all_digits()[1]


@cache
def all_digits():
    """Pixels (1797, 64) from 0 to 16 and labels (1797,)."""
    X, y = load_digits(return_X_y=True)
    return np.asarray(X, dtype=float), np.asarray(y)


def living(known):
    """Name -> values of the living arrays that answered."""
    found = {}
    for one in known:
        answer = one.answers.get("values")
        values = read_values(answer["npy"]) if isinstance(answer, dict) and "npy" in answer else None
        if values is not None and one.family == "array":
            found[one.name or str(one.key)] = values
    return found


def living_test_points(known):
    """Living arrays of test digits: (name, points (m, 64) as they are, places among all digits, (m,))."""
    found = []
    for name, values in living(known).items():
        if values.ndim != 2 or values.shape[1] not in WIDE:
            continue
        if not SHARES[0] * DIGITS <= len(values) <= SHARES[1] * DIGITS:
            continue
        points = without_ones(values)
        places = None if points is None else places_of(points)
        if places is not None:
            found.append((name, points, places))
    return sorted(found, key=lambda entry: "te" not in entry[0].lower())


def without_ones(values):
    """The 64 pixel columns of an array that may have a column of ones."""
    if values.shape[1] == PIXELS:
        return values
    for first in (0, -1):
        if np.all(values[:, first] == 1):
            return np.delete(values, first % values.shape[1], axis=1)
    return None


def places_of(points):
    """Where points stand among the digits, in any usual scale; None where they are other points."""
    X, _ = all_digits()
    for divisor in DIVISORS:
        found = places_in(points, X / divisor)
        if found is not None:
            return found
    return places_by_pattern(points)


def places_in(points, table):
    """Places of rows in a table, up to single precision; None where some are not there."""
    known = {row.tobytes(): n for n, row in enumerate(np.round(table.astype(np.float32), 4))}
    places = [known.get(row.tobytes(), -1) for row in np.round(points.astype(np.float32), 4)]
    return np.array(places) if min(places, default=-1) >= 0 else None


def places_by_pattern(points):
    """Places of digits that were shifted and scaled column by column: the nearest ones once both are standardised.

    None where the nearest digits are not far nearer than others are, or the same one for several points: then the
    points are something else.
    """
    X, _ = all_digits()
    useful = X.std(axis=0) > 1
    left, right = standardised(points[:, useful]), standardised(X[:, useful])
    squares = (left**2).sum(axis=1)[:, None] + (right**2).sum(axis=1)[None] - 2 * left @ right.T
    nearest = squares.argmin(axis=1)
    near = np.median(squares.min(axis=1)) < 0.1 * np.median(squares)
    return nearest if near and len(np.unique(nearest)) > 0.98 * len(nearest) else None


def standardised(points):
    """Columns with mean zero and standard deviation one."""
    return (points - points.mean(axis=0)) / (points.std(axis=0) + 1e-9)


@cache
def scaled_digits():
    """All digits in the scales that teams use, under the names of the scales."""
    X, _ = all_digits()
    return {name: scale(X, X) for name, scale in SCALINGS.items() if name != "of length 1"}
