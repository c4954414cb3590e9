"""Whether accuracies that are told as those of the test set are those of the points that the classifier was fitted to.

The points of each training set are read off the figures, and the accuracy of the fit on them is computed anew.
"""

import numpy as np

from reference.classification.questions.drawn_lines import fitted_drawings, own_sides
from reference.classification.questions.lines import solution

LEAST_DECIMALS = 3
"""Decimals from which on an equal number is no chance."""


def are_of_training(team, lab, work, task, found, sets):
    """Whether every reported accuracy is that of one training set, and each of so many sets has its own among them.

    Says no where fewer sets are seen, and where equal numbers would prove nothing: if nearly all points are right.
    """
    drawings = fitted_drawings(team, work, task, work.drawn(task))
    unlike = {len(d.points): d for d in drawings}.values()
    if len(unlike) < sets:
        return False
    shares = [accuracies(team, lab, d) for d in unlike]
    if len({round(max(of_one), 3) for of_one in shares if max(of_one) < 1}) < 2:
        return False
    told = {one.value for one in found if one.named}
    matched = [any(same(v, a) for v in told for a in of_one) for of_one in shares]
    explained = [any(same(v, a) for of_one in shares for a in of_one) for v in told]
    return all(matched) and all(explained)


def accuracies(team, lab, drawing):
    """Shares of right labels on the points of a fit: by the solution, and by the hand-in's own fit."""
    found = [np.sign(solution(lab, drawing.points, drawing.labels).scores(drawing.points))]
    own = own_sides(team, drawing.points, drawing.labels, drawing.points)
    found += [own] if own is not None else []
    return [float(np.mean(signs == drawing.labels)) for signs in found]


def same(told, accuracy):
    """Whether a told number is an accuracy, rounded to the decimals that are told."""
    decimals = max(LEAST_DECIMALS, len(repr(told).partition(".")[2]))
    return abs(told - accuracy) <= 0.51 * 10.0**-decimals
