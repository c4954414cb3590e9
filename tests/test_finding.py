"""Finding the sheet's roles under whatever names, on stub hand-ins with known truth."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from stubs.workbench import cut, moons_probe, opened, rubric_with, stubs

from grader.errors import Died, Malformed, UsageFault
from grader.records import Binding, from_json, to_json
from grader.rubric import Rubric, load
from grader.team.agent import first_of
from grader.team.finding import find
from grader.team.names import closest, core, parameter_resemblance, resemblance, words
from grader.team.overrides import load_overrides
from grader.team.proxies import HandInTeam

ALL = stubs("classes", "functions", "discrepancies")
REVIEW_BELOW = 0.6


@pytest.fixture(scope="module")
def tensors() -> None:
    """Load torch once, so that the copies of this process need not."""
    import torch  # noqa: F401


@pytest.fixture(scope="module")
def rubric() -> Rubric:
    """The first sheet's roles, as they are shipped."""
    return load(Path(__file__).parent.parent / "rubrics" / "generative_baselines.yaml")


def found_in(
    source: str, folder: Path, rubric: Rubric, modules: dict[str, str] | None = None, **more: Any
) -> Any:
    """The bindings of one source text."""
    with opened(source, folder, modules) as (slice_, session):
        return find(slice_, session, rubric, moons_probe(), **more)


def role_of(rubric: Rubric, name: str) -> Rubric:
    """The rubric with one role only."""
    return rubric_with({name: rubric.roles[name].model_dump()})


# ---- the corpus -----------------------------------------------------------------------------------------


def test_the_corpus_is_large_enough() -> None:
    assert len(ALL) >= 30
    assert sum(len(stub["truth"]) for stub in ALL) >= 45


@pytest.mark.parametrize(
    "stub", [s for s in ALL if "torch" not in s["source"]], ids=lambda stub: str(stub["name"])
)
def test_every_stub_is_bound_as_its_author_knows(
    stub: dict[str, Any], tmp_path: Path, rubric: Rubric
) -> None:
    check_stub(stub, tmp_path, rubric)


@pytest.mark.usefixtures("tensors")
@pytest.mark.parametrize(
    "stub", [s for s in ALL if "torch" in s["source"]], ids=lambda stub: str(stub["name"])
)
def test_stubs_that_want_tensors_are_bound(stub: dict[str, Any], tmp_path: Path, rubric: Rubric) -> None:
    check_stub(stub, tmp_path, rubric)


def check_stub(stub: dict[str, Any], folder: Path, rubric: Rubric) -> None:
    """Compare all five roles with the table."""
    found = found_in(stub["source"], folder, rubric, stub.get("modules"))
    for role, binding in found.items():
        truth = stub["truth"].get(role)
        if truth is None:
            assert binding.symbol == "", f"{role} bound to {binding.symbol}: {binding.why}"
            continue
        assert set(binding.symbol.split(", ")) == set(truth["symbol"].split(", ")), binding.why
        assert binding.methods == truth.get("methods", binding.methods)
        assert binding.answers == truth.get("answers", binding.answers)
        assert binding.parameters == truth.get("parameters", binding.parameters)
        assert truth.get("why", "") in binding.why
        assert (binding.confidence < REVIEW_BELOW) == bool(truth.get("review")), binding.why
        assert binding.why.endswith(".")
        assert from_json(Binding, to_json(binding)).plan == to_json(binding.plan)


# ---- what is said and when nothing is ----------------------------------------------------------------------


def test_an_imported_library_class_is_never_the_teams_own(tmp_path: Path, rubric: Rubric) -> None:
    source = "from sklearn.mixture import GaussianMixture\nmodel = GaussianMixture(3)\n"
    assert found_in(source, tmp_path, role_of(rubric, "gmm"))["gmm"].symbol == ""


def test_a_missing_role_says_what_was_looked_for(tmp_path: Path, rubric: Rubric) -> None:
    binding = found_in("x = 1\n", tmp_path, role_of(rubric, "kde"))["kde"]
    assert binding.confidence == 0
    assert "Kernel density estimator" in binding.why


def test_a_near_miss_is_explained_and_sent_to_review(tmp_path: Path, rubric: Rubric) -> None:
    source = "class KDEstimator:\n    def fit(self, X): self.X = X\n    def plot(self): pass\n"
    binding = found_in(source, tmp_path, role_of(rubric, "kde"))["kde"]
    assert binding.symbol == "KDEstimator"
    assert binding.confidence < REVIEW_BELOW
    assert "found fit, plot" in binding.why


