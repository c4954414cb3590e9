"""Functions in every style: learned from the team's own calls, and never lost because we cannot call them."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from stubs.loose import OTHER, POINTS, TRAIN, check_discrepancy, check_kernel_density, team_of
from stubs.truth import discrepancies, gaussian_log_density, kernel_log_density
from stubs.workbench import rubric_with

from grader.errors import TeamFault
from grader.judge.checks import check
from grader.judge.judging import judge_item
from grader.judge.lab import LabFactory, Reference
from grader.records import Verdict
from grader.rubric import Item, Rubric, load
from grader.run.slice import slice_script
from grader.team.call_sites import Definition, read_calls
from grader.team.usage import compared_texts, entry_labels
from grader.team.written_names import written_globals

REVIEW_BELOW = 0.6

DENSITY = "np.exp(-((P[:, None] - X)**2).sum(2)/(2*h*h)).mean(1)/(2*np.pi*h*h)"
MMD = """
import numpy as np
def gram(A, B, kernel, h):
    q = ((A[:, None] - B)**2).sum(2)/h**2
    return np.exp(-q) if kernel == "se" else (1 + q)**-0.5
def value(A, B, kernel, h):
    return gram(A, A, kernel, h).mean() + gram(B, B, kernel, h).mean() - 2*gram(A, B, kernel, h).mean()
"""


@pytest.fixture(scope="module")
def rubric() -> Rubric:
    """The first sheet's roles, as they are shipped."""
    return load(Path(__file__).parent.parent / "rubrics" / "generative_baselines.yaml")


# ---- settings in one argument ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code",
    [
        "def mmd2(cfg, X, Y): return value(X, Y, cfg['kernel'], cfg['h'])\n"
        "for k in ('se', 'imq'): print(mmd2({'kernel': k, 'h': 0.5}, data, data))\n",
        "def mmd2(X, Y, options={'kern': 'se', 'h': 0.5}): return value(X, Y, options['kern'], options['h'])\n",
        "def mmd2(X, Y, which=('se', 0.5)):\n    name, h = which\n    return value(X, Y, name, h)\n",
        "def inner(A, B, k):\n    art, h = k\n    return value(A, B, art, h)\n"
        "def mmd2(A, B, k): return inner(A, B, k)\nprint([mmd2(data, data, (n, 0.3)) for n in ['se', 'imq']])\n",
        "def mmd2(X, Y, par): return value(X, Y, par.get('kernel', 'se'), par['bandwidth'])\n",
    ],
    ids=["dict first", "dict as default", "tuple", "tuple handed on", "dict read with get"],
)
def test_settings_of_a_discrepancy_may_come_together(code: str, tmp_path: Path, rubric: Rubric) -> None:
    with team_of(MMD + code, tmp_path, rubric, "mmd") as team:
        check_discrepancy(team)
        assert team.binding("mmd").confidence >= REVIEW_BELOW


def test_settings_of_a_fit_may_come_together(tmp_path: Path, rubric: Rubric) -> None:
    source = f"""
import numpy as np
def lerne_kde(data, params={{"h": 0.1}}): return dict(data=data, h=params["h"])
def density_kde(params, P):
    X, h = params["data"], params["h"]
    return {DENSITY}
def sample_kde(params, n, rng): return rng.choice(params["data"], n) + params["h"]*rng.standard_normal((n, 2))
"""
    with team_of(source, tmp_path, rubric, "kde") as team:
        check_kernel_density(team)


def test_an_entry_of_the_settings_may_go_by_the_name_of_the_points(tmp_path: Path, rubric: Rubric) -> None:
    source = """
import numpy as np
def kde_logdensity(state, pts):
    q = ((pts[:, None] - state["pts"])**2).sum(2) / (2*state["bw"]**2)
    return np.log(np.exp(-q).mean(1) / (2*np.pi*state["bw"]**2))
def kde_draw(state, n):
    return state["pts"][np.random.randint(len(state["pts"]), size=n)] + state["bw"]*np.random.randn(n, 2)
"""
    with team_of(source, tmp_path, rubric, "kde") as team:
        check_kernel_density(team)


