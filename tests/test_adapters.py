"""Questions under canonical names reach the team's code, and its answers come back in canonical form."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from stubs.truth import discrepancies, gaussian_log_density, kernel_log_density
from stubs.workbench import arcs, moons_probe, opened, rubric_with, stubs

from grader.errors import Malformed, Raised
from grader.records import Binding
from grader.rubric import Rubric, load
from grader.team.answers import as_number, as_points, as_vector
from grader.team.finding import find
from grader.team.proxies import HandInTeam
from grader.team.state import State

TRAIN, POINTS = arcs(120, np.random.default_rng(3)), arcs(25, np.random.default_rng(4))
MODELS = [s for s in stubs("classes", "functions") if "torch" not in s["source"]]
DISCREPANCIES = [s for s in stubs("discrepancies") if "torch" not in s["source"]]
TORCH = [s for s in stubs("classes", "discrepancies") if "torch" in s["source"]]


@pytest.fixture(scope="module")
def tensors() -> None:
    """Load torch once, so that the copies of this process need not."""
    import torch  # noqa: F401


@pytest.fixture(scope="module")
def rubric() -> Rubric:
    """The first sheet's roles, as they are shipped."""
    return load(Path(__file__).parent.parent / "rubrics" / "generative_baselines.yaml")


@contextmanager
def team_of(stub: dict[str, Any], folder: Path, rubric: Rubric) -> Iterator[HandInTeam]:
    """A stub's team; only the roles that it fills are searched for."""
    roles = {name: rubric.roles[name].model_dump() for name in stub["truth"]}
    small = rubric_with(roles)
    with opened(stub["source"], folder, stub.get("modules")) as (slice_, session):
        yield HandInTeam(session, find(slice_, session, small, moons_probe()), small)


def named(name: str) -> dict[str, Any]:
    """One stub."""
    return next(s for s in [*MODELS, *DISCREPANCIES, *TORCH] if s["name"] == name)


def pairs(role: str) -> list[Any]:
    """Stubs that fill a role and work."""
    usable = [s for s in MODELS if role in s["truth"]]
    whole = [s for s in usable if not s["truth"][role].get("fails") and "answers" in s["truth"][role]]
    return [pytest.param(stub, id=stub["name"]) for stub in whole]


# ---- right values under canonical names --------------------------------------------------------------------


@pytest.mark.parametrize("stub", pairs("kde"))
def test_every_kernel_density_answers_the_log_density(
    stub: dict[str, Any], tmp_path: Path, rubric: Rubric
) -> None:
    with team_of(stub, tmp_path, rubric) as team:
        bandwidth = 0.3 if stub["name"] == "one_class_for_all" else 0.25
        model = team.kde(bandwidth=bandwidth).fit(TRAIN)
        answer, drawn = model.score_samples(POINTS), model.sample(40)
    assert np.allclose(answer, kernel_log_density(TRAIN, POINTS, bandwidth), atol=1e-9)
    assert drawn.shape == (40, 2)
    assert model.answers == stub["truth"]["kde"]["answers"]


@pytest.mark.parametrize("stub", pairs("gaussian"))
def test_every_gaussian_answers_the_log_density(stub: dict[str, Any], tmp_path: Path, rubric: Rubric) -> None:
    with team_of(stub, tmp_path, rubric) as team:
        model = team.gaussian().fit(TRAIN)
        answer, drawn = model.score_samples(POINTS), model.sample(40)
    wanted = [gaussian_log_density(TRAIN, POINTS, ddof) for ddof in (0, 1)]
    assert min(np.abs(answer - each).max() for each in wanted) < 1e-9
    assert drawn.shape == (40, 2)


