"""Twins are small differences that become whole hand-ins; a header that does not fit is refused."""

from __future__ import annotations

import ast
from pathlib import Path

import nbformat
import pytest

from grader.course import Course
from grader.errors import RubricFault
from grader.prove.percent import read_cells, write_cells
from grader.prove.twins import Twin, load_twins, render, replace_definitions
from grader.prove.validate import untouched

ROOT = Path(__file__).resolve().parent.parent
SHEETS = Course(ROOT).sheets()

BASE = '''class Line:
    """A line."""

    def fit(self, x):
        return self

    @staticmethod
    def name():
        return "line"


def slope(x):
    return 1
'''


def test_a_method_is_replaced_and_everything_else_stays() -> None:
    made = replace_definitions(BASE, "class Line:\n    def fit(self, x):\n        return None\n", where="t")
    scope: dict[str, object] = {}
    exec(made, scope)
    line = scope["Line"]
    assert line().fit(1) is None  # type: ignore[operator]
    assert line.name() == "line"  # type: ignore[attr-defined]


def test_a_decorated_method_is_replaced_with_its_decorator() -> None:
    made = replace_definitions(
        BASE, "class Line:\n    @staticmethod\n    def name():\n        return 'x'\n", where="t"
    )
    assert made.count("@staticmethod") == 1
    scope: dict[str, object] = {}
    exec(made, scope)
    assert scope["Line"].name() == "x"  # type: ignore[attr-defined]


def test_a_new_method_is_added_to_its_class() -> None:
    made = replace_definitions(BASE, "class Line:\n    def more(self):\n        return 7\n", where="t")
    scope: dict[str, object] = {}
    exec(made, scope)
    assert scope["Line"]().more() == 7  # type: ignore[operator]


def test_a_function_and_a_constant_find_their_places() -> None:
    made = replace_definitions(BASE, "STEP = 3\n\n\ndef slope(x):\n    return STEP\n", where="t")
    scope: dict[str, object] = {}
    exec(made, scope)
    assert scope["slope"](0) == 3  # type: ignore[operator]


@pytest.mark.parametrize(
    ("difference", "words"),
    [("class Circle:\n    pass\n", "no class 'Circle'"), ("def area():\n    pass\n", "no function 'area'")],
)
def test_a_difference_to_nothing_is_refused(difference: str, words: str) -> None:
    with pytest.raises(RubricFault, match=words):
        replace_definitions(BASE, difference, where="t")


@pytest.fixture
def reference(tmp_path: Path) -> Path:
    """A reference folder with one model."""
    for name in ("models", "right", "wrong"):
        (tmp_path / name).mkdir()
    (tmp_path / "models" / "line.py").write_text(BASE)
    return tmp_path


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x = 1\n", "starts with a YAML docstring"),
        ('"""just words"""\n', "YAML mapping"),
        ('"""\nbreaks: [a]\n"""\n', "names what it breaks .or opens. and what it says"),
        ('"""\nbreaks: [a]\nsays: b\ncolour: red\n"""\n', "unknown keys in the header: colour"),
    ],
)
def test_a_header_that_does_not_fit_is_refused(reference: Path, text: str, words: str) -> None:
    (reference / "wrong" / "t.py").write_text(text)
    with pytest.raises(RubricFault, match=words):
        load_twins(reference)


def test_cells_and_modules_are_laid_out_as_marked(reference: Path, tmp_path: Path) -> None:
    text = '"""\nhabit: two\nbase: none\n"""\n# %% file: tools.py\nX = 1\n# %%\nimport tools\n# %%\ny = tools.X\n'
    (reference / "right" / "t.py").write_text(text)
    twin = next(t for t in load_twins(reference) if t.name == "right/t")
    path = render(twin, tmp_path / "out", "n.ipynb", seed=4)
    cells = nbformat.read(path, as_version=4).cells
    assert [c.source for c in cells if c.cell_type == "code"] == ["import tools", "y = tools.X"]
    assert (tmp_path / "out" / "tools.py").read_text().strip() == "X = 1"
    assert "4" in cells[0].source


@pytest.mark.parametrize("sheet", SHEETS)
def test_every_twin_of_a_sheet_renders_to_valid_cells(sheet: str, tmp_path: Path) -> None:
    reference = ROOT / "reference" / sheet
    twins = load_twins(reference)
    assert sum(t.right for t in twins) >= 4
    assert sum(not t.right for t in twins) >= 8
    for twin in twins:
        path = render(twin, tmp_path / twin.name, "n.ipynb")
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "code":
                ast.parse(cell.source)


@pytest.mark.parametrize("sheet", SHEETS)
def test_every_item_with_a_check_has_a_twin_that_breaks_it(sheet: str) -> None:
    course = Course(ROOT)
    twins = load_twins(ROOT / "reference" / sheet)
    assert untouched(course.sheet(sheet).rubric, twins) == ()


NOTEBOOK = """# noqa: a remark to the tools
# %% [markdown]
# # A line
#
# It is straight.

# %% tag: models include: models/line.py

# %% tag: data
x = [1, 2, 3]

# %% [markdown] tag: findings
# It fits.

# %% tag: data
y = [2, 4, 6]

# %% tag: plot
print(x, y)
"""


def test_cells_are_read_with_kind_tag_and_included_text(reference: Path) -> None:
    cells = read_cells(NOTEBOOK, reference)
    assert [cell.tag for cell in cells] == ["", "models", "data", "findings", "data", "plot"]
    assert [cell.markdown for cell in cells] == [True, False, False, True, False, False]
    assert cells[0].text == "# A line\n\nIt is straight."
    assert "class Line:" in cells[1].text
    assert "remark" not in "".join(cell.text for cell in cells)


