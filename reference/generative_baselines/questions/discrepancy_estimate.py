"""The discrepancy's estimate: which means it takes, with the kernel as it was read off its values."""

from dataclasses import dataclass, replace

import numpy as np

from grader.errors import TeamFault
from grader.judge.checks import check
from grader.records import Verdict
from reference.generative_baselines.questions.asking import forget_others
from reference.generative_baselines.questions.discrepancy_kernel import read_kernel, right_within, value


@dataclass(frozen=True)
class Parts:
    """Sums over kernel matrices of X (n points) and Y (m points), from which estimators are made."""

    n: int
    m: int
    xx: float
    yy: float
    xy: float
    diagonal_x: float
    diagonal_y: float
    paired: float
    """Sum over k(x_i, y_i) for equal numbers, else 0."""
    turned: float = np.nan
    """Sum over kernels of |x_j|² + |y_i|² - 2 x_i·y_j in place of squared distances, for equal numbers."""


def parts(Kxx, Kyy, Kxy):
    n, m = len(Kxx), len(Kyy)
    paired = float(np.trace(Kxy)) if n == m else 0.0
    return Parts(n, m, Kxx.sum(), Kyy.sum(), Kxy.sum(), np.trace(Kxx), np.trace(Kyy), paired)


def biased(p):
    return p.xx / p.n**2 + p.yy / p.m**2


def unbiased(p):
    return (p.xx - p.diagonal_x) / (p.n * (p.n - 1)) + (p.yy - p.diagonal_y) / (p.m * (p.m - 1))


def cross(p):
    return p.xy / (p.n * p.m)


def cross_without_pairs(p):
    return (p.xy - p.paired) / (p.n * (p.m - 1)) if p.n == p.m else cross(p)


RIGHT = {
    "unbiased MMD² (points are not compared with themselves)": lambda p: unbiased(p) - 2 * cross(p),
    "biased MMD² (points are compared with themselves, too)": lambda p: biased(p) - 2 * cross(p),
    "unbiased MMD² for pairs (equal numbers: pairs are left out of the cross term)": lambda p: (
        unbiased(p) - 2 * cross_without_pairs(p)
    ),
}
WRONG = {
    "the denominators n(n-1) of the unbiased estimate, but the diagonal is still in the sums": lambda p: (
        p.xx / (p.n * (p.n - 1)) + p.yy / (p.m * (p.m - 1)) - 2 * cross(p)
    ),
    "sums without the diagonal, but divided by n²": lambda p: (
        (p.xx - p.diagonal_x) / p.n**2 + (p.yy - p.diagonal_y) / p.m**2 - 2 * cross(p)
    ),
    "a cross term without its factor 2 (unbiased)": lambda p: unbiased(p) - cross(p),
    "a cross term without its factor 2 (biased)": lambda p: biased(p) - cross(p),
    "a cross term that is added (unbiased)": lambda p: unbiased(p) + 2 * cross(p),
    "a cross term that is added (biased)": lambda p: biased(p) + 2 * cross(p),
    "sums in place of means": lambda p: p.xx + p.yy - 2 * p.xy,
    "a cross term divided by n² in place of n m (biased)": lambda p: biased(p) - 2 * p.xy / p.n**2,
    "a cross term divided by m² in place of n m (biased)": lambda p: biased(p) - 2 * p.xy / p.m**2,
    "a cross term divided by n² in place of n m (unbiased)": lambda p: unbiased(p) - 2 * p.xy / p.n**2,
    "a cross term divided by m² in place of n m (unbiased)": lambda p: unbiased(p) - 2 * p.xy / p.m**2,
    "n² for both samples": lambda p: p.xx / p.n**2 + p.yy / p.n**2 - 2 * cross(p),
    "a factor (n + (n - 1)) in place of n (n - 1)": lambda p: (
        (p.xx - p.diagonal_x) / (2 * p.n - 1) + (p.yy - p.diagonal_y) / (2 * p.m - 1) - 2 * cross(p)
    ),
    "a cross term of factor 4 (biased)": lambda p: biased(p) - 4 * cross(p),
    "a cross term divided by n (n - 1) (unbiased)": lambda p: unbiased(p) - 2 * p.xy / (p.n * (p.n - 1)),
    "each pair within a sample counted once, but divided by n(n-1)": lambda p: (
        0.5 * unbiased(p) - 2 * cross(p)
    ),
    "each pair within a sample counted once, but divided by n²": lambda p: (
        0.5 * (p.xx - p.diagonal_x) / p.n**2 + 0.5 * (p.yy - p.diagonal_y) / p.m**2 - 2 * cross(p)
    ),
    "only the cross term": lambda p: cross(p),
    "half of MMD² (biased)": lambda p: 0.5 * biased(p) - cross(p),
    "half of MMD² (unbiased)": lambda p: 0.5 * unbiased(p) - cross(p),
    "cross distances whose norms belong to other points (unbiased)": lambda p: (
        unbiased(p) - 2 * p.turned / (p.n * p.m)
    ),
    "cross distances whose norms belong to other points (biased)": lambda p: (
        biased(p) - 2 * p.turned / (p.n * p.m)
    ),
    "the first sample's mean in place of the second's (unbiased)": lambda p: (
        2 * (p.xx - p.diagonal_x) / (p.n * (p.n - 1)) - 2 * cross(p)
    ),
    "the first sample's mean in place of the second's (biased)": lambda p: 2 * p.xx / p.n**2 - 2 * cross(p),
    "the second sample's mean in place of the first's (unbiased)": lambda p: (
        2 * (p.yy - p.diagonal_y) / (p.m * (p.m - 1)) - 2 * cross(p)
    ),
    "the second sample's mean in place of the first's (biased)": lambda p: 2 * p.yy / p.m**2 - 2 * cross(p),
    "no cross term: one mean within minus the other (biased)": lambda p: p.yy / p.m**2 - p.xx / p.n**2,
    "no cross term: one mean within minus the other (biased, the other way round)": lambda p: (
        p.xx / p.n**2 - p.yy / p.m**2
    ),
    "no cross term: one mean within minus the other (unbiased)": lambda p: (
        (p.yy - p.diagonal_y) / (p.m * (p.m - 1)) - (p.xx - p.diagonal_x) / (p.n * (p.n - 1))
    ),
    "no cross term: twice the first sample's own block in its place (unbiased)": lambda p: (
        (p.xx - p.diagonal_x) / (p.n * (p.n - 1))
        + (p.yy - p.diagonal_y) / (p.m * (p.m - 1))
        - 2 * p.xx / p.n**2
    ),
}

