"""The reference kernel density estimator against scikit-learn, scipy.stats and closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.special import logsumexp
from sklearn.neighbors import KernelDensity as ScikitKernelDensity

from reference.generative_baselines.data import four_points, moons
from reference.generative_baselines.models import KernelDensity
from tests.stubs.midpoints import grid


@pytest.mark.parametrize("bandwidth", [0.05, 0.4, 30.0])
@pytest.mark.parametrize(("n", "d"), [(1, 2), (300, 2), (80, 5)])
def test_density_equals_scikit(bandwidth: float, n: int, d: int) -> None:
    generator = np.random.default_rng(n)
    data, probe = generator.standard_normal((n, d)), generator.standard_normal((40, d))
    theirs = ScikitKernelDensity(bandwidth=bandwidth, rtol=0, atol=0).fit(data).score_samples(probe)
    ours = KernelDensity(bandwidth).fit(data).score_samples(probe)
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("bandwidth", [1e-5, 1e-3])
def test_tiny_bandwidths_equal_the_formula(bandwidth: float) -> None:
    """scikit-learn's tree search stops too early here, also with rtol = atol = 0, so it is no witness."""
    generator = np.random.default_rng(5)
    data, probe = generator.standard_normal((300, 2)), generator.standard_normal((40, 2))
    squares = ((probe[:, None] - data) ** 2).sum(axis=2)
    expected = logsumexp(-squares / (2 * bandwidth**2), axis=1) - np.log(300 * 2 * np.pi * bandwidth**2)
    np.testing.assert_allclose(KernelDensity(bandwidth).fit(data).score_samples(probe), expected, rtol=1e-9)


def test_density_is_the_average_of_normal_densities() -> None:
    data, probe = four_points(), four_points()[:3] + 0.3
    expected = np.mean([stats.multivariate_normal(c, 0.4**2).pdf(probe) for c in data], axis=0)
    np.testing.assert_allclose(
        np.exp(KernelDensity(0.4).fit(data).score_samples(probe)), expected, rtol=1e-12
    )


def test_one_training_point_is_one_normal_kernel() -> None:
    model = KernelDensity(0.5).fit(np.zeros((1, 2)))
    assert model.score_samples(np.zeros((1, 2)))[0] == pytest.approx(-np.log(2 * np.pi * 0.25))


def test_results_do_not_depend_on_the_blocks() -> None:
    generator = np.random.default_rng(1)
    data, probe = generator.standard_normal((1500, 2)), generator.standard_normal((1501, 2))
    model = KernelDensity(0.2).fit(data)
    whole = model.score_samples(probe)
    pieces = np.concatenate([model.score_samples(row[None]) for row in probe[::300]])
    np.testing.assert_allclose(whole[::300], pieces, rtol=1e-13)


@pytest.mark.parametrize("bandwidth", [0.05, 0.3])
def test_integrates_to_one(bandwidth: float) -> None:
    data = moons(60, np.random.default_rng(2))
    points, area = grid(250, data, margin=6 * bandwidth)
    total = np.exp(KernelDensity(bandwidth).fit(data).score_samples(points)).sum() * area
    assert total == pytest.approx(1, abs=1e-6)


def rectangle_p(points: np.ndarray, centres: np.ndarray, bandwidth: float) -> float:
    """Chi-square p-value over a 9 x 9 division of the plane, with the exact probability of each part."""
    cuts = [
        np.concatenate([[-np.inf], np.quantile(points[:, j], np.arange(1, 9) / 9), [np.inf]]) for j in (0, 1)
    ]
    cuts = [np.concatenate([[-np.inf], np.linspace(c[1], c[-2], 8), [np.inf]]) for c in cuts]
    inside = [
        np.diff(stats.norm.cdf((c[:, None] - centres[:, j]) / bandwidth), axis=0) for j, c in enumerate(cuts)
    ]
    expected = len(points) * (inside[0] @ inside[1].T / len(centres)).ravel()
    cell = [np.searchsorted(c, points[:, j]) - 1 for j, c in enumerate(cuts)]
    observed = np.bincount(9 * cell[0] + cell[1], minlength=81)
    often = expected >= 5
    counts = np.append(observed[often], observed[~often].sum())
    wanted = np.append(expected[often], expected[~often].sum())
    return float(stats.chisquare(counts, wanted).pvalue)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_samples_follow_the_density(seed: int) -> None:
    model = KernelDensity(0.4, random_state=seed).fit(four_points())
    assert rectangle_p(model.sample(4000), model.data_, 0.4) > 1e-4


@pytest.mark.parametrize("width", [0.0, 0.16, 0.4 / np.sqrt(2), np.sqrt(0.4)])
def test_the_sample_test_sees_missing_and_wrong_noise(width: float) -> None:
    generator = np.random.default_rng(3)
    points = four_points()[generator.integers(4, size=4000)] + width * generator.standard_normal((4000, 2))
    assert rectangle_p(points, four_points(), 0.4) < 1e-9


def test_row_order_shift_and_scale_act_as_they_must() -> None:
    generator = np.random.default_rng(4)
    data, probe = moons(120, generator), moons(30, generator)
    score = KernelDensity(0.2).fit(data).score_samples(probe)
    permuted = KernelDensity(0.2).fit(data[generator.permutation(120)]).score_samples(probe)
    np.testing.assert_allclose(permuted, score, atol=1e-12)
    np.testing.assert_allclose(
        KernelDensity(0.2).fit(data + 1e3).score_samples(probe + 1e3), score, atol=1e-8
    )
    scaled = KernelDensity(0.6).fit(3 * data).score_samples(3 * probe)
    np.testing.assert_allclose(scaled, score - 2 * np.log(3), atol=1e-9)


def test_duplicates_count_twice_and_extremes_stay_finite() -> None:
    once, twice = np.array([[0.0, 0.0], [1.0, 1.0]]), np.array([[0.0, 0.0], [0.0, 0.0], [1.0, 1.0]])
    at_zero = [np.exp(KernelDensity(0.01).fit(data).score_samples(once[:1])[0]) for data in (once, twice)]
    assert at_zero[1] / at_zero[0] == pytest.approx((2 / 3) / (1 / 2))
    far = np.array([[1e3, -1e3]])
    for bandwidth in (1e-4, 1e4):
        assert np.isfinite(KernelDensity(bandwidth).fit(once).score_samples(far)).all()


def test_the_model_keeps_its_own_copy_of_the_data() -> None:
    data = four_points()
    model = KernelDensity(0.4).fit(data)
    before = model.score_samples(np.zeros((1, 2)))
    data += 100
    np.testing.assert_array_equal(model.score_samples(np.zeros((1, 2))), before)


@pytest.mark.parametrize("bandwidth", [0, -0.1, np.nan, np.inf])
def test_impossible_bandwidths_are_refused(bandwidth: float) -> None:
    with pytest.raises(ValueError, match="bandwidth must be a positive number"):
        KernelDensity(bandwidth).fit(np.zeros((3, 2)))


@pytest.mark.parametrize(("data", "message"), [(np.zeros((0, 2)), "n >= 1"), ([[np.nan, 0.0]], "NaN")])
def test_impossible_data_are_refused(data: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        KernelDensity().fit(data)


def test_two_samples_differ_and_equal_seeds_agree() -> None:
    model, twin = (KernelDensity(random_state=3).fit(four_points()) for _ in range(2))
    first = model.sample(50)
    np.testing.assert_array_equal(first, twin.sample(50))
    assert not np.any(first == model.sample(50))
