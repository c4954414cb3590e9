"""The reference's linear least squares against NumPy, scikit-learn and solutions on paper."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from reference.classification import data
from reference.classification.models import LinearLeastSquares


def half_squares(theta: np.ndarray, X: np.ndarray, y: np.ndarray) -> float:
    """The criterion of the sheet, from its definition."""
    return sum((x @ theta[:-1] + theta[-1] - label) ** 2 for x, label in zip(X, y, strict=True)) / 2


@pytest.mark.parametrize(("n", "d"), [(3, 2), (40, 2), (200, 9)])
def test_parameters_equal_three_other_ways(n: int, d: int) -> None:
    rng = np.random.default_rng(n)
    X, y = rng.standard_normal((n, d)) + 5, rng.choice([-1, 1], size=n)
    ours = LinearLeastSquares().fit(X, y).theta_
    ones = np.column_stack([X, np.ones(n)])
    np.testing.assert_allclose(ours, np.linalg.lstsq(ones, y, rcond=None)[0], rtol=1e-8)
    np.testing.assert_allclose(ours, np.linalg.inv(ones.T @ ones) @ ones.T @ y, rtol=1e-6)
    line = LinearRegression().fit(X, y)
    np.testing.assert_allclose(ours, [*line.coef_, line.intercept_], rtol=1e-8)


def test_a_solution_on_paper() -> None:
    """Points 0, 1, 2 with labels -1, -1, +1: mean label -1/3, slope 1, so the score is x - 4/3."""
    model = LinearLeastSquares().fit(np.array([[0.0], [1.0], [2.0]]), np.array([-1, -1, 1]))
    np.testing.assert_allclose(model.theta_, [1, -4 / 3], rtol=1e-13)
    np.testing.assert_allclose(model.decision_function(np.array([[4 / 3], [3.0]])), [0, 5 / 3], atol=1e-14)
    assert model.predict(np.array([[0.0], [1.0], [2.0]])).tolist() == [-1, -1, 1]
    assert model.accuracy(np.array([[0.0], [2.0]]), np.array([1, 1])) == 0.5


@pytest.mark.parametrize("draw", [data.two_classes, data.two_classes_with_outliers, data.collinear])
def test_no_small_change_lowers_the_criterion(draw: data.Draw) -> None:
    X, y = draw(60, np.random.default_rng(1))
    theta = LinearLeastSquares().fit(X, y).theta_
    least = half_squares(theta, X, y)
    for step in np.random.default_rng(2).standard_normal((20, len(theta))):
        assert half_squares(theta + 1e-3 * step, X, y) >= least - 1e-12


def test_of_many_solutions_the_shortest_is_taken() -> None:
    X, y = data.collinear(50, np.random.default_rng(3))
    theta = LinearLeastSquares().fit(X, y).theta_
    ones = np.column_stack([X, np.ones(50)])
    assert np.linalg.matrix_rank(ones.T @ ones) == 3
    np.testing.assert_allclose(theta, np.linalg.lstsq(ones, y, rcond=None)[0], atol=1e-12)
    other = theta + np.array([1.0, 1.0, -1.0, 0.0])  # the third column is the sum of the first two
    np.testing.assert_allclose(half_squares(other, X, y), half_squares(theta, X, y), rtol=1e-12)
    assert np.linalg.norm(other) > np.linalg.norm(theta)


def test_fewer_points_than_parameters_are_met_exactly() -> None:
    X, y = np.array([[0.0, 0.0, 1.0], [1.0, 2.0, 0.0]]), np.array([1, -1])
    np.testing.assert_allclose(LinearLeastSquares().fit(X, y).decision_function(X), y, atol=1e-12)


def test_predictions_follow_shifted_turned_and_stretched_data() -> None:
    X, y = data.two_classes(80, np.random.default_rng(4))
    change, shift = np.array([[2.0, 1.0], [0.0, -3.0]]), np.array([40.0, -7.0])
    plain = LinearLeastSquares().fit(X, y).decision_function(X)
    moved = LinearLeastSquares().fit(X @ change + shift, y).decision_function(X @ change + shift)
    np.testing.assert_allclose(moved, plain, atol=1e-9)
    np.testing.assert_allclose(LinearLeastSquares().fit(X, -y).decision_function(X), -plain, atol=1e-12)


def test_a_score_of_zero_counts_as_plus_one() -> None:
    model = LinearLeastSquares()
    model.theta_ = np.array([1.0, 0.0])
    assert model.predict(np.array([[0.0], [-1e-9], [1e-9]])).tolist() == [1, -1, 1]


def test_an_outlier_on_the_right_side_still_turns_the_line() -> None:
    X, y = data.two_classes_with_outliers(100, np.random.default_rng(5), outliers=0)
    far, labels = data.two_classes_with_outliers(110, np.random.default_rng(5), outliers=10)
    weights = [LinearLeastSquares().fit(*pair).theta_[:2] for pair in ((X, y), (far, labels))]
    angles = [np.degrees(np.arctan2(w[1], w[0])) for w in weights]
    assert abs(angles[0]) < 10 < 25 < abs(angles[1])


@pytest.mark.parametrize(
    ("X", "y", "words"),
    [
        (np.zeros((2, 2)), np.array([0, 1]), "must be -1 or \\+1, got \\[0"),
        (np.zeros((2, 2)), np.array([[1], [-1]]), r"labels of shape \(2,\), got \(2, 1\)"),
        (np.zeros(2), np.array([1, -1]), r"shape \(n, d\)"),
        (np.array([[np.inf, 1.0]]), np.array([1]), "infinite"),
    ],
)
def test_what_does_not_fit_is_refused(X: np.ndarray, y: np.ndarray, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        LinearLeastSquares().fit(X, y)


def test_queries_with_other_columns_are_refused() -> None:
    model = LinearLeastSquares().fit(np.eye(2), np.array([1, -1]))
    with pytest.raises(ValueError, match=r"expected shape \(m, 2\), got \(1, 3\)"):
        model.predict(np.zeros((1, 3)))
