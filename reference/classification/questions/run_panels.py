"""What a panel shows - data, regions, lines, densities - and what it lacks to be read by others."""

import ast
import re

import numpy as np

from grader.judge import figures
from grader.judge.transcript import words_of as words_in_markdown
from grader.records import Verdict
from reference.classification.questions.run_words import BOUNDARY, CLASSES, DENSITY, tells
from reference.classification.questions.run_work import words_of

MANY = 20
"""Points from which on a cloud counts as a set of data."""
LATTICE = 900
"""Points from which on coloured points at the places of a grid count as a field."""

CAPTION = re.compile(
    r"^\W*(?:fig(?:ure|\.)?|abb(?:ildung|\.)?|plot)\s*\d+[a-z]?\s*[:.\u2013\u2014-]\s*(\w.*\w.*)$",
    re.I | re.M,
)
"""A line below a figure of an export that says what it shows."""
PICTURE_FILE = re.compile(r"\.(png|jpe?g|svg|gif|tiff?|webp|bmp)$", re.I)
"""Files of a hand-in that may be its saved figures."""


def points_shown(panel):
    """Number of single points in a plane, all series together."""
    if panel.kind not in {"plane", "3d"}:
        return 0
    return sum(figures.points_in(layer) for layer in panel.layers if layer.kind == "points")


def shows_data(drawn):
    """Whether a panel shows a set of points."""
    return points_shown(drawn.panel) >= MANY and not only_lattices(drawn.panel)


def only_lattices(panel):
    """Whether all larger clouds of a panel are grids of coloured points."""
    larger = figures.clouds(panel, MANY)
    return bool(larger) and all(is_lattice(layer) for layer in larger)


def is_lattice(layer):
    """Whether many points stand at the places of a grid: few different coordinates among them."""
    values = figures.values_of(layer)
    if figures.points_in(layer) < LATTICE or values is None or values.ndim != 2:
        return False
    different = [len(np.unique(np.round(values[:, axis], 5))) for axis in range(2)]
    return max(different) < 0.4 * len(values)


def is_field(drawn):
    """Whether a panel shows a value at every place of a plane."""
    layers = drawn.panel.layers
    return any(layer.kind in figures.FIELDS for layer in layers) or any(is_lattice(one) for one in layers)


def field_layers(panel):
    """Number of layers that show a field."""
    return sum(layer.kind in figures.FIELDS or is_lattice(layer) for layer in panel.layers)


def lines_in(panel):
    """Number of drawn lines and of contours."""
    return sum(layer.kind in {"line", "contour"} for layer in panel.layers)


def shows_density(drawn, of_cell):
    """Whether a panel speaks of densities; `of_cell` says what a field means where its words do not."""
    told = words_of(drawn)
    if tells(DENSITY, told):
        return True
    return is_field(drawn) and not tells(BOUNDARY, told) and of_cell(drawn.cell) == "density"


# ---- labels -------------------------------------------------------------------------------------------------


def lacking(work, panels):
    """What more than half of the figures with these panels lack: a list of words, and the share of figures in order."""
    shown = {id(d.figure): d for d in panels}.values()
    faults = [faults_of(work, d.figure, d.cell) for d in shown]
    bad = [found for found in faults if found]
    share = 1 - len(bad) / len(faults) if faults else 1.0
    return (sorted({fault for found in bad for fault in found}) if share < 0.5 else []), share


def best_labelled(work, panels):
    """The panels of the figure that lacks least, where one figure is asked for and others show the same besides."""
    best = min(panels, key=lambda d: len(faults_of(work, d.figure, d.cell)))
    return [d for d in panels if d.figure is best.figure]


def faults_of(work, figure, cell):
    """What a figure lacks: title or caption, axis labels, legend."""
    panels = [panel for panel in figure.panels if panel.kind not in {"colorbar", "image"}]
    if not panels:
        return []
    beside = caption_beside(work.transcript, cell)
    faults = []
    titles = titles_of(figure)
    if not any(titles) and not beside and not captions_enough(work.transcript):
        faults.append("a title or caption")
    labelled = any(panel.xlabel or panel.ylabel for panel in panels) or figure.texts
    if not labelled and not all(panel.axis_off for panel in panels):
        faults.append("axis labels")
    legend = figure.legend or any(panel.legend for panel in panels)
    bars = any(panel.kind == "colorbar" for panel in figure.panels)
    told = tells(CLASSES, " ".join([*map(str, titles), beside]))
    if needs_legend(work, panels, cell) and not (legend or bars or told):
        faults.append("a legend")
    return faults


