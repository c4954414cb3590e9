"""Diagnosis: the mistake is named where it is clear, and nothing is named where it is not."""

import ast
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from judge_mutants import MUTANTS

from grader.errors import RubricFault
from grader.judge.checks import Measured, Outcome, load_checks
from grader.judge.diagnosis import Diagnoser, load_diagnoser
from grader.judge.diagnosis_answers import by_answers, relative_error
from grader.judge.diagnosis_candidates import Candidate, namespace_of, read_candidates
from grader.judge.diagnosis_confusion import NONE, NOT_LOST, confusion, rates
from grader.judge.diagnosis_probes import Diagnosis, ExactProbe, FactProbe, SampleProbe
from grader.judge.diagnosis_samples import explanations, homogeneity_p, snapped
from grader.judge.judging import judge
from grader.judge.lab import LabFactory, ReferenceTeam, load_reference
from grader.records import Finding, Verdict
from grader.rubric import load
from reference.generative_baselines.diagnoses_mixture import stops_early
from reference.generative_baselines.models import GaussianMixture, KernelDensity
from reference.generative_baselines.questions import discrepancy_estimate, discrepancy_kernel

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "reference" / "generative_baselines"
RUBRIC = load(ROOT / "rubrics" / "generative_baselines.yaml")
CHECKS = load_checks(FOLDER)
REFERENCE = load_reference(FOLDER)
DIAGNOSER = load_diagnoser(FOLDER)
QUICK = [
    "discrepancy_cross_term_added",
    "discrepancy_imq_cross_term_is_se",
    "discrepancy_imq_is_se",
    "discrepancy_se_gamma",
    "discrepancy_square_root",
    "gaussian_no_two_pi",
    "gaussian_same_sample",
    "gaussian_samples_around_zero",
    "gaussian_whole_determinant",
    "histogram_bin_corners",
    "histogram_clips_range",
    "histogram_keeps_first_range",
    "histogram_rounds_to_nearest",
    "histogram_shifted_half_bin",
    "histogram_times_area",
    "kernel_density_mean_of_logarithms",
    "kernel_density_narrower_than_samples",
    "kernel_density_no_noise",
    "kernel_density_one_centre_per_call",
    "kernel_density_uniform_noise",
]


def diagnosed(entries, item, hand_in="hash", diagnose=DIAGNOSER):
    """The finding of one item for the reference with some roles exchanged, judged alone."""
    team = ReferenceTeam({**REFERENCE.roles, **entries}, 1)
    factory = LabFactory(REFERENCE, key=b"tests", hand_in=hand_in)
    data = RUBRIC.model_dump()
    for entry in data["items"]:
        entry["needs"] = ()
    rubric = type(RUBRIC).model_validate(data)
    return judge(team, rubric, CHECKS, factory, only=[item], diagnose=diagnose)[0]


# ------------------------------------------------------------------------------------ twins and others' mistakes
def test_twins_are_named_and_nothing_else():
    found = confusion(RUBRIC, FOLDER, seeds=[0], names=QUICK)
    assert {twin: dict(counts) for (twin, _), counts in found.items()} == {name: {name: 1} for name in QUICK}
    assert rates(found) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("mutant", "item", "name"),
    [
        ("HistogramSwappedInScore", "histogram.density", "histogram_score_transposed"),
        ("HistogramShiftedByHalfABin", "histogram.sampling", "histogram_shifted_back_half_bin"),
        ("HistogramBrokenBySampling", "histogram.density", "histogram_sampling_changes_density"),
        ("GaussianWithoutDeterminant", "gaussian.density", "gaussian_no_determinant"),
        ("GaussianIndependentSamples", "gaussian.sampling", "gaussian_diagonal_sample"),
        ("KernelsNormalisedByWidth", "kde.density", "kernel_density_normalised_by_h"),
        ("KernelsIgnoreBandwidth", "kde.density", "kernel_density_bandwidth_ignored"),
        ("KernelsNoiseTooSmall", "kde.sampling", "kernel_density_noise_of_other_kernel"),
        ("KernelsPlainDensity", "kde.density", "density_without_logarithm"),
        ("discrepancy_with_laplace", "mmd.se", "discrepancy_se_distance_not_squared"),
    ],
)
def test_the_same_mistake_written_by_others_is_named(mutant, item, name):
    made = MUTANTS[mutant]
    assert diagnosed({made.role: made.entry}, item, mutant).diagnosis == name