def test_code_before_the_first_marker_is_a_cell() -> None:
    assert [cell.text for cell in read_cells("import math\n# %%\nx = 1\n")] == ["import math", "x = 1"]


def test_writing_cells_is_the_inverse_of_reading_them(reference: Path) -> None:
    cells = read_cells(NOTEBOOK, reference)
    assert read_cells(write_cells(cells)) == cells


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("# %% include: models/circle.py\n", "an included file is not there"),
        ("# %% include: models/line.py\nx = 1\n", "text follows an include"),
        ("# %% [markdown]\n# words\nx = 1\n", "the lines of a text cell start with"),
    ],
)
def test_a_cell_that_cannot_be_read_is_refused(reference: Path, text: str, words: str) -> None:
    with pytest.raises(RubricFault, match=words):
        read_cells(text, reference)


def solution_twin(reference: Path, header: str, body: str = "", side: str = "right") -> Twin:
    (reference / "solution.py").write_text(NOTEBOOK)
    (reference / side / "t.py").write_text(f'"""\nbase: solution\n{header}\n"""\n{body}')
    return next(twin for twin in load_twins(reference) if twin.name == f"{side}/t")


def rendered(twin: Twin, folder: Path) -> list[str]:
    return [cell.source for cell in nbformat.read(render(twin, folder, "n.ipynb"), as_version=4).cells]


def test_cells_of_a_tag_are_replaced_where_the_first_one_stood(reference: Path, tmp_path: Path) -> None:
    body = "# %% tag: data\nx = y = 0\n# %% [markdown] tag: data\n# Only zeros.\n# %% tag: plot\n"
    cells = rendered(solution_twin(reference, "habit: zeros", body), tmp_path / "out")
    assert [cell.split("\n")[0] for cell in cells] == [
        "# A line", "class Line:", "x = y = 0", "Only zeros.", "It fits.",
    ]  # fmt: skip


def test_dropped_tags_and_empty_cells_are_left_out(reference: Path, tmp_path: Path) -> None:
    cells = rendered(
        solution_twin(reference, "drop: [data, findings]", "# %% tag: models\n"), tmp_path / "out"
    )
    assert cells[1:] == ["print(x, y)"]


def test_a_twin_can_bring_a_module_and_build_on_another_twin(reference: Path, tmp_path: Path) -> None:
    solution_twin(reference, "drop: [plot]", "# %% file: tools.py\nX = 1\n")
    (reference / "wrong" / "u.py").write_text(
        '"""\nbase: t\nbreaks: [a]\nsays: b\n"""\n# %% tag: data\nimport tools\n'
    )
    twin = next(twin for twin in load_twins(reference) if twin.name == "wrong/u")
    cells = rendered(twin, tmp_path / "out")
    assert twin.whole
    assert "import tools" in cells and "print(x, y)" not in cells
    assert (tmp_path / "out" / "tools.py").read_text().strip() == "X = 1"


@pytest.mark.parametrize(
    ("header", "body", "words"),
    [
        ("drop: [figures]", "", "no cell tagged figures"),
        ("habit: a", "# %% tag: figures\nx = 1\n", "no cell tagged figures"),
        ("habit: a", "# %%\nx = 1\n", "needs a tag"),
        ("drop: [data]", "# %% tag: data\nx = 1\n", "dropped and replaced at the same time: data"),
    ],
)
def test_a_notebook_twin_that_does_not_fit_is_refused(
    reference: Path, header: str, body: str, words: str
) -> None:
    with pytest.raises(RubricFault, match=words):
        solution_twin(reference, header, body)


def test_only_whole_notebooks_have_cells_to_drop(reference: Path) -> None:
    (reference / "right" / "t.py").write_text('"""\ndrop: [data]\n"""\n')
    with pytest.raises(RubricFault, match="only the cells of a whole notebook"):
        load_twins(reference)


def test_a_base_that_is_not_there_is_refused(reference: Path) -> None:
    (reference / "right" / "t.py").write_text('"""\nbase: circle\n"""\n')
    with pytest.raises(RubricFault, match="the base of a twin is not there"):
        load_twins(reference)
    (reference / "right" / "t.py").write_text('"""\nbase: solution\n"""\n')
    with pytest.raises(RubricFault, match="no solution notebook"):
        load_twins(reference)


def test_the_reference_is_the_solution_notebook_where_there_is_one(reference: Path) -> None:
    assert not load_twins(reference)[0].whole
    (reference / "solution.py").write_text(NOTEBOOK)
    twin = load_twins(reference)[0]
    assert twin.whole and "class Line:" in twin.source and "# It fits." in twin.source


def test_a_twin_speaks_of_the_items_it_names_and_of_all_without_names() -> None:
    twin = Twin("wrong/t", False, ("plots.density",), "says", "", only=("plots", "study.accuracy"))
    assert twin.speaks_of("plots.density") and twin.speaks_of("study.accuracy")
    assert not twin.speaks_of("study.accuracy_of_all") and not twin.speaks_of("digits.plots")
    assert Twin("wrong/t", False, (), "", "").speaks_of("anything")


def test_an_executed_twin_has_the_outputs_of_its_cells(reference: Path, tmp_path: Path) -> None:
    twin = solution_twin(reference, "drop: [models]")
    path = render(twin, tmp_path / "out", "n.ipynb", executed=True)
    last = nbformat.read(path, as_version=4).cells[-1]
    assert last.outputs[0].text == "[1, 2, 3] [2, 4, 6]\n"
