"""Task 2 as the work shows it: data sets with outliers, their plots, accuracy on the test set, boundaries."""

from grader.judge import figures
from grader.judge.checks import check
from grader.records import Verdict
from reference.classification.questions.drawn_lines import other_lines
from reference.classification.questions.reported import accuracy_curves, reported, same_for_all
from reference.classification.questions.run_panels import (
    is_field,
    lines_in,
    not_drawn,
    pointed,
    shows_data,
    with_labels,
)
from reference.classification.questions.run_words import ACCURACY, OUTLIER_NAME, TEST, tells
from reference.classification.questions.run_work import rows_given, work_of
from reference.classification.questions.training_accuracy import are_of_training

TASK = 2
GRID = 1600
"""Points from which on a call is for a grid and not for a test set."""
FITTING = r"fit|train|solve|learn|theta|lern|anpass|normal_eq"
SHOWING = r"plot|draw|show|zeich|visual|darstell"
LINES = ("contour", "contourf", "axline", "pcolormesh", "imshow")
"""Functions that draw boundaries by themselves; ``plot`` may."""


@check
def outlier_sets(team, lab, *, counts):
    """Data sets with each asked number of outliers are made."""
    work = work_of(team, lab)
    wanted = {int(n) for n in counts}
    found = max(asked_counts(work, wanted), fitted_counts(work, wanted), key=len)
    looping = [cell for cell in work.cells(TASK) if wanted <= set(numbers_looped(work, cell, wanted))]
    lab.point(*looping[:2])
    if len(found) < len(wanted) and looping:
        found = wanted
    measured = lab.measured("asked numbers of outliers", len(found), at_least=len(wanted), share=len(found) / len(wanted))  # fmt: skip
    step = f"Make the data sets with {', '.join(str(n) for n in sorted(wanted))} outliers."
    if len(found) == len(wanted):
        return lab.own(measured)
    if work.sure(TASK) and not work.cells(TASK):
        return lab.outcome(Verdict.MISSING, "Nothing on least squares was found.", step, measured)
    if work.sure(TASK) and found:
        return lab.partial(len(found) / len(wanted), f"Only {len(found)} of {len(wanted)} data sets were found.", step, measured)  # fmt: skip
    return lab.outcome(Verdict.REVIEW, f"We saw {len(found)} of {len(wanted)} data sets.", step, measured)


def asked_counts(work, wanted):
    """Asked numbers of outliers among the arguments of noted calls in the cells of the task."""
    found = set()
    for cell in work.cells(TASK):
        for call in cell.calls:
            if call.name.startswith("sklearn."):
                continue
            for key, value in call.arguments.items():
                if type(value) in (int, float) and value in wanted and tells(OUTLIER_NAME, key):
                    found.add(int(value))
    return found


def fitted_counts(work, wanted):
    """Asked numbers of outliers by which the sizes of the training sets differ from one base."""
    sizes = {rows for call in work.calls(TASK) for rows, _ in rows_given(call, {2, 3}) if rows < GRID}
    bases = {size - n for size in sizes for n in wanted} | sizes
    return max(({n for n in wanted if base + n in sizes} for base in bases), key=len, default=set())


def numbers_looped(work, cell, wanted):
    """Numbers of the loop in a cell that goes through most of the wanted ones."""
    sweeps = work.source.sweeps(cell, len(wanted))
    return max(sweeps, key=lambda numbers: len(set(numbers) & wanted), default=frozenset())


@check
def outlier_plots(team, lab, *, sets, few_share, labels_share):
    """The data sets are drawn, with labels, legend and caption."""
    work = work_of(team, lab)
    panels = [d for d in work.drawn(TASK) if shows_data(d)]
    alone = [d for d in panels if not has_boundary(d)]
    code = work.drawing(TASK, figures.POINT_CALLS)
    step = "Draw the points of each data set in the colours of their classes."
    pointed(lab, alone or panels, code)
    if not panels:
        return not_drawn(lab, work, TASK, code, "the data sets", step)
    if len(alone) < sets <= len(panels):
        lab.note("The data sets are seen together with the decision boundaries.")
    number = max(len(panels), len(figures.clouds(panels[0].panel, 1)) if len(panels) == 1 else 0)
    return enough(lab, work, panels, number, sets, few_share, labels_share, "data sets drawn", step)


def enough(lab, work, panels, number, sets, few_share, labels_share, what, step):
    """All sets are shown, some of them, or perhaps more than we saw."""
    share = max(few_share, min(number / sets, 0.99))
    count = lab.measured(what, number, at_least=sets, share=share)
    if number >= sets:
        return with_labels(lab, work, panels, labels_share, count)
    unknown = [cell for cell in work.cells(TASK) if cell.images and not cell.figures]
    if work.sure(TASK) and not unknown:
        text = f"The sheet asks for {sets} data sets; {what}: {number}."
        return lab.partial(share, text, step, count)
    return lab.outcome(Verdict.REVIEW, f"We saw {number} of {sets} ({what}): are there more?", step, count)


def has_boundary(drawn):
    """Whether a line, a contour or regions stand among the points."""
    return is_field(drawn) or any(layer.kind == "line" for layer in drawn.panel.layers)


