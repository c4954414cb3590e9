"""What the classification sheet judges on the whole run, on hand-made records: plots, sweeps, accuracies, text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hand_made_runs import (
    PICTURE,
    ROOT,
    Found,
    cloud,
    curve,
    figure,
    mesh,
    model,
    not_run,
    panel,
    points,
    ran,
)
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from grader.judge.checks import load_checks
from grader.judge.images import written
from grader.judge.judging import judge_item
from grader.judge.lab import LabFactory, load_reference
from grader.judge.transcript import Transcript
from grader.records import Binding, Call, Figure, Finding, Known, Layer, Observed, Panel, Verdict
from grader.rubric import load
from reference.classification.living import questions
from reference.classification.models import SoftmaxRegression
from reference.classification.questions.reported import numbers_in
from reference.classification.questions.run_words import ks_in
from reference.classification.questions.run_work import Work, headed_task

RUBRIC = load(ROOT / "rubrics" / "classification.yaml")
CHECKS = load_checks(ROOT / "reference" / "classification" / "checks.py")
REFERENCE = load_reference(ROOT / "reference" / "classification")
KS, SETS = [2**i for i in range(10)], [1, 2, 4, 8, 16]
TEAM = Found(
    {
        "knn": Binding("knn", "KNN", "class", parameters={"k": "k"}, confidence=1.0),
        "lls": Binding("lls", "LLS", "class", confidence=1.0),
        "softmax": Binding("softmax", "SoftmaxRegression", "class", confidence=1.0),
    }
)
PASSED, PARTIAL, MISSING, REVIEW = Verdict.PASSED, Verdict.PARTIAL, Verdict.MISSING, Verdict.REVIEW


def judged(
    item: str, transcript: Transcript, *, check: int = -1, team: Found = TEAM, **knobs: Any
) -> Finding:
    """The finding of the item's last check (the one on the whole run), with some knobs turned."""
    factory = LabFactory(REFERENCE, key=b"tests", hand_in="hash", transcript=transcript)
    found = RUBRIC.item(item)
    use = found.checks[check]
    use = use.model_copy(update={"knobs": {**use.knobs, **knobs}})
    found = found.model_copy(update={"checks": (use,), "needs": ()})
    return judge_item(team, found, RUBRIC, CHECKS, factory(item, {}))


def verdict(item: str, transcript: Transcript, **more: Any) -> Verdict:
    return judged(item, transcript, **more).verdict


def many(number: int, make: Any) -> list[Panel]:
    """Several panels, the n-th made with n."""
    return [make(n) for n in range(number)]


def bare(*layers: Layer, **settings: Any) -> Panel:
    """A panel without any words."""
    return panel(*layers, title="", xlabel="", ylabel="", **settings)


# ---- task 1 -------------------------------------------------------------------------------------------------

CELLS_1 = [
    "#: # Task 1",
    "X, y = make_data()",
    "plt.scatter(*X.T, c=y)",
    "for k in [2**i for i in range(10)]:\n    KNN(k).fit(X, y).predict(grid)\n    plt.contourf(gx, gy, z)",
    "#: # Task 2: least squares",
    "LLS().fit(X, y)",
]


def knn_calls(ks: Sequence[int], cell: int = 3) -> list[Call]:
    """Fits and predictions of the own classifier."""
    calls = []
    for k in ks:
        own = {"self": model("KNN", k, k=k)}
        calls += [
            Call(cell, "KNN.fit", {**own, "X": points("X")}),
            Call(cell, "KNN.predict", {**own, "X": points("grid", 10_000)}),
        ]
    return calls


def classes(*, number: int = 3, label: str = "class") -> list[Layer]:
    """One cloud for each class."""
    return [replace(cloud(80), label=f"{label} {n}" if label else "") for n in range(number)]


DATA = figure(2, panel(*classes(), legend=("class 0", "class 1", "class 2"), title="data"))


def regions(ks: Sequence[int] = KS, **words: Any) -> Figure:
    """A figure with decision regions for these k."""
    return figure(
        3, *[panel(mesh(), cloud(), title=f"k = {k}", **words) for k in ks], title="Decision regions by class"
    )


@pytest.mark.parametrize("item", ["knn.plot", "knn.sweep", "knn.boundary"])
def test_plots_and_sweeps_of_the_first_task_pass_with_evidence(item: str) -> None:
    found = judged(item, ran(CELLS_1, knn_calls(KS), [DATA, regions()]))
    assert (found.verdict, found.message) == (PASSED, found.message)
    assert found.evidence and found.cells


