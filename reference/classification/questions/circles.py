"""What densities are asked about: a fitted model, fresh points, and circles around them."""

from dataclasses import dataclass

import numpy as np

from grader.records import Verdict
from reference.classification.questions.neighbours import neighbours_of

POINTS, QUERIES = 150, 40
RADII = (
    lambda distances, k: distances.max(axis=1),
    lambda distances, k: distances[:, -1],
    lambda distances, k: distances[:, min(k, distances.shape[1]) - 1],
)
"""What may be taken for the distance of the k-th neighbour among distances that are not in order, or not k."""


@dataclass(frozen=True)
class Scene:
    """A fitted model and fresh points to ask about."""

    points: np.ndarray
    labels: np.ndarray
    queries: np.ndarray
    k: int
    model: object

    def truth(self, lab):
        """The reference fitted to the same points."""
        return lab.reference.knn(k=self.k).fit(self.points, self.labels)

    def own_neighbours(self):
        """What the hand-in's own kneighbours returns for the queries."""
        return neighbours_of(self.model, self.points, self.queries, self.k)


def scene(team, lab, k, number=POINTS):
    """Fit on three overlapping classes."""
    points, labels = lab.three_classes(number)
    return Scene(points, labels, lab.three_classes(QUERIES)[0], k, team.knn(k=k).fit(points, labels))


def agree(mine, wanted, tolerance):
    """Share of entries that are equal up to a relative tolerance; infinite equals infinite."""
    if np.shape(mine) != np.shape(wanted):
        return 0.0
    with np.errstate(all="ignore"):
        return float(np.mean((mine == wanted) | (np.abs(mine - wanted) <= tolerance * np.abs(wanted))))


def in_circle(count, total, radius):
    """count / (total * area) for circles of the given radii."""
    with np.errstate(all="ignore"):
        return count / (total * np.pi * np.asarray(radius) ** 2)


def without_function(team, lab, what):
    """No function gives the density by itself: figures and arrays of the run are left to a person."""
    symbol = team.binding("knn").symbol
    return lab.outcome(
        Verdict.REVIEW,
        f"{symbol}: no method or function was found that gives {what} at points of ours; it may be computed in the "
        "middle of a cell. A person looks at the figures.",
    )


def factor(answers, wanted):
    """By what constant factor all values are wrong, in words; empty if it is none."""
    with np.errstate(all="ignore"):
        ratios = [a / w for a, w in zip(answers, wanted, strict=True) if np.shape(a) == np.shape(w)]
    steady = [r for r in ratios if np.all(np.isfinite(r)) and np.ptp(r) <= 1e-3 * abs(np.median(r))]
    if not ratios or len(steady) < len(ratios):
        return ""
    told = list(dict.fromkeys(f"{np.median(r):.4g}" for r in steady))
    return f": they are {' and '.join(told)} times as large"
