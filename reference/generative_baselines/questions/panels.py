"""Which panels and cells of task 1 show densities and generated points, in our run and as the code says."""

import ast
import math
import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from sklearn.datasets import make_moons

from grader.judge import figures
from grader.judge.source import called
from grader.records import Verdict
from reference.generative_baselines.questions.experiments import experiments
from reference.generative_baselines.questions.noted import noise_of, plane_arrays

DENSITY_WORDS = r"dens|dicht|log_?p|score|pdf|prob|likelihood|grid|gitter"

SAMPLE_WORDS = r"sampl|gener|synth|fake|stichprob|erzeug|gezogen|ziehe|drawn|neue"

MANY = 20
"""Points from which on a cloud counts as a set of data."""


@dataclass
class Plots:
    """The panels of task 1 that show densities and sets of points, in our run and as the code says."""

    facts: object
    least: int
    """Grid points per axis from which on a density is drawn densely."""

    @cached_property
    def scoring(self):
        """Cells that ask densities at many places, as noted."""
        return {
            use.cell
            for use in self.facts.uses
            if use.verb == "score_samples" and most_rows(use.call) >= self.least**2
        }

    @cached_property
    def sampling(self):
        """Cells that draw samples, as noted."""
        return {use.cell for use in self.facts.uses if use.verb == "sample"}

    @cached_property
    def density_code(self):
        """Cells whose code asks for densities and draws fields (or coloured points)."""
        return self._with("score_samples", (*figures.FIELD_CALLS, "scatter"))

    @cached_property
    def sample_code(self):
        """Cells whose code draws samples and shows points."""
        return self._with("sample", figures.POINT_CALLS)

    def _with(self, verb, drawing):
        """Cells that reach a method of the models and something that draws."""
        names = self.facts.method_names(verb)
        noted = {"score_samples": self.scoring, "sample": self.sampling}[verb]
        return [c for c in self.facts.cells if c.uses(*drawing) and (c.index in noted or c.uses(*names))]

    @cached_property
    def drawn(self):
        """All panels of the first task's figures."""
        return tuple(figures.drawn_in(self.facts.cells))

    @cached_property
    def density_panels(self):
        """Panels with a field, or with points at the places of a grid, in cells that ask for densities."""
        cells = {cell.index for cell in self.density_code} | self.scoring
        found = []
        for d in self.drawn:
            grid = figures.field_grid(d.panel)
            sizes = {figures.points_in(layer) for layer in figures.clouds(d.panel, self.least**2)}
            coloured = bool(sizes & self.asked_in(d.cell.index))
            linked = d.cell.index in cells or (grid != 0 and self.earlier("score_samples", d, DENSITY_WORDS))
            if linked and (grid != 0 or coloured):
                found.append(d)
        return found

    def earlier(self, verb, drawn, words):
        """Whether what a panel shows was probably asked of the models in an earlier cell, as words beside it say."""
        asked = {use.cell for use in self.facts.uses if use.verb == verb}
        told = f"{drawn.cell.source} {drawn.titles} {' '.join(drawn.panel.legend)}"
        return min(asked, default=drawn.cell.index + 1) < drawn.cell.index and bool(
            re.search(words, told, re.I)
        )

    def grid_of(self, panel):
        """Points per axis of a density panel: of its mesh, or of the places that were asked in its cell."""
        grid = figures.field_grid(panel.panel)
        if grid > 0:
            return grid
        asked = self.asked_in(panel.cell.index)
        return math.isqrt(max(asked)) if asked else -1

    def asked_in(self, cell):
        """Numbers of places at which densities were asked in a cell."""
        uses = (use for use in self.facts.uses if use.verb == "score_samples" and use.cell == cell)
        return {most_rows(use.call) for use in uses}

    @cached_property
    def sample_panels(self):
        """Panels with a cloud of points in cells that draw samples; curves over a hyperparameter are none."""
        cells = {cell.index for cell in self.sample_code} | self.sampling
        clouds = [d for d in self.drawn if figures.clouds(d.panel, MANY) and d.panel.kind != "image"]
        return [d for d in clouds if d.cell.index in cells or self.earlier("sample", d, SAMPLE_WORDS)]

    @cached_property
    def panels(self):
        """Density and sample panels, each once."""
        found = {id(d.panel): d for d in (*self.density_panels, *self.sample_panels)}
        return list(found.values())

    @cached_property
    def plane_panels(self):
        """Panels that must have equal axes."""
        return [d for d in self.panels if d.panel.kind in {"plane", "image"}]

    @cached_property
    def code(self):
        """Cells that draw densities or samples, as the code says."""
        return [c for c in self.facts.cells if c in self.density_code or c in self.sample_code]

    @cached_property
    def models(self):
        """Models (role, hyperparameter) that are asked or drawn from in the cells with plots."""
        cells = {d.cell.index for d in self.panels} or {cell.index for cell in self.code}
        verbs = {"fit", "made", "sample", "score_samples"}
        return {(u.role, u.value) for u in self.facts.uses if u.cell in cells and u.verb in verbs}