@pytest.mark.parametrize(
    "item",
    ["knn.plot", "knn.sweep", "knn.boundary", "lls.plot", "lls.accuracy", "lls.boundary", "softmax.curves", "softmax.accuracy", "softmax.derivation"],
)  # fmt: skip
def test_a_work_that_does_nothing_of_it_misses_it(item: str) -> None:
    assert verdict(item, ran(["x = 1"])) is MISSING


@pytest.mark.parametrize("item", ["knn.plot", "knn.boundary"])
def test_stored_pictures_with_the_code_count_where_our_run_drew_nothing(item: str) -> None:
    stored = [(c, [PICTURE]) if "plt" in c else c for c in CELLS_1]
    assert verdict(item, not_run(stored)) is PASSED
    assert verdict(item, ran(stored, status="limit", until=2)) is PASSED


@pytest.mark.parametrize("item", ["knn.plot", "knn.sweep", "knn.boundary"])
def test_code_that_our_run_did_not_reach_goes_to_a_person(item: str) -> None:
    assert verdict(item, ran(CELLS_1, status="limit", until=1)) is REVIEW


def test_a_plot_without_any_label_loses_its_share() -> None:
    silent = figure(2, bare(*classes(label="")))
    found = judged("knn.plot", ran(CELLS_1[1:], [], [silent], status="complete"), labels_share=0.75)
    assert (found.verdict, found.share) == (PARTIAL, 0.75)
    assert "axis labels" in found.message and "legend" in found.message


def test_markdown_beside_a_figure_is_its_caption_and_explains_the_colours() -> None:
    cells = [*CELLS_1[:3], "#: The data set; each class has its colour.", *CELLS_1[3:]]
    silent = figure(2, panel(*classes(label=""), title=""))
    assert verdict("knn.plot", ran(cells, [], [silent])) is PASSED


@pytest.mark.parametrize(
    ("export", "wanted"),
    [
        ("Report\n\x0cFigure 1: the training set.\nsome words", PASSED),
        ("Abb. 3 - Datensatz mit drei Klassen", PASSED),
        ("The figure shows the training set.", PARTIAL),
        ("Figure 1: KNN", PARTIAL),  # the words of its code, printed
    ],
)
def test_a_numbered_caption_of_the_export_is_one(export: str, wanted: Verdict) -> None:
    cells = [cell for cell in CELLS_1 if not cell.startswith("#:")]
    place = next(k for k, cell in enumerate(cells) if "scatter" in cell)
    untitled = figure(place, panel(*classes(), legend=("class 0", "class 1", "class 2"), title=""))
    assert verdict("knn.plot", replace(ran(cells, [], [untitled]), export=export)) is wanted
    two = replace(ran(cells, [], [untitled, replace(untitled, cell=place + 1)]), export=export)
    assert verdict("knn.plot", two) is PARTIAL


def test_the_data_beneath_regions_are_seen() -> None:
    found = judged("knn.plot", ran(CELLS_1, knn_calls(KS), [regions()]))
    assert found.verdict is PASSED
    assert any("beneath" in reading for reading in found.readings)


def test_regions_for_some_k_earn_their_part() -> None:
    found = judged("knn.boundary", ran(CELLS_1, knn_calls(KS[:4]), [regions(KS[:4])]))
    assert (found.verdict, found.share) == (PARTIAL, 0.4)


def test_one_figure_for_each_k_counts_as_much_as_one_for_all() -> None:
    single = [figure(3, panel(mesh(), title=f"Decision boundary, {k}-NN")) for k in KS]
    assert verdict("knn.boundary", ran(CELLS_1, knn_calls(KS), single)) is PASSED


def test_densities_are_no_decision_regions() -> None:
    densities = figure(3, *[panel(mesh(), title=f"p(x), k = {k}") for k in KS])
    assert verdict("knn.boundary", ran([*CELLS_1[:3], "plt.show()"], [], [densities])) is not PASSED


def test_a_sweep_that_stops_early_earns_its_part() -> None:
    cells = [*CELLS_1[:3], "for k in (1, 2, 4, 8, 16): KNN(k).fit(X, y)", *CELLS_1[4:]]
    found = judged("knn.sweep", ran(cells, knn_calls(KS[:5])))
    assert (found.verdict, found.share) == (PARTIAL, 0.5)
    assert "k = 32" in found.message