class TwoMistakes(KernelDensity):
    """Neither averaged nor normalised by h twice."""

    def score_samples(self, X):
        return super().score_samples(X) + np.log(len(self.data_) * self.bandwidth)


def test_two_mistakes_that_add_up_are_both_named():
    found = diagnosed({"kde": TwoMistakes}, "kde.density")
    assert found.diagnosis == "kernel_density_normalised_by_h and kernel_density_not_averaged"
    assert " And: " in found.message


class StopsAfterTwoSteps(GaussianMixture):
    """Starts from random memberships and stops after two steps."""

    def __init__(self, components=1, random_state=None):
        super().__init__(components, n_init=1, max_iterations=2, random_state=random_state)

    def _start(self, X):
        k = self.n_components
        self.weights_, self.means_ = np.full(k, 1 / k), np.zeros((k, 2))
        self.covariances_ = np.repeat(np.eye(2)[None], k, 0)
        self._maximisation(X, self.generator_.dirichlet(np.full(k, 0.3), size=len(X)))


def test_an_iteration_that_stops_early_is_known_by_its_moments_and_a_converged_one_is_not():
    converged = next(c for c in DIAGNOSER.candidates if c.name == "mixture_weights_never_updated")
    for team, told in (
        (ReferenceTeam({**REFERENCE.roles, "gmm": StopsAfterTwoSteps}, 1), "mixture_stops_early"),
        (converged.team(DIAGNOSER.roles, 1), ""),
        (REFERENCE.team(1), ""),
    ):
        lab = LabFactory(REFERENCE, key=b"tests", hand_in="early")("gmm.fit", {})
        assert stops_early(team, lab) == told


# ------------------------------------------------------------------------------------ nothing is named
class OddNoise(KernelDensity):
    def sample(self, n=1):
        centres = self.data_[self.generator_.integers(len(self.data_), size=n)]
        return centres + 0.55 * self.bandwidth * self.generator_.standard_normal(centres.shape)


class OddDensity(KernelDensity):
    def score_samples(self, X):
        return 1.07 * super().score_samples(X) - 0.2


class FailsToSample(KernelDensity):
    def sample(self, n=1):
        raise ValueError("not like this")


@pytest.mark.parametrize(
    ("entry", "item", "verdict"),
    [
        (OddNoise, "kde.sampling", Verdict.FAILED),
        (OddDensity, "kde.density", Verdict.FAILED),
        (FailsToSample, "kde.sampling", Verdict.BROKEN),
    ],
)
def test_an_unknown_mistake_gets_no_name(entry, item, verdict):
    found = diagnosed({"kde": entry}, item)
    assert (found.verdict, found.diagnosis) == (verdict, "")
    assert "Likely cause" not in found.message


@pytest.mark.parametrize("item", ["histogram.density", "gaussian.sampling", "kde.density", "kde.sampling"])
def test_right_answers_get_no_name_even_where_a_check_failed(item):
    factory = LabFactory(REFERENCE, key=b"tests", hand_in="right")
    finding = Finding(item, Verdict.FAILED, 0.0, "Failed by mistake.")
    lab = factory(item, {})
    assert DIAGNOSER(REFERENCE.team(1), RUBRIC.item(item), lab, finding) is None


def test_what_passed_is_not_diagnosed():
    def never(*_):
        raise AssertionError("asked about an item that passed")

    assert diagnosed({}, "kde.density", diagnose=never).verdict is Verdict.PASSED


def test_a_diagnosis_that_breaks_costs_nothing():
    def breaks(*_):
        raise RuntimeError("our own mistake")

    made = MUTANTS["KernelsWithoutNumber"]
    found = diagnosed({"kde": made.entry}, "kde.density", diagnose=breaks)
    assert (found.verdict, found.diagnosis) == (Verdict.FAILED, "")
    assert "integrates to 4" in found.message


def test_candidates_that_take_too_long_end_in_no_name():
    seconds = iter(range(1000))
    slow = replace(DIAGNOSER, clock=lambda: float(next(seconds)))
    made = MUTANTS["KernelsWithoutNumber"]
    assert diagnosed({"kde": made.entry}, "kde.density", diagnose=slow).diagnosis == ""


