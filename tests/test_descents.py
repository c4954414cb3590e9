"""Models that learn in steps of descent: found in whatever form, trained alike, read off as arrays."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent
from typing import Any

import numpy as np
import pytest
from stubs.workbench import moons_probe, opened, rubric_with

from grader.errors import Malformed, Raised, UsageFault
from grader.records import Binding
from grader.rubric import load
from grader.team.descent_finding import belongs, functions_of
from grader.team.descent_forms import Form, arrays_in
from grader.team.descents import DescentProxy
from grader.team.finding import find
from grader.team.overrides import Override
from grader.team.proxies import HandInTeam
from grader.team.symbols import Symbol

ROLE = load(Path(__file__).parent.parent / "rubrics" / "classification.yaml").roles["softmax"]
RUBRIC = rubric_with({"softmax": ROLE.model_dump()})
RNG = np.random.default_rng(5)
X, Y = RNG.normal(size=(30, 64)), np.arange(30) % 10
COLUMNS = X.shape[1]

SOFTMAX = """
import numpy as np
def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
"""
IN_A_CLASS = (
    SOFTMAX
    + """
class SoftmaxRegression:
    def __init__(self, eta=0.001, epochs=1000):
        self.eta, self.epochs = eta, epochs
    def fit(self, X, y):
        self.W = np.zeros((X.shape[1], 10))
        for _ in range(self.epochs):
            self.W -= self.eta * X.T @ (softmax(X @ self.W) - np.eye(10)[y])
        return self
    def predict_proba(self, X):
        return softmax(X @ self.W)
    def predict(self, X):
        return self.predict_proba(X).argmax(axis=1)
"""
)
ONE_HOT_FUNCTIONS = (
    SOFTMAX
    + """
LR = 0.001
STEPS = 1000
def train(X, Y_onehot):
    W, b, losses = np.zeros((64, 10)), np.zeros(10), []
    for _ in range(STEPS):
        d = softmax(X @ W + b) - Y_onehot
        W, b = W - LR * X.T @ d, b - LR * d.sum(axis=0)
        losses.append(1.0)
    return {"W": W, "b": b}, losses
def predict(X, W, b):
    return (X @ W + b).argmax(axis=1)
"""
)
COLUMN_STYLE = """
import numpy as np
def softmax(Z):
    E = np.exp(Z - Z.max(axis=0))
    return E / E.sum(axis=0)
def optimize(W, b, X, Y, num_iterations, learning_rate):
    for i in range(num_iterations):
        d = softmax(W @ X + b) - Y
        W = W - learning_rate * d @ X.T
        b = b - learning_rate * d.sum(axis=1, keepdims=True)
    return W, b
"""
ONE_STEP = (
    SOFTMAX
    + """
class SoftmaxModel:
    def __init__(self, n_features, n_classes):
        self.W = np.zeros((n_features, n_classes))
    def train_step(self, X, y, lr):
        p = softmax(X @ self.W)
        p[np.arange(len(y)), y] -= 1
        self.W -= lr * X.T @ p
"""
)
GRADIENT_ALONE = (
    SOFTMAX
    + """
def loss_gradient(theta, X, y):
    X = np.column_stack([np.ones(len(X)), X])
    p = softmax(X @ theta)
    p[np.arange(len(y)), y] -= 1
    return X.T @ p
"""
)
TRAINED_BY_ANOTHER = (
    SOFTMAX
    + """
class SoftmaxNet:
    def __init__(self, classes):
        self.params = {"W": np.zeros((64, classes))}
    def grads(self, X, y):
        return X.T @ (softmax(X @ self.params["W"]) - np.eye(10)[y])
def train(model, X, y, lr, n_steps):
    for _ in range(n_steps):
        model.params["W"] = model.params["W"] - lr * model.grads(X, y)
"""
)
IN_PLACE = (
    SOFTMAX
    + """
def gradient_descent(theta, X, y, lr, steps):
    losses = []
    for _ in range(steps):
        theta -= lr * X.T @ (softmax(X @ theta) - np.eye(10)[y])
        losses.append(0.5)
    return losses
