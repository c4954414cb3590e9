"""Works that are built like programs: classes in modules behind tables, settings in objects, options handed on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from stubs.loose import POINTS, TRAIN, check_kernel_density
from stubs.truth import gaussian_log_density, kernel_log_density
from stubs.workbench import ForkedChild, moons_probe, rubric_with

from grader.errors import TeamFault
from grader.judge.checks import check
from grader.judge.judging import judge_item
from grader.judge.lab import LabFactory, Reference
from grader.judge.reachable import reach_of
from grader.records import Statement, Verdict
from grader.rubric import Item, Rubric, load
from grader.run.slice import slice_script
from grader.team.finding import find
from grader.team.proxies import HandInTeam
from grader.team.session import Session

REVIEW_BELOW = 0.6
DENSITY = "np.log(np.exp(-((P[:, None] - self.X)**2).sum(2)/(2*h*h)).mean(1)/(2*np.pi*h*h))"
PARTS = f"""
    def fit(self, X):
        self.X = np.array(X)
        return self
    def score_samples(self, P):
        h = self.width()
        return {DENSITY}
    def sample(self, n):
        return self.X[np.random.randint(len(self.X), size=n)] + self.width()*np.random.randn(n, 2)
"""
NORMAL = """
    def fit(self, X):
        self.m, self.C = X.mean(0), np.cov(X.T)
        return self
    def score_samples(self, P):
        d = P - self.m
        return -0.5*((d @ np.linalg.inv(self.C))*d).sum(1) - 0.5*np.log(np.linalg.det(2*np.pi*self.C))
    def sample(self, n):
        return np.random.multivariate_normal(self.m, self.C, size=n)
"""
PLAIN_KDE = f"""
import numpy as np
class KDE:
    def __init__(self, h=0.2): self.h = h
    def width(self): return self.h
{PARTS}"""


@pytest.fixture(scope="module")
def rubric() -> Rubric:
    """The first sheet's roles, as they are shipped."""
    return load(Path(__file__).parent.parent / "rubrics" / "generative_baselines.yaml")


@contextmanager
def team_of(
    source: str,
    folder: Path,
    rubric: Rubric,
    *roles: str,
    modules: Mapping[str, str] | None = None,
    handed_out: Mapping[str, str] | None = None,
) -> Iterator[HandInTeam]:
    """A hand-in of a notebook's code and modules (importable name -> text)."""
    small = rubric_with({name: rubric.roles[name].model_dump() for name in roles})
    small = small.model_copy(update={"provides": dict(handed_out or {})})
    slice_ = slice_script(source, "work.py")
    statements: dict[str, tuple[Statement, ...]] = {}
    for name, text in (modules or {}).items():
        file = folder / (name.replace(".", "/") + ".py")
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
        statements[name.removesuffix(".__init__")] = slice_script(text, file.name).statements
    with Session(lambda: ForkedChild(folder), slice_, seed=3) as session:
        found = find(slice_, session, small, moons_probe(), sources=dict(modules or {}))
        yield HandInTeam(session, found, small, modules=statements)


# ---- classes that no name leads to ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "modules", "symbol"),
    [
        ("from zoo_a import TABLE\n", {"zoo_a": PLAIN_KDE + "\nTABLE = {'kde': KDE}\n"}, "zoo_a.KDE"),
        (
            "from front_b import make\n",
            {"back_b": PLAIN_KDE, "front_b": "import back_b\ndef make(h): return back_b.KDE(h)\n"},
            "back_b.KDE",
        ),
        ("import box_c\n", {"box_c.__init__": "from .inner import *\n__all__ = []\n", "box_c.inner": "__all__ = []\n" + PLAIN_KDE}, "box_c.inner.KDE"),
        ("from KDE_d import TABLE as KDE_d\n", {"KDE_d": PLAIN_KDE + "TABLE = [KDE]\n"}, "KDE_d.KDE"),
    ],
    ids=["a table", "a module of a module", "a module of a package", "a name that means something else"],
)  # fmt: skip
def test_classes_behind_imports_are_questioned(
    source: str, modules: dict[str, str], symbol: str, tmp_path: Path, rubric: Rubric
) -> None:
    with team_of(source, tmp_path, rubric, "kde", "gaussian", modules=modules) as team:
        assert team.binding("kde").symbol == symbol
        assert team.binding("kde").confidence >= REVIEW_BELOW
        assert not team.has("gaussian")
        check_kernel_density(team)
        reach = reach_of(team, "kde")
    clash = symbol.startswith("KDE_d")
    assert (reach is None) == clash, "what cannot be followed is told as unknown"
    assert clash or "KDE.score_samples" in reach.code  # type: ignore[union-attr]