def test_one_k_is_no_sweep() -> None:
    cells = [*CELLS_1[:3], "KNN(5).fit(X, y)", *CELLS_1[4:]]
    assert verdict("knn.sweep", ran(cells, knn_calls([5]))) is MISSING


def test_a_sweep_of_functions_is_seen_in_their_arguments() -> None:
    functions = Found(
        {
            "knn": Binding(
                "knn", "knn_predict", "functions", methods={"predict": "knn_predict"}, confidence=1.0
            )
        }
    )
    calls = [Call(3, "knn_predict", {"X_train": points("X"), "X": points("Q"), "k": k}) for k in KS]
    cells = [*CELLS_1[:3], "for k in ks: knn_predict(X, y, Q, k)"]
    assert verdict("knn.sweep", ran(cells, calls), team=functions) is PASSED


def test_a_role_that_was_not_found_falls_back_on_names() -> None:
    calls = [replace(call, name=call.name.replace("KNN", "MyKnnModel")) for call in knn_calls(KS)]
    calls = [
        replace(c, arguments={**c.arguments, "self": {**c.arguments["self"], "type": "MyKnnModel"}})
        for c in calls
    ]
    assert verdict("knn.sweep", ran(CELLS_1, calls), team=Found({})) is PASSED


def test_the_comparison_with_the_library_is_asked_for_in_a_run_alone() -> None:
    library = ["from sklearn.neighbors import KNeighborsClassifier", "KNeighborsClassifier(5).fit(X, y)"]
    assert verdict("knn.matches_sklearn", ran(CELLS_1)) is PARTIAL
    assert verdict("knn.matches_sklearn", ran([*CELLS_1, *library])) is PASSED
    assert verdict("knn.matches_sklearn", not_run(CELLS_1)) is PASSED
    assert verdict("knn.matches_sklearn", Transcript()) is PASSED


def densities(title: str, number: int = 5) -> Figure:
    return figure(3, *[panel(mesh(), title=f"{title}, k = {2 ** (n + 1)}") for n in range(number)])


def test_density_figures_are_part_of_their_items() -> None:
    cells = [*CELLS_1[:3], "plt.contourf(gx, gy, density(grid))", *CELLS_1[4:]]
    both = ran(cells, [], [densities("p(x)"), densities("p(x|c = 0)"), densities("p(x|c = 1)")])
    assert verdict("knn.density", both) is PASSED
    assert verdict("knn.class_density", both) is PASSED
    alone = ran(cells, [], [densities("p(x)")])
    assert verdict("knn.density", alone) is PASSED
    found = judged("knn.class_density", alone)
    assert found.verdict is not PASSED
    none = judged("knn.density", ran([*CELLS_1[:3], *CELLS_1[4:]], [], [DATA]))
    assert (none.verdict, none.share) == (PARTIAL, 0.5)
    assert verdict("knn.density", not_run(cells)) is PASSED


# ---- task 2 -------------------------------------------------------------------------------------------------

LOOP = "for n in [1, 2, 4, 8, 16]:\n    X, y, Xt, yt = make_data(n)\n    print('accuracy', LLS().fit(X, y).accuracy(Xt, yt))"
DRAW = "for n in [1, 2, 4, 8, 16]:\n    plt.scatter(*X.T)\n    plt.plot(line)"
CELLS_2 = ["#: # Task 1", "KNN(5)", "#: # Task 2", LOOP, DRAW, "#: # Task 3", "SoftmaxRegression()"]
TOLD = "\n".join(f"n = {n}: test accuracy {0.98 - n / 100:.3f}" for n in SETS)


def lls_calls(test: str = "test") -> list[Call]:
    """Fits with more and more outliers, each judged on a set of points."""
    calls = []
    for n in SETS:
        own, train = {"self": model("LLS", n)}, points(f"train {n}", 100 + n)
        asked = train if test == "train" else points("test", 400)
        calls += [
            Call(3, "make_data", {"n_outliers": n, "n_train": 100}),
            Call(3, "LLS.fit", {**own, "X": train}),
            Call(3, "LLS.predict", {**own, "X": asked}),
        ]
    return calls


