"""What the living objects of a hand-in are asked at the end of our run: new samples, and our forest's test on theirs.

Models that were fitted to arrays of more than two columns draw new samples; classifiers are shown digits of the
data set in the scales that students use. The answers are judged outside, with our own measurements.
"""

from collections.abc import Iterable

from grader.records import Known
from grader.run.observe import Question
from reference.generative_baselines.questions.digits_judge import original, shown_digits
from reference.generative_baselines.questions.digits_seen import fitted_shape, kind_of_object

SAMPLES, FEW = 300, 80
"""Samples per model, and per model where there are many."""
MANY = 20
MOST_MODELS, MOST_CLASSIFIERS = 48, 6
SECONDS = 5.0


def questions(known: tuple[Known, ...]) -> Iterable[Question]:
    """Ask models of digits for samples and classifiers for the classes of digits."""
    wide = [k for k in known if k.family == "model" and fitted_shape(k)[1] > 2]
    classifiers = [k for k in wide if "classifier" in kind_of_object(k.type, k.settings)]
    models = _fairly([k for k in wide if k not in classifiers and kind_of_object(k.type, k.settings)])
    count = FEW if len(models) > MANY else SAMPLES
    for model in models:
        yield Question(model.key, "sample", "sample", (count,), SECONDS)
    for classifier in classifiers[-MOST_CLASSIFIERS:]:
        if fitted_shape(classifier)[1] == original()[0].shape[1]:
            for label, pixels in shown_digits().items():
                yield Question(classifier.key, f"classes of {label}", "predict", (pixels,), SECONDS)


def _fairly(models: list[Known]) -> list[Known]:
    """At most :data:`MOST_MODELS`, the latest of each kind in turn."""
    kinds: dict[str, list[Known]] = {}
    for model in models:
        kinds.setdefault(kind_of_object(model.type, model.settings), []).append(model)
    chosen: list[Known] = []
    while len(chosen) < MOST_MODELS and any(kinds.values()):
        for waiting in kinds.values():
            if waiting:
                chosen.append(waiting.pop())
    return chosen[:MOST_MODELS]
