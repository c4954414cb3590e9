"""What is read from source: the code that calls reach, loops over data points and no others, names of libraries."""

from __future__ import annotations

import textwrap
from types import SimpleNamespace

import pytest

from grader.judge.reachable import Reach, reach_of, reach_of_object, reach_of_plan, reachable
from grader.records import Binding, Statement
from grader.run.slice import slice_script

HEAD = """
import numpy as np, itertools, functools
from itertools import product, combinations
from scipy.spatial.distance import cdist
from tqdm import tqdm

def se(q, h):
    return np.exp(-q / h**2)

def pair(a, b, h):
    return np.exp(-((a[0] - b[0])**2 + (a[1] - b[1])**2) / h**2)
"""


def statements(source: str, name: str = "work.py") -> tuple[Statement, ...]:
    """The statements of a script, as the slice keeps them."""
    return slice_script(textwrap.dedent(source), name).statements


def read(source: str, symbol: str = "mmd") -> Reach:
    """What a function of two samples, ``X`` and ``Y``, reaches."""
    found = reachable([symbol], statements(HEAD + textwrap.dedent(source)), data=["X", "Y"])
    assert found is not None
    return found


ARRAYS = {
    "distances at once": "def mmd(X, Y, h=1): return se(cdist(X, Y)**2, h).mean()",
    "broadcasting": "def mmd(X, Y, h=1):\n    d = X[:, None] - Y[None]\n    return se((d**2).sum(-1), h).mean()",
    "the binomial formula": "def mmd(X, Y, h=1):\n    q = (X**2).sum(1)[:, None] + (Y**2).sum(1) - 2 * X @ Y.T\n    return se(q, h).mean()",
    "einsum": "def mmd(X, Y, h=1):\n    d = X[:, None] - Y\n    return se(np.einsum('ijd,ijd->ij', d, d), h).sum()",
    "a comprehension over bandwidths": "def mmd(X, Y, hs=(1, 2)):\n    q = cdist(X, Y)**2\n    return sum(se(q, h).mean() for h in hs)",
    "a loop over bandwidths by number": "def mmd(X, Y, hs=(1, 2)):\n    t = 0\n    for i in range(len(hs)):\n        t += se(cdist(X, Y), hs[i]).mean()\n    return t",
    "a loop over the three pairs of samples": "def mmd(X, Y, h=1):\n    return [se(cdist(A, B), h).mean() for A, B in ((X, X), (Y, Y), (X, Y))]",
    "a loop over three matrices": "def mmd(X, Y, h=1):\n    t = 0\n    for q in (cdist(X, X), cdist(Y, Y)):\n        t += se(q, h).mean()\n    return t",
    "a loop over dimensions": "def mmd(X, Y, h=1):\n    n, d = X.shape\n    q = 0\n    for k in range(d):\n        q = q + (X[:, k][:, None] - Y[:, k])**2\n    return q",
    "a loop over columns": "def mmd(X, Y, h=1):\n    q = 0\n    for x, y in zip(X.T, Y.T):\n        q = q + (x[:, None] - y)**2\n    return se(q, h).mean()",
    "blocks by a step": "def mmd(X, Y, h=1):\n    t = 0\n    for s in range(0, len(X), 256):\n        t += se(cdist(X[s:s + 256], Y), h).sum()\n    return t",
    "blocks by number": "def mmd(X, Y, h=1, b=100):\n    n = len(X)\n    t = 0\n    for k in range(n // b + 1):\n        t += se(cdist(X[k * b:(k + 1) * b], Y), h).sum()\n    return t",
    "blocks by splitting": "def mmd(X, Y, h=1):\n    return sum(se(cdist(b, Y), h).sum() for b in np.array_split(X, 10))",
    "blocks in a while loop": "def mmd(X, Y, h=1):\n    s = t = 0\n    while s < len(X):\n        t += se(cdist(X[s:s + 99], Y), h).sum()\n        s += 99\n    return t",
    "a loop in code that is not called": "def slow(X, Y):\n    return [pair(a, b, 1) for a in X for b in Y]\n\ndef mmd(X, Y, h=1): return se(cdist(X, Y), h).mean()",
    "compiled loops": "import numba\n\n@numba.njit\ndef mmd(X, Y, h=1):\n    t = 0\n    for a in X:\n        for b in Y:\n            t += pair(a, b, h)\n    return t",
}  # fmt: skip


@pytest.mark.parametrize("source", ARRAYS.values(), ids=ARRAYS.keys())
def test_what_is_no_loop_over_points_is_not_taken_for_one(source: str) -> None:
    assert read(source).over_points == ()


