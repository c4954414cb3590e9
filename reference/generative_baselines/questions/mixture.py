"""The Gaussian mixture: separated clusters have one best fit, so that every value can be compared."""

from dataclasses import dataclass

import numpy as np

from grader.errors import TeamFault
from grader.judge import instruments
from grader.judge.checks import check
from grader.records import Verdict
from reference.generative_baselines.questions.asking import (
    density_of,
    draw,
    draws_differ,
    judge_samples,
    log_scale,
    near,
    unchanged_by_sampling,
    without_density,
    without_sampler,
)
from reference.generative_baselines.questions.gaussian import truths

POINTS = 400
CELLS = 130


@dataclass
class Refit:
    """One fit to three separated clusters, beside the reference's fit to the same points."""

    model: object
    train: np.ndarray
    truth: object
    density: object
    agreement: instruments.Agreement | None

    @property
    def edges(self):
        return instruments.edges_around(self.train, 2.5, CELLS)


def refits(team, lab, count, tolerance):
    """Up to `count` fits, each to fresh clusters, until one agrees with the reference; the best comes first.

    Expectation maximisation may end in a poorer optimum, so one fit proves nothing against a team.
    """

    def make(lab):
        found = []
        for _ in range(count):
            found.append(refit(team, lab, tolerance))
            if found[-1].agreement is None or found[-1].agreement.proportional(tolerance):
                break
        return sorted(found, key=lambda r: misses(r, tolerance))

    return lab.once("mixture on clusters", make)


def misses(one, tolerance):
    """How far a refit is from the truth up to a constant, for sorting."""
    if one.agreement is None:
        return (0, 0.0)
    return (not one.agreement.proportional(tolerance), one.agreement.shape)


def refit(team, lab, tolerance):
    train = lab.three_clusters(POINTS)
    truth = lab.reference.gmm(components=3).fit(train).score_samples
    model = team.gmm(components=3).fit(train)
    if not team.has("gmm", "score_samples"):
        return Refit(model, train, truth, None, None)
    density = density_of(team, lab, "gmm", model, train)
    probe = near(train, 0.4, 300, lab.rng("probe"))
    found = instruments.agreement(instruments.ask(density, probe), truth(probe), tolerance)
    return Refit(model, train, truth, density, found)


def samples_follow(team, lab, one, density, name):
    """Whether a refit's samples follow a density; a sampler that fails does not."""
    if not team.has("gmm", "sample"):
        return False
    try:
        found = judge_samples(team, lab, "gmm", one.model, one.edges, [(density, name)])
    except TeamFault:
        return False
    return instruments.all_pass(found)


def fit_seen_in_samples(team, lab, found, count, tolerance):
    """The refit whose samples follow the reference, if there is one: then it was learned correctly."""

    def make(lab):
        tried = list(found)
        while True:
            for one in tried:
                if samples_follow(team, lab, one, one.truth, "the clusters"):
                    return one
            if len(found) >= count or not team.has("gmm", "sample"):
                return None
            tried = [refit(team, lab, tolerance)]
            found.append(tried[0])

    return lab.once("mixture seen in samples", make)


@check
def gmm_fit(team, lab, *, fits, tolerance, components, likelihood_gap, likelihood_fails, order_share):
    """Expectation maximisation finds the components, and reaches the likelihood that it can reach."""
    where = lab.on(team, "gmm", "fit")
    found = refits(team, lab, fits, tolerance)
    best = found[0]
    if best.agreement is not None and best.agreement.proportional(tolerance):
        gap = lab.measured("median log-density error on separated clusters", best.agreement.shape, at_most=tolerance, unit="nats")  # fmt: skip
        measured = [gap, second_fit(team, lab, fits, tolerance, order_share)]
        if best.agreement.within(tolerance):
            likelihood = moons_likelihood(team, lab, components, likelihood_gap)
            measured.append(likelihood)
            if not likelihood.passed and likelihood.value <= likelihood_fails:
                return lab.outcome(Verdict.REVIEW, likelihood.message, likelihood.next_step, *measured)
        return lab.own(*measured)
    if fit_seen_in_samples(team, lab, found, fits, tolerance):
        return lab.own(lab.measured("fits whose samples follow the clusters", 1, at_least=1))
    return explain_fit(team, lab, where, best, len(found), components, likelihood_gap, tolerance)