"""
)
GRADIENT_OF_AN_OBJECT = """
import numpy as np
class SoftmaxClassifier:
    def __init__(self, classes, dim):
        self.weights = np.zeros((classes, dim))
        self.offsets = np.zeros(classes)
    def log_probabilities(self, pixels):
        z = pixels @ self.weights.T + self.offsets
        top = z.max(axis=1, keepdims=True)
        return z - top - np.log(np.sum(np.exp(z - top), axis=1, keepdims=True))
    def compute_gradients(self, pixels, labels):
        error = np.exp(self.log_probabilities(pixels))
        error[np.arange(len(labels)), labels] -= 1.0
        return error.T @ pixels, error.sum(axis=0)
"""
NAMES_THAT_SAY_NOTHING = (
    SOFTMAX
    + """
def grad_loss(A, q, T):
    return A.T @ (softmax(A @ T) - np.eye(10)[q])
"""
)
PAIRS = (
    SOFTMAX
    + """
class LogisticRegression:
    def __init__(self, n_features, n_classes):
        self.n_features, self.W = n_features, np.zeros((n_features, n_classes))
        self.losses = []
    def _probs(self, A):
        return softmax(A @ self.W)
    def grad(self, A, labels):
        return A.T @ (self._probs(A) - np.eye(self.W.shape[1])[labels])
    def train(self, training, test, eta=0.1, epochs=10):
        for _ in range(epochs):
            self.W = self.W - eta * self.grad(*training)
            points, labels = test
            self.losses.append(np.log(self._probs(points))[range(len(labels)), labels].sum())
"""
)
OWN_OBJECTS = (
    SOFTMAX
    + """
from dataclasses import dataclass
@dataclass
class Data:
    X_train: np.ndarray
    y_train: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray
@dataclass
class Settings:
    lr: float = 0.5
    epochs: int = 7
def train(sets: Data, how: Settings):
    W = np.zeros((sets.X_train.shape[1], 10))
    for _ in range(how.epochs):
        W -= how.lr * sets.X_train.T @ (softmax(sets.X_train @ W) - np.eye(10)[sets.y_train])
    assert len(sets.X_test) == len(sets.y_test)
    return W
