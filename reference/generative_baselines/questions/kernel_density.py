"""The kernel density estimator: four separated points make every width and every weight visible."""

from dataclasses import replace

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import logsumexp

from grader.errors import TeamFault
from grader.judge import instruments
from grader.judge.checks import check
from grader.records import Verdict
from reference.generative_baselines.questions.asking import (
    density_of,
    draw,
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
from reference.generative_baselines.questions.showing import asked_picture, density_picture, values_picture

CELLS = 110
DRAWS = 24
SPREADS = 1.8
"""Most growth of the samples' mean squared spread over many draws that chance may explain."""
CONVENTIONS = {
    "h is the variance of the kernel": np.sqrt,
    "the kernel is exp(-d²/h²)": lambda h: h / np.sqrt(2),
    "the kernel is exp(-d²/h)": lambda h: np.sqrt(h / 2),
    "the kernel is exp(-d²/(4h²))": lambda h: h * np.sqrt(2),
    "the kernel is exp(-d²/(4h))": lambda h: np.sqrt(2 * h),
    "h² is the standard deviation of the kernel": lambda h: h**2,
    "h is the full width of two standard deviations": lambda h: h / 2,
    "h is half a standard deviation": lambda h: 2 * h,
    "h is the inverse variance of the kernel": lambda h: 1 / np.sqrt(h),
    "the kernel is exp(-h d²)": lambda h: 1 / np.sqrt(2 * h),
}


@check
def kde_density(team, lab, *, widths, tolerance, integral_tolerance, plain_share, order_share, many):
    """The KDE's density is the average of one normalised Gaussian kernel per training point."""
    absent = without_density(team, lab, "kde")
    if absent:
        return absent
    asked = [ask_width(team, lab, width, tolerance) for width in widths]
    density = asked[0].density
    if not all(a.agrees(a.width) for a in asked):
        wrong = read_convention(team, lab, asked)
        if wrong:
            return wrong
    grid = instruments.grid_of(asked[-1].density, edges_for(asked[-1].train, asked[-1].effective))
    measured = [
        instruments.integrates_to_one(lab, grid, tolerance=integral_tolerance, where=density.where),
        lab.measured("median log-density error", max(a.error for a in asked), at_most=tolerance, unit="nats"),
        with_many_points(team, lab, asked[-1], many, tolerance),
        unchanged_and_refitted(team, lab, order_share),
        *independent_of_others(team, lab, "kde", *first_of_their_kind(team, lab)["kde"], order_share),
        *leaves_data_alone(team, lab, "kde", team.kde, lab.moons(60), ("fit", "score_samples"), order_share),
    ]
    return log_scale(lab, density, plain_share, *measured)


class Asked:
    """The team's answers for one bandwidth, and how they compare with kernels of other widths."""

    def __init__(self, lab, density, model, train, width, probe, tolerance):
        self.lab, self.density, self.model, self.train = lab, density, model, train
        self.width, self.probe, self.tolerance = width, probe, tolerance
        self.answers = instruments.ask(density, probe)
        self.effective = width

    def expected(self, width):
        return self.lab.reference.kde(bandwidth=float(width)).fit(self.train).score_samples(self.probe)

    def truth(self, points):
        """The reference's log-density for the bandwidth that was asked for."""
        return self.lab.reference.kde(bandwidth=float(self.width)).fit(self.train).score_samples(points)

    def agreement(self, width):
        return instruments.agreement(self.answers, self.expected(width), self.tolerance)

    def agrees_with(self, log_density):
        """Whether the answers are these log-densities, shape (n,)."""
        return instruments.agreement(self.answers, log_density, self.tolerance).within(self.tolerance)

    def agrees(self, width):
        return self.agreement(width).within(self.tolerance)

    @property
    def error(self):
        return self.agreement(self.effective).median

    def find_width(self, by_shape=False):
        """The kernel width that fits the answers best, up to a constant factor if `by_shape`."""

        def miss(log_width):
            found = self.agreement(np.exp(log_width))
            return min(found.shape if by_shape else found.median, 1e6)

        starts = np.log(self.width) + np.linspace(-3, 3, 61)
        best = starts[int(np.argmin([miss(s) for s in starts]))]
        found = minimize_scalar(
            miss, bounds=(best - 0.1, best + 0.1), method="bounded", options={"xatol": 1e-9}
        )
        self.effective = float(np.exp(found.x))
        return self.effective


def ask_width(team, lab, width, tolerance):
    """Fit four points with one bandwidth and ask for densities around them."""
    train = lab.four_points(4)
    model = team.kde(bandwidth=float(width)).fit(train)
    probe = near(train, 1.5 * width, 300, lab.rng(f"probe {width}"))
    return Asked(lab, density_of(team, lab, "kde", model, train), model, train, width, probe, tolerance)


def read_convention(team, lab, asked):
    """Find the width convention behind the answers; an outcome if there is none that may pass."""
    where = asked[0].density.where
    for one in asked:
        one.find_width()
    if not all(a.agrees(a.effective) for a in asked):
        return explain_failure(lab, asked)
    effective = [a.effective for a in asked]
    pairs = ", ".join(f"{a.width:g} -> {a.effective:.3g}" for a in asked)
    if len(set(np.round(effective, 6))) == 1:
        show_width(lab, asked[-1])
        outcome = lab.failed(
            f"{where}: the bandwidth has no influence: every bandwidth gives a kernel of standard deviation "
            f"{effective[0]:.3g}.",
            "Use the bandwidth that the constructor was given.",
        )
        return replace(outcome, diagnosis="kernel_density_bandwidth_ignored")
    told = next((name for name, rule in CONVENTIONS.items() if np.allclose(rule(np.array([a.width for a in asked])), effective, rtol=1e-3)), "")  # fmt: skip
    if sampler_has_width(team, lab, asked[-1], asked[-1].width):
        show_width(lab, asked[-1])
        return lab.failed(
            f"{where}: the density has another kernel width than the samples (bandwidth -> standard deviation "
            f"of the density's kernel: {pairs}{'; read as: ' + told if told else ''}).",
            "Density and samples must come from the same distribution: use one width in both.",
        )
    lab.note(f"Kernel width read as: {told or 'another function of the bandwidth'} ({pairs}).")
    return None


def show_width(lab, one):
    """Pictures of the density beside that of the width which was asked for."""
    asked_picture(lab, one.density, edges_for(one.train, max(one.width, one.effective)), one.truth)
    values_picture(lab, one.answers, one.expected(one.width))


def explain_failure(lab, asked):
    """The words for a density that no kernel width explains."""
    where = asked[0].density.where
    for one in asked:
        one.find_width(by_shape=True)
    one = asked[-1]
    found = one.agreement(one.effective)
    grid = instruments.grid_of(one.density, edges_for(one.train, one.width))
    measured = instruments.integrates_to_one(lab, grid, tolerance=0.02, where=where)
    density_picture(lab, grid, one.truth)
    values_picture(lab, one.answers, one.expected(one.width))
    if found.proportional(one.tolerance) and not measured.passed:
        return lab.failed(
            f"{where}: the shape is right, but the density integrates to {grid.integral:.4g}, not to 1 "
            f"(bandwidth {one.width:g}, four training points).",
            "Check the factor in front of the sum: number of points, and the normalisation of a Gaussian in two "
            "dimensions.",
            measured,
        )
    rules = (1.0, len(one.train) ** (-1 / 6))  # the bandwidth itself, or times Scott's factor in the plane
    if any(all(a.agrees_with(scaled(a, d, rule)) for a in asked) for d in (0, 1) for rule in rules):
        return lab.outcome(
            Verdict.REVIEW,
            f"{where}: the kernel's covariance is h² times the covariance of the training points, as SciPy's "
            "gaussian_kde has it; the sheet's kernel has the same width in all directions. A person decides.",
        )
    own = one.agreement(one.width)
    message = (
        f"{where}: the log-density is not that of Gaussian kernels on the training points; it differs by "
    )
    message += f"{own.median:.3g} nats in the median (bandwidth {one.width:g}, four training points)."
    return lab.failed(
        message,
        "Fit one single point: the density must then be one Gaussian around it.",
        measured,
        lab.measured("median log-density error", own.median, at_most=one.tolerance, unit="nats"),
    )


def scaled(one, ddof, rule):
    """Log-densities (n,) of kernels whose covariance is (h times `rule`)² times that of the training points."""
    covariance = np.cov(one.train.T, ddof=ddof) * (rule * one.width) ** 2
    offsets = one.probe[:, None] - one.train[None]
    distances = np.einsum("nki,ij,nkj->nk", offsets, np.linalg.inv(covariance), offsets)
    constant = np.log(len(one.train)) + 0.5 * np.log(np.linalg.det(2 * np.pi * covariance))
    return logsumexp(-0.5 * distances, axis=1) - constant


def sampler_has_width(team, lab, asked, width):
    """Whether the team's samples follow a kernel of this width."""
    if not team.has("kde", "sample"):
        return False
    model = lab.reference.kde(bandwidth=float(width)).fit(asked.train)
    try:
        edges = edges_for(asked.train, width)
        against = [(model.score_samples, "it")]
        found = judge_samples(team, lab, "kde", asked.model, edges, against, shown=False)
    except TeamFault:
        return False
    return instruments.all_pass(found)


def with_many_points(team, lab, known, rows, tolerance):
    """The density on as many training points as the sheet's data sets have: work done in batches must add up."""
    train = lab.moons(rows)
    probe = train[:13] + 0.05 * lab.rng("many").standard_normal((13, 2))
    model = team.kde(bandwidth=float(known.width)).fit(train)
    answers = instruments.ask(density_of(team, lab, "kde", model, train[:12]), probe)
    truth = lab.reference.kde(bandwidth=float(known.effective)).fit(train).score_samples(probe)
    found = instruments.agreement(answers, truth, tolerance)
    kernels = lab.reference.kde(bandwidth=float(known.effective))
    return lab.measured(
        f"median log-density error with {rows:,} training points",
        found.median,
        at_most=tolerance,
        unit="nats",
        message=f"{known.density.where}: with four training points the density is right, with {rows:,} it is not; "
        f"it differs by {found.median:.3g} nats in the median.",
        next_step="If you work in batches, look at what happens to each batch and to the last one: the average "
        "is over all training points.",
    ).proving("" if found.within(tolerance) else lost_with_many(kernels, train, probe, answers, tolerance))


def lost_with_many(kernels, train, probe, answers, tolerance):
    """The twin of log-densities (m,) at `probe` that are wrong for many training points only; "" for none we know."""
    each = np.array([kernels.fit(point[None]).score_samples(probe) for point in train]) - np.log(len(train))
    total = np.logaddexp.reduce(each, axis=0)
    nearest = np.logaddexp.accumulate(np.sort(each, axis=0)[::-1], axis=0)
    first = np.logaddexp.accumulate(each, axis=0)
    if np.abs(nearest - answers).max(axis=1).min() <= tolerance:
        return "kernel_density_nearest_only"
    if np.abs(first - answers).max(axis=1).min() <= tolerance:
        return "kernel_density_last_batch_lost"
    return "kernel_density_batches_apart" if np.all(answers > total + 0.1) else ""


def unchanged_and_refitted(team, lab, share):
    """Sampling must not change the density, and a second fit must forget the first."""
    first, second = lab.moons(60), lab.moons(60) + 0.3
    model = team.kde(bandwidth=0.2).fit(first)
    density = density_of(team, lab, "kde", model, first)
    if team.has("kde", "sample"):
        try:
            measured = unchanged_by_sampling(lab, density, model, first, share)
        except TeamFault:
            measured = None
        moves = measured is not None and not measured.passed and not drawn_again(team, lab, 0.2).passed
        if moves:  # what moves the centres costs the sampler, and nothing is taken away for it twice
            lab.note(
                f"{density.where}: draws move the stored points, and the density with them; see the sampler."
            )
        elif measured is not None and not measured.passed:
            return measured.proving("density_changed_by_sampling")
    fresh = team.kde(bandwidth=0.2).fit(second)
    again = fits_again(team, lab, "kde", model.fit(second), fresh, second, share)
    return again.proving("second_fit_keeps_first")


def drawn_again(team, lab, bandwidth, calls=DRAWS, n=40):
    """The spread of samples around four points, in the last third of many draws against that in the first third.

    Right samplers differ by chance alone: for 320 points in each third the logarithm of the ratio of mean squares has
    a standard deviation of 0.08, so that the limit is seven of these away. Noise that is added to the stored points
    themselves makes the spread grow with the number of draws.
    """

    def make(lab):
        train = lab.four_points(4)
        model = team.kde(bandwidth=float(bandwidth)).fit(train)
        points = [draw(team, lab, "kde", model, n) for _ in range(calls)]
        squares = [((p[:, None] - train) ** 2).sum(axis=2).min(axis=1).mean() for p in points]
        third = calls // 3
        ratio = float(np.mean(squares[-third:]) / max(np.mean(squares[:third]), 1e-12))
        where = lab.on(team, "kde", "sample")
        return lab.measured(
            "spread of later samples over that of the first ones",
            ratio,
            at_most=SPREADS,
            message=f"{where}: every draw changes the model: after {calls} draws the samples spread {ratio:.3g} times "
            "as far (mean squared distance from the training points) as in the first ones.",
            next_step="Does the line that adds the noise write into the stored points? Add it to a copy.",
        ).proving("kernel_density_draws_move_centres")

    return lab.once("drawn again", make)


def edges_for(train, width):
    """A grid around the training points that is fine and wide enough for kernels of this width."""
    return instruments.edges_around(train, 6 * max(width, 0.25), CELLS)


@check
def kde_sampling(team, lab, *, bandwidth):
    """Samples of the KDE are training points drawn at random plus noise of the kernel's width."""
    absent = without_sampler(team, lab, "kde")
    if absent:
        return absent
    train = lab.four_points(4)
    model = team.kde(bandwidth=float(bandwidth)).fit(train)
    moons = lab.moons(200)
    narrow = float(bandwidth) / 4
    try:
        habits = sampling_habits(
            team, lab, "kde", team.kde(bandwidth=narrow).fit(moons), lambda: team.kde(bandwidth=narrow), moons
        )
        habits[-1] = habits[-1].proving("kernel_density_same_sample")
        if instruments.all_pass(habits):
            habits.append(drawn_again(team, lab, 0.2))
        against = against_what(team, lab, model, train, bandwidth)
        reached = np.vstack(
            [train, draw(team, lab, "kde", model, 500)]
        )  # another convention may reach further
        edges = edges_for(reached[np.isfinite(reached).all(axis=1)], bandwidth)
        followed = judge_samples(team, lab, "kde", model, edges, against, train)
    except TeamFault as fault:
        return lab.failed(fault.sentence())
    return lab.own(*habits, *followed)


def against_what(team, lab, model, train, bandwidth):
    """The densities that the samples may follow: the team's own where it passed, else the reference first."""
    reference = (
        lab.reference.kde(bandwidth=float(bandwidth)).fit(train).score_samples,
        f"a KDE with bandwidth {bandwidth:g}",
    )
    if not team.has("kde", "score_samples"):
        return [reference]
    own = (density_of(team, lab, "kde", model, train), "your own density")
    return [own] if lab.passed("kde.density") else [reference, own]