def explain_fit(team, lab, where, best, count, components, likelihood_gap, tolerance):
    """What to say when neither density nor samples show the clusters."""
    if best.density is None:
        return lab.failed(f"{where}: the samples of {count} fits do not follow three separated clusters.")
    grid = instruments.grid_of(best.density, best.edges)
    normal = abs(grid.integral - 1) <= 0.02
    if not normal and not samples_follow(team, lab, best, best.density, "its own density"):
        return lab.outcome(
            Verdict.BLOCKED,
            f"{where}: what was learned cannot be seen: the density integrates to {grid.integral:.4g}, and the "
            "samples follow neither it nor the data.",
            "Repair density and samples first.",
        )
    error = lab.measured("median log-density error on separated clusters", best.agreement.median, at_most=tolerance, unit="nats")  # fmt: skip
    gain = best.truth(best.train).mean() - instruments.ask(best.density, best.train).mean()
    words = (
        f"{where}: three well separated clusters are not found in any of {count} fits; the best log-density "
        f"differs by {best.agreement.median:.2g} nats in the median"
    )
    words += f", the likelihood is {gain:.2g} nats per point below what can be reached." if normal else "."
    step = "Does every step of the iteration update weights, means and covariances, until the likelihood stops growing?"
    likelihood = moons_likelihood(team, lab, components, likelihood_gap) if normal else None
    if likelihood is not None and not likelihood.passed:
        return lab.failed(words, step, error)
    if likelihood is not None and ended_at_an_optimum(team, lab, best):
        lab.note(
            f"{where}: the iteration converges, but from its start to a poorer optimum on separated clusters; "
            "several starts, or k-means++, would find the better one. Accepted."
        )
        return lab.own(likelihood)
    if normal and gain < likelihood_gap:
        return lab.outcome(
            Verdict.REVIEW, words + " Another optimum is possible: a person looks.", step, error
        )
    return lab.failed(words, step, error)


def ended_at_an_optimum(team, lab, one, most=0.005, n=6000):
    """Whether one more EM step of ours would leave the likelihood of a refit as it is (nats per point).

    The team's parameters are read off many of its own samples, so the samples must follow its density first.
    """
    if not samples_follow(team, lab, one, one.density, "its own density"):
        return False
    copy = lab.reference.gmm(components=3).fit(draw(team, lab, "gmm", one.model, n))
    probe = near(one.train, 0.2, 300, lab.rng("optimum"))
    if (
        instruments.agreement(copy.score_samples(probe), instruments.ask(one.density, probe), 0.1).median
        > 0.1
    ):
        return False
    responsibilities, before = copy._expectation(one.train)
    copy._maximisation(one.train, responsibilities)
    return copy._expectation(one.train)[1] - before < most


def second_fit(team, lab, fits, tolerance, share):
    """A model fitted before to other clusters must learn the new ones."""
    where = lab.on(team, "gmm", "fit")
    best = np.inf
    for _ in range(fits):
        model = team.gmm(components=3).fit(lab.three_clusters(150) + 1.0)
        train = lab.three_clusters(POINTS)
        try:
            density = density_of(team, lab, "gmm", model.fit(train), train)
            probe = near(train, 0.4, 200, lab.rng("second probe"))
            answers = instruments.ask(density, probe)
        except TeamFault:
            continue
        truth = lab.reference.gmm(components=3).fit(train).score_samples
        found = instruments.agreement(answers, truth(probe), tolerance)
        best = found.shape if found.proportional(tolerance) else min(best, max(found.shape, 2 * tolerance))
        if best <= tolerance:
            break
    return lab.measured(
        "median log-density error after a second fit",
        best,
        at_most=tolerance,
        unit="nats",
        share=share,
        message=f"{where}: a second fit on other data keeps something of the first one.",
        next_step="Everything that fit computes from data must be computed anew on every call.",
    )


