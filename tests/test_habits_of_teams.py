"""Habits of real teams: points with labels, single coordinates, columns, fluent setters, kernels made in many ways."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from stubs.loose import TRAIN, check_discrepancy, check_kernel_density, team_of

from grader.rubric import Rubric, load
from reference.generative_baselines.questions.discrepancy_kernel import FAMILIES, sum_of_widths
from reference.generative_baselines.questions.interface import adapters
from reference.generative_baselines.questions.kernel_density import lost_with_many

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def rubric() -> Rubric:
    """The first sheet's roles, as they are shipped."""
    return load(ROOT / "rubrics" / "generative_baselines.yaml")


HEAD = "import numpy as np\nfrom scipy.spatial.distance import cdist\nfrom scipy.special import logsumexp\n"
WITH_LABELS = """
class Kernschaetzer:
    def __init__(self, sigma):
        self.sigma = sigma
    def train(self, daten):
        self.X = np.array(daten[0])
    def predict(self, daten):
        X, y = daten
        log_norm = np.log(2 * np.pi * self.sigma**2) + np.log(len(self.X))
        return [float(logsumexp(-((p - self.X) ** 2).sum(1) / (2 * self.sigma**2)) - log_norm) for p in X]
    def generate(self, anzahl):
        i = np.random.randint(len(self.X), size=anzahl)
        return self.X[i] + self.sigma * np.random.randn(anzahl, 2), i
"""
BESIDE_POINTS = """
class KDE:
    def __init__(self, h): self.h = h
    def train(self, points): self.points = [list(p) for p in points]
    def value(self, p):
        d = [(p[0] - q[0]) ** 2 + (p[1] - q[1]) ** 2 for q in self.points]
        return sum(np.exp(-r / (2 * self.h**2)) for r in d) / (len(d) * 2 * np.pi * self.h**2)
    def predict(self, points): return [[p[0], p[1], self.value(p)] for p in points]
    def generate(self, n):
        rows = np.random.randint(len(self.points), size=n)
        return [[self.points[r][0] + self.h * np.random.randn(), self.points[r][1] + self.h * np.random.randn()] for r in rows]
"""
ONE_COORDINATE = """
import math
class KernelDensity2D:
    def __init__(self, points, width):
        self.points, self.width = [tuple(map(float, p)) for p in points], width
    def evaluate(self, x, y):
        total = 0.0
        for (a, b) in self.points:
            total += math.exp(-((x - a) ** 2 + (y - b) ** 2) / (2 * self.width**2))
        return total / (len(self.points) * 2 * math.pi * self.width**2)
    def get_samples(self, how_many):
        rows = np.random.randint(len(self.points), size=how_many)
        return [tuple(np.array(self.points[r]) + self.width * np.random.randn(2)) for r in rows]
"""
COLUMNS = """
def phi(t): return np.exp(-t**2 / 2) / np.sqrt(2 * np.pi)
def density_kde(x, y, points, sigma):
    kx = phi((x[..., None] - points[0]) / sigma) / sigma
    ky = phi((y[..., None] - points[1]) / sigma) / sigma
    return np.mean(kx * ky, axis=-1)
def draw_kde(N, points, sigma):
    who = np.random.randint(points.shape[1], size=N)
    return points[:, who] + sigma * np.random.randn(2, N)
"""
FLUENT = """
class KDE:
    def __init__(self): self._h = 0.1
    def bandwidth(self, h):
        self._h = h
        return self
    def fit(self, X):
        self.data_ = X.copy()
        return self
    def score_samples(self, X):
        d = cdist(X, self.data_, "sqeuclidean")
        return logsumexp(-d / (2 * self._h**2), axis=1) - np.log(len(self.data_) * 2 * np.pi * self._h**2)
    def sample(self, n):
        return self.data_[np.random.randint(len(self.data_), size=n)] + self._h * np.random.randn(n, 2)
"""
SIBLINGS = """
def kern_anpassen(daten, breite): return {"zentren": np.array(daten), "breite": breite}
def kern_dichte(modell, punkte):
    b2 = modell["breite"] ** 2
    return np.exp(-cdist(punkte, modell["zentren"], "sqeuclidean") / (2 * b2)).mean(axis=1) / (2 * np.pi * b2)
def kern_ziehe(modell, anzahl):
    rows = np.random.randint(len(modell["zentren"]), size=anzahl)
    return modell["zentren"][rows] + modell["breite"] * np.random.randn(anzahl, 2)
def kern_se(a, b, h): return np.exp(-cdist(a, b, "sqeuclidean") / h**2)
"""


@pytest.mark.parametrize(
    "source", [WITH_LABELS, BESIDE_POINTS, ONE_COORDINATE, COLUMNS, FLUENT, SIBLINGS],
    ids=["labels", "beside points", "one coordinate", "columns", "fluent", "siblings"],
)  # fmt: skip
def test_a_kernel_density_is_asked_as_the_team_means_it(source: str, tmp_path: Path, rubric: Rubric) -> None:
    with team_of(HEAD + source, tmp_path, rubric, "kde") as team:
        check_kernel_density(team)


