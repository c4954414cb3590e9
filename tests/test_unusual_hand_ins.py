"""Hand-ins in unusual dress: kernels by number, truth or static method; setters; generators; wrappers; changed data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from stubs.loose import TRAIN, check_discrepancy, check_kernel_density, team_of

from grader.rubric import Rubric, load
from reference.generative_baselines.diagnoses_mixture import degenerate, parameters_in
from reference.generative_baselines.questions.histogram import merged
from reference.generative_baselines.questions.interface import adapters

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def rubric() -> Rubric:
    """The first sheet's roles, as they are shipped."""
    return load(ROOT / "rubrics" / "generative_baselines.yaml")


HEAD = "import numpy as np\nfrom scipy.spatial.distance import cdist\n"
BY_NUMBER = (
    HEAD
    + """
def mmd(X, Y, kernel_nr, h):
    D = [cdist(a, b, "sqeuclidean") / h**2 for a, b in ((X, X), (Y, Y), (X, Y))]
    if kernel_nr == 1:
        xx, yy, xy = [np.exp(-d) for d in D]
    else:
        xx, yy, xy = [1 / np.sqrt(1 + d) for d in D]
    return xx.mean() + yy.mean() - 2 * xy.mean()
print(mmd(np.zeros((2, 2)), np.ones((2, 2)), 1, 0.5), mmd(np.zeros((2, 2)), np.ones((2, 2)), 2, 0.5))
"""
)
BY_PLACE = (
    HEAD
    + """
def mmd2(k, h, X, Y):
    def K(A, B):
        d = cdist(A, B, "sqeuclidean") / h**2
        return [np.exp(-d), 1 / np.sqrt(1 + d)][k]
    return K(X, X).mean() + K(Y, Y).mean() - 2 * K(X, Y).mean()
"""
)
BY_TRUTH = (
    HEAD
    + """
def MMD(X, Y, h=0.5, q=False):
    f = (lambda d: 1 / np.sqrt(1 + d**2 / h**2)) if q else (lambda d: np.exp(-d**2 / h**2))
    return f(cdist(X, X)).mean() + f(cdist(Y, Y)).mean() - 2 * f(cdist(X, Y)).mean()
"""
)
STATIC = (ROOT / "reference/generative_baselines/right/records_of_parameters.py").read_text(encoding="utf-8")
"""The twin whose kernels are static methods."""
IN_A_LIST = (
    HEAD
    + """
def se(r2, h): return np.exp(-r2 / h**2)
def imq(r2, h): return 1.0 / np.sqrt(1.0 + r2 / h**2)

def mmd2(X, Y, h, kernels=(se, imq)):
    xx, yy, xy = cdist(X, X, "sqeuclidean"), cdist(Y, Y, "sqeuclidean"), cdist(X, Y, "sqeuclidean")
    return np.array([k(xx, h).mean() + k(yy, h).mean() - 2 * k(xy, h).mean() for k in kernels])
"""
)
WITH_THE_TEST_DATA = (
    HEAD
    + """
class MMDVergleich:
    def __init__(self, testdaten, h=0.3, kern="se"):
        self.testdaten, self.h, self.kern = testdaten, h, kern
        self.eigen = self._k(testdaten, testdaten).mean()

    def _k(self, a, b):
        d = cdist(a, b, "sqeuclidean") / self.h**2
        return np.exp(-d) if self.kern == "se" else 1 / np.sqrt(1 + d)

    def abstand(self, erzeugt):
        return self.eigen + self._k(erzeugt, erzeugt).mean() - 2 * self._k(self.testdaten, erzeugt).mean()
"""
)


@pytest.mark.parametrize("source", [BY_NUMBER, BY_PLACE, BY_TRUTH, STATIC, IN_A_LIST, WITH_THE_TEST_DATA])
def test_a_kernel_is_told_however_the_code_takes_it(source: str, tmp_path: Path, rubric: Rubric) -> None:
    with team_of(source, tmp_path, rubric, "mmd") as team:
        check_discrepancy(team)


