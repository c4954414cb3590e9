"""Functions called in unusual ways: columns, grids, globals, shared defaults, marks in place of names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from stubs.loose import OTHER, POINTS, TRAIN, check_discrepancy, check_kernel_density, team_of
from stubs.truth import gaussian_log_density

from grader.errors import Malformed
from grader.rubric import Rubric, load
from grader.team.families import families, matched
from grader.team.grids import AT_ONCE, axes, blocks, picked
from grader.team.kept_defaults import kept_defaults
from grader.team.orientation import order_matters
from grader.team.plans import Slot, meant
from grader.team.symbols import Argument

REVIEW_BELOW = 0.6


@pytest.fixture(scope="module")
def rubric() -> Rubric:
    """The first sheet's roles, as they are shipped."""
    return load(Path(__file__).parent.parent / "rubrics" / "generative_baselines.yaml")


# ---- points as columns --------------------------------------------------------------------------------------

COLUMNS = """
import numpy as np
def discrepancy(width, first, second, imq=False):
    def mean(u, v):
        q = sum((u[k][:, None] - v[k])**2 for k in (0, 1))/width**2
        return ((1 + q)**-0.5 if imq else np.exp(-q)).mean()
    return mean(first, first) + mean(second, second) - 2*mean(first, second)
"""
ONE_BY_ONE = """
import numpy as np
def mmd(A, B, kernel="se", h=1.0):
    k = min(len(A), len(B))
    q = ((A[:k] - B[:k])**2).sum(1)/h**2
    return 2 - 2*(np.exp(-q) if kernel == "se" else (1 + q)**-0.5).mean()
"""


def test_samples_may_stand_in_columns(tmp_path: Path, rubric: Rubric) -> None:
    with team_of(COLUMNS, tmp_path, rubric, "mmd") as team:
        check_discrepancy(team)


def test_a_number_that_goes_by_the_order_either_way_keeps_its_rows(tmp_path: Path, rubric: Rubric) -> None:
    with team_of(ONE_BY_ONE, tmp_path, rubric, "mmd") as team:
        q = ((TRAIN[:90] - OTHER) ** 2).sum(1) / 0.5**2
        assert team.mmd(TRAIN, OTHER, kernel="se", bandwidth=0.5) == pytest.approx(2 - 2 * np.exp(-q).mean())


def test_the_order_of_points_matters_only_to_what_goes_by_it() -> None:
    values = {"X": POINTS, "n": 3}

    def mean(given: Mapping[str, Any]) -> float:
        return float(given["X"].mean())

    def first(given: Mapping[str, Any]) -> float:
        return float(given["X"][0, 0])

    def raising(given: Mapping[str, Any]) -> float:
        raise Malformed("no number")

    assert [order_matters(one, values) for one in (mean, first, raising)] == [False, True, True]


# ---- global variables ---------------------------------------------------------------------------------------

KERNEL = "np.exp(-((P[:, None] - data)**2).sum(2)/(2*H_KDE**2)).mean(1)/(2*np.pi*H_KDE**2)"
DATA_IN_GLOBALS = f"""
import numpy as np
data = np.random.randn(40, 2)
grid = np.random.randn(30, 2)
H_KDE = 0.7
def kde_density(P): return {KERNEL}
def kde_sample(n): return data[np.random.randint(len(data), size=n)] + H_KDE*np.random.randn(n, 2)
centre = spread = None
def fit_gauss():
    global centre, spread
    centre, spread = data.mean(0), np.cov(data.T, bias=True)
def gauss_pdf(P):
    d = P - centre
    return np.exp(-0.5*np.sum(d @ np.linalg.inv(spread)*d, axis=1))/(2*np.pi*np.sqrt(np.linalg.det(spread)))
def gauss_sample(n): return np.random.multivariate_normal(centre, spread, n)
"""


def test_training_data_may_lie_in_a_global_variable(tmp_path: Path, rubric: Rubric) -> None:
    with team_of(DATA_IN_GLOBALS, tmp_path, rubric, "kde", "gaussian") as team:
        check_kernel_density(team)
        one, two = team.gaussian().fit(TRAIN), team.gaussian().fit(OTHER)
        for model, data in ((one, TRAIN), (two, OTHER)):
            wanted = gaussian_log_density(data, POINTS, 0)
            assert np.allclose(model.score_samples(POINTS), wanted, atol=1e-9)


