"""Scripts as hand-ins, through the whole pipeline: what runs, what is found, which file wins."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Iterator
from typing import Any

import nbformat
import pytest
import small_course
from nbformat.v4 import new_code_cell, new_notebook

from grader.course import Course
from grader.engine import Engine
from grader.pipeline import Dossier, grade_submission
from grader.records import Scorecard, Submission, Verdict

Graded = tuple[Scorecard, Dossier]
SPREAD = "def spread(X):\n    return float(np.mean(np.sum((X - X.mean(axis=0)) ** 2, axis=1)))\n"


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Graded]]:
    """Grade files as one hand-in of a small sheet that hands out ``task1.py`` and names no notebook."""
    course = small_course.make_course(tmp_path_factory.mktemp("course"))
    rubric = small_course.RUBRIC.replace(
        "rules: {notebook: centring.ipynb}", "provides: {task1.py: task1.py}"
    )
    rubric = rubric.replace("rules.runs_top_to_bottom", "rules.runs")
    (course / "rubrics" / "centring.yaml").write_text(rubric)
    (course / "reference" / "centring" / "provides").mkdir()
    provided = "GIVEN = 'by the sheet'\ndef spread(X):\n    raise NotImplementedError\n"
    (course / "reference" / "centring" / "provides" / "task1.py").write_text(provided)
    home = Course(course)
    with Engine(home.sheet("centring"), home) as engine:

        def grade(files: dict[str, str], **options: Any) -> Graded:
            folder = tmp_path_factory.mktemp("hand-in")
            for name, text in files.items():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                if name.endswith("/"):
                    (folder / name).mkdir()
                else:
                    (folder / name).write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
            one = Submission("plain", "team", "team", folder, folder="team")
            return grade_submission(one, engine, **options)

        yield grade


def verdicts(card: Scorecard) -> dict[str, Verdict]:
    return {item.id: item.verdict for item in card.items}


def printed(dossier: Dossier) -> str:
    cells = json.loads(dossier.execution.notebook)["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", ())]
    return "".join("".join(output.get("text", "")) for output in outputs)


def images(dossier: Dossier) -> int:
    cells = json.loads(dossier.execution.notebook)["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", ())]
    return sum("image/png" in output.get("data", {}) for output in outputs)


def notebook(*cells: str) -> str:
    return nbformat.writes(new_notebook(cells=[new_code_cell(cell) for cell in cells]))


@pytest.fixture(scope="module")
def three(graded: Callable[..., Graded]) -> Graded:
    """Three tasks with trainings at the top level, in a main block and in a function, and names that clash."""
    return graded(
        {
            "task1.py": f"""
                import time
                import numpy as np
                import matplotlib
                matplotlib.use("TkAgg")
                import matplotlib.pyplot as plt
                {textwrap.indent(SPREAD, " " * 16).strip()}
                def predict(X):
                    return "one"
                runs = np.fromfile("data/runs.txt", sep=" ")
                for step in range(3):
                    print("task 1, step", step)
                data = np.random.default_rng(0).normal(size=(50, 2))
                plt.scatter(data[:, 0], data[:, 1])
                plt.title("first")
                plt.savefig("plots/first.png")
                plt.show()
                print("task 1", predict(data), runs.sum())
                """,
            "task2.py": """
                import numpy as np
                from task1 import spread, predict as first, data
                sum = 0
                def predict(X, w):
                    return "two"
                def main():
                    answers = [predict(data, 1), first(data)]
                    print("task 2", answers, round(spread(np.ones((3, 2))), 3))
                if __name__ == "__main__":
                    main()
                """,
            "task10.py": """
                import argparse
                import sys
                import matplotlib.pyplot as plt
                def run():
                    options = argparse.ArgumentParser()
                    options.add_argument("--steps", type=int, default=7)
                    print("task 10", options.parse_args().steps, sum([1, 2]), __name__)
                    plt.figure()
                    plt.plot([1, 2])
                    plt.title("left open")
                    return 0
                if __name__ == "__main__":
                    sys.exit(run())
                    print("never reached")
                """,
            "data/runs.txt": "1 2 3",
            "plots/": "",
        }
    )


def test_every_task_runs_once_and_in_order(three: Graded) -> None:
    card, dossier = three
    assert dossier.workspace.parts == ("task1.py", "task2.py", "task10.py")
    assert dossier.execution.status == "complete"
    assert verdicts(card)["rules.runs"] is Verdict.PASSED
    assert "task1.py, task2.py and task10.py ran" in next(
        i.message for i in card.items if i.id == "rules.runs"
    )
    assert printed(dossier).splitlines() == [
        *(f"task 1, step {step}" for step in range(3)),
        "task 1 one 6.0",
        "task 2 ['two', 'one'] 0.0",
        "task 10 7 3 __main__",
    ]


def test_figures_are_seen_once_whether_shown_saved_or_left_open(three: Graded) -> None:
    _, dossier = three
    titles = [figure.panels[0].title for figure in dossier.execution.observed.figures]
    assert titles == ["first", "left open"]
    assert images(dossier) == 2
    assert {(cell.place.split(",")[0]) for cell in dossier.execution.cells} == {
        "task1.py",
        "task2.py",
        "task10.py",
    }


def test_definitions_are_found_without_any_training(three: Graded) -> None:
    card, dossier = three
    assert dossier.bindings["spread"].symbol == "spread"
    assert verdicts(card)["spread.exact"] is verdicts(card)["spread.scale"] is Verdict.PASSED
    assert card.points == 4.0


def test_each_file_keeps_its_own_helpers(graded: Callable[..., Graded]) -> None:
    files = {
        "a.py": "import numpy as np\ndef centred(X):\n    return X - X.mean(axis=0)\n"
        "def spread(X):\n    return float(np.mean(np.sum(centred(X) ** 2, axis=1)))\nprint(spread(np.eye(2)))",
        "b.py": "def centred(X):\n    return 0 * X\nprint(centred(1))",
    }
    card, dossier = graded(files, whole_run=False)
    assert card.points == 4.0
    assert {s.module for s in dossier.slice.statements} == {"a", "b", ""}


def test_a_role_whose_name_clashes_is_questioned_where_it_fits(graded: Callable[..., Graded]) -> None:
    files = {
        "a.py": f"import numpy as np\n{SPREAD}print(1)",
        "b.py": "def spread(butter, bread, knife):\n    return butter\nprint(2)",
    }
    card, dossier = graded(files, whole_run=False)
    assert dossier.bindings["spread"].symbol == "a.spread"
    assert card.points == 4.0


def test_an_import_that_would_train_for_ever_stops_nobody(graded: Callable[..., Graded]) -> None:
    files = {
        "work.ipynb": notebook("from lib import spread"),
        "lib.py": f"import numpy as np\n{SPREAD}while True:\n    pass\n",
    }
    card, dossier = graded(files, whole_run=False)
    assert card.points == 4.0
    assert dossier.seconds["find"] < 5


def test_a_notebook_and_a_script_are_one_work(graded: Callable[..., Graded]) -> None:
    files = {
        "work.ipynb": notebook("import numpy as np", SPREAD, "spread(np.eye(2))", "max = 3"),
        "task3.py": "import numpy as np\nnumber = max([1, 2])\nnumber\nprint('three', number)\n1 / 0\nprint('later')",
    }
    card, dossier = graded(files)
    assert printed(dossier) == "three 2\nlater\n"
    message = next(item.message for item in card.items if item.id == "rules.runs")
    assert "first task3.py, line 5: ZeroDivisionError" in message
    assert card.points == 4.0


def test_a_notebook_that_claims_to_be_of_parts_is_run_as_it_is(graded: Callable[..., Graded]) -> None:
    cell = new_code_cell("import sys\nsys.exit()", metadata={"part": "x.py", "place": "<b>"})
    book = new_notebook(cells=[cell, new_code_cell("print('on')")], metadata={"modules": [1], "draws": True})
    _, dossier = graded({"work.ipynb": nbformat.writes(book)})
    assert [(cell.status, cell.place) for cell in dossier.execution.cells] == [("error", ""), ("ok", "")]


@pytest.mark.parametrize("name", ["code/task1.py", "Task1.py"])
def test_the_teams_own_file_wins_over_the_one_that_is_handed_out(
    graded: Callable[..., Graded], name: str
) -> None:
    book = notebook("import sys\nsys.path.append('code')\nfrom task1 import spread")
    card, dossier = graded({"work.ipynb": book, name: f"import numpy as np\n{SPREAD}"})
    assert dossier.execution.cells[0].status == "ok"
    assert card.points == 4.0


def test_what_is_handed_out_lies_beside_the_work_wherever_that_is(graded: Callable[..., Graded]) -> None:
    script = f"import numpy as np\nfrom task1 import GIVEN\n{SPREAD}print(GIVEN)\n"
    card, dossier = graded({"deep/work.py": script, "report.pdf": "%PDF"})
    assert "by the sheet" in printed(dossier)
    assert card.points == 4.0


def test_a_skeleton_that_came_back_unchanged_is_not_judged(graded: Callable[..., Graded]) -> None:
    skeleton = "GIVEN = 'by the sheet'\ndef spread(X):\n    raise NotImplementedError\n"
    files = {
        "task1.py": skeleton,
        "own.py": f"import numpy as np\n{SPREAD.replace('spread', 'streuung')}print(1)",
    }
    card, dossier = graded(files, whole_run=False)
    assert dossier.workspace.parts == ("own.py",)
    assert dossier.bindings["spread"].symbol == "streuung"
    assert card.points == 4.0