DIAGNOSES = {
    "the denominators n(n-1)": "discrepancy_diagonal_kept",
    "sums without the diagonal": "discrepancy_diagonal_left_out_of_sums_only",
    "a cross term without its factor 2": "discrepancy_cross_term_once",
    "a cross term that is added": "discrepancy_cross_term_added",
    "sums in place of means": "discrepancy_sums_not_means",
    "a cross term divided by n² in place of n m": "discrepancy_cross_term_over_own_size",
    "a cross term divided by m² in place of n m": "discrepancy_cross_term_over_own_size",
    "a factor (n + (n - 1))": "discrepancy_factor_as_sum",
    "each pair within a sample counted once": "discrepancy_pairs_once",
    "only the cross term": "discrepancy_only_cross_term",
    "half of MMD²": "discrepancy_halved",
    "cross distances whose norms": "discrepancy_cross_distance_turned",
    "the first sample's mean": "discrepancy_first_sample_twice",
    "the second sample's mean": "discrepancy_first_sample_twice",
    "no cross term": "discrepancy_cross_block_of_first_sample",
}
"""Twin by the beginning of the name in `WRONG`."""


@check
def mmd_estimator(team, lab, *, bandwidths, tolerance, kernel_tolerance, root_share):
    """MMD² is estimated from mean kernel values within both samples and between them."""
    where = lab.on(team, "mmd", "call")
    known = known_kernel(team, lab, bandwidths, kernel_tolerance)
    if known is None:
        return lab.outcome(
            Verdict.BLOCKED,
            f"{where}: neither kernel could be read off the values, so the estimator cannot be judged apart from it.",
        )
    kernel, read = known
    asked, cut = [], []
    for index, (n, m) in enumerate(((40, 40), (40, 60), (55, 30))):
        X, Y = lab.moons(n), 0.3 + 0.8 * lab.moons(m)
        which = index % len(bandwidths)
        try:
            got = value(team, lab, X, Y, kernel, bandwidths[which])
        except TeamFault as fault:
            if asked and not any(explains(rule, asked, tolerance, True) for rule in RIGHT.values()):
                break  # equal numbers have shown what is wrong
            return lab.failed(f"{fault.sentence()} (samples of {n} and {m} points)", "Both samples may have different sizes.") if n != m else lab.failed(fault.sentence())  # fmt: skip
        asked.append((got, parts_of(read, X, Y, which)))
        cut.append((got, parts_of(read, X[: min(n, m)], Y[: min(n, m)], which)))
        if not recognised(asked, tolerance):
            break
    measured = closest(lab, asked, tolerance)
    for squared in (True, False):
        for candidates, right in ((RIGHT, True), (WRONG, False)):
            for name, rule in candidates.items():
                if explains(rule, asked, tolerance, squared):
                    return told(lab, where, name, right, squared, root_share, measured)
    for name, rule in RIGHT.items():
        if explains(rule, cut, tolerance, True):
            lab.note(
                "Of two samples of unlike sizes only as many points are compared as the smaller one has."
            )
            return told(lab, where, name, True, True, root_share, closest(lab, cut, tolerance))
    if not follows_between(read, bandwidths) and right_within(
        team, lab, kernel, bandwidths, kernel_tolerance
    ):
        outcome = lab.failed(
            f"{where}: the means within the samples take the bandwidth that is asked for, the one between them does not.",
            "Hand the same bandwidth to the kernel of all three means.",
            measured,
        )
        return replace(outcome, diagnosis="discrepancy_cross_term_other_width")
    if first_term_for_both(asked, tolerance):
        outcome = lab.failed(
            f"{where}: the value is right for samples of unlike sizes; for two samples of one size the mean within the "
            "first stands for that within the second, too.",
            "What is remembered under the size of a sample? Two samples of one size are not the same sample.",
            measured,
        )
        return replace(outcome, diagnosis="discrepancy_term_of_earlier_samples")
    if depends_on_earlier(team, lab, kernel, read, bandwidths[0], tolerance):
        outcome = lab.failed(
            f"{where}: in a new process the value for two samples is right; for the next two samples of the same "
            "sizes it is not.",
            "What is remembered from one call to the next? Two samples of one size are not the same sample.",
            measured,
        )
        return replace(outcome, diagnosis="discrepancy_term_of_earlier_samples")
    last = asked[-1][1]
    return lab.failed(
        f"{where}: on {last.n} and {last.m} points the value is {asked[-1][0]:.5g}; the unbiased MMD² is "
        f"{RIGHT[next(iter(RIGHT))](last):.5g} and the biased one {list(RIGHT.values())[1](last):.5g} with the same kernel.",
        "Check each of the three means on two or three points by hand.",
        measured,
    )


