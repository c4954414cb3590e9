"""What is seen of a run from inside: figures, calls and living objects, and nothing that disturbs the run."""

from __future__ import annotations

import ast
import base64
import builtins
import gc
import hashlib
import inspect
import io
import json
import linecache
import os
import textwrap
import time
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib
import nbformat
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Drawing
from matplotlib.patches import Ellipse
from nbformat.v4 import new_code_cell, new_notebook

import grader
from grader.records import Execution, Figure, Layer, Panel, Workspace, from_json, to_json
from grader.run.claims import unpacked
from grader.run.notebook import run_notebook
from grader.run.observe import Question, observe
from grader.sandbox import call_notes, figure_notes, layer_notes, object_notes, recorder, summaries
from grader.sandbox.budget import Budget
from grader.sandbox.forkserver import ForkServer
from grader.sandbox.levels import probe
from grader.sandbox.provisioner import kernel_manager
from grader.team.conversation import Conversation

PACKAGE = Path(grader.__file__).resolve().parent
LIBRARIES = [Path(np.__file__).parent.parent]
WATCH = ("statistics.fmean", "configparser.ConfigParser.has_section", "nowhere.at.all", "late_module.late")

# ---- a whole run --------------------------------------------------------------------------------------------

CELLS = [
    """
import inspect, sys
import numpy as np, matplotlib.pyplot as plt
from statistics import fmean
from own_module import Helper, doubled
X = np.arange(40.0).reshape(20, 2)
class Model:
    \"\"\"A model.\"\"\"
    def __init__(self, width=0.5):
        self.width = width
    def fit(self, X):
        self.X = X
        return self
    def sample(self, n):
        return self.X[:n] + self.width
    def predict(self, P):
        raise ValueError("never asked")
def outer(value):
    return inner(value, factor=2)
def inner(value, *, factor):
    return fmean([value, factor])
""",
    """
first = Model(0.1).fit(X)
losses = [3.0, 2.0, 1.0]
fig, axes = plt.subplots(1, 2)
fig.suptitle("both")
axes[0].scatter(X[:, 0], X[:, 1], label="data")
axes[0].axis("equal")
axes[1].imshow(np.eye(8), cmap="gray")
fig.savefig("figure.png")
plt.show()
""",
    "%%capture\nplt.plot([1, 2])\nplt.title('captured')\nplt.show()\nouter(1)",
    "%%time\ndef timed(value):\n    return value\ntimed(doubled(4)); Helper().fit(X)",
    "plt.show = lambda *given: None\nplt.plot([2, 1]); plt.title('replaced show')",
    "first = Model(0.2).fit(X)\nlosses.append(0.5)\ndel X\nimport hashlib, time\nhashlib.blake2b = np.random.seed = time.perf_counter = None",
    """
def broken(value):
    # a comment
    raise KeyError(value)
print(inspect.getsource(broken), end="")
print(broken.__code__.co_firstlineno, sys.getrefcount(losses))
broken(3)
""",
    "fmean('text')",
    "import late_module\nlate_module.late(5)\nimport configparser\nconfigparser.ConfigParser().has_section('a')",
    "%reset -f\nimport matplotlib.pyplot as plt\nplt.plot([5, 6]); plt.title('after reset')",
]
MODULES = {
    "own_module.py": "class Helper:\n    def fit(self, X):\n        return self\n\ndef doubled(value):\n    return 2 * value\n",
    "late_module.py": "import math as late_math\ndef late(value):\n    return value + 1\n",
}


@dataclass(frozen=True)
class Seen:
    """A run, and what it cost to look at it."""

    execution: Execution
    seconds: float

    @property
    def figures(self) -> tuple[Figure, ...]:
        return self.execution.observed.figures

    def calls(self, name: str) -> list[Any]:
        return [call for call in self.execution.observed.calls if call.name == name]

    def output(self, index: int) -> str:
        return json.dumps(json.loads(self.execution.notebook)["cells"][index]["outputs"])


@pytest.fixture(scope="module")
def server() -> Iterator[ForkServer]:
    preload = ["ipykernel", "matplotlib.pyplot", "statistics", "configparser"]
    with ForkServer(
        agent=PACKAGE / "team" / "agent.py",
        preload=preload,
        level=probe().available[0],
        masked=[PACKAGE.parent],
        readonly=LIBRARIES,
    ) as warm:
        yield warm


def run(server: ForkServer, folder: Path, cells: list[str], questions: Any = None, **limits: Any) -> Seen:
    """Run cells in a confined kernel and look at them from inside."""
    for name, text in MODULES.items():
        (folder / name).write_text(text)
    notebook = new_notebook(cells=[new_code_cell(cell.strip("\n")) for cell in cells])
    nbformat.write(notebook, folder / "work.ipynb")
    budget = Budget(**limits)
    cost: list[float] = [0.0]

    def look(manager: Any, ask: Any = questions) -> Any:
        start = time.monotonic()
        seen = observe(Conversation(manager.child.channel, manager.child), ask)
        cost[0] = time.monotonic() - start
        return seen

    execution = run_notebook(
        Workspace(folder, ("work.ipynb",), ""),
        "work.ipynb",
        kernel_manager_factory=lambda: kernel_manager(server, folder, budget, seed=3, watch=WATCH),
        budget=budget,
        before_end=look,
        on_progress=lambda manager: look(manager, None),
    )
    return Seen(execution, cost[0])


