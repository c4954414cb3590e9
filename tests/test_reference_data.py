"""The data sets of the reference: shapes, reproducibility, and the distributions they promise."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats
from scipy.spatial.distance import pdist
from sklearn.datasets import make_moons

from reference.generative_baselines import data
from reference.generative_baselines.models import mmd_squared

RANDOM = [data.moons, data.independent_moons, data.three_clusters, data.correlated]


@pytest.mark.parametrize("draw", RANDOM)
@pytest.mark.parametrize("n", [1, 2, 101])
def test_draws_have_the_promised_shape_and_repeat_with_the_seed(
    draw: Callable[..., np.ndarray], n: int
) -> None:
    points = draw(n, np.random.default_rng(1))
    assert points.shape == (n, 2) and points.dtype == np.float64 and np.isfinite(points).all()
    np.testing.assert_array_equal(points, draw(n, np.random.default_rng(1)))
    assert not np.array_equal(points, draw(n, np.random.default_rng(2)))


def test_moons_are_those_of_the_sheet() -> None:
    points, generator = data.moons(300, np.random.default_rng(3)), np.random.default_rng(3)
    expected, _ = make_moons(300, noise=0.1, random_state=int(generator.integers(2**32)))
    np.testing.assert_array_equal(points, expected)


def test_independent_moons_follow_the_distribution_of_moons() -> None:
    generator = np.random.default_rng(4)
    even, independent = data.moons(20_000, generator), data.independent_moons(20_000, generator)
    for direction in ([1.0, 0.0], [0.0, 1.0], [0.6, 0.8]):
        assert stats.ks_2samp(even @ direction, independent @ direction).pvalue > 1e-4


def test_two_moons_samples_resemble_each_other_more_than_independent_ones() -> None:
    generator = np.random.default_rng(5)
    even = [mmd_squared(data.moons(100, generator), data.moons(100, generator), "se", 1.0) for _ in range(30)]
    independent = [
        mmd_squared(data.independent_moons(100, generator), data.independent_moons(100, generator), "se", 1.0)
        for _ in range(30)
    ]
    assert stats.ttest_1samp(even, 0).pvalue < 1e-6 and np.mean(even) < 0
    assert stats.ttest_1samp(independent, 0).pvalue > 1e-3


def test_clusters_have_their_weights_and_do_not_touch() -> None:
    points = data.three_clusters(5000, np.random.default_rng(6))
    nearest = np.linalg.norm(points[:, None] - data.CLUSTER_MEANS, axis=2).argmin(axis=1)
    assert stats.chisquare(np.bincount(nearest), 5000 * data.CLUSTER_WEIGHTS).pvalue > 1e-3
    for k, covariance in enumerate(data.CLUSTER_COVARIANCES):
        other = np.delete(data.CLUSTER_MEANS, k, axis=0) - data.CLUSTER_MEANS[k]
        distance = np.sqrt(np.einsum("ni,ij,nj->n", other, np.linalg.inv(covariance), other))
        assert distance.min() > 4
        np.testing.assert_allclose(np.cov(points[nearest == k].T), covariance, atol=0.12)


def test_four_points_are_far_apart_and_turning_keeps_their_distances() -> None:
    points = data.four_points()
    assert pdist(points).min() > 8 * 0.4
    turned = data.four_points(rng=np.random.default_rng(7))
    np.testing.assert_allclose(pdist(turned), pdist(points))
    assert not np.allclose(turned, points)
    with pytest.raises(ValueError, match="has 4 points"):
        data.four_points(5)


def test_digits_are_different_images_of_the_data_set() -> None:
    pixels = data.digits(1797, np.random.default_rng(0))
    assert pixels.shape == (1797, 64)
    assert pixels.min() == 0
    assert pixels.max() == 16
    some = data.digits(100, np.random.default_rng(1))
    assert len(np.unique(some, axis=0)) == 100
    with pytest.raises(ValueError, match="1797"):
        data.digits(1798, np.random.default_rng(0))