@pytest.mark.parametrize("stub", pairs("gmm"))
def test_every_mixture_of_one_component_is_the_gaussian(
    stub: dict[str, Any], tmp_path: Path, rubric: Rubric
) -> None:
    with team_of(stub, tmp_path, rubric) as team:
        model = team.gmm(components=1).fit(TRAIN)
        answer, drawn = model.score_samples(POINTS), model.sample(40)
        two = team.gmm(components=2).fit(TRAIN).score_samples(POINTS)
    assert np.allclose(answer, gaussian_log_density(TRAIN, POINTS, 0), atol=1e-6)
    assert not np.allclose(answer, two, atol=1e-3)
    assert drawn.shape == (40, 2)


@pytest.mark.parametrize("stub", pairs("histogram"))
def test_every_histogram_is_a_density_of_the_asked_resolution(
    stub: dict[str, Any], tmp_path: Path, rubric: Rubric
) -> None:
    low, high = TRAIN.min(axis=0) - 0.6, TRAIN.max(axis=0) + 0.6
    axes = [np.linspace(a, b, 160) for a, b in zip(low, high, strict=True)]
    grid = np.stack(np.meshgrid(*axes), -1).reshape(-1, 2)
    with team_of(stub, tmp_path, rubric) as team:
        model = team.histogram(bins=5).fit(TRAIN)
        density, drawn = np.exp(model.score_samples(grid)), model.sample(40)
        finer = np.exp(team.histogram(bins=12).fit(TRAIN).score_samples(grid))
    cell = np.prod((high - low) / 159)
    assert density.sum() * cell == pytest.approx(1, abs=0.05)
    assert finer.max() > density.max()
    assert drawn.shape == (40, 2)
    wanted = stub["truth"]["histogram"].get("effective")
    assert list(model.effective) == ([wanted] if wanted else [])


@pytest.mark.parametrize("stub", DISCREPANCIES, ids=lambda stub: str(stub["name"]))
def test_every_discrepancy_is_asked_with_the_right_kernel_and_width(
    stub: dict[str, Any], tmp_path: Path, rubric: Rubric
) -> None:
    other = POINTS + 0.4
    truth = stub["truth"]["mmd"]
    with team_of(stub, tmp_path, rubric) as team:
        for kernel in ("se", "imq"):
            for bandwidth in (0.3, 1.1):
                if kernel not in truth["kernels"]:
                    with pytest.raises(Malformed, match=kernel):
                        team.mmd(TRAIN, other, kernel=kernel, bandwidth=bandwidth)
                    continue
                answer = team.mmd(TRAIN, other, kernel=kernel, bandwidth=bandwidth)
                wanted = discrepancies(TRAIN, other, kernel, bandwidth)
                assert min(abs(answer - each) for each in wanted) < 1e-9


@pytest.mark.usefixtures("tensors")
@pytest.mark.parametrize("stub", TORCH, ids=lambda stub: str(stub["name"]))
def test_code_that_wants_tensors_gets_tensors(stub: dict[str, Any], tmp_path: Path, rubric: Rubric) -> None:
    with team_of(stub, tmp_path, rubric) as team:
        if "kde" in stub["truth"]:
            answer = team.kde(bandwidth=0.25).fit(TRAIN).score_samples(POINTS)
            assert np.allclose(answer, kernel_log_density(TRAIN, POINTS, 0.25), atol=1e-3)
        else:
            value = team.mmd(TRAIN, POINTS + 0.4, kernel="imq", bandwidth=0.5)
            assert value == pytest.approx(discrepancies(TRAIN, POINTS + 0.4, "imq", 0.5)[0], abs=1e-4)


# ---- adapting ----------------------------------------------------------------------------------------------


def test_a_width_in_place_of_a_count_comes_from_the_training_data(tmp_path: Path, rubric: Rubric) -> None:
    with team_of(named("histogram_of_bin_size"), tmp_path, rubric) as team:
        model = team.histogram(bins=5).fit(TRAIN)
        width = model.effective["bin_size"]
        kept = model.fit(TRAIN * 2).effective["bin_size"]
        fresh = team.histogram(bins=5).fit(TRAIN * 2).effective["bin_size"]
    assert width == pytest.approx(np.ptp(TRAIN, axis=0).mean() / 5)
    assert kept == width, "a second fit goes to the object that was made for the first"
    assert fresh == pytest.approx(2 * width)


