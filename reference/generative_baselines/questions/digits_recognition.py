"""Task 2, recognition: a random forest that tells digits apart, asked about generated ones."""

import numpy as np

from grader.judge.checks import check
from grader.judge.images import read_values
from grader.judge.parts import Part, State, done, reason, told
from grader.judge.transcript import arrays_of, prints_of
from grader.records import Verdict
from reference.generative_baselines.questions import digits_judge
from reference.generative_baselines.questions.digits_showing import (
    certainties,
    confidence_picture,
    digits_picture,
    proportions_picture,
)
from reference.generative_baselines.questions.digits_view import NEXT, nothing, view_of
from reference.generative_baselines.questions.digits_words import MODELS

NEAR_CHANCE = 0.3
"""Accuracy below which labels that have nothing to do with the digits are the explanation."""
APART = 4.0
"""Ratio of two standard deviations of pixels from which on they are on different scales; 16 and 255 are usual."""


@check
def digits_classifier(team, lab, *, accuracy, failing):
    """A random forest is trained on the original digits and tells the ten classes apart."""
    view = view_of(team, lab)
    if view.empty:
        return nothing(lab)
    fits = view.seen.of("classifier")
    used = view.code.cells(lambda i: "classifier" in view.code.kinds(i) and "fit" in view.code.names[i])
    name = "a random forest trained on digits"
    missing, step = "No random forest that is trained to tell the digits apart was found.", NEXT
    others = view.seen.of("other classifier")
    if not fits and not used and others:
        doubt = f"{others[0].type} is trained on digits; the sheet asks for a random forest."
        return told(lab, [Part(name, State.UNSURE, doubt, view.cells_of(others))], missing, step)
    if not fits:
        return told(lab, [view.part(name, False, used)], missing, step)
    cells = view.cells_of(fits)
    made = [fit for fit in fits if fit.print and fit.print in view.seen.generated]
    on_generated = len(made) == len(fits) or bool(view.code.cells(view.code.trains_on_generated))
    right = recomputed_accuracy(fits)
    if len(made) == len(fits) and (right is None or right >= accuracy):
        doubt = "The forest is trained on generated digits; the sheet asks for the original data."
        return told(lab, [Part(name, State.UNSURE, doubt, cells)], missing, step)
    said = f"trained on {max(fit.rows for fit in fits)} digits"
    if right is None:
        return told(lab, [Part(name, State.THERE, said, cells)], missing, step)
    cause = " It seems to be trained on generated digits." if on_generated else ""
    measured = lab.measured(
        "accuracy on digits of the data set, recomputed", right, at_least=accuracy,
        message=f"The forest is right for {100 * right:.0f} % of the digits of the data set that we showed it.{cause}",
        next_step="Train it on the pixels and labels of the data set.",
    )  # fmt: skip
    doubtful = right >= failing or (_own_score(view) >= accuracy and not on_generated)
    if not measured.passed and doubtful:
        return told(lab, [Part(name, State.UNSURE, measured.message, cells)], missing, step, measured)
    return told(lab, [Part(name, State.THERE, said, cells)], missing, step, measured)


def recomputed_accuracy(fits):
    """Share of the data set's digits that a living forest names rightly, in the best scale of pixels; None: no answer."""
    labels = digits_judge.original()[1][:: digits_judge.SHOWN]
    found = []
    for fit in fits:
        for label, answer in (fit.known.answers if fit.known else {}).items():
            if label.startswith("classes of") and isinstance(answer, dict) and "npy" in answer:
                values = read_values(answer["npy"])
                if values is not None and values.shape == labels.shape:
                    found.append(float(np.mean(values == labels)))
    return max(found, default=None)


def _own_score(view):
    """The best accuracy that their own calls of ``score`` gave."""
    given = [c.result for c in view.seen.asked("score") if isinstance(c.result, int | float)]
    return max((float(value) for value in given if 0 <= value <= 1), default=0.0)


@check
def digits_recognisability(team, lab, *, unrelated_share):
    """The forest judges whether generated digits can be recognised."""
    view = view_of(team, lab)
    if view.empty:
        return nothing(lab)
    cells, noted = _asked_about_generated(view)
    if view.samples:
        digits_picture(lab, view.samples)
        confidence_picture(lab, view.samples)
    rows = certainties(view)
    name = "generated digits given to the classifier"
    part = view.part(name, bool(noted), cells, shown=True)
    if not cells and view.code.cells(lambda i: "classifier" in view.code.kinds(i)) and view.seen.samples:
        maybe = view.code.cells(
            lambda i: "classifier" in view.code.kinds(i) and view.code.marked(i, "generated")
        )
        if maybe:
            part = Part(name, State.UNSURE, f"{maybe[0].named} has both, but we cannot see how they meet.", maybe)  # fmt: skip
    missing = "No classifier is asked about generated digits."
    if part.state is State.THERE:
        unrelated = [c for c in cells if view.code.scores_by_unrelated_labels(c.index)]
        other = [c for c in cells if view.code.asks_how_sure(c.index)]
        sentence = (
            f"{unrelated[0].named} compares the classes of generated digits with labels of real ones, which have "
            "nothing to do with each other: near 10 % is right however good the digits are." if unrelated else ""
        )  # fmt: skip
        if unrelated and not other and not any(view.code.per_digit(i) for i in view.code.section):
            lab.point(*unrelated)
            if _noted_score(view, unrelated):
                step = "Generated digits have no labels: look at the classifier's probabilities, or generate each class by itself."
                return lab.partial(unrelated_share, sentence, step, *rows)
            return lab.outcome(Verdict.REVIEW, sentence, "A person looks at this.", *rows)
        if other_scale := _on_another_scale(view, cells):
            lab.point(*cells)
            return lab.partial(unrelated_share, other_scale, "Give the classifier pixels on the scale that it was trained on.", *rows)  # fmt: skip
    return told(lab, [part], missing, NEXT, *rows)