def plots_of(team, lab, least):
    """The plots of this hand-in, found once."""
    facts = experiments(team, lab)
    return lab.once(f"plots of task 1, grid {least}", lambda _: Plots(facts, least))


def most_rows(call):
    """Most points in the plane that are given to a call."""
    return max((a["rows"] for a in plane_arrays(call)), default=0)


def pointed(lab, panels, cells=()):
    """Point at the cells of panels, else at other cells."""
    found = list({d.cell.index: d.cell for d in panels}.values()) or list(cells)
    lab.point(*found[:4])


def by_code(lab, plots, cells, what, step, shows=None):
    """The outcome where our run drew nothing of a kind: stored pictures with code are evidence, else a person looks.

    ``shows`` tells of a drawn panel whether it may be of that kind; nothing is missing while there are such
    panels or pictures of which nothing is known.
    """
    stored = [cell for cell in cells if (cell.stored.images or cell.ours.images) and not cell.figures]
    if stored:
        lab.point(*stored[:4])
        return lab.own(lab.measured(f"cells with code and pictures of {what}", len(stored), at_least=1))
    unknown = [cell for cell in plots.facts.cells if cell.images and not cell.figures]
    alike = [d.cell for d in plots.drawn if shows and shows(d)]
    if unknown or alike:
        lab.point(*(unknown + alike)[:4])
        text = f"There are figures; we could not tell whether they show {what}."
        return lab.outcome(Verdict.REVIEW, text, step)
    if [cell for cell in cells if not cell.ran]:
        lab.point(*cells[:4])
        return lab.outcome(Verdict.REVIEW, f"There is code, but we saw no figure of {what}.", step)
    return lab.outcome(
        Verdict.MISSING, f"No figure of {what} was found in the run, the outputs or the code.", step
    )


def names_called(nodes):
    """Last names of everything that is called."""
    return {called(node) for node in nodes if isinstance(node, ast.Call)}


def generated_perhaps(plots):
    """Whether a panel may show generated points: no training set, and not before the models were first drawn from."""
    first = min(plots.sampling, default=len(plots.facts.transcript.cells))
    hidden = bool(plots.facts.hidden(plots.facts.cells))

    def shows(drawn):
        late = hidden or drawn.cell.index >= first
        return (
            late and bool(figures.clouds(drawn.panel, MANY)) and not only_training(plots.facts, drawn.panel)
        )

    return shows


def only_training(facts, panel):
    """Whether every cloud of a panel is a set that the data set's function returns for a seed written in the call."""
    clouds = figures.clouds(panel, MANY)
    return bool(clouds) and all(is_training(facts, layer) for layer in clouds)


def is_training(facts, layer):
    """Whether the points of a layer, float32, are those of one of the noted calls with a fixed seed."""
    points = figures.values_of(layer)
    if points is None or points.ndim != 2 or points.shape[1] != 2:
        return False
    number = figures.points_in(layer)
    return any(
        number <= len(data) and len(rows_shared(points, data)) > 0.95 * len(points) for data in seeded(facts)
    )


def rows_shared(points, data):
    """Rows of points that are rows of data, up to single precision."""
    known = {tuple(row) for row in np.round(data.astype(np.float32), 4).tolist()}
    return [row for row in np.round(points.astype(np.float32), 4).tolist() if tuple(row) in known]


def seeded(facts):
    """The data sets (n, 2) of noted calls with a fixed seed, made again outside; at most twelve."""
    if "sets" not in facts.__dict__:
        keys = {}
        for call in facts.moons:
            a = call.arguments
            size, seed, noise = a.get("n_samples"), a.get("random_state"), noise_of(call)
            known = type(seed) is int and type(size) is int and noise is not None
            if known and 0 < size <= 5000 and 0 <= seed < 2**32:
                keys[size, seed, noise, bool(a.get("shuffle", True))] = None
        facts.__dict__["sets"] = [
            make_moons(n_samples=n, noise=noise, random_state=seed, shuffle=shuffle)[0]
            for n, seed, noise, shuffle in list(keys)[:12]
        ]
    return facts.__dict__["sets"]
