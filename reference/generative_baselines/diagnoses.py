"""How each item is probed for the mistake behind its failure; the candidates are the twins in `wrong`.

Data are chosen so that mistakes separate: correlated data for the single Gaussian, separated and overlapping
clusters for the mixture, four points for the kernels, the team's own cells for the histogram. The discrepancy
has no probe: its checks read kernel and estimator off the values and name the mistake themselves.
"""

from dataclasses import replace

import numpy as np

from grader.judge.diagnosis_probes import ExactProbe, FactProbe
from reference.generative_baselines.diagnoses_mixture import (
    ended_conditions,
    ended_values,
    maximum_not_added_back,
    mixture_conditions,
    mixture_expected,
    mixture_sampling_condition,
    mixture_values,
    one_component_conditions,
    one_component_expected,
    one_component_per_call,
    one_component_values,
    one_step_further,
    ordered_conditions,
    ordered_expected,
    ordered_values,
    stops_early,
)
from reference.generative_baselines.diagnoses_shared import (
    Condition,
    lattice,
    logs,
    of_candidate,
    of_hand_in,
    one_place_per_call,
    sample_probe,
)
from reference.generative_baselines.questions.asking import density_of, near
from reference.generative_baselines.questions.histogram import merged
from reference.generative_baselines.questions.histogram_cells import look
from reference.generative_baselines.questions.kernel_density import CONVENTIONS, ask_width


def roles(namespace):
    """The roles among the definitions of the models or of a twin."""

    class Mixture(namespace["GaussianMixture"]):
        def __init__(self, components=1, random_state=None):
            super().__init__(n_components=components, n_init=1, tolerance=1e-8, random_state=random_state)
            self.components = components

    class Histogram(namespace["Histogram2D"]):
        """`edges` are taken in place of those that `fit` would compute."""

        def __init__(self, bins=20, random_state=None, edges=None):
            super().__init__(bins, None, random_state)
            self.edges = edges

        def _make_edges(self, X):
            own = super()._make_edges(X)
            return own if self.edges is None else [widened(edges) for edges in self.edges]

    return {
        "histogram": Histogram,
        "gaussian": namespace["Gaussian"],
        "gmm": Mixture,
        "kde": namespace["KernelDensity"],
        "mmd": namespace["mmd_squared"],
    }


def widened(edges):
    """Borders that were read off, the outer ones moved out a little, so that no point is lost to rounding."""
    slack = 1e-6 * np.ptp(edges)
    return np.r_[edges[0] - slack, edges[1:-1], edges[-1] + slack]


# ------------------------------------------------------------------------------------ histogram
EMPTY = -9.0
"""Log-densities below this are an empty cell: teams add a small number before the logarithm."""
BINS = 3


def seen(team, lab):
    """The hand-in's histogram as the checks have read it."""
    return look(team, lab, BINS, 1e-3)


def histogram_conditions(team, lab):
    """The hand-in's cells, asked at their midpoints and around; then the range and bins of the reference."""
    found = seen(team, lab)
    if found.density is None:
        return []
    conditions = []
    around = near(found.train, 0.05, 200, lab.rng("diagnosis probe"))
    if found.cells is not None and found.outside <= 0.02:
        borders = (found.cells.x_edges, found.cells.y_edges)
        middle = lattice([(edges[1:] + edges[:-1]) / 2 for edges in borders])
        conditions.append(Condition(found.train, middle, {"bins": BINS, "edges": borders}, found.model))
    conditions.append(Condition(found.train, around, {"bins": BINS}, found.model))
    if found.density.plain == "claim":  # its values, of which we took the logarithm, may be meant as they are
        conditions.append(replace(conditions[0], marks={"raw": True}))
    return conditions


def histogram_values(team, lab, condition):
    if condition.marks.get("raw"):
        density = seen(team, lab).density
        return [logs(lambda points: np.exp(density(points)), condition.probe, EMPTY)]
    return [of_hand_in(team, lab, "histogram", condition, EMPTY)]


def histogram_expected(team, lab, condition):
    return [of_candidate(team, "histogram", condition, EMPTY)]


def one_cell_doubled(team, lab):
    """The twin of an index that is rounded towards zero: one cell of an axis is twice as wide as all others."""
    found = seen(team, lab)
    if found.cells is None or not (merged(found.cells.x_edges) or merged(found.cells.y_edges)):
        return ""
    return "histogram_rounds_towards_zero"


