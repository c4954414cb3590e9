"""Task 3 as the work shows it: the split of the digits, the curves of training, the accuracy on the test split."""

import re
from dataclasses import dataclass

from grader.judge import figures
from grader.judge.checks import check
from grader.judge.source import argument
from grader.records import Verdict
from reference.classification.questions.reported import reported
from reference.classification.questions.run_least_squares import no_accuracy
from reference.classification.questions.run_panels import not_drawn, pointed, with_labels
from reference.classification.questions.run_words import ACCURACY, LOSS, TEST, TRAIN, tells
from reference.classification.questions.run_work import work_of
from reference.classification.questions.softmax_recomputed import recompute
from reference.classification.questions.softmax_split import DIGITS, complementary, sizes_seen, splits

TASK = 3
LONG = 8
"""Places from which on a curve shows how something evolves."""
PARTS = [(quantity, split) for quantity in ("loss", "accuracy") for split in ("training", "test")]


# ---- the split ----------------------------------------------------------------------------------------------


@check
def digits_split(team, lab, *, test_share, slack):
    """The digits are split into 75 % for training and 25 % for testing."""
    work = work_of(team, lab)
    code = [cell for cell in work.cells(TASK) if cell.uses("train_test_split", "load_digits", "split")]
    lab.point(*code[:2])
    made = [test / (train + test) for _, train, test in splits(lab.transcript)]
    made = made or [small / DIGITS for _, small in complementary(sizes_seen(lab.transcript))]
    step = "train_test_split(X, y, test_size=0.25) splits points and labels alike."
    bounds = (test_share - slack, test_share + slack)
    if made:
        best = min(made, key=lambda share: abs(share - test_share))
        return lab.measured(
            "share of the digits in the test split", best, between=bounds,
            message=f"The test split has {best:.1%} of the digits; {test_share:.0%} are asked for.", next_step=step,
        )  # fmt: skip
    for place in work.source.calls("train_test_split"):
        numbers = work.source.numbers(argument(place.node, "test_size"), place.around)
        if any(bounds[0] <= number <= bounds[1] for number in numbers):
            return lab.own(lab.measured("share of the test split in the code", min(numbers), between=bounds))
    named = work.source.calls("load_digits") or tells("digits", " ".join(lab.transcript.modules))
    if not named and not any(
        cell.uses("task3") or tells("task3", cell.source) for cell in lab.transcript.code
    ):
        return lab.outcome(Verdict.MISSING, "Nothing loads the digits.", step)
    return lab.outcome(Verdict.REVIEW, "We could not see how the digits are split.", step)


# ---- curves -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Curve:
    """A long line of a panel: of what, and on which split; empty words where nothing tells."""

    drawn: object
    layer: object
    quantity: str
    split: str


def curves_in(work):
    """Every long line that the cells of the task drew."""
    found = []
    for drawn in work.drawn(TASK):
        own = [c for c in drawn.panel.layers if c.kind == "line" and figures.points_in(c) >= LONG]
        entries = [entry for entry in drawn.panel.legend if entry]
        for number, layer in enumerate(own):
            label = layer.label or (entries[number] if len(entries) == len(own) else "")
            found.append(Curve(drawn, layer, quantity_of(drawn, layer, label), split_of(drawn, label)))
    return found


def quantity_of(drawn, layer, label):
    """``loss`` or ``accuracy``: by the curve's label, else by its axis, its titles, or its values."""
    for words in (label, drawn.panel.ylabel, drawn.panel.title, drawn.figure.title):
        accurate, lossy = tells(ACCURACY, words), tells(LOSS, words)
        if accurate != lossy:
            return "accuracy" if accurate else "loss"
    low, high = layer.y or (0.0, 2.0)
    return "accuracy" if low >= 0 and high <= 1 else "loss"


def split_of(drawn, label):
    """``test``, ``training`` or empty: by the curve's label, else by titles that name one of them alone."""
    for words in (label, drawn.panel.ylabel, drawn.panel.title):
        test, train = tells(TEST, words.replace("_", " ")), tells(TRAIN, words)
        if test != train:
            return "test" if test else "training"
    return ""


def parts_shown(curves):
    """Which of loss and accuracy on which split are drawn; two curves without words in one panel are both splits."""
    found = {(curve.quantity, curve.split) for curve in curves if curve.split}
    groups: dict = {}
    for curve in curves:
        if not curve.split:
            groups.setdefault((id(curve.drawn.panel), curve.quantity), []).append(curve)
    for (_, quantity), members in groups.items():
        if len(members) >= 2:
            found |= {(quantity, "training"), (quantity, "test")}
        else:
            found.add((quantity, "training" if (quantity, "training") not in found else "test"))
    return found