"""
)

STYLES = {
    "pairs of points and labels": PAIRS,
    "objects of its own classes": OWN_OBJECTS,
    "a gradient of an object": GRADIENT_OF_AN_OBJECT,
    "a gradient of A, q and T": NAMES_THAT_SAY_NOTHING,
    "class": IN_A_CLASS,
    "one-hot functions, settings as globals": ONE_HOT_FUNCTIONS,
    "one point per column": COLUMN_STYLE,
    "a single step": ONE_STEP,
    "a gradient alone": GRADIENT_ALONE,
    "a trainer of models": TRAINED_BY_ANOTHER,
    "in place": IN_PLACE,
}


@contextmanager
def team_of(source: str, folder: Path, **more: Any) -> Iterator[HandInTeam]:
    """The hand-in of one source text, found and ready to be questioned."""
    with opened(dedent(source), folder) as (slice_, session):
        yield HandInTeam(session, find(slice_, session, RUBRIC, moons_probe(), **more), RUBRIC)


def descended(X: np.ndarray, rate: float, steps: int) -> np.ndarray:
    """Weights of ours after descent from zero on the summed loss, shape (columns, 10)."""
    theta = np.zeros((X.shape[1], 10))
    for _ in range(steps):
        powers = np.exp(X @ theta)
        theta = theta - rate * X.T @ (powers / powers.sum(axis=1, keepdims=True) - np.eye(10)[Y])
    return theta


def learned(model: Any) -> np.ndarray:
    """The weights that a training left behind, as (columns, 10), without a row for the bias."""
    tables = [a for a in model.arrays.values() if a.ndim == 2 and a.size >= COLUMNS * 10]
    table = tables[0] if tables[0].shape[1] == 10 else tables[0].T
    return table[-COLUMNS:] if not model.form.ones else table[:COLUMNS]


@pytest.mark.parametrize("style", STYLES)
def test_every_style_is_found_and_its_steps_are_the_asked_ones(style: str, tmp_path: Path) -> None:
    with team_of(STYLES[style], tmp_path) as team:
        binding = team.binding("softmax")
        assert binding.symbol and binding.confidence >= 0.6, binding.why
        assert team.softmax.takes("rate") and team.softmax.takes("steps")
        model = team.softmax(rate=1e-3, steps=2).fit(X, Y)
    with_bias = "bias" in "".join(model.arrays) or style in ("a gradient of an object", "one-hot functions, settings as globals",
                                                             "one point per column", "a gradient alone")  # fmt: skip
    ours = (
        descended(np.column_stack([np.ones(len(X)), X]), 1e-3, 2)[1:] if with_bias else descended(X, 1e-3, 2)
    )
    np.testing.assert_allclose(learned(model), ours, atol=1e-12)


def test_questions_are_answered_by_methods_and_by_functions(tmp_path: Path) -> None:
    with team_of(IN_A_CLASS, tmp_path) as team:
        model = team.softmax(rate=1e-3, steps=2).fit(X, Y)
        assert model.probabilities(X[:4]).shape == (4, 10)
        np.testing.assert_allclose(model.squash(np.zeros((2, 4))), 0.25)
    with team_of(ONE_HOT_FUNCTIONS, tmp_path) as team:
        model = team.softmax(rate=1e-3, steps=5).fit(X, Y)
        assert model.predict(X[:6]).shape == (6,)
        assert not model.has("probabilities")
        with pytest.raises(Malformed, match="probabilities"):
            model.probabilities(X)


def test_log_probabilities_are_answered_as_probabilities(tmp_path: Path) -> None:
    with team_of(GRADIENT_OF_AN_OBJECT, tmp_path) as team:
        model = team.softmax(rate=1e-3, steps=3).fit(X, Y)
        np.testing.assert_allclose(model.probabilities(X[:5]).sum(axis=1), 1.0)
    with team_of(GRADIENT_OF_AN_OBJECT.replace("- top - np.log", "- top + np.log"), tmp_path) as team:
        model = team.softmax(rate=1e-3, steps=3).fit(X, Y)
        assert abs(model.probabilities(X[:5]).sum(axis=1) - 1).min() > 0.1


def test_random_starts_without_a_seed_are_alike_twice(tmp_path: Path) -> None:
    drawn = IN_A_CLASS.replace("np.zeros((X.shape[1], 10))", "np.random.default_rng().normal(size=(64, 10))")
    with team_of(drawn, tmp_path) as team:
        first, second = (learned(team.softmax(rate=1e-30, steps=1).fit(X, Y)) for _ in range(2))
        assert team.softmax.steady
    assert np.ptp(first) > 1
    np.testing.assert_array_equal(first, second)


def test_a_training_that_is_never_alike_is_said_to_be_so(tmp_path: Path) -> None:
    drawn = IN_A_CLASS.replace(
        "np.zeros((X.shape[1], 10))",
        "np.frombuffer(__import__('os').urandom(64 * 10), np.uint8).reshape(64, 10) / 1e4",
    )
    with team_of(drawn, tmp_path) as team:
        assert not team.softmax.steady


def test_a_class_that_raises_keeps_its_place_but_is_not_trusted(tmp_path: Path) -> None:
    broken = IN_A_CLASS.replace("self.W -= self.eta", "self.W -= self.missing")
    with team_of(broken, tmp_path) as team:
        binding = team.binding("softmax")
        assert binding.symbol == "SoftmaxRegression"
        assert binding.confidence < 0.6
        assert "missing" in binding.why
        with pytest.raises(Raised):
            team.softmax(rate=0.1, steps=1).fit(X, Y)


def test_other_models_are_not_taken_for_it(tmp_path: Path) -> None:
    other = """
    import numpy as np
    class KNN:
        def fit(self, X, y):
            self.X, self.y = X, y
        def predict(self, X):
            return np.zeros(len(X))
    """
    with team_of(other, tmp_path) as team:
        assert not team.has("softmax")


LEAST_SQUARES = """
import numpy as np
def fit(A, labels):
    return np.linalg.lstsq(np.c_[A, np.ones(len(A))], labels, rcond=None)[0]
