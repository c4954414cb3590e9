"""Densities from the circle that holds k neighbours, all classes together and each class by itself.

Queries are fresh points, so that none is its own neighbour. A wrong distance costs its own item: densities that
follow from the distances which the hand-in itself returns are right.
"""

import numpy as np

from grader.judge.checks import check
from reference.classification.questions.circles import (
    POINTS,
    RADII,
    agree,
    factor,
    in_circle,
    scene,
    without_function,
)
from reference.classification.questions.class_points import from_points_of_a_class, hands_over_a_class
from reference.classification.questions.fixed_number import fixed_number, with_fixed_number
from reference.classification.questions.neighbours import neighbours_of

READINGS = {
    "own_circle": "p(x|c) is read as k / (N_c V_c): the circle holds k points of class c.",
    "shared_circle": "p(x|c) is read as k_c / (N_c V): the circle holds k points, k_c of which are of class c.",
    "reduced_circle": "p(x|c) is read as k_c / (N_c V_c): the circle holds those of the k neighbours that are of class c.",
}


@check
def density(team, lab, *, ks, tolerance, least):
    """p(x) is k over N times the area of the smallest circle that holds k neighbours."""
    if not team.has("knn", "density"):
        return without_function(team, lab, "p(x)")
    where = lab.on(team, "knn", "density")
    scenes = [scene(team, lab, k) for k in ks]
    answers = [np.asarray(s.model.density(s.queries), dtype=float) for s in scenes]
    wanted = [s.truth(lab).density(s.queries) for s in scenes]
    measured = [
        lab.measured(
            f"share of points with the right p(x), k = {s.k}", agree(a, w, tolerance), at_least=least
        )
        for s, a, w in zip(scenes, answers, wanted, strict=True)
    ]
    if all(m.passed for m in measured):
        return lab.accepted(*measured)
    reading = other_reading(team, lab, scenes, answers, tolerance, least)
    if reading:
        lab.note(reading)
        return lab.own(lab.measured("share of points with the p(x) of this reading", 1.0, at_least=least))
    fixed = fixed_number(lab, scenes, answers, wanted, lambda: scene(team, lab, ks[0], 2 * POINTS + 10))
    if fixed:
        return with_fixed_number(team, lab, where, fixed, *measured)
    message = f"{where}: the values are not k / (N V){factor(answers, wanted)}."
    return lab.failed(message, STEP, *measured)


STEP = (
    "V is an area, that of the circle whose radius is the distance of the k-th neighbour; N counts the training "
    "points. Work out one point by hand."
)


def other_reading(team, lab, scenes, answers, tolerance, least):
    """A reading under which all densities are right: the points asked about as the data, or the team's distances."""
    pairs = list(zip(scenes, answers, strict=True))
    for first, name in ((0, "one of its own neighbours"), (1, "not its own neighbour")):
        if all(agree(a, among_themselves(s, first), tolerance) >= least for s, a in pairs):
            return f"p(x) takes the points asked about as the data set; each point is {name}."
    if lab.passed("knn.kneighbours") or not team.has("knn", "kneighbours"):
        return ""
    own = [s.own_neighbours().distances for s in scenes]
    if any(distances is None for distances in own):
        return ""
    same = any(
        all(agree(a, in_circle(s.k, len(s.points), radius(d, s.k)), tolerance) >= least
            for a, s, d in zip(answers, scenes, own, strict=True))
        for radius in RADII
    )  # fmt: skip
    return "p(x) follows from the distances that your own kneighbours returns." if same else ""


def among_themselves(one, first):
    """p(x) of the queries, taken as the data set themselves; `first` = 1 leaves each point out of its own circle."""
    distances = np.sqrt(((one.queries[:, None] - one.queries[None]) ** 2).sum(axis=2))
    radius = np.sort(distances, axis=1)[:, one.k - 1 + first]
    return in_circle(one.k, len(one.queries), radius)