def titles_of(figure):
    """Everything in a figure that may be its title."""
    return [figure.title, *figure.texts, *(t for p in figure.panels for t in (p.title, *p.texts))]


def captions_enough(transcript):
    """Whether the export has numbered captions, of its own, for all figures of the run that have no title."""
    code = "\n".join([*(cell.source for cell in transcript.cells), *transcript.modules])
    own = {caption.strip() for caption in CAPTION.findall(transcript.export) if caption.strip() not in code}
    untitled = [f for cell in transcript.code for f in cell.figures if not any(titles_of(f))]
    return len(own) >= max(1, len(untitled))


def caption_beside(transcript, cell):
    """Text right above or below a cell."""
    near = transcript.cells[max(cell.index - 1, 0) : cell.index + 2]
    texts = [c.source for c in near if c.kind == "markdown"]
    return " ".join(text for text in texts if words_in_markdown(text) >= 3 or "#" in text)


def needs_legend(work, panels, cell):
    """Whether a panel has two series of points or curves, or points in several colours."""
    for panel in panels:
        for kind in ("points", "line"):
            if sum(layer.kind == kind and figures.points_in(layer) > 1 for layer in panel.layers) >= 2:
                return True
    return any(points_shown(panel) >= MANY for panel in panels) and coloured(work, cell)


def coloured(work, cell):
    """Whether the code of a cell draws points in the colours of an array."""
    for node in work.source.reached(cell):
        if isinstance(node, ast.Call):
            names = {k.arg for k in node.keywords if not isinstance(k.value, ast.Constant)}
            if names & {"c", "hue"}:
                return True
    return False


def with_labels(lab, work, panels, share, *measured):
    """Everything is drawn: passed, or in part where most figures lack labels."""
    lacks, in_order = lacking(work, panels)
    labels = lab.measured(
        "share of figures with title, labels and legend", in_order, at_least=0.5, share=share
    )
    if lacks:
        text = f"The plot is there, but it lacks {' and '.join(lacks)}."
        return lab.partial(share, text, "Say what the axes and the colours mean.", *measured, labels)
    return lab.own(*measured, labels)


# ---- where our run drew nothing -----------------------------------------------------------------------------


def pointed(lab, panels, cells=()):
    """Point at the cells of panels, else at other cells."""
    found = list({d.cell.index: d.cell for d in panels}.values()) or list(cells)
    lab.point(*found[:4])


def not_drawn(lab, work, task, code, what, step, alike=()):
    """The outcome where our run drew nothing of a kind: stored pictures with its code count, else a person or nobody.

    ``code`` are cells whose code may draw it, ``alike`` panels that may show it.
    """
    stored = [cell for cell in code if cell.images and not cell.figures]
    if stored:
        pointed(lab, (), stored)
        return lab.own(lab.measured(f"cells with code and pictures of {what}", len(stored), at_least=1))
    unknown = [cell for cell in work.cells(task) if cell.images and not cell.figures]
    unknown += [cell for cell in work.unsettled(task) if cell.images]
    if unknown or alike:
        pointed(lab, alike, unknown)
        text = f"There are figures; we could not tell whether they show {what}."
        return lab.outcome(Verdict.REVIEW, text, step)
    if [cell for cell in code if not cell.ran] or (
        not work.sure(task) and not work.transcript.complete and code
    ):
        pointed(lab, (), code)
        return lab.outcome(Verdict.REVIEW, f"There is code, but we saw no figure of {what}.", step)
    if work.transcript.status == "not_run" and work.empty:
        return lab.outcome(Verdict.REVIEW, "Nothing of the work could be read.", step)
    saved = [name for name in work.transcript.files if PICTURE_FILE.search(name)]
    if saved:
        text = f"We saw no figure of {what} in our run; do saved ones show it ({', '.join(saved[:3])})?"
        return lab.outcome(Verdict.REVIEW, text, step)
    return lab.outcome(
        Verdict.MISSING, f"No figure of {what} was found in the run, the outputs or the code.", step
    )
