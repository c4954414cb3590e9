"""The data sets of the reference and the skeletons that the sheet hands out: what they promise."""

from __future__ import annotations

import ast
import importlib.util
import runpy
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from sklearn.datasets import load_digits

from reference.classification import data
from reference.classification.models import KNearestNeighbours, LinearLeastSquares

PROVIDED = Path(data.__file__).parent / "provides"
DRAWS = {
    data.three_classes: {0, 1, 2},
    data.two_classes: {-1, 1},
    data.two_classes_with_outliers: {-1, 1},
    data.collinear: {-1, 1},
    data.lattice: {0, 1},
    data.duplicates: {0, 1, 2},
    data.softmax_problem: {0, 1, 2},
    data.digits: set(range(10)),
}


def provided(name: str) -> ModuleType:
    """The skeleton of that name as a module."""
    spec = importlib.util.spec_from_file_location(name, PROVIDED / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("draw", DRAWS, ids=lambda draw: draw.__name__)
@pytest.mark.parametrize("n", [12, 101])
def test_draws_have_the_promised_shape_and_repeat_with_the_seed(draw: data.Draw, n: int) -> None:
    X, y = draw(n, np.random.default_rng(1))
    assert len(X) == n and X.ndim == 2 and X.dtype == np.float64 and np.isfinite(X).all()
    assert y.shape == (n,) and y.dtype == np.int64
    assert set(y.tolist()) <= DRAWS[draw] and len(set(y.tolist())) >= min(3, len(DRAWS[draw]))
    for ours, again in zip((X, y), draw(n, np.random.default_rng(1)), strict=True):
        np.testing.assert_array_equal(ours, again)
    assert not np.array_equal(X, draw(n, np.random.default_rng(2))[0])


def test_classes_overlap_but_can_be_learned() -> None:
    X, y = data.three_classes(600, np.random.default_rng(3))
    Q, labels = data.three_classes(600, np.random.default_rng(4))
    right = (KNearestNeighbours(15).fit(X, y).predict(Q) == labels).mean()
    assert 0.75 < right < 0.95
    X, y = data.two_classes(600, np.random.default_rng(5))
    assert 0.75 < LinearLeastSquares().fit(X, y).accuracy(X, y) < 0.98


def test_without_its_bias_the_line_between_two_classes_is_wrong() -> None:
    X, y = data.two_classes(500, np.random.default_rng(6))
    through_zero = np.linalg.lstsq(X, y, rcond=None)[0]
    lost = LinearLeastSquares().fit(X, y).accuracy(X, y) - (np.sign(X @ through_zero) == y).mean()
    assert lost > 0.05


def test_outliers_stand_last_lie_far_and_bear_their_own_class() -> None:
    X, y = data.two_classes_with_outliers(50, np.random.default_rng(7), outliers=8)
    assert (np.abs(X[:-8, 0]) < 4).all() and (X[-8:] > 6).all() and (y[-8:] == 1).all()
    assert (np.sign(X[:-8, 0]) == y[:-8]).all()
    with pytest.raises(ValueError, match="outliers <= n - 2"):
        data.two_classes_with_outliers(5, np.random.default_rng(0), outliers=4)


def test_collinear_columns_have_no_inverse() -> None:
    X, _ = data.collinear(40, np.random.default_rng(8))
    np.testing.assert_array_equal(X[:, 2], X[:, 0] + X[:, 1])
    assert np.linalg.matrix_rank(X) == 2


def test_lattice_points_differ_and_many_distances_are_equal() -> None:
    X, y = data.lattice(30, np.random.default_rng(9))
    assert len(np.unique(X, axis=0)) == 30
    distances, _ = KNearestNeighbours(5).fit(X, y).kneighbours(X)
    assert (distances[:, 1] == distances[:, 2]).mean() > 0.8


def test_about_half_of_the_duplicates_repeat_another_point_some_with_another_label() -> None:
    X, y = data.duplicates(100, np.random.default_rng(10))
    assert len(np.unique(X, axis=0)) == 50
    assert len(np.unique(np.column_stack([X, y]), axis=0)) > 60


def test_softmax_problems_have_the_asked_columns_and_every_class() -> None:
    X, y = data.softmax_problem(20, np.random.default_rng(11), columns=7, classes=6)
    assert X.shape == (20, 7) and set(y.tolist()) == set(range(6))
    with pytest.raises(ValueError, match="n >= 3"):
        data.softmax_problem(2, np.random.default_rng(0))


def test_a_split_of_digits_shares_no_image() -> None:
    (X, y), (X_test, y_test) = data.digits_split(1797, np.random.default_rng(12))
    assert X.shape == (1347, 64) and X_test.shape == (450, 64)
    pixels, labels = load_digits(return_X_y=True)
    seen = {(*row, label) for row, label in zip(np.vstack([X, X_test]), np.append(y, y_test), strict=True)}
    assert seen == {(*row, label) for row, label in zip(pixels, labels, strict=True)}
    with pytest.raises(ValueError, match="1797"):
        data.digits(1798, np.random.default_rng(0))


def test_the_first_skeleton_gives_classes_for_every_number_of_neighbours_asked() -> None:
    X, y, X_test, y_test = provided("task1").make_data()
    assert X.shape == (600, 2) and X_test.shape == (300, 2) and len(y_test) == 300
    assert len(X) >= 2**9
    assert np.bincount(y).min() >= 32 and len(set(np.bincount(y).tolist())) == 3
    accuracy = [(KNearestNeighbours(k).fit(X, y).predict(X_test) == y_test).mean() for k in (1, 32, 512)]
    assert accuracy[1] > accuracy[0] > accuracy[2]


def test_the_second_skeleton_changes_nothing_but_the_outliers() -> None:
    make = provided("task2").make_data
    plain = make(0)
    for n in (1, 4, 16):
        X, y, X_test, y_test = make(n)
        np.testing.assert_array_equal(X[:-n], plain[0])
        np.testing.assert_array_equal(y[:-n], plain[1])
        np.testing.assert_array_equal(X_test, plain[2])
        np.testing.assert_array_equal(y_test, plain[3])
        assert (y[-n:] == 1).all() and (np.linalg.norm(X[-n:] - [6, -10], axis=1) < 4).all()


def test_every_doubling_of_the_outliers_costs_test_accuracy() -> None:
    make = provided("task2").make_data
    accuracy = []
    for n in (0, 1, 2, 4, 8, 16):
        X, y, X_test, y_test = make(n)
        assert set(y.tolist()) == {-1, 1}
        accuracy.append(LinearLeastSquares().fit(X, y).accuracy(X_test, y_test))
    assert accuracy == sorted(accuracy, reverse=True) and accuracy[0] > 0.97 and accuracy[-1] < 0.9


def test_the_third_skeleton_gives_the_digits() -> None:
    pixels, labels = provided("task3").make_data()
    assert pixels.shape == (1797, 64) and set(labels.tolist()) == set(range(10))


@pytest.mark.parametrize("name", ["task1", "task2"])
def test_data_repeat_with_the_seed_and_change_with_it(name: str) -> None:
    make = provided(name).make_data
    for ours, again in zip(make(), make(), strict=True):
        np.testing.assert_array_equal(ours, again)
    assert not np.array_equal(make()[0], make(seed=1)[0])


@pytest.mark.parametrize(("name", "stubs"), [("task1", 3), ("task2", 2), ("task3", 6)])
def test_what_is_left_to_write_says_so(name: str, stubs: int) -> None:
    tree = ast.parse((PROVIDED / f"{name}.py").read_text(encoding="utf-8"))
    left = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and isinstance(node.body[-1], ast.Raise)
    ]
    assert len(left) == stubs and all(ast.get_docstring(node) for node in left)
    module = provided(name)
    with pytest.raises(NotImplementedError, match=f"task {name[-1]}: "):
        if name == "task3":
            module.softmax(np.zeros((1, 2)))
        else:
            written = module.KNearestNeighbours if name == "task1" else module.LinearLeastSquares
            written().predict(np.zeros((1, 2)))


@pytest.mark.parametrize("name", ["task1", "task2", "task3"])
def test_a_skeleton_runs_as_a_script_and_needs_little(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = PROVIDED / f"{name}.py"
    runpy.run_path(str(path), run_name="__main__")
    said = capsys.readouterr()
    assert len(said.out.splitlines()) in {1, 2, 5} and not said.err
    lines = path.read_text(encoding="utf-8").split("\n")
    imports = {line for line in lines if line.startswith(("import ", "from "))}
    assert imports <= {"import numpy as np", "from sklearn.datasets import load_digits"}