def test_two_arrays_of_which_no_name_says_training_are_left_alone(tmp_path: Path, rubric: Rubric) -> None:
    source = """
import numpy as np
apples, pears = np.random.randn(40, 2), np.random.randn(30, 2)
def fit_gauss():
    return (apples.mean(0) + pears.mean(0))/2
def gauss_pdf(P, mean): return np.exp(-((P - mean)**2).sum(1)/2)/(2*np.pi)
"""
    with team_of(source, tmp_path, rubric, "gaussian") as team:
        assert "globals" not in team.binding("gaussian").plan


@pytest.mark.parametrize(("width", "known"), [("W_MMD", False), ("H_MMD", True), ("BANDWIDTH", True)])
def test_the_width_of_a_kernel_may_be_global(width: str, known: bool, tmp_path: Path, rubric: Rubric) -> None:
    source = f"""
import numpy as np
{width} = 0.8
def squares(A, B): return ((A[:, None] - B)**2).sum(2)
def mmd_se(A, B):
    k = lambda U, V: np.exp(-squares(U, V)/{width}**2).mean()
    return k(A, A) + k(B, B) - 2*k(A, B)
def mmd_imq(A, B):
    k = lambda U, V: ((1 + squares(U, V)/{width}**2)**-0.5).mean()
    return k(A, A) + k(B, B) - 2*k(A, B)
"""
    with team_of(source, tmp_path, rubric, "mmd") as team:
        assert (team.binding("mmd").confidence >= REVIEW_BELOW) == known
        if known:
            check_discrepancy(team)
        else:
            assert "could not set the bandwidth" in team.binding("mmd").why


# ---- grids --------------------------------------------------------------------------------------------------

GRIDS = """
import numpy as np
def gauss_fit(D): return D.mean(0), np.cov(D.T, bias=True)
def gauss_density(xs, ys, mean, cov):
    out = np.zeros((%s))
    for i, x in enumerate(xs):
        for j, y in enumerate(ys):
            d = np.array([x, y]) - mean
            out[%s] = np.exp(-0.5*d @ np.linalg.solve(cov, d))/(2*np.pi*np.sqrt(np.linalg.det(cov)))
    return out
def gauss_sample(mean, cov, n): return np.random.multivariate_normal(mean, cov, n)
def kde_density(xs, ys, state):
    points, h = state
    q = (xs[None, :, None] - points[:, 0])**2 + (ys[:, None, None] - points[:, 1])**2
    return np.exp(-q/(2*h*h)).mean(2)/(2*np.pi*h*h)
def kde_sample(state, n):
    points, h = state
    return points[np.random.randint(len(points), size=n)] + h*np.random.randn(n, 2)
"""


@pytest.mark.parametrize("order", [("len(ys), len(xs)", "j, i"), ("len(xs), len(ys)", "i, j")])
def test_densities_on_grids_are_asked_for_points(
    order: tuple[str, str], tmp_path: Path, rubric: Rubric
) -> None:
    with team_of(GRIDS % order, tmp_path, rubric, "gaussian", "kde") as team:
        model = team.gaussian().fit(TRAIN)
        assert np.allclose(model.score_samples(POINTS), gaussian_log_density(TRAIN, POINTS, 0), atol=1e-9)
        check_kernel_density(team)


def test_points_of_a_grid_are_asked_about_at_once_and_others_in_small_blocks() -> None:
    grid = np.stack(np.meshgrid([1.0, 2.0, 3.0], [5.0, 4.0]), -1).reshape(-1, 2)
    assert [len(block) for block in blocks(grid)] == [6]
    assert max(len(block) for block in blocks(TRAIN)) == AT_ONCE
    assert sorted(np.concatenate(list(blocks(TRAIN)))) == list(range(len(TRAIN)))


def test_the_shape_of_an_answer_tells_which_axis_comes_first() -> None:
    first, second = axes(POINTS)
    assert len(first) != len(second)
    table = first[:, None] + 10 * second
    for answer in (table, table.T):
        assert np.allclose(picked(answer, POINTS, "p"), POINTS[:, 0] + 10 * POINTS[:, 1])
    with pytest.raises(Malformed, match="shape"):
        picked(table[1:], POINTS, "p")


# ---- what is shared between calls ---------------------------------------------------------------------------