def clipped_range(team, lab):
    """The twin of a range that cuts off data: its ends lie inside the data, and not by whole lost bins."""
    found = seen(team, lab)
    if found.cells is None or found.outside <= 0.02:
        return ""
    cut = []
    for values, edges in zip(found.train.T, (found.cells.x_edges, found.cells.y_edges), strict=True):
        size = np.diff(edges).mean()
        cut += [(edges[0] - values.min()) / size, (values.max() - edges[-1]) / size]
    sides = [side for side in cut if side > 1e-3]
    lost = [abs(side - round(side)) < 0.02 for side in sides]
    return "" if any(lost) or not sides else "histogram_clips_range"


def histogram_sampling_condition(team, lab):
    """Samples from the hand-in's cells; corners, centres, nodes and training points are marked."""
    found = seen(team, lab)
    if found.cells is None:
        reference = lab.reference.histogram(bins=BINS).fit(found.train)
        borders = (reference.x_edges_, reference.y_edges_)
    else:
        borders = (found.cells.x_edges, found.cells.y_edges)
    centres = [(edges[1:] + edges[:-1]) / 2 for edges in borders]
    marks = {"training points": found.train, "nodes": lattice(borders), "centres": lattice(centres)}
    return Condition(found.train, found.train, {"bins": BINS, "edges": borders}, found.model, marks=marks)


# ------------------------------------------------------------------------------------ single Gaussian
def gaussian_conditions(team, lab):
    """Correlated data, and the same stretched so that n - 1 in the covariance's denominator is met."""
    train = lab.rng("diagnosis data").standard_normal((150, 2)) @ np.array([[1.3, 0.8], [0.0, 0.6]]) + [
        1.5,
        -2.0,
    ]
    probe = near(train, 0.5, 150, lab.rng("diagnosis probe"))
    stretched = train.mean(axis=0) + np.sqrt(len(train) / (len(train) - 1)) * (train - train.mean(axis=0))
    model = team.gaussian().fit(train)
    return [Condition(train, probe, {}, model, other) for other in (train, stretched)]


def gaussian_values(team, lab, condition):
    return [of_hand_in(team, lab, "gaussian", condition)]


def gaussian_expected(team, lab, condition):
    model = team.gaussian().fit(condition.other)
    return [logs(model.score_samples, condition.probe)]


def gaussian_sampling_condition(team, lab):
    train = lab.correlated(300)
    return Condition(train, train, {}, team.gaussian().fit(train), marks={"training points": train})


# ------------------------------------------------------------------------------------ kernels
LOWEST = -600.0
"""Logarithms of far kernels that are averaged are lower than any log-density."""


def kernel_conditions(team, lab):
    """Four points under three bandwidths; `other` holds the widths that candidates get in place of them."""
    widths = np.array([0.25, 0.6, 1.3])
    asked = []
    for width in widths:
        train = lab.four_points(4)
        probe = near(train, 1.5 * width, 100, lab.rng(f"diagnosis probe {width}"))
        model = team.kde(bandwidth=float(width)).fit(train)
        asked.append(Condition(train, probe, {"bandwidth": float(width)}, model))
    return [(asked, widths), *((asked, rule(widths)) for rule in CONVENTIONS.values())]


def kernel_values(team, lab, condition):
    return [of_hand_in(team, lab, "kde", one, LOWEST) for one in condition[0]]


def kernel_expected(team, lab, condition):
    fitted = [team.kde(bandwidth=float(w)).fit(one.train) for one, w in zip(*condition, strict=True)]
    return [
        logs(model.score_samples, one.probe, LOWEST) for model, one in zip(fitted, condition[0], strict=True)
    ]


def kernel_sampling_condition(team, lab):
    """Four points; candidates get the width of the hand-in's own density where that passed."""
    train = lab.four_points(4)
    model = team.kde(bandwidth=0.4).fit(train)
    width = 0.4
    if lab.passed("kde.density") and team.has("kde", "score_samples"):
        one = ask_width(team, lab, 0.4, 1e-3)
        width = 0.4 if one.agrees(0.4) else one.find_width()
    return Condition(train, train, {"bandwidth": width}, model, marks={"training points": train})


def one_centre_per_call(team, lab):
    """The twin of a sampler that puts every point of one call around the same training point."""
    train = lab.four_points(4)
    model = team.kde(bandwidth=0.2).fit(train)
    return "kernel_density_one_centre_per_call" if one_place_per_call(model, train) else ""


def one_offset_per_call(team, lab):
    """The twin of a sampler that moves every point of one call by the same step, another one in the next call."""
    train = lab.four_points(4)
    model = team.kde(bandwidth=0.2).fit(train)
    steps = [steps_of(np.asarray(model.sample(60), dtype=float), train) for _ in range(4)]
    same = all(np.ptp(step, axis=0).max() < 1e-4 for step in steps)
    apart = len({tuple(np.round(step[0], 4)) for step in steps}) > 1
    return "kernel_density_one_offset_per_call" if same and apart else ""


