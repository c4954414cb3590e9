"""The nearest neighbours: which points are found, and how far away they are said to be.

Answers are compared as sets: points at equal distance stand for each other, and the order within a row is free.
A query that is itself a training point may be its own neighbour or not.
"""

from dataclasses import dataclass, replace

import numpy as np

from grader.errors import TeamFault
from grader.judge.checks import check
from reference.classification.questions.absent import without_neighbours

CLOSE = 1e-4
"""Relative error of a distance that rounding may leave."""
SQUARES = 3e-5
"""Error of a squared distance that single precision leaves of |a|² - 2 ab + |b|²; near to zero its root is large."""
TRAINING, QUERIES = 60, 26
"""Points of the training set, and fresh points that are asked about; unlike every k."""


@dataclass(frozen=True)
class Found:
    """What kneighbours answered for the rows of `queries`, and the truth beside it."""

    train: np.ndarray
    queries: np.ndarray
    k: int
    arrays: tuple
    """What came back, one row per query each."""
    true: np.ndarray
    """Distances of all training points, shape (m, n)."""

    @property
    def indices(self):
        """The first array of whole numbers that count training points, shape (m, width), or None."""
        fitting = [a for a in self.arrays if np.all((a == np.round(a)) & (a >= 0) & (a < len(self.train)))]
        return fitting[0].astype(int) if fitting else None

    @property
    def distances(self):
        """The first other array, shape (m, width), or None; NaN, as from the root of -1e-17, is zero."""
        mine = self.indices
        others = [a for a in self.arrays if mine is None or a.shape != mine.shape or np.any(a != mine)]
        return np.nan_to_num(others[0], nan=0.0) if others else None

    @property
    def widths(self):
        """Numbers of columns that are not k."""
        return sorted({a.shape[1] for a in self.arrays} - {self.k})

    def nearest(self, first=0):
        """The true distances of neighbours number `first` + 1 to `first` + k, shape (m, k)."""
        return np.sort(self.true, axis=1)[:, first : first + self.k]

    def at_indices(self):
        """The true distances of the points that are named, shape (m, width)."""
        return np.take_along_axis(self.true, self.indices, axis=1)

    def points_right(self, first=0):
        """Whether the named points are the nearest ones, each named once; one truth value per query."""
        mine = self.indices
        if mine is None or mine.shape[1] != self.k:
            return np.zeros(len(self.queries), dtype=bool)
        once = np.array([len(set(row)) == len(row) for row in mine])
        return once & same_rows(np.sort(self.at_indices(), axis=1), self.nearest(first))

    def distances_right(self, first=0):
        """Whether the distances are those of the nearest points, in any order; one truth value per query."""
        mine = self.distances
        if mine is None or mine.shape[1] != self.k:
            return np.zeros(len(self.queries), dtype=bool)
        return same_rows(np.sort(mine, axis=1), self.nearest(first))

    def paired(self):
        """Whether each distance is that of the point beside it."""
        return same_rows(self.distances, self.at_indices())


def same_rows(mine, wanted):
    """Rows of equal distances up to rounding; one truth value per row."""
    near = (mine >= 0) & (np.abs(mine**2 - wanted**2) <= SQUARES)
    return np.all(near | np.isclose(mine, wanted, rtol=CLOSE, atol=1e-6), axis=1)


def ask(team, data, queries, k):
    """Fit on `data` = (points, labels) and ask for the k nearest neighbours of the queries."""
    return neighbours_of(team.knn(k=k).fit(*data), data[0], queries, k)


def neighbours_of(model, points, queries, k):
    """What a fitted model says of the neighbours of queries among its training points."""
    answer = model.kneighbours(queries)
    arrays = tuple(np.asarray(a, dtype=float) for a in (answer if isinstance(answer, tuple) else (answer,)))
    return Found(points, queries, k, arrays, np.sqrt(((queries[:, None] - points[None]) ** 2).sum(axis=2)))


@check
def nearest_neighbours(team, lab, *, ks, one_share, train_share, all_share):
    """kneighbours returns the indices of the k nearest training points and their Euclidean distances."""
    absent = without_neighbours(team, lab)
    if absent:
        return absent
    where = lab.on(team, "knn", "kneighbours")
    data = lab.three_classes(TRAINING)
    queries = lab.three_classes(QUERIES)[0]
    asked = [ask(team, data, queries, k) for k in ks]
    right = [lab.measured(f"queries with the right {name}, k = {one.k}", share, at_least=1.0)
             for one in asked for name, share in (("points", one.points_right().mean()), ("distances", one.distances_right().mean()))]  # fmt: skip
    if not all(m.passed for m in right):
        return told(lab, where, asked, one_share, right)
    loose = next((one for one in asked if not one.paired().all()), None)
    if loose is not None:
        return lab.partial(
            one_share,
            f"{where}: points and distances are right, but do not belong together: a distance stands beside "
            f"another point's index (k = {loose.k}).",
            "Sort both by the same order.",
            *right,
        )
    for share, trouble in (
        (train_share, among_training),
        (train_share, equal_distances),
        (all_share, all_points),
    ):
        message, step = trouble(team, lab, where, data)
        if message:
            known = "knn_fails_for_all_points" if "kth" in message else ""
            return replace(lab.partial(share, message, step, *right), diagnosis=known)
    return lab.accepted(*right)