def test_labels_are_not_taken_for_a_density(tmp_path: Path, rubric: Rubric) -> None:
    stub = next(s for s in ALL if s["name"] == "gmm_tuple_samples")
    source = (
        stub["source"]
        .replace("def score_samples", "def mixture_log_pdf")
        .replace("self.score_samples", "self.mixture_log_pdf")
    )
    binding = found_in(source, tmp_path, role_of(rubric, "gmm"))["gmm"]
    assert binding.methods["score_samples"] == "mixture_log_pdf"


def test_a_wrong_model_is_still_the_teams_model(tmp_path: Path, rubric: Rubric) -> None:
    source = """
import numpy as np
class KDE:
    def __init__(self, bandwidth): self.bandwidth = bandwidth
    def fit(self, X): self.X = X; return self
    def score_samples(self, X): return np.full(len(X), -1.0)
    def sample(self, n): return np.zeros((n, 2))
"""
    binding = found_in(source, tmp_path, role_of(rubric, "kde"))["kde"]
    assert binding.symbol == "KDE"
    assert binding.confidence > 0.9


def test_the_more_complete_of_two_unrelated_classes_is_taken_and_the_other_named(
    tmp_path: Path, rubric: Rubric
) -> None:
    stub = next(s for s in ALL if s["name"] == "inheritance")
    source = stub["source"].replace(
        "class KDE(", "class KDEFirstTry:\n    def fit(self, X): pass\nclass KDE("
    )
    binding = found_in(source, tmp_path, role_of(rubric, "kde"))["kde"]
    assert binding.symbol == "KDE"
    assert "KDEFirstTry" in binding.candidates or binding.confidence > 0.9


def test_a_factory_that_gives_no_function_is_told_not_broken(tmp_path: Path, rubric: Rubric) -> None:
    source = "def make_mmd(kind, h): return {'kind': kind, 'h': h}\n"
    points = moons_probe().points
    with opened(source, tmp_path) as (slice_, session):
        found = find(slice_, session, rubric, moons_probe())
        found["mmd"] = replace(found["mmd"], plan={"construct": None, "calls": {}})
        team = HandInTeam(session, found, rubric)
        with pytest.raises(Malformed, match="no way to call it with X, Y"):
            team.mmd(points, points, kernel="se", bandwidth=0.5)


def test_a_star_import_does_not_crowd_out_the_own_definitions() -> None:
    listed = [{"name": f"value{k}", "kind": "value", "type": "ndarray"} for k in range(600)]
    listed += [{"name": "h", "kind": "value", "type": "float"}, {"name": "KDE", "kind": "class"}]
    assert [entry["name"] for entry in first_of(listed, 3)] == ["KDE", "h", "value0"]
    assert first_of(listed[:3], 3) == listed[:3]


def test_code_that_kills_its_process_is_reported_not_raised(tmp_path: Path, rubric: Rubric) -> None:
    source = """
import os
class KDE:
    def __init__(self, bandwidth): pass
    def fit(self, X): os._exit(3)
    def score_samples(self, X): return X[:, 0]
    def sample(self, n): return None
"""
    binding = found_in(source, tmp_path, role_of(rubric, "kde"))["kde"]
    assert binding.symbol == "KDE"
    assert "process" in binding.why


class Silent:
    """A session whose process cannot be opened."""

    def names(self) -> list[dict[str, Any]]:
        """Fail as a dead process does."""
        raise Died("The process with the team's code is gone: memory.")


def test_a_hand_in_that_cannot_be_loaded_has_no_bindings_and_says_why(rubric: Rubric) -> None:
    found = find(cut("x = 1"), Silent(), rubric, moons_probe())  # type: ignore[arg-type]
    assert {binding.symbol for binding in found.values()} == {""}
    assert "memory" in found["kde"].why


# ---- a tutor's word --------------------------------------------------------------------------------------

TWO_CLASSES = """
import numpy as np
class Alpha:
    def __init__(self, width): self.width = width
    def learn(self, X): self.X = X
    def values(self, X): return np.exp(-((X[:, None] - self.X)**2).sum(-1)/(2*self.width**2)).mean(1)/(2*np.pi*self.width**2)
    def more(self, n): return self.X[:n]
class KDE:
    def fit(self, X): raise RuntimeError("old version")
"""


def write(folder: Path, text: str) -> Path:
    """A tutor's file."""
    path = folder / "bindings.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_tutors_binding_replaces_the_search(tmp_path: Path, rubric: Rubric) -> None:
    only = role_of(rubric, "kde")
    text = "kde: {symbol: Alpha, methods: {fit: learn, score_samples: values, sample: more}, parameters: {bandwidth: width}, answers: density}"
    told = load_overrides(write(tmp_path, text), only)
    binding = found_in(TWO_CLASSES, tmp_path, only, overrides=told)["kde"]
    assert (binding.symbol, binding.answers, binding.confidence) == ("Alpha", "density", 1.0)
    assert binding.methods == {"fit": "learn", "score_samples": "values", "sample": "more"}
    assert binding.parameters == {"bandwidth": "width"}
    assert "tutor" in binding.why