def test_a_gamma_is_the_inverse_square_and_said_to_be(tmp_path: Path, rubric: Rubric) -> None:
    with team_of(named("gamma_and_flag"), tmp_path, rubric) as team:
        function = team.mmd
        function(TRAIN, POINTS, kernel="se", bandwidth=0.5)
    assert function.effective == {"inverse_square": 4.0}


def test_a_gamma_that_is_a_width_in_truth_is_passed_as_a_width(tmp_path: Path, rubric: Rubric) -> None:
    stub = {**named("gamma_and_flag")}
    stub["source"] = stub["source"].replace("d = gamma*(", "d = 1/gamma**2*(")
    with team_of(stub, tmp_path, rubric) as team:
        answer = team.mmd(TRAIN, POINTS + 0.4, kernel="se", bandwidth=0.5)
    assert answer == pytest.approx(discrepancies(TRAIN, POINTS + 0.4, "se", 0.5)[0], abs=1e-9)


def test_a_global_bandwidth_is_set_before_each_question(tmp_path: Path, rubric: Rubric) -> None:
    source = """
import numpy as np
h = 5.0
def se(a, b): return np.exp(-((a[:, None] - b)**2).sum(-1)/h**2)
def imq(a, b): return 1/np.sqrt(1 + ((a[:, None] - b)**2).sum(-1)/h**2)
def mmd(k, a, b): return k(a, a).mean() + k(b, b).mean() - 2*k(a, b).mean()
"""
    with team_of({"source": source, "truth": {"mmd": {}}}, tmp_path, rubric) as team:
        answers = [team.mmd(TRAIN, POINTS + 0.4, kernel="imq", bandwidth=width) for width in (0.5, 2.0)]
    assert answers == pytest.approx([discrepancies(TRAIN, POINTS + 0.4, "imq", w)[0] for w in (0.5, 2.0)])


def test_kernels_may_be_two_entries_of_one_answer(tmp_path: Path, rubric: Rubric) -> None:
    source = """
import numpy as np
def mmd2(X, Y, h):
    d = lambda a, b: ((a[:, None] - b)**2).sum(-1)/h**2
    m = lambda k: k(d(X, X)).mean() + k(d(Y, Y)).mean() - 2*k(d(X, Y)).mean()
    return {"squared exp": m(lambda z: np.exp(-z)), "IMQ": m(lambda z: 1/np.sqrt(1 + z))}
"""
    with team_of({"source": source, "truth": {"mmd": {}}}, tmp_path, rubric) as team:
        answer = team.mmd(TRAIN, POINTS + 0.4, kernel="imq", bandwidth=0.5)
    assert answer == pytest.approx(discrepancies(TRAIN, POINTS + 0.4, "imq", 0.5)[0])


def test_a_bandwidth_matrix_is_given_where_a_number_does_not_do(tmp_path: Path, rubric: Rubric) -> None:
    source = """
import numpy as np
class KDE:
    def __init__(self, X, H): self.X, self.H = X, H
    def pdf(self, x):
        d = x[:, None] - self.X
        q = np.einsum('abi,ij,abj->ab', d, np.linalg.inv(self.H), d)
        return np.exp(-q/2).mean(1)/np.sqrt(np.linalg.det(2*np.pi*self.H))
"""
    with team_of({"source": source, "truth": {"kde": {}}}, tmp_path, rubric) as team:
        model = team.kde(bandwidth=0.25).fit(TRAIN)
        answer = model.score_samples(POINTS)
        has = team.has("kde", "sample")
    assert np.allclose(answer, kernel_log_density(TRAIN, POINTS, 0.25))
    assert any("matrix" in remark for remark in model.remarks)
    assert not has


