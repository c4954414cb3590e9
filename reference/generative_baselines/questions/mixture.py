"""The Gaussian mixture: its fit, its density, its samples, and one component against the single Gaussian."""

from functools import partial

from grader.errors import TeamFault
from grader.judge import instruments
from grader.judge.checks import check
from grader.records import Verdict
from reference.generative_baselines.questions.asking import (
    density_of,
    judge_samples,
    leaves_data_alone,
    log_scale,
    near,
    sampling_habits,
    unchanged_by_sampling,
    without_density,
    without_sampler,
)
from reference.generative_baselines.questions.gaussian import truths
from reference.generative_baselines.questions.mixture_fits import (
    CELLS,
    ended_at_an_optimum,
    fit_seen_in_samples,
    moons_likelihood,
    refits,
    samples_follow,
    second_fit,
)
from reference.generative_baselines.questions.showing import density_picture, values_picture


@check
def gmm_fit(team, lab, *, fits, tolerance, components, likelihood_gap, likelihood_fails, order_share):
    """Expectation maximisation finds the components, and reaches the likelihood that it can reach."""
    where = lab.on(team, "gmm", "fit")
    found = refits(team, lab, fits, tolerance)
    best = found[0]
    if best.agreement is not None and best.agreement.proportional(tolerance):
        gap = lab.measured("median log-density error on three clusters", best.agreement.shape, at_most=tolerance, unit="nats")  # fmt: skip
        measured = [gap, second_fit(team, lab, fits, tolerance, order_share)]
        if best.agreement.within(tolerance):
            likelihood = moons_likelihood(team, lab, components, likelihood_gap)
            measured += [likelihood, *alone(team, lab, best, "fit", order_share)]
            if not likelihood.passed and likelihood.value <= likelihood_fails:
                return lab.outcome(Verdict.REVIEW, likelihood.message, likelihood.next_step, *measured)
        return lab.own(*measured)
    if fit_seen_in_samples(team, lab, found):
        return lab.own(lab.measured("fits whose samples follow the clusters", 1, at_least=1))
    return explain_fit(team, lab, where, best, len(found), components, likelihood_gap, tolerance)


def explain_fit(team, lab, where, best, count, components, likelihood_gap, tolerance):
    """What to say when neither density nor samples show the clusters."""
    if best.density is None:
        return lab.failed(f"{where}: the samples of {count} fits do not follow three clusters.")
    grid = instruments.grid_of(best.density, best.edges)
    normal = abs(grid.integral - 1) <= 0.02
    if not normal and not samples_follow(team, lab, best, best.density, "its own density"):
        return lab.outcome(
            Verdict.BLOCKED,
            f"{where}: what was learned cannot be seen: the density integrates to {grid.integral:.4g}, and the "
            "samples follow neither it nor the data.",
            "Repair density and samples first.",
        )
    show(lab, best, grid)
    error = lab.measured("median log-density error on three clusters", best.agreement.median, at_most=tolerance, unit="nats")  # fmt: skip
    words = (
        f"{where}: the best mixture for three clusters is not found in any of {count} fits; the nearest "
        f"log-density differs by {best.agreement.median:.2g} nats in the median"
    )
    step = "Does every step of the iteration update weights, means and covariances, until the likelihood stops growing?"
    if not normal:
        return lab.failed(words + ".", step, error)
    gain = best.truth(best.train).mean() - instruments.ask(best.density, best.train).mean()
    words += f", its likelihood is {gain:.2g} nats per point below what can be reached."
    if gain > 0.05 and ended_at_an_optimum(team, lab, best):
        likelihood = moons_likelihood(team, lab, components, likelihood_gap)
        if likelihood.passed:
            lab.note(
                f"{where}: the iteration converges, but from its start to a poorer optimum on three clusters; "
                "several starts, or k-means++, would find the better one. Accepted."
            )
            return lab.own(likelihood)
    return lab.failed(words, step, error)


@check
def gmm_density(team, lab, *, fits, tolerance, integral_tolerance, plain_share, order_share):
    """The mixture's log-density is that of the weighted sum of its normal components."""
    absent = without_density(team, lab, "gmm")
    if absent:
        return absent
    found = refits(team, lab, fits, tolerance)
    one = found[0]
    where = lab.on(team, "gmm", "score_samples")
    grid = instruments.grid_of(one.density, one.edges)
    integral = instruments.integrates_to_one(lab, grid, tolerance=integral_tolerance, where=where)
    if one.agreement.within(tolerance) and integral.passed:
        error = lab.measured("median log-density error", one.agreement.median, at_most=tolerance, unit="nats")
        orders = [*unchanged(team, lab, one, order_share), *alone(team, lab, one, "score_samples", order_share)]  # fmt: skip
        return log_scale(lab, one.density, plain_share, integral, error, *orders)
    if not integral.passed:
        return wrong_integral(lab, where, grid, integral, one, tolerance)
    seen = fit_seen_in_samples(team, lab, found)
    if seen and not samples_follow(team, lab, seen, seen.density, "its own density"):
        gap = instruments.agreement(
            instruments.ask(seen.density, seen.train), seen.truth(seen.train), tolerance
        ).median
        show(lab, seen, grid if seen is one else None)
        return lab.failed(
            f"{where}: the density is not that of the mixture which the samples follow; it differs by {gap:.2g} "
            "nats in the median (three clusters of unequal weights).",
            "Does every component count with its weight and its own covariance?",
            integral,
        )
    return log_scale(lab, one.density, plain_share, integral, *unchanged(team, lab, one, order_share))


