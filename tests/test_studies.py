"""Data, bandwidth and studies of task 1, judged on hand-made runs: what passes, what is lost, what a person sees."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hand_made_runs import (
    BINDINGS,
    PICTURE,
    Found,
    cloud,
    curve,
    figure,
    judged,
    model,
    moons,
    not_run,
    panel,
    points,
    printed,
    ran,
    study,
)

from grader.records import Binding, Call, Figure, Verdict

DATA = "from sklearn.datasets import make_moons\nX = make_moons(300, noise=0.1)[0]\ntest = make_moons(300, noise=0.1)[0]"
STUDY = "for bins in [4, 8, 16]:\n    print(mmd(test, Histogram(bins).fit(X).sample(400), 'se', 0.5))"
CELLS = [DATA, STUDY]
MADE = [moons(0, "train"), moons(0, "test")]
CURVES = figure(1, panel(curve([4, 8, 16])))


def full(sizes: tuple[int, ...] = (50, 200, 800)) -> list[Call]:
    """A complete study in cell 1."""
    calls = list(MADE)
    for n in sizes:
        name = f"train {n}"
        calls.append(moons(1, name, n))
        calls += study(1, "Histogram", "bins", [4, 8, 16], name, n)
        calls += study(1, "Gaussian", "", [0], name, n)
        calls += study(1, "GMM", "k", [1, 4, 8], name, n)
        calls += study(1, "KDE", "h", [0.05, 0.2, 0.8], name, n)
    calls += [Call(1, "mmd", {"X": points("test"), "Y": points("s"), "bandwidth": h}) for h in (0.1, 1.0)]
    return calls


COMPLETE = ran(CELLS, full(), [CURVES])
EVERY = ["data.moons", "mmd.bandwidth", "study.accuracy", "study.hyperparameters", "study.training_size"]


@pytest.mark.parametrize("item", EVERY)
def test_a_complete_study_passes_with_evidence(item: str) -> None:
    found = judged(item, COMPLETE)
    assert (found.verdict, found.message.startswith("Not")) == (Verdict.PASSED, False)
    assert found.evidence
    assert found.cells


@pytest.mark.parametrize("item", EVERY)
def test_nothing_at_all_is_missing(item: str) -> None:
    assert judged(item, ran(["x = 1"]), Found({})).verdict is Verdict.MISSING


@pytest.mark.parametrize("item", EVERY)
def test_a_run_that_was_cut_short_loses_nothing_where_code_exists(item: str) -> None:
    cut = ran(["import numpy", *CELLS], status="limit", until=1)
    assert judged(item, cut).verdict in {Verdict.REVIEW, Verdict.PASSED}


# ---- data -------------------------------------------------------------------------------------------------


def data_verdict(calls: list[Call], cells: list[str] = CELLS) -> tuple[Verdict, float, str]:
    found = judged("data.moons", ran(cells, calls))
    return found.verdict, found.share, found.message


def test_moons_that_never_have_noise_fail() -> None:
    bare = [
        moons(0, "train", noise=None),
        moons(0, "test", noise=None),
        *study(1, "KDE", "h", [1]),
        *study(1, "KDE", "h", [1], "train", 99),
    ]
    verdict, _, message = data_verdict(bare)
    assert verdict is Verdict.FAILED
    assert "without noise" in message


def test_a_further_experiment_with_other_noise_is_fine() -> None:
    found = judged("data.moons", ran(CELLS, [*full(), moons(1, "loud", noise=0.3)]))
    assert found.verdict is Verdict.PASSED
    assert "0.3" in found.readings[0]


def test_training_on_other_noise_is_seen_by_the_fits() -> None:
    calls = [
        moons(0, "train", noise=0.3),
        moons(0, "train 2", 90, 0.3),
        moons(0, "test"),
        *study(1, "KDE", "h", [1]),
    ]
    calls += study(1, "KDE", "h", [1], "train 2", 90)
    verdict, share, message = data_verdict(calls)
    assert (verdict, share) == (Verdict.PARTIAL, 0.5)
    assert "noise 0.3, not 0.1" in message


def test_one_training_size_costs_a_part() -> None:
    verdict, share, message = data_verdict([*MADE, *study(1, "KDE", "h", [1, 2])])
    assert (verdict, share) == (Verdict.PARTIAL, 0.75)
    assert "300 points" in message


def test_subsamples_of_one_set_are_training_sets_of_several_sizes() -> None:
    calls = [*MADE, *study(1, "KDE", "h", [1]), *study(1, "KDE", "h", [1], "a part", 50)]
    assert data_verdict(calls)[0] is Verdict.PASSED


def test_labels_given_to_a_fit_cost_a_part() -> None:
    labels = {"shape": [300], "dtype": "int64", "print": "labels of train"}
    fit = Call(1, "KDE.fit", {"self": model("KDE", h=1), "X": points("train"), "y": labels})
    verdict, _, message = data_verdict([*full(), fit])
    assert verdict is Verdict.PARTIAL
    assert "labels" in message


def test_a_test_set_that_is_the_training_set_costs_a_part() -> None:
    calls = [moons(0, "test"), *study(1, "KDE", "h", [1, 2, 3], "test")]
    calls += [
        replace(c, arguments={**c.arguments, "X": points("part", 60)}) if "X" in c.arguments else c
        for c in calls[1:]
    ]
    verdict, _, message = data_verdict(calls)
    assert verdict is Verdict.PARTIAL
    assert "very points" in message


@pytest.mark.parametrize(
    ("code", "verdict"),
    [
        (
            "a = make_moons(100, noise=0.1)\nb = make_moons(300, noise=0.1)\nc = make_moons(50, noise=0.1)",
            Verdict.PASSED,
        ),
        (
            "NOISE = 0.1\ndef data(n, noise=NOISE):\n    return make_moons(n, noise=noise)[0]\nfor n in [50, 100, 500]:\n    train, test = data(n), data(200)",
            Verdict.PASSED,
        ),
        (
            "moons = partial(make_moons, noise=0.1)\nfor n in np.logspace(2, 4, 3).astype(int):\n    test = moons(n)",
            Verdict.REVIEW,
        ),
        ("a = make_moons(100)\nb = make_moons(300)\nc = make_moons(50)", Verdict.FAILED),
        ("a = make_moons(100, noise=None)\nb = make_moons(300)\nc = make_moons(50)", Verdict.FAILED),
        ("a = make_moons(**settings)", Verdict.REVIEW),
        ("from sklearn.datasets import make_moons", Verdict.REVIEW),
        ("x = numpy.load('x.npy')", Verdict.MISSING),
    ],
)
def test_where_nothing_ran_the_code_says_how_the_moons_are_made(code: str, verdict: Verdict) -> None:
    assert judged("data.moons", not_run([code])).verdict is verdict


def test_moons_made_in_a_module_are_seen() -> None:
    module = "def get(n, noise=0.1):\n    return make_moons(n, noise=noise)[0]"
    cells = ["from data import get", "for n in [10, 100, 1000]:\n    X, test = get(n), get(500)"]
    assert judged("data.moons", not_run(cells, modules=[module])).verdict is not Verdict.MISSING


# ---- bandwidth --------------------------------------------------------------------------------------------


def comparisons(*bandwidths: object) -> list[Call]:
    return [Call(1, "mmd", {"X": points("test"), "Y": points("s"), "bandwidth": h}) for h in bandwidths]


@pytest.mark.parametrize(
    "given", [(0.1, 0.5), ([0.1, 0.5, 1.0],), ({"type": "SE", "key": 1, "settings": {"h": 0.1}}, 0.7)]
)
def test_several_bandwidths_pass_however_they_are_given(given: tuple[object, ...]) -> None:
    assert judged("mmd.bandwidth", ran(CELLS, comparisons(*given))).verdict is Verdict.PASSED


def test_one_bandwidth_without_a_word_fails_and_says_which() -> None:
    found = judged("mmd.bandwidth", ran([DATA, "mmd(test, s, 'se', 0.5)"], comparisons(0.5)))
    assert found.verdict is Verdict.FAILED
    assert "0.5" in found.message
    assert judged("mmd.bandwidth", ran([DATA, "mmd(a, b)"], comparisons(0.5)), single_share=0.5).share == 0.5


@pytest.mark.parametrize(
    "text",
    [
        "We set the bandwidth to the median distance.",
        "Die Bandbreite 0.5 trennt gute und schlechte Modelle am besten.",
    ],
)
def test_one_bandwidth_with_a_reason_is_read_by_a_person(text: str) -> None:
    found = judged("mmd.bandwidth", ran([DATA, "mmd(test, s)", f"#: {text}"], comparisons(0.5)))
    assert (found.verdict, found.cells[-1]) == (Verdict.REVIEW, 2)


@pytest.mark.parametrize(
    "code",
    [
        "for h in [0.1, 0.5, 1]:\n    print(mmd(a, b, kernel='se', bandwidth=h))",
        "for k in (se(0.1), se(0.5)):\n    print(mmd(a, b, k))",
        "hs = np.logspace(-2, 1, 5)\nprint([mmd(a, b, 'se', h) for h in hs])",
        "mmd(a, b, 'se', bandwidth=[0.1, 1.0])",
    ],
)
def test_bandwidths_in_the_code_count_where_calls_hide_them(code: str) -> None:
    calls = [Call(1, "mmd", {"X": points("test"), "Y": points("s"), "kernel": {"function": "<lambda>"}})]
    assert judged("mmd.bandwidth", ran([DATA, code], calls)).verdict is Verdict.PASSED


def test_a_loop_over_the_estimators_bandwidth_is_no_loop_over_that_of_the_kernels() -> None:
    code = "for h in [0.1, 0.5, 1]:\n    print(mmd(test, KDE(h).fit(X).sample(100)))"
    found = judged("mmd.bandwidth", ran([DATA, code], comparisons(0.5)))
    assert found.verdict is Verdict.FAILED


# ---- accuracy ---------------------------------------------------------------------------------------------


def without(role: str, cells: list[str] | None = None) -> list[Call]:
    kind = BINDINGS[role].symbol
    return [c for c in full() if not c.name.startswith(kind)]


def test_a_model_without_discrepancy_is_named_and_costs_its_share() -> None:
    found = judged("study.accuracy", ran(CELLS, without("gaussian"), [CURVES]))
    assert (found.verdict, found.share) == (Verdict.PARTIAL, 0.75)
    assert "single Gaussian" in found.message


def test_where_the_discrepancy_may_be_under_another_name_its_bandwidth_is_left_to_a_person() -> None:
    plain = ran([DATA, "print(1)"], [moons(0, "train")])
    absent = {role: b for role, b in BINDINGS.items() if role != "mmd"}
    assert judged("mmd.bandwidth", plain, Found(absent)).verdict is Verdict.MISSING
    doubted = Binding("mmd", symbol="", kind="", why="`Q` may be it.", doubts={"": "`Q` may be it."})
    found = judged("mmd.bandwidth", plain, Found({**absent, "mmd": doubted}))
    assert (found.verdict, "`Q`" in found.message) == (Verdict.REVIEW, True)


def test_a_model_that_may_be_looked_up_by_its_name_is_left_to_a_person() -> None:
    cells = [
        DATA,
        STUDY + "\nfor name in names:\n    print(mmd(test, globals()[name](X).sample(400), 'se', 0.5))",
    ]
    found = judged("study.accuracy", ran(cells, without("gaussian"), [CURVES]))
    assert (found.verdict, "single Gaussian" in found.message) == (Verdict.REVIEW, True)


def test_a_model_that_does_not_exist_is_lost_elsewhere() -> None:
    team = Found({role: b for role, b in BINDINGS.items() if role != "gmm"})
    assert judged("study.accuracy", ran(CELLS, without("gmm"), [CURVES]), team).verdict is Verdict.PASSED


def test_comparing_with_the_training_points_earns_a_part() -> None:
    calls = [
        moons(0, "test"),
        *study(1, "Histogram", "bins", [4], "test"),
        *study(1, "Gaussian", "", [0], "test"),
    ]
    calls += [*study(1, "GMM", "k", [4], "test"), *study(1, "KDE", "h", [1], "test")]
    found = judged("study.accuracy", ran(CELLS, calls, [CURVES]))
    assert (found.verdict, found.share) == (Verdict.PARTIAL, 0.5)
    assert "trained on" in found.message


def test_samples_inside_another_model_do_not_count_as_its_parts_own() -> None:
    inner = [Call(1, "Gaussian.sample", {"self": model("Gaussian"), "n": 9}, within=("GMM.sample",))]
    found = judged("study.accuracy", ran(CELLS, [*without("gaussian"), *inner], [CURVES]))
    assert found.verdict is Verdict.PARTIAL


def test_methods_of_a_common_parent_belong_to_the_objects_class() -> None:
    calls = [
        replace(c, name=f"Density.{c.name.split('.')[1]}") if "." in c.name and "make" not in c.name else c
        for c in full()
    ]
    assert judged("study.accuracy", ran(CELLS, calls, [CURVES])).verdict is Verdict.PASSED
    assert judged("study.hyperparameters", ran(CELLS, calls, [CURVES])).verdict is Verdict.PASSED


def test_function_style_is_read_by_the_names_of_the_functions() -> None:
    names = {"histogram": "hist", "gaussian": "gauss", "gmm": "em", "kde": "kde"}
    bindings = {
        role: Binding(
            role,
            f"fit_{n}, draw_{n}",
            "functions",
            {"fit": f"fit_{n}", "sample": f"draw_{n}"},
            {"bins": "b", "components": "k", "bandwidth": "h"},
        )
        for role, n in names.items()
    } | {"mmd": BINDINGS["mmd"]}
    calls = list(MADE)
    for size in (50, 200, 800):
        for n, key in (("hist", "b"), ("gauss", ""), ("em", "k"), ("kde", "h")):
            for value in (1, 2, 3):
                given = {key: value} if key else {}
                calls += [
                    Call(1, f"fit_{n}", {"X": points("train", size), **given}),
                    Call(1, f"draw_{n}", {"n": 300}),
                ]
                calls += comparisons(0.5)
    for item in ("study.accuracy", "study.hyperparameters", "study.training_size"):
        assert judged(item, ran(CELLS, calls, [CURVES]), Found(bindings)).verdict is Verdict.PASSED


def test_a_discrepancy_that_was_not_found_is_known_by_its_name() -> None:
    team = Found({role: b for role, b in BINDINGS.items() if role != "mmd"})
    calls = [replace(c, name="my_mmd_unbiased") if c.name == "mmd" else c for c in full()]
    assert judged("study.accuracy", ran(CELLS, calls, [CURVES]), team).verdict is Verdict.PASSED


def test_library_models_on_points_in_the_plane_count_as_models() -> None:
    team = Found({"mmd": BINDINGS["mmd"]})
    calls = list(MADE)
    for k in (1, 2, 3):
        own = model("GaussianMixture", k, n_components=k)
        calls += [Call(1, "sklearn.mixture.GaussianMixture.fit", {"self": own, "X": points("train")})]
        calls += comparisons(0.5)
    found = judged("study.hyperparameters", ran(CELLS, calls, [CURVES]), team)
    assert found.verdict is Verdict.PASSED


# ---- hyperparameters and training size --------------------------------------------------------------------


def test_two_of_three_hyperparameters_earn_two_thirds() -> None:
    calls = [c for c in full() if not c.name.startswith("KDE")] + study(1, "KDE", "h", [0.1])
    found = judged("study.hyperparameters", ran(CELLS, calls, [CURVES]))
    assert found.verdict is Verdict.PARTIAL
    assert found.share == pytest.approx(2 / 3)
    assert "kernel bandwidth (1 tried)" in found.message


def test_one_value_of_each_hyperparameter_is_no_study() -> None:
    calls = [
        *MADE,
        *study(1, "Histogram", "bins", [9]),
        *study(1, "GMM", "k", [4]),
        *study(1, "KDE", "h", [0.1]),
    ]
    found = judged("study.hyperparameters", ran([DATA, "print(mmd(test, s))"], calls, [CURVES]))
    assert found.verdict is Verdict.MISSING
    assert "one value" in found.message


def test_values_that_are_only_plotted_are_not_judged() -> None:
    calls = [c for c in full() if not c.name.startswith("KDE")] + study(1, "KDE", "h", [0.1])
    plots = [Call(2, "KDE.sample", {"self": model("KDE", 9, h=h), "n": 9}) for h in (0.1, 0.2, 0.3)]
    transcript = ran([*CELLS, "show(KDE(0.1))"], [*calls, *plots], [CURVES, figure(2, panel(cloud()))])
    assert judged("study.hyperparameters", transcript).verdict is Verdict.PARTIAL


@pytest.mark.parametrize(
    "shown",
    [
        {"figures": [figure(2, panel(curve([1, 2, 3])))]},
        {"shown": [*CELLS, ("plot()", [printed("0.123 0.456\n0.789 -0.001")])]},
        {
            "shown": [
                *CELLS,
                (
                    "plot()",
                    [{"output_type": "execute_result", "data": {"text/html": "<table><td>1</td></table>"}}],
                ),
            ]
        },
    ],
)
@pytest.mark.parametrize("item", ["study.hyperparameters", "study.training_size", "study.accuracy"])
def test_results_may_be_shown_later_as_figure_text_or_table(item: str, shown: dict) -> None:
    assert judged(item, ran([*CELLS, "plot()"], full(), **shown)).verdict is Verdict.PASSED


@pytest.mark.parametrize("item", ["study.hyperparameters", "study.training_size", "study.accuracy"])
def test_results_that_are_shown_nowhere_go_to_a_person(item: str) -> None:
    assert judged(item, ran(CELLS, full())).verdict is Verdict.REVIEW


def test_settings_that_calls_do_not_show_are_read_in_the_code() -> None:
    calls = [
        replace(c, arguments={**c.arguments, "self": model("Histogram")})
        if c.name.startswith("Histogram")
        else c
        for c in full()
    ]
    found = judged("study.hyperparameters", ran(CELLS, calls, [CURVES]))
    assert found.verdict is Verdict.PASSED


@pytest.mark.parametrize(
    ("sizes", "verdict"),
    [((50, 200, 800), Verdict.PASSED), ((50, 200), Verdict.REVIEW), ((300,), Verdict.MISSING)],
)
def test_training_sizes_are_counted(sizes: tuple[int, ...], verdict: Verdict) -> None:
    assert judged("study.training_size", ran(CELLS, full(sizes), [CURVES])).verdict is verdict


def test_digits_are_no_part_of_the_first_task() -> None:
    digits = "from sklearn.datasets import load_digits\nD = load_digits().data\nfor k in [1, 2, 3]: print(mmd(D, g.sample(9)))"
    calls = [*MADE, *[Call(2, "mmd", {"X": points("a", 300, 64), "Y": points("b", 300, 64)})] * 5]
    transcript = ran([DATA, "x = 1", digits], calls, [Figure(2, panels=(panel(curve([1, 2, 3])),))])
    found = judged("study.accuracy", transcript)
    assert found.verdict is not Verdict.PASSED
    assert found.cells == ()


@pytest.mark.parametrize(
    ("outputs", "verdict"),
    [([PICTURE], Verdict.PASSED), ([printed("0.5 0.25 0.125")], Verdict.PASSED), ([], Verdict.REVIEW)],
)
def test_stored_results_of_a_cell_that_did_not_run_count_with_its_code(
    outputs: list, verdict: Verdict
) -> None:
    code = (
        "for n in [50, 200, 800]:\n for b in [4, 8, 16]:\n  print(mmd(test, Histogram(b).fit(moons(n)).sample(9)))\n"
        " for k in [1, 2, 3]:\n  print(mmd(test, GMM(k).fit(moons(n)).sample(9)), mmd(test, Gaussian()))\n"
        " for h in [0.1, 0.2, 0.3]:\n  print(mmd(test, KDE(h).fit(moons(n)).sample(9)))"
    )
    transcript = ran([DATA, (code, outputs)], MADE, status="limit", until=1)
    assert judged("study.hyperparameters", transcript).verdict is verdict
    assert judged("study.training_size", transcript).verdict is verdict


def test_a_study_that_only_the_export_shows_is_not_missing() -> None:
    words = " ".join(
        f"The value of mmd for model number {word} is small"
        for word in ["one", "two", "three", "four", "five", "six", "seven"]
    )
    transcript = ran(["x = 1"], export=words)
    assert judged("study.accuracy", transcript, Found({})).verdict is Verdict.REVIEW


# ---- findings ---------------------------------------------------------------------------------------------

LONG = "The histogram with few bins is too coarse and the mixture with eight components is the best of all models."


def test_findings_are_read_by_a_person_who_is_led_to_them() -> None:
    found = judged("study.findings", ran([*CELLS, f"#: {LONG}"], full(), [CURVES]))
    assert (found.verdict, found.cells[0]) == (Verdict.REVIEW, 2)


def test_findings_in_comments_are_read_too() -> None:
    found = judged("study.findings", ran([*CELLS, f"x = 1\n# {LONG}"], full(), [CURVES]))
    assert (found.verdict, found.cells[0]) == (Verdict.REVIEW, 2)


def test_a_notebook_without_any_text_has_no_findings() -> None:
    found = judged("study.findings", ran([*CELLS, "#: # Findings"], full(), [CURVES]))
    assert found.verdict is Verdict.MISSING
    assert found.next_step


# ---- cases in which nothing may be lost -------------------------------------------------------------------


def test_a_test_set_that_another_model_was_once_fitted_to_is_still_a_test_set() -> None:
    check = [Call(0, "Gaussian.fit", {"self": model("Gaussian", 77), "X": points("test")})]
    for item in ("study.accuracy", "data.moons"):
        assert judged(item, ran(CELLS, [*MADE, *check, *full()], [CURVES])).verdict is Verdict.PASSED


def test_some_comparisons_with_the_training_set_go_to_a_person() -> None:
    calls = list(MADE)
    for kind in ("Histogram", "Gaussian", "GMM", "KDE"):
        calls += study(1, kind, "", [0])
        calls.append(Call(1, "mmd", {"X": points("train"), "Y": points(f"more of {kind}"), "bandwidth": 0.5}))
    assert judged("study.accuracy", ran(CELLS, calls, [CURVES])).verdict is Verdict.REVIEW


def test_samples_that_are_drawn_in_an_earlier_cell_count() -> None:
    calls = [replace(c, cell=2) if c.name == "mmd" else c for c in full()]
    transcript = ran([*CELLS, "for s in samples: print(mmd(test, s))"], calls, [replace(CURVES, cell=2)])
    for item in ("study.accuracy", "study.hyperparameters", "study.training_size"):
        assert judged(item, transcript).verdict is Verdict.PASSED


def test_a_function_that_was_called_too_often_to_be_noted_costs_nothing() -> None:
    many = study(1, "KDE", "h", [0.1] * 400)
    calls = [*[c for c in full() if not c.name.startswith("KDE")], *many]
    assert judged("study.hyperparameters", ran(CELLS, calls, [CURVES])).verdict is Verdict.REVIEW


def test_a_setting_under_an_unknown_name_goes_to_a_person() -> None:
    calls = [c for c in full() if not c.name.startswith("KDE")]
    for value in (0.1, 0.2, 0.4):
        calls += [
            Call(
                1,
                f"KDE.{m}",
                {"self": model("KDE", int(value * 10), h=1.0, zeta=value), "X": points("train")},
            )
            for m in ("fit", "sample")
        ]
    found = judged("study.hyperparameters", ran(CELLS, calls, [CURVES]))
    assert found.verdict is Verdict.REVIEW


def test_settings_given_to_the_constructor_stay_with_the_object() -> None:
    calls = [c for c in full() if not c.name.startswith("KDE")]
    for key, value in enumerate((0.1, 0.2, 0.4), 50):
        calls.append(Call(1, "Base.__init__", {"self": model("KDE", key), "params": {"h": value}}))
        calls += [
            Call(1, "KDE.fit", {"self": model("KDE", key), "X": points("train")}),
            Call(1, "KDE.sample", {"self": model("KDE", key), "n": 9}),
        ]
    assert judged("study.hyperparameters", ran(CELLS, calls, [CURVES])).verdict is Verdict.PASSED


def test_a_class_named_like_the_librarys_is_told_apart_in_the_second_task() -> None:
    own = BINDINGS["kde"]
    team = Found(
        {**BINDINGS, "kde": replace(own, symbol="KernelDensity", parameters={"bandwidth": "bandwidth"})}
    )
    digits = "from sklearn.datasets import load_digits\nD = load_digits().data"
    calls = [c for c in full() if not c.name.startswith("KDE")] + study(
        1, "KernelDensity", "bandwidth", [0.1]
    )
    for h in (0.1, 0.5, 2.0):
        theirs = {"type": "KernelDensity", "key": 99, "settings": {"bandwidth": h, "n_features_in_": 64}}
        calls.append(
            Call(2, "sklearn.neighbors.KernelDensity.fit", {"self": theirs, "X": points("d", 900, 64)})
        )
        calls.append(Call(2, "sklearn.neighbors.KernelDensity.sample", {"self": theirs, "n_samples": 100}))
    found = judged("study.hyperparameters", ran([DATA, STUDY, digits], calls, [CURVES]), team)
    assert found.verdict is Verdict.PARTIAL
    assert "kernel bandwidth (1 tried)" in found.message


def test_bandwidths_after_the_last_noted_call_are_not_said_to_be_absent() -> None:
    transcript = ran([DATA, "mmd(test, s)"], comparisons(*[0.5] * 400))
    assert judged("mmd.bandwidth", transcript).verdict is Verdict.REVIEW


def test_noise_that_is_no_number_is_not_judged() -> None:
    odd = [replace(c, arguments={**c.arguments, "noise": {"type": "Noise"}}) for c in MADE]
    assert judged("data.moons", ran(CELLS, [*odd, *study(1, "KDE", "h", [1])])).verdict is Verdict.REVIEW


def test_a_run_of_which_nothing_was_seen_is_judged_by_code_and_outputs() -> None:
    code = "for h in [0.1, 0.5]:\n    print(mmd(test, s, bandwidth=h))"
    assert judged("mmd.bandwidth", ran([DATA, code])).verdict is Verdict.PASSED
    for item in ("study.accuracy", "study.training_size"):
        assert judged(item, ran([DATA, code])).verdict is Verdict.REVIEW


@pytest.mark.parametrize(
    "shape", [{"shape": [300], "dtype": "list"}, {"shape": [2, 300], "dtype": "float64", "print": "p"}]
)
def test_points_may_be_lists_or_columns(shape: dict) -> None:
    def changed(value: object) -> object:
        return (
            {**shape, "shape": [*shape["shape"][:-1], value["shape"][0]]}
            if isinstance(value, dict) and "shape" in value
            else value
        )

    calls = [replace(c, arguments={k: changed(v) for k, v in c.arguments.items()}) for c in full()]
    for item in ("study.accuracy", "study.hyperparameters", "study.training_size", "mmd.bandwidth"):
        assert judged(item, ran(CELLS, calls, [CURVES])).verdict is Verdict.PASSED


def test_functions_of_which_only_the_sampler_was_found_are_not_said_to_be_tested_on_their_training_data() -> (
    None
):
    sampler = Binding("histogram", "draw", "functions", {"sample": "draw"}, {"bins": "params"})
    calls = [*MADE, *study(1, "Gaussian", "", [0], "test")]
    for width in (0.1, 0.2, 0.4):
        calls += [Call(1, "draw", {"params": {"w": width}, "n": 300}), *comparisons(0.5)]
    team = Found({"histogram": sampler, "mmd": BINDINGS["mmd"]})
    assert judged("study.hyperparameters", ran(CELLS, calls, [CURVES]), team).verdict is Verdict.PASSED
    assert judged("study.accuracy", ran(CELLS, calls, [CURVES]), team).verdict is Verdict.PASSED
