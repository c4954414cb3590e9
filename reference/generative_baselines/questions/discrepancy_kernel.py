"""The discrepancy: its kernel and its estimator are read off its values, each apart from the other.

Kernel: for two samples that are twice the same point each, at distance d, every estimator in use gives
a - b k(d) with constants a and b, so values at several distances show the kernel whatever the estimator.
Estimator: with the kernel known, every candidate can be computed on unequal samples.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import minimize_scalar, nnls
from scipy.spatial.distance import cdist

from grader.errors import TeamFault
from grader.judge.checks import check
from grader.records import Verdict
from reference.generative_baselines.questions.showing import plain

DISTANCES = np.array([0.0, 0.3, 0.6, 0.9, 1.2, 1.6, 2.1, 3.0, 5.0])
"""Distances in units of the bandwidth."""

COPIES = 600

FAR = 1e3
"""So many bandwidths away no kernel sees anything; much farther, squares written out would lose short distances."""

HIGHEST = 6.0
"""Kernel values beyond this are left out of a picture."""

FAMILIES = {
    "se": lambda ratio: np.exp(-ratio),
    "imq": lambda ratio: 1 / np.sqrt(1 + ratio),
    "imq without the square root": lambda ratio: 1 / (1 + ratio),
    "laplace": lambda ratio: np.exp(-np.sqrt(ratio)),
    "imq of the distance, not of its square": lambda ratio: 1 / np.sqrt(1 + np.sqrt(ratio)),
    "multiquadric (not inverted)": lambda ratio: np.sqrt(1 + ratio),
    "exponent without minus": lambda ratio: np.exp(np.minimum(ratio, 50.0)),
}
"""Kernels as functions of squared distance over squared width."""

TITLES = {
    "se": "squared exponential",
    "imq": "inverse multi-quadratic",
    "laplace": "Laplace kernel exp(-d/w)",
}

WIDTHS = {
    "2h² in place of h²": lambda h: np.sqrt(2) * h,
    "a factor h (gamma) in front of d²": lambda h: 1 / np.sqrt(h),
    "h in place of h²": np.sqrt,
    "2h in place of h²": lambda h: np.sqrt(2 * h),
    "1/(2h) as the factor of d², h meaning gamma": lambda h: 1 / np.sqrt(2 * h),
    "h⁴ in place of h²": lambda h: h**2,
    "2h⁴ in place of h²": lambda h: np.sqrt(2) * h**2,
    "4h² in place of h²": lambda h: 2 * h,
    "h²/2 in place of h²": lambda h: h / np.sqrt(2),
    "1/h² in place of h²": lambda h: 1 / h,
}
"""Widths w of the kernel's d²/w² that students write, as functions of the bandwidth h."""


SEVERAL = ((0.25, 0.5, 1, 2, 4), (0.2, 0.5, 1, 2, 5), (0.1, 0.3, 1, 3, 10))
"""Factors of the bandwidth with which students sum kernels of several widths."""


DIAGNOSES = {
    ("se", "laplace", ""): "discrepancy_se_distance_not_squared",
    ("se", "exponent without minus", ""): "discrepancy_se_without_minus",
    ("se", "se", "2h² in place of h²"): "discrepancy_se_half",
    ("se", "se", "h in place of h²"): "discrepancy_se_h_not_squared",
    ("se", "se", "2h in place of h²"): "discrepancy_se_two_h",
    ("se", "se", "a factor h (gamma) in front of d²"): "discrepancy_se_gamma",
    ("se", "se", "h⁴ in place of h²"): "discrepancy_se_squared_twice",
    ("se", "se", "a width that does not depend on h"): "discrepancy_se_bandwidth_ignored",
    ("imq", "imq without the square root", ""): "discrepancy_imq_no_root",
    ("imq", "multiquadric (not inverted)", ""): "discrepancy_imq_not_inverted",
    ("imq", "imq of the distance, not of its square", ""): "discrepancy_imq_distance_not_squared",
    ("imq", "se", ""): "discrepancy_imq_is_se",
    ("imq", "imq", "2h² in place of h²"): "discrepancy_imq_half",
    ("imq", "imq", "h in place of h²"): "discrepancy_imq_h_not_squared",
    ("imq", "imq", "h⁴ in place of h²"): "discrepancy_imq_divided_twice",
    ("imq", "imq", "a width that does not depend on h"): "discrepancy_imq_bandwidth_ignored",
}
"""Twin by the kernel asked for, the family of the answers, and how their width follows h."""