def outlier_panels(number: int, *more: Layer) -> Figure:
    return figure(
        4, *many(number, lambda n: panel(*classes(number=2), *more, title=f"n = {n}", legend=("a", "b")))
    )


def reporting(text: str = TOLD, calls: Sequence[Call] = (), figures: Sequence[Figure] = (), cells: Sequence[Any] = CELLS_2) -> Transcript:  # fmt: skip
    stream = {"output_type": "stream", "name": "stdout", "text": text}
    shown = [(cell, [stream]) if cell == cells[3] else cell for cell in cells]
    return ran(cells, calls or lls_calls(), figures, shown=shown)


LINE = curve([0.0, 1.0])


@pytest.mark.parametrize("item", ["lls.plot", "lls.boundary", "lls.accuracy", "lls.outliers"])
def test_the_second_task_passes_with_evidence(item: str) -> None:
    found = judged(item, reporting(figures=[outlier_panels(5), outlier_panels(5, LINE)]))
    assert (found.verdict, bool(found.evidence)) == (PASSED, True), found.message


def test_points_and_boundaries_in_one_figure_serve_both() -> None:
    transcript = reporting(figures=[outlier_panels(5, LINE)])
    assert verdict("lls.plot", transcript) is PASSED
    assert verdict("lls.boundary", transcript) is PASSED


def test_points_alone_are_no_boundary() -> None:
    cells = [*CELLS_2[:4], "plt.scatter(*X.T)", *CELLS_2[5:]]
    assert verdict("lls.boundary", reporting(figures=[outlier_panels(5)], cells=cells)) is MISSING


def test_fewer_data_sets_earn_a_part() -> None:
    found = judged("lls.boundary", reporting(figures=[outlier_panels(3, LINE)]))
    assert (found.verdict, found.share) == (PARTIAL, 0.6)


def test_accuracies_in_titles_and_in_percent_count() -> None:
    titled = figure(4, *[panel(*classes(), LINE, title=f"n = {n}, Genauigkeit {97 - n} %") for n in SETS])
    assert verdict("lls.accuracy", reporting("", figures=[titled])) is PASSED


def test_accuracies_in_a_table_without_words_in_its_rows_count() -> None:
    table = "          accuracy\n1     0.98\n2     0.97\n4     0.95\n8     0.93\n16    0.90"
    assert verdict("lls.accuracy", reporting(table)) is PASSED


def test_one_accuracy_for_all_data_sets_goes_to_a_person() -> None:
    def told(number: float) -> str:
        return "\n".join(f"{n} outliers: w = [0.{n}1 0.2{n}] test accuracy {number}" for n in SETS)

    found = judged("lls.accuracy", reporting(told(0.93)))
    assert (found.verdict, "0.93" in found.message) == (REVIEW, True)
    assert verdict("lls.accuracy", reporting(told(1.0))) is PASSED
    titled = figure(
        4, *[panel(*classes(), LINE, title=f"n = {n}: Genauigkeit 93,5 %".replace(",", ".")) for n in SETS]
    )
    assert verdict("lls.accuracy", reporting("", figures=[titled])) is REVIEW


def test_one_accuracy_is_a_part() -> None:
    found = judged("lls.accuracy", reporting("test accuracy 0.97"))
    assert (found.verdict, found.share) == (PARTIAL, 0.5)


def test_the_accuracy_of_training_points_is_a_part() -> None:
    told = TOLD.replace("test ", "")
    cells = [*CELLS_2[:3], LOOP.replace("Xt, yt", "X, y"), *CELLS_2[4:]]
    found = judged("lls.accuracy", reporting(told, lls_calls("train"), cells=cells), training_share=0.5)
    assert (found.verdict, found.share) == (PARTIAL, 0.5)
    assert "fitted to" in found.message


def test_accuracy_that_is_computed_but_never_told_is_missing_after_a_complete_run() -> None:
    assert verdict("lls.accuracy", reporting("")) is MISSING
    assert verdict("lls.accuracy", ran(CELLS_2, status="limit", until=3)) is REVIEW


# ---- task 3 -------------------------------------------------------------------------------------------------

PIXELS, LABELS = load_digits(return_X_y=True)
PLACES = np.arange(len(PIXELS))
TRAIN, TEST = train_test_split(PLACES, test_size=0.25, random_state=0)
TRAINING = "model = SoftmaxRegression().fit(X_train, y_train)\nprint('accuracy', model.score(X_test, y_test))"
CELLS_3 = [
    "#: # Task 2",
    "LLS()",
    "#: # Task 3",
    "X, y = load_digits(return_X_y=True)",
    TRAINING,
    "plt.plot(losses)",
]


