"""Whether a line that is drawn among the points is the boundary of the least-squares fit to these very points.

A panel tells for sure where its two classes are two clouds of points, and where a noted call of a fit was given just
these points; else it says nothing. Two lines are compared by the share of the panel that lies between them.
"""

from contextlib import suppress
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from grader.errors import TeamFault
from grader.judge import figures
from grader.judge.transcript import arrays_of
from grader.records import Verdict
from grader.syntax import unversioned
from reference.classification.questions.lines import Line, sides, solution
from reference.classification.questions.run_panels import is_field, is_lattice
from reference.classification.questions.run_words import tells

FEWEST, SIDE = 5, 60
"""Points of a class, and places along each axis of a panel at which sides are compared."""
SAME, OTHER = 0.02, 0.06
"""Shares of a panel between two lines: up to the first they are the same, from the second on they are not."""
NO_CLASS = r"outl|ausrei|noise|train|test"
"""Words of series that are no class."""
STRAIGHT = 1e-3
"""Largest distance from a straight line, in widths of the panel, of what is one."""


@dataclass(frozen=True)
class Drawing:
    """The points of one panel, shape (n, 2), with labels -1 and 1, and the straight lines among them."""

    panel: object
    points: np.ndarray
    labels: np.ndarray
    lines: tuple

    def places(self):
        """Places all over the panel, shape (SIDE * SIDE, 2)."""
        sides_of = [np.linspace(*sorted(limits), SIDE) for limits in (self.panel.xlim, self.panel.ylim)]
        return np.stack(np.meshgrid(*sides_of), axis=-1).reshape(-1, 2)

    def between(self, signs):
        """The smallest share of the panel between one of the lines and the border of two sides (n,)."""
        places = self.places()
        shares = [np.mean((one.scores(places) > 0) == (signs > 0)) for one in self.lines]
        return min(min(share, 1 - share) for share in shares)


def drawing_of(drawn):
    """The points and lines of a panel; None where two classes are not told for sure."""
    panel = drawn.panel
    if panel.kind != "plane" or {panel.xscale, panel.yscale} != {"linear"}:
        return None
    clouds = [one for one in figures.clouds(panel, 1) if not is_lattice(one)]
    values = [figures.values_of(one) for one in clouds]
    whole = all(v is not None and v.shape == (c.shape[0], 2) for v, c in zip(values, clouds, strict=True))
    if len(clouds) != 2 or not whole or min(len(v) for v in values) < FEWEST:
        return None
    if any(tells(NO_CLASS, one.label) for one in clouds):
        return None
    lines = tuple(line for layer in panel.layers if (line := straight(layer, panel)) is not None)
    labels = np.repeat([-1, 1], [len(v) for v in values])
    return Drawing(panel, np.vstack(values), labels, () if is_field(drawn) else lines)


def fitted_drawings(team, work, task, panels):
    """The panels that show the two classes of points to which the hand-in's classifier was fitted."""
    known = [drawing_of(drawn) for drawn in panels]
    return [d for d in known if d is not None and was_fitted(team, work, task, d.points)]


def straight(layer, panel):
    """The straight line of a layer, without end; None for anything else, and for lines over a whole axis."""
    values = figures.values_of(layer) if layer.kind == "line" and layer.x and layer.y else None
    if values is None or values.ndim != 2 or len(values) < 2 or not np.isfinite(values).all():
        return None
    centre = values.mean(axis=0)
    scale = np.maximum(np.ptp([panel.xlim, panel.ylim], axis=1), 1e-12)
    normal = np.linalg.svd((values - centre) / scale, full_matrices=False)[2][-1]
    away = np.abs(((values - centre) / scale) @ normal)
    if away.max() > STRAIGHT * max(1.0, float(np.ptp(values / scale, axis=0).max())):
        return None
    weights = normal / scale
    return Line(weights, float(-weights @ centre), layer.label)


def was_fitted(team, work, task, points):
    """Whether a noted call of the fit was given just these points, perhaps with a column of ones."""
    fit = unversioned(team.binding("lls").methods.get("fit", "fit").rpartition(".")[2])
    mean = float(points.mean())
    for call in work.transcript.calls(fit):
        if task not in work.tasks.get(call.cell, ()) or call.name.startswith("sklearn."):
            continue
        for one in arrays_of(call):
            shape, told = list(one["shape"]), one.get("mean")
            if len(shape) == 2 and shape[0] == len(points) and shape[1] in (2, 3) and told is not None:
                wanted = mean if shape[1] == 2 else (2 * mean + 1) / 3
                if abs(told - wanted) <= 1e-4 * max(1.0, abs(wanted)):
                    return True
    return False


def own_sides(team, points, labels, places):
    """The sides that the hand-in's own fit to the points gives to places; None where it cannot be asked."""
    if not (team.has("lls", "fit") and team.has("lls", "predict")):
        return None
    with suppress(TeamFault, TypeError, ValueError):
        answers = np.asarray(team.lls().fit(points, labels).predict(places), dtype=float)
        return sides(answers) if answers.shape == (len(places),) else None
    return None


def other_lines(team, lab, work, task, panels):
    """The outcome where lines are drawn that are not those of the fits to the points beside them; None otherwise."""
    known = [d for d in fitted_drawings(team, work, task, panels) if d.lines]
    if not known:
        return None
    shares = [share_between(team, lab, d) for d in known]
    wrong = [d for d, share in zip(known, shares, strict=True) if share >= OTHER]
    if not wrong:
        return None
    measured = lab.measured(
        "largest share of a panel between the drawn line and that of the fit", max(shares), at_most=SAME
    )
    step = "The line is where w_1 x_1 + w_2 x_2 + b = 0: put one of its points into your score."
    told = f"In {len(wrong)} of {len(known)} panels the line that is drawn is not where the score of the fit to these points is zero"
    if len(wrong) < len(known) or len(known) < len(panels):
        return lab.outcome(Verdict.REVIEW, f"{told}. A person looks.", step, measured)
    cause = (
        ""
        if not all(misread(lab, d) for d in wrong)
        else ": it takes the bias and the weights for one another"
    )
    return lab.failed(f"{told}{cause}.", step, measured)


def share_between(team, lab, drawing):
    """The share of the panel between its line and the fit's boundary: the solution's, or the hand-in's own fit's."""
    truth = solution(lab, drawing.points, drawing.labels)
    share = drawing.between(truth.scores(drawing.places()))
    own = own_sides(team, drawing.points, drawing.labels, drawing.places()) if share > SAME else None
    return share if own is None else min(share, drawing.between(own))


def misread(lab, drawing):
    """Whether the line is that of the right numbers in another order."""
    truth = solution(lab, drawing.points, drawing.labels)
    numbers = np.append(truth.weights, truth.bias)
    places = drawing.places()
    return any(
        drawing.between(Line(numbers[list(order[:2])], float(numbers[order[2]]), "").scores(places)) <= SAME
        for order in permutations(range(3))
        if order != (0, 1, 2)
    )