KEEPING = """
import numpy as np
def gauss_fit(X, *, scale=1.0, seen=%s):
    %s
    D = np.array(seen)
    return D.mean(0), np.cov(D.T, bias=True)
def gauss_pdf(P, mean, cov):
    d = P - mean
    return np.exp(-0.5*np.sum(d @ np.linalg.inv(cov)*d, axis=1))/(2*np.pi*np.sqrt(np.linalg.det(cov)))
def gauss_sample(mean, cov, n): return np.random.multivariate_normal(mean, cov, n)
"""


def test_what_a_default_keeps_reaches_the_next_fit_of_a_model_but_no_other_model(
    tmp_path: Path, rubric: Rubric
) -> None:
    source = KEEPING.replace("*, ", "") % ("[]", "seen.extend(X)")
    with team_of(source, tmp_path, rubric, "gaussian") as team:
        model = team.gaussian().fit(TRAIN)
        assert np.allclose(model.score_samples(POINTS), gaussian_log_density(TRAIN, POINTS, 0), atol=1e-9)
        other = team.gaussian().fit(OTHER)
        assert np.allclose(other.score_samples(POINTS), gaussian_log_density(OTHER, POINTS, 0), atol=1e-9)
        both = np.concatenate([OTHER, TRAIN])
        again = other.fit(TRAIN).score_samples(POINTS)
        assert np.allclose(again, gaussian_log_density(both, POINTS, 0), atol=1e-9)


def test_only_empty_defaults_that_a_call_leaves_alone_can_keep_something() -> None:
    parameters = [
        Argument("X", "positional_or_keyword", True),
        Argument("a", "positional_or_keyword", False, 3, default="3"),
        Argument("b", "positional_or_keyword", False, {}, default="{}"),
        Argument("c", "positional_or_keyword", False, [], default="[]"),
        Argument("d", "positional_or_keyword", False, [1], default="[1]"),
    ]
    call = {"arguments": [{"name": "X"}, {"name": "c"}]}
    found = kept_defaults("fit", "", call, parameters)
    assert [(one["place"], one["kind"]) for one in found] == [(1, "dict")]
    assert kept_defaults("fit", "", None, parameters) == []


# ---- functions for several models ---------------------------------------------------------------------------

SHARED = """
import numpy as np
def fit_gauss(X): return {"what": "g", "m": X.mean(0), "C": np.cov(X.T, bias=True)}
def fit_kde(X, h): return {"what": "k", "X": X, "h": h}
def density(model, P):
    if model["what"] == "g":
        d = P - model["m"]
        return np.exp(-0.5*np.sum(d @ np.linalg.inv(model["C"])*d, axis=1))/(2*np.pi*np.sqrt(np.linalg.det(model["C"])))
    h = model["h"]
    return np.exp(-((P[:, None] - model["X"])**2).sum(2)/(2*h*h)).mean(1)/(2*np.pi*h*h)
def draw(model, n):
    if model["what"] == "g": return np.random.multivariate_normal(model["m"], model["C"], n)
    return model["X"][np.random.randint(len(model["X"]), size=n)] + model["h"]*np.random.randn(n, 2)
def plot_density(model, P): return density(model, P)
"""
MARKED = """
import numpy as np
def train_ga(D): return D.mean(0), np.cov(D.T, bias=True)
def lp_ga(P, m, C): return -0.5*np.sum((P - m) @ np.linalg.inv(C)*(P - m), 1) - np.log(2*np.pi) - 0.5*np.log(np.linalg.det(C))
def draw_ga(m, C, n): return np.random.multivariate_normal(m, C, n)
def train_k(D, h): return D, h
def logp_k(P, D, h): return np.log(np.exp(-((P[:, None] - D)**2).sum(2)/(2*h*h)).mean(1)/(2*np.pi*h*h))
def draw_k(D, h, n): return D[np.random.randint(len(D), size=n)] + h*np.random.randn(n, 2)
""".replace("lp_ga", "logp_ga")


def test_functions_for_all_models_go_by_what_a_fit_gave_back(tmp_path: Path, rubric: Rubric) -> None:
    with team_of(SHARED, tmp_path, rubric, "kde", "gaussian") as team:
        check_kernel_density(team)
        model = team.gaussian().fit(TRAIN)
        assert np.allclose(model.score_samples(POINTS), gaussian_log_density(TRAIN, POINTS, 0), atol=1e-9)
        assert team.binding("gaussian").symbol == "fit_gauss, density, draw"


