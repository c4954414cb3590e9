"""The density forest is a density: it integrates to one, its samples follow it, and it learns what is there."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import chi2, multivariate_normal
from sklearn.datasets import load_digits, make_moons

ROOT = Path(__file__).resolve().parent.parent
PLACE = ROOT / "reference" / "generative_baselines" / "provides" / "density_forest.py"


def _load() -> Any:
    spec = importlib.util.spec_from_file_location("density_forest_under_test", PLACE)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


DensityForest = _load().DensityForest


def moons(size: int, seed: int) -> np.ndarray:
    return make_moons(size, noise=0.1, random_state=seed)[0]


@pytest.fixture(scope="module")
def forest() -> Any:
    return DensityForest(n_estimators=20, random_state=0).fit(moons(500, 1))


@pytest.mark.parametrize(
    "settings", [{}, {"min_gain": 0.0, "slab_gain": 0.0}, {"bootstrap": True}, {"max_depth": 3}, {"prior": 0}]
)
def test_the_density_in_one_dimension_integrates_to_one(settings: dict[str, Any]) -> None:
    X = np.random.default_rng(0).exponential(size=(300, 1))
    forest = DensityForest(20, random_state=0, **settings).fit(X)
    edges = np.linspace(forest.lower_[0], forest.upper_[0], 40_001)
    middle = (edges[1:] + edges[:-1]) / 2
    mass = np.exp(forest.score_samples(middle[:, None])).sum() * (edges[1] - edges[0])
    assert mass == pytest.approx(1, abs=2e-3)


def test_the_density_in_two_dimensions_integrates_to_one(forest: Any) -> None:
    sides = [np.linspace(low, high, 201) for low, high in zip(forest.lower_, forest.upper_, strict=True)]
    middles = [(side[1:] + side[:-1]) / 2 for side in sides]
    grid = np.stack(np.meshgrid(*middles), axis=-1).reshape(-1, 2)
    cell = np.prod(forest.upper_ - forest.lower_) / 200**2
    assert np.exp(forest.score_samples(grid)).sum() * cell == pytest.approx(1, abs=0.02)


def test_the_density_in_five_dimensions_integrates_to_one() -> None:
    """By importance sampling from a wide normal distribution mixed with the uniform one on the range."""
    generator = np.random.default_rng(3)
    forest = DensityForest(20, random_state=0).fit(generator.normal(size=(400, 5)))
    wide = multivariate_normal(np.zeros(5), 1.3 * np.eye(5))
    even = generator.uniform(forest.lower_, forest.upper_, (20_000, 5))
    points = np.vstack([wide.rvs(20_000, random_state=generator), even])
    inside = ((points >= forest.lower_) & (points <= forest.upper_)).all(axis=1)
    proposal = 0.5 * wide.pdf(points) + 0.5 * inside / np.prod(forest.upper_ - forest.lower_)
    ratios = np.exp(forest.score_samples(points)) / proposal
    error = ratios.std() / np.sqrt(len(ratios))
    assert error < 0.03
    assert ratios.mean() == pytest.approx(1, abs=4.5 * error)


def test_samples_follow_the_density(forest: Any) -> None:
    drawn = forest.sample(20_000)
    sides = [np.linspace(low, high, 13) for low, high in zip(forest.lower_, forest.upper_, strict=True)]
    seen, _, _ = np.histogram2d(*drawn.T, bins=sides)
    fine = [np.linspace(low, high, 145) for low, high in zip(forest.lower_, forest.upper_, strict=True)]
    middles = [(side[1:] + side[:-1]) / 2 for side in fine]
    grid = np.stack(np.meshgrid(*middles, indexing="ij"), axis=-1).reshape(-1, 2)
    density = np.exp(forest.score_samples(grid)).reshape(12, 12, 12, 12).sum(axis=(1, 3))
    expected = 20_000 * density / density.sum()
    large = expected >= 10
    statistic = ((seen - expected)[large] ** 2 / expected[large]).sum()
    assert seen.sum() == 20_000
    assert statistic < chi2.ppf(1 - 1e-5, large.sum() - 1)
    wrong = np.roll(expected, 1, axis=0)
    assert ((seen - wrong)[large] ** 2 / np.maximum(wrong[large], 1)).sum() > 10 * statistic


def test_unseen_moons_are_more_likely_than_under_a_gaussian(forest: Any) -> None:
    train, unseen = moons(500, 1), moons(1000, 2)
    log_density = forest.score_samples(unseen)
    gaussian = multivariate_normal(train.mean(axis=0), np.cov(train.T)).logpdf(unseen).mean()
    assert np.isfinite(log_density).mean() > 0.99
    assert log_density[np.isfinite(log_density)].mean() > gaussian + 0.2


def test_unseen_digits_are_more_likely_than_under_the_uniform_distribution() -> None:
    X = np.random.default_rng(0).permutation(load_digits().data)
    forest = DensityForest(10, bounds=(0, 16), random_state=0).fit(X[:1300])
    assert forest.score(X[1300:]) > -64 * np.log(17) + 40
    assert np.all(np.isfinite(forest.score_samples(X[1300:])))


def test_the_uniform_distribution_is_recovered() -> None:
    generator = np.random.default_rng(5)
    forest = DensityForest(40, random_state=0).fit(generator.random((2000, 2)))
    density = np.exp(forest.score_samples(generator.uniform(0.05, 0.95, (500, 2))))
    assert density.mean() == pytest.approx(0.95, abs=0.07)
    assert density.std() < 0.1


def test_two_far_clusters_share_the_mass_by_their_sizes() -> None:
    generator = np.random.default_rng(5)
    X = np.vstack([generator.normal(0, 1, (300, 2)), generator.normal(50, 1, (100, 2))])
    drawn = DensityForest(20, random_state=0).fit(X).sample(4000)
    between = ((drawn > 8) & (drawn < 42)).any(axis=1).mean()
    assert (drawn[:, 0] > 25).mean() == pytest.approx(0.25, abs=0.04)
    assert between < 0.01


def test_the_same_seed_gives_the_same_forest_and_another_seed_another() -> None:
    X = moons(200, 1)
    first, again, other = (DensityForest(5, random_state=seed).fit(X) for seed in (0, 0, 1))
    assert np.array_equal(first.score_samples(X), again.score_samples(X))
    assert np.array_equal(first.sample(20), again.sample(20))
    assert not np.array_equal(first.score_samples(X), other.score_samples(X))
    assert not np.array_equal(first.sample(20), first.sample(20))


def test_repeated_values_get_boxes_of_one_step() -> None:
    X = np.random.default_rng(0).integers(0, 3, (300, 2)).astype(float)
    forest = DensityForest(20, min_gain=0.0, prior=0, random_state=0).fit(X)
    assert np.allclose(forest.step_, 1)
    assert np.allclose([forest.lower_, forest.upper_], [[-0.5, -0.5], [2.5, 2.5]])
    assert (forest.leaf_upper_ - forest.leaf_lower_).min() >= 0.999
    places, counts = np.unique(X, axis=0, return_counts=True)
    assert np.allclose(np.exp(forest.score_samples(places)), counts / 300, atol=0.04)


def test_a_constant_column_has_the_width_of_one_step_and_keeps_its_value() -> None:
    X = np.column_stack([np.random.default_rng(0).integers(0, 5, 100), np.full(100, 7)])
    forest = DensityForest(5, random_state=0).fit(X)
    drawn = forest.sample(200)
    assert np.all(np.abs(drawn[:, 1] - 7) <= 0.5)
    assert np.isneginf(forest.score_samples(np.array([[2.0, 9.0]]))[0])


@pytest.mark.parametrize("rows", [1, 2, 3])
def test_few_points_make_a_density(rows: int) -> None:
    X = np.arange(2.0 * rows).reshape(rows, 2)
    forest = DensityForest(3, random_state=0).fit(X)
    assert np.all(np.isfinite(forest.score_samples(X)))
    assert forest.sample(4).shape == (4, 2)


def test_one_point_per_box_is_allowed_but_never_cut_off_alone() -> None:
    forest = DensityForest(5, min_samples_leaf=1, min_gain=0.0, random_state=0).fit(moons(60, 1))
    counts = forest.leaf_weight_ * 60 * 5
    assert np.allclose(counts, np.round(counts))
    assert counts.min() >= 2


def test_finer_trees_are_likelier_for_the_training_data_only() -> None:
    train, unseen = moons(300, 1), moons(1000, 2)
    bounds = (-3, 4)
    sober, greedy = (
        DensityForest(1, min_gain=gain, bounds=bounds, random_state=0).fit(train) for gain in (4.0, 0.0)
    )
    assert greedy.score(train) > sober.score(train) + 0.3
    assert greedy.score(unseen) < sober.score(unseen)


def test_both_spellings_of_the_number_of_trees_count() -> None:
    X = moons(200, 1)
    by_trees, by_estimators = (
        DensityForest(n_trees=3, random_state=0),
        DensityForest(n_estimators=3, random_state=0),
    )
    assert np.array_equal(by_trees.fit(X).score_samples(X), by_estimators.fit(X).score_samples(X))
    more = DensityForest(n_trees=3, random_state=0).set_params(n_trees=9).fit(X)
    assert not np.array_equal(more.score_samples(X), by_trees.score_samples(X))


def test_samples_have_the_asked_shape_under_both_names(forest: Any) -> None:
    assert forest.sample().shape == (1, 2)
    assert forest.sample(7).shape == (7, 2)
    assert forest.sample(n_samples=5).shape == (5, 2)


def test_outside_the_range_the_density_is_zero(forest: Any) -> None:
    assert np.isneginf(forest.score_samples(np.array([[100.0, 0.0]])))[0]


@pytest.mark.parametrize(
    ("settings", "data", "words"),
    [
        ({}, np.zeros(3), "shape"),
        ({}, np.array([[np.nan, 1.0]]), "NaN"),
        ({"n_trees": 0}, np.zeros((3, 2)), "number of trees"),
        ({"max_features": "half"}, np.zeros((3, 2)), "max_features"),
        ({"bounds": (0, 1)}, np.full((3, 2), 5.0), "outside the given bounds"),
    ],
)
def test_what_does_not_fit_is_refused(settings: dict[str, Any], data: np.ndarray, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        DensityForest(**settings).fit(data)


def test_another_number_of_columns_is_refused(forest: Any) -> None:
    with pytest.raises(ValueError, match="expected 2 columns, got 3"):
        forest.score_samples(np.zeros((1, 3)))


def test_an_unknown_parameter_is_refused() -> None:
    with pytest.raises(ValueError, match="no parameter 'trees'"):
        DensityForest().set_params(trees=3)


def test_the_module_needs_nothing_but_numpy() -> None:
    lines = PLACE.read_text(encoding="utf-8").split("\n")
    assert [line for line in lines if line.startswith(("import ", "from "))] == ["import numpy as np"]