def told(lab, where, asked, one_share, right):
    """The words for wrong neighbours, and part of the points where points or distances alone are right."""
    right = [replace(m, share=one_share) for m in right]
    points = all(one.points_right().all() for one in asked)
    distances = all(one.distances_right().all() for one in asked)
    last = asked[-1]
    if points and last.distances is None:
        message = f"{where}: the points are right, but no distances are returned."
        return lab.partial(one_share, message, "Return the distances beside the indices.", *right)
    if points:
        message = f"{where}: the points are right, the distances are not{kind_of_distance(last)}."
        return lab.partial(one_share, message, "The sheet asks for Euclidean distances.", *right)
    if distances:
        message = f"{where}: the distances are right, but {no_indices(last)}."
        step = "Return the positions of the neighbours in the training set."
        return lab.partial(one_share, message, step, *right)
    right = [replace(m, share=0.0) for m in right]
    if last.widths:
        message = f"{where}: for k = {last.k} each query gets {last.widths[0]} values in place of {last.k}."
        return lab.failed(message, "Return exactly k neighbours per query.", *right)
    message = f"{where}: these are not the k nearest training points{other_points(last)} (k = {last.k})."
    step = "Take three training points on a line and one query: which is nearest, by hand and by your method?"
    return lab.failed(message, step, *right)


def kind_of_distance(one):
    """What wrong distances are instead, as far as that shows."""
    mine, true = one.distances, one.at_indices()
    if mine.shape != true.shape:
        return f": there are {mine.shape[1]} per query, not k = {one.k}"
    manhattan = np.abs(one.queries[:, None] - one.train[one.indices]).sum(axis=2)
    for name, wanted in (("their squares", true**2), ("those of the Manhattan metric", manhattan)):
        if same_rows(mine, wanted).all():
            return f": they are {name}"
    return ""


def no_indices(one):
    """What stands in place of the indices."""
    if one.indices is None:
        return "no indices of training points are returned"
    return "the indices do not count the training points that have these distances"


def other_points(one):
    """Which wrong points are named, as far as that shows."""
    farthest = np.sort(one.true, axis=1)[:, -one.k :]
    mine = one.indices
    if mine is None or mine.shape[1] != one.k:
        return ""
    if one.points_right(first=1).mean() > 0.9:
        return ": the nearest one is left out, though no query is a training point"
    return ": they are the farthest" if same_rows(np.sort(one.at_indices(), axis=1), farthest).all() else ""


def among_training(team, lab, where, data):
    """Queries out of the training set: each may be its own neighbour or not."""
    queries = data[0][:10]
    one = ask(team, data, queries, 5)
    own, others = (one.points_right(first) & one.distances_right(first) for first in (0, 1))
    if not np.all(own | others):
        return (
            f"{where}: asked about training points, {np.mean(~(own | others)):.0%} get wrong neighbours.",
            "Ask for the neighbours of a training point and compare with a drawing.",
        )
    lab.note(f"A training point is {'' if own.all() else 'not '}its own neighbour.")
    return "", ""


def equal_distances(team, lab, where, data):
    """Queries in the middle of a lattice's cells: four points at a time are equally far away."""
    grid = lab.lattice(49)
    queries = grid[0][:QUERIES] + 0.5
    one = ask(team, grid, queries, 6)
    if not np.all(one.points_right() & one.distances_right()):
        return f"{where}: where several points are equally far away, wrong ones are named.", ""
    return "", ""


def all_points(team, lab, where, data):
    """As many neighbours as there are training points."""
    k = len(data[0])
    try:
        one = ask(team, data, lab.three_classes(QUERIES)[0], k)
        fine, got = bool(np.all(one.points_right() & one.distances_right())), "other points are returned"
    except TeamFault as fault:
        fine, got = False, fault.sentence()
    if fine:
        return "", ""
    return (
        f"{where}: with k equal to the number of training points it does not work: {got}",
        "argpartition needs a position inside the array: what is the last one?",
    )
