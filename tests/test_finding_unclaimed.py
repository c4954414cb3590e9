"""Classes that fill a role though no name of theirs says so, and definitions that are told whatever their defaults."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from stubs.loose import OTHER, POINTS, check_discrepancy, check_kernel_density, team_of
from stubs.truth import gaussian_log_density
from stubs.workbench import cut, moons_probe

from grader.errors import Died, Malformed, TeamFault
from grader.rubric import Rubric, load
from grader.run.slice import slice_script
from grader.team.finding import find

REVIEW_BELOW = 0.6

HEAD = """
import numpy as np
from enum import Enum, auto
from dataclasses import dataclass, field
def squares(U, V): return ((U[:, None] - V)**2).sum(2)
"""


@pytest.fixture(scope="module")
def rubric() -> Rubric:
    """The first sheet's roles, as they are shipped."""
    return load(Path(__file__).parent.parent / "rubrics" / "generative_baselines.yaml")


# ---- defaults and loading ----------------------------------------------------------------------------------

DEFAULTS = """
class Odd:
    def __repr__(self): raise RuntimeError("no text")
class KDE:
    def __init__(self, bandwidth=0.2, floor=%s): self.b = bandwidth
    def fit(self, X): self.X = X; return self
    def score_samples(self, P):
        return np.log(np.exp(-squares(P, self.X)/(2*self.b**2)).mean(1)/(2*np.pi*self.b**2))
    def sample(self, n): return self.X[:1] + self.b*np.random.randn(n, 2)
"""


@pytest.mark.parametrize("default", ["-np.inf", "np.nan", "10**5000", "'x'*5_000_000", "Odd()"])
def test_no_default_of_a_parameter_hides_a_hand_in(default: str, tmp_path: Path, rubric: Rubric) -> None:
    with team_of(HEAD + DEFAULTS % default, tmp_path, rubric, "kde") as team:
        check_kernel_density(team)


class Speechless:
    """A session that cannot say what the hand-in defines."""

    def __init__(self, fault: TeamFault) -> None:
        self.fault = fault

    def names(self) -> list[dict[str, Any]]:
        """Raise the fault."""
        raise self.fault


@pytest.mark.parametrize(
    ("source", "fault", "doubted"),
    [
        ("class Tree:\n    def fit(self, X): pass\n", Malformed("bytes that are no answer"), True),
        ("class Tree:\n    def fit(self, X): pass\n", Died("the team's code ended the process"), False),
        ("x = 1\n", Malformed("bytes that are no answer"), False),
    ],
    ids=["unreadable", "ended by the team", "nothing defined"],
)
def test_definitions_that_cannot_be_read_are_in_doubt_and_not_missing(
    source: str, fault: TeamFault, doubted: bool, rubric: Rubric
) -> None:
    found = find(cut(source), Speechless(fault), rubric, moons_probe())  # type: ignore[arg-type]
    assert all(("" in binding.doubts) is doubted for binding in found.values())


# ---- discrepancies by a method's name ------------------------------------------------------------------------

MEMBERS = """
class Weight(Enum):
    RBF = auto()
    MULTIQUADRIC = auto()
    def of(self, q): return np.exp(-q) if self is Weight.RBF else (1 + q)**-0.5
"""
WITH_METHOD = (
    MEMBERS
    + """
    def mmd(self, real, fake, h):
        g = [self.of(squares(u, v)/h**2).mean() for u, v in ((real, real), (fake, fake), (real, fake))]
        return g[0] + g[1] - 2*g[2]
"""
)
MEMBER_GIVEN = (
    MEMBERS
    + """
def mmd(real, fake, weight, h):
    g = [weight.of(squares(u, v)/h**2).mean() for u, v in ((real, real), (fake, fake), (real, fake))]
    return g[0] + g[1] - 2*g[2]
"""
)


@pytest.mark.parametrize("source", [WITH_METHOD, MEMBER_GIVEN], ids=["its method", "handed over"])
def test_a_kernel_may_be_a_member_of_an_enumeration(source: str, tmp_path: Path, rubric: Rubric) -> None:
    with team_of(HEAD + source, tmp_path, rubric, "mmd") as team:
        check_discrepancy(team)
        assert team.binding("mmd").confidence >= REVIEW_BELOW


def test_a_method_by_the_roles_name_that_cannot_be_asked_is_a_near_miss(
    tmp_path: Path, rubric: Rubric
) -> None:
    source = "class Tools:\n    def mmd(self, model): return model.sample(3)\n"
    with team_of(source, tmp_path, rubric, "mmd") as team:
        assert team.binding("mmd").symbol == "Tools"
        assert team.binding("mmd").doubts
    with team_of(source.replace("mmd", "sizes"), tmp_path, rubric, "mmd") as team:
        assert not team.binding("mmd").symbol
        assert not team.binding("mmd").doubts


# ---- discrepancies by their code -----------------------------------------------------------------------------