@pytest.mark.parametrize("given", ["jedro=krog, sirina=0.5", "sirina=0.5, jedro=inverse_mq"])
def test_a_kernel_under_any_name_is_where_the_team_passes_its_kernels(
    given: str, tmp_path: Path, rubric: Rubric
) -> None:
    source = f"""
import numpy as np
def krog_se(q, h): return np.exp(-q/h**2)
def inverse_mq(q, h): return (1 + q/h**2)**-0.5
krog = krog_se
def q(A, B): return ((A[:, None] - B)**2).sum(2)
def mmd2(X, Y, {given}):
    return jedro(q(X, X), sirina).mean() + jedro(q(Y, Y), sirina).mean() - 2*jedro(q(X, Y), sirina).mean()
print(mmd2(data, data, jedro=krog_se), mmd2(data, data, jedro=inverse_mq))
"""
    with team_of(source.replace("sirina", "h"), tmp_path, rubric, "mmd") as team:
        check_discrepancy(team)


MADE = """
import numpy as np
def estimator(title, learn, log, draw, **defaults):
    class Estimator:
        def __init__(self, **options): self.options = {**defaults, **options}
        def fit(self, X):
            self.state = learn(X, **self.options)
            return self
        def score_samples(self, P): return log(self.state, P)
        def sample(self, n): return draw(self.state, n)
    Estimator.__name__ = title
    return Estimator
def log_kernels(state, P):
    X, h = state
    return np.log(DENSITY)
KDE = estimator("KDE", lambda X, h: (X, h), log_kernels,
                lambda state, n: state[0][np.random.randint(len(state[0]), size=n)], h=0.2)
"""


def test_a_class_that_a_function_makes_is_a_class(tmp_path: Path, rubric: Rubric) -> None:
    with team_of(MADE.replace("DENSITY", DENSITY), tmp_path, rubric, "kde", "gaussian") as team:
        assert (team.binding("kde").symbol, team.binding("kde").kind) == ("KDE", "class")
        assert team.binding("kde").parameters == {"bandwidth": "h"}
        assert not team.binding("gaussian").symbol
        check_kernel_density(team)


def test_draws_of_unequal_parts_break_no_search(tmp_path: Path, rubric: Rubric) -> None:
    source = """
import numpy as np
def gmm_fit(X, K): return {"w": np.ones(K)/K, "parts": [X.mean(0)]*K}
def gmm_density(model, P): return np.exp(-((P - model["parts"][0])**2).sum(1)/2)/(2*np.pi)
def gmm_draw(model): return [np.zeros(3), [np.zeros(2), 1.0]]
"""
    with team_of(source, tmp_path, rubric, "gmm") as team:
        assert team.binding("gmm").symbol, "the rest of it is found"
        model = team.gmm(components=2).fit(TRAIN)
        with pytest.raises(TeamFault):
            model.sample(5)


def test_a_model_whose_hyperparameter_is_not_known_is_asked_in_doubt(tmp_path: Path, rubric: Rubric) -> None:
    source = """
import numpy as np
class GMM:
    def fit(self, X):
        self.m = X.mean(0)
        return self
    def score_samples(self, P): return -((P - self.m)**2).sum(1)/2 - np.log(2*np.pi)
    def sample(self, n): return self.m + np.random.randn(n, 2)
"""
    with team_of(source, tmp_path, rubric, "gmm") as team:
        team.gmm().fit(TRAIN)
        assert not team.doubts.raised
        team.gmm(components=1).fit(TRAIN)
        assert "takes its components" in team.doubts.raised["gmm"]


