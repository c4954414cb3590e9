"""The first sheet's checks: the reference passes, correct variants pass, each mistake costs its item alone."""

import json
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import sklearn.mixture
from judge_mutants import MUTANTS
from scipy.stats import gaussian_kde
from sklearn.cluster import KMeans

from grader.errors import Raised
from grader.judge.checks import load_checks
from grader.judge.judging import judge
from grader.judge.lab import LabFactory, ReferenceTeam, load_reference
from grader.records import Binding, Statement, Verdict
from grader.report.pictures import draw
from grader.rubric import Rubric, load
from grader.team.proxies import Source
from reference.generative_baselines import roles
from reference.generative_baselines.models import Histogram2D, KernelDensity
from reference.generative_baselines.questions.showing import plain

ROOT = Path(__file__).resolve().parent.parent
RUBRIC = load(ROOT / "rubrics" / "generative_baselines.yaml")
CHECKS = load_checks(ROOT / "reference" / "generative_baselines" / "checks.py")
REFERENCE = load_reference(ROOT / "reference" / "generative_baselines")
SLOW = {"MixtureStopsEarly"}
"""Mistakes that need the many components of the real rubric; the others are judged with two on moons."""
AUTOMATIC = [item.id for item in RUBRIC.items if item.checks and not item.run]


def with_two_components(rubric):
    """The rubric with the one slow knob turned down."""
    data = rubric.model_dump()
    (fit,) = (use for item in data["items"] if item["id"] == "gmm.fit" for use in item["checks"])
    fit["knobs"]["components"] = 2
    return Rubric.model_validate(data)


QUICK = with_two_components(RUBRIC)


def findings(team, items, hand_in="hash", rubric=QUICK):
    factory = LabFactory(REFERENCE, key=b"tests", hand_in=hand_in)
    return {f.item: f for f in judge(team, rubric, CHECKS, factory, only=items)}


def items_of(role):
    return [item for item in AUTOMATIC if item.startswith(f"{role}.")]


def test_the_reference_passes_every_item_and_shows_evidence():
    found = findings(REFERENCE.team(1), AUTOMATIC, rubric=RUBRIC)
    assert {item: f.message for item, f in found.items() if f.verdict is not Verdict.PASSED} == {}
    assert all(f.evidence for f in found.values())


@pytest.mark.parametrize("seed", range(12))
def test_the_reference_passes_the_quick_items_whatever_the_seed(seed):
    quick = [item for item in AUTOMATIC if not item.startswith("gmm.")]
    found = findings(REFERENCE.team(seed), quick, hand_in=str(seed))
    assert [f.message for f in found.values() if f.verdict is not Verdict.PASSED] == []


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mistake_costs_its_own_item_and_no_other(name):
    mutant = MUTANTS[name]
    rubric = RUBRIC if name in SLOW else QUICK
    found = findings(ReferenceTeam(mutant.roles(), 1), items_of(mutant.role), hand_in=name, rubric=rubric)
    lost = {item: str(f.verdict) for item, f in found.items() if f.verdict is not Verdict.PASSED}
    assert lost == mutant.costs
    for item in lost:
        assert found[item].message
        assert found[item].next_step


@pytest.mark.parametrize(
    ("name", "item", "words"),
    [
        ("HistogramWithoutArea", "histogram.density", "not to 1 (3 x 3 bins"),
        ("HistogramSwappedInScore", "histogram.density", "x and y are swapped"),
        ("KernelsWithoutNumber", "kde.density", "integrates to 4, not to 1"),
        ("KernelsWithoutNoise", "kde.sampling", "100% of the samples are training points"),
        ("GaussianSeedsInside", "gaussian.sampling", "a second call returns the same points"),
        ("discrepancy_with_two_h_squared", "mmd.se", "2h² in place of h²"),
        ("discrepancy_without_root", "mmd.imq", "imq without the square root"),
        ("discrepancy_keeping_diagonal", "mmd.estimator", "the diagonal is still in the sums"),
        ("discrepancy_as_root", "mmd.estimator", "the square root of MMD²"),
    ],
)
def test_messages_name_what_is_wrong(name, item, words):
    mutant = MUTANTS[name]
    found = findings(ReferenceTeam(mutant.roles(), 1), items_of(mutant.role), hand_in=name)
    assert words in found[item].message