def split_call(share: float | None = 0.25, seed: int | None = 0) -> Call:
    test = round(len(PIXELS) * (share or 0.25) + 0.5)
    sizes = [{"shape": [len(PIXELS) - test, 64]}, {"shape": [test, 64]}]
    given = {"test_size": share, "train_size": None, "random_state": seed, "shuffle": True, "stratify": None}
    return Call(3, "sklearn.model_selection.train_test_split", given, sizes)


def steps(label: str, high: float = 0.9) -> Layer:
    return replace(curve(range(1000), label), y=(0.1, high), values="")


def curves(*parts: str) -> Figure:
    """Loss and accuracy in a panel each, with curves of these names."""
    made = [panel(*[steps(p, high) for p in parts], title="", ylabel=name, legend=parts, equal=False) for name, high in (("loss", 900), ("accuracy", 0.99))]  # fmt: skip
    return figure(5, *made, title="training")


@pytest.mark.parametrize(
    "names", [("train", "test"), ("training split", "test split"), ("Train", "Validation"), ("", "")]
)
def test_four_curves_pass(names: tuple[str, str]) -> None:
    shown = curves(*names)
    if not names[0]:
        shown = replace(shown, legend=("a", "b"))
    assert verdict("softmax.curves", ran(CELLS_3, [], [shown])) is PASSED


def test_curves_are_told_by_their_values_where_no_word_tells() -> None:
    plain = figure(
        5, bare(steps("train", 500), steps("test", 300)), bare(steps("train"), steps("test")), title="both"
    )
    found = judged("softmax.curves", ran(CELLS_3, [], [plain]))
    assert (found.verdict, found.share) == (PARTIAL, 0.75), found.message  # the axes have no labels
    assert "axis labels" in found.message


def test_curves_of_the_training_split_alone_are_half() -> None:
    found = judged("softmax.curves", ran(CELLS_3, [], [curves("train")]))
    assert (found.verdict, found.share) == (PARTIAL, 0.5)
    assert "loss on the test split" in found.message


def trained() -> np.ndarray:
    model = SoftmaxRegression(0.001, 60).fit(PIXELS[TRAIN] / 16, LABELS[TRAIN])
    return np.asarray(model.theta_)


THETA = trained()


def right(places: np.ndarray) -> float:
    scores = THETA[0] + PIXELS[places] / 16 @ THETA[1:]
    return float(np.mean(scores.argmax(axis=1) == LABELS[places]))


def living(
    shown: str, *known: Known, calls: Sequence[Call] = (), cells: Sequence[Any] = CELLS_3
) -> Transcript:
    stream = {"output_type": "stream", "name": "stdout", "text": shown}
    transcript = ran(cells, calls, shown=[(c, [stream]) if c == TRAINING else c for c in cells])
    return replace(transcript, observed=Observed(calls=tuple(calls), known=known))


def array(key: int, name: str, values: np.ndarray) -> Known:
    return Known(
        key, 4, name, "array", "numpy.ndarray", values.shape, answers={"values": {"npy": written(values)}}
    )


STANDARD = (PIXELS - PIXELS[TRAIN].mean(0)) / (PIXELS[TRAIN].std(0) + 1e-9)
ALIVE = (array(1, "theta", THETA), array(2, "X_test", PIXELS[TEST] / 16))


@pytest.mark.parametrize(
    ("known", "calls"),
    [
        (ALIVE, ()),
        (
            (
                array(1, "W", THETA[1:].T),
                array(3, "b", THETA[:1].T),
                array(2, "Xte", np.c_[PIXELS[TEST] / 16, np.ones(450)]),
            ),
            (),
        ),
        ((array(1, "theta", THETA),), (split_call(),)),
    ],
    ids=["parameters and test points", "weights and bias", "split made again"],
)
def test_the_reported_accuracy_is_found_again(known: tuple[Known, ...], calls: tuple[Call, ...]) -> None:
    found = judged("softmax.accuracy", living(f"accuracy {right(TEST):.4f}", *known, calls=calls))
    assert found.verdict is PASSED, found.message
    assert any("Recomputed" in reading for reading in found.readings)