def ask_models(known: Any) -> Iterator[Question]:
    for one in known:
        if one.name == "first":
            yield Question(one.key, "samples", "sample", (4,))
            yield Question(one.key, "refused", "predict", {"P": np.zeros((2, 2))})
        if one.family == "curve":
            yield Question(one.key, "again")


@pytest.fixture(scope="module")
def seen(server: ForkServer, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """One run whose cells do most of what is looked at."""
    return run(server, tmp_path_factory.mktemp("seen"), CELLS, ask_models)


def test_the_run_itself_is_as_it_would_be_without_us(seen: Seen) -> None:
    errors = {cell.index: cell.error for cell in seen.execution.cells if cell.status != "ok"}
    assert errors == {6: "KeyError: 3", 7: errors[7]}
    assert errors[7].startswith("TypeError")
    assert seen.execution.observed.trouble == ""
    printed = json.loads(seen.output(6))[0]["text"]
    assert "".join(printed) == "def broken(value):\n    # a comment\n    raise KeyError(value)\n1 2\n"
    told = seen.output(6) + seen.output(7)
    assert "_notes" not in told
    assert "__cached" not in told


def test_figures_are_known_by_the_cell_that_drew_them_whatever_showed_them(seen: Seen) -> None:
    titles = [(one.cell, one.title or one.panels[0].title) for one in seen.figures]
    assert titles == [(1, "both"), (2, "captured"), (4, "replaced show"), (9, "after reset")]
    assert [panel.kind for panel in seen.figures[0].panels] == ["plane", "image"]


def test_calls_carry_their_arguments_and_what_ran_around_them(seen: Seen) -> None:
    [outer], [inner] = seen.calls("outer"), seen.calls("inner")
    assert (outer.cell, outer.arguments, outer.within) == (2, {"value": 1}, ())
    assert (inner.arguments, inner.within) == ({"value": 1, "factor": 2}, ("outer",))
    mean = seen.calls("statistics.fmean")[0]
    assert (mean.arguments["data"], mean.result, mean.within) == ([1, 2], 1.5, ("outer", "inner"))
    assert [call.cell for call in seen.calls("timed")] == [3]


def test_an_objects_key_joins_its_calls_and_what_is_known_of_it(seen: Seen) -> None:
    fits = seen.calls("Model.fit")
    known = {one.key: one for one in seen.execution.observed.known if one.family == "model"}
    keys = [call.arguments["self"]["key"] for call in fits]
    assert [known[key].settings for key in keys] == [{"width": 0.1}, {"width": 0.2}]
    assert [known[key].shape for key in keys] == [(20, 2), (20, 2)]
    data = fits[0].arguments["X"]
    assert data["print"] == fingerprint(np.arange(40.0).reshape(20, 2))
    assert (data["shape"], data["dtype"]) == ([20, 2], "float64")


def test_modules_of_the_hand_in_and_late_library_functions_are_noted_too(seen: Seen) -> None:
    assert seen.calls("doubled")[0].arguments == {"value": 4}
    assert seen.calls("Helper.fit")[0].cell == 3
    assert [call.arguments for call in seen.calls("late")] == [{"value": 5}]
    section = seen.calls("configparser.ConfigParser.has_section")[0]
    assert (section.arguments["section"], section.result) == ("a", False)


def test_an_earlier_model_still_answers_after_its_name_was_rebound_and_deleted(seen: Seen) -> None:
    models = [one for one in seen.execution.observed.known if one.name == "first"]
    samples = [unpacked(one.answers["samples"]["npy"]) for one in models]
    assert [one.cell for one in models] == [1, 5]
    assert samples[0] is not None
    assert samples[1] is not None
    np.testing.assert_allclose(samples[0][:, 0], [0.1, 2.1, 4.1, 6.1], rtol=1e-6)
    np.testing.assert_allclose(samples[1] - samples[0], 0.1, rtol=1e-5)
    assert "ValueError: never asked" in models[0].answers["refused"]["fault"]


def test_a_list_that_grows_is_one_curve_with_its_latest_numbers(seen: Seen) -> None:
    [curve] = [one for one in seen.execution.observed.known if one.family == "curve"]
    assert (curve.name, curve.cell, curve.shape) == ("losses", 1, (4,))
    for label in ("values", "again"):
        assert list(unpacked(curve.answers[label]["npy"])) == [3.0, 2.0, 1.0, 0.5]  # type: ignore[arg-type]


def test_the_record_survives_its_way_through_json_and_costs_little(seen: Seen) -> None:
    text = json.dumps(to_json(seen.execution), allow_nan=False)
    assert from_json(Execution, json.loads(text)) == seen.execution
    assert seen.seconds < 2.0


def test_what_was_seen_before_the_kernel_dies_is_kept(server: ForkServer, tmp_path: Path) -> None:
    cells = [CELLS[0], "import time\nouter(1)\ntime.sleep(1.1)", "a = 1", "import os\nos._exit(3)", "b = 1"]
    execution = run(server, tmp_path, cells).execution
    assert execution.status == "died"
    assert [call.name for call in execution.observed.calls] == ["outer", "inner", "statistics.fmean"]
    assert "died" in execution.observed.trouble


def test_a_cell_that_cannot_be_interrupted_costs_only_what_came_after_the_last_look(
    server: ForkServer, tmp_path: Path
) -> None:
    endless = "while True:\n    try:\n        time.sleep(60)\n    except BaseException:\n        pass"
    cells = [CELLS[0], "import time\nouter(1)\ntime.sleep(1.1)", endless]
    execution = run(server, tmp_path, cells, cell_seconds=2.0).execution
    assert execution.status == "limit"
    assert len(execution.observed.calls) == 3
    assert "could not be read" in execution.observed.trouble


# ---- figures ------------------------------------------------------------------------------------------------


def drawing(**options: Any) -> Drawing:
    figure = Drawing(**options)
    FigureCanvasAgg(figure)
    return figure


def noted(figure: Drawing) -> Figure:
    """The figure as it is noted, after the way over JSON that it really takes."""
    notes = figure_notes.FigureNotes(lambda: 3)
    figure.canvas.draw()
    notes.note(figure)
    return from_json(Figure, json.loads(json.dumps(notes.figures[0], allow_nan=False)))


def layers(draw: Callable[[Any], Any]) -> tuple[Layer, ...]:
    figure = drawing()
    draw(figure.add_subplot())
    return noted(figure).panels[0].layers


def panel(draw: Callable[[Any], Any], **options: Any) -> Panel:
    figure = drawing(**options)
    draw(figure.add_subplot())
    return noted(figure).panels[0]


@pytest.mark.parametrize(
    ("draw", "kinds"),
    [
        (lambda a: a.plot([1, 2, 3]), ["line"]),
        (lambda a: a.plot([1, 2, 3], "o"), ["points"]),
        (lambda a: a.plot([1, 2, 3], "o-"), ["line"]),
        (lambda a: a.plot([], []), []),
        (lambda a: a.scatter([1, 2], [3, 4]), ["points"]),
        (lambda a: a.bar([1, 2], [3, 4]), ["bars"]),
        (lambda a: a.hist([1, 2, 2, 3], bins=5), ["bars"]),
        (lambda a: a.hist([1, 2, 2, 3], bins=5, histtype="step"), ["bars"]),
        (lambda a: a.stairs([1, 2, 3]), ["bars"]),
        (lambda a: a.pcolormesh(np.eye(4)), ["mesh"]),
        (lambda a: a.pcolor(np.eye(4)), ["mesh"]),
        (lambda a: a.hexbin(np.arange(50.0) % 7, np.arange(50.0) % 5, gridsize=4), ["mesh"]),
        (lambda a: a.hist2d(np.arange(50.0) % 7, np.arange(50.0) % 5), ["mesh"]),
        (lambda a: a.tripcolor([0, 1, 0, 1], [0, 0, 1, 1], [1, 2, 3, 4]), ["mesh"]),
        (lambda a: a.contour(np.outer(np.arange(5), np.arange(5))), ["contour"]),
        (lambda a: a.contourf(np.outer(np.arange(5), np.arange(5))), ["contour"]),
        (lambda a: a.imshow(np.eye(4)), ["image"]),
        (lambda a: a.matshow(np.eye(4)), ["image"]),
        (lambda a: a.add_patch(Ellipse((0, 0), 1, 2)), ["patch"]),
        (lambda a: a.fill_between([0, 1], [0, 1]), ["patch"]),
        (lambda a: a.vlines([1, 2], 0, 1), ["patch"]),
        (lambda a: a.scatter([1], [1], visible=False), []),
    ],
)  # fmt: skip
def test_every_way_of_drawing_has_its_kind_of_layer(draw: Any, kinds: list[str]) -> None:
    assert [layer.kind for layer in layers(draw)] == kinds


def test_points_and_lines_carry_their_numbers_thinned_where_they_are_many() -> None:
    few, many = np.arange(10.0).reshape(5, 2), np.arange(12_000.0).reshape(6_000, 2)
    [one], [two] = layers(lambda a: a.scatter(*few.T, label="few")), layers(lambda a: a.scatter(*many.T))
    assert (one.label, one.shape, one.x, one.y) == ("few", (5,), (0.0, 8.0), (1.0, 9.0))
    np.testing.assert_array_equal(unpacked(one.values), few)
    kept = unpacked(two.values)
    assert kept is not None
    assert (two.shape, two.label, kept.shape) == ((6_000,), "", (2_000, 2))
    assert list(kept[0]) + list(kept[-1]) == [0.0, 1.0, 11_998.0, 11_999.0]
    [line] = layers(lambda a: a.plot(*many.T))
    assert unpacked(line.values).shape == (400, 2)  # type: ignore[union-attr]


def test_small_images_carry_their_values_and_large_ones_only_their_shape() -> None:
    digit = np.arange(64.0).reshape(8, 8)
    [small], [large] = layers(lambda a: a.imshow(digit)), layers(lambda a: a.imshow(np.zeros((65, 8))))
    np.testing.assert_array_equal(unpacked(small.values), digit)
    assert (small.shape, large.shape, large.values) == ((8, 8), (65, 8), "")
    [coloured] = layers(lambda a: a.imshow(np.ones((8, 8, 4)) * [0.0, 0.3, 0.6, 1.0]))
    assert coloured.shape == (8, 8, 4)
    np.testing.assert_allclose(unpacked(coloured.values), np.full((8, 8), 0.3), rtol=1e-6)


def test_only_so_many_images_carry_their_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layer_notes, "IMAGES", 5)
    notes = figure_notes.FigureNotes(lambda: 0)
    for _ in range(2):
        figure = drawing()
        for axes in figure.subplots(1, 4):
            axes.imshow(np.eye(3))
        notes.note(figure)
    with_values = [bool(layer["values"]) for f in notes.figures for p in f["panels"] for layer in p["layers"]]
    assert (sum(with_values), len(with_values)) == (5, 8)


