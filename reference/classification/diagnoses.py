"""How each item is probed for the mistake behind its failure; the candidates are the twins in `wrong`.

All answers here are exact: what a mistaken method answers to given points tells the mistake. Neighbours are compared
in the order in which they are returned, distances beside the true distances of the points that are named.
"""

import numpy as np

from grader.judge.diagnosis_probes import ExactProbe
from reference.classification import diagnoses_softmax
from reference.classification.questions.class_shares import parts_of
from reference.classification.questions.densities import per_class, scene
from reference.classification.questions.least_squares import place_of_ones
from reference.classification.questions.lines import around, fits, sides
from reference.classification.questions.neighbours import ask
from reference.classification.questions.softmax_roles import softmax_role

K = 5
HIGHEST = 1e6
"""Larger numbers, and those that are none, are taken for this."""


def roles(namespace):
    """The roles among the definitions of the models or of a twin."""
    return {
        "knn": namespace["KNearestNeighbours"],
        "lls": namespace["LinearLeastSquares"],
        "softmax": softmax_role(namespace),
    }


def finite(values):
    """Numbers as they are, anything else as :data:`HIGHEST`."""
    values = np.asarray(values, dtype=float)
    return np.clip(np.nan_to_num(values, nan=HIGHEST, posinf=HIGHEST, neginf=-HIGHEST), -HIGHEST, HIGHEST)


# ------------------------------------------------------------------------------------ nearest neighbours
def overlapping(team, lab):
    """Points of three classes, and fresh points to ask about."""
    return [(lab.three_classes(60), lab.three_classes(25)[0])]


def neighbours(team, lab, condition):
    """Distances, and the true distances of the points that are named, each row as it is returned."""
    data, queries = condition
    found = ask(team, data, queries, K)
    blocks = [found.distances] if found.distances is not None else []
    inside = found.indices is not None and found.indices.max() < len(data[0])
    return [finite(block) for block in (*blocks, *([found.at_indices()] if inside else []))]


def labels(team, lab, condition):
    data, queries = condition
    return [finite(team.knn(k=k).fit(*data).predict(queries)) for k in (K, 8)]


def shares(team, lab, condition):
    """p(c) as one array, however it is returned."""
    data, _ = condition
    answer = team.knn(k=K).fit(*data).class_probabilities()
    classes = len(np.unique(data[1]))
    fitting = [part for part in parts_of(answer) if np.size(part) == classes]
    return [finite(np.ravel(np.asarray(fitting[0], dtype=float)))] if fitting else []


def nothing(team, lab):
    """Conditions of a density: the scene is made for each team by itself."""
    return [lab.seed("density")]


def density(team, lab, condition):
    """p(x) as logarithms, for two numbers of neighbours."""
    return [logarithm(one.model.density(one.queries)) for one in same_scenes(team, lab)]


def class_density(team, lab, condition):
    return [logarithm(per_class(team, one)) for one in same_scenes(team, lab)]


def same_scenes(team, lab):
    """Models fitted to the same points for every team."""
    again = lab.factory(f"{lab.item} diagnosis", {}) if lab.factory else lab
    return [scene(team, again, k) for k in (3, 8)]


def logarithm(values):
    with np.errstate(all="ignore"):
        return finite(np.log(np.asarray(values, dtype=float)))


# ------------------------------------------------------------------------------------ least squares
def same_fits(team, lab):
    """The team fitted to the same two data sets as every other, with ones added where it wants them."""
    again = lab.factory(f"{lab.item} diagnosis", {}) if lab.factory else lab
    wants_ones = hasattr(team, "source") and lab.item != "lls.fit" and lab.passed("lls.fit")
    return fits(team, again, place_of_ones(team, lab, 0.01) if wants_ones else "")


def readings(team, lab):
    """Ways to read the learned numbers as a line, the likelier first; at last the labels alone."""
    lines = [one.lines() for one in same_fits(team, lab)]
    return [*range(min(4, *(len(found) for found in lines))), "labels"]


def parameters_read(team, lab, reading):
    """Weights and bias of the hand-in under one reading; or the sides that labels take."""
    if reading == "labels":
        return sides_taken(team, lab, reading)
    lines = [one.lines()[reading] for one in same_fits(team, lab)]
    return [finite(np.append(line.weights, line.bias)) for line in lines]


def parameters(team, lab, reading):
    """Weights and bias of a candidate; or the sides that labels take."""
    if reading == "labels":
        return sides_taken(team, lab, reading)
    lines = [one.lines()[0] for one in same_fits(team, lab)]
    return [finite(np.append(line.weights, line.bias)) for line in lines]


def sides_taken(team, lab, _):
    """-1 or 1 for the answer to each of many points."""
    again = lab.factory(f"{lab.item} sides", {}) if lab.factory else lab
    return [
        sides(one.answers(around(one, again.rng("places")))).astype(float) for one in same_fits(team, lab)
    ]


def once(team, lab):
    return [None]


NEIGHBOURS = ExactProbe(overlapping, neighbours, neighbours)
LABELS = ExactProbe(overlapping, labels, labels)
SHARES = ExactProbe(overlapping, shares, shares)
DENSITY = ExactProbe(nothing, density, density)
CLASS_DENSITY = ExactProbe(nothing, class_density, class_density)
PARAMETERS = ExactProbe(readings, parameters_read, parameters)
SIDES = ExactProbe(once, sides_taken, sides_taken)

PROBES = {
    "knn.kneighbours": (NEIGHBOURS,),
    "knn.predict": (LABELS,),
    "knn.class_probabilities": (SHARES,),
    "knn.density": (DENSITY,),
    "knn.class_density": (CLASS_DENSITY,),
    "lls.fit": (PARAMETERS,),
    "lls.predict": (SIDES,),
    **diagnoses_softmax.PROBES,
}
