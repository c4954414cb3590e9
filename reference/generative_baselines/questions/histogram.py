"""The histogram: range and counts, density, samples."""

from dataclasses import replace
from functools import partial

import numpy as np

from grader.errors import TeamFault
from grader.judge import instruments, statistics
from grader.judge.checks import check
from grader.records import Verdict
from reference.generative_baselines.questions.asking import (
    density_of,
    draw,
    fits_again,
    forget_others,
    independent_of_others,
    judge_samples,
    leaves_data_alone,
    log_scale,
    sampling_habits,
    unchanged_by_sampling,
    without_density,
    without_sampler,
)
from reference.generative_baselines.questions.histogram_cells import (
    PARTS,
    constant,
    fixed,
    inside,
    look,
    note_cells,
    own_samples,
    samples_have,
    seen_share,
    show_cells,
    smoothed,
    subdivided,
)

COARSE = 0.1
"""Tolerance of an integral over a grid that is not aligned with the bins."""


@check
def histogram_fit(team, lab, *, bins, tolerance, order_share):
    """The histogram covers the data and counts the training points per bin."""
    seen = look(team, lab, bins, tolerance)
    where = lab.on(team, "histogram", "fit")
    if seen.cells is None:
        return fit_without_cells(team, lab, seen, bins)
    note_cells(lab, seen, bins)
    covered = lab.measured(
        "share of training points outside all bins",
        seen.outside,
        at_most=0.02,
        message=f"{where}: {seen.outside:.1%} of the training points lie in no bin.",
        next_step="The bins must cover all data: take the range from the smallest and largest values.",
    )
    if not covered.passed:
        return lab.failed("", "", covered)
    gap = float(np.abs(np.sort(seen.cells.weights.ravel()) - np.sort(seen.expected.ravel())).max())
    right = seen.matches(seen.expected, tolerance) or smoothed(lab, seen, tolerance)
    if right or seen.proportional(seen.expected, tolerance) or samples_have(team, lab, seen, seen.expected):
        again = refitted(team, lab, bins, order_share)
        points, late = seen.late
        with np.errstate(divide="ignore"):
            first = constant(seen.cells, np.log(seen.cells.weights) - np.log(seen.cells.areas))(points)
        untouched = alone(team, lab, seen, bins, "fit", order_share)
        shared = independent_of_others(team, lab, "histogram", late, first, order_share)
        return lab.own(covered, again, *shared, *untouched)
    show_cells(lab, seen, bins)
    swapped = seen.expected.T
    if seen.matches(swapped, tolerance) and samples_have(team, lab, seen, swapped):
        return lab.failed(
            f"{where}: the counts of x and y are swapped: the bin at (x, y) holds the count of the bin at (y, x).",
            "Compare the density of the cloud's far left end with a picture of the data.",
            covered,
        )
    if own_samples(team, lab, seen) or abs(seen.cells.weights.sum() - 1) <= 0.05:
        return lab.failed(
            f"{where}: the weights of the bins are not the shares of the training points in them "
            f"({seen.counts.shape[0]} x {seen.counts.shape[1]} bins, 500 points).",
            "Fit a handful of points whose bins you know by hand and compare the counts.",
            covered,
            lab.measured("largest error of a bin's weight", gap, at_most=1e-4),
        )
    return lab.outcome(
        Verdict.BLOCKED,
        f"{where}: the counts cannot be seen, because neither the density nor the samples fit the data.",
        "Repair the density first.",
        covered,
    )


def fit_without_cells(team, lab, seen, bins):
    """Without readable cells the samples alone show what was learned."""
    if seen.density is not None:
        show_cells(lab, seen, bins)
        return lab.failed(
            f"{seen.density.where}: the density is not constant on rectangular bins.",
            "Plot the density on a fine grid: every bin should have one colour.",
        )
    if not team.has("histogram", "sample"):
        return lab.outcome(Verdict.BLOCKED, "Neither a density nor samples show what was learned.")
    points = draw(team, lab, "histogram", seen.model, 2000)
    reference = lab.reference.histogram(bins=bins).fit(seen.train)
    expected = seen_share(reference, seen.train)
    counted = np.histogram2d(*points.T, bins=(reference.x_edges_, reference.y_edges_))[0]
    p = statistics.chi_square_p(counted.ravel(), expected.ravel() * counted.sum())
    if p > 1e-5:
        return lab.own(lab.likely("chi-square p-value of the samples per bin", p))
    return lab.outcome(Verdict.REVIEW, "There is no density, and the samples use other bins than ours: a person looks.")  # fmt: skip


