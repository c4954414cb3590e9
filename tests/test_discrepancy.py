"""The engine's MMD² against extended-precision double sums, its memory, and its permutation test."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from grader.judge import discrepancy
from grader.judge.discrepancy import mmd_squared, permutation_test

HALVINGS = [0.8, 0.4, 0.2, 0.1, 0.05]
MIXED = [0.05, 3.0, 0.1, 0.3, 0.2, 0.15, 1.5]


def direct_means(X: np.ndarray, Y: np.ndarray, kernel: str, h: float, unbiased: bool) -> np.ndarray:
    """The three kernel means from coordinate differences, in extended precision."""

    def mean(A: np.ndarray, B: np.ndarray, same: bool) -> np.longdouble:
        squares = ((A[:, None].astype(np.longdouble) - B[None]) ** 2).sum(axis=2) / np.longdouble(h) ** 2
        values = np.exp(-squares) if kernel == "se" else 1 / np.sqrt(1 + squares)
        if same and unbiased:
            np.fill_diagonal(values, 0)
            return values.sum() / (len(A) * (len(A) - 1))
        return values.mean()

    return np.array([mean(X, X, True), mean(Y, Y, True), mean(X, Y, False)])


def direct(X: np.ndarray, Y: np.ndarray, kernel: str, bandwidths: list[float], unbiased: bool) -> np.ndarray:
    means = [direct_means(X, Y, kernel, h, unbiased) for h in bandwidths]
    return np.array([float(a + b - 2 * c) for a, b, c in means])


def two_samples(n: int = 150, m: int = 110, d: int = 2, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    return generator.standard_normal((n, d)), 1.3 * generator.standard_normal((m, d)) + 0.4


@pytest.mark.parametrize("kernel", ["se", "imq"])
@pytest.mark.parametrize("unbiased", [True, False])
@pytest.mark.parametrize("shift", [0.0, 1e3])
@pytest.mark.parametrize("bandwidths", [HALVINGS, MIXED, [0.7]])
def test_relative_error_is_below_1e_10_also_for_shifted_data(
    kernel: Any, unbiased: bool, shift: float, bandwidths: list[float]
) -> None:
    X, Y = two_samples()
    X, Y = X + shift, Y + shift
    expected = direct(X, Y, kernel, bandwidths, unbiased)
    result = mmd_squared(X, Y, kernel=kernel, bandwidths=bandwidths, unbiased=unbiased, block=64)
    np.testing.assert_allclose(result, expected, rtol=1e-10)


@pytest.mark.parametrize("kernel", ["se", "imq"])
def test_where_mmd_nearly_vanishes_its_error_is_that_of_the_kernel_means(kernel: Any) -> None:
    X, _ = two_samples()
    Y = X + 1e-6
    expected = direct(X, Y, kernel, [0.4], False)
    result = mmd_squared(X, Y, kernel=kernel, bandwidths=[0.4], unbiased=False)
    mean = float(direct_means(X, Y, kernel, 0.4, False)[2])
    assert expected[0] < 1e-11 and abs(result[0] - expected[0]) < 1e-14 * mean * 10


@pytest.mark.parametrize("kernel", ["se", "imq"])
def test_wide_dimensions_and_whole_numbers(kernel: Any) -> None:
    generator = np.random.default_rng(1)
    X, Y = generator.integers(0, 17, (90, 64)), generator.integers(0, 15, (70, 64))
    result = mmd_squared(X, Y, kernel=kernel, bandwidths=[80.0, 40.0, 20.0])
    np.testing.assert_allclose(result, direct(X, Y, kernel, [80.0, 40.0, 20.0], True), rtol=1e-10)


@pytest.mark.parametrize("kernel", ["se", "imq"])
def test_bandwidths_far_below_the_spread_switch_to_exact_distances(kernel: Any) -> None:
    X, Y = two_samples(60, 50)
    X[1::2], Y[1::2] = X[::2] + 2e-5, Y[::2] + 1e-5
    bandwidths = [1e-4, 1e-5, 2e-5]
    result = mmd_squared(X, Y, kernel=kernel, bandwidths=bandwidths)
    np.testing.assert_allclose(result, direct(X, Y, kernel, bandwidths, True), rtol=1e-10)


def test_without_that_switch_the_error_would_show(monkeypatch: pytest.MonkeyPatch) -> None:
    X, Y = two_samples(60, 50)
    X[1::2], Y[1::2] = X[::2] + 2e-5, Y[::2] + 1e-5
    monkeypatch.setattr(discrepancy, "EXPANSION_ERROR", np.inf)
    wrong = mmd_squared(X, Y, kernel="se", bandwidths=[1e-5])
    assert abs(wrong[0] / direct(X, Y, "se", [1e-5], True)[0] - 1) > 1e-10


def test_one_outlier_does_not_spoil_the_others() -> None:
    X, Y = two_samples(40, 40)
    X[0] = 1e6
    result = mmd_squared(X, Y, kernel="se", bandwidths=[0.5])
    np.testing.assert_allclose(result, direct(X, Y, "se", [0.5], True), rtol=1e-10)


def test_a_long_chain_of_halvings_does_not_collect_rounding() -> None:
    X, Y = two_samples(80, 80)
    bandwidths = [64.0 / 2**j for j in range(12)]
    result = mmd_squared(X, Y, kernel="se", bandwidths=bandwidths, unbiased=False)
    single = [mmd_squared(X, Y, kernel="se", bandwidths=[h], unbiased=False)[0] for h in bandwidths]
    means = [float(direct_means(X, Y, "se", h, False)[2]) for h in bandwidths]
    assert np.max(np.abs(result - single) / means) < 1e-12
    np.testing.assert_allclose(result[3:], direct(X, Y, "se", bandwidths[3:], False), rtol=1e-10)


@settings(max_examples=40, deadline=None)
@given(
    sizes=st.tuples(st.integers(2, 30), st.integers(2, 30), st.integers(1, 4)),
    block=st.integers(1, 40),
    kernel=st.sampled_from(["se", "imq"]),
    unbiased=st.booleans(),
    bandwidths=st.lists(st.sampled_from([0.25, 0.5, 1.0, 2.0, 0.3, 0.6]), min_size=1, max_size=6),
    seed=st.integers(0, 1000),
)
def test_any_sizes_blocks_and_bandwidth_orders_agree(
    sizes: tuple[int, int, int], block: int, kernel: Any, unbiased: bool, bandwidths: list[float], seed: int
) -> None:
    X, Y = two_samples(*sizes, seed=seed)
    result = mmd_squared(X, Y, kernel=kernel, bandwidths=bandwidths, unbiased=unbiased, block=block)
    assert result.shape == (len(bandwidths),)
    np.testing.assert_allclose(result, direct(X, Y, kernel, bandwidths, unbiased), rtol=1e-10, atol=1e-14)
    turned = mmd_squared(Y[::-1], X, kernel=kernel, bandwidths=bandwidths, unbiased=unbiased)
    np.testing.assert_allclose(turned, result, rtol=1e-10, atol=1e-14)
    doubled = mmd_squared(
        2 * X, 2 * Y, kernel=kernel, bandwidths=[2 * h for h in bandwidths], unbiased=unbiased
    )
    np.testing.assert_allclose(doubled, result, rtol=1e-10, atol=1e-14)


def test_the_inputs_stay_as_they_are() -> None:
    X, Y = two_samples()
    before = X.copy(), Y.copy()
    mmd_squared(X, Y, kernel="se", bandwidths=HALVINGS)
    np.testing.assert_array_equal(X, before[0])
    np.testing.assert_array_equal(Y, before[1])


def test_equal_samples_give_zero_when_biased_and_a_negative_value_when_unbiased() -> None:
    X, _ = two_samples()
    for kernel in ("se", "imq"):
        biased = mmd_squared(X, X, kernel=kernel, bandwidths=HALVINGS, unbiased=False)  # type: ignore[arg-type]
        np.testing.assert_allclose(biased, 0, atol=1e-14)
        unbiased = mmd_squared(X, X, kernel=kernel, bandwidths=HALVINGS)  # type: ignore[arg-type]
        assert (unbiased < 0).all()


def test_one_point_each_is_enough_for_the_biased_estimate() -> None:
    result = mmd_squared([[0.0]], [[1.0]], kernel="se", bandwidths=[1.0], unbiased=False)
    assert result[0] == pytest.approx(2 - 2 * np.exp(-1))


def test_the_expected_value_for_two_normal_samples_is_met() -> None:
    """For N(0, 1) and N(shift, 1) in one dimension the squared exponential integrates in closed form."""
    generator, h, shift = np.random.default_rng(2), 1.5, 0.8
    X, Y = generator.standard_normal((200, 150, 1)), generator.standard_normal((200, 150, 1)) + shift
    values = [mmd_squared(x, y, kernel="se", bandwidths=[h])[0] for x, y in zip(X, Y, strict=True)]
    width = h / np.sqrt(h**2 + 4)
    expected = 2 * width * (1 - np.exp(-(shift**2) / (h**2 + 4)))
    assert np.mean(values) == pytest.approx(expected, abs=5 * np.std(values) / np.sqrt(200))
    assert stats.sem(values) < expected / 20


@pytest.mark.parametrize("bandwidths", [HALVINGS, MIXED])
def test_memory_stays_within_blocks(bandwidths: list[float]) -> None:
    X, Y = two_samples(3000, 3000)
    tracemalloc.start()
    mmd_squared(X, Y, kernel="se", bandwidths=bandwidths, block=128)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3e6


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kernel": "rbf"}, "kernel: expected"),
        ({"bandwidths": []}, "bandwidths: expected a list"),
        ({"bandwidths": [0.0]}, "bandwidths: expected positive"),
        ({"bandwidths": [np.nan]}, "bandwidths: expected positive"),
        ({"block": 0}, "block: expected"),
        ({"X": np.zeros(5)}, "X: expected a matrix"),
        ({"Y": np.zeros((1, 2))}, "Y: expected at least 2 rows"),
        ({"Y": np.zeros((5, 3))}, "equal widths"),
        ({"X": np.full((5, 2), np.inf)}, "X: expected finite"),
        ({"X": np.array([["a", "b"]] * 3)}, "X: expected real numbers"),
        ({"X": np.zeros((5, 2), dtype=complex)}, "X: expected real numbers"),
    ],
)
def test_impossible_questions_are_refused(change: dict[str, Any], message: str) -> None:
    question: dict[str, Any] = {
        "X": np.zeros((5, 2)),
        "Y": np.ones((5, 2)),
        "kernel": "se",
        "bandwidths": [1.0],
    }
    with pytest.raises(ValueError, match=message):
        mmd_squared(**(question | change))


@pytest.mark.parametrize("kernel", ["se", "imq"])
def test_the_permutation_statistic_is_mmd(kernel: Any) -> None:
    X, Y = two_samples(40, 25)
    pooled = np.vstack([X, Y])
    plan = discrepancy._Plan(kernel, [0.7])
    source = discrepancy._Distances(pooled, pooled, plan)
    all_rows = slice(0, 65)
    _, values = next(
        discrepancy._chain_starts(source, plan, all_rows, all_rows, discrepancy._Buffers(65 * 65))
    )
    order = np.random.default_rng(3).permutation(65)
    chosen = np.zeros((65, 2))
    chosen[:40, 0] = chosen[order[:40], 1] = 1
    found = discrepancy._unbiased_for_all(values, chosen, 40)
    for column, (A, B) in enumerate([(X, Y), (pooled[order[:40]], pooled[order[40:]])]):
        assert found[column] == pytest.approx(mmd_squared(A, B, kernel=kernel, bandwidths=[0.7])[0], rel=1e-9)


@pytest.mark.parametrize("kernel", ["se", "imq"])
def test_p_values_are_uniform_when_both_samples_follow_one_distribution(kernel: Any) -> None:
    generator = np.random.default_rng(4)
    p_values = []
    for _ in range(300):
        X, Y = generator.standard_normal((25, 2)), generator.standard_normal((35, 2))
        p_values.append(
            permutation_test(X, Y, kernel=kernel, bandwidths=[0.5, 1, 2], permutations=59, rng=generator)
        )
    counts = np.histogram(p_values, bins=np.linspace(0, 1, 11) + 1e-9)[0]
    assert counts.sum() == 300
    assert stats.chisquare(counts).pvalue > 1e-3
    assert np.mean(np.array(p_values) <= 0.05) <= stats.binom.ppf(0.9999, 300, 0.05) / 300


def test_a_difference_at_any_of_the_bandwidths_is_seen() -> None:
    generator = np.random.default_rng(5)
    centres = generator.choice([-4.0, 0.0, 4.0], size=(300, 2))
    coarse = generator.standard_normal((300, 2)) + 0.5
    fine = centres + 0.05 * generator.standard_normal((300, 2))
    blurred = centres + 0.15 * generator.standard_normal((300, 2))
    question: dict[str, Any] = {
        "kernel": "se",
        "bandwidths": [3.2, 1.6, 0.8, 0.4, 0.2, 0.1],
        "permutations": 199,
    }
    plain = generator.standard_normal((300, 2))
    assert permutation_test(plain, coarse, rng=generator, **question) == pytest.approx(1 / 200)
    assert permutation_test(fine, blurred, rng=generator, **question) == pytest.approx(1 / 200)


def test_identical_points_are_no_evidence() -> None:
    X = np.zeros((5, 2))
    p_value = permutation_test(
        X, X, kernel="se", bandwidths=[1.0], permutations=19, rng=np.random.default_rng(6)
    )
    assert p_value == 1.0


def test_permutation_tests_refuse_what_they_cannot_hold() -> None:
    question: dict[str, Any] = {"kernel": "se", "bandwidths": [1.0], "rng": np.random.default_rng(7)}
    with pytest.raises(ValueError, match="at most 4000 points"):
        permutation_test(np.zeros((2001, 1)), np.zeros((2000, 1)), permutations=9, **question)
    with pytest.raises(ValueError, match="permutations: expected"):
        permutation_test(np.zeros((3, 1)), np.ones((3, 1)), permutations=0, **question)