@pytest.mark.parametrize("signature", ["bins=(10, 10)", "nx=10, ny=10", "bins_x=10, bins_y=10"])
def test_bins_per_axis_take_the_count_twice(signature: str, tmp_path: Path, rubric: Rubric) -> None:
    names = [part.split("=")[0].strip() for part in signature.split(", ") if "=" in part]
    shape = "bins" if len(names) == 1 else f"({names[0]}, {names[1]})"
    source = f"""
import numpy as np
class Histogram:
    def __init__(self, {signature}): self.shape = {shape}
    def fit(self, X): self.H, self.a, self.b = np.histogram2d(*X.T, bins=(self.shape[0], self.shape[1]), density=True)
    def score_samples(self, P):
        i = np.clip(np.digitize(P[:, 0], self.a) - 1, 0, self.shape[0] - 1)
        j = np.clip(np.digitize(P[:, 1], self.b) - 1, 0, self.shape[1] - 1)
        return np.log(self.H[i, j] + 1e-9)
    def sample(self, n): return np.zeros((n, 2))
"""
    with team_of({"source": source, "truth": {"histogram": {}}}, tmp_path, rubric) as team:
        few = team.histogram(bins=1).fit(TRAIN).score_samples(POINTS)
    assert np.allclose(few, few[0])


def test_samples_in_columns_are_turned_and_remarked(tmp_path: Path, rubric: Rubric) -> None:
    with team_of(named("per_point_and_columns"), tmp_path, rubric) as team:
        model = team.kde(bandwidth=0.2).fit(TRAIN)
        assert model.sample(30).shape == (30, 2)
    assert any("per column" in remark for remark in model.remarks)


def test_every_construction_gets_a_seed_of_its_own(tmp_path: Path, rubric: Rubric) -> None:
    with team_of(named("bins_per_axis"), tmp_path, rubric) as team:
        first, second = (team.histogram(bins=4).fit(TRAIN).sample(20) for _ in range(2))
    assert not np.array_equal(first, second)


def test_two_models_of_one_team_do_not_disturb_each_other(tmp_path: Path, rubric: Rubric) -> None:
    with team_of(named("instance_replaces_class"), tmp_path, rubric) as team:
        first = team.gaussian().fit(TRAIN)
        before = first.score_samples(POINTS)
        team.gaussian().fit(TRAIN * 3 + 1)
        assert np.array_equal(first.score_samples(POINTS), before)


def test_a_second_fit_goes_to_the_same_object(tmp_path: Path, rubric: Rubric) -> None:
    source = """
import numpy as np
class Gaussian:
    fits = 0
    def fit(self, X): self.fits += 1; self.n = len(X)
    def score_samples(self, X): return np.full(len(X), -float(self.fits))
    def sample(self, n): return np.zeros((n, 2))
"""
    with team_of({"source": source, "truth": {"gaussian": {}}}, tmp_path, rubric) as team:
        model = team.gaussian().fit(TRAIN).fit(TRAIN)
        assert model.score_samples(POINTS)[0] == -2


def test_a_model_survives_the_death_of_its_process(tmp_path: Path, rubric: Rubric) -> None:
    source = """
import os
import numpy as np
class Gaussian:
    def fit(self, X): self.mean, self.cov = X.mean(0), np.cov(X.T)
    def score_samples(self, X):
        if len(X) == 1:
            os._exit(1)
        d = X - self.mean
        return -0.5*((d @ np.linalg.inv(self.cov))*d).sum(1) - 0.5*np.log(np.linalg.det(2*np.pi*self.cov))
    def sample(self, n): return np.random.multivariate_normal(self.mean, self.cov, n)
"""
    with team_of({"source": source, "truth": {"gaussian": {}}}, tmp_path, rubric) as team:
        model = team.gaussian().fit(TRAIN)
        with pytest.raises(Exception, match="gone"):
            model.score_samples(POINTS[:1])
        assert np.allclose(model.score_samples(POINTS), gaussian_log_density(TRAIN, POINTS, 1))


# ---- what cannot be asked ------------------------------------------------------------------------------------