def refitted(team, lab, bins, share, asked=False):
    """A second fit must forget the first, also where the density was `asked` for in between."""
    if not team.has("histogram", "score_samples"):
        return lab.measured("second fit (no density to see it by)", 0, at_most=0)
    first = lab.moons(100)
    if "range" in (getattr(team.histogram(bins=bins).fit(first), "effective", None) or {}):
        return lab.measured("second fit (the range comes from us, once)", 0, at_most=0)
    low, size = first.min(axis=0), np.ptp(first, axis=0)
    # Mirrored and moved, but of the same extent: a width of bins that follows from it stays the same.
    second = 2 * low + size - first + 0.4 * size
    inner = inside(second)
    fresh = team.histogram(bins=bins).fit(second)
    try:
        old = first[first[:, 0] < low[0] + 0.3 * size[0]]
        other, model = (team.histogram(bins=bins).fit(first) for _ in range(2))
        before = density_of(team, lab, "histogram", model if asked else other, old)(old)
        model = model.fit(second)
        found = fits_again(team, lab, "histogram", model, fresh, inner, share)
        both = inner[np.all(inner < first.max(axis=0), axis=1)]
        if found.passed and len(both):  # what is kept of the first may be seen only where it was
            found = fits_again(team, lab, "histogram", model, fresh, both, share)
        return found if asked else kept_counts(team, lab, model, found, old, before)
    except TeamFault as fault:
        return lab.measured(
            "second fit", np.nan, at_most=1e-6, share=share, message=f"On a second fit: {fault.what}"
        )


def kept_counts(team, lab, model, found, points, before):
    """The second fit's measurement with what it proves: the first one's counts are kept, or only its range.

    `points` (n, 2) lie outside of the second data; the first fit had the log-density `before` (n,) there.
    """
    if found.passed:
        return found
    after = density_of(team, lab, "histogram", model, points)(points)
    if np.median(after - before) < np.log(0.2):
        return found.proving("histogram_keeps_first_range")
    where = lab.on(team, "histogram", "fit")
    message = f"{where}: a second fit keeps the first one's counts: its points are still there."
    return replace(found.proving("histogram_keeps_first_counts"), message=message)


@check
def histogram_density(team, lab, *, bins, fine, tolerance, plain_share, order_share, outside_share):
    """The histogram's density is the share of points in the bin over its area, and integrates to 1."""
    absent = without_density(team, lab, "histogram")
    if absent:
        return absent
    seen = look(team, lab, bins, tolerance)
    where = seen.density.where
    if seen.cells is None:
        return lab.outcome(Verdict.BLOCKED, f"{where}: no bins can be read off the density.")
    total = float(seen.cells.weights.sum())
    integral = lab.measured(
        "integral of the density",
        total,
        between=(0.98, 1.02),
        message=f"{where}: the density integrates to {total:.4g}, not to 1 "
        f"({seen.counts.shape[0]} x {seen.counts.shape[1]} bins, 500 points).",
        next_step="What turns the share of points in a bin into a density? Think of the unit.",
    )
    if not integral.passed:
        show_cells(lab, seen, bins)
        return lab.failed("", "", integral)
    if lab.passed("histogram.fit") and not (
        seen.matches(seen.expected, tolerance) or smoothed(lab, seen, tolerance)
    ):
        show_cells(lab, seen, bins)
        return wrong_places(lab, seen, tolerance, integral)
    if not lab.passed("histogram.fit"):
        forget_others(team)  # what models leave behind for the next one is told there
    many = with_many_bins(team, lab, fine)
    if not many.passed:
        return lab.failed("", "", integral, many)
    measured = [integral, many, *edge_behaviour(team, lab, seen, outside_share)]
    if team.has("histogram", "sample"):
        measured += unchanged(lab, seen, order_share)
    measured += alone(team, lab, seen, bins, "score_samples", order_share)
    if lab.passed("histogram.fit"):
        measured.append(refitted(team, lab, bins, order_share, asked=True).proving("histogram_density_kept"))
    return log_scale(lab, seen.density, plain_share, *measured)


