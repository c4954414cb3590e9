"""Task 1 as the work shows it: the data set, the sweep over k, decision regions, the comparison, densities."""

import re

from grader.judge import figures
from grader.judge.checks import check
from grader.records import Verdict
from reference.classification.questions.run_panels import (
    best_labelled,
    field_layers,
    is_field,
    not_drawn,
    pointed,
    shows_data,
    shows_density,
    with_labels,
)
from reference.classification.questions.run_words import BOUNDARY, CONDITIONAL, DENSITY, ks_in, tells
from reference.classification.questions.run_work import owner_of, words_of, work_of

TASK = 1
DENSITY_NAMES = r"dens|dicht|p_?x|area|flaeche|radius|radii"


@check
def neighbours_data_plot(team, lab, *, labels_share):
    """The data set is drawn, with labels, legend and caption."""
    work = work_of(team, lab)
    panels = [d for d in work.drawn(TASK) if shows_data(d)]
    alone = [d for d in panels if not is_field(d)]
    code = work.drawing(TASK, figures.POINT_CALLS)
    step = "Draw the points of the data set in the colours of their classes."
    pointed(lab, alone or panels, code)
    if not panels:
        return not_drawn(lab, work, TASK, code, "the data set", step)
    if not alone:
        lab.note("The data set is seen beneath decision regions or densities.")
    number = lab.measured("panels that show the points", len(panels), at_least=1)
    return with_labels(lab, work, best_labelled(work, alone or panels), labels_share, number)


@check
def neighbours_sweep(team, lab, *, ks):
    """The own classifier is run for each asked number of neighbours."""
    work = work_of(team, lab)
    wanted = {int(k) for k in ks}
    called, told = work.called_ks & wanted, (work.called_ks | work.told_ks) & wanted
    telling = [
        cell for cell in work.cells(TASK) if any(k in wanted for call in cell.calls for k in ks_in_call(call))
    ]
    looping = [cell for cell in work.cells(TASK) if written(work, cell, wanted)]
    lab.point(*sorted(telling or looping, key=lambda cell: -len(cell.calls))[:3])
    found = max(called, told, *(written(work, c, wanted) for c in looping if c.shows or c.ran), key=len)
    step = f"Fit and predict in a loop over k = {', '.join(str(k) for k in sorted(wanted))}."
    share = len(found) / len(wanted)
    measured = lab.measured(
        "asked values of k with which the classifier ran", len(found), at_least=len(wanted), share=share
    )
    if len(found) == len(wanted):
        return lab.own(measured)
    sure = work.sure(TASK) and not work.capped(TASK) and bool(work.called_ks)
    if sure and len(found) >= 2:
        lacks = ", ".join(str(k) for k in sorted(wanted - found))
        return lab.partial(share, f"The classifier did not run with k = {lacks}.", step, measured)
    if sure or not (work.calls(TASK) or looping or work.told_ks):
        several = work.source.sweeps if not sure else None
        if several and any(several(cell, 4) for cell in work.cells(TASK) if not cell.ran):
            return lab.outcome(
                Verdict.REVIEW, "Our run did not reach the runs with different k.", step, measured
            )
        text = "No runs with different numbers of neighbours were found."
        return lab.outcome(Verdict.MISSING, text, step, measured)
    text = f"We saw {len(found)} of {len(wanted)} values of k: are there more?"
    return lab.outcome(Verdict.REVIEW, text, step, measured)


def ks_in_call(call):
    """Numbers in a call's arguments and settings that may be numbers of neighbours."""
    values = [*call.arguments.values(), *(owner_of(call).get("settings") or {}).values()]
    return {value for value in values if type(value) is int}


def written(work, cell, wanted):
    """The asked values of k that the loops of a cell's code go through, where they are most of them."""
    best = max((set(numbers) & wanted for numbers in work.source.sweeps(cell, 4)), key=len, default=set())
    return {int(k) for k in best} if len(best) >= min(4, len(wanted)) else set()


@check
def neighbours_boundary(team, lab, *, ks, labels_share):
    """The decision regions are drawn for each number of neighbours."""
    work = work_of(team, lab)
    wanted = {int(k) for k in ks}
    panels = [d for d in work.drawn(TASK) if is_field(d) and not shows_density(d, meaning(work))]
    told = {k for d in panels for k in ks_in(words_of(d))} & wanted
    layers = sum(field_layers(d.panel) for d in panels)
    number = max(len(told), layers if len(panels) == 1 else len(panels))
    code = [c for c in work.drawing(TASK, (*figures.FIELD_CALLS, "scatter")) if c.uses(*figures.FIELD_CALLS)]
    step = "Predict the labels of a grid for each k and draw them with contourf."
    pointed(lab, panels, code)
    if not panels:
        return not_drawn(lab, work, TASK, code, "decision regions", step, maybe_boundaries(work))
    share = min(1.0, number / len(wanted))
    count = lab.measured("decision regions drawn", number, at_least=len(wanted), share=share)
    if number >= len(wanted):
        return with_labels(lab, work, panels, labels_share, count)
    unknown = [cell for cell in work.cells(TASK) if cell.images and not cell.figures]
    if work.sure(TASK) and not unknown:
        text = f"Decision regions are drawn {number} times; they are asked for {len(wanted)} values of k."
        return lab.partial(share, text, step, count)
    text = f"We saw decision regions for {number} of {len(wanted)} values of k: are there more?"
    return lab.outcome(Verdict.REVIEW, text, step, count)