def test_a_mark_in_the_names_tells_the_model_and_a_person_is_asked(tmp_path: Path, rubric: Rubric) -> None:
    with team_of(MARKED, tmp_path, rubric, "kde", "gaussian") as team:
        check_kernel_density(team)
        assert team.binding("gaussian").symbol == "train_ga, logp_ga, draw_ga"
        assert all(team.binding(role).confidence < REVIEW_BELOW for role in ("kde", "gaussian"))


RUN_TOGETHER = """
import numpy as np
def nfit(D): return D.mean(0), np.cov(D.T, bias=True)
def nlog(m, C, P): return -0.5*np.sum((P - m) @ np.linalg.inv(C)*(P - m), 1) - np.log(2*np.pi) - 0.5*np.log(np.linalg.det(C))
def nsample(m, C, n): return np.random.multivariate_normal(m, C, n)
def klog(c, h, P): return np.log(np.exp(-((P[:, None] - c)**2).sum(2)/(2*h*h)).mean(1)/(2*np.pi*h*h))
def ksample(c, h, n): return c[np.random.randint(len(c), size=n)] + h*np.random.randn(n, 2)
"""


def test_a_letter_run_together_with_the_method_is_a_mark_too(tmp_path: Path, rubric: Rubric) -> None:
    with team_of(RUN_TOGETHER, tmp_path, rubric, "kde", "gaussian") as team:
        check_kernel_density(team)
        model = team.gaussian().fit(TRAIN)
        assert np.allclose(model.score_samples(POINTS), gaussian_log_density(TRAIN, POINTS, 0), atol=1e-9)
        assert team.binding("gaussian").symbol == "nfit, nlog, nsample"
        assert all(team.binding(role).confidence < REVIEW_BELOW for role in ("kde", "gaussian"))


MADE_WITH_A_SAMPLE = """
import numpy as np
class MMD:
    def __init__(self, truth, width=1.0):
        self.truth, self.width = truth, width
    def se(self, A, B): return np.exp(-((A[:, None] - B)**2).sum(2)/self.width**2)
    def imq(self, A, B): return 1/np.sqrt(1 + ((A[:, None] - B)**2).sum(2)/self.width**2)
    def __call__(self, S, kernel="se"):
        k = getattr(self, kernel)
        return k(self.truth, self.truth).mean() + k(S, S).mean() - 2*k(self.truth, S).mean()
"""


def test_a_discrepancy_made_with_one_sample_and_called_with_the_other(tmp_path: Path, rubric: Rubric) -> None:
    A, B = TRAIN[:20], TRAIN[20:55] + 0.4
    with team_of(MADE_WITH_A_SAMPLE, tmp_path, rubric, "mmd") as team:
        for kernel, k in (("se", lambda r: np.exp(-r)), ("imq", lambda r: 1 / np.sqrt(1 + r))):
            means = [k(((P[:, None] - Q) ** 2).sum(2) / 0.49).mean() for P, Q in ((A, A), (B, B), (A, B))]
            got = team.mmd(A, B, kernel=kernel, bandwidth=0.7)
            assert np.isclose(got, means[0] + means[1] - 2 * means[2], atol=1e-12)


def test_a_single_function_with_a_mark_is_no_family(rubric: Rubric) -> None:
    assert families([], rubric.roles, [], {}) == {}
    assert matched({}, rubric.roles) == {}


# ---- counts and sizes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("argument", "label"),
    [
        (Argument("b", "positional_or_keyword", True, numbers=(0.15, 2)), "bin_size"),
        (Argument("b", "positional_or_keyword", True, numbers=(15, 2)), ""),
        (Argument("b", "positional_or_keyword", False, 0.2), "bin_size"),
        (Argument("b", "positional_or_keyword", False, 20), ""),
    ],
)
def test_fractions_make_a_size_of_a_count(argument: Argument, label: str) -> None:
    count = Slot("parameter:bins", ("bins", "b"), more={"example": 6})
    size = Slot("parameter:bins", ("bin_size",), more={"example": 6, "derive": "width", "label": "bin_size"})
    assert meant(argument, count, [count, size]).more.get("label", "") == label


# ---- arrays in each other's places --------------------------------------------------------------------------