def _asked_about_generated(view):
    """Cells in which the classifier is asked about generated digits, and whether our run noted it."""
    calls = [c for c in view.seen.asked("predict", "predict_proba", "score") if prints_of(c.arguments.get("X")) & view.seen.generated]  # fmt: skip
    written = view.code.cells(view.code.asks_about_generated)
    return view.once_each([*view.by_index(*(c.cell for c in calls)), *written]), calls


def _on_another_scale(view, cells):
    """What to say where every question about generated digits was on another scale of pixels than the training.

    Empty unless our run noted pixels of both; one question on the scale of the training is enough.
    """
    indices = {cell.index for cell in cells}
    trained = [table for c in view.seen.calls for table in _pixels(view, c) if "Classifier.fit" in c.name]
    asked = [
        table for c in view.seen.asked("predict", "predict_proba") if c.cell in indices for table in _pixels(view, c)
    ]  # fmt: skip
    if not trained or not asked:
        return ""
    pairs = [(a, t, max(t["deviation"], a["deviation"]) / max(min(t["deviation"], a["deviation"]), 1e-9)) for a in asked for t in trained]  # fmt: skip
    if min(ratio for *_, ratio in pairs) < APART:
        return ""
    one, other, _ = pairs[0]
    return (
        f"The forest is trained on pixels with mean {other['mean']:.3g} and asked about generated pixels with mean "
        f"{one['mean']:.3g}: the two are on different scales, and its answers say nothing."
    )


def _pixels(view, call):
    """Summaries of the tables of pixels that a call was given, where mean and deviation were noted."""
    return [
        a for a in arrays_of(call)
        if len(a["shape"]) == 2 and a["shape"][1] in view.seen.columns and isinstance(a.get("mean"), float)
        and isinstance(a.get("deviation"), float)
    ]  # fmt: skip


def _noted_score(view, cells):
    """Whether our run noted that the classifier was scored on generated digits in these cells, near chance."""
    indices = {cell.index for cell in cells}
    near_chance = [c.result for c in view.seen.asked("score") if c.cell in indices and isinstance(c.result, int | float)]  # fmt: skip
    return bool(near_chance) and max(near_chance) < NEAR_CHANCE


@check
def digits_proportions(team, lab, *, per_class):
    """It is checked whether the ten digits are generated in equal proportions."""
    view = view_of(team, lab)
    if view.empty:
        return nothing(lab)
    code = view.code
    counting = code.cells(code.counts_classes)
    single = code.cells(lambda i: code.per_digit(i) and bool(code.kinds(i) & set(MODELS)))
    fits = [fit for fit in view.seen.of(*MODELS) if 60 <= fit.rows <= per_class]
    for sample in list(view.samples.values())[:3]:
        proportions_picture(lab, sample)
    name = "how often each digit is generated"
    missing = "How often each of the ten digits is generated is not looked at."
    if any(done(c) and c.shows for c in counting):
        return told(lab, [view.part(name, False, counting, shown=True)], missing, NEXT)
    if single and len(fits) >= 8:
        lab.note("One model per digit is fitted, so that the digits can be generated in equal proportions.")
        return told(lab, [Part(name, State.THERE, "one model per digit", view.cells_of(fits))], missing, NEXT)
    if single or counting:
        return told(lab, [view.part(name, False, counting or single, shown=not single)], missing, NEXT)
    predicted = code.cells(lambda i: code.asks_about_generated(i) and _ten_numbers(view.transcript.cells[i]))
    if predicted:
        doubt = f"{predicted[0].named} asks the classifier about generated digits; are its classes counted?"
        return told(lab, [Part(name, State.UNSURE, doubt, predicted)], missing, NEXT)
    hidden = [c for c in code.cells(code.asks_about_generated) if not done(c)]
    if hidden:
        return told(lab, [Part(name, State.UNSURE, reason(hidden), tuple(hidden))], missing, NEXT)
    return told(lab, [view.part(name, False, ())], missing, NEXT)


def _ten_numbers(cell):
    """Whether a cell shows a figure or a table that may hold a count per class."""
    bars = any(layer.kind == "bars" for f in cell.figures for p in f.panels for layer in p.layers)
    return bars or bool(cell.ours.tables or cell.stored.tables) or (not cell.figures and bool(cell.images))