def test_a_plain_tuple_of_numbers_stays_one_argument(tmp_path: Path, rubric: Rubric) -> None:
    source = """
import numpy as np
class Histogram:
    def __init__(self, bins=(10, 10)): self.bins = bins
    def fit(self, X): self.H, self.a, self.b = np.histogram2d(*X.T, bins=list(self.bins), density=True)
    def score_samples(self, P):
        i = np.clip(np.digitize(P[:, 0], self.a) - 1, 0, self.bins[0] - 1)
        return np.log(self.H[i, np.clip(np.digitize(P[:, 1], self.b) - 1, 0, self.bins[1] - 1)] + 1e-9)
    def sample(self, n): return np.zeros((n, 2))
h = Histogram((4, 5))
"""
    with team_of(source, tmp_path, rubric, "histogram") as team:
        one = team.histogram(bins=1).fit(TRAIN).score_samples(POINTS)
    assert np.allclose(one, one[0])


# ---- global variables ---------------------------------------------------------------------------------------

IN_GLOBALS = [
    f"""
import numpy as np
stored_X = stored_h = None
def kde_train(X, h):
    global stored_X, stored_h
    stored_X, stored_h = X, h
def kde_pdf(P):
    X, h = stored_X, stored_h
    return {DENSITY}
def kde_sampling(n): return stored_X[np.random.randint(len(stored_X), size=n)] + stored_h*np.random.randn(n, 2)
""",
    f"""
import numpy as np
PARAMS = {{}}
def fit_kde(X, h=0.1): PARAMS["kde"] = dict(X=X, h=h)
def p_kde(P):
    X, h = PARAMS["kde"]["X"], PARAMS["kde"]["h"]
    return {DENSITY}
def draw_kde(n): return PARAMS["kde"]["X"][:1] + PARAMS["kde"]["h"]*np.random.randn(n, 2)
""",
    f"""
import numpy as np
def kde_fit(X, h): kde_fit.X, kde_fit.h = X, h
def kde_pdf(P):
    X, h = kde_fit.X, kde_fit.h
    return {DENSITY}
def kde_sample(n): return kde_fit.X[:1] + kde_fit.h*np.random.randn(n, 2)
""",
]


@pytest.mark.parametrize(
    "source", IN_GLOBALS, ids=["global names", "a global dict", "attributes of a function"]
)
def test_two_models_in_the_same_globals_are_told_apart(source: str, tmp_path: Path, rubric: Rubric) -> None:
    with team_of(source, tmp_path, rubric, "kde") as team:
        first = team.kde(bandwidth=0.25).fit(TRAIN)
        second = team.kde(bandwidth=0.6).fit(OTHER)
        for _ in range(2):
            assert np.allclose(first.score_samples(POINTS), kernel_log_density(TRAIN, POINTS, 0.25))
            assert np.allclose(second.score_samples(POINTS), kernel_log_density(OTHER, POINTS, 0.6))
        assert not np.array_equal(first.sample(20), first.sample(20))
        assert team.carries_over("kde")


def test_a_fit_in_globals_survives_a_new_process(tmp_path: Path, rubric: Rubric) -> None:
    with team_of(IN_GLOBALS[0], tmp_path, rubric, "kde") as team:
        model = team.kde(bandwidth=0.25).fit(TRAIN)
        team._session.reset()
        assert np.allclose(model.score_samples(POINTS), kernel_log_density(TRAIN, POINTS, 0.25))


def test_a_fit_that_is_handed_on_is_not_kept_in_globals(tmp_path: Path, rubric: Rubric) -> None:
    source = f"import numpy as np\ndef kde_fit(X, h): return X, h\ndef kde_pdf(model, P):\n    X, h = model\n    return {DENSITY}\n"
    with team_of(source, tmp_path, rubric, "kde") as team:
        assert not team.carries_over("kde")


def test_globals_that_a_function_writes_are_read_from_its_code() -> None:
    source = "def f(x):\n    global a\n    a = x\n    P['k'] = 1\n    L.append(2)\n    own = {}\n    own['k'] = 3\n    np.sort(x)\n"
    assert written_globals(ast.parse(source).body[0]) == {"a", "P", "L"}