def test_a_panel_knows_its_words_limits_and_scales() -> None:
    def draw(axes: Any) -> None:
        axes.plot([1, 10], [1, 2], label="curve")
        axes.set(title="title", xlabel="x here", ylabel="y here", xscale="log", xlim=(1, 100), ylim=(-1, 5))
        axes.legend()
        axes.text(1, 1, "a word")

    found = panel(draw)
    assert (found.title, found.xlabel, found.ylabel) == ("title", "x here", "y here")
    assert (found.xlim, found.ylim, found.xscale, found.yscale) == (
        (1.0, 100.0),
        (-1.0, 5.0),
        "log",
        "linear",
    )
    assert (found.legend, found.texts, found.kind, found.axis_off) == (
        ("curve",),
        ("a word",),
        "plane",
        False,
    )
    assert panel(lambda axes: axes.axis("off")).axis_off


def test_a_line_across_the_panel_has_no_range_along_itself() -> None:
    [line] = layers(lambda axes: axes.axhline(2.0))
    assert (line.x, line.y) == (None, (2.0, 2.0))


@pytest.mark.parametrize(
    ("draw", "size", "equal"),
    [
        (lambda a: (a.axis("equal"), a.scatter([0, 9], [0, 1])), (6, 3), True),
        (lambda a: (a.scatter([0, 9], [0, 1]), a.axis("equal")), (6, 3), True),
        (lambda a: (a.scatter([0, 9], [0, 1]), a.set_aspect("equal")), (6, 3), True),
        (lambda a: (a.scatter([0, 9], [0, 1]), a.set_aspect(2)), (6, 3), False),
        (lambda a: a.scatter([0, 9], [0, 1]), (6, 3), False),
        (lambda a: a.set(position=(0, 0, 1, 1), xlim=(0, 2), ylim=(3, 4)), (6, 3), True),
        (lambda a: a.set(position=(0, 0, 1, 1), xlim=(0, 2), ylim=(3, 4.1)), (6, 3), False),
        (lambda a: a.set(position=(0, 0, 1, 1), xlim=(1, 3), ylim=(3, 4), xscale="log"), (6, 3), False),
    ],
)  # fmt: skip
def test_equal_axes_are_seen_by_request_and_in_effect(draw: Any, size: Any, equal: bool) -> None:
    assert panel(draw, figsize=size).equal is equal


