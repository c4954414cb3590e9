"""The reference's softmax regression against finite differences, automatic differentiation and scikit-learn."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy import special
from scipy.optimize import approx_fprime
from sklearn.linear_model import LogisticRegression

from reference.classification import data
from reference.classification.models import (
    SoftmaxRegression,
    cross_entropy,
    cross_entropy_gradient,
    softmax,
    with_ones,
)

PROBLEMS = [(1, 1, 2), (7, 3, 3), (40, 2, 4), (30, 10, 5)]


def problem(n: int, columns: int, classes: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Random parameters, points and labels; not every class need occur."""
    rng = np.random.default_rng(100 * n + classes)
    return (
        rng.standard_normal((columns + 1, classes)),
        rng.standard_normal((n, columns)),
        rng.integers(classes, size=n),
    )


@pytest.mark.parametrize("scale", [0.1, 1, 100, 1e4])
def test_softmax_equals_that_of_scipy_without_overflow(scale: float) -> None:
    logits = scale * np.random.default_rng(0).standard_normal((50, 6))
    np.testing.assert_allclose(softmax(logits), special.softmax(logits, axis=1), rtol=1e-12)
    np.testing.assert_allclose(softmax(logits).sum(axis=1), 1)


def test_softmax_of_extreme_logits_is_exact_and_finite() -> None:
    np.testing.assert_array_equal(softmax(np.array([[1e300, 1e300], [1000.0, 0.0]])), [[0.5, 0.5], [1, 0]])
    np.testing.assert_allclose(softmax(np.array([-2000.0, -2000 + math.log(3)])), [0.25, 0.75], rtol=1e-12)


def test_softmax_does_not_change_its_argument() -> None:
    logits = np.array([[1.0, 2.0]])
    softmax(logits)
    assert logits.tolist() == [[1, 2]]


@pytest.mark.parametrize("size", PROBLEMS)
def test_cross_entropy_equals_its_definition(size: tuple[int, int, int]) -> None:
    theta, X, y = problem(*size)
    logits = theta[0] + X @ theta[1:]
    wanted = -special.log_softmax(logits, axis=1)[np.arange(len(y)), y].sum()
    assert cross_entropy(theta, X, y) == pytest.approx(wanted, rel=1e-12)
    assert cross_entropy(theta, X, y, "mean") == pytest.approx(wanted / len(y), rel=1e-12)


@pytest.mark.parametrize("reduction", ["sum", "mean"])
@pytest.mark.parametrize("size", PROBLEMS)
def test_gradient_agrees_with_finite_differences(size: tuple[int, int, int], reduction: str) -> None:
    theta, X, y = problem(*size)
    slope = approx_fprime(
        theta.ravel(), lambda flat: cross_entropy(flat.reshape(theta.shape), X, y, reduction), 1e-7
    )
    ours = cross_entropy_gradient(theta, X, y, reduction)
    np.testing.assert_allclose(ours, slope.reshape(theta.shape), atol=2e-5 * len(y))


@pytest.mark.parametrize("reduction", ["sum", "mean"])
@pytest.mark.parametrize("size", PROBLEMS)
def test_gradient_equals_automatic_differentiation(size: tuple[int, int, int], reduction: str) -> None:
    theta, X, y = problem(*size)
    parameters = torch.tensor(theta, requires_grad=True)
    logits = parameters[0] + torch.tensor(X) @ parameters[1:]
    loss = torch.nn.functional.cross_entropy(logits, torch.tensor(y), reduction=reduction)
    loss.backward()  # type: ignore[no-untyped-call]
    assert parameters.grad is not None
    assert cross_entropy(theta, X, y, reduction) == pytest.approx(loss.item(), rel=1e-12)
    np.testing.assert_allclose(
        cross_entropy_gradient(theta, X, y, reduction), parameters.grad.numpy(), atol=1e-12 * len(y)
    )


def test_loss_and_gradient_stay_finite_where_probabilities_are_rounded_to_zero() -> None:
    theta, X, y = np.array([[0.0, 0.0], [1e4, -1e4]]), np.array([[1.0], [-1.0]]), np.array([1, 0])
    assert cross_entropy(theta, X, y) == pytest.approx(4e4)
    np.testing.assert_allclose(cross_entropy_gradient(theta, X, y), [[0, 0], [2, -2]])


def test_at_zero_every_class_is_equally_probable() -> None:
    _, X, y = problem(30, 10, 5)
    model = SoftmaxRegression(steps=0).fit(X, np.append(y[:-5], np.arange(5)))
    np.testing.assert_array_equal(model.theta_, 0)
    np.testing.assert_allclose(model.predict_proba(X), 0.2, rtol=1e-14)
    np.testing.assert_allclose(model.history_["loss"], [math.log(5)], rtol=1e-14)


@pytest.mark.parametrize("reduction", ["sum", "mean"])
def test_the_first_step_is_that_on_paper(reduction: str) -> None:
    """From zero, class c moves by the rate times the sum of x over its members, less a C-th of all of them."""
    X, y = data.softmax_problem(40, np.random.default_rng(1))
    ones = with_ones(X)
    wanted = np.stack([ones[y == c].sum(axis=0) - ones.sum(axis=0) / 3 for c in range(3)], axis=1)
    divisor = 40 if reduction == "mean" else 1
    model = SoftmaxRegression(learning_rate=0.03, steps=1, reduction=reduction).fit(X, y)
    np.testing.assert_allclose(model.theta_, 0.03 * wanted / divisor, atol=1e-14)