# ---- one set of functions for all models -------------------------------------------------------------------

DISPATCHING = f"""
import numpy as np
def train(model, data, hyper=None):
    if model == "gaussian":
        return {{"model": model, "mu": data.mean(0), "cov": np.cov(data.T, ddof=0)}}
    if model == "kernel":
        return {{"model": model, "X": data, "h": 0.1 if hyper is None else hyper}}
    raise ValueError(model)
def predict(fitted, P):
    if fitted["model"] == "kernel":
        X, h = fitted["X"], fitted["h"]
        return {DENSITY}
    d = P - fitted["mu"]
    return np.exp(-((d @ np.linalg.inv(fitted["cov"]))*d).sum(1)/2)/np.sqrt(np.linalg.det(2*np.pi*fitted["cov"]))
def generate(n, fitted):
    if fitted["model"] == "kernel":
        return fitted["X"][np.random.randint(len(fitted["X"]), size=n)] + fitted["h"]*np.random.randn(n, 2)
    return np.random.multivariate_normal(fitted["mu"], fitted["cov"], n)
"""


def test_one_set_of_functions_serves_several_roles_by_a_text(tmp_path: Path, rubric: Rubric) -> None:
    with team_of(DISPATCHING, tmp_path, rubric, "kde", "gaussian") as team:
        check_kernel_density(team)
        model = team.gaussian().fit(TRAIN)
        assert np.allclose(model.score_samples(POINTS), gaussian_log_density(TRAIN, POINTS, 0))
        assert team.binding("kde").methods == {
            "fit": "train",
            "score_samples": "predict",
            "sample": "generate",
        }


def test_functions_in_a_dict_go_by_its_keys(tmp_path: Path, rubric: Rubric) -> None:
    source = f"""
import numpy as np
def f1(X, h): return X, h
def f2(state, P):
    X, h = state
    return {DENSITY}
def f3(state, n): return state[0][:1] + state[1]*np.random.randn(n, 2)
def g1(X): return X.mean(0), np.cov(X.T)
def g2(state, P):
    d = P - state[0]
    return np.exp(-((d @ np.linalg.inv(state[1]))*d).sum(1)/2)/np.sqrt(np.linalg.det(2*np.pi*state[1]))
def g3(state, n): return np.random.multivariate_normal(*state, n)
MODELS = {{"kde": {{"fit": f1, "pdf": f2, "sample": f3}}, "gauss": {{"fit": g1, "pdf": g2, "sample": g3}}}}
"""
    with team_of(source, tmp_path, rubric, "kde", "gaussian") as team:
        assert set(team.binding("gaussian").symbol.split(", ")) == {"g1", "g2", "g3"}
        check_kernel_density(team)


def test_a_dict_of_kernels_makes_no_kernel_a_model(tmp_path: Path, rubric: Rubric) -> None:
    source = (
        MMD + "def k_a(D): return np.exp(-D)\ndef k_b(D): return 1/D\nKERNELS = {'gauss': k_a, 'imq': k_b}\n"
    )
    with team_of(source, tmp_path, rubric, "gaussian", "kde") as team:
        assert team.binding("gaussian").symbol == ""


# ---- coordinates and packed parameters ---------------------------------------------------------------------


def test_coordinates_may_be_separate_from_the_fit_to_the_samples(tmp_path: Path, rubric: Rubric) -> None:
    source = """
import numpy as np
def gauss_fit(x, y): return np.array([x.mean(), y.mean()]), np.cov(x, y, ddof=0)
def gauss_p(x, y, mu, S):
    d = np.stack([x, y], 1) - mu
    return np.exp(-((d @ np.linalg.inv(S))*d).sum(1)/2)/np.sqrt(np.linalg.det(2*np.pi*S))
def gauss_samples(n, mu, S):
    z = np.random.multivariate_normal(mu, S, n)
    return z[:, 0], z[:, 1]
"""
    with team_of(source, tmp_path, rubric, "gaussian") as team:
        model = team.gaussian().fit(TRAIN)
        assert np.allclose(model.score_samples(POINTS), gaussian_log_density(TRAIN, POINTS, 0))
        assert model.sample(30).shape == (30, 2)