@pytest.mark.parametrize(
    ("name", "item", "kinds"),
    [
        ("HistogramWithoutArea", "histogram.density", {"density"}),
        ("KernelsWithoutNumber", "kde.density", {"density", "log_density"}),
        ("KernelsWithoutNoise", "kde.sampling", {"samples"}),
        ("discrepancy_with_two_h_squared", "mmd.se", {"curve"}),
    ],
)
def test_a_failure_keeps_small_pictures_that_the_page_can_draw(name, item, kinds):
    mutant = MUTANTS[name]
    found = findings(ReferenceTeam(mutant.roles(), 1), items_of(mutant.role), hand_in=name)
    pictures = found[item].pictures
    assert {key.split(":")[0] for key in pictures} == kinds
    assert len(draw(pictures, item)) == len(pictures)
    assert len(json.dumps(pictures, allow_nan=False)) < 150_000


@pytest.mark.parametrize("role", ["kde", "mmd", "histogram"])
def test_what_passes_keeps_no_pictures(role):
    found = findings(REFERENCE.team(1), items_of(role))
    assert {item: list(f.pictures) for item, f in found.items() if f.pictures} == {}


def test_a_picture_takes_values_that_are_not_finite():
    assert plain([[1.23456, np.nan], [np.inf, -np.inf]]) == [[1.235, None], [None, None]]


@pytest.mark.parametrize(
    ("name", "item", "words"),
    [
        ("KernelsOfVariance", "kde.density", "h is the variance of the kernel"),
        ("KernelsLikeTheDiscrepancy", "kde.density", "exp(-d²/h²)"),
        ("GaussianUnbiased", "gaussian.density", "n - 1"),
        ("discrepancy_biased", "mmd.estimator", "biased MMD²"),
        ("HistogramByWidth", "histogram.fit", "bin_size = 0.7"),
        ("HistogramLosesMaximum", "histogram.density", "costs nothing"),
    ],
)
def test_accepted_readings_are_told(name, item, words):
    mutant = MUTANTS[name]
    found = findings(ReferenceTeam(mutant.roles(), 1), items_of(mutant.role), hand_in=name)
    assert words in " ".join(found[item].readings)


class Bound(ReferenceTeam):
    """The reference under other names, as the adapters of a real hand-in present it."""

    def __init__(self, changed, without=()):
        super().__init__(roles.ROLES, 1)
        self.changed, self.without = changed, without

    def has(self, role, method=""):
        return role not in self.without and (role, method) not in self.without and super().has(role, method)

    def binding(self, role):
        told = {"symbol": role, "kind": "class", "confidence": 1.0} | self.changed.get(role, {})
        return Binding(role, **told)


def test_other_method_names_cost_a_quarter_of_the_interface_each():
    team = Bound({"kde": {"methods": {"score_samples": "predict"}}, "gmm": {"kind": "functions"}})
    found = findings(team, ["interface.sklearn"])["interface.sklearn"]
    assert (found.verdict, found.share) == (Verdict.PARTIAL, 0.5)
    assert "score_samples is called predict" in found.message
    assert "gmm is not a class" in found.message


def test_several_functions_in_place_of_a_class_are_told_in_one_sentence():
    functions = {"symbol": "fit_kde, log_kde, draw_kde", "kind": "functions"}
    message = findings(Bound({"kde": functions}), ["interface.sklearn"])["interface.sklearn"].message
    assert "fit_kde, log_kde and draw_kde are functions, not a class (kde)." in message


def test_a_missing_method_is_missing_and_the_other_items_are_judged_without_it():
    found = findings(Bound({}, without={("kde", "score_samples")}), items_of("kde"))
    assert found["kde.density"].verdict is Verdict.MISSING
    assert found["kde.sampling"].verdict is Verdict.PASSED


def test_a_missing_model_is_missing():
    found = findings(Bound({}, without={"gmm"}), [*items_of("gmm"), "interface.sklearn"])
    assert {f.verdict for item, f in found.items() if item.startswith("gmm")} == {Verdict.MISSING}
    assert found["interface.sklearn"].share == 0.75


def test_where_a_model_may_be_under_another_name_a_person_looks_at_the_form():
    class Left(Bound):
        def binding(self, role):
            told = super().binding(role)
            return (
                replace(told, doubts={"": "`Q` may be it."}, why="`Q` may be it.") if role == "gmm" else told
            )

    found = findings(Left({}, without={"gmm"}), ["interface.sklearn"])["interface.sklearn"]
    assert (found.verdict, "`Q` may be it." in found.message) == (Verdict.REVIEW, True)