CHANGED = {
    "the squared exponential kernel's values": lambda squares, h: np.exp(-squares / h**2),
    "the squared exponential kernel's exponent": lambda squares, h: squares / h**2,
    "the inverse multi-quadratic kernel's values": lambda squares, h: 1 / np.sqrt(1 + squares / h**2),
    "squared distances that are squared once more": lambda squares, h: squares**2,
}
"""What the other kernel may leave where the squared distances were, as functions of these and the bandwidth."""


CROSS_TERMS = {("imq", "se"): "discrepancy_imq_cross_term_is_se"}
"""Twin by the kernel asked for and the family of the cross term, where the means within the samples are right."""


@dataclass(frozen=True)
class Kernel:
    """A kernel read off values: its family, the width per bandwidth, and how the width follows h."""

    family: str
    widths: tuple
    convention: str
    squared: bool
    """False when the values were square roots (MMD in place of MMD²)."""

    def matrix(self, A, B, index):
        """Kernel matrix, shape (len(A), len(B)), for the index-th bandwidth."""
        return self.at(cdist(A, B, "sqeuclidean"), index)

    def at(self, squared_distances, index):
        """Kernel values at squared distances, for the index-th bandwidth."""
        return FAMILIES[self.family](squared_distances / self.widths[index] ** 2)


@dataclass(frozen=True)
class Reading:
    """A kernel, or None, and the values it was read off: one array (distances,) per bandwidth."""

    kernel: Kernel | None
    values: list


def value(team, lab, X, Y, kernel, bandwidth):
    """One number from the team's function."""
    lab.on(team, "mmd", "call")
    return float(team.mmd(X, Y, kernel=kernel, bandwidth=float(bandwidth)))


def profile(team, lab, kernel, bandwidth, copies=2):
    """Values for two points, each `copies` times, at :data:`DISTANCES` bandwidths, shape (distances,)."""
    turn = lab.rng("direction").uniform(0, 2 * np.pi)
    step = bandwidth * np.array([np.cos(turn), np.sin(turn)])
    return np.array([value(team, lab, np.zeros((copies, 2)), np.tile(d * step, (copies, 1)), kernel, bandwidth) for d in DISTANCES])  # fmt: skip


def profile_within(team, lab, kernel, bandwidth):
    """Values for two points at :data:`DISTANCES` bandwidths and two fixed points far away, shape (distances,)."""
    away = FAR * bandwidth + np.array([[0.0, 0.0], [bandwidth, 0.0]])
    pairs = [np.array([[0.0, 0.0], [d * bandwidth, 0.0]]) for d in DISTANCES]
    return np.array([value(team, lab, pair, away, kernel, bandwidth) for pair in pairs])


def fitted(values, family, width, bandwidth):
    """The best a and b for values = a - b k(d), shape (2,), and the residuals, shape (distances,)."""
    k = FAMILIES[family]((DISTANCES * bandwidth / width) ** 2)
    columns = np.column_stack([np.ones_like(k), -k])
    solution, *_ = np.linalg.lstsq(columns, values, rcond=None)
    return solution, columns @ solution - values


def unexplained(values, k):
    """Relative residual of values = a - b k, shape (distances,), with a and b chosen best."""
    columns = np.column_stack([np.ones_like(k), -k])
    residuals = columns @ np.linalg.lstsq(columns, values, rcond=None)[0] - values
    scale = np.ptp(values)
    return float(np.abs(residuals).max() / scale) if scale > 0 else np.inf


def misfit(values, family, width, bandwidth):
    """Relative residual of values = a - b k(d), with a and b chosen best and b positive."""
    _, residuals = fitted(values, family, width, bandwidth)
    scale = np.ptp(values)
    return float(np.abs(residuals).max() / scale) if scale > 0 else np.inf


