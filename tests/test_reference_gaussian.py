"""The reference Gaussian against scipy.stats and closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from reference.generative_baselines.data import CORRELATED_COVARIANCE, CORRELATED_MEAN, correlated
from reference.generative_baselines.models import Gaussian
from tests.stubs.midpoints import grid


@pytest.mark.parametrize(("n", "d"), [(3, 2), (500, 2), (200, 1), (300, 7)])
def test_density_equals_scipy_with_covariance_divided_by_n(n: int, d: int) -> None:
    generator = np.random.default_rng(n)
    data = generator.standard_normal((n, d)) @ generator.standard_normal((d, d)) + 3
    probe = 2 * generator.standard_normal((50, d))
    covariance = np.cov(data.T, ddof=0)
    expected = stats.multivariate_normal(data.mean(axis=0), covariance).logpdf(probe)
    np.testing.assert_allclose(Gaussian().fit(data).score_samples(probe), expected, rtol=1e-9)


def test_no_nearby_parameters_explain_the_training_data_better() -> None:
    data = correlated(200, np.random.default_rng(1))
    model = Gaussian().fit(data)
    best = model.score_samples(data).mean()
    for factor in (0.98, 1.02):
        wider = stats.multivariate_normal(model.mean_, factor * model.covariance_)
        assert wider.logpdf(data).mean() < best
    moved = stats.multivariate_normal(model.mean_ + 0.02, model.covariance_)
    assert moved.logpdf(data).mean() < best


def test_integrates_to_one() -> None:
    model = Gaussian().fit(correlated(100, np.random.default_rng(2)))
    points, area = grid(300, model.mean_[None], margin=12.0)
    assert np.exp(model.score_samples(points)).sum() * area == pytest.approx(1, abs=1e-9)


def test_many_points_recover_the_true_parameters() -> None:
    model = Gaussian().fit(correlated(40_000, np.random.default_rng(3)))
    np.testing.assert_allclose(model.mean_, CORRELATED_MEAN, atol=0.03)
    np.testing.assert_allclose(model.covariance_, CORRELATED_COVARIANCE, atol=0.06)


def ring_and_angle_p(points: np.ndarray, model: Gaussian) -> float:
    """Chi-square p-value over 6 x 6 cells of equal probability: whitened radius by angle."""
    white = np.linalg.solve(model.cholesky_, (points - model.mean_).T)
    ring = np.floor(6 * stats.chi2.cdf((white**2).sum(axis=0), 2)).astype(int).clip(0, 5)
    sector = np.floor(6 * (np.arctan2(white[1], white[0]) / (2 * np.pi) + 0.5)).astype(int).clip(0, 5)
    return float(stats.chisquare(np.bincount(6 * ring + sector, minlength=36)).pvalue)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_samples_follow_the_density(seed: int) -> None:
    model = Gaussian(random_state=seed).fit(correlated(300, np.random.default_rng(seed)))
    assert ring_and_angle_p(model.sample(3000), model) > 1e-4


def test_the_sample_test_sees_a_transposed_factor_and_a_wrong_width() -> None:
    model = Gaussian().fit(correlated(300, np.random.default_rng(4)))
    noise = np.random.default_rng(5).standard_normal((3000, 2))
    assert ring_and_angle_p(model.mean_ + noise @ model.cholesky_, model) < 1e-9
    assert ring_and_angle_p(model.mean_ + noise @ model.covariance_.T, model) < 1e-9


def test_row_order_shift_and_scale_act_as_they_must() -> None:
    generator = np.random.default_rng(6)
    data, probe = correlated(150, generator), correlated(40, generator)
    score = Gaussian().fit(data).score_samples(probe)
    permuted = Gaussian().fit(data[generator.permutation(150)]).score_samples(probe)
    np.testing.assert_allclose(permuted, score, atol=1e-12)
    np.testing.assert_allclose(Gaussian().fit(data + 1e3).score_samples(probe + 1e3), score, atol=1e-9)
    scaled = Gaussian().fit(0.01 * data).score_samples(0.01 * probe)
    np.testing.assert_allclose(scaled, score - 2 * np.log(0.01), atol=1e-10)


def test_columns_of_very_different_scale_are_no_fault() -> None:
    data = correlated(100, np.random.default_rng(7)) * [1.0, 1e-9]
    score = Gaussian().fit(data).score_samples(data)
    plain = Gaussian().fit(data * [1.0, 1e9]).score_samples(data * [1.0, 1e9])
    np.testing.assert_allclose(score, plain + 9 * np.log(10), atol=1e-6)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (np.array([[0.0, 1.1], [1.0, 1.1], [2.0, 1.1]]), "column 1 of the data is constant"),
        (np.ones((1, 2)), "column 0 of the data is constant"),
        (np.array([[0.1, 0.3], [0.2, 0.5], [0.7, 1.5], [0.4, 0.9]]), "depend on each other"),
        (np.array([[0.1, 0.3], [0.2, 0.5]]), "depend on each other"),
        (np.array([[np.inf, 0.0]]), "infinite"),
        (np.zeros(3), "shape"),
    ],
)
def test_data_without_a_density_are_refused(data: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Gaussian().fit(data)


def test_two_samples_differ_and_equal_seeds_agree() -> None:
    data = correlated(100, np.random.default_rng(8))
    model, twin = (Gaussian(random_state=3).fit(data) for _ in range(2))
    first = model.sample(50)
    np.testing.assert_array_equal(first, twin.sample(50))
    assert not np.any(first == model.sample(50))