FUNCTIONS = {"kind": "functions", "symbol": "fit_it, draw_it"}
WEAK = FUNCTIONS | {
    "confidence": 0.4,
    "doubts": {"sample": "`draw_it` did not answer."},
    "why": "`fit_it` may be it.",
}


@pytest.mark.parametrize(
    ("weak", "others", "source", "verdict"),
    [
        (WEAK, {}, "class A: pass", Verdict.REVIEW),
        (WEAK | {"doubts": {}}, {}, "class A: pass", Verdict.PARTIAL),
        (WEAK, FUNCTIONS, "class A: pass", Verdict.REVIEW),
        (WEAK, FUNCTIONS, "def f(): return 'a class of its own'", Verdict.FAILED),
        (WEAK, FUNCTIONS, "A = type('A', (), {})", Verdict.REVIEW),
        (FUNCTIONS, FUNCTIONS, "class A: pass", Verdict.FAILED),
    ],
)
def test_functions_that_did_not_answer_do_not_say_that_there_is_no_class(weak, others, source, verdict):
    team = Bound(dict.fromkeys(("histogram", "gaussian", "kde"), others) | {"gmm": weak})
    team.source = Source((Statement(source, "cell 1", (), "class"),), {})
    found = findings(team, ["interface.sklearn"])["interface.sklearn"]
    assert found.verdict is verdict


def test_a_search_of_ours_that_broke_costs_no_form():
    team = Bound({"gmm": {"symbol": "", "kind": "broken", "why": "Our search failed."}}, without={"gmm"})
    found = findings(team, ["interface.sklearn"])["interface.sklearn"]
    assert (found.verdict, "Our search failed." in found.message) == (Verdict.REVIEW, True)


@pytest.mark.parametrize("number", [10, 20, 40])
@pytest.mark.parametrize("hand_in", ["0", "6"])
def test_a_histogram_of_many_small_bins_that_nobody_can_set_is_read_right(number, hand_in):
    class Fixed(Histogram2D):
        def __init__(self, bins=20, random_state=None):
            super().__init__(number, None, random_state)

    team = ReferenceTeam({**roles.ROLES, "histogram": Fixed}, 1)
    found = findings(team, items_of("histogram"), hand_in=hand_in)
    assert {f.verdict for f in found.values()} == {Verdict.PASSED}


class Answers(KernelDensity):
    answers = "density"


def test_a_plain_density_under_its_own_name_passes_and_under_score_samples_costs_half():
    for name, verdict in (("pdf", Verdict.PASSED), ("score_samples", Verdict.PARTIAL)):
        team = Bound({"kde": {"methods": {"score_samples": name}}})
        team.roles["kde"] = Answers
        assert findings(team, items_of("kde"))["kde.density"].verdict is verdict


class FailsToSample(KernelDensity):
    def sample(self, n=1):
        raise Raised("ValueError: not like this", where="KDE.sample")


def test_code_that_raises_in_sample_costs_sampling_and_not_the_density():
    team = ReferenceTeam({**roles.ROLES, "kde": FailsToSample}, 1)
    found = findings(team, items_of("kde"))
    assert found["kde.density"].verdict is Verdict.PASSED
    assert found["kde.sampling"].verdict is Verdict.FAILED
    assert "not like this" in found["kde.sampling"].message


class FailsToFit(roles.ROLES["histogram"]):
    def fit(self, X):
        raise Raised("IndexError: out of range", where="Histogram.fit")


def test_code_that_raises_in_fit_costs_the_fit_and_leaves_the_rest_open():
    found = findings(ReferenceTeam({**roles.ROLES, "histogram": FailsToFit}, 1), items_of("histogram"))
    assert [str(f.verdict) for f in found.values()] == ["failed", "blocked", "blocked"]


def test_a_discrepancy_of_equal_sizes_only_fails_the_estimator():
    def equal_sizes(X, Y, kernel="se", bandwidth=0.2):
        if len(X) != len(Y):
            raise Raised("ValueError: operands could not be broadcast", where="mmd")
        return roles.ROLES["mmd"](X, Y, kernel, bandwidth)

    found = findings(ReferenceTeam({**roles.ROLES, "mmd": equal_sizes}, 1), items_of("mmd"))
    assert [str(f.verdict) for f in found.values()] == ["passed", "passed", "failed", "passed"]
    assert "40 and 60 points" in found["mmd.estimator"].message


