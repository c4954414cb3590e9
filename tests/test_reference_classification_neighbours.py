"""The reference's nearest neighbours against scikit-learn, exhaustive search and exact counts in circles."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors

from reference.classification import data
from reference.classification.models import READINGS, KNearestNeighbours
from reference.classification.roles import knn_class_density, knn_density


def by_hand(X: np.ndarray, q: np.ndarray, k: int) -> tuple[list[float], list[int]]:
    """Distances and indices of one query from a sorted list of (distance, place) pairs."""
    pairs = sorted((math.dist(x, q), place) for place, x in enumerate(X))[:k]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


@pytest.mark.parametrize("k", [1, 2, 5, 64, 300])
@pytest.mark.parametrize("d", [1, 2, 7])
def test_neighbours_equal_those_of_scikit(k: int, d: int) -> None:
    rng = np.random.default_rng(10 * k + d)
    X, Q = rng.standard_normal((300, d)), rng.standard_normal((80, d))
    wanted, places = NearestNeighbors(n_neighbors=k, algorithm="kd_tree").fit(X).kneighbors(Q)
    distances, indices = KNearestNeighbours(k).fit(X, np.zeros(300)).kneighbours(Q)
    assert distances.shape == indices.shape == (80, k)
    np.testing.assert_allclose(distances, wanted, rtol=1e-12)
    np.testing.assert_array_equal(indices, places)


@pytest.mark.parametrize("k", [1, 4, 9, 36])
def test_at_equal_distances_the_earlier_training_point_comes_first(k: int) -> None:
    X, y = data.lattice(36, np.random.default_rng(0))
    queries = np.vstack([X[:5], X[5:10] + 0.5])
    distances, indices = KNearestNeighbours(k).fit(X, y).kneighbours(queries)
    for row, q in enumerate(queries):
        wanted, places = by_hand(X, q, k)
        np.testing.assert_allclose(distances[row], wanted, rtol=1e-15)
        assert indices[row].tolist() == places


def test_a_training_point_is_its_own_nearest_neighbour() -> None:
    X, y = data.three_classes(50, np.random.default_rng(1))
    distances, indices = KNearestNeighbours(3).fit(X, y).kneighbours(X)
    np.testing.assert_array_equal(indices[:, 0], np.arange(50))
    np.testing.assert_array_equal(distances[:, 0], 0)
    assert (distances[:, 1] > 0).all()


def test_results_do_not_depend_on_the_blocks() -> None:
    X, y = data.three_classes(900, np.random.default_rng(2))
    Q = np.random.default_rng(3).uniform(-3, 4, size=(2500, 2))
    model = KNearestNeighbours(7).fit(X, y)
    distances, indices = model.kneighbours(Q)
    for row in range(0, 2500, 311):
        one = model.kneighbours(Q[row : row + 1])
        np.testing.assert_array_equal(one[0][0], distances[row])
        np.testing.assert_array_equal(one[1][0], indices[row])


def test_far_from_the_origin_distances_stay_exact() -> None:
    X, _ = data.lattice(49, np.random.default_rng(4))
    near = KNearestNeighbours(10).fit(X, np.zeros(49)).kneighbours(X)
    far = KNearestNeighbours(10).fit(X + 2.0**27, np.zeros(49)).kneighbours(X + 2.0**27)
    for ours, shifted in zip(near, far, strict=True):
        np.testing.assert_array_equal(shifted, ours)


@pytest.mark.parametrize("k", [1, 2, 3, 4, 5, 16, 200])
def test_predictions_equal_those_of_scikit(k: int) -> None:
    """Also with even k: both give a tied vote to the label that sorts first."""
    X, y = data.three_classes(200, np.random.default_rng(k))
    Q, _ = data.three_classes(500, np.random.default_rng(k + 1))
    theirs = KNeighborsClassifier(k, algorithm="kd_tree").fit(X, y).predict(Q)
    np.testing.assert_array_equal(KNearestNeighbours(k).fit(X, y).predict(Q), theirs)


def test_labels_may_be_words_and_votes_add_up_to_k() -> None:
    X, y = data.three_classes(90, np.random.default_rng(5))
    words = np.array(["pear", "apple", "quince"])[y]
    model = KNearestNeighbours(6).fit(X, words)
    assert model.classes_.tolist() == ["apple", "pear", "quince"]
    np.testing.assert_array_equal(model.votes(X).sum(axis=1), 6)
    assert set(model.predict(X)) <= {"apple", "pear", "quince"}
    assert model.predict(np.array([[0.0, -3.0]])).tolist() == ["pear"]


def test_all_points_as_neighbours_predict_the_largest_class_everywhere() -> None:
    X, y = data.three_classes(60, np.random.default_rng(6))
    predicted = KNearestNeighbours(60).fit(X, y).predict(100 * X)
    np.testing.assert_array_equal(predicted, np.bincount(y).argmax())


def test_class_probabilities_are_shares_of_the_training_set() -> None:
    model = KNearestNeighbours(1).fit(np.arange(8.0)[:, None], np.array([5, 2, 5, 2, 5, 9, 5, 5]))
    assert model.classes_.tolist() == [2, 5, 9]
    assert model.class_probabilities().tolist() == [2 / 8, 5 / 8, 1 / 8]


@pytest.mark.parametrize("k", [1, 2, 8, 32])
def test_density_divides_the_share_of_points_in_the_smallest_circle_by_its_area(k: int) -> None:
    X, y = data.three_classes(150, np.random.default_rng(7))
    Q, _ = data.three_classes(40, np.random.default_rng(8))
    density = KNearestNeighbours(k).fit(X, y).density(Q)
    radius = np.sqrt(k / (150 * math.pi * density))  # the circle that the answer speaks of
    gaps = np.linalg.norm(Q[:, None] - X, axis=2)
    np.testing.assert_array_equal((gaps <= radius[:, None] * (1 + 1e-9)).sum(axis=1), k)
    np.testing.assert_array_equal((gaps < radius[:, None] * (1 - 1e-9)).sum(axis=1), k - 1)


@pytest.mark.parametrize(("d", "volume"), [(1, 2 * 0.5), (2, math.pi / 4), (3, 4 / 3 * math.pi / 8)])
def test_the_volume_is_that_of_a_ball(d: int, volume: float) -> None:
    X = np.vstack([np.zeros(d), np.eye(d)[0]])
    middle = np.eye(d)[:1] / 2
    assert knn_density(X, middle, 2)[0] == pytest.approx(2 / (2 * volume), rel=1e-14)


def test_density_is_right_on_average_for_uniform_points() -> None:
    """(k - 1) / (N V) is an unbiased estimate inside a uniform square (Fukunaga, chapter 6)."""
    rng = np.random.default_rng(9)
    estimates = []
    for _ in range(40):
        X = rng.uniform(size=(400, 2))
        estimates.append(knn_density(X, np.array([[0.3, 0.3], [0.7, 0.7]]), 10) * (10 - 1) / 10)
    mean, error = np.mean(estimates), np.std(estimates) / np.sqrt(80)
    assert abs(mean - 1) < 4 * error < 0.2


def test_far_away_the_density_falls_with_the_square_of_the_distance() -> None:
    """So its integral grows without limit: the estimate is no density in the strict sense."""
    X, _ = data.three_classes(100, np.random.default_rng(10))
    away = np.array([[1e6, 0.0], [1e8, 0.0]])
    np.testing.assert_allclose(knn_density(X, away, 4) * math.pi * away[:, 0] ** 2, 4 / 100, rtol=1e-5)


def test_scaling_the_plane_divides_the_density_by_the_area() -> None:
    X, y = data.three_classes(80, np.random.default_rng(11))
    plain, wide = knn_density(X, X + 0.1, 5), knn_density(3 * X, 3 * X + 0.3, 5)
    np.testing.assert_allclose(wide, plain / 9, rtol=1e-9)
    for reading in READINGS:
        plain = knn_class_density(X, y, X + 0.1, 5, reading)
        np.testing.assert_allclose(knn_class_density(3 * X, y, 3 * X + 0.3, 5, reading), plain / 9, rtol=1e-9)


def test_repeated_points_give_an_infinite_density_without_a_warning() -> None:
    X, y = data.duplicates(60, np.random.default_rng(12))
    repeated = (np.linalg.norm(X[:, None] - X, axis=2) == 0).sum(axis=1) >= 2
    np.testing.assert_array_equal(np.isinf(KNearestNeighbours(2).fit(X, y).density(X)), repeated)
    assert repeated.any() and not repeated.all()


def test_class_density_in_a_circle_of_its_own_is_the_density_of_that_class_alone() -> None:
    X, y = data.three_classes(150, np.random.default_rng(13))
    Q = X[:30] + 0.2
    ours = knn_class_density(X, y, Q, 4, "own_circle")
    for c in range(3):
        gaps, _ = NearestNeighbors(n_neighbors=4).fit(X[y == c]).kneighbors(Q)
        np.testing.assert_allclose(ours[:, c], 4 / ((y == c).sum() * math.pi * gaps[:, -1] ** 2), rtol=1e-12)


def test_class_density_in_the_shared_circle_obeys_the_law_of_total_probability() -> None:
    X, y = data.three_classes(150, np.random.default_rng(14))
    model = KNearestNeighbours(16).fit(X, y)
    Q = np.random.default_rng(15).uniform(-4, 5, size=(200, 2))
    shared = model.class_density(Q, "shared_circle")
    np.testing.assert_allclose(shared @ model.class_probabilities(), model.density(Q), rtol=1e-12)
    posterior = shared * model.class_probabilities() / model.density(Q)[:, None]
    np.testing.assert_allclose(posterior, model.votes(Q) / 16, rtol=1e-12)
    other = model.class_density(Q, "own_circle") @ model.class_probabilities()
    assert np.abs(other / model.density(Q) - 1).max() > 0.1


def test_class_density_in_the_reduced_circle_equals_a_count_by_hand() -> None:
    X, y = data.three_classes(60, np.random.default_rng(16))
    Q = X[:20] + 0.3
    ours = knn_class_density(X, y, Q, 6, "reduced_circle")
    for row, q in enumerate(Q):
        distances, places = by_hand(X, q, 6)
        for c in range(3):
            radii = [r for r, place in zip(distances, places, strict=True) if y[place] == c]
            wanted = len(radii) / ((y == c).sum() * math.pi * max(radii) ** 2) if radii else 0.0
            assert ours[row, c] == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize("reading", READINGS)
def test_with_one_class_all_readings_are_the_density(reading: str) -> None:
    X, _ = data.three_classes(50, np.random.default_rng(17))
    model = KNearestNeighbours(5).fit(X, np.ones(50))
    np.testing.assert_allclose(
        model.class_density(X + 0.1, reading)[:, 0], model.density(X + 0.1), rtol=1e-13
    )


@pytest.mark.parametrize("reading", READINGS)
def test_on_average_all_readings_come_near_the_true_density_where_points_are_dense(reading: str) -> None:
    rng, Q = np.random.default_rng(18), np.array([[0.5, 0.5], [1.2, 1.0], [0.5, 1.5]])
    draws = [data.three_classes(4000, rng) for _ in range(40)]
    estimates = np.mean([knn_class_density(X, y, Q, 80, reading) for X, y in draws], axis=0)
    for c, centre in enumerate(data.CLUSTER_MEANS):
        truth = stats.multivariate_normal(centre, data.CLUSTER_DEVIATION**2).pdf(Q)
        dense = truth > 0.035  # in the tails circles of few points, or wide ones, are biased
        np.testing.assert_allclose(estimates[dense, c], truth[dense], rtol=0.15)
        assert dense.any()


def test_the_model_keeps_its_own_copy_of_the_data() -> None:
    X, y = data.three_classes(30, np.random.default_rng(19))
    model, Q = KNearestNeighbours(3).fit(X, y), X + 0.05
    before = model.predict(Q)
    X += 10
    y[:] = 0
    np.testing.assert_array_equal(model.predict(Q), before)


@pytest.mark.parametrize(
    ("k", "X", "y", "words"),
    [
        (0, np.zeros((3, 2)), np.zeros(3), "from 1 to 3"),
        (4, np.zeros((3, 2)), np.zeros(3), "number of training points, got 4"),
        (1.5, np.zeros((3, 2)), np.zeros(3), "integer"),
        (1, np.zeros((3, 2)), np.zeros((3, 1)), r"expected labels of shape \(3,\)"),
        (1, np.zeros(3), np.zeros(3), r"got \(3,\)"),
        (1, np.zeros((0, 2)), np.zeros(0), "n >= 1"),
        (1, np.array([[np.nan, 0.0]]), np.zeros(1), "NaN"),
    ],
)
def test_what_does_not_fit_is_refused(k: float, X: np.ndarray, y: np.ndarray, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        KNearestNeighbours(k).fit(X, y)  # type: ignore[arg-type]


def test_queries_and_readings_that_do_not_fit_are_refused() -> None:
    model = KNearestNeighbours(2).fit(np.eye(3)[:, :2], np.array([0, 0, 1]))
    with pytest.raises(ValueError, match=r"queries of shape \(m, 2\), got \(1, 3\)"):
        model.predict(np.zeros((1, 3)))
    with pytest.raises(ValueError, match="reading must be one of"):
        model.class_density(np.zeros((1, 2)), "some circle")
    with pytest.raises(ValueError, match="from 1 to 1"):
        model.class_density(np.zeros((1, 2)), "own_circle")
