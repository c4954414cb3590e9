"""Models that take one point per column, in all methods or in some, and hyperparameters kept in attributes."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest
from stubs.loose import POINTS, TRAIN, check_kernel_density, team_of
from stubs.truth import gaussian_log_density

from grader.errors import TeamFault
from grader.rubric import Rubric, load
from grader.team.class_numbers import number_attributes

DENSITY = "np.exp(-((P.T[:, None] - self.X.T)**2).sum(2)/2/self.h**2).mean(1)/(2*np.pi*self.h**2)"
DRAWN = "self.X[:, np.random.randint(self.X.shape[1], size=n)] + self.h*np.random.randn(2, n)"
KDE = f"""
import numpy as np
class Parzen:
    def __init__(self, h=0.3): self.h = h
    def fit(self, X): self.X = X
    def score_samples(self, P): return np.log({DENSITY})
    def sample(self, n): return {DRAWN}
"""
GAUSSIAN = """
import numpy as np
class Gauss:
    def fit(self, X):
        a, b = X[0], X[1]
        self.m, self.C = np.array([a.mean(), b.mean()]), np.cov(np.stack([a, b]), ddof=0)
        return self
    def log_density(self, Z):
        d = {turned} - self.m
        return -.5*np.sum(d @ np.linalg.inv(self.C) * d, 1) - .5*np.log(np.linalg.det(2*np.pi*self.C))
    def sample(self, n): return np.random.multivariate_normal(self.m, self.C, n){back}
"""


@pytest.fixture(scope="module")
def rubric() -> Rubric:
    """The first sheet's roles, as they are shipped."""
    return load(Path(__file__).parent.parent / "rubrics" / "generative_baselines.yaml")


# ---- columns ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        KDE,
        KDE.replace("fit(self, X): self.X = X", "fit(self, X): self.X = X.T"),
        KDE.replace("return self.X[", "return (self.X[").replace("randn(2, n)", "randn(2, n)).T"),
        KDE + "Parzen = Parzen()\nParzen.fit(np.random.randn(2, 50))\n",
        KDE.replace("(self, h=0.3): self.h = h", "(self, X, h): self.X, self.h = X, h").replace(
            "    def fit(self, X): self.X = X\n", ""
        ),
        "import numpy as np\ndef kde_fit(X, h): return X, h\n"
        "def kde_pdf(P, X, h): return np.exp(-((P.T[:, None] - X.T)**2).sum(2)/2/h**2).mean(1)/(2*np.pi*h**2)\n"
        "def kde_sample(X, h, n): return X[:, np.random.randint(X.shape[1], size=n)] + h*np.random.randn(2, n)\n",
    ],
    ids=["all", "all but the fit", "all but the samples", "an object of the same name", "constructor", "functions"],
)  # fmt: skip
def test_kernel_densities_of_columns_are_asked_with_columns(
    source: str, tmp_path: Path, rubric: Rubric
) -> None:
    with team_of(source, tmp_path, rubric, "kde") as team:
        check_kernel_density(team)
        assert team.binding("kde").confidence > rubric.confidence
        assert not team.binding("kde").doubts


@pytest.mark.parametrize(("turned", "back"), [("Z.T", ".T"), ("Z.T", ""), ("Z", ""), ("Z", ".T")])
def test_a_fit_of_columns_is_told_by_the_order_of_its_points(
    turned: str, back: str, tmp_path: Path, rubric: Rubric
) -> None:
    with team_of(GAUSSIAN.format(turned=turned, back=back), tmp_path, rubric, "gaussian") as team:
        model = team.gaussian().fit(TRAIN)
        assert np.allclose(model.score_samples(POINTS), gaussian_log_density(TRAIN, POINTS, 0))
        assert model.sample(30).shape == (30, 2)


def test_rows_are_never_turned_where_they_are_answered(tmp_path: Path, rubric: Rubric) -> None:
    rows = KDE.replace("P.T[", "P[").replace("self.X.T", "self.X")
    rows = rows.replace(
        DRAWN, "self.X[np.random.randint(len(self.X), size=n)] + self.h*np.random.randn(n, 2)"
    )
    with team_of(rows, tmp_path, rubric, "kde") as team:
        check_kernel_density(team)
        assert "columns" not in str(team.binding("kde").plan)


