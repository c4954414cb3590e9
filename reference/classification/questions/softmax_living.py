"""Parameters that live at the end of a run: which arrays are asked for their values, and how well they classify."""

from collections.abc import Iterable

import numpy as np
from sklearn.datasets import load_digits

from grader.judge.images import read_values
from grader.records import Known
from grader.run.observe import Question
from reference.classification.questions.softmax_paths import SCALINGS, Problem, Reading, arrangements

COLUMNS, CLASSES = 64, 10
MOST = 24
SIZES = {CLASSES, COLUMNS * CLASSES, (COLUMNS + 1) * CLASSES}


def fits(known: Known) -> bool:
    """Whether an array, by itself or in an object, has the size of parameters for digits, or of their bias."""
    return known.family in ("array", "held") and int(np.prod(known.shape or (0,))) in SIZES


def questions(known: tuple[Known, ...]) -> Iterable[Question]:
    """Ask the latest arrays in the size of parameters for their values."""
    for one in [k for k in known if fits(k)][-MOST:]:
        yield Question(one.key, "values", seconds=2.0)


def parameters(known: Iterable[Known]) -> dict[str, np.ndarray]:
    """Every set of parameters, shape (65, 10), that the answered arrays may be read as."""
    arrays: dict[str, np.ndarray] = {}
    for one in known:
        answer = one.answers.get("values")
        values = read_values(answer["npy"]) if isinstance(answer, dict) and "npy" in answer else None
        if values is not None and fits(one):
            arrays[f"{one.name} ({one.key})"] = values
    return arrangements(arrays, COLUMNS, CLASSES)


def best_accuracy(known: Iterable[Known]) -> float | None:
    """The best share of all digits that living parameters tell right, in any scaling; None without parameters."""
    found = parameters(known)
    if not found:
        return None
    X, y = load_digits(return_X_y=True)
    problem = Problem(X, y, X, CLASSES)
    rows = [Reading(scaling).extended(X, problem) for scaling in SCALINGS]
    with np.errstate(all="ignore"):
        return max(float(((r @ theta).argmax(axis=1) == y).mean()) for r in rows for theta in found.values())
