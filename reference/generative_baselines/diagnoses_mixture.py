"""How the mixture is probed for a mistake: separated clusters, touching ones, and what any M-step keeps."""

from dataclasses import dataclass
from itertools import permutations, product

import numpy as np

from grader.judge import instruments
from grader.judge.diagnosis_answers import relative_error
from reference.generative_baselines.diagnoses_shared import (
    Condition,
    lattice,
    logs,
    of_candidate,
    of_hand_in,
    one_place_per_call,
)
from reference.generative_baselines.questions.asking import density_of, near
from reference.generative_baselines.questions.mixture_fits import clusters, turn

FITS = 3
MOVED = 0.02
"""A right step that changes less than this, relatively, comes from a right iteration that has nearly ended."""


APART = np.array([[0.0, 11.0], [-10.0, -6.0], [10.0, -6.0]])
TOUCHING = 0.28
SHAPES = np.array([[[2.0, 1.4], [1.4, 1.2]], [[0.4, -0.3], [-0.3, 0.35]], [[0.3, 0.0], [0.0, 1.8]]])


def separated(lab, n, label, distance=1.0):
    """Three normal clusters of unlike shapes, of weights 0.55, 0.28 and 0.17, turned; at 1 they do not overlap."""
    rng = lab.rng(label)
    member = rng.choice(3, size=n, p=rng.permutation([0.55, 0.28, 0.17]))
    factors = np.linalg.cholesky(SHAPES)[member]
    points = distance * APART[member] + np.einsum("nij,nj->ni", factors, rng.standard_normal((n, 2)))
    return points @ turn(rng.uniform(0, 2 * np.pi))


def mixture_conditions(team, lab):
    """Fits to separated and to touching clusters; wrong memberships and loose convergence show on the latter."""
    for number in range(FITS):
        apart = separated(lab, 200, f"diagnosis apart {number}")
        mixed = separated(lab, 200, f"diagnosis touching {number}", TOUCHING)
        model = team.gmm(components=3).fit(apart)
        first = Condition(apart, near(apart, 0.5, 150, lab.rng("diagnosis probe")), {"components": 3}, model)
        second = Condition(mixed, near(mixed, 0.4, 150, lab.rng("diagnosis probe")), {"components": 3})
        second.model = team.gmm(components=3).fit(mixed)
        yield first, second


def mixture_values(team, lab, conditions):
    return [of_hand_in(team, lab, "gmm", condition) for condition in conditions]


def mixture_expected(team, lab, conditions):
    return [of_candidate(team, "gmm", condition) for condition in conditions]


def ordered_conditions(team, lab):
    """A fit to separated clusters, with the components of the best mixture in every order: the last may be special."""
    train = separated(lab, 200, "diagnosis order")
    best = lab.reference.gmm(components=3).fit(train)
    model = team.gmm(components=3).fit(train)
    probe = near(train, 0.5, 150, lab.rng("diagnosis probe"))
    for order in permutations(range(3)):
        condition = Condition(train, probe, {"components": 3}, model)
        condition.marks = {"best": best, "order": list(order)}
        yield condition


def ordered_values(team, lab, condition):
    return [of_hand_in(team, lab, "gmm", condition)]


def ordered_expected(team, lab, condition):
    """A candidate's log-densities, where its fit has found the best mixture."""
    best, order = condition.marks["best"], condition.marks["order"]
    model = team.gmm(components=3)
    model.weights_, model.means_ = best.weights_[order], best.means_[order]
    model.covariances_ = best.covariances_[order]
    model.cholesky_ = np.linalg.cholesky(model.covariances_)
    return [logs(model.score_samples, condition.probe)]


@dataclass
class Ended:
    """Where the hand-in's iteration ended: weights (k,), means (k, d), covariances (k, d, d), for `train` (n, d)."""

    train: np.ndarray
    weights: np.ndarray
    means: np.ndarray
    covariances: np.ndarray


def ended_conditions(team, lab):
    """The parameters that fits to touching clusters came to, as far as they can be read."""
    for number in range(FITS):
        train = separated(lab, 200, f"diagnosis ended {number}", TOUCHING)
        model = team.gmm(components=3).fit(train)
        found = parameters_in(getattr(model, "learned", {}).values(), 3, train.shape[1])
        if len(found) == 1 and not degenerate(*found[0], train):
            ended = Ended(train, *found[0])
            right = one_step_further(lab.reference, lab, ended)
            if relative_error(ended_values(team, lab, ended), right) > MOVED:
                yield ended


def degenerate(weights, means, covariances, train):
    """Whether a component has died or shrunk to a few points: many mistakes would stay there."""
    smallest = np.linalg.eigvalsh(covariances)[:, 0].min()
    return weights.min() < 0.05 or smallest < 1e-2 * train.var(axis=0).mean()


def parameters_in(arrays, k, d):
    """All ways to read weights, means and covariances of k components in d dimensions from arrays, by shape alone."""
    arrays = [array for array in arrays if np.all(np.isfinite(array))]
    weights = [a.ravel() for a in arrays if a.size == k and np.all(a >= 0) and abs(a.sum() - 1) < 1e-6]
    means = [a.reshape(k, d) for a in arrays if a.shape in ((k, d), (k, 1, d))]
    means += [a.T for a in arrays if a.shape == (d, k)]
    covariances = [a for a in arrays if a.shape == (k, d, d) and is_covariance(a)]
    return list(product(*map(distinct, (weights, means, covariances))))