def read_kernel(team, lab, kernel, bandwidths, tolerance):
    """The kernel behind the team's values, or None; once per kernel and hand-in."""
    return reading(team, lab, kernel, bandwidths, tolerance).kernel


def reading(team, lab, kernel, bandwidths, tolerance):
    """The kernel together with the values, of which a failure keeps a picture."""

    def make(lab):
        values = [profile(team, lab, kernel, h) for h in bandwidths]
        if all(np.ptp(v) == 0 for v in values):  # what works in blocks may pass over samples of two points
            values = [profile(team, lab, kernel, h, COPIES) for h in bandwidths]
        if all(
            np.ptp(v) == 0 for v in values
        ):  # nothing compares the two samples: the kernel shows within one
            values = [profile_within(team, lab, kernel, h) for h in bandwidths]
        for squared in (True, False):
            used = values if squared else [np.where(v >= 0, v**2, np.nan) for v in values]
            if all(np.isfinite(v).all() for v in used):
                found = match(used, kernel, bandwidths, tolerance, squared)
                if found:
                    return Reading(found, values)
        return Reading(None, values)

    return lab.once(f"kernel {kernel}", make)


def match(values, kernel, bandwidths, tolerance, squared):
    """The first family that explains the values with one width per bandwidth; the right one is tried first."""
    for family in sorted(FAMILIES, key=lambda name: (name != kernel, name not in TITLES)):
        if all(misfit(v, family, h, h) <= tolerance for v, h in zip(values, bandwidths, strict=True)):
            return Kernel(family, tuple(bandwidths), "", squared)
        widths = [find_width(v, family, h) for v, h in zip(values, bandwidths, strict=True)]
        fits = [misfit(v, family, w, h) for v, w, h in zip(values, widths, bandwidths, strict=True)]
        if max(fits) <= tolerance:
            return Kernel(family, *named(widths, bandwidths), squared)
    return None


def find_width(values, family, bandwidth):
    """The width that explains the values best."""

    def miss(log_width):
        return misfit(values, family, np.exp(log_width), bandwidth)

    starts = np.log(bandwidth) + np.linspace(-2.5, 2.5, 101)
    best = starts[int(np.argmin([miss(s) for s in starts]))]
    found = minimize_scalar(
        miss, bounds=(best - 0.06, best + 0.06), method="bounded", options={"xatol": 1e-10}
    )
    return float(np.exp(found.x))


def answers_ordinary(team, lab, kernel, bandwidth):
    """Whether the discrepancy of two ordinary samples is a number."""
    try:
        return bool(np.isfinite(value(team, lab, lab.moons(60), lab.moons(50) + 0.3, kernel, bandwidth)))
    except TeamFault:
        return False


def follows_the_scale(team, lab, kernel, bandwidth):
    """Whether the discrepancy is the same for data five times as large: its bandwidth is taken from the data."""
    first, second = lab.moons(60), lab.moons(50) + 0.3
    try:
        plain = float(team.mmd(first, second, kernel=kernel, bandwidth=bandwidth))
        scaled = float(team.mmd(5 * first, 5 * second, kernel=kernel, bandwidth=bandwidth))
        wider = float(team.mmd(first, second, kernel=kernel, bandwidth=5 * bandwidth))
    except TeamFault:
        return False
    follows = abs(plain) > 1e-6 and abs(scaled - plain) < 1e-6 * abs(plain)
    return bool(follows and abs(wider - plain) > 1e-3 * abs(plain))


def on_changed_distances(read, kernel, bandwidths, tolerance):
    """What stands in place of the squared distances behind the values, where a kernel has written there; else ""."""
    for name, changed in CHANGED.items():
        explained = [
            unexplained(v, FAMILIES[kernel](changed((DISTANCES * h) ** 2, h) / h**2))
            for v, h in zip(read.values, bandwidths, strict=True)
        ]
        if max(explained) <= tolerance:
            return name
    return ""


def sum_of_widths(values, kernel, bandwidth, tolerance):
    """Whether values are a minus a sum of kernels of a few widths in simple proportions to the bandwidth."""
    if not np.all(np.isfinite(values)) or not np.ptp(values) > 0:
        return False
    for factors in SEVERAL:
        kernels = [FAMILIES[kernel]((DISTANCES / factor) ** 2) for factor in factors]
        columns = np.column_stack([np.ones_like(DISTANCES), -np.ones_like(DISTANCES), *(-k for k in kernels)])
        _, residual = nnls(columns, values)
        if residual <= tolerance * np.ptp(values):
            return True
    return False