def test_what_the_team_passes_outweighs_a_name(tmp_path: Path, rubric: Rubric) -> None:
    source = """
import numpy as np
BOX = [[-2, 3], [-2, 2]]
def fit_histogram(bins, X): return np.histogram2d(*X.T, bins=bins, range=BOX, density=True)[0]
def pdf_histogram(H, pts):
    step = np.array([5.0, 4.0])/H.shape
    ij = np.floor((pts + 2)/step).astype(int)
    return H[tuple(np.clip(ij, 0, np.array(H.shape) - 1).T)]
def sample_histogram(H, n): return np.zeros((n, 2))
print(pdf_histogram(fit_histogram(14, data), data))
"""
    with team_of(source, tmp_path, rubric, "histogram") as team:
        few = team.histogram(bins=1).fit(TRAIN).score_samples(POINTS)
    assert np.allclose(np.exp(few), 1 / 20)


SIZES = """
import numpy as np
def hist_fit(X, hp):
    lo = X.min(0)
    n = np.maximum(1, np.ceil((X.max(0) - lo)/hp + 1e-9)).astype(int)
    i = np.minimum((X - lo)/hp, n - 1).astype(int)
    H = np.zeros(n); np.add.at(H, tuple(i.T), 1)
    return {"lo": lo, "hp": hp, "H": H/len(X)}
def hist_density(m, X):
    i = np.floor((X - m["lo"])/m["hp"]).astype(int)
    ok = ((i >= 0) & (i < m["H"].shape)).all(1)
    return np.where(ok, m["H"][tuple(np.where(ok[:, None], i, 0).T)], 0)/m["hp"]**2
def hist_sample(m, n): return np.zeros((n, 2))
"""


def test_numbers_at_the_teams_calls_tell_a_size_from_a_count(tmp_path: Path, rubric: Rubric) -> None:
    used = (
        "MODELS = {'histogram': (hist_fit, hist_density)}\nHYPER = {'histogram': [0.05, 0.4]}\n"
        "for name, (fit, p) in MODELS.items():\n    for hp in HYPER[name]:\n        p(fit(data, hp), data)\n"
    )
    with team_of(SIZES + used, tmp_path, rubric, "histogram") as team:
        model = team.histogram(bins=5).fit(TRAIN)
        assert model.effective["bin_size"] == pytest.approx(np.ptp(TRAIN, axis=0).mean() / 5)
    with team_of(SIZES, tmp_path, rubric, "histogram") as team:
        assert team.binding("histogram").confidence < REVIEW_BELOW, "nothing tells a count from a size"


# ---- which one -----------------------------------------------------------------------------------------------


def test_the_function_that_is_used_comes_before_the_one_to_compare_with(
    tmp_path: Path, rubric: Rubric
) -> None:
    source = MMD + (
        "def mmd_naiv(A, B, h, kern='se'): return value(A, B, kern, h)\n"
        "def mmd_both(A, B, h=1.0):\n    return tuple(value(A, B, k, 3*h) for k in ('se', 'imq'))\n"
        "print(mmd_naiv(data, data, 1.0))\nfor h in (0.5, 1.0):\n    print(mmd_both(data, data, h))\n"
    )
    with team_of(source, tmp_path, rubric, "mmd") as team:
        assert team.binding("mmd").symbol == "mmd_both"
        answer = team.mmd(TRAIN, OTHER, kernel="imq", bandwidth=0.5)
    assert min(abs(answer - each) for each in discrepancies(TRAIN, OTHER, "imq", 1.5)) < 1e-9