# ------------------------------------------------------------------------------------ what the reader gets
def test_a_diagnosis_adds_a_sentence_and_evidence():
    made = MUTANTS["KernelsWithoutNumber"]
    found = diagnosed({"kde": made.entry}, "kde.density")
    says = next(c.says for c in DIAGNOSER.candidates if c.name == found.diagnosis)
    assert found.message.endswith(f"Likely cause: {says}")
    assert found.evidence[-1].name == "relative distance from the answers of a known mistake"
    assert found.evidence[-1].value < 1e-9


def test_what_a_check_proves_itself_stands():
    finding = Finding("kde.density", Verdict.FAILED, 0.0, "Seen.", diagnosis="second_fit_keeps_first")
    lab = LabFactory(REFERENCE, key=b"tests", hand_in="given")("kde.density", {})
    given = DIAGNOSER(REFERENCE.team(1), RUBRIC.item("kde.density"), lab, finding)
    assert given == Diagnosis("second_fit_keeps_first")
    assert given.told(finding) == finding


def test_the_worst_failed_measurement_tells_its_mistake_and_a_passed_one_none():
    passed = Measured("a", 0.0, "0", True).proving("one")
    worst, half = Measured("b", 1.0, "0", False).proving("two"), Measured("c", 1.0, "0", False, share=0.5)
    assert Outcome((half, passed, worst)).proved() == "two"
    assert Outcome((passed, half)).proved() == ""
    assert Outcome((worst,), diagnosis="three").proved() == "three"


def reference_lines():
    """Lines of the reference's code that are long enough to give a solution away."""
    for path in (FOLDER / "models").glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign | ast.Return | ast.AugAssign):
                text = " ".join(ast.unparse(node).split())
                if len(text) > 12:
                    yield text


def test_sentences_give_no_solution_away():
    lines = list(reference_lines())
    told = [c.says for c in DIAGNOSER.candidates if c.name]
    assert len(lines) > 100
    assert [says for says in told for line in lines if line in says] == []
    assert [says for says in told if not (says.endswith((".", "?")) and len(says) > 30)] == []


def test_mistakes_that_checks_name_are_twins():
    names = {c.name for c in DIAGNOSER.candidates}
    by_checks = {*discrepancy_kernel.DIAGNOSES.values(), *discrepancy_estimate.DIAGNOSES.values()}
    assert by_checks <= names
    assert len(names) > 80


# ------------------------------------------------------------------------------------ exact answers
RIGHT = np.sin(np.arange(40.0))


def candidates(**answers):
    return [
        (Candidate(name if name != "right" else "", "", frozenset(), FOLDER), [a])
        for name, a in answers.items()
    ]


def names_of(fit):
    return None if fit is None else sorted(c.name for c in fit[0])


def test_the_nearest_answers_are_taken_if_near_enough_and_ten_times_nearer_than_the_next():
    others = candidates(one=RIGHT + 1, two=2 * RIGHT)
    assert names_of(by_answers([RIGHT + 1.0001], others)) == ["one"]
    assert by_answers([RIGHT + 1.01], others) is None
    near = candidates(one=RIGHT + 1, two=RIGHT + 1.001)
    assert by_answers([RIGHT + 1.0003], near) is None
    assert names_of(by_answers([RIGHT + 1.00001], near)) == ["one"]


def test_candidates_that_answer_alike_are_named_together():
    assert names_of(by_answers([RIGHT], candidates(one=RIGHT, two=RIGHT.copy(), three=3 * RIGHT))) == [
        "one",
        "two",
    ]


def test_no_constant_is_fitted_and_odd_answers_are_infinitely_far():
    assert relative_error([RIGHT + 1], [RIGHT]) == pytest.approx(1 / RIGHT.std())
    assert relative_error([RIGHT[:5]], [RIGHT]) == np.inf
    assert relative_error([RIGHT * np.nan], [RIGHT]) == np.inf
    assert relative_error([RIGHT, RIGHT], [RIGHT]) == np.inf
    assert relative_error([np.full(3, 2.5)], [np.full(3, 2.0)]) == 0.5


# ------------------------------------------------------------------------------------ samples
def clouds(*spreads, n=20_000, seed=0):
    rng = np.random.default_rng(seed)
    return [s * rng.standard_normal((n, 2)) for s in spreads]