A_CLASS_EACH = """
class Comparison:
    def __init__(self, width): self.width = width
    def mean(self, U, V): return self.kernel(squares(U, V)/self.width**2).mean()
    def __call__(self, X, Y): return self.mean(X, X) + self.mean(Y, Y) - 2*self.mean(X, Y)
class RBF(Comparison):
    def kernel(self, q): return np.exp(-q)
class InverseMultiquadric(Comparison):
    def kernel(self, q): return 1/np.sqrt(1 + q)
"""
KEEPS_ONE = """
def rbf(U, V, h): return np.exp(-squares(U, V)/h**2)
def imq(U, V, h): return 1/np.sqrt(1 + squares(U, V)/h**2)
@dataclass
class Comparison:
    truth: np.ndarray
    h: float
    kernel: callable = rbf
    own: float = field(init=False)
    def __post_init__(self): self.own = self.inner(self.truth)
    def inner(self, P): return self.kernel(P, P, self.h).mean()
    def __call__(self, S): return self.own + self.inner(S) - 2*self.kernel(self.truth, S, self.h).mean()
"""
LEARNS_ONE = """
class Comparison:
    def __init__(self, kernel="rbf", *, bandwidth=1.0): self.kernel, self.bandwidth = kernel, bandwidth
    def mean(self, U, V):
        q = squares(U, V)/self.bandwidth**2
        return (np.exp(-q) if self.kernel == "rbf" else (1 + q)**-0.5).mean()
    def fit(self, X, y=None): self.X = X; return self
    def score(self, X, y=None): return %s(self.mean(self.X, self.X) + self.mean(X, X) - 2*self.mean(self.X, X))
"""


@pytest.mark.parametrize(
    "source",
    [A_CLASS_EACH, KEEPS_ONE, LEARNS_ONE % ""],
    ids=["a class per kernel", "made with a sample", "fitted"],
)
def test_what_answers_as_a_discrepancy_is_asked_with_little_confidence(
    source: str, tmp_path: Path, rubric: Rubric
) -> None:
    with team_of(HEAD + source, tmp_path, rubric, "mmd") as team:
        check_discrepancy(team)
        assert team.binding("mmd").confidence < REVIEW_BELOW


@pytest.mark.parametrize(
    "source",
    [LEARNS_ONE % "-", KEEPS_ONE.replace("self.own + self", "self").replace("self.truth, S", "S, S")],
    ids=["the larger the better", "heeds one sample only"],
)
def test_what_is_no_discrepancy_of_both_samples_is_left_to_a_person(
    source: str, tmp_path: Path, rubric: Rubric
) -> None:
    with team_of(HEAD + source, tmp_path, rubric, "mmd") as team:
        binding = team.binding("mmd")
        assert not binding.symbol
        assert "`Comparison`" in binding.doubts[""]


def test_a_class_that_speaks_of_something_else_stays_out(tmp_path: Path, rubric: Rubric) -> None:
    source = "class Box:\n    def __init__(self, a): self.a = a\n    def __call__(self, X, Y): return float(X.sum() - Y.sum())\n"
    with team_of(HEAD + source, tmp_path, rubric, "mmd") as team:
        assert not team.binding("mmd").symbol
        assert not team.binding("mmd").doubts


# ---- classes that a function makes ---------------------------------------------------------------------------

MADE = """
def model(learn, value, draw, **defaults):
    class Model:
        def __init__(self, **options): self.options = {**defaults, **options}
        def fit(self, X): self.state = learn(X, **self.options); return self
        def score_samples(self, P): return value(self.state, P)
        def sample(self, n): return draw(self.state, n)
    return Model
def keep(X, h): return X, h
def smooth(s, P): return np.log(np.exp(-squares(P, s[0])/(2*s[1]**2)).mean(1)/(2*np.pi*s[1]**2))
def jump(s, n): return s[0][:1] + s[1]*np.random.randn(n, 2)
def bell(s, P):
    D = P - s[0]
    return -0.5*np.sum(D @ np.linalg.inv(s[1])*D, 1) - 0.5*np.log(np.linalg.det(2*np.pi*s[1]))
Kde = model(keep, smooth, jump, h=0.2)
Gaussian = model(lambda X: (X.mean(0), np.cov(X.T, bias=True)), bell, lambda s, n: np.random.multivariate_normal(*s, n))
"""


def test_classes_that_a_function_makes_are_the_teams_classes(tmp_path: Path, rubric: Rubric) -> None:
    with team_of(HEAD + MADE, tmp_path, rubric, "kde", "gaussian") as team:
        check_kernel_density(team)
        density = team.gaussian().fit(OTHER).score_samples(POINTS)
        assert density == pytest.approx(gaussian_log_density(OTHER, POINTS, 0))
        assert {team.binding(role).kind for role in ("kde", "gaussian")} == {"class"}
        assert team.binding("kde").symbol == "Kde"


def test_a_slice_keeps_made_classes_but_no_fits_and_no_made_functions() -> None:
    lines = (
        "def make(x):\n    class Inner:\n        y = x\n    return Inner\n"
        "def close(x):\n    def inner(y): return x + y\n    return inner\n"
        "A = make(1)\nB = type('B', (A,), {})\nC = make(train(1000))\nD = close(2)\nE = type(A)\n"
    )
    kept = {name for statement in slice_script(lines, "work.py").statements for name in statement.names}
    assert kept == {"make", "close", "A", "B"}