def test_what_the_notebook_names_comes_before_what_it_does_not(tmp_path: Path, rubric: Rubric) -> None:
    older = {"older_e": PLAIN_KDE.replace("KDE", "KernelDensity") + "def helper(): return 1\n"}
    source = "from older_e import helper\n" + PLAIN_KDE
    with team_of(source, tmp_path, rubric, "kde", modules=older) as team:
        assert team.binding("kde").symbol == "KDE"
        assert "older_e.KernelDensity" not in team.binding("kde").candidates


def test_what_the_notebook_defines_anew_is_not_looked_for_in_the_module(
    tmp_path: Path, rubric: Rubric
) -> None:
    source = "from draft_f import helper\nclass KDE:\n    pass\n"
    modules = {"draft_f": PLAIN_KDE + "def helper(): return 1\n"}
    with team_of(source, tmp_path, rubric, "kde", modules=modules) as team:
        assert not team.binding("kde").symbol.startswith("draft_f")


def test_modules_that_the_sheet_hands_out_are_nobodys_work(tmp_path: Path, rubric: Rubric) -> None:
    modules = {"given_g": PLAIN_KDE + "def helper(): return 1\n"}
    source = "from given_g import helper\n"
    given = {"given_g.py": "given_g.py"}
    with team_of(source, tmp_path, rubric, "kde", modules=modules, handed_out=given) as team:
        assert not team.binding("kde").symbol
        assert not team.binding("kde").doubts


# ---- settings in objects -----------------------------------------------------------------------------------------

KEEPING = """
    def __init__(self, cfg{default}, *, rng=None): self.cfg = cfg
    def width(self): return self.cfg.h
"""
FROZEN = "@dataclass(frozen=True)\nclass Cfg:\n    h: float = 0.1\n    chunk: int = 100\n"
HEAD = (
    "import numpy as np\nfrom dataclasses import dataclass\nfrom typing import NamedTuple, Generic, TypeVar\n"
)
IN_OBJECTS = {
    "annotated": FROZEN + "class KDE:" + KEEPING.replace("cfg{default}", "cfg: Cfg") + PARTS,
    "annotated, optional": FROZEN
    + "class KDE:"
    + KEEPING.replace("cfg{default}", "cfg: 'Cfg | None' = None").replace("= cfg\n", "= cfg or Cfg()\n")
    + PARTS,
    "by its default": "class Cfg(NamedTuple):\n    h: float = 0.1\nclass KDE:"
    + KEEPING.replace("{default}", "=Cfg()")
    + PARTS,
    "by a plain default": "class Cfg:\n    def __init__(self, h=0.1): self.h = h\nclass KDE:"
    + KEEPING.replace("{default}", "=Cfg()")
    + PARTS,
    "by a call": FROZEN
    + "@dataclass\nclass Other:\n    h: float = 1.0\nclass KDE:"
    + KEEPING.replace("{default}", "")
    + PARTS
    + "print(KDE(Cfg(0.3)).fit(data))\n",
    "by brackets after the base": FROZEN
    + "@dataclass\nclass Other:\n    h: float = 1.0\nC = TypeVar('C')\nclass Base(Generic[C]):"
    + KEEPING.replace("cfg{default}", "cfg: C")
    + "class KDE(Base[Cfg]):"
    + PARTS,
    "by what is read": FROZEN + "class KDE:" + KEEPING.replace("{default}", "") + PARTS,
    "a field that is demanded": FROZEN.replace(" = 0.1", "").replace(" = 100", " = 5")
    + "class KDE:"
    + KEEPING.replace("cfg{default}", "cfg: Cfg")
    + PARTS,
}


@pytest.mark.parametrize("source", IN_OBJECTS.values(), ids=IN_OBJECTS.keys())
def test_hyperparameters_go_into_objects_of_settings(source: str, tmp_path: Path, rubric: Rubric) -> None:
    with team_of(HEAD + source, tmp_path, rubric, "kde") as team:
        assert team.binding("kde").parameters == {"bandwidth": "h"}
        assert team.binding("kde").confidence >= REVIEW_BELOW
        check_kernel_density(team)


