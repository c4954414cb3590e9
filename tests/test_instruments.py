"""The instruments on distributions that need no reference: each from both sides, and their false-alarm rates."""

import numpy as np
import pytest

from grader.errors import Raised
from grader.judge import instruments, statistics
from grader.judge.cells import read_cells
from grader.judge.lab import LabFactory, Reference

FACTOR = np.array([[1.0, 0.0], [0.8, 0.5]])
EDGES = instruments.edges_around(np.array([[-1.0, -1.0], [1.0, 1.0]]), 4.5, 70)


def normal(points):
    white = np.linalg.solve(FACTOR, np.asarray(points).T)
    return -0.5 * (white**2).sum(axis=0) - np.log(2 * np.pi * np.linalg.det(FACTOR))


def sampled(rng, n, width=1.0, factor=FACTOR):
    return width * rng.standard_normal((n, 2)) @ factor.T


@pytest.fixture
def lab():
    return LabFactory(Reference({}, {}), key=b"key", hand_in="hash")("item", {})


def p_values(lab, samples, density=normal):
    found = instruments.samples_follow(
        lab, samples, density, instruments.grid_of(density, EDGES), where="Model.sample", of="its density"
    )
    return [m.value for m in found]


def test_integral_is_one_for_a_density_and_tells_the_value_otherwise(lab):
    grid = instruments.grid_of(normal, EDGES)
    assert instruments.integrates_to_one(lab, grid, tolerance=1e-4, where="Model.score").passed
    double = instruments.grid_of(lambda p: normal(p) + np.log(2), EDGES)
    told = instruments.integrates_to_one(lab, double, tolerance=0.02, where="Model.score")
    assert "Model.score: the density integrates to 2" in told.message
    assert not told.passed


def test_right_samples_give_uniform_p_values(lab):
    rng = np.random.default_rng(1)
    found = np.array([p_values(lab, sampled(rng, 1000)) for _ in range(100)])
    assert np.all(np.abs((found < 0.5).mean(axis=0) - 0.5) < 0.2)
    assert np.all((found < 0.05).mean(axis=0) < 0.12)
    assert found.min() > 1e-5


@pytest.mark.parametrize(
    "wrong",
    [
        lambda rng: sampled(rng, 2000, width=0.8),
        lambda rng: sampled(rng, 2000, width=1.25),
        lambda rng: sampled(rng, 2000, factor=FACTOR.T),
        lambda rng: sampled(rng, 2000, factor=np.eye(2)),
        lambda rng: sampled(rng, 2000) + 0.2,
        lambda rng: np.repeat(sampled(rng, 40), 50, axis=0),
    ],
)
def test_wrong_samples_are_found(lab, wrong):
    assert min(p_values(lab, wrong(np.random.default_rng(2)))) < 1e-5


def test_samples_that_are_not_finite_fail_without_a_p_value(lab):
    samples = sampled(np.random.default_rng(3), 100)
    samples[0] = np.nan
    found = instruments.samples_follow(
        lab, samples, normal, instruments.grid_of(normal, EDGES), where="Model.sample", of="it"
    )
    assert not found[0].passed and "NaN" in found[0].message


def test_an_unnormalised_density_is_judged_by_its_shape(lab):
    samples = sampled(np.random.default_rng(4), 2000)
    assert min(p_values(lab, samples, lambda p: normal(p) + 7.0)) > 1e-5


def test_ties_of_a_density_made_of_cells_are_spread(lab):
    rng = np.random.default_rng(5)
    square = np.linspace(0, 1, 41)

    def steps(points):
        return np.where(points[:, 0] < 0.25, np.log(2.0), np.log(2 / 3))

    grid = instruments.grid_of(steps, (square, square))
    right = np.where(rng.random(2000) < 0.5, rng.uniform(0, 0.25, 2000), rng.uniform(0.25, 1, 2000))
    good = instruments.samples_follow(
        lab, np.column_stack([right, rng.random(2000)]), steps, grid, where="", of=""
    )
    bad = instruments.samples_follow(lab, rng.random((2000, 2)), steps, grid, where="", of="")
    assert all(m.passed for m in good)
    assert not any(m.passed for m in bad)


def test_agreement_allows_infinite_values_at_few_borders_only():
    expected = np.zeros(100)
    answered = expected.copy()
    answered[0] = -np.inf
    assert instruments.agreement(answered, expected, 1e-3).within(1e-3)
    answered[:5] = -np.inf
    assert not instruments.agreement(answered, expected, 1e-3).within(1e-3)
    assert instruments.agreement(np.full(9, -np.inf), np.full(9, -np.inf), 1e-3).within(1e-3)
    assert not instruments.agreement(np.full(9, np.nan), np.zeros(9), 1e-3).within(1e-3)


def test_a_constant_factor_is_told_apart_from_another_shape():
    values = np.linspace(-3, 0, 100)
    shifted = instruments.agreement(values + 2, values, 1e-3)
    assert shifted.proportional(1e-3) and not shifted.within(1e-3)
    assert shifted.offset == pytest.approx(2)
    mostly = np.where(np.arange(100) < 70, values + 2, values + 1)
    assert not instruments.agreement(mostly, values, 1e-3).proportional(1e-3)