def test_without_the_tutor_the_other_class_is_taken(tmp_path: Path, rubric: Rubric) -> None:
    assert found_in(TWO_CLASSES, tmp_path, role_of(rubric, "kde"))["kde"].symbol == "KDE"


def test_a_tutor_may_name_loose_functions_and_the_discrepancy(tmp_path: Path, rubric: Rubric) -> None:
    source = """
import numpy as np
def lernen(X): return X.mean(0), np.cov(X.T)
def f(p, a, b):
    d = p - a
    return -0.5*((d @ np.linalg.inv(b))*d).sum(1) - 0.5*np.log(np.linalg.det(2*np.pi*b))
def g(a, b, n): return np.random.multivariate_normal(a, b, n)
def dist(X, Y, h): return float(((X.mean(0) - Y.mean(0))**2).sum()/h)
"""
    text = "gaussian: {symbol: 'lernen, f, g', kind: functions, methods: {fit: lernen, score_samples: f, sample: g}}\nmmd: dist\n"
    told = load_overrides(write(tmp_path, text), rubric)
    found = found_in(source, tmp_path, rubric, overrides=told)
    assert found["gaussian"].methods == {"fit": "lernen", "score_samples": "f", "sample": "g"}
    assert (found["mmd"].symbol, found["mmd"].confidence) == ("dist", 1.0)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("kdee: {symbol: Alpha}", "Did you mean 'kde'?"),
        ("kde: {simbol: Alpha}", "Did you mean 'symbol'?"),
        ("kde: {kind: class}", "no symbol is named"),
        ("kde: {symbol: Alpha, methods: {score_sample: values}}", "Did you mean 'score_samples'?"),
        ("kde: {symbol: Alpha, parameters: {bandwith: width}}", "Did you mean 'bandwidth'?"),
        ("kde: {symbol: Alpha, answers: logdensity}", "Did you mean 'log_density'?"),
        ("kde: {symbol: Alpha, kind: klass}", "expected class or instance"),
        ("kde: [Alpha]", "the entry is no mapping"),
        ("- kde", "the bindings are no mapping"),
        ("kde: {symbol: Alpha", "not valid YAML"),
        ("kde: {symbol: Alpha, methods: learn}", "the methods are no mapping"),
    ],
)
def test_mistakes_in_a_tutors_file_are_named(text: str, said: str, tmp_path: Path, rubric: Rubric) -> None:
    with pytest.raises(UsageFault) as fault:
        load_overrides(write(tmp_path, text), rubric)
    assert said in str(fault.value)


def test_a_symbol_that_the_hand_in_lacks_is_named_with_the_closest_one(
    tmp_path: Path, rubric: Rubric
) -> None:
    only = role_of(rubric, "kde")
    told = load_overrides(write(tmp_path, "kde: Alhpa"), only)
    with pytest.raises(UsageFault, match="Did you mean 'Alpha'"):
        found_in(TWO_CLASSES, tmp_path, only, overrides=told)


def test_an_empty_tutors_file_changes_nothing(tmp_path: Path, rubric: Rubric) -> None:
    assert load_overrides(write(tmp_path, "# nothing yet\n"), rubric) == {}
    with pytest.raises(UsageFault, match="cannot be read"):
        load_overrides(tmp_path / "absent.yaml", rubric)


# ---- names -----------------------------------------------------------------------------------------------


def test_names_come_apart_into_words() -> None:
    assert words("KDEstimator2D") == ("kd", "estimator", "2", "d")
    assert words("kerndichte_Schätzer") == ("kerndichte", "schaetzer")
    assert core("my_two_dim_hist") == ("hist",)


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("Histogram2D", 1.0, 1.0),
        ("two_dim_hist", 0.9, 1.0),
        ("sample_from_histogram", 0.6, 0.95),
        ("Histrogram", 0.7, 0.85),
        ("Gaussian", 0.0, 0.0),
        ("this_story", 0.0, 0.6),
    ],
)
def test_resemblance_orders_names(name: str, least: float, most: float) -> None:
    assert least <= resemblance(name, ("histogram", "hist")) <= most


def test_a_parameter_of_one_letter_must_agree_in_case_to_count_fully() -> None:
    assert parameter_resemblance("x", ("x",)) > parameter_resemblance("X", ("x",)) > 0.69
    assert parameter_resemblance("y", ("x",)) == 0
    assert parameter_resemblance("bandwith", ("bandwidth",)) >= 0.69
    assert closest("bandwidht", ("bins", "bandwidth")) == "bandwidth"
    assert closest("zzz", ("bins", "bandwidth")) == ""