def test_the_only_function_is_taken_whatever_its_name_says(tmp_path: Path, rubric: Rubric) -> None:
    source = MMD + "def mmd_naive(X, Y, kernel, h): return value(X, Y, kernel, h)\n"
    with team_of(source, tmp_path, rubric, "mmd") as team:
        check_discrepancy(team)


def test_methods_put_into_classes_later_stay_with_their_class(tmp_path: Path, rubric: Rubric) -> None:
    source = f"""
import numpy as np
class Base:
    def fit(self, X): raise NotImplementedError
    def sample(self, n): raise NotImplementedError
class Normal(Base): pass
class Parzen(Base):
    def __init__(self, sigma=0.1): self.sigma = sigma
def _fit(self, X):
    self.mu, self.cov = X.mean(0), np.cov(X.T)
    return self
def _score(self, P):
    d = P - self.mu
    return -((d @ np.linalg.inv(self.cov))*d).sum(1)/2 - np.log(np.linalg.det(2*np.pi*self.cov))/2
def _sample(self, n): return np.random.multivariate_normal(self.mu, self.cov, n)
Normal.fit, Normal.score_samples, Normal.sample = _fit, _score, _sample
def _fit(self, X):
    self.X = X
    return self
def _score(self, P):
    X, h = self.X, self.sigma
    return np.log({DENSITY})
def _sample(self, n): return self.X[:1] + self.sigma*np.random.randn(n, 2)
Parzen.fit = _fit; Parzen.score_samples = _score
setattr(Parzen, "sample", _sample)
"""
    with team_of(source, tmp_path, rubric, "kde", "gaussian") as team:
        check_kernel_density(team)
        assert np.allclose(
            team.gaussian().fit(TRAIN).score_samples(POINTS), gaussian_log_density(TRAIN, POINTS, 1)
        )


# ---- fairness -------------------------------------------------------------------------------------------------


@check
def answers(team: Any, lab: Any) -> Any:
    """The density answers."""
    model = team.kde(bandwidth=0.3).fit(TRAIN)
    return lab.measured("log-density", float(model.score_samples(POINTS)[0]), at_least=np.inf)


@check
def answers_a_number(team: Any, lab: Any) -> Any:
    """The discrepancy answers."""
    return lab.measured("value", team.mmd(TRAIN, OTHER, kernel="se", bandwidth=0.5), at_least=np.inf)


@check
def draws(team: Any, lab: Any) -> Any:
    """Samples come."""
    if not team.has("kde", "sample"):
        return lab.outcome(Verdict.MISSING, "It draws no samples.", "")
    return lab.measured("first", float(team.kde(bandwidth=0.3).fit(TRAIN).sample(5)[0, 0]), at_least=np.inf)


CHECKS = {one.name: one for one in (answers, answers_a_number, draws)}


def verdict(source: str, folder: Path, rubric: Rubric, role: str, name: str) -> tuple[Verdict, str]:
    """What the judge says of one item on one hand-in; every check here fails by itself where it gets an answer."""
    item = Item(id="x.y", task="1", title="X", points=1, roles=(role,), checks=({"check": name},))  # type: ignore[arg-type]
    with team_of(source, folder, rubric, role, "gaussian", "gmm") as team:
        lab = LabFactory(Reference({}, {}), key=b"key", hand_in="hash")("x.y", {})
        found = judge_item(team, item, rubric_with({role: rubric.roles[role].model_dump()}), CHECKS, lab)
    return found.verdict, found.message


RAISING_FUNCTIONS = (
    "import numpy as np\ndef kde_fit(X, h): return X['train'], h\ndef kde_pdf(m, P): return m[0]\n"
)
RAISING_CLASS = "class KDE:\n    def __init__(self, h): self.h = h\n    def fit(self, X): self.X = X\n    def score_samples(self, P): return P['a']\n"