def test_figures_know_titles_legends_colour_bars_and_leave_out_what_is_invisible() -> None:
    figure = drawing()
    left, right, hidden = figure.subplots(1, 3)
    hidden.set_visible(False)
    left.plot([1, 2], label="curve")
    figure.colorbar(right.pcolormesh(np.eye(3)), ax=right)
    figure.suptitle("above all")
    figure.supxlabel("shared")
    figure.legend()
    found = noted(figure)
    assert (found.cell, found.title, found.texts, found.legend) == (3, "above all", ("shared",), ("curve",))
    assert [one.kind for one in found.panels] == ["plane", "plane", "colorbar"]


def test_polar_and_solid_axes_are_named() -> None:
    figure = drawing()
    figure.add_subplot(121, projection="polar").plot([0, 1], [0, 1])
    figure.add_subplot(122, projection="3d").scatter([0, 1], [0, 1], [0, 1])
    found = noted(figure)
    assert [one.kind for one in found.panels] == ["polar", "3d"]
    assert found.panels[1].layers[0].kind == "points"
    assert not found.panels[1].axis_off


def test_figures_of_pandas_and_seaborn_are_figures() -> None:
    pandas, seaborn = pytest.importorskip("pandas"), pytest.importorskip("seaborn")
    table = pandas.DataFrame({"width": [1.0, 2.0, 3.0], "score": [3.0, 1.0, 2.0]})
    [line] = layers(lambda axes: table.plot(x="width", y="score", ax=axes))
    assert (line.kind, line.label, line.x) == ("line", "score", (1.0, 3.0))
    assert [one.kind for one in layers(lambda axes: seaborn.histplot(table.score, ax=axes))] == ["bars"]
    assert [one.kind for one in layers(lambda axes: seaborn.heatmap(np.eye(3), ax=axes))] == ["mesh"]
    [points] = layers(lambda axes: seaborn.scatterplot(table, x="width", y="score", ax=axes))
    assert (points.kind, points.shape) == ("points", (3,))