@check
def training_curves(team, lab, *, labels_share):
    """Loss and accuracy are drawn over the steps, each on both splits."""
    work = work_of(team, lab)
    curves = curves_in(work)
    shown = parts_shown(curves)
    code = work.drawing(TASK, ("plot", "lineplot", "semilogy", "semilogx", "loglog", "relplot", "Scatter"))
    step = "Note loss and accuracy on both splits in every step and draw the four curves."
    pointed(lab, [curve.drawn for curve in curves], code)
    if not curves:
        return not_drawn(lab, work, TASK, code, "loss and accuracy over the steps", step)
    share = len(shown) / len(PARTS)
    number = lab.measured("curves of loss and accuracy on both splits", len(shown), at_least=len(PARTS), share=share)  # fmt: skip
    if len(shown) == len(PARTS):
        return with_labels(
            lab, work, list({id(c.drawn): c.drawn for c in curves}.values()), labels_share, number
        )
    lacks = " and ".join(f"{quantity} on the {split} split" for quantity, split in PARTS if (quantity, split) not in shown)  # fmt: skip
    unknown = [cell for cell in work.cells(TASK) if cell.images and not cell.figures]
    if not work.sure(TASK) or unknown or len(curves) >= len(PARTS):
        lab.point(*unknown[:2])
        return lab.outcome(Verdict.REVIEW, f"We did not see: {lacks}. Is it there?", step, number)
    return lab.partial(share, f"The figures lack: {lacks}.", step, number)


# ---- accuracy -----------------------------------------------------------------------------------------------


@check
def final_accuracy(team, lab, *, tolerance, training_share):
    """The final accuracy on the test split is reported, and it is that of the trained parameters."""
    work = work_of(team, lab)
    found = reported(work.cells(TASK), work.texts(TASK))
    measuring = [cell for cell in work.cells(TASK) if tells(ACCURACY, cell.source)]
    lab.point(*([one.cell for one in found if one.named][-2:] or measuring[-2:]))
    step = "Print the share of right labels on the test split after the last step."
    if not found:
        return no_accuracy(lab, work, TASK, measuring, step)
    mine = lab.once("accuracies recomputed from what lives", lambda inner: recompute(inner.transcript))
    confirmed = [(one, source) for one in found if (source := mine.near(one.value, tolerance))]
    if confirmed:
        return lab.own(*as_reported(lab, mine, confirmed, tolerance))
    likely = [one for one in found if not one.of_training and (one.of_test or len(found) <= 2)]
    last = (likely or found)[-1]
    told = lab.measured("reported accuracy", last.value, between=(0.0, 1.0))
    trained = [one for one in found if mine.near_training(one.value, tolerance / 2)]
    if mine.test and trained and not likely_test(found):
        text = "The reported accuracy is that of the training split; the test split is asked for."
        return lab.partial(training_share, text, step, told)
    if not mine.test:
        if any(one.of_test for one in found):
            return lab.own(told)
        if all(one.of_training for one in found) and work.sure(TASK):
            text = "The accuracy is reported for the training split; the test split is asked for."
            return lab.partial(training_share, text, step, told)
        text = f"An accuracy of {last.value:.3f} is reported: is it that of the test split?"
        return lab.outcome(Verdict.REVIEW, text, step, told)
    text = (
        f"The reported accuracy is {last.value:.3f}; nothing that lives at the end of our run has that accuracy on the "
        "test split, as far as we can ask it. A person looks."
    )
    return lab.outcome(Verdict.REVIEW, text, step, told)


def as_reported(lab, mine, confirmed, tolerance):
    """Evidence of a number that we find again."""
    one, source = max(confirmed, key=lambda pair: (pair[0].of_test, -abs(pair[0].value - mine.test[pair[1]])))
    value = mine.test[source]
    near = (value - tolerance, value + tolerance)
    words = re.sub(r" \(\d+\)", "", source)
    lab.note(f"Recomputed from {words}.")
    return [
        lab.measured(
            "reported accuracy on the test split, beside the recomputed one", one.value, between=near
        )
    ]


def likely_test(found):
    """Whether words say of some reported number that it belongs to the test split."""
    return any(one.of_test for one in found)