LOOPS = {
    "two loops": (2, "def mmd(X, Y, h=1):\n    t = 0\n    for a in X:\n        for b in Y:\n            t += pair(a, b, h)\n    return t"),
    "two loops over numbers": (2, "def mmd(X, Y, h=1):\n    n, m = X.shape[0], len(Y)\n    K = np.zeros((n, m))\n    for i in range(n):\n        for j in range(0, m):\n            K[i, j] = pair(X[i], Y[j], h)\n    return K.mean()"),
    "half of the pairs": (2, "def mmd(X, Y, h=1):\n    n = len(X)\n    return sum(pair(X[i], X[j], h) for i in range(n) for j in range(i + 1, n))"),
    "a loop with a comprehension inside": (2, "def mmd(X, Y, h=1):\n    t = 0\n    for a in X:\n        t += sum([pair(a, b, h) for b in Y])\n    return t"),
    "a loop in a function that a loop calls": (2, "def row(a, B):\n    return sum(pair(a, b, 1) for b in B)\n\ndef mmd(X, Y, h=1):\n    return sum(row(a, Y) for a in X)"),
    "a loop in a nested function": (2, "def mmd(X, Y, h=1):\n    def mean(A, B):\n        t = 0\n        for a in A:\n            for b in B:\n                t += pair(a, b, h)\n        return t\n    return mean(X, X) - mean(X, Y)"),
    "a product": (2, "def mmd(X, Y, h=1):\n    return sum(pair(a, b, h) for a, b in product(X, Y))"),
    "combinations": (2, "def mmd(X, Y, h=1):\n    t = 0\n    for a, b in itertools.combinations(X, 2):\n        t += pair(a, b, h)\n    return t"),
    "all indices of a matrix": (2, "def mmd(X, Y, h=1):\n    n, m = len(X), len(Y)\n    return sum(pair(X[i], Y[j], h) for i, j in np.ndindex(n, m))"),
    "np.vectorize with a signature": (2, "def mmd(X, Y, h=1):\n    k = np.vectorize(pair, signature='(d),(d),()->()')\n    return k(X[:, None], Y[None], h).mean()"),
    "a distance function of Python": (2, "def mmd(X, Y, h=1):\n    return cdist(X, Y, lambda a, b: pair(a, b, h)).mean()"),
    "lists made of arrays": (2, "def mmd(X, Y, h=1):\n    A, B = X.tolist(), list(Y)\n    return sum(pair(a, b, h) for a in A for b in B)"),
    "rows of a matrix, then their entries": (2, "def mmd(X, Y, h=1):\n    D = cdist(X, Y)\n    return sum(se(d, h) for row in D for d in row)"),
    "a kernel that is handed over": (2, "def mean(A, B, k):\n    return sum(k(a, b, 1) for a in A for b in B)\n\ndef mmd(X, Y, h=1): return mean(X, Y, pair)"),
    "a kernel with loops from a table": (2, "def slow(A, B, h):\n    return [pair(a, b, h) for a in A for b in B]\n\nTABLE = {'se': slow}\n\ndef mmd(X, Y, kernel='se', h=1): return np.mean(TABLE[kernel](X, Y, h))"),
    "a class that keeps the samples": (2, "class Metric:\n    def __init__(self, X, Y):\n        self.a, self.b = X, Y\n    def value(self):\n        t = 0\n        for i in range(len(self.a)):\n            for j in range(len(self.b)):\n                t += pair(self.a[i], self.b[j], 1)\n        return t\n\ndef mmd(X, Y, h=1): return Metric(X, Y).value()"),
    "rows with arrays inside": (1, "def mmd(X, Y, h=1):\n    return sum(se(((Y - a)**2).sum(1), h).sum() for a in X)"),
    "a table of pairs of samples": (2, "def mmd(X, Y, h=1):\n    t = 0\n    for key, (A, B) in {'xx': (X, X), 'xy': (X, Y)}.items():\n        for a in A:\n            for b in B:\n                t += pair(a, b, h)\n    return t"),
    "enumerate": (1, "def mmd(X, Y, h=1):\n    K = np.empty((len(X), len(Y)))\n    for i, a in enumerate(X):\n        K[i] = se(((Y - a)**2).sum(1), h)\n    return K.mean()"),
    "tqdm": (1, "def mmd(X, Y, h=1):\n    return sum(se(((Y - X[i])**2).sum(1), h).sum() for i in tqdm(range(len(X))))"),
    "zip": (1, "def mmd(X, Y, h=1):\n    return sum(pair(a, b, h) for a, b in zip(X, Y))"),
    "map": (1, "def mmd(X, Y, h=1):\n    return sum(map(lambda a: se(((Y - a)**2).sum(1), h).sum(), X))"),
    "apply_along_axis": (1, "def mmd(X, Y, h=1):\n    return np.apply_along_axis(lambda a: se(((Y - a)**2).sum(1), h).sum(), 1, X).sum()"),
    "fromiter": (1, "def mmd(X, Y, h=1):\n    return np.fromiter((se(((Y - a)**2).sum(1), h).sum() for a in X), float).sum()"),
    "while with a counter": (1, "def mmd(X, Y, h=1):\n    i = t = 0\n    while i < len(X):\n        t += se(((Y - X[i])**2).sum(1), h).sum()\n        i += 1\n    return t"),
    "a list that was filled in a loop": (1, "def mmd(X, Y, h=1):\n    rows = []\n    for i in range(0, len(X), 1):\n        rows.append(((Y - X[i])**2).sum(1))\n    return np.mean(rows)"),
}  # fmt: skip


