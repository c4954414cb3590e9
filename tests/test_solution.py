"""The solution notebook runs from top to bottom and answers every task of the sheet with figures and words."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest

from grader.course import Course
from grader.errors import RubricFault
from grader.prove.percent import read_cells
from grader.prove.solution import write_solution
from grader.prove.twins import solution_source

ROOT = Path(__file__).resolve().parent.parent
SHEET = Course(ROOT).sheet("generative_baselines")
CELLS = read_cells(solution_source(SHEET.reference))
TAGS = """data models_histogram models_gaussian models_mixture models_kernel_density mmd bandwidth accuracy
    hyperparameters training_size findings representative density_plots sample_plots representation
    plots_findings digits_data digits_models digits_mmd digits_study digits_samples digits_classifier
    digits_recognisability digits_proportions digits_findings effort"""


@pytest.mark.parametrize("tag", TAGS.split())
def test_every_part_that_an_item_rests_on_has_its_tag(tag: str) -> None:
    assert any(cell.tag == tag and not cell.empty for cell in CELLS)


@pytest.mark.parametrize("tag", ["findings", "plots_findings", "digits_findings"])
def test_findings_are_words_enough_to_be_read(tag: str) -> None:
    words = " ".join(cell.text for cell in CELLS if cell.tag == tag and cell.markdown).split()
    assert len(words) > 80


def test_no_class_of_the_first_task_comes_from_a_library() -> None:
    models = "\n".join(cell.text for cell in CELLS if cell.tag.startswith("models_"))
    assert "class GaussianMixture" in models and "class KernelDensity" in models
    assert not re.search(r"\b(sklearn|gaussian_kde|histogram2d|histogramdd)\b", models)


def test_a_sheet_without_a_solution_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RubricFault, match="no solution notebook"):
        write_solution(Course(ROOT).sheet("autoencoders"), tmp_path)


def test_the_quick_solution_runs_and_is_written_as_notebook_and_page(tmp_path: Path) -> None:
    """One run of about 25 seconds of processor time; a cell that raises fails it."""
    path, page = write_solution(SHEET, tmp_path)
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    outputs = [output for cell in cells for output in cell.outputs]
    figures = [o for o in outputs if "image/png" in o.get("data", {})]
    errors = [o for o in outputs if o.output_type == "stream" and o.name == "stderr"]
    assert errors == []
    assert len(figures) >= 12
    assert sum("text/html" in o.get("data", {}) for o in outputs) >= 3
    assert max(len(o.data["image/png"]) for o in figures) < 200_000
    printed = "".join(o.text for o in outputs if o.output_type == "stream")
    accuracy = re.search(r"accuracy on unseen digits: ([\d.]+)%", printed)
    assert accuracy and float(accuracy[1]) > 94
    text = page.read_text(encoding="utf-8")
    assert text.count("<article") > 40 and "data:image/png" in text
    assert not re.search(r"left out|https?://", re.sub(r"<pre.*?</pre>", "", text, flags=re.DOTALL))
