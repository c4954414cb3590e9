"""What can be said of figures as they were drawn: panels of a kind, equal axes, labels, curves, pictures of points."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from grader.judge.images import read_values
from grader.judge.transcript import CellView, Transcript, words_of
from grader.records import Figure, Layer, Panel

FIELDS = frozenset({"mesh", "contour", "image"})
"""Layers that show a value at every place of a plane."""
FIELD_CALLS = (
    "pcolormesh", "pcolor", "contourf", "contour", "imshow", "matshow", "plot_surface", "heatmap", "hexbin",
    "tricontourf", "tripcolor", "kdeplot", "Heatmap", "Contour",
)  # fmt: skip
"""Names of functions that draw fields."""
POINT_CALLS = ("scatter", "plot", "scatterplot", "jointplot", "relplot", "Scatter")
"""Names of functions that draw single points."""


@dataclass(frozen=True)
class Drawn:
    """A panel with the figure and the cell that hold it."""

    cell: CellView
    figure: Figure
    panel: Panel

    @property
    def titles(self) -> str:
        """Its own title and the figure's."""
        return " ".join(text for text in (self.figure.title, self.panel.title) if text)


def drawn_in(cells: Iterable[CellView]) -> Iterator[Drawn]:
    """Every panel of these cells' figures, colour bars left out."""
    for cell in cells:
        for figure in cell.figures:
            for panel in figure.panels:
                if panel.kind != "colorbar":
                    yield Drawn(cell, figure, panel)


def points_in(layer: Layer) -> int:
    """Number of points (or of values of a field) in a layer."""
    if layer.kind in FIELDS:
        return int(np.prod(layer.shape[:2])) if layer.shape else 0
    return int(layer.shape[0]) if layer.shape else 0


def values_of(layer: Layer) -> NDArray[np.float64] | None:
    """The numbers drawn in a layer, points as (n, 2); None where they were too many or cannot be read."""
    return read_values(layer.values)


def field_grid(panel: Panel) -> int:
    """The smaller side of the finest field in a panel, in points; 0 where it shows none, -1 where it is unknown."""
    sides = [
        min(layer.shape[:2]) if len(layer.shape) >= 2 else -1
        for layer in panel.layers
        if layer.kind in FIELDS
    ]
    known = [side for side in sides if side > 0]
    if known:
        return int(max(known))
    return -1 if sides or panel.kind == "3d" else 0


def field_step(panel: Panel) -> float:
    """Distance of neighbouring places in a panel's finest field, the larger of both axes; NaN where unknown."""
    steps = []
    for layer in panel.layers:
        if (
            layer.kind in FIELDS
            and len(layer.shape) >= 2
            and layer.x
            and layer.y
            and min(layer.shape[:2]) > 1
        ):
            rows, columns = layer.shape[:2]
            steps.append(max((layer.x[1] - layer.x[0]) / columns, (layer.y[1] - layer.y[0]) / rows))
    return min(steps, default=float("nan"))


def clouds(panel: Panel, least: int) -> tuple[Layer, ...]:
    """Layers of at least so many single points."""
    return tuple(layer for layer in panel.layers if layer.kind == "points" and points_in(layer) >= least)


def curve_points(panel: Panel) -> int:
    """The most places along x that a curve, a row of bars or a row of points of a panel has."""
    most = 0
    for layer in panel.layers:
        if layer.kind not in {"line", "points", "bars"}:
            continue
        values = values_of(layer)
        if values is not None and values.ndim == 2 and values.shape[1] == 2:
            most = max(most, len(np.unique(values[np.isfinite(values[:, 0]), 0])))
        elif layer.kind != "points":
            most = max(most, points_in(layer))
    singles = [layer for layer in panel.layers if layer.kind in {"points", "line"} and points_in(layer) == 1]
    return max(most, len({layer.x for layer in singles}))


def shows_numbers(cell: CellView) -> bool:
    """A curve or field, a table, or at least three numbers in what a cell put out; pictures that are not known count."""
    text = cell.ours.text + cell.stored.text
    if cell.ours.tables or cell.stored.tables or len(re.findall(r"\d+\.\d+|\d+e-\d+", text)) >= 3:
        return True
    panels = [panel for figure in cell.figures for panel in figure.panels]
    known = any(curve_points(panel) >= 3 or field_grid(panel) != 0 for panel in panels)
    return known or (bool(cell.images) and not panels)


def equal_panels(panels: Iterable[Drawn]) -> tuple[int, int]:
    """How many of these panels have equal axes, and how many there are; views of solids do not count."""
    flags = [d.panel.equal for d in panels if d.panel.kind in {"plane", "image"}]
    return sum(flags), len(flags)


def caption_of(transcript: Transcript, cell: CellView) -> bool:
    """Whether text stands right above or below a cell."""
    beside = transcript.cells[max(cell.index - 1, 0) : cell.index + 2]
    return any(c.kind == "markdown" and (words_of(c.source) >= 3 or "#" in c.source) for c in beside)


def faults_of(figure: Figure, captioned: bool) -> list[str]:
    """What a figure lacks to be read by others: ``title``, ``axis labels``, ``legend``."""
    panels = [panel for panel in figure.panels if panel.kind != "colorbar"]
    if not panels:
        return []
    faults = []
    titled = figure.title or figure.texts or any(panel.title or panel.texts for panel in panels)
    if not titled and not captioned:
        faults.append("title")
    if not figure.texts and any(_unlabelled(panel) for panel in panels):
        faults.append("axis labels")
    if not figure.legend and not any(panel.legend for panel in panels) and any(map(_needs_legend, panels)):
        faults.append("legend")
    return faults


def _unlabelled(panel: Panel) -> bool:
    """A plane of data without words on an axis; places in a plane (fields, clouds with equal axes) speak for themselves."""
    if panel.kind != "plane" or panel.axis_off or not panel.layers:
        return False
    if any(layer.kind in FIELDS for layer in panel.layers):
        return False
    scattered = any(layer.kind == "points" and points_in(layer) >= 20 for layer in panel.layers)
    return not (panel.xlabel or panel.ylabel) and not scattered


def _needs_legend(panel: Panel) -> bool:
    """Two or more series that have names of their own."""
    series = [layer for layer in panel.layers if layer.kind in {"line", "points", "bars"} and layer.label]
    named = {layer.label for layer in series if not re.fullmatch(r"_.*", layer.label)}
    return panel.kind == "plane" and len(named) >= 2
