"""Twins are small differences that become whole hand-ins; a header that does not fit is refused."""

from __future__ import annotations

import ast
from pathlib import Path

import nbformat
import pytest

from grader.course import Course
from grader.errors import RubricFault
from grader.prove.twins import load_twins, render, replace_definitions
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
        ('"""\nbreaks: [a]\n"""\n', "names what it breaks and what it says"),
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
