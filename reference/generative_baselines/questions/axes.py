"""How the plots of task 1 are drawn: equal axes, labels, and what else stands in them."""

import ast

from grader.judge import figures
from grader.judge.checks import check
from grader.records import Verdict
from reference.generative_baselines.questions.experiments import experiments
from reference.generative_baselines.questions.panels import MANY, by_code, names_called, plots_of, pointed

LIMIT_CALLS = frozenset({"xlim", "ylim", "set_xlim", "set_ylim", "set_box_aspect", "axis", "set"})
"""Calls by which axes may come out equal without being asked for."""

SHAPE_CALLS = frozenset({"Ellipse", "Rectangle", "Circle", "LineCollection", "PatchCollection", "add_patch"})

MARK_CALLS = SHAPE_CALLS | {"axvline", "axhline", "vlines", "hlines", "quiver", "arrow", "stairs"}


@check
def equal_axes(team, lab, *, grid, enough, some_share):
    """Densities and samples are drawn with equal axes."""
    plots = plots_of(team, lab, grid)
    panels = plots.plane_panels
    step = "Call axis('equal') on every panel that shows points or densities in the plane."
    pointed(lab, [d for d in panels if not d.panel.equal] or panels, plots.code)
    if not panels:
        if plots.panels:
            return lab.own(lab.measured("share of panels with equal axes", 1.0, at_least=enough))
        return equal_by_code(lab, plots, step)
    equal, number = figures.equal_panels(panels)
    share = lab.measured(
        f"share of {number} panels with equal axes", equal / number, at_least=enough, share=some_share
    )
    if equal / number >= enough:
        return lab.own(share)
    if equal:
        text = f"{equal} of {number} panels with densities or samples have equal axes."
        return lab.partial(some_share, text, step, share)
    return lab.failed(f"None of the {number} panels with densities or samples has equal axes.", step, share)


def equal_by_code(lab, plots, step):
    """The outcome where our run drew no such panel: what the code of the plots asks for."""
    if not plots.code:
        return by_code(lab, plots, (), "densities or samples", step)
    asked = [cell for cell in plots.code if asks_equal(plots.facts.source.reached(cell))]
    shown = [cell for cell in plots.code if cell.images]
    if asked and len(asked) == len(plots.code) and shown:
        return lab.own(
            lab.measured("cells with plots whose code asks for equal axes", len(asked), at_least=1)
        )
    limits = any(names_called(plots.facts.source.reached(cell)) & LIMIT_CALLS for cell in plots.code)
    if not asked and shown and not limits:
        return lab.failed("Nothing in the code of the plots asks for equal axes.", step)
    return lab.outcome(Verdict.REVIEW, "We could not see whether the plots have equal axes.", step)


def asks_equal(nodes):
    """Whether code asks for equal axes: axis, set_aspect or an aspect argument; imshow has them by itself."""
    for node in nodes:
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        given = [*node.args, *(k.value for k in node.keywords)]
        words = {a.value for a in given if isinstance(a, ast.Constant) and not isinstance(a.value, bool)}
        if name in {
            "axis",
            "set_aspect",
            "set_box_aspect",
            "gca",
            "subplots",
            "set",
            "setp",
            "add_subplot",
            "axes",
        } and (words & {"equal", "scaled", "square", "image"} or (name == "set_aspect" and words & {1})):
            return True
        if any(
            k.arg == "aspect" and isinstance(k.value, ast.Constant) and k.value.value in {"equal", 1}
            for k in node.keywords
        ):
            return True
        if (
            isinstance(node.func, ast.Name | ast.Attribute)
            and name in {"imshow", "matshow"}
            and not any(k.arg == "aspect" for k in node.keywords)
        ):
            return True
    return False


@check
def labelled_figures(team, lab, *, enough):
    """Figures have a title or caption, labelled axes, and a legend where there are several series."""
    facts = experiments(team, lab)
    transcript = facts.transcript
    shown = [(cell, figure) for cell in transcript.code for figure in cell.figures]
    if not shown:
        if any(cell.images for cell in transcript.code):
            return lab.outcome(
                Verdict.REVIEW, "There are pictures, but none was drawn in our run: look at their labels."
            )
        if facts.hidden(transcript.code):
            return lab.outcome(Verdict.REVIEW, "Our run did not reach the figures.")
        return lab.outcome(Verdict.MISSING, "There are no figures.")
    faults = {
        (cell.index, n): figures.faults_of(f, figures.caption_of(transcript, cell))
        for n, (cell, f) in enumerate(shown)
    }
    bad = {place: found for place, found in faults.items() if found}
    share = 1 - len(bad) / len(shown)
    measured = lab.measured(f"share of {len(shown)} figures in order", share, at_least=enough, share=share)
    if share >= enough:
        return lab.own(measured)
    lab.point(*[transcript.cells[place[0]] for place in bad][:4])
    lacks = sorted({fault for found in bad.values() for fault in found})
    cells = ", ".join(str(n + 1) for n in dict.fromkeys(place[0] for place in bad))
    text = f"{len(bad)} of {len(shown)} figures lack: {', '.join(lacks)} (cells {cells})."
    step = "Give each figure a title, axis labels and, for several series, a legend."
    return lab.partial(share, text, step, measured) if share > 0 else lab.failed(text, step, measured)


@check
def representation(team, lab, *, grid, marks):
    """Something of the model's own solution is drawn into the plots, such as bins or components."""
    plots = plots_of(team, lab, grid)
    marked = [d for d in plots.panels if has_marks(d.panel, marks)]
    calls = MARK_CALLS if not plots.panels else SHAPE_CALLS
    words = [cell for cell in plots.code if names_called(plots.facts.source.reached(cell)) & calls]
    if marked or words:
        pointed(lab, marked, words)
        return lab.outcome(
            Verdict.REVIEW,
            "Something more than density and points is drawn: does it show the model's own solution?",
            "Bonus: bins of the histogram, components of the mixture and the like.",
        )
    pictures = [cell for cell in plots.facts.cells if cell.images]
    if not plots.panels and (plots.code or pictures) and plots.facts.hidden(plots.code or plots.facts.cells):
        lab.point(*(plots.code or pictures)[:4])
        return lab.outcome(
            Verdict.REVIEW, "Our run did not reach the plots: is anything of the models drawn into them?"
        )
    return lab.outcome(Verdict.MISSING, "Bonus: nothing of the models themselves is drawn into the plots.")


def has_marks(panel, most):
    """Lines, patches or a few single points beside a density or a cloud."""
    main = any(layer.kind in figures.FIELDS for layer in panel.layers) or bool(figures.clouds(panel, MANY))
    few = [layer for layer in panel.layers if layer.kind == "points" and 0 < figures.points_in(layer) <= most]
    return main and (bool(few) or any(layer.kind in {"line", "patch"} for layer in panel.layers))