def is_covariance(matrices):
    """Whether all of the matrices (k, d, d) are symmetric and positive definite."""
    symmetric = np.allclose(matrices, matrices.swapaxes(1, 2), rtol=1e-6, atol=1e-9)
    return bool(symmetric and np.linalg.eigvalsh(matrices).min() > 0)


def distinct(arrays):
    """The arrays without repetitions of the same values."""
    kept = []
    for array in arrays:
        if not any(np.allclose(array, other) for other in kept):
            kept.append(array)
    return kept


def ended_values(team, lab, ended):
    return [ended.weights, ended.means, ended.covariances]


def one_step_further(team, lab, ended):
    """The parameters after one more step of a candidate's iteration: where it ends, a step changes nothing."""
    model = team.gmm(components=len(ended.weights))
    model.generator_, model.variance_floor_ = lab.rng("diagnosis step"), 1e-9
    model.weights_, model.means_ = ended.weights.copy(), ended.means.copy()
    model.covariances_ = ended.covariances.copy()
    responsibilities, _ = model._expectation(ended.train)
    model._maximisation(ended.train, responsibilities)
    return [model.weights_, model.means_, model.covariances_]


def mixture_sampling_condition(team, lab):
    """A fit to separated clusters whose density, where it can be asked, is that of the reference's fit."""
    for number in range(FITS):
        train = separated(lab, 400, f"diagnosis apart {number}")
        model = team.gmm(components=3).fit(train)
        condition = Condition(train, train, {"components": 3}, model, marks={"training points": train})
        if not lab.passed("gmm.density") or not team.has("gmm", "score_samples"):
            return condition
        expected = lab.reference.gmm(components=3).fit(train)
        answers = of_hand_in(team, lab, "gmm", condition)
        condition.marks["means"] = expected.means_
        if np.median(np.abs(answers - logs(expected.score_samples, train))) < 0.02:
            return condition
    return None


def one_component_conditions(team, lab):
    train = lab.moons(200)
    probe = near(train, 0.2, 200, lab.rng("diagnosis probe"))
    return [Condition(train, probe, {"components": 1}, team.gmm(components=1).fit(train))]


def one_component_values(team, lab, condition):
    return [of_hand_in(team, lab, "gmm", condition)]


def one_component_expected(team, lab, condition):
    return [of_candidate(team, "gmm", condition)]


def one_component_per_call(team, lab):
    """The twin of a sampler that draws every point of one call from the same component."""
    if not team.has("gmm", "sample"):
        return ""
    train = separated(lab, 300, "diagnosis calls")
    model = team.gmm(components=3).fit(train)
    reference = lab.reference.gmm(components=3).fit(train)
    return "mixture_one_component_per_call" if one_place_per_call(model, reference.means_) else ""


def maximum_not_added_back(team, lab):
    """The twin of log-densities relative to the most likely component of each point, whatever they are taken for."""
    for number in range(FITS):
        train = separated(lab, 200, f"diagnosis maximum {number}", TOUCHING)
        probe = near(train, 0.3, 150, lab.rng("diagnosis probe"))
        density = density_of(team, lab, "gmm", team.gmm(components=3).fit(train), train)
        answers = np.exp(density(probe)) if density.plain else density(probe)
        joint = lab.reference.gmm(components=3).fit(train)._weighted_log_densities(probe)
        expected = np.log(np.exp(joint - joint.max(axis=1, keepdims=True)).sum(axis=1))
        if np.median(np.abs(answers - expected)) < 0.02 * np.std(expected):
            return "mixture_maximum_not_added_back"
    return ""


def stops_early(team, lab):
    """The twin of an iteration that ends too soon.

    Any M-step's result keeps the mean and the covariance of the training points, and iterations that converge
    come to one of few places. So densities of these moments, less likely than what can be reached, of which no
    two agree although they were fitted to the same points, were left on the way.
    """
    if not team.has("gmm", "score_samples"):
        return ""
    train = clusters(lab, 200, "diagnosis early")
    probe = near(train, 0.3, 150, lab.rng("diagnosis probe"))
    best = lab.reference.gmm(components=3).fit(train).score_samples(train).mean()
    answers = []
    for _ in range(4):
        density = density_of(team, lab, "gmm", team.gmm(components=3).fit(train), train)
        gain = best - instruments.ask(density, train).mean()
        answers.append(logs(density, probe))
        gaps = [np.median(np.abs(other - answers[-1])) for other in answers[:-1]]
        if not (0.01 < gain < np.inf and keeps_moments(density, train)) or min(gaps, default=1.0) < 0.005:
            return ""
    return "mixture_stops_early"


def keeps_moments(density, train, tolerance=0.01):
    """Whether a density integrates to 1 and has the mean and the covariance of the training points."""
    grid = instruments.grid_of(density, instruments.edges_around(train, 2.5, 110))
    x, y = (grid.x_edges[1:] + grid.x_edges[:-1]) / 2, (grid.y_edges[1:] + grid.y_edges[:-1]) / 2
    places, mass = lattice((x, y)), grid.mass.ravel()
    mean, covariance = mass @ places, np.cov(places.T, aweights=mass, ddof=0)
    wanted = np.cov(train.T, ddof=0)
    scale = np.sqrt(np.trace(wanted))
    return bool(
        abs(grid.integral - 1) < tolerance
        and np.abs(mean - train.mean(axis=0)).max() < tolerance * scale
        and np.abs(covariance - wanted).max() < 2 * tolerance * scale**2
    )
