"""Lines that separate two classes: as learned numbers, as scores, as the side that labels take."""

from dataclasses import dataclass
from itertools import product

import numpy as np

POINTS, QUERIES = 160, 240


@dataclass(frozen=True)
class Line:
    """A linear score <w, x> + b."""

    weights: np.ndarray
    bias: float
    name: str
    """Where in the hand-in the numbers were found."""

    def scores(self, points):
        return points @ self.weights + self.bias

    def error(self, other):
        """Largest difference of the parameters over the largest parameter of the other."""
        mine, theirs = np.append(self.weights, self.bias), np.append(other.weights, other.bias)
        return (
            float(np.abs(mine - theirs).max() / np.abs(theirs).max())
            if mine.shape == theirs.shape
            else np.inf
        )


@dataclass(frozen=True)
class Fit:
    """The hand-in's model fitted to one data set, beside the solution."""

    points: np.ndarray
    labels: np.ndarray
    model: object
    ones: str
    """Where a column of ones was added for the hand-in: "", "last" or "first"."""
    truth: Line
    codes: bool = False
    """Whether 0 and 1 were handed over for the labels -1 and 1."""

    def given(self, points):
        """Points as the hand-in takes them."""
        return with_ones(points, self.ones)

    def answers(self, points):
        """What predict answers, shape (m,)."""
        return np.asarray(self.model.predict(self.given(points)), dtype=float)

    def lines(self):
        """Every way to read the learned numbers as a line."""
        held = getattr(self.model, "learned", None)
        held = vars(self.model) if held is None else held
        arrays = {name: np.asarray(v, dtype=float) for name, v in held.items() if numeric(v)}
        return lines_in(arrays, self.points.shape[1], self.ones)


def numeric(value):
    return isinstance(value, int | float | np.ndarray | np.generic) and np.asarray(value).dtype.kind in "fiu"


def lines_in(arrays, width, ones=""):
    """Vectors of one number per column with the bias before or after them, or beside them in a number of its own."""
    found = []
    flat = {name: np.ravel(a) for name, a in arrays.items()}
    for name, a in flat.items():
        if len(a) == width + 1:
            last, first = Line(a[:-1], float(a[-1]), name), Line(a[1:], float(a[0]), name)
            found += [first, last] if ones == "first" else [last, first]
    vectors = [(name, a) for name, a in flat.items() if len(a) == width]
    numbers = [(name, a) for name, a in flat.items() if len(a) == 1]
    found += [Line(v, float(b[0]), f"{n}, {m}") for (n, v), (m, b) in product(vectors, numbers)]
    return found + [Line(v, 0.0, n) for n, v in vectors]


def with_ones(points, where):
    """Points with a column of ones last, first, or without one."""
    one = np.ones((len(points), 1))
    return {"": points, "last": np.hstack([points, one]), "first": np.hstack([one, points])}[where]


def solution(lab, points, labels):
    """The least-squares line of the reference."""
    theta = lab.reference.lls().fit(points, labels).theta_
    return Line(theta[:-1], float(theta[-1]), "the solution")


def fitted(team, lab, outliers, ones="", codes=False):
    """Fit on two overlapping classes, or on separated ones with far outliers."""
    points, labels = (
        lab.two_classes_with_outliers(POINTS, outliers=8) if outliers else lab.two_classes(POINTS)
    )
    model = team.lls().fit(with_ones(points, ones), (labels + 1) // 2 if codes else labels)
    return Fit(points, labels, model, ones, solution(lab, points, labels), codes)


def fits(team, lab, ones="", codes=False):
    return [fitted(team, lab, outliers, ones, codes) for outliers in (False, True)]


def beside(fit, rng):
    """Points right beside the line of the solution, on either side, as far apart as the data."""
    truth, centre = fit.truth, fit.points.mean(axis=0)
    spread = np.ptp(fit.points, axis=0).max()
    normal = truth.weights / np.linalg.norm(truth.weights)
    foot = centre - normal * truth.scores(centre) / np.linalg.norm(truth.weights)
    along = np.array([-normal[1], normal[0]])
    places = foot + np.outer(rng.uniform(-1, 1, 60) * spread, along)
    step = 0.02 * spread * normal
    return np.vstack([places + step, places - step])


def labels_in(answers):
    """Whether all answers are labels: -1 and 1, or 0 and 1."""
    return bool(np.isin(answers, (-1, 1)).all() or np.isin(answers, (0, 1)).all())


def sides(answers):
    """-1 or 1 for each answer: a label, 0 and 1 counting as -1 and 1, or the sign of a score."""
    zero_one = bool(np.isin(answers, (0, 1)).all())
    return np.where(answers > (0.5 if zero_one else 0), 1, -1)


def around(one, rng):
    """Points all over the data and beyond, shape (QUERIES, 2)."""
    low, high = one.points.min(axis=0) - 1, one.points.max(axis=0) + 1
    return rng.uniform(low, high, size=(QUERIES, 2))


def agreeing(line, points, answers):
    """Share of answers on the side of the line where the point lies; points on the line itself are left out."""
    scores = line.scores(points)
    clear = np.abs(scores) > 1e-6 * np.abs(scores).max()
    return float(np.mean(sides(answers)[clear] == np.sign(scores)[clear]))
