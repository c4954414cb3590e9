"""What is said of figures: panels, grids, curves, equal axes, labels."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hand_made_runs import cloud, curve, figure, mesh, packed, panel, ran

from grader.judge import figures
from grader.records import Layer, Panel


def test_colour_bars_are_no_panels() -> None:
    shown = figure(0, panel(mesh()), Panel("colorbar"))
    transcript = ran(["plot()"], figures=[shown])
    assert [d.panel.kind for d in figures.drawn_in(transcript.cells)] == ["plane"]


@pytest.mark.parametrize(
    ("layers", "side"),
    [([mesh(60)], 60), ([mesh(60), mesh(20)], 60), ([cloud()], 0), ([Layer("contour", shape=(9,))], -1)],
)
def test_the_grid_of_a_field_is_its_smaller_side(layers: list[Layer], side: int) -> None:
    assert figures.field_grid(panel(*layers)) == side


def test_the_grid_of_a_surface_is_unknown_and_there() -> None:
    assert figures.field_grid(Panel("3d")) == -1


def test_the_step_of_a_field_is_its_larger_one() -> None:
    assert figures.field_step(panel(mesh(50))) == pytest.approx(4 / 50)
    assert math.isnan(figures.field_step(panel(cloud())))


def test_clouds_have_many_points() -> None:
    shown = panel(cloud(5), cloud(300), curve([1, 2, 3]))
    assert [layer.shape for layer in figures.clouds(shown, 20)] == [(300,)]


def test_a_curve_counts_its_different_places() -> None:
    twice = Layer("line", shape=(4,), values=packed([(1, 0), (1, 1), (2, 0), (3, 0)]))
    assert figures.curve_points(panel(twice)) == 3
    assert figures.curve_points(panel(curve([1, 2, 4, 8]))) == 4
    assert figures.curve_points(panel(mesh())) == 0


def test_single_points_drawn_one_by_one_make_a_curve() -> None:
    dots = [Layer("points", shape=(1,), x=(v, v), values=packed([(v, 0.0)])) for v in (1.0, 2.0, 5.0)]
    assert figures.curve_points(panel(*dots)) == 3


def test_values_that_cannot_be_read_are_none() -> None:
    assert figures.values_of(Layer("points", values="!")) is None
    assert figures.values_of(Layer("points", values="aGFsbG8=")) is None
    assert np.allclose(figures.values_of(Layer("points", values=packed([[1, 2]]))), [[1, 2]])


def test_equal_panels_are_counted_among_planes_and_images() -> None:
    shown = figure(0, panel(cloud()), panel(cloud(), equal=False), Panel("3d"), Panel("image"))
    drawn = list(figures.drawn_in(ran(["plot()"], figures=[shown]).cells))
    assert figures.equal_panels(drawn) == (1, 3)


@pytest.mark.parametrize(
    ("shown", "captioned", "lacks"),
    [
        (figure(0, panel(curve([1, 2]))), False, []),
        (figure(0, panel(curve([1, 2]), title="")), False, ["title"]),
        (figure(0, panel(curve([1, 2]), title="")), True, []),
        (figure(0, panel(curve([1, 2]), title=""), title="all"), False, []),
        (figure(0, panel(curve([1, 2]), xlabel="", ylabel="")), False, ["axis labels"]),
        (figure(0, panel(curve([1, 2]), xlabel="", ylabel=""), texts=("size",)), False, []),
        (figure(0, panel(curve([1], "a"), curve([1], "b"))), False, ["legend"]),
        (figure(0, panel(curve([1], "a"), curve([1], "b"), legend=("a", "b"))), False, []),
        (figure(0, panel(curve([1], "a"), curve([1], "b")), legend=("a", "b")), False, []),
        (figure(0, panel(mesh(), xlabel="", ylabel=""), Panel("colorbar")), False, []),
        (figure(0, panel(cloud(), xlabel="", ylabel="")), False, []),
        (figure(0, Panel("image", layers=(Layer("image", shape=(8, 8)),))), True, []),
    ],
)
def test_what_a_figure_lacks(shown: figures.Figure, captioned: bool, lacks: list[str]) -> None:
    assert figures.faults_of(shown, captioned) == lacks


def test_a_caption_is_text_right_beside_the_cell() -> None:
    transcript = ran(["#: Densities of all the models", "plot()", "more()", "#: ## Next"])
    assert figures.caption_of(transcript, transcript.cells[1])
    assert figures.caption_of(transcript, transcript.cells[2])
    assert not figures.caption_of(ran(["a()", "plot()", "b()"]), ran(["a()", "plot()", "b()"]).cells[1])