def parts_of(read, X, Y, which):
    """The sums over the kernel matrices of two samples, for the bandwidth of this index."""
    known = parts(read.matrix(X, X, which), read.matrix(Y, Y, which), read.matrix(X, Y, which))
    if len(X) != len(Y):
        return known
    norms = (X**2).sum(axis=1)[None] + (Y**2).sum(axis=1)[:, None]
    return replace(known, turned=read.at(np.maximum(norms - 2 * X @ Y.T, 0), which).sum())


def follows_between(read, bandwidths):
    """Whether the kernel between the samples has the bandwidth that is asked for."""
    return bool(np.allclose(read.widths, bandwidths, rtol=1e-3))


def first_term_for_both(asked, tolerance):
    """Whether samples of one size have one mean within for both, and samples of two sizes have their own."""
    once = [rule for name, rule in WRONG.items() if "sample's mean in place of" in name]
    return (
        len(asked) > 1
        and any(explains(rule, asked[:1], tolerance, True) for rule in once)
        and any(explains(rule, asked[1:], tolerance, True) for rule in RIGHT.values())
    )


def depends_on_earlier(team, lab, kernel, read, bandwidth, tolerance):
    """Whether the value is right for the first two samples of a process, and wrong for others of the same sizes."""
    forget_others(team)
    right = []
    for _ in range(2):
        X, Y = lab.moons(45), 0.3 + 0.8 * lab.moons(35)
        try:
            asked = [(value(team, lab, X, Y, kernel, bandwidth), parts_of(read, X, Y, 0))]
        except TeamFault:
            return False
        right.append(any(explains(rule, asked, tolerance, True) for rule in RIGHT.values()))
    return right == [True, False]


def known_kernel(team, lab, bandwidths, tolerance):
    """The first kernel that can be read, with its name for the call."""
    for kernel in ("se", "imq"):
        try:
            read = read_kernel(team, lab, kernel, bandwidths, tolerance)
        except TeamFault:
            continue
        if read is not None:
            return kernel, read
    return None


def explains(rule, asked, tolerance, squared):
    """Whether a rule gives the values that were answered, or their roots."""
    for got, p in asked:
        wanted = rule(p)
        if not squared:
            if np.isnan(got) and wanted < 0:
                continue
            got = got * abs(got) if wanted < 0 else got**2
        if not abs(got - wanted) <= tolerance * max(abs(wanted), 0.1):
            return False
    return True


def recognised(asked, tolerance):
    """Whether some estimator, right or wrong, gives the answers so far or their roots."""
    rules = [*RIGHT.values(), *WRONG.values()]
    return any(explains(rule, asked, tolerance, squared) for rule in rules for squared in (True, False))


def closest(lab, asked, tolerance):
    """Evidence: the distance from the nearest estimator that counts as right."""
    gaps = [max(abs(got - rule(p)) / max(abs(rule(p)), 0.1) for got, p in asked) for rule in RIGHT.values()]
    return lab.measured(
        "relative distance from the nearest right estimate", float(np.min(gaps)), at_most=tolerance
    )


def told(lab, where, name, right, squared, root_share, measured):
    """The outcome for an estimator that was recognised."""
    if right and squared:
        lab.note(f"MMD² read as: {name}.")
        return lab.own(measured)
    if right:
        outcome = lab.partial(
            root_share,
            f"{where}: returns MMD, the square root of MMD² ({name}). The sheet asks for MMD², which may be negative.",
            "Leave out the square root: it fails where the estimate is negative.",
        )
        return replace(outcome, diagnosis="discrepancy_square_root")
    twin = next((twin for start, twin in DIAGNOSES.items() if squared and name.startswith(start)), "")
    root = "" if squared else " Besides, the square root is taken."
    outcome = lab.failed(
        f"{where}: the values are those of an estimate with {name}.{root}",
        "Write down the three means with their denominators and compare.",
        measured,
    )
    return replace(outcome, diagnosis=twin)