@pytest.mark.parametrize(("depth", "source"), LOOPS.values(), ids=LOOPS.keys())
def test_loops_over_points_are_found_with_their_depth(depth: int, source: str) -> None:
    found = read(source).over_points
    assert found, "no loop over points was found"
    assert found[0].depth == depth


def test_a_loop_is_told_with_its_place_and_what_it_runs_over() -> None:
    (loop,) = read("def mmd(X, Y, h=1):\n    for a in X:\n        h += 1\n    return h").over_points
    assert (loop.where, loop.inside, loop.kind, loop.over) == ("work.py, line 13", "mmd", "for", "X")


def test_a_later_definition_replaces_an_earlier_one() -> None:
    source = "def mmd(X, Y): return [a for a in X]\n\ndef mmd(X, Y): return cdist(X, Y).mean()"
    assert read(source).over_points == ()
    assert read("\n\n".join(reversed(source.split("\n\n")))).over_points


MODELS = """
import numpy as np
import sklearn.mixture as mix
from scipy.stats import gaussian_kde, multivariate_normal as mvn

Ready = mix.GaussianMixture
unused = gaussian_kde

class Base:
    def fit(self, X):
        self.inner = self.make().fit(X)
        return self

class Mixture(Base):
    def make(self):
        return Ready(3)

class Kernels:
    def fit(self, X):
        self.density = gaussian_kde(X.T)
        return self
    def score_samples(self, P):
        return self.density.logpdf(P.T)

class Inherits(mix.GaussianMixture):
    pass

class Own:
    def fit(self, X):
        self.mean, self.cov = X.mean(0), np.cov(X.T)
        return self
    def score_samples(self, P):
        return helper(P, self.mean, self.cov)

class Inside:
    def fit(self, X):
        from sklearn.neighbors import KernelDensity as KD
        self.model = KD().fit(X)

def helper(P, mean, cov):
    return mvn.logpdf(P, mean, cov)

def comparison(X):
    return Ready(3).fit(X), gaussian_kde(X.T)
"""


@pytest.mark.parametrize(
    ("symbol", "name", "line"),
    [
        ("Mixture", "sklearn.mixture.GaussianMixture", 16),
        ("Kernels", "scipy.stats.gaussian_kde", 20),
        ("Inherits", "sklearn.mixture.GaussianMixture", 25),
        ("Inside", "sklearn.neighbors.KernelDensity", 38),
    ],
)
def test_ready_made_classes_are_found_through_aliases_and_ancestors(
    symbol: str, name: str, line: int
) -> None:
    found = reachable([symbol], statements(MODELS))
    assert found is not None
    (use,) = {use.where: use for use in found.using([name])}.values()
    assert use.where == f"work.py, line {line}"


def test_fundamental_functions_are_named_and_code_that_is_not_called_is_not() -> None:
    found = reachable(["Own"], statements(MODELS))
    assert found is not None
    assert found.using(["sklearn.*", "scipy.stats.gaussian_kde"]) == ()
    assert [use.name for use in found.using(["scipy.*"])] == ["scipy.stats.multivariate_normal.logpdf"]
    assert set(found.code) == {"Own", "Own.fit", "Own.score_samples", "helper"}


def test_an_imported_class_itself_is_a_use_of_it() -> None:
    source = "from sklearn.mixture import GaussianMixture\n"
    found = reachable(["GaussianMixture"], statements(source))
    assert found is not None
    assert [(use.name, use.where) for use in found.uses] == [
        ("sklearn.mixture.GaussianMixture", "work.py, line 1")
    ]