# ---- never in the right shape ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "in_doubt"),
    [
        ("P @ np.ones((17, 3))", True),
        ("np.zeros(4)", True),
        ("P[11, 5]", True),
        ("undefined_name", False),
        ("P['a']", False),
    ],
)
def test_what_never_answered_in_the_right_shape_is_doubted(
    answer: str, in_doubt: bool, tmp_path: Path, rubric: Rubric
) -> None:
    source = KDE.replace(f"np.log({DENSITY})", answer)
    with team_of(source, tmp_path, rubric, "kde") as team:
        model = team.kde(bandwidth=0.3).fit(TRAIN)
        with pytest.raises(TeamFault):
            model.score_samples(POINTS)
        assert ("kde" in team.doubts.raised) == in_doubt


# ---- attributes -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "start",
    ["    h = 0.15\n", "    def __init__(self): self.h = 0.15\n", "    def __init__(self):\n        self.h: float = 0.15\n"],
)  # fmt: skip
def test_a_bandwidth_in_an_attribute_is_set_there(start: str, tmp_path: Path, rubric: Rubric) -> None:
    source = KDE.replace("    def __init__(self, h=0.3): self.h = h\n", start)
    with team_of(source, tmp_path, rubric, "kde") as team:
        check_kernel_density(team)
        assert team.binding("kde").parameters == {"bandwidth": "h"}


def test_a_bandwidth_that_the_fit_chooses_cannot_be_set(tmp_path: Path, rubric: Rubric) -> None:
    source = KDE.replace("(self, h=0.3): self.h = h", "(self): self.h = 0").replace(
        "self.X = X\n", "self.X, self.h = X, 0.2\n"
    )
    with team_of(source, tmp_path, rubric, "kde") as team:
        assert team.binding("kde").parameters == {}
        assert team.binding("kde").confidence < rubric.confidence


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ("h = 0.2", {"h": 0.2}),
        ("h = 0.2\n  g = 2 * h", {}),
        ("def __init__(self): self.h, self.k = 1, 2", {}),
        ("def __init__(self):\n    self.h = 1\n    self.n = self.h * 2", {}),
        ("def __init__(self):\n    self.h = 1\n    self.set()\n  def set(self): self.n = self.h * 2", {}),
        ("def __init__(self):\n    self.h = 1\n  def use(self): return self.h", {"h": 1}),
        ("h = 3\n  def fit(self, X): self.h = 4", {}),
        ("h = True\n  name = 'x'", {}),
        ("h = 3\n  def fit(self, X, h=h): pass", {}),
    ],
)
def test_numbers_in_attributes_are_those_that_may_be_set_later(body: str, wanted: dict[str, float]) -> None:
    assert number_attributes(ast.parse(f"class A:\n  {body}\n").body[0]) == wanted


def test_a_single_number_of_the_fit_is_the_hyperparameter(tmp_path: Path, rubric: Rubric) -> None:
    source = """
import numpy as np
class Histogram:
    def fit(self, X, m=12):
        self.H, self.a, self.b = np.histogram2d(*X.T, bins=m, density=True)
        self.m = m
    def score_samples(self, P):
        i, j = np.digitize(P[:, 0], self.a) - 1, np.digitize(P[:, 1], self.b) - 1
        inside = (i >= 0) & (j >= 0) & (i < self.m) & (j < self.m)
        return np.log(np.where(inside, self.H[i.clip(0, self.m - 1), j.clip(0, self.m - 1)], 0) + 1e-300)
    def sample(self, n): return np.random.rand(n, 2)
"""
    with team_of(source, tmp_path, rubric, "histogram") as team:
        assert team.binding("histogram").parameters == {"bins": "m"}
        for bins in (3, 9):
            model = team.histogram(bins=bins).fit(TRAIN)
            assert len(np.unique(np.round(model.score_samples(TRAIN), 9))) <= bins**2
