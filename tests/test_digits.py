"""The items on digits: from hand-made records of a run, from stored outputs, and from code alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from grader.judge.transcript import Transcript, read_transcript
from grader.records import Call, Execution, Finding, Known, Verdict
from reference.generative_baselines.questions import digits_judge
from tests.digits_records import (
    CLASSIFIER,
    FOREST,
    GMM,
    KDE,
    array,
    classifier,
    fit,
    images,
    judged,
    living,
    mmd,
    noisy_digits,
    notebook,
    picture,
    printed,
    run_of,
    sample,
)

SETUP = (
    "from sklearn.datasets import load_digits\nfrom sklearn.mixture import GaussianMixture\n"
    "from sklearn.neighbors import KernelDensity\nfrom sklearn.ensemble import RandomForestClassifier\n"
    "from DensityForest import DensityForest\nimport numpy as np, matplotlib.pyplot as plt"
)
DATA = "X, y = load_digits(return_X_y=True)\nX_train, X_test, y_train, y_test = X[:1200], X[1200:], y[:1200], y[1200:]"
MODELS = (
    "gauss = GaussianMixture(1).fit(X_train)\ngmm = GaussianMixture(10).fit(X_train)\n"
    "kde = KernelDensity(bandwidth=1.5).fit(X_train)\nforest = DensityForest(20).fit(X_train)"
)
MMD = (
    "for name, m in {'g': gauss, 'gmm': gmm, 'kde': kde, 'f': forest}.items():\n"
    "    S = m.sample(500)\n    S = S[0] if isinstance(S, tuple) else S\n    print(name, mmd(X_test, S, h=30))"
)
STUDY = (
    "for k in [2, 5, 10, 20]:\n    for n in [200, 600, 1200]:\n"
    "        print(mmd(X_test, GaussianMixture(k).fit(X_train[:n]).sample(500)[0], h=30))\n"
    "for h in [0.5, 1, 2, 4]:\n    print(mmd(X_test, KernelDensity(bandwidth=h).fit(X_train).sample(500), h=30))"
)
SAMPLES = "fig, axs = plt.subplots(2, 10)\nfor ax, x in zip(axs[0], gmm.sample(10)[0]):\n    ax.imshow(x.reshape(8, 8))"
CLASSIFY = "clf = RandomForestClassifier(100).fit(X_train, y_train)\nprint(clf.score(X_test, y_test))"
RECOGNISE = "S = gmm.sample(500)[0]\nP = clf.predict_proba(S)\nprint(P.max(axis=1).mean())"
COUNT = "print(np.bincount(clf.predict(gmm.sample(500)[0]), minlength=10))"
WORDS = (
    "md:## Findings on digits\n"
    + "The kernel density estimator copies its training data and looks best. " * 3
)
CELLS = (SETUP, "def mmd(A, B, h): return 0.0", "md:# Task 2: digits", DATA, MODELS, MMD, STUDY, SAMPLES, CLASSIFY, RECOGNISE, COUNT, WORDS)  # fmt: skip
ITEMS = (
    "digits.density_forest", "digits.models", "digits.mmd", "digits.study", "digits.samples", "digits.classifier",
    "digits.recognisability", "digits.proportions",
)  # fmt: skip
SHOWN: dict[int, Any] = {5: printed("g 0.1\ngmm 0.2\nkde 0.01\nf 0.3"), 6: printed("0.1 0.2 0.3 0.4"), 7: picture(), 8: printed("0.97"), 9: printed("0.6"), 10: printed("[50 40 30]")}  # fmt: skip


def sweep() -> tuple[Call, ...]:
    mixtures = [fit(GMM, 6, key=100 + k, rows=n, data=f"t{n}", n_components=k) for k in (2, 5, 10, 20) for n in (200, 600, 1200)]  # fmt: skip
    widths = [fit(KDE, 6, key=200 + i, bandwidth=h) for i, h in enumerate((0.5, 1.0, 2.0, 4.0))]
    return tuple(mixtures + widths)


def four_fits() -> tuple[Call, ...]:
    return (
        fit(GMM, 4, key=1, n_components=1),
        fit(GMM, 4, key=2, n_components=10),
        fit(KDE, 4, key=3, bandwidth=1.5),
        fit(FOREST, 4, key=4, n_trees=20),
    )


def full_run(**changes: Any) -> Transcript:
    """The whole of task 2, as a run notes it."""
    drawn = [(GMM, 1), (GMM, 2), (KDE, 3), (FOREST, 4)]
    calls = (
        *four_fits(),
        *(sample(kind, 5, key=key, name=f"s{key}") for kind, key in drawn),
        *(mmd(5, "test", f"s{key}") for _, key in drawn),
        *sweep(),
        fit(CLASSIFIER, 8, key=9),
        Call(9, f"{CLASSIFIER}.predict_proba", {"self": {"type": "RandomForestClassifier", "key": 9}, "X": array(500, 64, "s2")}),
    )  # fmt: skip
    known = (
        living(GMM, 1, noisy_digits(300, 1), name="gauss", n_components=1),
        living(GMM, 2, noisy_digits(300, 2), name="gmm", n_components=10),
        living(KDE, 3, noisy_digits(300, 3), name="kde"),
        living("DensityForest.DensityForest", 4, noisy_digits(300, 4), name="forest"),
        classifier(9, digits_judge.original()[1][:: digits_judge.SHOWN]),
    )
    figures = (images(7, noisy_digits(20, 5).reshape(-1, 8, 8), ("mixture", "forest")),)
    settings: dict[str, Any] = {"calls": calls, "known": known, "figures": figures, "outputs": SHOWN}
    return run_of(CELLS, **(settings | changes))


def words(finding: Finding) -> str:
    return f"{finding.verdict} {finding.message}"


@pytest.mark.parametrize("item", ITEMS)
def test_complete_work_seen_in_our_run_passes(item: str) -> None:
    finding = judged(full_run(), item)
    assert finding.verdict is Verdict.PASSED, words(finding)
    assert finding.cells


@pytest.mark.parametrize("item", ITEMS)
def test_complete_work_with_stored_outputs_passes_without_our_run(item: str) -> None:
    finding = judged(
        read_transcript(notebook(*CELLS, outputs={4: printed("ok"), **SHOWN}), Execution("not_run")), item
    )
    assert finding.verdict is Verdict.PASSED, words(finding)


@pytest.mark.parametrize("item", [*ITEMS, "digits.findings"])
def test_code_that_nobody_saw_run_goes_to_a_person(item: str) -> None:
    finding = judged(read_transcript(notebook(*CELLS), Execution("not_run")), item)
    assert finding.verdict is Verdict.REVIEW, words(finding)
    assert finding.cells


@pytest.mark.parametrize("item", [*ITEMS, "digits.findings"])
def test_a_hand_in_without_digits_is_missing(item: str) -> None:
    cells = (SETUP, "def mmd(A, B, h): return 0.0", "X = 1", "md:" + "Some words about two moons. " * 9)
    finding = judged(run_of(cells), item)
    assert finding.verdict is Verdict.MISSING, words(finding)


@pytest.mark.parametrize("item", ITEMS)
def test_a_cell_that_ended_with_an_error_goes_to_a_person(item: str) -> None:
    states = dict.fromkeys(range(3, 11), "error")
    finding = judged(run_of(CELLS, states=states), item)
    assert finding.verdict is Verdict.REVIEW, words(finding)


# ---- models


def test_each_missing_model_costs_a_third() -> None:
    cells = (
        SETUP,
        DATA,
        "gmm = GaussianMixture(10).fit(X_train)\nkde = KernelDensity(bandwidth=1.5).fit(X_train)",
    )
    calls = (fit(GMM, 2, key=2, n_components=10), fit(KDE, 2, key=3, bandwidth=1.5))
    finding = judged(run_of(cells, calls=calls), "digits.models")
    assert finding.verdict is Verdict.PARTIAL
    assert finding.share == pytest.approx(2 / 3)
    assert "single Gaussian" in finding.message


def test_models_of_moons_are_no_models_of_digits() -> None:
    cells = (SETUP, "gmm = GaussianMixture(10).fit(X)\nkde = KernelDensity().fit(X)", DATA)
    calls = (fit(GMM, 1, key=2, columns=2, n_components=10), fit(KDE, 1, key=3, columns=2))
    finding = judged(run_of(cells, calls=calls), "digits.models")
    assert finding.verdict is Verdict.MISSING, words(finding)


def test_models_after_a_projection_pass() -> None:
    calls = tuple(
        replace(c, arguments=c.arguments | {"X": array(1200, 20, "projected")}) for c in four_fits()[:3]
    )
    assert judged(run_of(CELLS, calls=calls), "digits.models").verdict is Verdict.PASSED


@pytest.mark.parametrize("kind", ["EmpiricalCovariance", "GaussianNB", "MeinGauss"])
def test_other_single_gaussians_pass(kind: str) -> None:
    calls = (fit(kind, 4, key=1), *four_fits()[1:3])
    assert judged(run_of(CELLS, calls=calls), "digits.models").verdict is Verdict.PASSED


def test_an_own_mixture_on_digits_goes_to_a_person() -> None:
    cells = (SETUP, "class GMM:\n    def fit(self, X): pass", DATA, "g = GaussianMixture(1).fit(X)\nm = GMM().fit(X)\nk = KernelDensity().fit(X)")  # fmt: skip
    calls = (fit(GMM, 3, key=1, n_components=1), fit("GMM", 3, key=2), fit(KDE, 3, key=3))
    finding = judged(run_of(cells, calls=calls), "digits.models")
    assert finding.verdict is Verdict.REVIEW
    assert "GMM" in finding.message


def test_samples_like_noise_go_to_a_person() -> None:
    noise = np.random.default_rng(0).uniform(-40, 40, (300, 64))
    known = (living(KDE, 3, noise, name="kde"), living(GMM, 1, noisy_digits(300), n_components=1))
    finding = judged(full_run(known=known), "digits.models")
    assert finding.verdict is Verdict.REVIEW
    assert "noise" in finding.message


@pytest.mark.parametrize("factor", [1.0, 1 / 16])
def test_pixels_in_another_scale_pass(factor: float) -> None:
    known = (living(KDE, 3, factor * noisy_digits(300), name="kde"),)
    finding = judged(full_run(known=known), "digits.models")
    assert finding.verdict is Verdict.PASSED
    assert ("divided by 16" in " ".join(finding.readings)) == (factor < 1)


def test_standardised_pixels_are_recognised() -> None:
    mean, spread, _ = digits_judge.moments()
    found = digits_judge.judged((noisy_digits(300) - mean) / np.where(spread > 0, spread, 1))
    assert found is not None
    assert found.scale == "standardised pixels"
    assert found.discrepancy < 0.01


def test_one_model_per_digit_passes_although_each_is_far_from_all_digits() -> None:
    pixels, labels = digits_judge.original()
    calls = tuple(fit(KDE, 4, key=k, rows=170 + k, data=f"d{k}", bandwidth=1.0) for k in range(10))
    known = tuple(living(KDE, k, pixels[labels == k][:60], rows=170 + k, name=f"kdes[{k}]", bandwidth=1.0) for k in range(10))  # fmt: skip
    finding = judged(full_run(calls=(*four_fits()[:2], *calls), known=known), "digits.models")
    assert finding.verdict is Verdict.PASSED
    row = next(e for e in finding.evidence if e.name == "MMD² of new samples: kernel density estimator")
    assert float(row.value) < 0.01


def test_a_sampler_that_fails_at_the_end_of_our_run_costs_nothing() -> None:
    known = (living(GMM, 2, "sample() takes no argument", name="gmm"),)
    assert judged(full_run(known=known), "digits.models").verdict is Verdict.PASSED


@pytest.mark.parametrize(
    "kind", ["DensityForest", "density_forest.DensityForest", "DichteWald", "HistogramForest"]
)
def test_a_density_forest_is_known_by_its_name(kind: str) -> None:
    assert (
        judged(run_of(CELLS, calls=(fit(kind, 4, key=4),)), "digits.density_forest").verdict is Verdict.PASSED
    )


def test_other_trees_go_to_a_person() -> None:
    cells = (SETUP.replace("from DensityForest import DensityForest\n", ""), DATA, "from sklearn.ensemble import RandomTreesEmbedding\ne = RandomTreesEmbedding().fit(X)")  # fmt: skip
    calls = (fit("sklearn.ensemble.RandomTreesEmbedding", 2, key=4),)
    finding = judged(run_of(cells, calls=calls), "digits.density_forest")
    assert finding.verdict is Verdict.REVIEW


def test_the_classifier_is_no_density_forest() -> None:
    cells = (SETUP.replace("from DensityForest import DensityForest\n", ""), DATA, CLASSIFY)
    finding = judged(run_of(cells, calls=(fit(CLASSIFIER, 2, key=4),)), "digits.density_forest")
    assert finding.verdict is Verdict.MISSING


# ---- MMD² and studies


def test_mmd_on_training_digits_is_partial() -> None:
    calls = (*four_fits(), *(sample(k, 5, key=n, name=f"s{n}") for k, n in ((GMM, 1), (KDE, 3))), mmd(5, "train", "s1"), mmd(5, "train", "s3"))  # fmt: skip
    finding = judged(full_run(calls=calls), "digits.mmd")
    assert finding.verdict is Verdict.PARTIAL
    assert "fitted to" in finding.message


def test_mmd_on_training_digits_is_seen_in_the_code_where_arrays_have_no_fingerprints() -> None:
    cells = tuple(c.replace("mmd(X_test,", "mmd(X_train,") for c in CELLS)
    calls = (*four_fits(), mmd(5, "", ""), mmd(5, "", ""))
    finding = judged(run_of(cells, calls=calls, outputs=SHOWN), "digits.mmd")
    assert (finding.verdict, finding.share) == (Verdict.PARTIAL, 0.75), words(finding)
    assert judged(run_of(CELLS, calls=calls, outputs=SHOWN), "digits.mmd").verdict is Verdict.PASSED


def test_models_fitted_to_every_digit_leave_none_unseen() -> None:
    calls = tuple(replace(c, arguments=c.arguments | {"X": array(1797, 64, "all")}) for c in four_fits())
    calls += (mmd(5, "slice", "s1"),)
    assert judged(full_run(calls=calls), "digits.mmd").verdict is Verdict.PARTIAL


def test_mmd_of_one_model_is_partial() -> None:
    cells = (SETUP, "def mmd(A, B, h): return 0.0", DATA, "gmm = GaussianMixture(10).fit(X_train)", "print(mmd(X_test, gmm.sample(500)[0], h=3))")  # fmt: skip
    calls = (fit(GMM, 3, key=2, n_components=10), sample(GMM, 4, key=2, name="s"), mmd(4, "test", "s"))
    finding = judged(run_of(cells, calls=calls, outputs={4: printed("0.1")}), "digits.mmd")
    assert (finding.verdict, finding.share) == (Verdict.PARTIAL, 0.5)


def test_no_mmd_at_all_is_missing() -> None:
    cells = (SETUP, DATA, MODELS)
    assert judged(run_of(cells, calls=four_fits()), "digits.mmd").verdict is Verdict.MISSING


def test_mmd_of_moons_only_is_missing() -> None:
    cells = (SETUP, "def mmd(A, B, h): return 0.0", "print(mmd(A, B, 1))", DATA, MODELS)
    calls = (mmd(2, "a", "b", columns=2), *four_fits())
    assert (
        judged(run_of(cells, calls=calls, outputs={2: printed("0.1")}), "digits.mmd").verdict
        is Verdict.MISSING
    )


def test_mmd_written_as_a_lambda_passes_although_no_call_is_noted() -> None:
    cells = tuple(c.replace("def mmd(A, B, h): return 0.0", "mmd = lambda A, B, h: 0.0") for c in CELLS)
    assert judged(run_of(cells, calls=four_fits(), outputs=SHOWN), "digits.mmd").verdict is Verdict.PASSED


def test_a_study_without_training_sizes_earns_the_other_part() -> None:
    calls = tuple(c for c in sweep() if c.arguments["X"]["shape"][0] == 1200)
    cells = tuple(c.replace("[200, 600, 1200]", "[1200]").replace("X_train[:n]", "X_train") for c in CELLS)
    finding = judged(run_of(cells, calls=calls, outputs=SHOWN), "digits.study")
    assert finding.verdict is Verdict.PARTIAL
    assert finding.share == pytest.approx(0.6)


def test_a_study_of_one_model_earns_half_of_that_part() -> None:
    calls = (*four_fits(), *(fit(GMM, 6, key=100 + k, n_components=k) for k in (2, 5, 10)))
    finding = judged(full_run(calls=calls), "digits.study")
    assert finding.share == pytest.approx(0.3), words(finding)


def test_one_fit_of_each_model_is_no_study() -> None:
    cells = (SETUP, DATA, MODELS, "print(1)")
    finding = judged(run_of(cells, calls=tuple(replace(c, cell=2) for c in four_fits())), "digits.study")
    assert finding.verdict is Verdict.MISSING


def test_models_per_digit_are_no_study_of_the_training_size() -> None:
    calls = tuple(fit(GMM, 6, key=10 * k + d, rows=118 + d, data=f"d{d}", n_components=k) for k in (2, 5, 9) for d in range(10))  # fmt: skip
    calls += tuple(fit(KDE, 6, key=200 + i, bandwidth=h) for i, h in enumerate((0.5, 1.0, 2.0)))
    cells = tuple(c.replace("X_train[:n]", "X_train[y_train == n]") for c in CELLS)
    finding = judged(run_of(cells, calls=calls, outputs=SHOWN), "digits.study")
    assert finding.share == pytest.approx(0.6), words(finding)


# ---- pictures


def test_digits_of_the_data_set_are_not_taken_for_generated_ones() -> None:
    originals = digits_judge.original()[0][:20].reshape(-1, 8, 8)
    finding = judged(full_run(figures=(images(7, originals / 16),)), "digits.samples")
    assert finding.verdict is Verdict.REVIEW
    assert "20 digits" in finding.message


def test_montages_count_their_tiles() -> None:
    montage = noisy_digits(25).reshape(5, 5, 8, 8).swapaxes(1, 2).reshape(1, 40, 40)
    finding = judged(
        full_run(figures=(images(7, montage, ("mixture",)), images(7, montage, ("forest",)))),
        "digits.samples",
    )
    assert finding.verdict is Verdict.PASSED
    assert any(e.value == "50 images" for e in finding.evidence)


def test_pictures_of_one_model_only_are_partial() -> None:
    cells = (
        SETUP,
        DATA,
        "gmm = GaussianMixture(10).fit(X_train)",
        "plt.imshow(gmm.sample(1)[0].reshape(8, 8))",
    )
    calls = (fit(GMM, 2, key=2, n_components=10), sample(GMM, 3, key=2, name="s"))
    finding = judged(
        run_of(cells, calls=calls, figures=(images(3, noisy_digits(12).reshape(-1, 8, 8)),)), "digits.samples"
    )
    assert (finding.verdict, finding.share) == (Verdict.PARTIAL, 0.5)


def test_no_pictures_are_missing() -> None:
    cells = (SETUP, DATA, MODELS, CLASSIFY)
    assert judged(run_of(cells, calls=four_fits()), "digits.samples").verdict is Verdict.MISSING


# ---- classifier


def test_a_forest_that_knows_nothing_fails() -> None:
    wrong = (digits_judge.original()[1][:: digits_judge.SHOWN] + 1) % 10
    finding = judged(full_run(known=(classifier(9, wrong),)), "digits.classifier")
    assert finding.verdict is Verdict.FAILED


def test_a_forest_of_middling_accuracy_goes_to_a_person() -> None:
    labels = digits_judge.original()[1][:: digits_judge.SHOWN].copy()
    labels[::4] = (labels[::4] + 1) % 10
    assert judged(full_run(known=(classifier(9, labels),)), "digits.classifier").verdict is Verdict.REVIEW


def test_a_forest_trained_on_generated_digits_fails_when_it_does_not_know_real_ones() -> None:
    code = "S, parts = gmm.sample(900)\nclf = RandomForestClassifier()\nclf.fit(S, parts)\nprint(clf.score(S, parts))"
    calls = (*four_fits(), sample(GMM, 3, key=2, name="made"), fit(CLASSIFIER, 3, key=9, data="copy"))
    wrong = (digits_judge.original()[1][:: digits_judge.SHOWN] + 1) % 10
    transcript = run_of(
        (SETUP, DATA, MODELS, code), calls=calls, known=(classifier(9, wrong),), outputs={3: printed("1.0")}
    )
    finding = judged(transcript, "digits.classifier")
    assert finding.verdict is Verdict.FAILED
    assert "trained on generated" in finding.message


def test_a_forest_trained_on_generated_digits_goes_to_a_person() -> None:
    calls = (*four_fits(), sample(GMM, 5, key=2, name="made"), fit(CLASSIFIER, 8, key=9, data="made"))
    finding = judged(full_run(calls=calls), "digits.classifier")
    assert finding.verdict is Verdict.REVIEW
    assert "generated" in finding.message


def test_no_forest_is_missing() -> None:
    cells = (SETUP, DATA, MODELS)
    assert judged(run_of(cells, calls=four_fits()), "digits.classifier").verdict is Verdict.MISSING


def test_a_classifier_that_sees_real_digits_only_is_no_recognisability() -> None:
    cells = (SETUP, DATA, MODELS, SAMPLES, CLASSIFY, "print(clf.predict_proba(X_test).max(axis=1).mean())")
    finding = judged(run_of(cells, outputs={5: printed("0.8")}), "digits.recognisability")
    assert finding.verdict is Verdict.MISSING, words(finding)


UNRELATED = "S = gmm.sample(len(X_test))[0]\nprint(clf.score(S, y_test))"


def test_generated_digits_against_labels_of_real_ones_go_to_a_person() -> None:
    cells = (SETUP, DATA, MODELS, CLASSIFY, UNRELATED)
    finding = judged(run_of(cells, outputs={4: printed("0.1")}), "digits.recognisability")
    assert finding.verdict is Verdict.REVIEW
    assert "labels of real ones" in finding.message


def test_generated_digits_against_labels_of_real_ones_are_partial_when_our_run_noted_it() -> None:
    owner = {"type": "RandomForestClassifier", "key": 9}
    calls = (
        *four_fits(),
        sample(GMM, 4, key=2, name="made"),
        Call(3, f"{CLASSIFIER}.score", {"self": owner, "X": array(597, 64, "test"), "y": {"shape": [597], "print": "labels"}}, 0.97),
        Call(4, f"{CLASSIFIER}.score", {"self": owner, "X": array(597, 64, "made"), "y": {"shape": [597], "print": "labels"}}, 0.1),
    )  # fmt: skip
    cells = (SETUP, DATA, MODELS, CLASSIFY, UNRELATED)
    finding = judged(run_of(cells, calls=calls, outputs={4: printed("0.1")}), "digits.recognisability")
    assert (finding.verdict, finding.share) == (Verdict.PARTIAL, 0.5)


def test_predictions_compared_with_targets_of_the_data_set_go_to_a_person() -> None:
    code = "for name, S in made.items():\n    print(name, (clf.predict(S) == digits.target[:len(S)]).mean())"
    made = "made = {'gmm': gmm.sample(500)[0], 'kde': kde.sample(500)}"
    data = "digits = load_digits()\nX_train, y_train = digits.data, digits.target"
    finding = judged(
        run_of((SETUP, data, MODELS, CLASSIFY, made, code), outputs={5: printed("0.1")}),
        "digits.recognisability",
    )
    assert finding.verdict is Verdict.REVIEW, words(finding)
    assert "labels of real ones" in finding.message


def test_accuracy_against_the_wanted_digit_of_models_per_digit_passes() -> None:
    per_digit = (
        "right = []\nfor d in range(10):\n    m = KernelDensity().fit(X_train[y_train == d])\n"
        "    S = m.sample(50)\n    right.append(clf.score(S, np.full(50, d)))\nprint(np.mean(right))"
    )
    cells = (SETUP, DATA, CLASSIFY, per_digit)
    finding = judged(run_of(cells, outputs={3: printed("0.9")}), "digits.recognisability")
    assert finding.verdict is Verdict.PASSED, words(finding)
    assert judged(run_of(cells, outputs={3: printed("0.9")}), "digits.proportions").verdict is Verdict.PASSED


@pytest.mark.parametrize(
    "code",
    [
        "print(Counter(clf.predict(S)))",
        "p = clf.predict(S)\nprint([(p == d).mean() for d in range(10)])",
        "def shares(model):\n    return np.unique(clf.predict(model.sample(99)[0]), return_counts=True)\nprint(shares(gmm))",
        "P = clf.predict_proba(S)\nplt.hist(P.argmax(axis=1), bins=10)",
        "anteile = pd.Series(clf.predict(S)).value_counts()\nprint(anteile)",
    ],
)
def test_ways_to_count_classes(code: str) -> None:
    cells = (SETUP, DATA, MODELS, CLASSIFY, "S = gmm.sample(500)[0]", code)
    assert (
        judged(run_of(cells, outputs={5: printed("1 2 3")}), "digits.proportions").verdict is Verdict.PASSED
    )


def test_counting_the_labels_of_the_data_set_is_not_enough() -> None:
    cells = (SETUP, DATA, MODELS, CLASSIFY, "S = gmm.sample(500)[0]", "print(np.bincount(y_train))")
    assert (
        judged(run_of(cells, outputs={5: printed("1 2 3")}), "digits.proportions").verdict is Verdict.MISSING
    )


# ---- prose


def test_words_about_digits_are_shown_to_a_person() -> None:
    finding = judged(full_run(), "digits.findings")
    assert finding.verdict is Verdict.REVIEW
    assert finding.cells[0] == 11


def test_no_words_about_digits_are_missing() -> None:
    finding = judged(run_of((SETUP, "md:# Digits", DATA, MODELS)), "digits.findings")
    assert finding.verdict is Verdict.MISSING


def test_pictures_are_given_for_the_page() -> None:
    assert judged(full_run(), "digits.models").pictures["mmd of new samples"]["kind"] == "scale"
    shown = judged(full_run(), "digits.recognisability").pictures
    assert {entry["kind"] for entry in shown.values()} == {"images", "bars"}


def test_hostile_answers_are_no_fault_of_ours() -> None:
    bad = [np.full((300, 64), np.nan), np.zeros((300, 3)), np.zeros(7), np.full((300, 64), 1e30)]
    known: tuple[Known, ...] = tuple(living(KDE, 3 + i, values, name=f"k{i}") for i, values in enumerate(bad))
    known += (replace(known[0], key=20, answers={"sample": {"npy": "????"}}), replace(known[0], key=21, answers={"sample": 3}))  # fmt: skip
    calls = (
        fit(KDE, 4, key=3),
        Call(4, "fit", {"self": 3, "X": {"shape": [1, 64]}}),
        Call(5, "mmd", {"X": [[1, 2], "a"]}),
    )
    for item in ITEMS:
        assert judged(full_run(known=known, calls=calls), item).verdict is not Verdict.BROKEN