def test_a_fault_of_the_team_comes_through(tmp_path: Path, rubric: Rubric) -> None:
    with (
        team_of(named("broken_fit"), tmp_path, rubric) as team,
        pytest.raises(Raised, match="undefined_name"),
    ):
        team.kde(bandwidth=0.2).fit(TRAIN)


def test_a_method_that_is_not_there_is_malformed_only_when_asked(tmp_path: Path, rubric: Rubric) -> None:
    with team_of(named("near_miss_without_density"), tmp_path, rubric) as team:
        assert team.has("kde")
        assert team.has("kde", "fit")
        assert not team.has("kde", "score_samples")
        model = team.kde(bandwidth=0.2).fit(TRAIN)
        with pytest.raises(Malformed, match="score_samples"):
            model.score_samples(POINTS)


def test_a_missing_role_is_malformed_and_not_had(rubric: Rubric) -> None:
    team = HandInTeam(None, {}, rubric)  # type: ignore[arg-type]
    assert not team.has("kde")
    assert team.binding("kde").symbol == ""
    with pytest.raises(Malformed, match="Kernel density"):
        _ = team.kde


def test_our_own_mistakes_are_not_the_teams(rubric: Rubric) -> None:
    team = HandInTeam(None, {"kde": Binding("kde", "KDE", "class")}, rubric)  # type: ignore[arg-type]
    with pytest.raises(AttributeError, match="no role 'kdee'"):
        _ = team.kdee
    with pytest.raises(TypeError, match="no parameter bandwith"):
        team.kde(bandwith=0.3)
    with pytest.raises(AttributeError, match="no method 'fti'"):
        team.kde(bandwidth=0.3).fti(TRAIN)


def test_a_column_of_values_is_flattened_and_remarked() -> None:
    state = State()
    assert as_vector(np.zeros((5, 1)), 5, "KDE.score_samples", state).shape == (5,)
    assert "(5, 1)" in state.remarks[0]


@pytest.mark.parametrize(
    ("answer", "got"),
    [(np.zeros(4), r"shape \(4,\)"), (np.zeros((5, 2)), r"shape \(5, 2\)"), (None, "nothing"), ({"a": 1}, "dict"), (["x"], "list")],
)  # fmt: skip
def test_a_vector_of_the_wrong_kind_says_expected_and_got(answer: Any, got: str) -> None:
    with pytest.raises(Malformed, match=rf"KDE.*expected shape \(5,\), got .*{got}"):
        as_vector(answer, 5, "KDE.score_samples", State())


@pytest.mark.parametrize("answer", [np.zeros((5, 2)), np.zeros((7, 3)), np.zeros(7), "points", None])
def test_points_of_the_wrong_shape_say_expected_and_got(answer: Any) -> None:
    with pytest.raises(Malformed, match=r"expected shape \(7, 2\)"):
        as_points(answer, 7, 2, "KDE.sample", State())


def test_points_in_ragged_lists_are_malformed() -> None:
    for ragged in ([np.zeros(3), np.zeros(4)], [np.zeros(2), [np.zeros(2), 1.0]]):
        with pytest.raises(Malformed, match="no array of numbers"):
            as_points(ragged, 3, 2, "draw", State())


def test_points_may_come_as_lists_coordinates_or_a_single_row() -> None:
    assert as_points([[0.0, 1.0]] * 7, 7, 2, "", State()).shape == (7, 2)
    assert as_points((np.zeros(7), np.ones(7)), 7, 2, "", State())[0].tolist() == [0.0, 1.0]
    assert as_points(np.zeros(2), 1, 2, "", State()).shape == (1, 2)
    assert np.isnan(as_points(np.full((7, 2), np.nan), 7, 2, "", State())).all()


def test_a_number_may_be_wrapped_but_must_be_one() -> None:
    assert as_number(np.array([[2.5]])) == 2.5
    assert as_number((0.5, {"kernel": "se"})) == 0.5
    for wrong in (None, "0.5", np.zeros(3), {}):
        with pytest.raises(Malformed, match="number"):
            as_number(wrong)