def test_plain_densities_are_recognised_and_logarithms_are_not():
    near, far = np.zeros((3, 2)), np.full((2, 2), 1e3)
    assert instruments.looks_plain(lambda p: np.exp(normal(p)), near, far)
    assert not instruments.looks_plain(normal, near, far)
    logged = instruments.logarithm_of(lambda p: np.exp(normal(p)))
    assert np.allclose(logged(near), normal(near))
    assert np.all(np.isneginf(logged(far)))


def test_copies_and_repeated_points_are_found_and_fresh_ones_are_not(lab):
    rng = np.random.default_rng(6)
    train = rng.random((50, 2))
    fresh = instruments.duplicates(lab, rng.random((100, 2)), train, where="m")
    assert all(m.passed for m in fresh)
    copied = instruments.duplicates(lab, train[rng.integers(50, size=100)], train, where="m")
    assert not copied[0].passed and "100% of the samples are training points" in copied[0].message
    few = instruments.duplicates(lab, np.repeat(rng.random((5, 2)), 20, axis=0), train, where="m")
    assert few[0].passed and not few[1].passed


def test_calls_must_differ_unless_the_object_was_given_a_seed(lab):
    points = np.random.default_rng(7).random((20, 2))
    same, other = points.copy(), points + 1
    assert not instruments.draws_differ(lab, points, same, same, where="m").passed
    assert instruments.draws_differ(lab, points, same, other, where="m").passed
    assert instruments.draws_differ(lab, points, other, same, where="m").passed


def test_samples_in_the_order_of_their_components_are_right(lab):
    samples = sampled(np.random.default_rng(9), 2000)
    ordered = samples[np.argsort(normal(samples))]
    assert min(p_values(lab, ordered)) > 1e-5


def test_densities_are_asked_in_blocks():
    sizes = []

    def density(points):
        sizes.append(len(points))
        return np.zeros(len(points))

    assert instruments.ask(density, np.zeros((5001, 2)), block=2500).shape == (5001,)
    assert sizes == [2500, 2500, 1]


def test_the_partition_has_cells_of_equal_probability():
    grid = instruments.grid_of(normal, EDGES)
    partition = statistics.equal_probability_partition(grid, 100)
    assert partition.expected.sum() == pytest.approx(1)
    assert len(partition.expected) > 80
    assert partition.expected.max() < 3 / 100
    counts = partition.counts(sampled(np.random.default_rng(8), 5000) * 50)
    assert counts.sum() == 5000


def test_margins_keep_our_own_grid_error_from_counting():
    expected = np.full(100, 100_000.0)
    observed = expected * np.where(np.arange(100) % 2, 1.01, 0.99)
    assert statistics.chi_square_p(observed, expected) < 1e-5
    assert statistics.chi_square_p(observed, expected, margin=0.02) > 0.5
    ranks = (np.arange(10_000) + 0.5) / 10_000 * 0.99
    assert statistics.uniform_p(ranks, margin=0.01) > 0.5


def test_small_cells_are_merged_before_they_count():
    observed, expected = statistics.merge_small(np.array([9.0, 1, 0, 3]), np.array([10.0, 1, 1, 1]), 5.0)
    assert expected.tolist() == [13.0]
    assert observed.tolist() == [13.0]
    assert statistics.chi_square_p(np.array([3.0]), np.array([3.0])) == 1.0


BORDERS = (np.array([-1.0, 0.0, 0.37, 2.0]), np.array([0.0, 1.0, 1.5]))
VALUES = np.log(np.array([[0.1, 0.2], [0.3, 0.05], [0.15, 0.4]]))


def step_density(points, outside=-np.inf):
    column = np.searchsorted(BORDERS[0], points[:, 0], side="right") - 1
    row = np.searchsorted(BORDERS[1], points[:, 1], side="right") - 1
    inside = (column >= 0) & (column < 3) & (row >= 0) & (row < 2)
    found = np.full(len(points), outside)
    found[inside] = VALUES[column[inside], row[inside]]
    return found


CORNERS = np.array([[-1.0, 0.0], [2.0, 1.5], [0.3, 0.7]])


def test_cells_are_read_off_a_density_that_is_constant_on_them():
    cells = read_cells(step_density, CORNERS)
    assert np.allclose(cells.x_edges, BORDERS[0], atol=1e-5)
    assert np.allclose(cells.y_edges, BORDERS[1], atol=1e-5)
    assert np.allclose(cells.log_density, VALUES)
    assert cells.outside == "zero"
    assert cells.counts(CORNERS).sum() == 3


def test_a_floor_outside_counts_as_zero_and_a_density_that_goes_on_is_told():
    assert read_cells(lambda p: step_density(p, np.log(1e-12)), CORNERS).outside == "zero"
    goes_on = read_cells(lambda p: step_density(np.clip(p, CORNERS[0], CORNERS[1] - 1e-9)), CORNERS)
    assert goes_on.outside == "continues"
    assert np.allclose(goes_on.x_edges, BORDERS[0], atol=1e-4)


def test_code_that_fails_outside_is_read_inside():
    def fails(points):
        found = step_density(points)
        if np.isneginf(found).any():
            raise Raised("IndexError: out of bounds")
        return found

    cells = read_cells(fails, CORNERS)
    assert cells.outside == "raises"
    assert np.allclose(cells.x_edges, BORDERS[0], atol=1e-4)


def test_a_smooth_density_has_no_cells():
    assert read_cells(normal, CORNERS) is None
