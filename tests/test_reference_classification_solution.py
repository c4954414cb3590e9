"""The solution of the classification sheet answers every task in figures and words, and runs as a script too."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from grader.course import Course
from grader.prove.percent import Cell, read_cells
from grader.prove.twins import solution_source

SHEET = Course(Path(__file__).resolve().parent.parent).sheet("classification")
SOURCE = solution_source(SHEET.reference)
CELLS = read_cells(SOURCE)
TAGS = """effort setup knn_data knn_plot models_nearest_neighbours knn_kneighbours knn_sklearn knn_sweep knn_boundary
    knn_all_points knn_findings knn_class_probabilities knn_density knn_class_density knn_class_density_readings
    models_least_squares lls_data lls_plot lls_accuracy lls_boundary lls_repeated lls_findings lls_singular
    softmax_derivation softmax_split models_softmax_regression softmax_stable softmax_gradient softmax_training
    softmax_curves softmax_accuracy softmax_scaling softmax_repeated softmax_findings"""


def drawing() -> list[Cell]:
    """The cells that make a figure."""
    return [cell for cell in CELLS if "plt.subplots(" in cell.text and not cell.markdown]


@pytest.mark.parametrize("tag", TAGS.split())
def test_every_part_that_an_item_rests_on_has_its_tag(tag: str) -> None:
    assert any(cell.tag == tag and not cell.empty for cell in CELLS)


def test_there_are_no_other_tags() -> None:
    assert {cell.tag for cell in CELLS} - {""} == set(TAGS.split())


@pytest.mark.parametrize("cell", drawing(), ids=lambda cell: cell.tag)
def test_every_figure_has_axis_labels_a_title_a_legend_and_a_caption(cell: Cell) -> None:
    for part in ("xlabel", "ylabel", "title"):
        assert re.search(rf"\b(set_)?(sup)?{part}\b", cell.text), part
    assert ".legend(" in cell.text or "colorbar(" in cell.text
    following = CELLS[CELLS.index(cell) + 1]
    assert following.tag == cell.tag and re.match(r"\*Figure \d+\.\* ", following.text)


def test_figures_are_numbered_in_order() -> None:
    numbers = [int(n) for cell in CELLS for n in re.findall(r"\*Figure (\d+)\.\*", cell.text)]
    assert numbers == list(range(1, len(drawing()) + 1))


@pytest.mark.parametrize("tag", ["knn_findings", "lls_findings", "softmax_findings"])
def test_findings_are_words_enough_to_be_read(tag: str) -> None:
    words = " ".join(cell.text for cell in CELLS if cell.tag == tag and cell.markdown).split()
    assert len(words) > 80


def test_the_derivation_names_each_part_of_the_chain_rule() -> None:
    (cell,) = [cell for cell in CELLS if cell.tag == "softmax_derivation"]
    for above, below in ((r"\mathcal{L}_i", "p_c"), ("p_c", "g_k"), ("g_k", r"\theta_j^{(k)}")):
        assert rf"\frac{{\partial {above}}}{{\partial {below}}}" in cell.text
    assert cell.text.count("$$") % 2 == 0 and r"\boxed" in cell.text


def test_the_classifiers_need_nothing_but_numpy() -> None:
    for cell in (cell for cell in CELLS if cell.tag.startswith("models_")):
        imports = [
            node for node in ast.parse(cell.text).body if isinstance(node, ast.Import | ast.ImportFrom)
        ]
        assert {ast.unparse(node) for node in imports} <= {"import numpy as np", "from math import gamma, pi"}


def test_the_solution_runs_as_a_script_and_reports_what_was_asked(tmp_path: Path) -> None:
    """One run of about 25 seconds of processor time; any warning is an error."""
    script = tmp_path / "solution.py"
    script.write_text(SOURCE, encoding="utf-8")
    for path in (SHEET.reference / "provides").glob("*.py"):
        shutil.copyfile(path, tmp_path / path.name)
    ran = subprocess.run(
        [sys.executable, "-W", "error", script.name],
        cwd=tmp_path,
        env={**os.environ, "MPLBACKEND": "Agg"},
        capture_output=True,
        text=True,
        timeout=550,
    )
    assert ran.returncode == 0 and not ran.stderr, ran.stderr
    assert "training points: 600 of 600 predictions agree" in ran.stdout
    assert "1347 training images, 450 test images (25.0% of all)" in ran.stdout
    outliers = [float(value) for value in re.findall(r"n = +\d+: test accuracy ([\d.]+)", ran.stdout)]
    assert len(outliers) == 5 and outliers == sorted(outliers, reverse=True)
    accuracy = re.search(r"final accuracy on the test split: ([\d.]+)", ran.stdout)
    assert accuracy and 0.94 < float(accuracy[1]) < 0.99