BY_FACTORY = """
class MMD:
    def __init__(self, f): self._f = f
    @classmethod
    def with_se(cls, h): return cls(lambda s: np.exp(-s / h**2))
    @classmethod
    def with_imq(cls, h): return cls(lambda s: 1 / np.sqrt(1 + s / h**2))
    def between(self, X, Y):
        k = lambda A, B: self._f(cdist(A, B, "sqeuclidean"))
        return k(X, X).mean() - 2 * k(X, Y).mean() + k(Y, Y).mean()
"""
STARRED = """
class SEKern:
    def __init__(self, *h): self.h = np.array(h)[:, None, None]
    def __call__(self, d2): return np.exp(-d2 / self.h**2).sum(0)
class IMQKern(SEKern):
    def __call__(self, d2): return (1 + d2 / self.h**2) ** -0.5 * np.ones(1)
def mmd2(A, B, kern):
    k = lambda X, Y: np.squeeze(kern(cdist(X, Y, "sqeuclidean")))
    return k(A, A).mean() + k(B, B).mean() - 2 * k(A, B).mean()
print(mmd2(np.zeros((2, 2)), np.ones((2, 2)), SEKern(0.1, 0.3)), mmd2(np.zeros((2, 2)), np.ones((2, 2)), IMQKern(0.1)))
"""
IN_DATACLASSES = """
from dataclasses import dataclass, field
@dataclass
class SE:
    bandwidths: list = field(default_factory=lambda: [0.3])
    def __call__(self, x, y): return sum(np.exp(-cdist(x, y, "sqeuclidean") / h**2) for h in self.bandwidths)
@dataclass
class IMQ:
    bandwidths: list = field(default_factory=lambda: [0.3])
    def __call__(self, x, y): return sum((1 + cdist(x, y, "sqeuclidean") / h**2) ** -0.5 for h in self.bandwidths)
def mmd2(x, y, kernel): return kernel(x, x).mean() + kernel(y, y).mean() - 2 * kernel(x, y).mean()
"""


def test_the_class_left_of_a_family_of_kernels_is_the_other_kernel(tmp_path: Path, rubric: Rubric) -> None:
    source = IN_DATACLASSES.replace("class IMQ:", "class Quadrik(SE):")
    with team_of(HEAD + source, tmp_path, rubric, "mmd") as team:
        check_discrepancy(team)


@pytest.mark.parametrize("source", [BY_FACTORY, STARRED, IN_DATACLASSES], ids=["factory", "star", "fields"])
def test_kernels_are_made_as_the_team_makes_them(source: str, tmp_path: Path, rubric: Rubric) -> None:
    with team_of(HEAD + source, tmp_path, rubric, "mmd") as team:
        check_discrepancy(team)


PARENT = """
class _Wrapped:
    FUNCS = None
    def fit(self, X):
        self.p = self.FUNCS[0](X)
        return self
    def sample(self, n): return self.FUNCS[1](self.p, n)
    def score_samples(self, X): return self.FUNCS[2](self.p, X)
class SofiaKDE(_Wrapped): FUNCS = (kde_fit, kde_sample, kde_score)
"""


def test_an_adapter_may_have_its_methods_from_a_parent(tmp_path: Path, rubric: Rubric) -> None:
    with team_of("kde_fit = kde_sample = kde_score = None\n" + PARENT, tmp_path, rubric, "kde") as team:
        assert {"kde_fit", "kde_sample", "kde_score"} <= dict(adapters(team))["SofiaKDE"]


def test_a_sum_of_several_widths_is_told_from_one_width_and_from_another_kernel() -> None:
    distances = np.array([0.0, 0.3, 0.6, 0.9, 1.2, 1.6, 2.1, 3.0, 5.0])
    several = 3.0 - sum(FAMILIES["se"]((distances / f) ** 2) for f in (0.25, 0.5, 1, 2, 4))
    assert sum_of_widths(several, "se", 0.4, 1e-6)
    assert not sum_of_widths(1.0 - FAMILIES["laplace"](distances**2), "se", 0.4, 1e-6)
    assert not sum_of_widths(np.zeros(9), "se", 0.4, 1e-6)


@pytest.mark.parametrize(
    ("kept", "told"),
    [
        (slice(None), ""),
        ("nearest", "kernel_density_nearest_only"),
        (slice(0, 80), "kernel_density_last_batch_lost"),
    ],
)
def test_what_is_lost_with_many_points_is_known_by_what_is_left(kept: slice | str, told: str) -> None:
    class Kernels:
        def fit(self, X: np.ndarray) -> Kernels:
            self.X = X
            return self

        def score_samples(self, P: np.ndarray) -> np.ndarray:
            return -((P - self.X[0]) ** 2).sum(axis=1)

    probe = TRAIN[:7] + 0.01
    each = -((probe[:, None] - TRAIN) ** 2).sum(axis=2) - np.log(len(TRAIN))
    left = np.sort(each, axis=1)[:, ::-1][:, :20] if kept == "nearest" else each[:, kept]
    answers = np.logaddexp.reduce(left, axis=1)
    if told:
        assert lost_with_many(Kernels(), TRAIN, probe, answers, 1e-9) == told
    else:
        assert lost_with_many(Kernels(), TRAIN, probe, answers + 0.7, 1e-9) == "kernel_density_batches_apart"
        assert lost_with_many(Kernels(), TRAIN, probe, answers - 0.7, 1e-9) == ""