@check
def class_density(team, lab, *, ks, tolerance, least):
    """p(x|c) is the density of the points of one class."""
    if not team.has("knn", "class_density"):
        if team.has("knn", "density") and hands_over_a_class(team, lab):
            return from_points_of_a_class(team, lab, ks, tolerance, least)
        return without_function(team, lab, "p(x|c)")
    where = lab.on(team, "knn", "class_density")
    scenes = [scene(team, lab, k) for k in ks]
    answers = [per_class(team, s) for s in scenes]
    wanted = {name: [s.truth(lab).class_density(s.queries, name) for s in scenes] for name in READINGS}
    shares = {
        name: [agree(a, w, tolerance) for a, w in zip(answers, wanted[name], strict=True)]
        for name in READINGS
    }
    best = max(shares, key=lambda name: min(shares[name]))
    measured = [
        lab.measured(f"share of points with the right p(x|c), k = {s.k}", share, at_least=least)
        for s, share in zip(scenes, shares[best], strict=True)
    ]
    if all(m.passed for m in measured):
        lab.note(READINGS[best])
        return lab.accepted(*measured)
    if follows_from_own(team, lab, scenes, answers, tolerance, least):
        lab.note("p(x|c) follows from the neighbours that your own kneighbours returns.")
        return lab.own(
            lab.measured("share of points with the p(x|c) of your neighbours", 1.0, at_least=least)
        )
    told = next((told for told in (factor(answers, wanted[name]) for name in READINGS) if told), "")
    told = told or joint(scenes, answers, wanted.values(), tolerance, least)
    message = f"{where}: the values are not k_c / (N_c V) for any reading of it{told}."
    step = "N_c counts the training points of class c. Weighted with p(c), the densities of the classes add up to p(x)."
    return lab.failed(message, step, *measured)


def joint(scenes, answers, readings, tolerance, least):
    """That the values are p(x, c) in place of p(x|c), in words; empty if they are not, by any reading."""
    shares = [np.array([np.mean(s.labels == c) for c in np.unique(s.labels)]) for s in scenes]
    for wanted in readings:
        times = [
            w * p if np.shape(w) == np.shape(a) else w
            for a, w, p in zip(answers, wanted, shares, strict=True)
        ]
        if all(agree(a, t, tolerance) >= least for a, t in zip(answers, times, strict=True)):
            told = ", ".join(f"{p:.3f}" for p in shares[0])
            return (
                f", but too small by the factor N_c / N = p(c) (for our classes {told}): they are divided by the number of "
                "all points in place of the points of class c"
            )
    return ""


def per_class(team, one):
    """p(x|c) of the queries, shape (m, classes), whether the hand-in is asked per class or for all at once."""
    classes = np.unique(one.labels)
    plan = team.binding("knn").plan or {}
    slots = [a["slot"] for a in plan.get("calls", {}).get("class_density", {}).get("arguments", ())]
    if "argument:c" not in slots:
        return columns(one.model.class_density(one.queries))
    return np.hstack([columns(one.model.class_density(one.queries, int(label))) for label in classes])


def columns(answer):
    """One array with a row per point out of one or several."""
    arrays = answer if isinstance(answer, tuple) else (answer,)
    return np.hstack([np.asarray(a, dtype=float).reshape(len(a), -1) for a in arrays])


def follows_from_own(team, lab, scenes, answers, tolerance, least):
    """Whether p(x|c) is right for neighbours and distances as the hand-in finds them, where those are wrong."""
    if lab.passed("knn.kneighbours") or not team.has("knn", "kneighbours"):
        return False
    pairs = list(zip(scenes, answers, strict=True))
    return any(
        all(agree(mine, values(team, one, radius), tolerance) >= least for one, mine in pairs)
        for values in (with_own_shared_circle, with_own_circles)
        for radius in RADII
    )


def with_own_shared_circle(team, one, radius):
    """k_c / (N_c V) from the hand-in's own neighbours, shape (m, classes)."""
    found = one.own_neighbours()
    if found.indices is None or found.distances is None:
        return np.empty(0)
    labels, reach = one.labels[found.indices], radius(found.distances, one.k)
    return np.stack([in_circle((labels == c).sum(axis=1), np.sum(one.labels == c), reach)
                     for c in np.unique(one.labels)], axis=1)  # fmt: skip


def with_own_circles(team, one, radius):
    """k / (N_c V_c) from the hand-in's own distances to the points of each class, shape (m, classes)."""
    found = []
    for c in np.unique(one.labels):
        group = one.labels == c
        model = team.knn(k=one.k).fit(one.points[group], one.labels[group])
        distances = neighbours_of(model, one.points[group], one.queries, one.k).distances
        if distances is None:
            return np.empty(0)
        found.append(in_circle(one.k, group.sum(), radius(distances, one.k)))
    return np.stack(found, axis=1)