def show(lab, one, grid=None):
    """Pictures of a refit's density beside the reference's."""
    if grid is not None:
        density_picture(lab, grid, one.truth)
    values_picture(lab, one.answers, one.expected)


def wrong_integral(lab, where, grid, integral, one, tolerance):
    """The words for a density that does not integrate to 1."""
    show(lab, one, grid)
    words = f"{where}: the density integrates to {grid.integral:.4g}, not to 1 (three clusters)."
    step = "Ask with one component first: the density must then be that of the single Gaussian."
    if one.agreement.proportional(tolerance):
        words += " Its shape is right, so a constant factor is wrong."
        step = "Check the factor in front of each Gaussian: 2 pi, and the root of the determinant."
    return lab.failed(words, step, integral)


def alone(team, lab, one, method, share):
    """The method must not write into the caller's points."""
    build = partial(team.gmm, components=3)
    return leaves_data_alone(team, lab, "gmm", build, one.train, (method,), share)


def unchanged(team, lab, one, share):
    """The density must be the same after sampling."""
    if not team.has("gmm", "sample"):
        return []
    try:
        measured = unchanged_by_sampling(lab, one.density, one.model, one.train[:100], share)
        return [measured.proving("density_changed_by_sampling")]
    except TeamFault:
        return []


@check
def gmm_sampling(team, lab, *, fits, tolerance):
    """Samples choose a component by its weight and then a point from its Gaussian."""
    absent = without_sampler(team, lab, "gmm")
    if absent:
        return absent
    lab.on(team, "gmm", "sample")
    found = refits(team, lab, fits, tolerance)
    one = found[0]
    try:
        habits = sampling_habits(team, lab, "gmm", one.model, lambda: team.gmm(components=3), one.train)
        habits[-1] = one_component_habit(team, lab, one.train, habits[-1]).proving("mixture_same_sample")
        followed = judged(team, lab, found)
    except TeamFault as fault:
        return lab.failed(fault.sentence())
    return lab.own(*habits, *followed)


def one_component_habit(team, lab, train, measured):
    """Whether every call returns the same points, asked of one component: several come in another order each fit."""
    if not measured.passed:
        return measured
    try:
        return sampling_habits(team, lab, "gmm", team.gmm(components=1).fit(train), lambda: team.gmm(components=1), train)[-1]  # fmt: skip
    except TeamFault:
        return measured


def judged(team, lab, found):
    """The samples against the team's own density where that passed, else against the clusters first."""
    one = found[0]
    own = (one.density, "your own density")
    if one.density is not None and lab.passed("gmm.density"):
        return judge_samples(team, lab, "gmm", one.model, one.edges, [own], one.train)
    seen = fit_seen_in_samples(team, lab, found)
    if seen:
        return [lab.measured("fits whose samples follow the clusters", 1, at_least=1)]
    against = [(one.truth, "the best mixture for the clusters")] + ([own] if one.density is not None else [])
    return judge_samples(team, lab, "gmm", one.model, one.edges, against, one.train)


@check
def one_component_equals_gaussian(team, lab, *, tolerance):
    """A mixture with one component gives the same density as the single Gaussian."""
    train = lab.moons(500)
    mixture = team.gmm(components=1).fit(train)
    probe = near(train, 0.2, 300, lab.rng("probe"))
    whose, expected = "that of a Gaussian with the data's mean and covariance", truths(train)[0](probe)
    if lab.passed("gaussian.density") and team.has("gaussian", "score_samples"):
        gaussian = team.gaussian().fit(train)
        density = density_of(team, lab, "gaussian", gaussian, train)
        whose, expected = f"that of {density.where}", instruments.ask(density, probe)
    if not lab.passed("gmm.density") or not team.has("gmm", "score_samples"):
        return by_samples(team, lab, mixture, train)
    density = density_of(team, lab, "gmm", mixture, train)
    answers = instruments.ask(density, probe)
    gap = instruments.agreement(answers, expected, tolerance).median
    if not gap <= tolerance:
        values_picture(lab, answers, expected)
    return lab.own(
        lab.measured(
            "median log-density gap",
            gap,
            at_most=tolerance,
            unit="nats",
            message=f"{density.where}: with one component the log-density differs from {whose} by {gap:.2g} nats "
            "in the median (500 moons).",
            next_step="With one component every responsibility is 1: what do the update rules give then?",
        )
    )


def by_samples(team, lab, mixture, train):
    """Without a right density the samples of one component are compared with the Gaussian."""
    if not team.has("gmm", "sample"):
        return lab.outcome(Verdict.BLOCKED, "Not decided by the machine: the mixture's density did not pass.")
    edges = instruments.edges_around(train, 2.0, CELLS)
    try:
        followed = judge_samples(
            team, lab, "gmm", mixture, edges, [(truths(train)[0], "the single Gaussian")], train
        )
    except TeamFault as fault:
        return lab.outcome(Verdict.BLOCKED, f"Not decided by the machine: {fault.what}")
    if instruments.all_pass(followed):
        return lab.own(*followed)
    return lab.outcome(
        Verdict.BLOCKED, "Not decided by the machine: the mixture's density did not pass.", "", *followed
    )
