"""What is found without a telling name: left-over classes, options in dictionaries, answers of ragged shape."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from stubs.workbench import moons_probe, opened, rubric_with

from grader.records import Slice, Statement
from grader.rubric import Role, load
from grader.team.adapters import _same_but_numbers
from grader.team.bindings import answers, near_miss
from grader.team.candidates import gather
from grader.team.elimination import left_over, short_for
from grader.team.finding import BROKEN, _Search, find
from grader.team.probing import Trial
from grader.team.spellings import labels_of
from grader.team.symbols import Argument, Symbol
from tests.test_adapters import rubric  # noqa: F401

SHORT = """
import numpy as np
class G:
    def fit(s, x):
        s.m, s.C = x.mean(0), np.cov(x.T)
        return s
    def score_samples(s, x):
        d = x - s.m
        return -.5 * np.sum(d @ np.linalg.inv(s.C) * d, 1) - .5 * np.log(np.linalg.det(2 * np.pi * s.C))
    def sample(s, n): return np.random.multivariate_normal(s.m, s.C, n)
class K:
    def __init__(s, h=.1): s.h = h
    def fit(s, x):
        s.x = x
        return s
    def score_samples(s, x):
        d = ((x[:, None] - s.x) ** 2).sum(-1)
        return np.log(np.exp(-d / 2 / s.h ** 2).mean(1) / (2 * np.pi * s.h ** 2))
    def sample(s, n): return s.x[np.random.randint(len(s.x), size=n)] + s.h * np.random.randn(n, 2)
"""


def offering(name: str, *parameters: str) -> Symbol:
    methods = {"fit": (Argument("X"),), "score_samples": (Argument("X"),), "sample": (Argument("n"),)}
    return Symbol(name, "class", tuple(Argument(p, required=False) for p in parameters), methods)


def test_one_letter_classes_are_found_and_never_certain(tmp_path, rubric) -> None:  # noqa: F811
    small = rubric_with({name: rubric.roles[name].model_dump() for name in ("gaussian", "kde")})
    with opened(SHORT, tmp_path) as (slice_, session):
        found = find(slice_, session, small, moons_probe())
    assert (found["gaussian"].symbol, found["kde"].symbol) == ("G", "K")
    assert found["kde"].parameters == {"bandwidth": "h"}
    assert found["kde"].confidence < small.confidence, "a failure goes to a person"


MIXED_UP = """
import numpy as np
class G:
    def fit(s, x):
        s.m, (s.l, s.v) = x.sum(0) / len(x), np.linalg.eigh(np.cov(x.T))
        return s
    def score_samples(s, x):
        c = (x - s.m) @ s.v
        return -.5 * (c ** 2 / s.l + np.log(2 * np.pi * s.l)).sum(1)
    def sample(s, n): return s.m + (np.random.randn(n, 2) * np.sqrt(s.l)) @ s.v.T
class K:
    def __init__(s, b): s.b = b
    def fit(s, x):
        s.x = x
        return s
    def score_samples(s, x):
        d = ((x[:, None] - s.x) ** 2).sum(-1)
        return np.log(np.exp(-d / 2 / s.b ** 2).mean(1) / (2 * np.pi * s.b ** 2) + 1e-300)
    def sample(s, n): return s.x[np.random.randint(len(s.x), size=n)] + s.b * np.random.randn(n, 2)