def test_the_likelier_distribution_leads_and_explains_the_sample():
    (sample,) = clouds(1.1, n=2000, seed=1)
    found = explanations(sample, clouds(1.0, 1.1, 1.4), {})
    assert found[0].index == 1
    assert found[0].p > 1e-4
    assert found[0].likelihood - found[1].likelihood > 20
    assert explanations(clouds(1.2, n=2000, seed=1)[0], clouds(1.0, 1.5), {})[0].p < 1e-4


def test_points_on_marks_and_repeats_are_classes_of_their_own():
    marks = {"corners": np.array([[0.0, 0.0], [1.0, 1.0]])}
    points, classes = snapped(np.array([[0.3, 0.4], [1 + 1e-7, 1.0], [0.6, 0.1], [0.6, 0.1]]), marks)
    assert classes.tolist() == [0, 2, 1, 1]
    assert points[1].tolist() == [1.0, 1.0]


def test_a_sampler_that_returns_marked_points_is_told_from_one_beside_them():
    rng = np.random.default_rng(2)
    places = np.array([[0.0, 0.0], [0.2, 0.1], [0.1, 0.3]])
    on, beside = places[rng.integers(3, size=20_000)], places[rng.integers(3, size=20_000)]
    beside = beside + 1e-3 * rng.standard_normal(beside.shape)
    found = explanations(places[rng.integers(3, size=500)], [beside, on], {"places": places})
    assert found[0].index == 1
    assert found[0].likelihood - found[1].likelihood > 1000


def test_p_values_of_equal_distributions_are_spread_evenly():
    rng = np.random.default_rng(3)
    p = [
        homogeneity_p(*(np.bincount(rng.integers(50, size=n), minlength=50) for n in (500, 5000)))
        for _ in range(200)
    ]
    assert 0.4 < np.mean(p) < 0.6
    assert np.mean(np.array(p) < 0.05) < 0.12
    assert homogeneity_p(np.array([90.0, 10.0]), np.array([50.0, 50.0])) < 1e-6


# ------------------------------------------------------------------------------------ loading
def small_reference(folder, twin):
    (folder / "models").mkdir()
    (folder / "wrong").mkdir()
    (folder / "models" / "__init__.py").write_text("")
    (folder / "models" / "pile.py").write_text(
        "class Pile:\n    def high(self):\n        return two()\n\n\ndef two():\n    return 2\n"
    )
    (folder / "wrong" / "low.py").write_text(twin)
    return folder


def test_a_twin_takes_the_place_of_single_methods_and_functions(tmp_path):
    twin = '"""\nbreaks: [pile.height]\nsays: Too low.\n"""\n\n\nclass Pile:\n    def low(self):\n        return -self.high()\n\n\ndef two():\n    return 3\n'
    folder = small_reference(tmp_path, twin)
    right, wrong = read_candidates(folder)
    assert (right.name, wrong.name, wrong.breaks, wrong.says) == ("", "low", ("pile.height",), "Too low.")
    assert namespace_of(folder, "low")["Pile"]().low() == -3
    assert namespace_of(folder, "")["Pile"]().high() == 2


@pytest.mark.parametrize(
    ("twin", "words"),
    [
        ('"""\nbreaks: [a]\nsays: b\n"""\n\n\ndef three():\n    return 3\n', "no function 'three'"),
        ('"""\nbreaks: [a]\nsays: b\n"""\n\n\nclass Stack:\n    pass\n', "no class 'Stack'"),
    ],
)
def test_a_twin_of_something_that_is_not_there_is_a_fault(tmp_path, twin, words):
    folder = small_reference(tmp_path, twin)
    with pytest.raises(RubricFault, match=words):
        namespace_of(folder, "low")


def test_a_sheet_without_diagnoses_has_none(tmp_path):
    assert load_diagnoser(tmp_path) is None
    assert confusion(RUBRIC, tmp_path) == {}


def test_probes_belong_to_items_with_checks():
    known = {item.id for item in RUBRIC.items if item.checks}
    assert isinstance(DIAGNOSER, Diagnoser)
    assert set(DIAGNOSER.probes) <= known
    assert {type(p) for probes in DIAGNOSER.probes.values() for p in probes} == {
        ExactProbe,
        SampleProbe,
        FactProbe,
    }


def test_rates_count_groups_as_right_and_silence_as_uncovered():
    found = {
        ("a", "i"): {"a": 2, NONE: 1, NOT_LOST: 5},
        ("b", "i"): {"a or b": 1},
        ("c", "i"): {"a": 1},
    }
    assert rates(found) == (3 / 4, 3 / 5)