def with_many_bins(team, lab, fine):
    """The integral when most bins hold few points or none: counts that are smoothed must still add up."""
    train = lab.moons(500)
    model = team.histogram(bins=fine).fit(train)
    density = density_of(team, lab, "histogram", model, train)
    # Beyond the data: a wide range of one's own, with something in its empty bins; bins as wide as the number given.
    for margin in (0.0, 4.0, 2.0 * fine):
        total = instruments.grid_of(density, instruments.edges_around(train, margin, 100)).integral
        if total >= 1 - COARSE:
            break
    return lab.measured(
        f"integral of the density with {fine} x {fine} bins",
        total,
        between=(1 - COARSE, 1 + COARSE),
        message=f"{density.where}: with {fine} x {fine} bins the density integrates to {total:.3g}, not to 1, although "
        "with few bins it does.",
        next_step="What is added to every bin has to be counted in the total as well.",
    ).proving("histogram_smoothing_not_in_total")


def wrong_places(lab, seen, tolerance, integral):
    """The counts are right but the density puts them elsewhere."""
    where = seen.density.where
    if seen.matches(seen.expected.T, tolerance):
        return lab.failed(
            f"{where}: x and y are swapped: at (x, y) it gives the density that belongs to (y, x).",
            "Which axis of the counts is x? Ask at one point far from the diagonal.",
            integral,
        )
    gap = float(np.abs(seen.cells.weights - seen.expected).max())
    return lab.failed(
        f"{where}: the density of a bin is not its share of the training points over its area.",
        "Fit a handful of points whose bins you know by hand and compare.",
        integral,
        lab.measured("largest error of a bin's probability", gap, at_most=1e-4),
    )


def edge_behaviour(team, lab, seen, share):
    """What happens at the border of the range and beyond it."""
    where = seen.density.where
    told = {"raises": "the code fails", "continues": "the density goes on"}.get(seen.cells.outside, "")
    yield lab.measured(
        "density outside the range: failures or values above 0",
        float(seen.cells.outside != "zero"),
        at_most=0,
        share=share,
        message=f"{where}: outside the range of the bins {told}; it should be 0 there, its logarithm minus infinity.",
        next_step="Ask for the density at a point far away from the data.",
    ).proving("histogram_continues_outside" if seen.cells.outside == "continues" else "")
    if not lab.passed("histogram.fit"):
        return
    try:
        inside = np.asarray(seen.density(seen.train), dtype=float)
    except TeamFault as fault:
        yield lab.measured(
            "training points that can be scored",
            0.0,
            at_least=1,
            share=share,
            message=f"{where}: fails on the training data itself. {fault.what}",
            next_step="To which bin does the largest value of each coordinate belong?",
        )
        return
    lost = int(np.sum(~(inside > -700)))
    yield lab.measured(
        "training points with density 0",
        lost,
        at_most=0.02 * len(inside),
        share=share,
        message=f"{where}: {lost} of {len(inside)} training points get density 0.",
        next_step="To which bin does the largest value of each coordinate belong?",
    )
    if 0 < lost <= 0.02 * len(inside):
        lab.note(f"{lost} training points at the border of the range get density 0 (costs nothing).")


def alone(team, lab, seen, bins, method, share):
    """The method must not write into the caller's points."""
    build = partial(team.histogram, bins=bins)
    return leaves_data_alone(team, lab, "histogram", build, seen.train, (method,), share)


def unchanged(lab, seen, share):
    """The density must be the same after sampling; a sampler that fails is judged elsewhere."""
    try:
        measured = unchanged_by_sampling(lab, seen.density, seen.model, seen.train[:100], share)
        return [measured.proving("histogram_sampling_changes_density")]
    except TeamFault:
        return []