def meaning(work):
    """A function that says what a field in a cell most probably shows: "density" or "regions"."""
    own = {call.name for call in work.calls(TASK)}
    methods = {name.rpartition(".")[2] for name in own}

    def of_cell(cell):
        predicting = cell.uses("predict", *(m for m in methods if tells("predict|classif|klassif|vorher", m)))
        dense = any(tells(DENSITY_NAMES, name) for name in cell.names)
        return "density" if dense and not predicting else "regions"

    return of_cell


def maybe_boundaries(work):
    """Panels with lines over the data, which may be boundaries."""
    return [d for d in work.drawn(TASK) if shows_data(d) and tells(BOUNDARY, words_of(d))]


@check
def compared_with_library(team, lab, *, without_share):
    """The comparison with KNeighborsClassifier was made."""
    transcript = lab.transcript
    if not transcript.code or transcript.status == "not_run":
        return lab.own()
    fits = [
        c
        for c in transcript.observed.calls
        if re.search(r"KNeighborsClassifier\.(fit|predict|score)$", c.name)
    ]
    cells = [cell for cell in transcript.code if cell.uses("KNeighborsClassifier")]
    lab.point(*(cell for cell in cells if cell.calls or "predict" in cell.source))
    texts = [*transcript.modules, *(cell.source for cell in transcript.code)]
    used = re.sub(r"(?m)^\s*(from|import)\b[^(\n]*(\([^)]*\))?.*$", "", "\n".join(texts))
    named = bool(
        re.search(r"\bKNeighborsClassifier\b|\bneighbors\.\w|\bNearestNeighbors\b| as \w+\b.*KNeigh", used)
    )
    named = named or bool(
        re.search(
            r"KNeighborsClassifier +as\b|KNeighborsClassifier\(", "\n".join([*texts, transcript.export])
        )
    )
    measured = lab.measured(
        "comparisons with KNeighborsClassifier", max(len(fits), int(named)), at_least=1, share=without_share
    )
    if fits or named:
        return lab.own(measured)
    return lab.partial(
        without_share,
        "No use of KNeighborsClassifier was found: the comparison is asked for.",
        "Fit KNeighborsClassifier with the same k and compare its predictions with yours.",
        measured,
    )


@check
def density_figures(team, lab, *, number, conditional, plot_share, labels_share):
    """The densities are drawn for each asked number of neighbours."""
    work = work_of(team, lab)
    if work.empty or lab.transcript.status == "not_run":
        return lab.own()
    what = "p(x|c)" if conditional else "p(x)"
    drawn = [d for d in work.drawn(TASK) if shows_density(d, meaning(work))]
    by_class = [d for d in drawn if tells(CONDITIONAL, words_of(d).replace("p(x_n)", ""))]
    own = by_class if conditional else [d for d in drawn if d not in by_class]
    code = [
        cell
        for cell in work.drawing(TASK, (*figures.FIELD_CALLS, *figures.POINT_CALLS))
        if any(tells(DENSITY_NAMES, name) for name in cell.names) or tells(DENSITY, cell.source)
    ]
    step = f"Draw {what} for k = 2, 4, 8, 16 and 32."
    pointed(lab, own or drawn, code)
    if len(own) < number and len(drawn) >= number * (2 if conditional or by_class else 1):
        own = drawn  # words do not tell the two kinds apart
    measured = lab.measured(f"panels with {what}", len(own), at_least=number, share=plot_share)
    if len(own) >= number or (own and sum(field_layers(d.panel) for d in own) >= number):
        return with_labels(lab, work, own, labels_share, measured)
    unknown = [cell for cell in work.cells(TASK) if cell.images and not cell.figures]
    if (code and not work.sure(TASK)) or unknown or (drawn and not own):
        lab.point(*unknown[:2])
        return lab.outcome(
            Verdict.REVIEW, f"We saw {len(own)} panels with {what}: are there more?", step, measured
        )
    if own:
        return lab.partial(max(plot_share, len(own) / number), f"{what} is drawn for {len(own)} of {number} values of k.", step, lab.measured(f"panels with {what}", len(own), at_least=number, share=max(plot_share, len(own) / number)))  # fmt: skip
    return lab.partial(plot_share, f"No figure of {what} was found.", step, measured)