def test_a_figure_saved_twice_in_a_cell_is_noted_once_in_its_last_state_and_again_in_a_later_cell(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cell = [0]
    notes = figure_notes.FigureNotes(lambda: cell[0])
    base = matplotlib.backend_bases.FigureCanvasBase
    monkeypatch.setattr(base, "print_figure", base.print_figure)
    notes.hook()
    notes.hook()
    figure = drawing()
    axes = figure.add_subplot()
    for cell[0], title in ((0, "draft"), (0, "final"), (4, "later")):
        axes.set_title(title)
        figure.savefig(io.BytesIO())
    assert [(one["cell"], one["panels"][0]["title"]) for one in notes.figures] == [(0, "final"), (4, "later")]


def test_a_figure_that_cannot_be_read_disturbs_nobody() -> None:
    notes = figure_notes.FigureNotes(lambda: 0)
    notes.note(object())
    figure = drawing()
    axes = figure.add_subplot()
    axes.plot([1, 2])
    axes.get_xlim = None  # type: ignore[assignment, method-assign]
    notes.note(figure)
    assert [one["panels"] for one in notes.figures] == [[]]


def test_noted_figures_are_not_kept_alive() -> None:
    notes = figure_notes.FigureNotes(lambda: 0)
    figure = drawing()
    notes.note(figure)
    assert len(notes._places) == 1
    del figure
    gc.collect()
    assert len(notes._places) == 0


# ---- calls --------------------------------------------------------------------------------------------------


@dataclass
class Calls:
    """Definitions that are marked and run in this process."""

    notes: call_notes.CallNotes
    fitted: list[tuple[Any, Any]]

    def define(self, source: str) -> dict[str, Any]:
        text = textwrap.dedent(source).strip() + "\n"
        linecache.cache["<cell>"] = (len(text), None, text.splitlines(True), "<cell>")
        namespace: dict[str, Any] = {"__name__": "cell"}
        exec(compile(self.notes.visit(ast.parse(text)), "<cell>", "exec"), namespace)
        return namespace

    def noted(self, name: str) -> list[dict[str, Any]]:
        return [call for call in self.notes.calls if call["name"] == name]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    fitted: list[tuple[Any, Any]] = []
    notes = call_notes.CallNotes(lambda: 7, summaries.Summaries(), lambda *one: fitted.append(one))
    monkeypatch.setattr(builtins, call_notes.FLAGS, notes.flags, raising=False)
    monkeypatch.setattr(builtins, call_notes.NOTE, notes._note_frame, raising=False)
    return Calls(notes, fitted)


def test_all_kinds_of_parameters_are_noted_by_name(calls: Calls) -> None:
    names = calls.define("def f(a, /, b, *rest, c=3, **more):\n    return a")
    names["f"](1, 2, 8, 9, d=4)
    assert calls.noted("f")[0]["arguments"] == {"a": 1, "b": 2, "c": 3, "rest": [8, 9], "more": {"d": 4}}
    assert calls.noted("f")[0]["cell"] == 7


def test_methods_of_every_sort_are_noted_with_their_object_under_self(calls: Calls) -> None:
    names = calls.define(
        """
        import functools
        class A:
            __slots__ = ("h",)
            def __init__(me, h): me.h = h
            def __repr__(self): raise ValueError
            def __eq__(self, other): raise ValueError
            @staticmethod
            def still(a): return a
            @classmethod
            def made(cls, h): return cls(h)
            @property
            def wide(self): return 2 * self.h
            @functools.lru_cache
            def fit(self, X): return X
            __hash__ = object.__hash__
        """
    )
    made = names["A"].made(2)
    assert (names["A"].still(5), made.wide, made.fit(3), made.fit(3)) == (5, 4, 3, 3)
    found = {call["name"]: call["arguments"] for call in calls.notes.calls}
    assert found["A.still"] == {"a": 5}
    assert found["A.made"] == {"self": {"function": "A"}, "h": 2}
    assert found["A.wide"]["self"]["settings"] == {"h": 2}
    assert found["A.fit"]["X"] == 3
    assert len(calls.noted("A.fit")) == 1
    assert "A.__repr__" not in found
    assert calls.fitted == [(made, None)]


def test_generators_coroutines_lambdas_and_compiled_functions_are_left_alone(calls: Calls) -> None:
    names = calls.define(
        """
        def jit(function): return function
        def numbers(): yield 1
        async def later(): return 1
        short = lambda: 1
        @jit
        def fast(): return 1
        def with_inner():
            def inner(): yield 1
            return inner
        """
    )
    assert list(names["numbers"]()) == [1]
    names["short"](), names["fast"](), names["with_inner"]()
    assert {call["name"] for call in calls.notes.calls} == {"jit", "with_inner"}


def test_definitions_inside_blocks_are_marked_and_those_inside_functions_are_not(calls: Calls) -> None:
    names = calls.define(
        """
        if True:
            def chosen(): return within()
        try:
            import nowhere_at_all
        except ImportError:
            def within():
                def deep(): return 4
                return deep()
        """
    )
    assert names["chosen"]() == 4
    assert [(call["name"], call["within"]) for call in calls.notes.calls] == [
        ("chosen", []),
        ("within", ["chosen"]),
    ]


def test_docstrings_source_lines_and_tracebacks_stay_right(calls: Calls) -> None:
    source = '''
        def documented(x):
            """Says what it does."""
            y = x + 1
            return y / 0
        def only():
            """Nothing else."""
        '''
    names = calls.define(source)
    with pytest.raises(ZeroDivisionError) as caught:
        names["documented"](1)
    assert [entry.lineno for entry in caught.traceback][-1] == 3
    assert names["documented"].__doc__ == "Says what it does."
    assert names["only"]() is None
    assert names["only"].__doc__ == "Nothing else."
    assert inspect.getsource(names["documented"]).endswith("return y / 0\n")
    assert names["documented"].__code__.co_firstlineno == 1


def test_a_recursive_function_is_noted_and_stands_once_in_what_runs(calls: Calls) -> None:
    names = calls.define(
        "def down(n):\n    return leaf(n) if n == 0 else down(n - 1)\ndef leaf(n):\n    return n"
    )
    names["down"](30)
    assert len(calls.noted("down")) == 31
    assert calls.noted("leaf")[0]["within"] == ["down"]


def test_after_400_notes_a_function_costs_one_look_into_a_list(calls: Calls) -> None:
    names = calls.define("def tiny(x):\n    return x + 1\ndef other(x):\n    return tiny(x)")
    for number in range(1_000):
        names["tiny"](number)
    assert len(calls.noted("tiny")) == 400
    assert calls.notes.flags == [False, True]
    names["other"](1)
    assert len(calls.noted("other")) == 1


def test_noting_stops_at_its_total(calls: Calls, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call_notes, "IN_ALL", 10)
    names = calls.define("def a(): pass\ndef b(): pass")
    for _ in range(8):
        names["a"](), names["b"]()
    assert len(calls.notes.calls) == 10


def test_a_process_without_our_names_runs_the_function_all_the_same(
    calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = calls.define("def f(x):\n    return unknown if x else 1")
    monkeypatch.delattr(builtins, call_notes.FLAGS)
    assert names["f"](0) == 1
    with pytest.raises(NameError, match="unknown"):
        names["f"](1)


def test_an_argument_that_misbehaves_breaks_nothing_and_is_not_kept(calls: Calls) -> None:
    class Wild:
        def __getattribute__(self, name: str) -> Any:
            raise RuntimeError(name)

        def __len__(self) -> int:
            raise RuntimeError

    names = calls.define("def f(x):\n    return 1")
    assert names["f"](Wild()) == 1
    array = np.zeros(1000)
    before = gc.get_referrers(array)
    names["f"](array)
    gc.collect()
    assert len(gc.get_referrers(array)) == len(before)


def test_a_tree_that_cannot_be_marked_is_run_as_it_is(calls: Calls) -> None:
    strange = ast.parse("a = 1")
    strange.body.append(ast.FunctionDef("f"))  # type: ignore[call-arg]
    assert calls.notes.visit(strange) is strange
    assert calls.notes.visit(None) is None


def test_watched_functions_keep_their_face_their_errors_and_their_results(calls: Calls) -> None:
    original = textwrap.shorten
    try:
        calls.notes.watch(["textwrap.shorten"])
        assert textwrap.shorten is not original
        assert inspect.signature(textwrap.shorten) == inspect.signature(original)
        assert textwrap.shorten("a b c", width=5) == "a b c"
        with pytest.raises(TypeError):
            textwrap.shorten("a")  # type: ignore[call-arg]
    finally:
        textwrap.shorten = original
    [call] = calls.noted("textwrap.shorten")
    assert call["arguments"] == {"text": "a b c", "width": 5, "kwargs": {}}
    assert call["result"] == "a b c"


# ---- summaries ----------------------------------------------------------------------------------------------


def test_summaries_are_plain_data_and_run_no_code_of_the_object() -> None:
    class Loud:
        def __init__(self) -> None:
            self.width, self.missing, self.sizes, self.data = 0.5, float("nan"), (3, 4), np.zeros(5)

        @property
        def costly(self) -> float:
            raise AssertionError

        def __repr__(self) -> str:
            raise AssertionError

    of = summaries.Summaries().of
    assert of(Loud()) == {
        "type": "Loud", "key": 1, "settings": {"width": 0.5, "missing": "nan", "sizes": [3, 4]},
    }  # fmt: skip
    assert [of(np.float32(0.5)), of(np.int64(3)), of(float("inf")), of(10**400), of(None)] == [
        0.5, 3, "inf", "inf", None,
    ]  # fmt: skip
    assert of(len) == {"function": "len"}
    assert of(list(range(50))) == {"shape": [50], "dtype": "list"}
    assert of("x" * 500) == "x" * 200
    assert of([np.zeros(2), 1])[0]["shape"] == [2]
    assert json.dumps(of({"a": {"b": {"c": {}}}}), allow_nan=False)


def fingerprint(array: np.ndarray[Any, Any]) -> str:
    """Hash of an array's bytes in C order, as it is noted for arrays that are not large."""
    return hashlib.blake2b(np.ascontiguousarray(array).tobytes(), digest_size=8).hexdigest()


def test_fingerprints_tell_arrays_apart_and_stop_for_huge_ones_and_when_time_is_out() -> None:
    made = summaries.Summaries()
    array = np.arange(12.0).reshape(3, 4)
    assert made.fingerprint(array) == made.fingerprint(array.copy()) == fingerprint(array)
    assert made.fingerprint(array) != made.fingerprint(array.T)
    assert made.fingerprint(array.T) == fingerprint(array.T)
    assert made.fingerprint(np.broadcast_to(0.0, (1 << 26,))) == ""
    assert made.fingerprint(np.zeros(0)) == fingerprint(np.zeros(0))
    made._printing = summaries.PRINT_SECONDS * 1.1
    assert made.fingerprint(array) == ""


def test_large_arrays_are_told_apart_by_some_of_their_rows_and_quickly() -> None:
    made, large = summaries.Summaries(), np.random.default_rng(0).normal(size=(4000, 64))
    noted = made.of(large)
    assert noted["print"] == made.of(large.copy())["print"] != ""
    assert noted["print"] != made.of(large[::-1])["print"]
    assert noted["print"] != made.of(np.random.default_rng(1).normal(size=(4000, 64)))["print"]
    assert abs(noted["mean"]) < 0.05 and abs(noted["deviation"] - 1) < 0.05
    for _ in range(200):
        made.of(large)
    assert made.of(large)["print"], "time for some hundred large arrays"


def test_an_object_keeps_its_key_and_a_new_one_at_its_place_gets_another() -> None:
    made = summaries.Summaries()
    one = np.zeros(3)
    key = made.key(one)
    assert made.key(one) == key
    keys = set()
    for _ in range(50):
        keys.add(made.key(np.zeros(3)))
    assert len(keys) == 50
    assert key not in keys


# ---- living objects -----------------------------------------------------------------------------------------


class Fitted:
    """What every model of these tests looks like."""

    def __init__(self, width: float = 1.0) -> None:
        self.width = width

    def fit(self, X: Any) -> Fitted:
        return self

    def sample(self, n: int) -> Any:
        return np.zeros((n, 2))


class Slotted(Fitted):
    """A model without a dictionary of its own."""

    __slots__ = ("depth",)


def looked(*namespaces: dict[str, Any]) -> tuple[object_notes.ObjectNotes, dict[str, dict[str, Any]]]:
    cell = [-1]
    notes = object_notes.ObjectNotes(lambda: cell[0], summaries.Summaries())
    for cell[0], namespace in enumerate(namespaces):
        notes.after_cell(namespace)
    return notes, {one["name"]: one for one in notes.known()}


def test_models_arrays_and_curves_are_known_by_name_one_level_deep() -> None:
    space = {
        "model": Fitted(2.0),
        "models": {"kde": Fitted(), 3: Slotted()},
        "pair": (Fitted(), [1.0, 2.0, 3.0]),
        "points": np.zeros((6, 2)),
        "history": {"loss": [1, 2, np.float64(3)]},
        "small": np.zeros(3), "cube": np.zeros((3, 3, 3)), "words": np.array(["a"] * 20), "Fitted": Fitted,
        "names": ["a", "b", "c"], "_hidden": Fitted(), "number": 3.0,
    }  # fmt: skip
    _, known = looked(space)
    assert {name: one["family"] for name, one in known.items()} == {
        "model": "model", "models['kde']": "model", "models[3]": "model", "pair[0]": "model",
        "pair[1]": "curve", "points": "array", "history['loss']": "curve",
    }  # fmt: skip
    assert known["model"]["settings"] == {"width": 2.0}
    assert known["model"]["type"].endswith("test_recorder.Fitted")
    assert (known["points"]["shape"], known["points"]["dtype"]) == ([6, 2], "float64")


def test_arrays_that_own_objects_hold_are_known_until_a_name_of_their_own_takes_them_over() -> None:
    class Line:
        def __init__(self) -> None:
            self.weights, self.slope, self.note = np.arange(12.0), 2.0, "held"

    line, foreign = Line(), types.SimpleNamespace(table=np.arange(20.0))
    Line.__module__ = "__main__"
    _, known = looked({"line": line, "foreign": foreign})
    assert {name: one["family"] for name, one in known.items()} == {"line.weights": "held"}
    assert known["line.weights"]["shape"] == [12]
    _, known = looked({"line": line}, {"line": line, "w": line.weights})
    assert {name: one["family"] for name, one in known.items()} == {"w": "array"}


def test_a_rebound_model_is_kept_and_a_rebound_array_is_not() -> None:
    space: dict[str, Any] = {"model": Fitted(1.0), "points": np.zeros(20)}
    notes = object_notes.ObjectNotes(lambda: 0, summaries.Summaries())
    notes.after_cell(space)
    space.update(model=Fitted(2.0), points=np.ones(20))
    notes.after_cell(space)
    models = [one for one in notes.known() if one["family"] == "model"]
    assert [notes.recall(one["key"]).width for one in models] == [1.0, 2.0]
    first, second = [one["key"] for one in notes.known() if one["family"] == "array"]
    assert notes.recall(second)[0] == 1.0
    with pytest.raises(LookupError):
        notes.recall(first)


def test_when_memory_is_short_models_without_a_name_are_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    space: dict[str, Any] = {"model": Fitted(1.0)}
    notes = object_notes.ObjectNotes(lambda: 0, summaries.Summaries())
    notes.after_cell(space)
    monkeypatch.setattr(object_notes, "MEMORY_SHARE", 0.0)
    space["model"] = Fitted(2.0)
    notes.after_cell(space)
    old, new = notes.known()
    assert (old["settings"], notes.recall(new["key"]).width) == ({"width": 1.0}, 2.0)
    with pytest.raises(LookupError):
        notes.recall(old["key"])


def test_of_models_that_only_calls_have_shown_the_first_and_latest_are_kept_fairly() -> None:
    notes = object_notes.ObjectNotes(lambda: 0, summaries.Summaries())
    for number in range(200):
        notes.fitted(Fitted(number), (10, 2))
        if number % 10 == 0:
            notes.fitted(Slotted(number), (5,))
    found = notes.known()
    kinds = [one["type"].rpartition(".")[2] for one in found]
    widths = [one["settings"]["width"] for one in found if one["type"].endswith("Fitted")]
    assert (len(found), kinds.count("Slotted")) == (60, 20)
    assert {one["name"] for one in found} == {""}
    assert (widths[:10], widths[-10:]) == (list(range(10)), list(range(190, 200)))
    assert all(one["shape"] in ([10, 2], [5]) for one in found)


def test_a_model_seen_in_a_call_first_gets_its_name_when_it_has_one() -> None:
    notes = object_notes.ObjectNotes(lambda: 4, summaries.Summaries())
    model = Fitted()
    notes.fitted(model, (7, 2))
    notes.after_cell({"late": model})
    [one] = notes.known()
    assert (one["name"], one["shape"], one["cell"]) == ("late", [7, 2], 4)


def test_a_curve_of_tensors_is_read_and_what_cannot_be_looked_at_hides_nothing_else() -> None:
    torch = pytest.importorskip("torch")

    class Odd(dict):  # type: ignore[type-arg]
        def keys(self) -> Any:
            raise ValueError

        def __iter__(self) -> Any:
            raise ValueError

    class Faulty(np.ndarray):  # type: ignore[type-arg]
        @property
        def shape(self) -> Any:  # type: ignore[override]
            raise ValueError

    weight = torch.ones(1, requires_grad=True)
    space = {
        "faulty": np.zeros(20).view(Faulty),
        "odd": Odd(a=1),
        "losses": [(weight * number).sum() for number in (3, 2, 1)],
        "points": np.zeros(20),
    }
    notes, known = looked(space)
    assert {name: one["family"] for name, one in known.items()} == {"losses": "curve", "points": "array"}
    assert list(notes.recall(known["losses"]["key"])) == [3.0, 2.0, 1.0]


def test_networks_are_modules_and_parameterless_layers_are_not() -> None:
    torch = pytest.importorskip("torch")
    _, known = looked({"net": torch.nn.Linear(3, 2), "loss": torch.nn.MSELoss(), "codes": torch.zeros(9, 2)})
    assert {name: one["family"] for name, one in known.items()} == {"net": "module", "codes": "array"}
    assert known["net"]["settings"]["parameters"] == 8


def test_looking_after_a_cell_costs_a_few_milliseconds_at_most() -> None:
    space: dict[str, Any] = {f"name{number}": number for number in range(150)}
    space.update({f"array{number}": np.zeros((50, 2)) for number in range(60)})
    space.update({f"curve{number}": list(range(2_000)) for number in range(20)})
    notes = object_notes.ObjectNotes(lambda: 0, summaries.Summaries())
    notes.after_cell(space)
    spent = []
    for _ in range(20):
        start = time.perf_counter()
        notes.after_cell(space)
        spent.append(time.perf_counter() - start)
    assert min(spent) < 0.003


# ---- answers ------------------------------------------------------------------------------------------------


def test_answers_come_in_pages_and_what_json_cannot_hold_is_left_empty() -> None:
    notes = recorder.Recorder()
    notes.calls.calls[:] = [{"name": "x" * 400_000, "number": number} for number in range(8)]
    notes.calls.calls.append({"name": "nan", "number": float("nan")})
    ask, start, found = notes.operations()["calls"], 0, []
    while start is not None:
        page = ask({"start": start}, [])
        assert len(json.dumps(page)) < 4 << 20
        found += page["items"]
        start = page["next"]
    assert [one.get("number") for one in found] == [*range(8), None]


def test_packed_arrays_are_read_by_the_usual_reader() -> None:
    array = np.arange(6.0).reshape(2, 3)
    raw = base64.b64decode(summaries.packed(array))
    np.testing.assert_array_equal(np.load(io.BytesIO(raw), allow_pickle=False), array)
    np.testing.assert_array_equal(unpacked(summaries.packed(array)), array)


def test_what_lives_beside_student_code_needs_only_the_standard_library_and_numpy() -> None:
    import sys

    allowed = set(sys.stdlib_module_names) | {"numpy", ""}
    for name in ("recorder", "summaries", "figure_notes", "layer_notes", "call_notes", "object_notes"):
        text = (PACKAGE / "sandbox" / f"{name}.py").read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert {one.split(".")[0] for one in names} <= allowed, name
    assert os.path.basename(recorder.__file__) == "recorder.py"  # noqa: PTH119