class M:
    def __init__(s, K):
        s.K = K
    def fit(s, x):
        s.w = np.ones(s.K) / s.K
        s.m = x[:: len(x) // s.K][: s.K] * 1.0
        s.C = np.array([np.cov(x.T) / s.K] * s.K)
        for _ in range(20):
            r = s.parts(x)
            r = r / r.sum(1, keepdims=True)
            for k in range(s.K):
                d = x - s.m[k]
                s.C[k] = (r[:, [k]] * d).T @ d / r[:, k].sum() + 1e-6 * np.eye(2)
                s.m[k] = r[:, k] @ x / r[:, k].sum()
            s.w = r.mean(0)
        return s
    def parts(s, x):
        out = []
        for k in range(s.K):
            d = x - s.m[k]
            out.append(s.w[k] * np.exp(-.5 * np.sum(d @ np.linalg.inv(s.C[k]) * d, 1)) / np.sqrt(np.linalg.det(2 * np.pi * s.C[k])))
        return np.array(out).T
    def score_samples(s, x): return np.log(s.parts(x).sum(1))
    def sample(s, n):
        k = np.random.choice(s.K, n, p=s.w / s.w.sum())
        return np.array([np.random.multivariate_normal(s.m[j], s.C[j]) for j in k])
"""


def test_classes_taken_by_their_methods_alone_are_shared_out_together(tmp_path, rubric) -> None:  # noqa: F811
    names = ("gaussian", "gmm", "kde")
    small = rubric_with({name: rubric.roles[name].model_dump() for name in names})
    with opened(MIXED_UP, tmp_path) as (slice_, session):
        found = find(slice_, session, small, moons_probe())
    assert [found[name].symbol for name in names] == ["G", "M", "K"]
    assert all(found[name].confidence < small.confidence for name in names)


KEYED = (
    SHORT.replace("class K:", "class Generator2:")
    + """
made = {"KDE": (Generator2, [0.1, 0.2]), "Normal": (G, [])}
"""
)


def test_a_class_that_a_key_names_is_tried_and_never_missing(tmp_path, rubric) -> None:  # noqa: F811
    small = rubric_with({name: rubric.roles[name].model_dump() for name in ("gaussian", "kde")})
    with opened(KEYED, tmp_path) as (slice_, session):
        found = find(slice_, session, small, moons_probe())
    assert (found["gaussian"].symbol, found["kde"].symbol) == ("G", "Generator2")
    assert set(found["kde"].methods) == {"fit", "score_samples", "sample"}


def test_what_was_never_tried_is_doubted(rubric) -> None:  # noqa: F811
    left = near_miss("kde", rubric.roles["kde"], [offering("Kernel")], [])
    tried = near_miss("kde", rubric.roles["kde"], [offering("Kernel")], [Trial(faults={"fit": "no"})])
    assert (bool(left.doubts), bool(tried.doubts)) == (True, False)
    assert not answers(left)


def test_a_hyperparameter_of_the_fit_speaks_for_a_left_over_class(rubric) -> None:  # noqa: F811
    roles: dict[str, Role] = {"kde": rubric.roles["kde"]}
    plain = offering("Streuer")
    given = replace(
        plain, methods={**plain.methods, "fit": (Argument("X"), Argument("width", required=False))}
    )
    assert left_over(roles, [plain], [], {}) == {}
    assert left_over(roles, [given], [], {})["kde"] is given


def test_a_class_that_another_role_claims_is_not_left_over(rubric) -> None:  # noqa: F811
    roles: dict[str, Role] = {"kde": rubric.roles["kde"]}
    free = left_over(roles, [offering("K", "h")], [], {})
    assert free["kde"].name == "K"
    assert left_over(roles, [offering("K", "h")], ["K"], {}) == {}
    assert left_over(roles, [offering("K", "h")], [], {"K": "histogram"}) == {}


def test_a_class_without_anything_that_speaks_for_it_is_left_alone(rubric) -> None:  # noqa: F811
    assert left_over({"kde": rubric.roles["kde"]}, [offering("Zebra", "stripes")], [], {}) == {}


@pytest.mark.parametrize(
    ("name", "short"), [("K", True), ("GM", True), ("gmm", True), ("Q", False), ("_", False)]
)
def test_initials_and_beginnings_are_short_for_a_name(name: str, short: bool) -> None:
    assert short_for(name, ("kernel density", "gaussian mixture model")) is short


def test_a_mistake_of_ours_breaks_one_role_only(tmp_path, rubric, monkeypatch) -> None:  # noqa: F811
    small = rubric_with({name: rubric.roles[name].model_dump() for name in ("gaussian", "kde")})
    search = _Search.role

    def broken(self, name):
        if name == "kde":
            raise ValueError("our own")
        return search(self, name)

    monkeypatch.setattr(_Search, "role", broken)
    with opened(SHORT, tmp_path) as (slice_, session):
        found = find(slice_, session, small, moons_probe())
    assert found["kde"].kind == BROKEN and "our own" in found["kde"].why
    assert found["gaussian"].symbol == "G"


def test_names_of_options_are_read_from_the_code_that_takes_them() -> None:
    source = (
        "class A:\n    def __init__(self, **o):\n        self.h = o.get('h', 1)\n        self.k = o['k']\n"
    )
    described = [
        {
            "name": "A",
            "kind": "class",
            "parameters": [{"name": "o", "kind": "var_keyword", "required": False}],
        }
    ]
    (symbol,) = gather(Slice((Statement(source, "cell 1, line 1", ("A",), "class"),)), described)
    assert [p.name for p in symbol.parameters] == ["o", "h", "k"]


@pytest.mark.parametrize(
    ("answer", "key"),
    [
        ({"('a', 0.7)": 1, "('b', 0.7)": 2}, "('a', 0.7)"),
        ({"a 1": 1, "a 2": 2}, "('a', 0.5)"),
        ({}, "('a', 0.5)"),
    ],
    ids=["one alike", "none alike", "empty"],
)
def test_an_entry_is_found_though_its_numbers_differ(answer: dict[str, int], key: str) -> None:
    assert _same_but_numbers("('a', 0.5)", answer) == key


def test_answers_of_ragged_shape_have_labels_or_none() -> None:
    symbol = Symbol("f", "function", parts=("se", "imq"))
    assert labels_of([np.zeros(3), 1.0], symbol) == [(0, "se"), (1, "imq")]
    assert labels_of([np.zeros(3)], symbol) == []
    assert labels_of(3.0, symbol) == []


def test_the_rubric_is_the_shipped_one(root) -> None:
    assert load(root / "rubrics" / "generative_baselines.yaml").confidence > 0.55


BLEND = '''
import numpy as np
import matplotlib.pyplot as plt
class {one}:
    def fit(self, X):
        self.a, self.b = X.mean(0), np.cov(X.T)
        return self
    def score_samples(self, X): return norm_log(X, self.a, self.b)
    def sample(self, n): return np.random.multivariate_normal(self.a, self.b, n)
def norm_log(X, a, b):
    d = X - a
    return -.5 * np.sum(d @ np.linalg.inv(b) * d, 1) - .5 * np.log(np.linalg.det(2 * np.pi * b))
class GaussZlepek:
    """{doc}"""
    def __init__(self, koliko=4, obratov=40):
        self.koliko, self.obratov = koliko, obratov
    def fit(self, X):
        r = np.eye(self.koliko)[np.argsort(np.argsort(X[:, 0])) * self.koliko // len(X)]
        for _ in range(self.obratov):
            self.pi = r.mean(0)
            self.means = r.T @ X / r.sum(0)[:, None]
            self.covs = [np.cov(X.T, aweights=w + 1e-12, ddof=0) + 1e-6 * np.eye(2) for w in r.T]
            p = np.exp(self._parts(X))
            r = p / p.sum(1, keepdims=True)
        return self
    def _parts(self, X):
        return np.stack([np.log(w) + norm_log(X, m, c) for w, m, c in zip(self.pi, self.means, self.covs)], 1)
    def score_samples(self, X): return np.log(np.exp(self._parts(X)).sum(1))
    def sample(self, n):
        k = np.random.choice(self.koliko, n, p=self.pi)
        return np.array([np.random.multivariate_normal(self.means[j], self.covs[j]) for j in k])
def pokazi(ime, m):
    plt.scatter(*m.sample(50).T)
    plt.title(ime)
def vse():
    pokazi("gauss", {one}())
    pokazi("gmm 2", GaussZlepek(2))
    pokazi("gmm 6", GaussZlepek(6))
'''


@pytest.mark.parametrize(
    ("one", "doc"),
    [
        ("GaussEna", "Mixture of several Gaussians."),
        ("GaussEna", "Vec krivulj."),
        ("Zvon", "Mixture of several Gaussians."),
    ],
)
def test_a_mixture_whose_name_speaks_of_the_gaussian_is_not_missing(
    one: str,
    doc: str,
    tmp_path,
    rubric,  # noqa: F811
) -> None:
    small = rubric_with({name: rubric.roles[name].model_dump() for name in ("gaussian", "gmm")})
    with opened(BLEND.format(one=one, doc=doc), tmp_path) as (slice_, session):
        found = find(slice_, session, small, moons_probe())
    assert found["gmm"].symbol == "GaussZlepek", "and not the function that draws"
    assert found["gmm"].parameters == {"components": "koliko"}, "the team itself gives it different numbers"
    assert found["gaussian"].symbol == one


def test_a_second_class_for_a_filled_role_is_no_other_model(rubric) -> None:  # noqa: F811
    roles: dict[str, Role] = {"gmm": rubric.roles["gmm"]}
    filled = {"gaussian": rubric.roles["gaussian"]}
    second, blend = offering("GaussianDiagonal"), offering("GaussianBlend", "K")
    owner = {"GaussianDiagonal": "gaussian", "GaussianBlend": "gaussian"}
    assert left_over(roles, [second], [], owner, filled) == {}
    assert left_over(roles, [second, blend], [], owner, filled) == {"gmm": blend}
    assert left_over(roles, [blend], [], owner) == {}, "nobody else fills the role that its name claims"