def test_options_reach_settings_through_a_base_class(tmp_path: Path, rubric: Rubric) -> None:
    base = (
        FROZEN.replace("h:", "bandwidth:")
        + "class Base:\n    def __init__(self, rng, **options): self.rng, self.s = rng, Cfg(**options)\n"
        + "    def width(self): return self.s.bandwidth\n"
    )
    with team_of(HEAD + base + "class Kde(Base):" + PARTS, tmp_path, rubric, "kde") as team:
        assert team.binding("kde").parameters == {"bandwidth": "bandwidth"}
        check_kernel_density(team)


def test_options_reach_the_base_class(tmp_path: Path, rubric: Rubric) -> None:
    source = (
        "class Base:\n    def __init__(self, *, h=0.1): self.h = h\n    def width(self): return self.h\n"
        "class Kde(Base):\n    def __init__(self, *, shuffle=False, **more): super().__init__(**more)\n"
    )
    with team_of(HEAD + source + PARTS, tmp_path, rubric, "kde") as team:
        check_kernel_density(team)


def test_two_bins_in_one_object_are_both_set(tmp_path: Path, rubric: Rubric) -> None:
    source = (
        HEAD
        + """
@dataclass(frozen=True)
class Grid:
    nx: int = 9
    ny: int = 9
class Histogram:
    def __init__(self, grid: Grid): self.grid = grid
    def fit(self, X):
        self.H, self.a, self.b = np.histogram2d(*X.T, bins=[self.grid.nx, self.grid.ny], density=True)
        return self
    def score_samples(self, P):
        i = np.clip(np.digitize(P[:, 0], self.a) - 1, 0, self.grid.nx - 1)
        return np.log(self.H[i, np.clip(np.digitize(P[:, 1], self.b) - 1, 0, self.grid.ny - 1)] + 1e-9)
    def sample(self, n): return np.zeros((n, 2))
"""
    )
    with team_of(source, tmp_path, rubric, "histogram") as team:
        one = team.histogram(bins=1).fit(TRAIN).score_samples(POINTS)
    assert np.allclose(one, one[0])


def test_a_model_without_settings_gets_what_the_team_gives_it(tmp_path: Path, rubric: Rubric) -> None:
    source = (
        "class Gaussian:\n    def __init__(self, cfg, *, rng=None): self.cfg, self.rng = cfg, rng\n" + NORMAL
    )
    with team_of(
        HEAD + source + "print(Gaussian(None, rng=3).fit(data))\n", tmp_path, rubric, "gaussian"
    ) as team:
        answer = team.gaussian().fit(TRAIN).score_samples(POINTS)
    assert np.allclose(answer, gaussian_log_density(TRAIN, POINTS, 1))


def test_a_kernel_with_a_width_is_no_object_of_settings(tmp_path: Path, rubric: Rubric) -> None:
    source = (
        HEAD
        + """
@dataclass(frozen=True)
class SE:
    h: float = 0.3
    def __call__(self, A, B): return np.exp(-((A[:, None] - B)**2).sum(2)/self.h**2)
class IMQ(SE):
    def __call__(self, A, B): return (1 + ((A[:, None] - B)**2).sum(2)/self.h**2)**-0.5
def mmd2(kernel, X, Y): return kernel(X, X).mean() + kernel(Y, Y).mean() - 2*kernel(X, Y).mean()
print(mmd2(SE(0.2), data, data))
"""
    )
    with team_of(source, tmp_path, rubric, "mmd") as team:
        assert team.mmd(TRAIN, TRAIN, kernel="imq", bandwidth=0.5) == pytest.approx(0)
        near, far = (team.mmd(TRAIN, TRAIN + 0.3, kernel="se", bandwidth=h) for h in (0.3, 30.0))
    assert near > 10 * far


# ---- what comes of what we gave ----------------------------------------------------------------------------------


@check
def answers(team, lab):  # type: ignore[no-untyped-def]
    """Ask a density and fail in whatever way."""
    try:
        team.kde(bandwidth=0.3).fit(TRAIN).score_samples(POINTS)
    except TeamFault as fault:
        return lab.failed(fault.sentence())
    return lab.failed("it answered")


@check
def is_there(team, lab):  # type: ignore[no-untyped-def]
    """Whether a density is there at all."""
    return (
        lab.own() if team.has("kde", "score_samples") else lab.outcome(Verdict.MISSING, "Nothing was found.")
    )