def asking_moves_data(team, lab):
    """The twin of a density that is right when it is asked first, and another one for the same points afterwards."""
    train = lab.four_points(4)
    probe = near(train, 0.5, 40, lab.rng("diagnosis twice"))
    model = team.kde(bandwidth=0.5).fit(train)
    first, second = (np.asarray(model.score_samples(probe), dtype=float) for _ in range(2))
    expected = lab.reference.kde(bandwidth=0.5).fit(train).score_samples(probe)
    right = min(np.abs(first - given).max() for given in (expected, np.exp(expected))) < 1e-3
    return "kernel_density_scales_data_in_place" if right and np.abs(second - first).max() > 0.05 else ""


def last_queries_lost(team, lab):
    """The twin of a density that is worked off in batches: zero for a few places, right for the first of many."""
    train = lab.four_points(4)
    probe = near(train, 0.5, 60, lab.rng("diagnosis batches"))
    log_density = density_of(team, lab, "kde", team.kde(bandwidth=0.5).fit(train), train)
    expected = lab.reference.kde(bandwidth=0.5).fit(train).score_samples(probe)
    few, many = (logs(log_density, np.tile(probe, (times, 1))) for times in (1, 400))
    lost = np.ptp(few) == 0 and np.abs(many[:60] - expected).max() < 1e-3
    return "kernel_density_last_queries_lost" if lost else ""


def noise_of_one_width(team, lab):
    """The twin of noise whose width does not follow the bandwidth."""
    train, spreads = lab.four_points(4), []
    for width in (0.05, 0.4):
        points = np.asarray(team.kde(bandwidth=width).fit(train).sample(600), dtype=float)
        spreads.append(np.sqrt((steps_of(points, train) ** 2).mean()))
    same = spreads[0] > 0 and abs(np.log(spreads[1] / spreads[0])) < 0.15
    return "kernel_density_noise_ignores_bandwidth" if same else ""


def area_of_other_bins(team, lab):
    """The twin of a density whose bins have the area of another, fixed number of bins: its integral says of which."""
    totals = []
    for bins in (BINS, 2 * BINS):
        found = look(team, lab, bins, 1e-3)
        if found.cells is None or found.counts.shape != (bins, bins):
            return ""
        totals.append(found.cells.weights.sum() * bins**2)
    number = np.sqrt(totals[0])
    fixed = abs(totals[1] / totals[0] - 1) < 1e-3 and abs(number - round(number)) < 1e-3 * number
    return "histogram_area_of_other_bins" if fixed and round(number) > 1 else ""


def steps_of(points, centres):
    """From the nearest of the centres, shape (m, 2), to each point: (n, 2)."""
    offsets = points[:, None] - centres[None]
    return offsets[np.arange(len(points)), (offsets**2).sum(axis=2).argmin(axis=1)]


HISTOGRAM = ExactProbe(histogram_conditions, histogram_values, histogram_expected, additive=True)
GAUSSIAN = ExactProbe(gaussian_conditions, gaussian_values, gaussian_expected, additive=True)
AT_THE_TRUTH = ExactProbe(ordered_conditions, ordered_values, ordered_expected)
STEP = ExactProbe(ended_conditions, ended_values, one_step_further)
MIXTURE = ExactProbe(mixture_conditions, mixture_values, mixture_expected, alone=True, additive=True)
ONE_COMPONENT = ExactProbe(one_component_conditions, one_component_values, one_component_expected)
KERNELS = ExactProbe(kernel_conditions, kernel_values, kernel_expected, additive=True)

PROBES = {
    "histogram.fit": (FactProbe(clipped_range), HISTOGRAM),
    "histogram.density": (FactProbe(one_cell_doubled), HISTOGRAM, FactProbe(area_of_other_bins)),
    "histogram.sampling": (sample_probe("histogram", histogram_sampling_condition),),
    "gaussian.density": (GAUSSIAN,),
    "gaussian.sampling": (sample_probe("gaussian", gaussian_sampling_condition),),
    "gmm.fit": (STEP, FactProbe(stops_early), MIXTURE),
    "gmm.density": (AT_THE_TRUTH, FactProbe(maximum_not_added_back), MIXTURE),
    "gmm.sampling": (FactProbe(one_component_per_call), sample_probe("gmm", mixture_sampling_condition)),
    "gmm.one_equals_gaussian": (ONE_COMPONENT,),
    "kde.density": (FactProbe(asking_moves_data), FactProbe(last_queries_lost), KERNELS),
    "kde.sampling": (
        FactProbe(asking_moves_data),
        FactProbe(one_centre_per_call),
        FactProbe(one_offset_per_call),
        sample_probe("kde", kernel_sampling_condition),
        FactProbe(noise_of_one_width),
    ),
}
