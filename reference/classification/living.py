"""What the living objects of a hand-in are asked at the end of our run: parameters and test digits for their values,
trained models for the classes of digits. The answers are judged outside."""

from collections.abc import Iterable

import numpy as np

from grader.records import Known
from grader.run.observe import Question
from reference.classification.questions import softmax_living
from reference.classification.questions.softmax_split import (
    DIGITS,
    PIXELS,
    PREDICTED,
    SHARES,
    WIDE,
    scaled_digits,
)

MOST_MODELS, MOST_TABLES = 3, 4
SECONDS = 4.0


def questions(known: tuple[Known, ...]) -> Iterable[Question]:
    """Ask arrays in the size of parameters or of test digits for values, and trained models for labels."""
    yield from softmax_living.questions(known)
    for table in [k for k in known if is_test_table(k)][-MOST_TABLES:]:
        yield Question(table.key, "values", seconds=SECONDS)
    for model in [k for k in known if is_digits_model(k)][-MOST_MODELS:]:
        for scale, pixels in scaled_digits().items():
            for place, points in arranged(model, pixels):
                label = " ".join(part for part in (PREDICTED, scale, place) if part)
                yield Question(model.key, label, "predict", (points,), SECONDS)


def is_test_table(known: Known) -> bool:
    """Whether an array has the size of a test split of the digits."""
    if known.family != "array" or len(known.shape) != 2 or known.shape[1] not in WIDE:
        return False
    return SHARES[0] * DIGITS <= known.shape[0] <= SHARES[1] * DIGITS


def is_digits_model(known: Known) -> bool:
    """Whether an object is a model of the hand-in's own that was, or may have been, fitted to digits."""
    if known.family != "model" or known.type.startswith("sklearn."):
        return False
    return len(known.shape) != 2 or known.shape[1] in WIDE


def arranged(model: Known, pixels: np.ndarray) -> Iterable[tuple[str, np.ndarray]]:
    """Pixels as the model takes them: with a column of ones where it was fitted to one."""
    if len(model.shape) == 2 and model.shape[1] == PIXELS + 1:
        ones = np.ones((len(pixels), 1))
        return [("ones first", np.hstack([ones, pixels])), ("ones last", np.hstack([pixels, ones]))]
    return [("", pixels)]