def verdict(source: str, folder: Path, rubric: Rubric, name: str, **more: Mapping[str, str]) -> Verdict:
    """What the judge says of one item."""
    item = Item(id="x.y", task="1", title="X", points=1, roles=("kde",), checks=({"check": name},))  # type: ignore[arg-type]
    with team_of(source, folder, rubric, "kde", "gaussian", **more) as team:
        lab = LabFactory(Reference({}, {}), key=b"key", hand_in="hash")("x.y", {})
        checks = {"answers": answers, "is_there": is_there}
        return judge_item(
            team, item, rubric_with({"kde": rubric.roles["kde"].model_dump()}), checks, lab
        ).verdict


UNREADABLE = (
    "class KDE:\n    def __init__(self, bandwidth): self.b = bandwidth\n    def width(self): return {}\n"
    + PARTS
)


@pytest.mark.parametrize("wrong", ["self.b.value", "self.b['h']", "self.b()"])
def test_a_fault_of_the_type_of_our_number_is_left_to_a_person(
    wrong: str, tmp_path: Path, rubric: Rubric
) -> None:
    assert verdict(HEAD + UNREADABLE.format(wrong), tmp_path, rubric, "answers") is Verdict.REVIEW


@pytest.mark.parametrize("wrong", ["self.bandwidth", "self.b * [2.0][1]", "self.b['a' + 1]"])
def test_a_fault_of_the_teams_own_fails(wrong: str, tmp_path: Path, rubric: Rubric) -> None:
    assert verdict(HEAD + UNREADABLE.format(wrong), tmp_path, rubric, "answers") is Verdict.FAILED


def test_a_fit_that_was_never_called_is_left_to_a_person(tmp_path: Path, rubric: Rubric) -> None:
    source = "class KDE:\n    def __init__(self, what): self.w = what\n    def width(self): return self.w.h\n"
    assert verdict(HEAD + source + PARTS, tmp_path, rubric, "answers") is Verdict.REVIEW


def test_a_maker_whose_table_cannot_be_read_may_be_it(tmp_path: Path, rubric: Rubric) -> None:
    modules = {"tables_h": "TABLE = {}\n"}
    source = "from tables_h import TABLE\ndef get(name, **options): return TABLE[name](**options)\n"
    assert verdict(source, tmp_path, rubric, "is_there", modules=modules) is Verdict.REVIEW
    written = HEAD + "TABLE = {'gauss': Gaussian}\ndef get(name): return TABLE[name]()\n"
    source = written.replace("TABLE =", "class Gaussian:" + NORMAL + "TABLE =")
    assert verdict(source, tmp_path, rubric, "is_there") is Verdict.MISSING


# ---- descriptions ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "description", "sure"),
    [
        ("Bumps", "A kernel density estimator of all points", True),
        ("Bumps", "Kerndichteschätzer.\n\n    Besser als das Histogramm.", True),
        ("Kernmodell", "", True),
        ("Bumps", "", False),
        ("Bumps", "Neither a histogram nor one Gaussian", False),
        ("Bumps", "Plot of the kernel density", False),
    ],
)
def test_a_description_makes_sure_what_the_name_leaves_open(
    name: str, description: str, sure: bool, tmp_path: Path, rubric: Rubric
) -> None:
    source = PLAIN_KDE.replace("class KDE:", f"class {name}:\n    '''{description}'''").replace(
        "h=0.2", "bandwidth=0.2"
    )
    source = source.replace("self.h = h", "self.h = bandwidth")
    with team_of(source, tmp_path, rubric, "kde", "histogram", "gaussian", "gmm") as team:
        assert team.binding("kde").symbol == name
        assert (team.binding("kde").confidence >= REVIEW_BELOW) == sure
        wanted = kernel_log_density(TRAIN, POINTS, 0.4)
        assert np.allclose(team.kde(bandwidth=0.4).fit(TRAIN).score_samples(POINTS), wanted)


def test_a_description_of_another_model_is_heard(tmp_path: Path, rubric: Rubric) -> None:
    source = PLAIN_KDE.replace("class KDE:", "class Bumps:\n    '''A histogram'''")
    with team_of(source, tmp_path, rubric, "kde", "histogram") as team:
        assert team.binding("kde").confidence < REVIEW_BELOW