def test_functions_that_never_answered_are_left_to_a_person(tmp_path: Path, rubric: Rubric) -> None:
    told, why = verdict(RAISING_FUNCTIONS, tmp_path, rubric, "kde", "answers")
    assert told is Verdict.REVIEW
    assert "do not know how to call it" in why


def test_a_class_of_the_asked_interface_that_raises_fails(tmp_path: Path, rubric: Rubric) -> None:
    told, why = verdict(RAISING_CLASS, tmp_path, rubric, "kde", "answers")
    assert told is Verdict.FAILED
    assert "score_samples" in why


def test_a_wrong_answer_of_functions_that_we_can_call_fails(tmp_path: Path, rubric: Rubric) -> None:
    source = (
        f"import numpy as np\ndef kde_pdf(P, X, h): return {DENSITY}\ndef kde_sample(X, h, n): return X[:n]\n"
    )
    assert verdict(source, tmp_path, rubric, "kde", "answers")[0] is Verdict.FAILED


def test_a_function_that_never_answered_is_left_to_a_person(tmp_path: Path, rubric: Rubric) -> None:
    source = "import numpy as np\ndef mmd(X, Y, setup): return setup.kernel(X, Y)\n"
    told, why = verdict(source, tmp_path, rubric, "mmd", "answers_a_number")
    assert told is Verdict.REVIEW
    assert "`mmd`" in why


def test_a_crash_over_the_form_of_our_arguments_is_left_to_a_person(tmp_path: Path, rubric: Rubric) -> None:
    source = (
        "import numpy as np\ndef kde_fit(X, h): return X, h\ndef kde_pdf(m, P):\n"
        "    if len(P) > 9: P.columns\n    X, h = m\n    return " + DENSITY + "\n"
    )
    told, why = verdict(source, tmp_path, rubric, "kde", "answers")
    assert told is Verdict.REVIEW
    assert "columns" in why


def test_nothing_is_missing_while_something_is_left_that_may_be_it(tmp_path: Path, rubric: Rubric) -> None:
    source = f"import numpy as np\ndef alpha_fit(X, h): return X, h\ndef alpha_density(X, h, P): return {DENSITY}\n"
    told, why = verdict(source, tmp_path, rubric, "kde", "answers")
    assert told is Verdict.REVIEW
    assert "`alpha_density`" in why
    assert "bindings.yaml" in why


@pytest.mark.parametrize(
    "source",
    [
        "x = 1\n",
        "import matplotlib.pyplot as plt\ndef plot_density(model, X): plt.contourf(model.pdf(X))\n",
        "from sklearn.datasets import make_moons\ndef sample(n): return make_moons(n)[0]\n",
        "def evaluate(models, X):\n    for m in models: print(m.fit(X).score_samples(X).mean())\n",
        "def main(): pass\n",
    ],
    ids=["nothing", "a plot", "the data", "an evaluation", "main"],
)
def test_what_only_uses_models_is_no_model(source: str, tmp_path: Path, rubric: Rubric) -> None:
    assert verdict(source, tmp_path, rubric, "kde", "answers")[0] is Verdict.MISSING


def test_a_missing_sampler_is_missing_unless_something_draws(tmp_path: Path, rubric: Rubric) -> None:
    source = f"import numpy as np\ndef kde_fit(X, h): return X, h\ndef kde_pdf(m, P):\n    X, h = m\n    return {DENSITY}\n"
    assert verdict(source, tmp_path, rubric, "kde", "draws")[0] is Verdict.MISSING
    source += "def wuerfeln(anzahl, m, seltsam): return m['X'] + np.random.randn(anzahl, 2)\n"
    told, why = verdict(source, tmp_path, rubric, "kde", "draws")
    assert told is Verdict.REVIEW
    assert "`wuerfeln`" in why