@check
def outlier_boundaries(team, lab, *, sets, few_share, labels_share):
    """The decision boundary is drawn for the fit to each data set."""
    work = work_of(team, lab)
    panels = [d for d in work.drawn(TASK) if is_field(d) or (shows_data(d) and has_boundary(d))]
    code = work.drawing(TASK, (*LINES, "plot"))
    step = "Draw the line where the score is zero into the plot of the points."
    pointed(lab, panels, code)
    if not panels:
        alike = [
            d for d in work.drawn(TASK) if not shows_data(d) and lines_in(d.panel) and not accuracy_of(d)
        ]
        return not_drawn(lab, work, TASK, code, "decision boundaries", step, alike)
    wrong = other_lines(team, lab, work, TASK, panels)
    if wrong is not None:
        return wrong
    number = len(panels) if len(panels) > 1 else max(1, lines_in(panels[0].panel))
    return enough(lab, work, panels, number, sets, few_share, labels_share, "boundaries drawn", step)


def accuracy_of(drawn):
    """Whether a panel is about accuracies."""
    return tells(ACCURACY, f"{drawn.titles} {drawn.panel.ylabel} {' '.join(drawn.panel.legend)}")


@check
def outlier_accuracy(team, lab, *, sets, few_share, training_share):
    """The accuracy on the test set is reported for each data set."""
    work = work_of(team, lab)
    found = reported(work.cells(TASK), work.texts(TASK))
    found = [one for one in found if not one.of_training] or found
    number = max(len(found), accuracy_curves(work.cells(TASK)))
    measuring = [cell for cell in work.cells(TASK) if tells(ACCURACY, cell.source)]
    lab.point(*([one.cell for one in found] or measuring[:3]))
    step = "Print the share of right labels on the test set for each number of outliers."
    share = max(few_share, min(number / sets, 0.99))
    count = lab.measured("accuracies reported", number, at_least=sets, share=share)
    if not number:
        return no_accuracy(lab, work, TASK, measuring, step)
    if only_training(work) and not any(one.of_test for one in found):
        if any(tells(TEST, one.cell.source.replace("_", " ")) for one in found):
            text = "Is the accuracy that of the test set? Labels were predicted for training points, as far as we saw."
            return lab.outcome(Verdict.REVIEW, text, step, count)
        text = "The accuracy is that of the very points that the classifier was fitted to."
        seen = lab.measured(
            "predictions for points that no fit has seen", 0, at_least=1, share=training_share
        )
        return lab.partial(training_share, text, "Predict the test set, which no fit has seen.", count, seen)
    if any(one.of_test for one in found) and are_of_training(team, lab, work, TASK, found, sets):
        return told_as_test(lab, work, count, training_share)
    same = same_for_all(work.cells(TASK), sets)
    if same is not None:
        text = (
            f"The accuracy that is told is {same:.4g} for each of the data sets, although outliers move the line: is it "
            "that of the parameters that were fitted to them, or of one and the same fit?"
        )
        return lab.outcome(Verdict.REVIEW, text, "Predict with the parameters of the newest fit.", count)
    if number >= sets:
        return lab.own(count)
    if work.sure(TASK):
        text = f"The sheet asks for {sets} data sets; the accuracy is reported {number} times."
        return lab.partial(share, text, step, count)
    return lab.outcome(Verdict.REVIEW, f"We saw {number} accuracies: are there more?", step, count)


def told_as_test(lab, work, count, share):
    """The reported numbers are those of the training sets: sure where nothing else was seen to be predicted."""
    text = (
        "The accuracies that are told for the test set are, for each data set, those of the very points that the classifier "
        "was fitted to"
    )
    step = "Predict the test set, which no fit has seen."
    if not only_training(work):
        return lab.outcome(Verdict.REVIEW, f"{text}. A person looks.", step, count)
    seen = lab.measured("predictions for points that no fit has seen", 0, at_least=1, share=share)
    return lab.partial(share, f"{text}; no labels were predicted for others.", step, count, seen)


def no_accuracy(lab, work, task, measuring, step):
    """The outcome where no number was seen: missing only if no code measures it, or all of it ran and told nothing."""
    in_export = tells(r"accuracy|genauigkeit", lab.transcript.export)
    pictures = [cell for cell in work.cells(task) if cell.images and not cell.figures]
    pictures += [cell for cell in work.unsettled(task) if cell.images or tells(r"\d\.\d|\d ?%", cell.text)]
    if (measuring and not work.sure(task)) or in_export or pictures:
        lab.point(*measuring[:2], *pictures[:2])
        return lab.outcome(Verdict.REVIEW, "We saw no accuracy in the run: look for a number.", step)
    if work.empty:
        return lab.outcome(Verdict.REVIEW, "Nothing of the work could be read.", step)
    return lab.outcome(Verdict.MISSING, "No accuracy was found in any output, figure or text.", step)


def only_training(work):
    """Whether labels were predicted for training points alone (and for grids), as far as noted calls show."""
    fitted, asked = set(), set()
    for call in work.transcript.observed.calls:
        last = call.name.rpartition(".")[2]
        given = {mark for rows, mark in rows_given(call, {2, 3}) if mark and rows < GRID}
        if (
            TASK not in work.tasks.get(call.cell, ())
            or call.name.startswith("sklearn.")
            or tells(SHOWING, last)
        ):
            continue
        if tells(FITTING, last):
            fitted |= given
        elif last != "__init__":
            asked |= given
    return work.sure(TASK) and not work.capped(TASK) and bool(asked) and bool(fitted) and asked <= fitted