def test_a_constant_discrepancy_is_not_taken_for_any_kernel():
    team = ReferenceTeam({**roles.ROLES, "mmd": lambda X, Y, kernel="se", bandwidth=0.2: 0.5}, 1)
    found = findings(team, items_of("mmd"))
    assert [str(f.verdict) for f in found.values()] == ["failed", "failed", "blocked", "blocked"]


def test_questions_stay_small_enough_for_slow_code():
    sizes = []

    class Counting(KernelDensity):
        def score_samples(self, X):
            sizes.append(len(X) * len(self.data_))
            return super().score_samples(X)

    findings(ReferenceTeam({**roles.ROLES, "kde": Counting}, 1), items_of("kde"))
    assert max(sizes) <= 20_000
    assert np.sum(sizes) <= 400_000


# ------------------------------------------------------------------------------- what the source tells
def pair_by_pair(X, Y, kernel="se", bandwidth=0.2):
    total = {"xx": 0.0, "yy": 0.0, "xy": 0.0}
    for key, (A, B) in {"xx": (X, X), "yy": (Y, Y), "xy": (X, Y)}.items():
        for a in A:
            for b in B:
                q = ((a - b) ** 2).sum() / bandwidth**2
                total[key] += np.exp(-q) if kernel == "se" else 1 / np.sqrt(1 + q)
    n, m = len(X), len(Y)
    return total["xx"] / n**2 + total["yy"] / m**2 - 2 * total["xy"] / (n * m)


def row_by_row(X, Y, kernel="se", bandwidth=0.2):
    def mean(A, B):
        total = 0.0
        for a in A:
            q = ((B - a) ** 2).sum(axis=1) / bandwidth**2
            total += (np.exp(-q) if kernel == "se" else 1 / np.sqrt(1 + q)).sum()
        return total / (len(A) * len(B))

    return mean(X, X) + mean(Y, Y) - 2 * mean(X, Y)


def vectorised(discrepancy, **knobs):
    """The finding of `mmd.vectorised` alone, perhaps with other knobs."""
    data = RUBRIC.model_dump()
    (item,) = (entry for entry in data["items"] if entry["id"] == "mmd.vectorised")
    item["needs"], item["checks"][0]["knobs"] = (), item["checks"][0]["knobs"] | {"sizes": [60, 120]} | knobs
    team = ReferenceTeam({**roles.ROLES, "mmd": discrepancy}, 1)
    return findings(team, ["mmd.vectorised"], rubric=Rubric.model_validate(data))["mmd.vectorised"]


def test_pairs_in_python_fail_with_place_and_time():
    found = vectorised(pair_by_pair)
    assert found.verdict is Verdict.FAILED
    assert "pair by pair" in found.message
    assert "for in pair_by_pair, test_checks_generative_baselines.py, line" in found.message
    assert found.next_step


def test_arrays_pass_without_a_clock():
    found = vectorised(roles.ROLES["mmd"])
    assert found.verdict is Verdict.PASSED
    assert [(e.name, e.value) for e in found.evidence] == [
        ("Python loops over data points on the called path", 0.0)
    ]


def test_slow_code_without_loops_over_points_passes():
    def asleep(X, Y, kernel="se", bandwidth=0.2):
        time.sleep(0.05)
        return roles.ROLES["mmd"](X, Y, kernel, bandwidth)

    assert vectorised(asleep, slow_ratio=1e-9, fails_ratio=1e-9).verdict is Verdict.PASSED


def test_a_loop_over_rows_passes_with_a_remark_and_is_never_failed():
    found = vectorised(row_by_row, slow_ratio=1e6)
    assert found.verdict is Verdict.PASSED
    assert "fast enough" in " ".join(found.readings)
    found = vectorised(row_by_row, slow_ratio=1e-9, fails_ratio=1e-9)
    assert found.verdict is Verdict.REVIEW
    assert "one by one" in found.message


def test_pairs_that_are_as_fast_as_arrays_pass():
    assert vectorised(pair_by_pair, slow_ratio=1e9, fails_ratio=1e9).verdict is Verdict.PASSED


class Unread:
    """A function whose source cannot be followed."""

    __name__, __qualname__, __module__ = "Unread", "Unread", "nowhere"

    def __init__(self, delay):
        self.delay = delay

    def __call__(self, X, Y, kernel="se", bandwidth=0.2):
        time.sleep(self.delay * (len(X) / 200) ** 2)
        return roles.ROLES["mmd"](X, Y, kernel, bandwidth)


