"""Plots of task 1, judged on hand-made runs: densities, samples, good and bad models, axes, labels, bonus."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hand_made_runs import (
    PICTURE,
    Found,
    cloud,
    curve,
    figure,
    judged,
    mesh,
    model,
    moons,
    not_run,
    panel,
    points,
    ran,
)
from sklearn.datasets import make_moons

from grader.records import Call, Figure, Layer, Panel, Verdict

DATA = "X = make_moons(300, noise=0.1)[0]"
SHOW = (
    "def show(model):\n    plt.pcolormesh(gx, gy, model.score_samples(grid).reshape(60, 60))\n    plt.axis('equal')\n"
    "    plt.scatter(*model.sample(300).T)\n    plt.axis('equal')"
)
CALLS_IT = "show(KDE(0.1).fit(X))\nshow(KDE(0.9).fit(X))\nshow(Gaussian().fit(X))"
CELLS = [DATA, SHOW, CALLS_IT]
EVERY = ["plots.density", "plots.samples", "plots.representative", "plots.axis_equal"]


def asked(kind: str, key: int, **settings: float) -> list[Call]:
    """A model whose density is asked on a grid and that is drawn from, in cell 2."""
    own = model(kind, key, **settings)
    return [
        Call(2, f"{kind}.score_samples", {"self": own, "X": points("grid", 3600)}),
        Call(2, f"{kind}.sample", {"self": own, "n": 300}),
    ]


CALLS = [moons(0, "train"), *asked("KDE", 1, h=0.1), *asked("KDE", 2, h=0.9), *asked("Gaussian", 3)]


def pairs(change: Callable[[Panel], Panel] = lambda p: p, side: int = 60) -> list[Figure]:
    """A figure per model: its density and its samples."""
    return [
        figure(
            2,
            change(panel(mesh(side), title=f"density {name}")),
            change(panel(cloud(), title=f"samples {name}")),
        )
        for name in ("KDE 0.1", "KDE 0.9", "Gaussian")
    ]


@pytest.mark.parametrize("item", EVERY)
def test_good_plots_pass_with_evidence(item: str) -> None:
    found = judged(item, ran(CELLS, CALLS, pairs()))
    assert found.verdict is Verdict.PASSED
    assert found.evidence
    assert found.cells == (2,)


@pytest.mark.parametrize("item", [*EVERY, "plots.representation", "plots.labelled"])
def test_a_notebook_without_figures_misses_them(item: str) -> None:
    assert judged(item, ran(["x = 1"])).verdict is Verdict.MISSING


@pytest.mark.parametrize("item", EVERY)
def test_stored_pictures_with_the_code_count_where_our_run_drew_nothing(item: str) -> None:
    stored = [DATA, SHOW, (CALLS_IT, [PICTURE, PICTURE, PICTURE])]
    for transcript in (not_run(stored), ran(stored, status="limit", until=1)):
        assert judged(item, transcript).verdict is Verdict.PASSED


@pytest.mark.parametrize("item", EVERY)
def test_code_without_any_picture_goes_to_a_person(item: str) -> None:
    found = judged(item, ran(CELLS, status="limit", until=1))
    assert (found.verdict, found.next_step != "") == (Verdict.REVIEW, True)


# ---- densities and samples --------------------------------------------------------------------------------


def test_samples_alone_are_no_densities() -> None:
    cells = [DATA, "x = 1", "plt.scatter(*KDE(1).fit(X).sample(300).T)"]
    calls = [CALLS[0], CALLS[2], CALLS[4]]
    shown = [figure(2, panel(cloud())), figure(2, panel(cloud()))]
    transcript = ran(cells, calls, shown)
    assert judged("plots.density", transcript).verdict is Verdict.MISSING
    assert judged("plots.samples", transcript).verdict is Verdict.PASSED


def test_densities_alone_are_no_samples() -> None:
    cells = [DATA, "x = 1", "plt.contourf(gx, gy, KDE(1).fit(X).score_samples(grid))"]
    calls = [CALLS[0], CALLS[1], CALLS[3]]
    transcript = ran(cells, calls, [figure(2, panel(mesh()), panel(mesh()))])
    assert judged("plots.samples", transcript).verdict is Verdict.MISSING
    assert judged("plots.density", transcript).verdict is Verdict.PASSED


def test_one_model_is_a_part_of_several() -> None:
    transcript = ran(CELLS, CALLS, pairs()[:1])
    assert judged("plots.density", transcript).share == 0.5
    assert judged("plots.samples", transcript).share == 0.5


def test_a_coarse_grid_goes_to_a_person_with_its_size() -> None:
    found = judged("plots.density", ran(CELLS, CALLS, pairs(side=12)))
    assert found.verdict is Verdict.REVIEW
    assert "12 points per axis" in found.message


@pytest.mark.parametrize(
    "shown",
    [
        panel(Layer("contour", shape=(10,), x=(0, 1), y=(0, 1))),
        Panel("image", layers=(Layer("image", shape=(80, 60)),)),
        Panel("3d", layers=(Layer("patch", shape=(3600,)),)),
        panel(cloud(3600)),
    ],
)
def test_a_density_may_be_drawn_as_contours_image_surface_or_coloured_points(shown: Panel) -> None:
    transcript = ran(CELLS, CALLS, [figure(2, shown), figure(2, shown)])
    assert judged("plots.density", transcript).verdict is Verdict.PASSED


def test_points_that_are_the_training_data_are_not_generated() -> None:
    data = make_moons(300, noise=0.1, random_state=5)[0]
    calls = [moons(0, "train", seed=5), *CALLS[1:]]
    theirs = [figure(2, panel(mesh()), panel(cloud(300, data))) for _ in range(3)]
    found = judged("plots.samples", ran(CELLS, calls, theirs))
    assert found.verdict is Verdict.REVIEW
    assert "training data" in found.message
    fresh = [figure(2, panel(mesh()), panel(cloud(300, data), cloud(300, data + 0.01))) for _ in range(3)]
    assert judged("plots.samples", ran(CELLS, calls, fresh)).verdict is Verdict.PASSED


def test_curves_of_a_study_are_no_plots_of_samples() -> None:
    cells = [DATA, "x = 1", "plt.plot([mmd(X, KDE(h).fit(X).sample(9)) for h in hs])"]
    transcript = ran(cells, CALLS, [figure(2, panel(curve([1, 2, 3])))])
    assert judged("plots.samples", transcript).verdict is not Verdict.PASSED
    assert judged("plots.density", transcript).verdict is Verdict.MISSING


# ---- representative ---------------------------------------------------------------------------------------


def test_one_model_drawn_twice_is_no_choice_of_good_and_bad_ones() -> None:
    shown = [figure(2, panel(mesh(), title="KDE"), panel(cloud(), title="KDE"))] * 2
    calls = [CALLS[0], *asked("KDE", 1, h=0.1)]
    assert judged("plots.representative", ran(CELLS, calls, shown)).verdict is Verdict.REVIEW


def test_two_settings_of_one_model_are_a_good_and_a_bad_one() -> None:
    calls = [CALLS[0], *asked("KDE", 1, h=0.1), *asked("KDE", 2, h=2.0)]
    shown = [figure(2, panel(mesh(), title=""), panel(cloud(), title=""))] * 2
    assert judged("plots.representative", ran(CELLS, calls, shown)).verdict is Verdict.PASSED


def test_a_grid_much_coarser_than_the_model_goes_to_a_person() -> None:
    calls = [CALLS[0], *asked("KDE", 1, h=0.03), *asked("KDE", 2, h=2.0)]
    found = judged("plots.representative", ran(CELLS, calls, pairs(side=32)))
    assert found.verdict is Verdict.REVIEW
    assert "step" in found.message


# ---- equal axes -------------------------------------------------------------------------------------------


def unequal(shown: Panel) -> Panel:
    return Panel(shown.kind, shown.title, "x", "y", equal=False, layers=shown.layers)


def test_axes_that_are_never_equal_fail() -> None:
    found = judged("plots.axis_equal", ran(CELLS, CALLS, pairs(unequal)))
    assert found.verdict is Verdict.FAILED
    assert "None of the 6 panels" in found.message


def test_some_equal_axes_earn_a_part_and_the_others_are_pointed_at() -> None:
    found = judged("plots.axis_equal", ran(CELLS, CALLS, [*pairs(unequal)[:1], *pairs()[1:]]))
    assert (found.verdict, found.share) == (Verdict.PARTIAL, 0.5)
    assert "4 of 6" in found.message


def test_curves_need_no_equal_axes() -> None:
    study = figure(2, panel(curve([1, 2, 3]), equal=False))
    assert judged("plots.axis_equal", ran(CELLS, CALLS, [*pairs(), study])).verdict is Verdict.PASSED


@pytest.mark.parametrize(
    ("line", "verdict"),
    [
        ("plt.axis('equal')", Verdict.PASSED),
        ("ax.axis('scaled')", Verdict.PASSED),
        ("ax.set_aspect('equal')", Verdict.PASSED),
        ("ax.set_aspect(1)", Verdict.PASSED),
        ("fig.add_subplot(121, aspect='equal')", Verdict.PASSED),
        ("ax.set(aspect='equal')", Verdict.PASSED),
        ("ax.set_aspect('auto')", Verdict.FAILED),
        ("ax.set_xlim(-1, 1)", Verdict.REVIEW),
        ("pass", Verdict.FAILED),
    ],
)
def test_without_our_run_the_code_says_whether_axes_are_equal(line: str, verdict: Verdict) -> None:
    code = f"d = m.score_samples(grid)\nax.pcolormesh(gx, gy, d)\nax.scatter(*m.sample(9).T)\n{line}"
    assert judged("plots.axis_equal", not_run([(code, [PICTURE, PICTURE])])).verdict is verdict


# ---- labels, bonus, findings ------------------------------------------------------------------------------


def test_figures_in_order_pass_and_others_are_named_with_their_cells() -> None:
    bare = figure(2, Panel("plane", layers=(curve([1, 2]),)))
    cells = [DATA, SHOW, CALLS_IT, "x = 1"]
    assert judged("plots.labelled", ran(cells, CALLS, pairs())).verdict is Verdict.PASSED
    found = judged("plots.labelled", ran(cells, CALLS, [*pairs(), bare, bare]))
    assert found.verdict is Verdict.PARTIAL
    assert found.share == pytest.approx(0.6)
    assert "cells 3" in found.message


@pytest.mark.parametrize("mark", [Layer("patch", shape=(1,)), curve([0, 1]), cloud(6)])
def test_marks_in_a_plot_are_shown_to_a_person(mark: Layer) -> None:
    shown = [figure(2, panel(mesh(), mark), panel(cloud()))]
    found = judged("plots.representation", ran(CELLS, CALLS, shown))
    assert (found.verdict, found.cells) == (Verdict.REVIEW, (2,))


def test_without_marks_the_bonus_is_missing() -> None:
    assert judged("plots.representation", ran(CELLS, CALLS, pairs())).verdict is Verdict.MISSING


def test_ellipses_in_the_code_are_shown_to_a_person_where_nothing_ran() -> None:
    code = "ax.pcolormesh(gx, gy, m.score_samples(grid))\nax.add_patch(Ellipse(mu, 1, 2))"
    assert judged("plots.representation", not_run([(code, [PICTURE])])).verdict is Verdict.REVIEW


def test_strengths_and_weaknesses_are_read_by_a_person() -> None:
    text = "The mixture is smooth and small but needs enough components while the histogram is blocky and needs much data."
    found = judged("plots.findings", ran([*CELLS, f"#: {text}"], CALLS, pairs()))
    assert (found.verdict, found.cells[0]) == (Verdict.REVIEW, 3)
    assert judged("plots.findings", ran(CELLS, CALLS, pairs())).verdict is Verdict.MISSING


def test_plots_of_a_hand_in_whose_models_were_not_found_go_to_a_person() -> None:
    cells = [DATA, "x = 1", "plt.imshow(f(grid))"]
    transcript = ran(cells, [], [figure(2, panel(mesh())), figure(2, panel(mesh()))])
    assert judged("plots.density", transcript, Found({})).verdict is Verdict.REVIEW


def test_points_of_samples_drawn_earlier_count_where_words_say_so() -> None:
    cells = [
        DATA,
        "x = 1",
        "samples = KDE(0.1).fit(X).sample(300)",
        "plt.scatter(*samples.T)",
        "plt.scatter(*other.T)",
    ]
    shown = [figure(3, panel(cloud()), panel(cloud()))]
    assert judged("plots.samples", ran(cells, CALLS, shown)).verdict is Verdict.PASSED
    plain = [figure(4, panel(cloud(), title=""), panel(cloud(), title=""))]
    assert judged("plots.samples", ran(cells, CALLS, plain)).verdict is Verdict.REVIEW


def test_pictures_of_which_nothing_is_known_are_never_missing() -> None:
    cells = [DATA, "x = 1", ("display(Image('density.png'))", [PICTURE])]
    for item in EVERY[:2]:
        assert judged(item, ran(cells, CALLS[:1], status="complete")).verdict is Verdict.REVIEW


def test_several_densities_in_one_pair_of_axes_are_several() -> None:
    contour = Layer("contour", shape=(5,), x=(0, 1), y=(0, 1))
    transcript = ran(CELLS, CALLS, [figure(2, panel(contour, contour, contour))])
    assert judged("plots.density", transcript).verdict is Verdict.PASSED
