"""The reference Gaussian mixture against scikit-learn, the single Gaussian and the laws of EM."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from sklearn.mixture import GaussianMixture as ScikitMixture

from reference.generative_baselines.data import (
    CLUSTER_MEANS,
    CLUSTER_WEIGHTS,
    correlated,
    four_points,
    independent_moons,
    moons,
    three_clusters,
)
from reference.generative_baselines.models import Gaussian, GaussianMixture
from tests.stubs.midpoints import grid


def fitted_clusters(seed: int = 0) -> GaussianMixture:
    return GaussianMixture(3, random_state=seed).fit(three_clusters(600, np.random.default_rng(seed)))


@pytest.mark.parametrize("data", [moons, correlated, three_clusters])
def test_one_component_equals_the_gaussian(data: object) -> None:
    points = data(400, np.random.default_rng(1))  # type: ignore[operator]
    probe, _ = grid(40, points, margin=1.0)
    single = Gaussian().fit(points).score_samples(probe)
    np.testing.assert_allclose(GaussianMixture(1).fit(points).score_samples(probe), single, atol=1e-10)


@pytest.mark.parametrize("seed", range(4))
def test_separated_clusters_have_one_fit_whatever_the_seed_and_scikit_agrees(seed: int) -> None:
    data = three_clusters(500, np.random.default_rng(seed))
    probe, _ = grid(30, data, margin=0.5)
    scores = [
        GaussianMixture(3, random_state=start).fit(data).score_samples(probe) for start in (seed, seed + 50)
    ]
    np.testing.assert_allclose(scores[0], scores[1], atol=1e-6)
    theirs = ScikitMixture(3, n_init=3, tol=1e-8, max_iter=500, reg_covar=0, random_state=seed).fit(data)
    np.testing.assert_allclose(scores[0], theirs.score_samples(probe), rtol=1e-6, atol=1e-5)


def test_the_clusters_are_recovered() -> None:
    model = GaussianMixture(3, random_state=0).fit(three_clusters(6000, np.random.default_rng(2)))
    order = np.argsort(-model.weights_)
    np.testing.assert_allclose(model.weights_[order], CLUSTER_WEIGHTS, atol=0.025)
    np.testing.assert_allclose(model.means_[order], CLUSTER_MEANS, atol=0.15)


@pytest.mark.parametrize("components", [2, 5, 8])
def test_on_moons_the_likelihood_is_at_least_that_of_scikit(components: int) -> None:
    data = moons(400, np.random.default_rng(components))
    ours = GaussianMixture(components, random_state=0).fit(data)
    theirs = ScikitMixture(components, n_init=4, tol=1e-5, max_iter=300, random_state=0).fit(data)
    assert ours.lower_bound_ >= theirs.score(data) - 0.02
    assert ours.lower_bound_ == pytest.approx(ours.score_samples(data).mean(), abs=1e-9)


@pytest.mark.parametrize("components", [1, 3, 9, 25])
def test_no_iteration_lowers_the_likelihood(components: int) -> None:
    data = moons(150, np.random.default_rng(components))
    model = GaussianMixture(components, n_init=2, random_state=1).fit(data)
    assert np.diff(model.history_).min() >= -1e-9
    assert len(model.history_) >= 2


def test_the_densities_equal_the_written_out_sum() -> None:
    model = fitted_clusters()
    probe = three_clusters(50, np.random.default_rng(3))
    parts = zip(model.weights_, model.means_, model.covariances_, strict=True)
    density = sum(w * stats.multivariate_normal(m, c).pdf(probe) for w, m, c in parts)
    np.testing.assert_allclose(np.exp(model.score_samples(probe)), density, rtol=1e-10)


def test_far_away_the_log_density_stays_finite() -> None:
    assert np.isfinite(fitted_clusters().score_samples(np.array([[1e4, -1e4]]))).all()


@pytest.mark.parametrize("components", [2, 8])
def test_integrates_to_one(components: int) -> None:
    model = GaussianMixture(components, n_init=1, random_state=0).fit(moons(300, np.random.default_rng(4)))
    points, area = grid(250, model.means_, margin=4.0)
    assert np.exp(model.score_samples(points)).sum() * area == pytest.approx(1, abs=1e-4)


def column_p(points: np.ndarray, model: GaussianMixture, direction: np.ndarray) -> float:
    """Kolmogorov-Smirnov p-value of the projection, whose law is a one-dimensional mixture."""
    middle = model.means_ @ direction
    width = np.sqrt(np.einsum("i,kij,j->k", direction, model.covariances_, direction))

    def cumulative(values: np.ndarray) -> np.ndarray:
        return stats.norm.cdf((values[:, None] - middle) / width) @ model.weights_

    return float(stats.kstest(points @ direction, cumulative).pvalue)


@pytest.mark.parametrize("direction", [[1.0, 0.0], [0.0, 1.0], [0.6, 0.8], [0.6, -0.8]])
def test_samples_follow_the_density_in_every_direction(direction: list[float]) -> None:
    assert column_p(fitted_clusters(5).sample(4000), fitted_clusters(5), np.array(direction)) > 1e-4


def test_the_sample_test_sees_equal_weights_and_forgotten_correlations() -> None:
    model, defective, diagonal = fitted_clusters(6), fitted_clusters(6), fitted_clusters(6)
    defective.weights_ = np.full(3, 1 / 3)
    diagonal.cholesky_ = np.sqrt(diagonal.covariances_ * np.eye(2))
    assert column_p(defective.sample(4000), model, np.array([1.0, 0.0])) < 1e-9
    assert column_p(diagonal.sample(4000), model, np.array([0.6, -0.8])) < 1e-6


def test_moving_and_scaling_the_data_moves_and_scales_the_density() -> None:
    data = independent_moons(200, np.random.default_rng(7))
    score = GaussianMixture(4, random_state=2).fit(data).score_samples(data)
    scaled = GaussianMixture(4, random_state=2).fit(0.25 * data).score_samples(0.25 * data)
    np.testing.assert_allclose(scaled, score + 2 * np.log(4), atol=1e-7)
    moved = GaussianMixture(4, random_state=2).fit(data + 1024).score_samples(data + 1024)
    np.testing.assert_allclose(moved, score, atol=1e-6)


def test_a_fit_that_is_stopped_early_says_so() -> None:
    data = moons(300, np.random.default_rng(8))
    assert not GaussianMixture(5, max_iterations=2, random_state=0).fit(data).converged_
    assert GaussianMixture(2, random_state=0).fit(three_clusters(300, np.random.default_rng(8))).converged_


@pytest.mark.parametrize(
    "data",
    [
        np.repeat(four_points(), 3, axis=0),
        np.column_stack([np.linspace(0, 1, 30), np.full(30, 2.5)]),
        four_points(),
        np.array([[0.0, 0.0]] * 19 + [[1.0, 1.0]]),
    ],
    ids=["duplicates", "constant column", "one point each", "two distinct points"],
)
def test_degenerate_data_give_finite_densities_and_samples(data: np.ndarray) -> None:
    model = GaussianMixture(4, random_state=0).fit(data)
    assert np.isfinite(model.score_samples(data)).all()
    assert np.isfinite(model.sample(20)).all()
    assert model.weights_.sum() == pytest.approx(1)
    assert np.linalg.eigvalsh(model.covariances_).min() >= 0.99 * model.variance_floor_ > 0


def test_more_components_than_clusters_lose_nothing() -> None:
    data = three_clusters(300, np.random.default_rng(9))
    few, many = (GaussianMixture(k, random_state=0).fit(data) for k in (3, 10))
    assert many.lower_bound_ >= few.lower_bound_


@pytest.mark.parametrize(
    ("components", "data", "message"),
    [
        (3, np.eye(2), "3 components for 2 points"),
        (0, np.eye(2), "0 components"),
        (1, np.full((5, 2), 0.1), "all training points are equal"),
        (1, np.zeros((1, 2)), "all training points are equal"),
        (1, np.array([[0.0, np.nan]]), "NaN"),
    ],
)
def test_impossible_fits_are_refused(components: int, data: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        GaussianMixture(components).fit(data)


def test_two_samples_differ_and_equal_seeds_agree() -> None:
    model, twin = fitted_clusters(3), fitted_clusters(3)
    first = model.sample(50)
    np.testing.assert_array_equal(first, twin.sample(50))
    assert not np.any(first == model.sample(50))