@check
def histogram_sampling(team, lab, *, bins, tolerance):
    """Samples choose a bin by its weight and then a uniform place inside it."""
    absent = without_sampler(team, lab, "histogram")
    if absent:
        return absent
    lab.on(team, "histogram", "sample")
    seen = look(team, lab, bins, tolerance)
    if not lab.passed("histogram.fit"):
        forget_others(team)  # as above
    try:
        habits = sampling_habits(
            team, lab, "histogram", seen.model, lambda: team.histogram(bins=bins), seen.train
        )
    except TeamFault as fault:
        return lab.failed(fault.sentence())
    habits[-1] = habits[-1].proving("histogram_same_sample")
    if seen.cells is None or not 0 < seen.cells.weights.sum() < np.inf:
        return lab.accepted(*habits, *of_the_data(team, lab, seen, bins))
    truth = (fixed(seen.cells, seen.expected), "the shares of the training points in the bins")
    own = (fixed(seen.cells, seen.cells.weights), "your own density")
    against = [own] if lab.passed("histogram.density") else [truth, *without_leak(seen), own]
    edges = seen.cells.fine_edges(PARTS)
    followed = judge_samples(team, lab, "histogram", seen.model, edges, against, seen.train)
    if not instruments.all_pass(followed) and not lab.passed("histogram.density"):
        # What was read off a wrong density may be no bins at all.
        other = of_the_data(team, lab, seen, bins, shown=False)
        followed = other if instruments.all_pass(other) else followed
        if followed is not other and (merged(seen.cells.x_edges) or merged(seen.cells.y_edges)):
            return lab.outcome(
                Verdict.BLOCKED,
                f"{lab.on(team, 'histogram', 'sample')}: the density is that of one bin over the width of two, so the "
                "bins that samples should fill cannot be read off it.",
                "Repair the density first.",
            )
    if instruments.all_pass(followed) and lab.passed("histogram.density"):
        followed = (*followed, in_empty_bins(team, lab, seen))
    return lab.own(*habits, *followed)


def of_the_data(team, lab, seen, bins, shown=True):
    """Samples against the histogram that the sheet asks for, with `bins` bins over the range of the data."""
    reference = lab.reference.histogram(bins=bins).fit(seen.train)
    edges = (subdivided(reference.x_edges_), subdivided(reference.y_edges_))
    against = [(reference.score_samples, "a histogram of the data")]
    return judge_samples(team, lab, "histogram", seen.model, edges, against, seen.train, shown)


def in_empty_bins(team, lab, seen):
    """Samples where the team's own density is zero: few of them disappear among the counts of full bins."""
    points = draw(team, lab, "histogram", seen.model, 2000)
    share = float(seen.cells.counts(points)[seen.cells.weights == 0].sum() / len(points))
    where = lab.on(team, "histogram", "sample")
    return lab.measured(
        "share of samples in empty bins",
        share,
        at_most=0.005,
        message=f"{where}: {share:.1%} of the samples lie in bins whose density is 0.",
        next_step="Count how many samples each bin gets and compare with its weight.",
    )


def merged(edges):
    """Whether all bins are equally wide but one, which is twice as wide: two bins that were taken for one."""
    sizes = np.diff(edges)
    wide = sizes > 1.5 * np.median(sizes)
    return bool(wide.sum() == 1 and np.allclose(sizes, np.median(sizes) * (1 + wide), rtol=1e-3))


def without_leak(seen):
    """The truth once more, with first bins as narrow as the others where the density leaks beyond the range.

    Rounding towards zero puts what lies up to one bin below the range into the first bin: a mistake of the
    density, and none of the sampler.
    """
    narrow = replace(
        seen.cells, x_edges=as_the_others(seen.cells.x_edges), y_edges=as_the_others(seen.cells.y_edges)
    )
    if narrow.areas.sum() < 0.99 * seen.cells.areas.sum():
        yield fixed(narrow, seen.expected), "the shares of the training points in the bins"


def as_the_others(edges):
    """Edges (n + 1,) whose first bin is as wide as the median one, if it is much wider."""
    width = np.median(np.diff(edges))
    first = edges[1] - width if edges[1] - edges[0] > 1.5 * width else edges[0]
    return np.concatenate([[first], edges[1:]])
