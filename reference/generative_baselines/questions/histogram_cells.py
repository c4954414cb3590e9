"""The histogram: its cells are read off its density, so that every way to cut the range can be judged."""

from dataclasses import dataclass
from functools import partial

import numpy as np

from grader.errors import TeamFault
from grader.judge import instruments, statistics
from grader.judge.cells import Cells, read_cells
from reference.generative_baselines.questions.asking import (
    after_others,
    density_of,
    draw,
    first_of_their_kind,
)
from reference.generative_baselines.questions.showing import asked_picture

PARTS = 8
"""Pieces per side of a cell in the grid that samples are judged on."""


@dataclass
class Seen:
    """One fitted histogram and what its answers show."""

    model: object
    train: np.ndarray
    density: object
    cells: Cells | None
    counts: np.ndarray
    outside: float
    """Share of the training points in no cell."""
    late: tuple = (np.zeros((0, 2)), None)
    """Points (n, 2), and the log-density (n,) there of a histogram fitted to `train` after another one, or None."""

    @property
    def expected(self):
        """Share of the training points per cell."""
        return self.counts / max(self.counts.sum(), 1)

    def matches(self, wanted, tolerance):
        """Whether the density's weights are these, empty cells included."""
        if wanted.shape != self.cells.weights.shape:
            return False
        return bool(np.allclose(self.cells.weights, wanted, rtol=tolerance, atol=1e-4))

    def proportional(self, wanted, tolerance):
        """Whether the density per cell is that of these weights up to one factor."""
        answered, expected = self.cells.weights, wanted
        if expected.shape != answered.shape or not np.array_equal(answered > 0, expected > 0):
            return False
        ratio = answered[expected > 0] / expected[expected > 0]
        return bool(ratio.max() - ratio.min() <= tolerance * ratio.max())


def lopsided(lab):
    """Moons, shape (500, 2), with more points at the right and below: swapping x and y changes much."""
    points = lab.moons(2000)
    chance = 1 / (1 + np.exp(-2.5 * (points[:, 0] - points[:, 1])))
    return points[lab.rng("lopsided").random(len(points)) < chance][:500]


def inside(points):
    """Those of the points (n, 2) that are neither smallest nor largest in a coordinate."""
    return points[np.all((points > points.min(axis=0)) & (points < points.max(axis=0)), axis=1)]


def look(team, lab, bins, tolerance):
    """Fit the histogram once for all its items and read its cells."""

    def make(lab):
        train = lopsided(lab)
        inner = inside(train)[:200]
        build = partial(team.histogram, bins=bins)
        late = (
            after_others(team, lab, "histogram", build, train, inner)
            if team.has("histogram", "score_samples")
            else None
        )
        first_of_their_kind(team, lab)  # ends in a process in which no histogram was fitted yet
        model = build().fit(train)
        if not team.has("histogram", "score_samples"):
            return Seen(model, train, None, None, np.zeros((0, 0)), 0.0)
        density = density_of(team, lab, "histogram", model, train)
        cells = read_cells(density, train)
        if cells is None:
            return Seen(model, train, density, None, np.zeros((0, 0)), 0.0)
        counts = cells.counts(train)
        return Seen(model, train, density, cells, counts, 1 - counts.sum() / len(train), (inner, late))

    seen = lab.once(f"histogram with {bins} bins", make)
    if seen.density is not None:
        lab.on(team, "histogram", "score_samples")
    return seen


def samples_have(team, lab, seen, weights):
    """Whether the team's samples fall into the cells with these probabilities."""
    if not team.has("histogram", "sample") or weights.shape != seen.counts.shape:
        return False
    try:
        points = draw(team, lab, "histogram", seen.model, 2000)
    except TeamFault:
        return False
    counted = seen.cells.counts(points)
    if counted.sum() < 0.99 * len(points) or np.any(counted[weights == 0] > 0.01 * len(points)):
        return False
    return statistics.chi_square_p(counted.ravel(), weights.ravel() * counted.sum()) > 1e-5


def own_samples(team, lab, seen):
    """Whether samples and density agree with one another."""
    total = seen.cells.weights.sum()
    return 0 < total < np.inf and samples_have(team, lab, seen, seen.cells.weights / total)


def seen_share(reference, train):
    """Share of training points per bin of a fitted reference."""
    counts = np.histogram2d(*train.T, bins=(reference.x_edges_, reference.y_edges_))[0]
    return counts / counts.sum()


def smoothed(lab, seen, tolerance):
    """Whether a constant of at most one point was added to every bin; noted, not punished."""
    weights, counts = seen.cells.weights, seen.counts
    total = weights.sum()
    if abs(total - 1) > 0.01 or np.ptp(counts) == 0:
        return False
    slope, intercept = np.polyfit(counts.ravel(), weights.ravel(), 1)
    fitted = slope * counts + intercept
    added = intercept / slope if slope > 0 else np.inf
    if np.abs(fitted - weights).max() > tolerance * weights.max() or not 0 < added <= 1:
        return False
    lab.note(f"Every bin gets {added:.3g} extra points (smoothing): accepted.")
    return True


def show_cells(lab, seen, bins):
    """A picture of the density beside that of the training points' shares per bin."""
    edges = instruments.edges_around(seen.train, 0.15, 1)
    if seen.cells is None:
        reference = lab.reference.histogram(bins=bins).fit(seen.train).score_samples
        asked_picture(lab, seen.density, edges, reference)
    elif seen.counts.sum() > 0:
        truth = fixed(seen.cells, seen.expected)
        asked_picture(lab, constant(seen.cells, seen.cells.log_density), edges, truth)


def note_cells(lab, seen, bins):
    """Say how the range was cut where it was not cut as we asked."""
    shape = seen.counts.shape
    effective = getattr(seen.model, "effective", None) or {}
    if effective:
        told = ", ".join(
            f"{key} = {value:.3g}" for key, value in effective.items() if isinstance(value, float)
        )
        lab.note(f"The histogram was built with {told or effective}; it has {shape[0]} x {shape[1]} bins.")
    elif shape != (bins, bins):
        lab.note(f"With {bins} bins per axis asked for, the density shows {shape[0]} x {shape[1]} bins.")


def fixed(cells, weights):
    """The log-density of these cells with these weights, as a callable."""
    with np.errstate(divide="ignore"):
        values = np.log(weights / weights.sum()) - np.log(cells.areas)
    return constant(cells, values)


def constant(cells, values):
    """The log-density with these values (a, b) on the cells and zero density elsewhere, as a callable."""

    def log_density(points):
        column = np.searchsorted(cells.x_edges, points[:, 0], side="right") - 1
        row = np.searchsorted(cells.y_edges, points[:, 1], side="right") - 1
        inside = (column >= 0) & (column < values.shape[0]) & (row >= 0) & (row < values.shape[1])
        found = np.full(len(points), -np.inf)
        found[inside] = values[column[inside], row[inside]]
        return found

    return log_density


def subdivided(edges):
    """Edges that cut each bin into equal pieces."""
    return np.interp(np.arange((len(edges) - 1) * PARTS + 1) / PARTS, np.arange(len(edges)), edges)