def test_a_local_name_is_not_taken_for_an_import() -> None:
    source = "from scipy.stats import gaussian_kde\n\ndef density(X, gaussian_kde=3):\n    return X * gaussian_kde\n"
    found = reachable(["density"], statements(source))
    assert found is not None
    assert found.uses == ()


MODULE = "import numpy as np\n\ndef mmd(A, B, h):\n    return sum(np.exp(-((a - b)**2).sum()) for a in A for b in B)\n"


@pytest.mark.parametrize(
    "head", ["from tools import mmd", "from tools import *", "import tools as t\n\ndef mmd(A, B, h): return t.mmd(A, B, h)"]
)  # fmt: skip
def test_own_modules_are_followed(head: str) -> None:
    own = {"tools": statements(MODULE, "tools.py")}
    plan = {"calls": {"call": call("mmd", A="argument:X", B="argument:Y", h="parameter:bandwidth")}}
    found = reach_of_plan(plan, statements(head), own)
    assert found is not None
    assert found.over_points[0].depth == 2
    assert found.over_points[0].where == "tools.py, line 4"


def call(name: str, attribute: str | None = None, **slots: str) -> dict:
    """A call of a plan."""
    arguments = [{"name": key, "slot": slot, "pass": "keyword"} for key, slot in slots.items()]
    target = "object" if attribute else {"name": name}
    return {"target": target, "attribute": attribute, "arguments": arguments}


def test_a_module_whose_source_is_not_known_leaves_the_answer_open() -> None:
    plan = {"calls": {"call": call("mmd", A="argument:X", B="argument:Y")}}
    assert reach_of_plan(plan, statements("from tools_of_the_team import mmd")) is None
    assert reach_of_plan(plan, statements("x = 1")) is None


def test_plans_with_objects_choices_and_kernels_are_followed() -> None:
    source = """
    def slow(A, B, h):
        return [[(a - b)**2 / h for b in B] for a in A]

    class Metric:
        def __init__(self, kernel, h):
            self.kernel, self.h = kernel, h
        def __call__(self, X, Y):
            return self.kernel(X, Y, self.h)
        def unused(self, X):
            return [x for x in X]
    """
    construct = call("Metric", h="parameter:bandwidth")
    kernel = {
        "name": "kernel",
        "slot": "parameter:kernel",
        "pass": "keyword",
        "values": {"se": {"symbol": "slow"}},
    }
    construct["arguments"].append(kernel)
    plan = {"construct": construct, "calls": {"call": call("", "__call__", X="argument:X", Y="argument:Y")}}
    found = reach_of_plan({"choice": "kernel", "plans": {"se": plan}, "calls": {}}, statements(source))
    assert found is not None
    assert "Metric.unused" not in found.code
    assert [(loop.inside, loop.depth) for loop in found.over_points] == [("slow", 2), ("slow", 1)]


def doubled(X, Y, h=1.0):
    return sum(((a - b) ** 2).sum() for a in X for b in Y)


def test_code_that_lives_here_is_read_too() -> None:
    found = reach_of_object(doubled)
    assert found is not None
    assert found.over_points[0].depth == 2
    assert found.over_points[0].where.startswith("test_reachable.py, line ")
    assert reach_of_object(len) is None


def test_a_team_without_source_leaves_the_answer_open() -> None:
    class Unknown:
        source = None

        def binding(self, role: str) -> Binding:
            return Binding(role, "KDE", "class")

    assert reach_of(Unknown(), "kde") is None


def test_what_cannot_be_called_is_followed_from_its_name() -> None:
    class Uncalled:
        source = SimpleNamespace(statements=statements(HEAD + "class Net:\n    def run(self, X):\n        return cdist(X, X)\n"), modules={})  # fmt: skip

        def binding(self, role: str) -> Binding:
            return Binding(role, role, "class", plan={"construct": None, "calls": {}})

    found = reach_of(Uncalled(), "Net")
    assert found is not None and found.using(["scipy.*"])
    assert reach_of(Uncalled(), "Nothing") is None


@pytest.mark.parametrize(
    "source",
    ["def mmd(X, Y):\n    return mmd(Y, X)", "def mmd(X, Y):\n    return (lambda f: f(f))(lambda f: f(f))", "class mmd(mmd):\n    pass", "mmd = mmd", "def mmd(*X, **Y):\n    a, *b = X\n    del a\n    return [*b, *Y]"],
)  # fmt: skip
def test_odd_code_ends_in_an_answer(source: str) -> None:
    found = reachable(["mmd"], statements(source))
    assert found is None or set(found.code) <= {"mmd", "mmd.lambda"}
    assert found is None or not found.over_points