def test_a_living_model_confirms_the_accuracy() -> None:
    labels = (THETA[0] + PIXELS / 16 @ THETA[1:]).argmax(axis=1).astype(float)
    answers = {
        "labels of digits divided by 16": {"npy": written(labels)},
        "labels of digits": {"fault": "no"},
    }
    own = Known(5, 4, "model", "model", "__main__.SoftmaxRegression", (1347, 64), answers=answers)
    told = f"accuracy {right(TEST):.1%}"
    assert verdict("softmax.accuracy", living(told, own, calls=[split_call()])) is PASSED


def test_the_accuracy_of_the_training_split_is_a_part() -> None:
    assert abs(right(TRAIN) - right(TEST)) > 0.01
    found = judged("softmax.accuracy", living(f"accuracy {right(TRAIN):.4f}", *ALIVE, calls=[split_call()]))
    assert (found.verdict, found.share) == (PARTIAL, 0.5)


def test_a_number_that_we_cannot_find_again_goes_to_a_person_without_another_one() -> None:
    found = judged("softmax.accuracy", living("test accuracy 0.7", *ALIVE))
    assert found.verdict is REVIEW
    assert "0.700" in found.message and "0.9" not in found.message


def test_of_several_living_models_the_one_that_agrees_counts() -> None:
    """A second model of the same size, trained on nothing, does not stand in the way."""
    beside = array(41, "small.theta", np.random.default_rng(3).normal(size=THETA.shape))
    held = [replace(known, family="held") for known in (beside, array(42, "model.theta", THETA))]
    found = living(f"test accuracy {right(TEST):.4f}", *held, calls=[split_call()])
    assert verdict("softmax.accuracy", found) is PASSED


def test_a_number_said_to_be_of_the_test_split_passes_where_nothing_lives() -> None:
    assert verdict("softmax.accuracy", living("final accuracy on the test set: 0.96")) is PASSED
    assert verdict("softmax.accuracy", living("accuracy: 0.96")) is REVIEW
    assert verdict("softmax.accuracy", living("train accuracy: 0.99")) is PARTIAL


def test_accuracy_written_in_the_text_counts() -> None:
    cells = [*CELLS_3, "#: The final accuracy on the test set is 96.4 %."]
    assert verdict("softmax.accuracy", living("", cells=cells)) is PASSED


@pytest.mark.parametrize(
    ("share", "wanted"), [(0.25, PASSED), (None, PASSED), (0.2, Verdict.FAILED), (0.5, Verdict.FAILED)]
)
def test_the_split_is_read_off_the_noted_call(share: float | None, wanted: Verdict) -> None:
    assert verdict("softmax.split", ran(CELLS_3, [split_call(share)])) is wanted


def test_a_split_by_hand_is_seen_in_the_sizes_of_arrays() -> None:
    calls = [
        Call(4, "SoftmaxRegression.fit", {"X": points("a", 1347, 64)}),
        Call(4, "accuracy", {"X": points("b", 450, 64)}),
    ]
    assert verdict("softmax.split", ran(CELLS_3, calls)) is PASSED
    assert verdict("softmax.split", ran(CELLS_3)) is REVIEW
    assert verdict("softmax.split", ran(["x = 1"])) is MISSING


# ---- text ---------------------------------------------------------------------------------------------------

LONG_TEXT = "#: With few neighbours the boundary follows every point, with many it becomes smooth, and with all there is none left anywhere."


@pytest.mark.parametrize("item", ["knn.findings", "lls.findings"])
def test_text_goes_to_a_person_who_is_pointed_at_it(item: str) -> None:
    cells = [*CELLS_1[:4], LONG_TEXT, "#: # Task 2", "LLS().fit(X, y)", LONG_TEXT]
    found = judged(item, ran(cells, knn_calls(KS), [regions()]))
    assert found.verdict is REVIEW
    assert (4 if item == "knn.findings" else 7) in found.cells


@pytest.mark.parametrize("item", ["knn.findings", "lls.findings"])
def test_a_work_without_any_sentence_misses_its_findings(item: str) -> None:
    assert verdict(item, ran(CELLS_1)) is MISSING