"""


def test_another_training_and_a_loss_are_not_taken_for_it(tmp_path: Path) -> None:
    at_the_top = """
    def probs(X, W):
        return softmax(X @ W)
    def loss(X, y, W):
        return -np.log(probs(X, W)[np.arange(len(y)), y]).mean()
    """
    with team_of(SOFTMAX + LEAST_SQUARES + dedent(at_the_top), tmp_path) as team:
        assert not team.has("softmax"), team.binding("softmax").why


def test_a_function_that_another_role_uses_is_left_to_it_unless_it_says_more_of_this_one() -> None:
    whole = load(Path(__file__).parent.parent / "rubrics" / "classification.yaml")
    plan = {"calls": {"fit": {}}}
    bound = {"lls": Binding("lls", "fit, predict", "functions", {"fit": "fit"}, plan=plan)}
    plain, rich = (Symbol("fit", "function", words=frozenset(w)) for w in ({"inv"}, {"softmax", "exp", "lr"}))
    theirs = functions_of(bound, [plain])
    assert theirs == {"fit": "lls"}
    assert belongs(plain, ROLE, theirs, whole)
    assert not belongs(rich, ROLE, theirs, whole)
    assert not belongs(plain, ROLE, {}, whole)


def test_a_mistake_of_ours_spoils_one_plan_and_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = DescentProxy.fit

    def fit(self: DescentProxy, *data: Any) -> DescentProxy:
        if self.form.one_hot:
            raise KeyError("a mistake")
        return real(self, *data)

    monkeypatch.setattr(DescentProxy, "fit", fit)
    with team_of(ONE_HOT_FUNCTIONS + IN_A_CLASS.replace(SOFTMAX, ""), tmp_path) as team:
        assert team.binding("softmax").symbol == "SoftmaxRegression"
        assert "KeyError" in team.binding("softmax").why


def test_an_object_that_is_made_for_data_asks_for_a_training_first(tmp_path: Path) -> None:
    with team_of(PAIRS.replace("def _probs", "def predict_proba").replace("self._probs", "self.predict_proba"),
                 tmp_path) as team:  # fmt: skip
        with pytest.raises(Malformed, match="trained first"):
            team.softmax(rate=0.1, steps=1).probabilities(X)
        assert team.softmax(rate=0.1, steps=1).fit(X, Y).probabilities(X).shape == (30, 10)


def test_a_tutor_names_what_is_questioned(tmp_path: Path) -> None:
    source = IN_A_CLASS.replace("SoftmaxRegression", "Thing").replace("eta", "zz").replace("softmax", "s")
    told = {"softmax": Override(("Thing",), parameters={"rate": "zz"})}
    with team_of(source, tmp_path, overrides=told) as team:
        assert team.binding("softmax").confidence == 1.0
        model = team.softmax(rate=1e-3, steps=2).fit(X, Y)
    np.testing.assert_allclose(learned(model), descended(X, 1e-3, 2), atol=1e-12)
    with pytest.raises(UsageFault), team_of(source, tmp_path, overrides={"softmax": Override(("Thin",))}):
        pass


def test_forms_hand_over_points_and_labels() -> None:
    form = Form(ones=True, one_hot=True, turned=True, start="columns")
    points = np.arange(6.0).reshape(3, 2)
    assert form.points(points).tolist() == [[0, 2, 4], [1, 3, 5], [1, 1, 1]]
    assert form.labels(np.array([1, 0, 1]), 2).tolist() == [[0, 1, 0], [1, 0, 1]]
    assert form.first(points, 2).shape == (2, 3)
    assert form.bias(2).shape == (2, 1)


def test_of_a_history_the_last_parameters_are_read() -> None:
    early, late = np.zeros((2, 3)), np.ones((2, 3))
    found = arrays_in([early, late], "")
    assert [a.tolist() for a in found.values()] == [late.tolist()]
    assert arrays_in({"W": late, "name": "x", "parts": (early, 3.0)}, "").keys() == {"W", "parts[0]"}
