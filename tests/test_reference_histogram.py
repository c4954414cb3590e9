"""The reference histogram against counting by hand, numpy and scipy.stats."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from reference.generative_baselines.data import moons
from reference.generative_baselines.models import Histogram2D


def cell_counts(points: np.ndarray, model: Histogram2D) -> np.ndarray:
    return np.histogram2d(*points.T, bins=(model.x_edges_, model.y_edges_))[0]


def test_density_equals_numpy_in_every_cell() -> None:
    data = moons(400, np.random.default_rng(1))
    model = Histogram2D(bins=(7, 12)).fit(data)
    expected, x_edges, y_edges = np.histogram2d(*data.T, bins=(7, 12), density=True)
    np.testing.assert_array_equal(model.x_edges_, x_edges)
    np.testing.assert_array_equal(model.y_edges_, y_edges)
    np.testing.assert_allclose(np.exp(model.log_density_), expected, rtol=1e-12)
    middle = np.stack(
        np.meshgrid(x_edges[:-1] + np.diff(x_edges) / 2, y_edges[:-1] + np.diff(y_edges) / 2, indexing="ij"),
        axis=-1,
    )
    np.testing.assert_allclose(
        np.exp(model.score_samples(middle.reshape(-1, 2))), expected.ravel(), rtol=1e-12
    )


@pytest.mark.parametrize("bins", [1, 3, (5, 20), 60])
def test_integrates_to_one_over_its_cells(bins: int | tuple[int, int]) -> None:
    model = Histogram2D(bins=bins).fit(moons(300, np.random.default_rng(2)))
    areas = np.outer(np.diff(model.x_edges_), np.diff(model.y_edges_))
    assert np.sum(np.exp(model.log_density_) * areas) == pytest.approx(1, abs=1e-12)


def test_every_training_point_has_a_finite_density_also_the_largest() -> None:
    data = moons(300, np.random.default_rng(3))
    assert np.isfinite(Histogram2D(bins=37).fit(data).score_samples(data)).all()


def test_outside_the_grid_and_in_empty_cells_the_log_density_is_minus_infinity() -> None:
    model = Histogram2D(bins=2).fit(np.array([[0.0, 0.0], [2.0, 2.0]]))
    scores = model.score_samples(np.array([[-1e-9, 0.5], [0.5, 2.1], [0.5, 1.5], [0.5, 0.5]]))
    np.testing.assert_array_equal(scores[:3], [-np.inf] * 3)
    assert scores[3] == pytest.approx(np.log(0.5))


def test_a_point_on_an_inner_edge_belongs_to_the_cell_on_its_right() -> None:
    model = Histogram2D(bins=2, bin_range=((0, 2), (0, 2))).fit(np.array([[1.0, 1.0], [2.0, 2.0]]))
    np.testing.assert_array_equal(model.weights_, [[0, 0], [0, 1]])
    assert model.score_samples(np.array([[1.0, 1.0]]))[0] == pytest.approx(0)


def test_points_outside_the_given_range_do_not_count() -> None:
    data = np.array([[0.5, 0.5], [1.5, 0.5], [9.0, 9.0]])
    model = Histogram2D(bins=2, bin_range=((0, 2), (0, 2))).fit(data)
    assert model.weights_.sum() == pytest.approx(1)
    np.testing.assert_allclose(model.weights_, [[0.5, 0], [0.5, 0]])
    with pytest.raises(ValueError, match="no training point"):
        Histogram2D(bin_range=((5, 6), (5, 6))).fit(data)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_samples_fill_the_cells_by_weight_and_evenly_inside(seed: int) -> None:
    model = Histogram2D(bins=5, random_state=seed).fit(moons(500, np.random.default_rng(seed)))
    points = model.sample(4000)
    expected = model.weights_.ravel()
    filled = expected > 0
    observed = cell_counts(points, model).ravel()
    assert observed[~filled].sum() == 0 and observed.sum() == 4000
    assert stats.chisquare(observed[filled], 4000 * expected[filled]).pvalue > 1e-4
    inside = (points - [model.x_edges_[0], model.y_edges_[0]]) / [
        np.diff(model.x_edges_)[0],
        np.diff(model.y_edges_)[0],
    ]
    quarter = np.floor(4 * (inside % 1)).astype(int)
    table = np.bincount(4 * quarter[:, 0] + quarter[:, 1], minlength=16)
    assert stats.chisquare(table).pvalue > 1e-4


def test_the_evenness_test_sees_bin_centres_and_a_shared_draw() -> None:
    generator = np.random.default_rng(4)
    shared = generator.uniform(size=4000)
    for inside in (np.full((4000, 2), 0.5), np.column_stack([shared, shared])):
        quarter = np.floor(4 * inside).astype(int)
        table = np.bincount(4 * quarter[:, 0] + quarter[:, 1], minlength=16)
        assert stats.chisquare(table).pvalue < 1e-20


def test_moving_and_scaling_the_data_moves_and_scales_the_density() -> None:
    data = moons(200, np.random.default_rng(5))
    model, moved = Histogram2D(bins=8).fit(data), Histogram2D(bins=8).fit(4 * data + 64)
    probe = data * 0.99 + 0.003
    np.testing.assert_allclose(
        moved.score_samples(4 * probe + 64), model.score_samples(probe) - 2 * np.log(4), rtol=1e-12
    )
    permuted = Histogram2D(bins=8).fit(data[np.random.default_rng(6).permutation(200)])
    np.testing.assert_array_equal(permuted.weights_, model.weights_)


@pytest.mark.parametrize("data", [np.zeros((1, 2)), np.ones((9, 2)), np.array([[0.0, 5.0], [1.0, 5.0]])])
def test_constant_coordinates_get_one_unit_of_room(data: np.ndarray) -> None:
    model = Histogram2D(bins=3, random_state=0).fit(data)
    assert np.isfinite(model.score_samples(data)).all()
    assert np.isfinite(model.sample(10)).all()


def test_two_samples_differ_and_equal_seeds_agree() -> None:
    data = moons(100, np.random.default_rng(7))
    model, twin = (Histogram2D(random_state=3).fit(data) for _ in range(2))
    first = model.sample(50)
    np.testing.assert_array_equal(first, twin.sample(50))
    assert not np.any(first == model.sample(50))
    assert model.sample(0).shape == (0, 2)


@pytest.mark.parametrize("bins", [0, -1, 2.5, (1, 2, 3), (0, 4)])
def test_impossible_bins_are_refused(bins: object) -> None:
    with pytest.raises(ValueError, match="bins must be"):
        Histogram2D(bins=bins).fit(np.zeros((3, 2)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (np.zeros((3, 3)), "shape"),
        (np.zeros(4), "shape"),
        (np.zeros((0, 2)), "n >= 1"),
        ([[np.nan, 0]], "NaN"),
    ],
)
def test_data_that_cannot_be_binned_are_refused(data: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Histogram2D().fit(data)


def test_a_range_too_narrow_for_floating_point_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot cut"):
        Histogram2D(bins=20).fit(np.full((3, 2), 1e17))