@pytest.mark.parametrize(
    "source",
    [
        r"#: $\frac{\partial L}{\partial p} = -\frac{1}{p}$",
        "#: ![my notes](attachment:photo.jpg)",
        "# dL/dp = -1/p, then dp/dg = p (1 - p), dg/dtheta = x\nx = 1",
        "#: ## Herleitung\nDie Ableitung des Verlusts nach der Wahrscheinlichkeit ist minus eins durch p, und die der Wahrscheinlichkeit nach g ist p mal eins minus p.",
    ],
)
def test_a_derivation_in_any_form_goes_to_a_person(source: str) -> None:
    found = judged("softmax.derivation", ran([*CELLS_3, source]))
    assert (found.verdict, found.cells) == (REVIEW, (len(CELLS_3),))


@pytest.mark.parametrize("name", ["derivation.pdf", "photos/IMG_1.HEIC", "Report.pdf"])
def test_pages_and_photos_beside_the_code_may_hold_the_derivation(name: str) -> None:
    transcript = ran(CELLS_3)
    assert verdict("softmax.derivation", transcript) is MISSING
    found = judged("softmax.derivation", replace(transcript, files=("a.ipynb", name)))
    assert found.verdict is REVIEW
    assert name in found.message


# ---- small readings -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("k = 16", {16}), ("k=2^{3}", {8}), ("k: 4, k: 8", {4, 8}), ("32-NN", {32}), ("5 neighbours", {5}), ("task 3", set())],
)  # fmt: skip
def test_numbers_of_neighbours_in_words(text: str, wanted: set[int]) -> None:
    assert ks_in(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("0.97", [0.97]), ("97.5 %", [0.975]), ("n = 16: 1.0", [1.0]), ("step 100, loss 3.2", []), ("0,95", [0.95]), ("1.5", [])],
)  # fmt: skip
def test_numbers_that_may_be_accuracies(text: str, wanted: list[float]) -> None:
    assert numbers_in(text) == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("headings", "wanted"),
    [(("Exercise 2", "Task 1: k-NN", "Task 3"), 1), (("task2.py",), 2), (("Aufgabe 3",), 3), (("kNN, least squares and softmax",), 0), (("Lineare Regression",), 2), ((), 0)],
)  # fmt: skip
def test_the_task_of_headings(headings: tuple[str, ...], wanted: int) -> None:
    assert headed_task(headings) == wanted


def test_percent_without_a_sign_counts_where_the_line_speaks_of_accuracy() -> None:
    assert (
        verdict("lls.accuracy", reporting("\n".join(f"Accuracy for {n}: {97.25 - n}" for n in SETS)))
        is PASSED
    )
    assert (
        verdict("lls.accuracy", reporting("\n".join(f"loss for {n}: {97.25 - n}" for n in SETS))) is MISSING
    )


def test_cells_between_two_tasks_serve_both_where_there_are_no_headings() -> None:
    cells = [
        "from sklearn.datasets import load_digits\nfrom sklearn.neighbors import KNeighborsClassifier",
        "X, y = data()",
        "plt.scatter(*X.T)",
        "class KNN:\n    pass",
        "KNN(5).fit(X, y)",
        "sets = [data(n) for n in counts]",
        "class LLS:\n    pass",
        "LLS().fit(X, y)",
        "digits = load_digits()",
    ]
    work = Work(TEAM, ran(cells))
    assert [sorted(work.tasks[index]) for index in (1, 2, 4, 5, 7, 8)] == [[1], [1], [1], [1, 2], [2], [3]]


def test_test_digits_parameters_and_models_are_asked() -> None:
    known = (
        Known(1, 0, "X_test", "array", "numpy.ndarray", (450, 64)),
        Known(2, 0, "X", "array", "numpy.ndarray", (1797, 64)),
        Known(3, 0, "theta", "array", "numpy.ndarray", (65, 10)),
        Known(4, 0, "model", "model", "__main__.SoftmaxRegression", (1347, 64)),
        Known(5, 0, "knn", "model", "__main__.KNN", (600, 2)),
        Known(6, 0, "library", "model", "sklearn.neighbors.KNeighborsClassifier", (600, 64)),
        Known(7, 0, "ones", "model", "__main__.Softmax", (1347, 65)),
    )
    asked = list(questions(known))
    assert {q.key for q in asked} == {1, 3, 4, 7}
    assert {np.shape(q.arguments[0]) for q in asked if q.key == 4} == {(1797, 64)}  # type: ignore[index]
    assert {np.shape(q.arguments[0]) for q in asked if q.key == 7} == {(1797, 65)}  # type: ignore[index]