BEHIND_A_DECORATOR = """
def needs_fit(method):
    def checked(self, *args, **kwargs):
        assert self.ready, "fit first"
        return method(self, *args, **kwargs)
    return checked
class KDE:
    ready = False
    def __init__(self, h): self.h = h
    def fit(self, X):
        self.X, self.ready = X.copy(), True
        return self
    @needs_fit
    def score_samples(self, X):
        d = cdist(X, self.X, "sqeuclidean")
        return logsumexp(-d / (2 * self.h**2), axis=1) - np.log(len(self.X) * 2 * np.pi * self.h**2)
    @needs_fit
    def sample(self, n): return self.X[np.random.randint(len(self.X), size=n)] + self.h * np.random.randn(n, 2)
"""
PAIR_OF_COLUMNS = """
def kde_par(xy, h): return np.array(xy[0]), np.array(xy[1]), h
def rho_kde(par, x, y):
    xn, yn, h = par
    kx = np.exp(-0.5 * ((np.ravel(x)[:, None] - xn) / h)**2) / np.sqrt(2 * np.pi * h**2)
    ky = np.exp(-0.5 * ((np.ravel(y)[:, None] - yn) / h)**2) / np.sqrt(2 * np.pi * h**2)
    return (kx * ky).mean(axis=1).reshape(np.shape(x))
def gen_kde(par, N):
    xn, yn, h = par
    k = np.random.randint(len(xn), size=N)
    return np.random.normal(xn[k], h), np.random.normal(yn[k], h)
train = np.random.randn(2, 50)
print(rho_kde(kde_par(train, 0.1), train[0], train[1]), gen_kde(kde_par(train, 0.3), 5))
"""


@pytest.mark.parametrize("source", [BEHIND_A_DECORATOR, PAIR_OF_COLUMNS], ids=["decorator", "columns"])
def test_what_a_signature_hides_is_found_by_trying(source: str, tmp_path: Path, rubric: Rubric) -> None:
    with team_of(HEAD + source, tmp_path, rubric, "kde") as team:
        check_kernel_density(team)


def test_a_class_that_lacks_what_another_method_sets_is_not_called_wrong(
    tmp_path: Path, rubric: Rubric
) -> None:
    source = """
class KernelModel:
    def __init__(self, width): self.width = width
    def set_data(self, points): self.points = points
    def learn(self, X): pass
    def log_pdf(self, X):
        d = cdist(X, self.points, "sqeuclidean")
        return logsumexp(-d / (2 * self.width**2), axis=1) - np.log(len(self.points) * 2 * np.pi * self.width**2)
    def draw(self, n): return self.points[:n]
"""
    with team_of(HEAD + source, tmp_path, rubric, "kde") as team:
        assert "do not know how to call" in team.binding("kde").doubts["score_samples"]


def test_a_model_in_a_class_that_another_role_passed_over_may_be_the_missing_one(
    tmp_path: Path, rubric: Rubric
) -> None:
    body = KDE_CLASS.format(name="Gauss") + KDE_CLASS.format(name="GaussNochmal")
    with team_of(HEAD + body, tmp_path, rubric, "gaussian", "kde") as team:
        assert team.has("gaussian") and not team.has("kde")
        assert "that may be it" in team.binding("kde").why


KDE_CLASS = """
class {name}:
    def fit(self, X):
        self.mu, self.C = X.mean(0), np.cov(X.T)
        return self
    def score_samples(self, X):
        d = X - self.mu
        return -0.5 * ((d @ np.linalg.inv(self.C)) * d).sum(1) - 0.5 * np.linalg.slogdet(2 * np.pi * self.C)[1]
    def sample(self, n): return np.random.multivariate_normal(self.mu, self.C, n)
"""


IN_A_SERIES = """
import pandas as pd
KERNELS = {"se": lambda d, h: np.exp(-d / h**2), "imq": lambda d, h: 1 / np.sqrt(1 + d / h**2)}
def mmd2(test, generated, h=0.4):
    values = {}
    for name, kernel in KERNELS.items():
        k = lambda A, B: kernel(cdist(A, B, "sqeuclidean"), h)
        values[name] = k(test, test).mean() + k(generated, generated).mean() - 2 * k(test, generated).mean()
    return pd.Series(values)
"""


def test_numbers_without_names_are_told_by_the_names_in_the_code(tmp_path: Path, rubric: Rubric) -> None:
    with team_of(HEAD + IN_A_SERIES, tmp_path, rubric, "mmd") as team:
        check_discrepancy(team)