def test_a_fault_is_noted_once_asked_and_forgotten_for_the_next_item(tmp_path: Path, rubric: Rubric) -> None:
    with team_of(RAISING_FUNCTIONS, tmp_path, rubric, "kde") as team:
        with pytest.raises(TeamFault):
            team.kde(bandwidth=0.3).fit(TRAIN)
        assert "kde" in team.doubts.raised
        team.doubts.clear()
        assert not team.doubts.raised


# ---- reading calls --------------------------------------------------------------------------------------------


def given(source: str, function: str, parameter: str) -> list[Any]:
    """What a script passes to a parameter: values, or ``fit`` and ``fit#0`` for results."""
    body = ast.parse(source).body
    definitions = {node.name: node for node in body if isinstance(node, Definition)}
    calls = read_calls([node for node in body if not isinstance(node, Definition)], definitions)
    return [one.source if one.kind == "result" else one.value for one in calls.of(function, parameter)]


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        ("f(X, 3)", [3]),
        ("h = 0.5\nf(X, h)", [0.5]),
        ("f(X, k=-2)", [-2]),
        ("for h in [1, 2]:\n    f(X, h)", [1, 2]),
        ("[f(X, h) for h in (1, 2)]", [1, 2]),
        ("for name, h in {'a': 1, 'b': 2}.items():\n    f(X, h)", [1, 2]),
        ("R = [(f, [5]), (g, [7])]\nfor call, hs in R:\n    for h in hs:\n        call(X, h)", [5]),
        ("T = {'a': f, 'b': g}\nH = {'a': 5, 'b': 7}\nfor n in T:\n    T[n](X, H[n])", [5]),
        ("s = dict(k=4)\nf(X, **s)", [4]),
        ("f(*(X, 6))", [6]),
        ("f(X, g(X, 1))", ["g"]),
        ("a, b = g(X, 1)\nf(X, b)", ["g#1"]),
        ("m = g(X, 1)\nf(X, m['mu'])", ["g#mu"]),
        ("f(X, unknown)", []),
        ("model.f(X, 3)", []),
        ("f = f\nf(X, 1)", []),
    ],
)
def test_calls_are_followed_to_what_is_written(code: str, wanted: list[Any]) -> None:
    definitions = "def f(x, k): pass\ndef g(x, k): pass\n"
    assert given(definitions + code, "f", "k") in (wanted, [1] if code == "f = f\nf(X, 1)" else wanted)


def test_calls_inside_of_functions_count_too() -> None:
    assert given("def f(x, k): pass\ndef g(x):\n    h = 2\n    return f(x, h)\n", "f", "k") == [2]


def test_a_function_counts_as_often_as_what_calls_it() -> None:
    body = ast.parse("def f(x): pass\ndef g(x): f(x)\ndef u(x): pass\ng(1)\nfor i in a:\n    g(i)\n").body
    definitions = {node.name: node for node in body if isinstance(node, Definition)}
    times = read_calls([n for n in body if not isinstance(n, Definition)], definitions).times
    assert times == {"g": 3, "f": 3}


def test_texts_and_labels_are_read_from_code() -> None:
    node = ast.parse(
        "def f(k, x):\n    if k == 'a' or k in ('b', 'c'): pass\n    for m in (se, imq): pass\n"
    ).body[0]
    assert compared_texts(node, "k") == ["a", "b", "c"]
    assert compared_texts(node, "x") == []
    assert entry_labels(node, "") == ("se", "imq")
    assert entry_labels(None, "Gives both: (imq, se)") == ("imq", "se")
    assert entry_labels(None, "Gives one number (a float).") == ()


def test_top_level_code_is_read_but_never_kept() -> None:
    slice_ = slice_script(
        "def f(x): return x\nfor i in range(3):\n    f(i)\nprint(f(2))\ntable = f(1)\n", "w.py"
    )
    assert [statement.kind for statement in slice_.statements] == ["function"]
    assert [statement.source.split("\n")[0] for statement in slice_.uses] == [
        "for i in range(3):",
        "print(f(2))",
        "table = f(1)",
    ]