def test_summing_is_averaging_with_a_rate_n_times_as_large() -> None:
    X, y = data.softmax_problem(50, np.random.default_rng(2))
    summed = SoftmaxRegression(0.01, 30, "sum").fit(X, y)
    averaged = SoftmaxRegression(0.01 * 50, 30, "mean").fit(X, y)
    np.testing.assert_allclose(summed.theta_, averaged.theta_, rtol=1e-9)


def test_the_end_of_a_long_descent_is_the_optimum_that_scikit_finds() -> None:
    """Parameters may differ by one number per row, which no probability feels; from zero each row sums to zero."""
    X, y = data.softmax_problem(150, np.random.default_rng(3), columns=2)
    library = LogisticRegression(C=np.inf, tol=1e-10, max_iter=5000).fit(X, y)
    model = SoftmaxRegression(0.02, 3000).fit(X, y)
    np.testing.assert_allclose(model.predict_proba(X), library.predict_proba(X), atol=1e-5)
    np.testing.assert_allclose(model.theta_.sum(axis=1), 0, atol=1e-10)
    theirs = np.vstack([library.intercept_, library.coef_.T])
    np.testing.assert_allclose(model.theta_, theirs - theirs.mean(axis=1, keepdims=True), atol=1e-3)
    assert np.abs(model.gradient(X, y)).max() < 1e-3


def test_history_tells_loss_and_accuracy_before_and_after_every_step() -> None:
    (X, y), (X_test, y_test) = data.digits_split(200, np.random.default_rng(4))
    model = SoftmaxRegression(1e-4, 25).fit(X, y, X_test, y_test)
    assert {name: len(values) for name, values in model.history_.items()} == dict.fromkeys(
        ("loss", "accuracy", "test_loss", "test_accuracy"), 26
    )
    for name, (points, labels) in {"": (X, y), "test_": (X_test, y_test)}.items():
        assert model.history_[f"{name}loss"][-1] == pytest.approx(model.loss(points, labels) / len(points))
        assert model.history_[f"{name}accuracy"][-1] == model.accuracy(points, labels)
    assert model.history_["loss"][0] == pytest.approx(math.log(10))
    shorter = SoftmaxRegression(1e-4, 10).fit(X, y)
    np.testing.assert_allclose(model.history_["loss"][:11], shorter.history_["loss"], rtol=1e-12)


def test_test_data_are_watched_and_never_learned_from() -> None:
    (X, y), (X_test, y_test) = data.digits_split(120, np.random.default_rng(5))
    with_test = SoftmaxRegression(1e-4, 5).fit(X, y, X_test, y_test)
    np.testing.assert_array_equal(with_test.theta_, SoftmaxRegression(1e-4, 5).fit(X, y).theta_)


def test_a_rate_below_the_bound_of_the_curvature_never_raises_the_loss() -> None:
    """The summed loss has no curvature above half the largest eigenvalue of X'X (Böhning 1992)."""
    X, y = data.softmax_problem(60, np.random.default_rng(6))
    curvature = np.linalg.eigvalsh(with_ones(X).T @ with_ones(X))[-1] / 2
    steady = SoftmaxRegression(1 / curvature, 200).fit(X, y).history_["loss"]
    assert (np.diff(steady) <= 1e-15).all()
    wild = SoftmaxRegression(40 / curvature, 200).fit(X, y).history_["loss"]
    assert (np.diff(wild) > 0).any()


def test_the_rates_and_steps_of_the_sheet_learn_digits() -> None:
    (X, y), (X_test, y_test) = data.digits_split(1797, np.random.default_rng(7))
    assert (len(X), len(X_test)) == (1347, 450)
    model = SoftmaxRegression(0.001, 1000).fit(X / 16, y)
    assert 0.94 < model.accuracy(X_test / 16, y_test) <= model.accuracy(X / 16, y)


def test_labels_may_be_any_that_can_be_sorted() -> None:
    X, y = data.softmax_problem(60, np.random.default_rng(8))
    numbers = SoftmaxRegression(0.01, 50).fit(X, y)
    words = SoftmaxRegression(0.01, 50).fit(X, np.array(["a", "b", "c"])[y])
    assert words.classes_.tolist() == ["a", "b", "c"]
    np.testing.assert_array_equal(words.theta_, numbers.theta_)
    assert words.predict(X).tolist() == ["abc"[c] for c in numbers.predict(X)]
    assert words.loss(X, np.array(["a", "b", "c"])[y]) == numbers.loss(X, y)
    with pytest.raises(ValueError, match="did not occur"):
        words.loss(X, np.full(60, "d"))


@pytest.mark.parametrize(
    ("settings", "y", "words"),
    [
        ({"learning_rate": 0}, np.zeros(4), "positive learning_rate"),
        ({"steps": -1}, np.zeros(4), "steps >= 0"),
        ({"reduction": "median"}, np.array([0, 0, 1, 1]), "'sum' or 'mean', got 'median'"),
        ({}, np.zeros(3), r"labels of shape \(4,\), got \(3,\)"),
    ],
)
def test_what_does_not_fit_is_refused(settings: dict[str, float], y: np.ndarray, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        SoftmaxRegression(**settings).fit(np.zeros((4, 2)), y)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="NaN"):
        SoftmaxRegression().fit(np.full((2, 2), np.nan), np.zeros(2))
