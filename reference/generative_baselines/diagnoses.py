"""How each item is probed for the mistake behind its failure; the candidates are the twins in `wrong`.

Data are chosen so that mistakes separate: correlated data for the single Gaussian, separated and overlapping
clusters for the mixture, four points for the kernels, the team's own cells for the histogram. The discrepancy
has no probe: its checks read kernel and estimator off the values and name the mistake themselves.
"""

from dataclasses import dataclass, field

import numpy as np

from grader.judge import instruments
from grader.judge.diagnosis_probes import ExactProbe, FactProbe, SampleProbe
from reference.generative_baselines.questions.asking import density_of, near
from reference.generative_baselines.questions.histogram_cells import look
from reference.generative_baselines.questions.kernel_density import CONVENTIONS, ask_width
from reference.generative_baselines.questions.mixture_fits import clusters

NOTHING, HIGHEST = -60.0, 60.0
"""Log-densities are cut off here, so that zero density is a number too."""


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
            return own if self.edges is None else list(self.edges)

    return {
        "histogram": Histogram,
        "gaussian": namespace["Gaussian"],
        "gmm": Mixture,
        "kde": namespace["KernelDensity"],
        "mmd": namespace["mmd_squared"],
    }


@dataclass
class Condition:
    """What to fit and where to ask, and the hand-in's own model where it was fitted before."""

    train: np.ndarray
    probe: np.ndarray
    parameters: dict = field(default_factory=dict)
    model: object = None
    other: np.ndarray | None = None
    """A second training set; or the training set for candidates only."""
    marks: dict = field(default_factory=dict)


def logs(density, points, low=NOTHING):
    """Log-densities as finite numbers, shape (n,)."""
    return np.clip(np.nan_to_num(instruments.ask(density, points), nan=HIGHEST), low, HIGHEST)


def of_candidate(team, role, condition, low=NOTHING):
    """A candidate's log-densities under a condition."""
    model = getattr(team, role)(**condition.parameters).fit(condition.train)
    return logs(model.score_samples, condition.probe, low)


def of_hand_in(team, lab, role, condition, low=NOTHING):
    """The hand-in's log-densities under a condition."""
    model = condition.model or getattr(team, role)(**condition.parameters).fit(condition.train)
    return logs(density_of(team, lab, role, model, condition.train), condition.probe, low)


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
    return [*conditions, Condition(found.train, around, {"bins": BINS}, found.model)]


def histogram_values(team, lab, condition):
    return [of_hand_in(team, lab, "histogram", condition, EMPTY)]


def histogram_expected(team, lab, condition):
    return [of_candidate(team, "histogram", condition, EMPTY)]


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


def lattice(axes):
    """All pairs of an x and a y, shape (n, 2)."""
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 2)


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


# ------------------------------------------------------------------------------------ mixture
FITS = 3


APART = np.array([[0.0, 11.0], [-10.0, -6.0], [10.0, -6.0]])
TOUCHING = 0.28
SHAPES = np.array([[[2.0, 1.4], [1.4, 1.2]], [[0.4, -0.3], [-0.3, 0.35]], [[0.3, 0.0], [0.0, 1.8]]])


def separated(lab, n, label, distance=1.0):
    """Three normal clusters of unlike shapes, of weights 0.55, 0.28 and 0.17, turned; at 1 they do not overlap."""
    rng = lab.rng(label)
    member = rng.choice(3, size=n, p=rng.permutation([0.55, 0.28, 0.17]))
    factors = np.linalg.cholesky(SHAPES)[member]
    points = distance * APART[member] + np.einsum("nij,nj->ni", factors, rng.standard_normal((n, 2)))
    angle = rng.uniform(0, 2 * np.pi)
    cosine, sine = np.cos(angle), np.sin(angle)
    return points @ np.array([[cosine, sine], [-sine, cosine]])


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


def one_place_per_call(model, places, calls=8, n=40):
    """Whether all points of each call lie nearest to one place, which is not the same for all calls."""
    chosen = []
    for _ in range(calls):
        points = np.asarray(model.sample(n), dtype=float)
        nearest = ((points[:, None] - places[None]) ** 2).sum(axis=2).argmin(axis=1)
        if len(set(nearest)) > 1:
            return False
        chosen.append(nearest[0])
    return len(set(chosen)) > 1


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


# ------------------------------------------------------------------------------------ kernels
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
    return [of_hand_in(team, lab, "kde", one) for one in condition[0]]


def kernel_expected(team, lab, condition):
    fitted = [team.kde(bandwidth=float(w)).fit(one.train) for one, w in zip(*condition, strict=True)]
    return [logs(model.score_samples, one.probe) for model, one in zip(fitted, condition[0], strict=True)]


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


# ------------------------------------------------------------------------------------ samples of all models
def sample_probe(role, condition):
    """Samples of a role under a condition."""

    def hand_in(team, lab, chosen, n):
        return np.asarray(chosen.model.sample(n), dtype=float)

    def candidate(team, lab, chosen, n):
        return getattr(team, role)(**chosen.parameters).fit(chosen.train).sample(n)

    def marks(chosen):
        return chosen.marks

    return SampleProbe(condition, hand_in, candidate, marks)


HISTOGRAM = ExactProbe(histogram_conditions, histogram_values, histogram_expected, additive=True)
GAUSSIAN = ExactProbe(gaussian_conditions, gaussian_values, gaussian_expected, additive=True)
MIXTURE = ExactProbe(mixture_conditions, mixture_values, mixture_expected, alone=True, additive=True)
ONE_COMPONENT = ExactProbe(one_component_conditions, one_component_values, one_component_expected)
KERNELS = ExactProbe(kernel_conditions, kernel_values, kernel_expected, additive=True)

PROBES = {
    "histogram.fit": (FactProbe(clipped_range), HISTOGRAM),
    "histogram.density": (HISTOGRAM,),
    "histogram.sampling": (sample_probe("histogram", histogram_sampling_condition),),
    "gaussian.density": (GAUSSIAN,),
    "gaussian.sampling": (sample_probe("gaussian", gaussian_sampling_condition),),
    "gmm.fit": (FactProbe(stops_early), MIXTURE),
    "gmm.density": (MIXTURE,),
    "gmm.sampling": (FactProbe(one_component_per_call), sample_probe("gmm", mixture_sampling_condition)),
    "gmm.one_equals_gaussian": (ONE_COMPONENT,),
    "kde.density": (KERNELS,),
    "kde.sampling": (FactProbe(one_centre_per_call), sample_probe("kde", kernel_sampling_condition)),
}