def named(widths, bandwidths):
    """Widths snapped to the convention that gives them, and its name; the widths as they are if none does."""
    h = np.array(bandwidths)
    for name, rule in WIDTHS.items():
        if np.allclose(rule(h), widths, rtol=2e-3):
            return tuple(float(w) for w in rule(h)), name
    if np.allclose(widths, widths[0], rtol=2e-3):
        return tuple(widths), "a width that does not depend on h"
    return tuple(widths), "another width: " + ", ".join(
        f"{w:.3g} for h = {b:g}" for w, b in zip(widths, h, strict=True)
    )


@check
def mmd_kernel(team, lab, *, kernel, bandwidths, tolerance, width_share):
    """The kernel is the one printed on the sheet, with the bandwidth h as it stands there."""
    where = lab.on(team, "mmd", "call")
    title = TITLES[kernel]
    try:
        read = reading(team, lab, kernel, bandwidths, tolerance)
    except TeamFault as fault:
        if kernel == "imq" and kernel in team.binding("mmd").plan.get("same", ()):
            outcome = lab.failed(
                f"{where}: asked for the {title} kernel, the value is the same as for the other kernel.",
                "Call both kernels on the same two samples: is the second branch ever reached?",
            )
            return replace(outcome, diagnosis="discrepancy_imq_is_se")
        if not answers_ordinary(team, lab, kernel, bandwidths[0]):
            raise
        return lab.outcome(
            Verdict.REVIEW,
            f"{where}: fails for samples of equal points, off which we read the kernel ({fault.what}); it answers "
            "for ordinary samples. A person reads the code.",
            "The formula on the sheet has a value for any two samples: is something computed beside it?",
        )
    found = read.kernel
    if found is None:
        show_kernel(lab, kernel, read, bandwidths)
        if lab.once(f"scale {kernel}", lambda lab: follows_the_scale(team, lab, kernel, bandwidths[0])):
            return lab.outcome(
                Verdict.REVIEW,
                f"{where}: the values stay the same when all data is scaled, so the bandwidth seems to follow the data "
                "(a median distance, say). The machine cannot read the kernel off such values: a person reads the code.",
                "Say in the notebook how the bandwidth comes from the data, and use one bandwidth for all three terms.",
            )
        left = on_changed_distances(read, kernel, bandwidths, tolerance)
        if left:
            outcome = lab.failed(
                f"{where}: the {title} kernel is not computed from squared distances, but from {left}.",
                "Does the other kernel write into the array that this one reads? Let each return a new array.",
            )
            return replace(outcome, diagnosis="discrepancy_kernels_share_distances")
        if all(sum_of_widths(v, kernel, h, tolerance) for v, h in zip(read.values, bandwidths, strict=True)):
            return lab.outcome(
                Verdict.REVIEW,
                f"{where}: the values are those of a sum of {title} kernels of several widths around the bandwidth, "
                "where the sheet has one. A person decides.",
                "Say in the notebook which bandwidths are summed.",
            )
        return lab.failed(
            f"{where}: the values do not come from a {title} kernel of any width, nor from another one we know.",
            "Evaluate the kernel alone at distances 0, h and 2h and compare with the formula on the sheet.",
        )
    measured = lab.measured(
        "kernel width over the bandwidth",
        max((w / h for w, h in zip(found.widths, bandwidths, strict=True)), key=lambda r: abs(np.log(r))),
        between=(0.999, 1.001),
        share=width_share if "does not depend" not in found.convention else 0.0,
    )
    if found.family != kernel or not measured.passed:
        show_kernel(lab, kernel, read, bandwidths)
    within = f"within {kernel}"
    if found.family != kernel and lab.once(
        within, lambda lab: right_within(team, lab, kernel, bandwidths, tolerance)
    ):
        return other_between(lab, where, kernel, found.family, measured)
    if found.family != kernel:
        outcome = lab.failed(
            f"{where}: asked for the {title} kernel, the values are those of: {TITLES.get(found.family, found.family)}.",
            "Compare with the formula on the sheet, sign and square root included.",
            measured,
        )
        known = (DIAGNOSES.get((kernel, found.family, width), "") for width in (found.convention, ""))
        return replace(outcome, diagnosis=next(filter(None, known), ""))
    if measured.passed:
        return lab.own(measured)
    if lab.once(within, lambda lab: right_within(team, lab, kernel, bandwidths, tolerance)):
        lab.note(
            "Within the samples the kernel has the bandwidth that is asked for; between them it does not."
        )
        return lab.own(
            lab.measured("kernel width over the bandwidth, within samples", 1, between=(0.999, 1.001))
        )
    measured = measured.proving(DIAGNOSES.get((kernel, kernel, found.convention), ""))
    message = (
        f"{where}: the {title} kernel has the right form but uses {found.convention} (h is the bandwidth)."
    )
    return lab.partial(
        width_share, message, "The sheet prints the formula: use h as it stands there.", measured
    )