KDE = """
    def fit(self, features):
        self.centres = features.copy()
        return self

    def score_samples(self, features):
        d = ((features[:, None] - self.centres) ** 2).sum(2) / (2 * self.{h}**2)
        return np.log(np.exp(-d).mean(1)) - np.log(2 * np.pi * self.{h}**2)
"""
SETTER = (
    "import numpy as np\nclass KDE:\n    def __init__(self):\n        self.b = 0.1\n    def setBandwidth(self, bandwidth):\n        self.b = bandwidth\n        return self\n"
    + KDE.format(h="b")
    + """
    def sample(self, n):
        return self.centres[np.random.randint(len(self.centres), size=n)] + self.b * np.random.randn(n, 2)
"""
)
GIVEN = (
    "import numpy as np\nclass Base:\n    def __init__(self, **given):\n        self.__dict__.update(given)\nclass KDE(Base):\n"
    + KDE.format(h="h")
    + """
    def sample(self, n):
        return self.centres[np.random.randint(len(self.centres), size=n)] + self.h * np.random.randn(n, 2)
"""
)
GENERATOR = (
    "import numpy as np\nclass KDE:\n    def __init__(self, h):\n        self.h = h\n"
    + KDE.format(h="h")
    + """
    def ziehe(self, zufallszahl, anzahl):
        rows = zufallszahl.choice(len(self.centres), size=anzahl)
        return self.centres[rows] + zufallszahl.normal(0, self.h, (anzahl, 2))
"""
)
SILENT = (
    "import numpy as np\nclass KDE:\n    def __init__(self, h):\n        self.h = h\n"
    + KDE.format(h="h").replace("score_samples", "at_places")
    + """
    def realise(self, n):
        return self.centres[np.random.randint(len(self.centres), size=n)] + self.h * np.random.randn(n, 2)
"""
)


@pytest.mark.parametrize("source", [SETTER, GIVEN, GENERATOR, SILENT])
def test_a_kernel_density_answers_in_any_dress(source: str, tmp_path: Path, rubric: Rubric) -> None:
    with team_of(source, tmp_path, rubric, "kde") as team:
        check_kernel_density(team)
        assert team.kde(bandwidth=0.3).fit(TRAIN).sample(11).shape == (11, 2)


def test_data_that_a_method_changes_are_seen_and_copies_are_not(tmp_path: Path, rubric: Rubric) -> None:
    body = KDE.format(h="h").replace("features.copy()", "features.copy(); features -= features.mean(0)")
    source = "import numpy as np\nclass KDE:\n    def __init__(self, h):\n        self.h = h\n" + body
    with team_of(source, tmp_path, rubric, "kde") as team:
        before = TRAIN.copy()
        assert team.kde(bandwidth=0.3).changes("fit", TRAIN)
        assert not team.kde(bandwidth=0.3).fit(TRAIN).changes("score_samples", TRAIN)
        assert np.array_equal(TRAIN, before)


def test_rows_in_another_order_are_no_change(tmp_path: Path, rubric: Rubric) -> None:
    body = KDE.format(h="h").replace("features.copy()", "features.copy(); np.random.shuffle(features)")
    source = "import numpy as np\nclass KDE:\n    def __init__(self, h):\n        self.h = h\n" + body
    with team_of(source, tmp_path, rubric, "kde") as team:
        assert not team.kde(bandwidth=0.3).changes("fit", TRAIN)


WRAPPER = """
class Wrapper:
    def __init__(self, model):
        self.model = model
    def fit(self, X):
        self.model.learn(X)
        return self
    def sample(self, n): return self.model.draw(n)
    def score_samples(self, X): return self.model.values(X)
class KDEAdapter:
    def fit(self, X):
        self.kde = MyDensity(X)
        return self
    def sample(self, n): return self.kde.draw(n)
    def score_samples(self, X): return self.kde.values(X)
class NoAdapter:
    def fit(self, X): return self
    def sample(self, n): return None
"""


def test_adapters_are_known_by_what_they_call(tmp_path: Path, rubric: Rubric) -> None:
    with team_of(WRAPPER, tmp_path, rubric, "kde") as team:
        found = dict(adapters(team))
    assert found.keys() == {"Wrapper", "KDEAdapter"}
    assert found["Wrapper"] is None and "MyDensity" in found["KDEAdapter"]


def test_parameters_of_a_mixture_are_read_by_their_shapes() -> None:
    weights, means = np.array([0.5, 0.3, 0.2]), np.arange(6.0).reshape(3, 2)
    covariances = np.repeat(np.eye(2)[None], 3, axis=0)
    history = np.arange(7.0)
    ((w, m, c),) = parameters_in([history, means.T, weights, covariances, weights.copy()], 3, 2)
    assert np.array_equal(w, weights) and np.array_equal(m, means) and np.array_equal(c, covariances)
    assert parameters_in([means, weights], 3, 2) == []
    train = np.random.default_rng(0).standard_normal((50, 2))
    assert not degenerate(weights, means, covariances, train)
    assert degenerate(np.array([0.98, 0.01, 0.01]), means, covariances, train)


@pytest.mark.parametrize(
    ("edges", "told"), [([0, 1, 2, 3], False), ([0, 1, 3, 4], True), ([0, 1, 3, 5], False)]
)
def test_two_bins_read_as_one_are_known_by_their_width(edges: list[int], told: bool) -> None:
    assert merged(np.array(edges, dtype=float)) is told