def test_code_of_unknown_source_passes_when_fast_and_waits_for_a_person_when_slow():
    assert vectorised(Unread(0.0), slow_ratio=30).verdict is Verdict.PASSED
    found = vectorised(Unread(0.2))
    assert found.verdict is Verdict.REVIEW
    assert "could not be followed" in found.message


def test_the_speed_of_something_that_is_no_discrepancy_is_left_open():
    team = ReferenceTeam({**roles.ROLES, "mmd": lambda X, Y, kernel="se", bandwidth=0.2: 0.5}, 1)
    assert (
        findings(team, [i for i in items_of("mmd") if i != "mmd.bandwidth"])["mmd.vectorised"].verdict
        is Verdict.BLOCKED
    )


class MixtureOfTheLibrary:
    def __init__(self, components=1):
        self.components = components

    def fit(self, X):
        self.inner = sklearn.mixture.GaussianMixture(self.components).fit(X)
        return self

    def score_samples(self, X):
        return self.inner.score_samples(X)

    def sample(self, n):
        return self.inner.sample(n)[0]


class KernelsOfTheLibrary(KernelDensity):
    def score_samples(self, X):
        return gaussian_kde(self.data_.T, self.bandwidth).logpdf(X.T)


class MixtureThatInherits(sklearn.mixture.GaussianMixture):
    def __init__(self, components=1):
        super().__init__(components)
        self.components = components


class GaussianFitted(roles.ROLES["gaussian"]):
    def fit(self, X):
        self.start_ = KMeans(1).fit(X)
        return super().fit(X)


FROM_SCRATCH = ["rules.from_scratch", "gmm.one_equals_gaussian", "gaussian.density", "kde.sampling"]


def read_models(team):
    """Findings of the rule and of three quick items, without the slow fits that one of them needs."""
    data = RUBRIC.model_dump()
    for item in data["items"]:
        item["needs"] = ()
    return findings(team, FROM_SCRATCH, rubric=Rubric.model_validate(data))


@pytest.mark.parametrize(
    ("role", "model", "library", "left_open"),
    [
        ("gmm", MixtureOfTheLibrary, "sklearn.mixture.GaussianMixture", {"gmm.one_equals_gaussian"}),
        ("gmm", MixtureThatInherits, "sklearn.mixture.GaussianMixture", {"gmm.one_equals_gaussian"}),
        ("kde", KernelsOfTheLibrary, "scipy.stats.gaussian_kde", {"kde.sampling"}),
    ],
)
def test_a_ready_made_model_leaves_its_items_to_a_person(role, model, library, left_open):
    team = ReferenceTeam({**roles.ROLES, role: model}, 1)
    found = read_models(team)
    assert {item for item, f in found.items() if f.verdict is Verdict.REVIEW} == {
        "rules.from_scratch",
        *left_open,
    }
    assert f"{model.__name__}: uses {library} (" in found["rules.from_scratch"].message
    for item in left_open:
        assert "The machine's own verdict would be '" in found[item].message
        assert library in found[item].message
    assert found["gaussian.density"].verdict is Verdict.PASSED


def test_a_borderline_function_is_shown_and_withholds_nothing():
    found = read_models(ReferenceTeam({**roles.ROLES, "gaussian": GaussianFitted}, 1))
    assert found["rules.from_scratch"].verdict is Verdict.REVIEW
    assert (
        "Is this a fundamental function, in GaussianFitted: sklearn.cluster.KMeans ("
        in found["rules.from_scratch"].message
    )
    assert found["gaussian.density"].verdict is Verdict.PASSED


def test_models_of_ones_own_pass_though_the_library_is_used_beside_them():
    ready = sklearn.mixture.GaussianMixture(2).fit(REFERENCE.data["moons"](50, np.random.default_rng(1)))
    assert ready.converged_
    assert read_models(REFERENCE.team(1))["rules.from_scratch"].verdict is Verdict.PASSED


def test_a_model_whose_source_cannot_be_followed_is_named():
    unread = type("Unread", (), {"__module__": "nowhere", "fit": None})
    found = findings(ReferenceTeam({**roles.ROLES, "kde": unread}, 1), ["rules.from_scratch"])
    assert found["rules.from_scratch"].verdict is Verdict.REVIEW
    assert "The source of Unread could not be followed." in found["rules.from_scratch"].message