def other_between(lab, where, kernel, family, measured):
    """The outcome where the means within the samples take the kernel that is asked for, the cross term another."""
    outcome = lab.failed(
        f"{where}: the cross term uses the other kernel: asked for the {TITLES[kernel]} kernel, the means within the "
        f"samples take it, the one between them takes: {TITLES.get(family, family)}.",
        "Hand the same kernel to all three means; a sample compared with itself then gives 0 (biased estimate).",
        measured,
    )
    return replace(outcome, diagnosis=CROSS_TERMS.get((kernel, family), ""))


def right_within(team, lab, kernel, bandwidths, tolerance):
    """Whether the means within the samples take the kernel as it is printed, whatever the one between them takes.

    Two points at distance d and the same far away: every estimator in use gives a + b k(d).
    """

    def values(h):
        pairs = [np.array([[0.0, 0.0], [d * h, 0.0]]) for d in DISTANCES]
        return np.array([value(team, lab, pair, pair + FAR * h, kernel, h) for pair in pairs])

    try:
        return all(misfit(values(h), kernel, h, h) <= 10 * tolerance for h in bandwidths[:2])
    except TeamFault:
        return False


def show_kernel(lab, kernel, read, bandwidths):
    """A picture of the kernel behind the values, over the distance, with the printed formula as a line."""
    index = 0
    if read.kernel is not None:
        index = int(np.argmax(np.abs(np.log(np.divide(read.kernel.widths, bandwidths)))))
    dots = kernel_values(read, kernel, index, bandwidths[index])
    if dots is None:
        return
    line = np.linspace(0, DISTANCES[-1], 101)
    ratio = np.concatenate([line, DISTANCES])
    yours = np.concatenate([np.full(len(line), np.nan), np.where(np.abs(dots) <= HIGHEST, dots, np.nan)])
    order = np.argsort(ratio, kind="stable")
    lab.picture(
        "curve",
        {
            "title": f"The {TITLES[kernel]} kernel, h = {bandwidths[index]:g}",
            "caption": "Blue dots: the kernel behind your values. The dashed line is the formula on the sheet.",
            "x": plain(ratio[order]),
            "yours": plain(yours[order]),
            "reference": plain(FAMILIES[kernel](ratio[order] ** 2)),
            "x_name": "distance / h",
            "y_name": "kernel",
        },
    )


def kernel_values(read, kernel, index, bandwidth):
    """The kernel at :data:`DISTANCES`, from values a - b k(d); None where the values do not vary or not exist.

    Without a family that explains them, a and b are such that the ends of the printed kernel are met.
    """
    values = read.values[index]
    if read.kernel is not None:
        values = values if read.kernel.squared else values**2
        (a, b), _ = fitted(values, read.kernel.family, read.kernel.widths[index], bandwidth)
    else:
        last = FAMILIES[kernel](DISTANCES[-1] ** 2)
        b = (values[-1] - values[0]) / (1 - last)
        a = values[0] + b
    if not (np.isfinite(a) and np.isfinite(b)) or abs(b) < 1e-12:
        return None
    return (a - values) / b