def moons_likelihood(team, lab, components, likelihood_gap):
    """The best of five fits to moons against the reference's best on the same points."""
    gaps = []
    for _ in range(5):
        train = lab.moons(500)
        reference = lab.reference.gmm(components=components).fit(train)
        model = team.gmm(components=components).fit(train)
        density = density_of(team, lab, "gmm", model, train)
        gaps.append(float(reference.score_samples(train).mean() - instruments.ask(density, train).mean()))
        if gaps[-1] <= likelihood_gap:
            break
    best = min(gaps)
    where = lab.on(team, "gmm", "fit")
    return lab.measured(
        f"likelihood below the reference, {components} components on moons",
        best,
        at_most=likelihood_gap,
        unit="nats per point",
        message=f"{where}: with {components} components on moons the log-likelihood stays {best:.2g} nats per point "
        f"below what can be reached, in the best of {len(gaps)} fits.",
        next_step="Plot the likelihood over the iterations: does it still rise when you stop?",
    )


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
        return log_scale(
            lab, one.density, plain_share, integral, error, *unchanged(team, lab, one, order_share)
        )
    if not integral.passed:
        return wrong_integral(lab, where, grid, integral, one, tolerance)
    seen = fit_seen_in_samples(team, lab, found, fits, tolerance)
    if seen and not samples_follow(team, lab, seen, seen.density, "its own density"):
        gap = instruments.agreement(
            instruments.ask(seen.density, seen.train), seen.truth(seen.train), tolerance
        ).median
        return lab.failed(
            f"{where}: the density is not that of the mixture which the samples follow; it differs by {gap:.2g} "
            "nats in the median (three separated clusters of unequal weights).",
            "Does every component count with its weight and its own covariance?",
            integral,
        )
    return log_scale(lab, one.density, plain_share, integral, *unchanged(team, lab, one, order_share))


def wrong_integral(lab, where, grid, integral, one, tolerance):
    """The words for a density that does not integrate to 1."""
    words = f"{where}: the density integrates to {grid.integral:.4g}, not to 1 (three separated clusters)."
    step = "Ask with one component first: the density must then be that of the single Gaussian."
    if one.agreement.proportional(tolerance):
        words += " Its shape is right, so a constant factor is wrong."
        step = "Check the factor in front of each Gaussian: 2 pi, and the root of the determinant."
    return lab.failed(words, step, integral)


def unchanged(team, lab, one, share):
    """The density must be the same after sampling."""
    if not team.has("gmm", "sample"):
        return []
    try:
        return [unchanged_by_sampling(lab, one.density, one.model, one.train[:100], share)]
    except TeamFault:
        return []


@check
def gmm_sampling(team, lab, *, fits, tolerance):
    """Samples choose a component by its weight and then a point from its Gaussian."""
    absent = without_sampler(team, lab, "gmm")
    if absent:
        return absent
    where = lab.on(team, "gmm", "sample")
    found = refits(team, lab, fits, tolerance)
    one = found[0]
    try:
        first, differ = draws_differ(
            team, lab, "gmm", one.model, lambda: team.gmm(components=3).fit(one.train)
        )
        copies = instruments.duplicates(lab, first, one.train, where=where)
        followed = judged(team, lab, found, fits, tolerance)
    except TeamFault as fault:
        return lab.failed(fault.sentence())
    return lab.own(*copies, differ, *followed)


def judged(team, lab, found, fits, tolerance):
    """The samples against the team's own density where that passed, else against the clusters first."""
    one = found[0]
    own = (one.density, "your own density")
    if one.density is not None and lab.passed("gmm.density"):
        return judge_samples(team, lab, "gmm", one.model, one.edges, [own])
    seen = fit_seen_in_samples(team, lab, found, fits, tolerance)
    if seen:
        return [lab.measured("fits whose samples follow the clusters", 1, at_least=1)]
    against = [(one.truth, "three separated clusters")] + ([own] if one.density is not None else [])
    return judge_samples(team, lab, "gmm", one.model, one.edges, against)


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
    gap = instruments.agreement(instruments.ask(density, probe), expected, tolerance).median
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
            team, lab, "gmm", mixture, edges, [(truths(train)[0], "the single Gaussian")]
        )
    except TeamFault as fault:
        return lab.outcome(Verdict.BLOCKED, f"Not decided by the machine: {fault.what}")
    if instruments.all_pass(followed):
        return lab.own(*followed)
    return lab.outcome(
        Verdict.BLOCKED, "Not decided by the machine: the mixture's density did not pass.", "", *followed
    )
