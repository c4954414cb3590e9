"""The single Gaussian: correlated data, where a lost correlation or a transposed factor is large."""

import numpy as np

from grader.errors import TeamFault
from grader.judge import instruments
from grader.judge.checks import check
from reference.generative_baselines.questions.asking import (
    density_of,
    first_of_their_kind,
    fits_again,
    independent_of_others,
    judge_samples,
    leaves_data_alone,
    log_scale,
    near,
    sampling_habits,
    unchanged_by_sampling,
    without_density,
    without_sampler,
)
from reference.generative_baselines.questions.showing import density_picture, values_picture

POINTS = 300
CELLS = 110


def normal(mean, covariance):
    """The log-density of a normal distribution in the plane, as a callable."""
    inverse, determinant = np.linalg.inv(covariance), np.linalg.det(covariance)

    def log_density(points):
        centred = points - mean
        distance = np.einsum("ni,ij,nj->n", centred, inverse, centred)
        return -0.5 * distance - 0.5 * np.log(determinant) - np.log(2 * np.pi)

    return log_density


def truths(train):
    """The log-densities that count as right: covariance over n, and over n - 1."""
    mean = train.mean(axis=0)
    return [normal(mean, np.cov(train.T, ddof=ddof)) for ddof in (0, 1)]


@check
def gaussian_density(team, lab, *, tolerance, integral_tolerance, plain_share, order_share):
    """The Gaussian's log-density is the normal one with mean and covariance of the training points."""
    absent = without_density(team, lab, "gaussian")
    if absent:
        return absent
    train = lab.correlated(POINTS)
    model = team.gaussian().fit(train)
    density = density_of(team, lab, "gaussian", model, train)
    probe = near(train, 0.5, 300, lab.rng("probe"))
    answers = instruments.ask(density, probe)
    found = [instruments.agreement(answers, truth(probe), tolerance) for truth in truths(train)]
    best = min(found, key=lambda a: a.median)
    grid = instruments.grid_of(density, edges_for(train))
    integral = instruments.integrates_to_one(lab, grid, tolerance=integral_tolerance, where=density.where)
    if not best.within(tolerance):
        truth = truths(train)[found.index(best)]
        density_picture(lab, grid, truth)
        values_picture(lab, answers, truth(probe))
        return explain(lab, density, grid, train, integral, best)
    if best is found[1] and best.median < 0.1 * found[0].median:
        lab.note("Covariance divided by n - 1.")
    error = lab.measured("median log-density error", best.median, at_most=tolerance, unit="nats")
    return log_scale(lab, density, plain_share, integral, error, *orders(team, lab, order_share))


def explain(lab, density, grid, train, integral, found):
    """The words for a density that is not the normal one."""
    if found.proportional(0.01) and not integral.passed:
        return lab.failed(
            f"{density.where}: the shape is right, but the density integrates to {grid.integral:.4g}, not to 1.",
            "Check the factor in front of the exponential: 2 pi, and the root of the determinant.",
            integral,
        )
    error = lab.measured("median log-density error", found.median, at_most=0.01, unit="nats")
    words, step = "", "Compare mean and covariance after fit with np.mean and np.cov of the same data."
    if integral.passed:
        words = moments_in_words(grid, train)
    else:
        words = f" The density integrates to {grid.integral:.4g}, not to 1."
    return lab.failed(
        f"{density.where}: the log-density differs from that of the normal distribution with the data's mean and "
        f"covariance by {found.median:.3g} nats in the median.{words}",
        step,
        integral,
        error,
    )


def moments_in_words(grid, train):
    """Correlation and standard deviations of the team's density beside those of the data."""
    x, y = (grid.x_edges[1:] + grid.x_edges[:-1]) / 2, (grid.y_edges[1:] + grid.y_edges[:-1]) / 2
    places = np.stack(np.meshgrid(x, y, indexing="ij"), axis=-1).reshape(-1, 2)
    theirs = np.cov(places.T, aweights=grid.mass.ravel(), ddof=0)
    data = np.cov(train.T, ddof=0)
    told = []
    for name, c in (("density", theirs), ("data", data)):
        deviation = np.sqrt(np.diag(c))
        told.append(
            f"{name}: standard deviations {deviation[0]:.2f} and {deviation[1]:.2f}, "
            f"correlation {c[0, 1] / deviation.prod():.2f}"
        )
    return f" ({'; '.join(told)}.)"


def orders(team, lab, share):
    """Sampling must not change the density, and a fit must forget those before it, of this model and of others."""
    first, second = lab.moons(60), lab.moons(60) + 0.3
    model = team.gaussian().fit(first)
    measured = []
    if team.has("gaussian", "sample"):
        try:
            density = density_of(team, lab, "gaussian", model, first)
            changed = unchanged_by_sampling(lab, density, model, first, share)
            measured.append(changed.proving("density_changed_by_sampling"))
        except TeamFault:
            measured = []
    fresh = team.gaussian().fit(second)
    again = fits_again(team, lab, "gaussian", model.fit(second), fresh, second, share)
    shared = independent_of_others(team, lab, "gaussian", *first_of_their_kind(team, lab)["gaussian"], share)
    alone = leaves_data_alone(team, lab, "gaussian", team.gaussian, second, ("fit", "score_samples"), share)
    return [*measured, again.proving("second_fit_keeps_first"), *shared, *alone]


def edges_for(train):
    """A grid wide enough for a density whose variances were confused with deviations."""
    return instruments.edges_around(train, 3 * train.std(axis=0).max(), CELLS)


@check
def gaussian_sampling(team, lab):
    """Samples of the Gaussian have the mean and the covariance of the training points."""
    absent = without_sampler(team, lab, "gaussian")
    if absent:
        return absent
    train = lab.correlated(POINTS)
    model = team.gaussian().fit(train)
    try:
        habits = sampling_habits(team, lab, "gaussian", model, team.gaussian, train)
        habits[-1] = habits[-1].proving("gaussian_same_sample")
        against = against_what(team, lab, model, train)
        followed = judge_samples(team, lab, "gaussian", model, edges_for(train), against, train)
    except TeamFault as fault:
        return lab.failed(fault.sentence())
    return lab.own(*habits, *followed)


def against_what(team, lab, model, train):
    """The densities that the samples may follow: the team's own where it passed, else the truth first."""
    known = [(truths(train)[0], "the normal distribution with the data's mean and covariance")]
    if not team.has("gaussian", "score_samples"):
        return known
    own = (density_of(team, lab, "gaussian", model, train), "your own density")
    return [own] if lab.passed("gaussian.density") else [*known, own]