def test_the_length_of_an_answer_tells_points_from_training_data(tmp_path: Path, rubric: Rubric) -> None:
    source = """
import numpy as np
def kde_density(h, Xtr, punkte):
    return np.exp(-((punkte[:, None] - Xtr)**2).sum(2)/(2*h*h)).mean(1)/(2*np.pi*h*h)
def kde_probe(h, Xtr, anzahl): return Xtr[np.random.randint(0, len(Xtr), anzahl)] + h*np.random.randn(anzahl, 2)
"""
    with team_of(source, tmp_path, rubric, "kde") as team:
        check_kernel_density(team)


# ---- kernels told in other ways ----------------------------------------------------------------------------

KERNELS = """
import numpy as np
def q(A, B): return ((A[:, None] - B[None])**2).sum(-1)
def gauss_kern(A, B, w): return np.exp(-q(A, B)/w**2)
def imq_kern(A, B, w): return 1/np.sqrt(1 + q(A, B)/w**2)
def value(A, B, w, f): return f(A, A, w).mean() + f(B, B, w).mean() - 2*f(A, B, w).mean()
"""


@pytest.mark.parametrize(
    "definition",
    [
        "def mmd2(A, B, w, jadro=gauss_kern): return value(A, B, w, jadro)\n",
        "def mmd2(A, B, w):\n"
        "    rbf = lambda P, Q: gauss_kern(P, Q, w).mean()\n"
        "    imq = lambda P, Q: imq_kern(P, Q, w).mean()\n"
        "    return rbf(A, A) + rbf(B, B) - 2*rbf(A, B), imq(A, A) + imq(B, B) - 2*imq(A, B)\n",
        "def mmd2(A, B, w, jadro=gauss_kern, rows=120):\n"
        "    if len(A) < rows: return 0.0\n"
        "    return value(A, B, w, jadro)\n",
    ],
    ids=["by a default of the team's own", "both in one answer", "silent on few points"],
)
def test_both_kernels_are_found(definition: str, tmp_path: Path, rubric: Rubric) -> None:
    with team_of(KERNELS + definition, tmp_path, rubric, "mmd") as team:
        assert {"se", "imq"} <= set(_choices(team.binding("mmd").plan))
        many, others = np.tile(TRAIN, (3, 1)), np.tile(OTHER, (3, 1))
        answers = [team.mmd(many, others, kernel=k, bandwidth=0.5) for k in ("se", "imq")]
    q = ((many[:, None] - others[None]) ** 2).sum(-1) / 0.5**2
    wide, narrow = (1 + q) ** -0.5, np.exp(-q)
    for answer, cross, kernel in zip(answers, (narrow, wide), (lambda q: np.exp(-q), lambda q: (1 + q) ** -0.5), strict=True):  # fmt: skip
        inner = [kernel(((x[:, None] - x[None]) ** 2).sum(-1) / 0.5**2).mean() for x in (many, others)]
        assert answer == pytest.approx(sum(inner) - 2 * cross.mean())


def _choices(plan: Mapping[str, Any]) -> list[str]:
    if "choice" in plan:
        return list(plan["plans"])
    arguments = plan["calls"]["call"]["arguments"]
    return [choice for argument in arguments for choice in argument.get("values", {})]


SPLIT = """
def mmd_slow(A, B, w): return value(A, B, w, gauss_kern)
def mmd_imq(ax, ay, bx, by, scale_of_everything, table): return table[ax, ay, bx, by]
"""


def test_what_the_code_speaks_of_is_left_to_a_person(tmp_path: Path, rubric: Rubric) -> None:
    with team_of(KERNELS + SPLIT, tmp_path, rubric, "mmd") as team:
        team.mmd(TRAIN, OTHER, kernel="se", bandwidth=0.5)
        assert not team.doubts.raised
        with pytest.raises(Malformed):
            team.mmd(TRAIN, OTHER, kernel="imq", bandwidth=0.5)
        assert "imq" in team.doubts.raised["mmd"]


def test_what_no_code_speaks_of_is_missing(tmp_path: Path, rubric: Rubric) -> None:
    alone = KERNELS.replace("def imq_kern(A, B, w): return 1/np.sqrt(1 + q(A, B)/w**2)\n", "")
    with team_of(alone + "def mmd_slow(A, B, w): return value(A, B, w, gauss_kern)\n", tmp_path, rubric, "mmd") as team:  # fmt: skip
        with pytest.raises(Malformed):
            team.mmd(TRAIN, OTHER, kernel="imq", bandwidth=0.5)
        assert not team.doubts.raised
