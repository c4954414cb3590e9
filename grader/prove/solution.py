"""The reference's solution notebook as a lecturer hands it out: executed, with figures, as notebook and page.

Run as ``python -m grader.prove.solution SHEET [--effort full] [--out FOLDER]``.
"""

from __future__ import annotations

import argparse
import re
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from grader.course import Sheet, find_course
from grader.errors import RubricFault
from grader.prove.percent import execute
from grader.prove.twins import Twin, render, solution_source
from grader.report.layout import render as render_template
from grader.report.notebook_html import read_notebook

EFFORT = re.compile(r'^effort = "\w+"', re.MULTILINE)


def write_solution(sheet: Sheet, out: Path, *, effort: str = "quick") -> tuple[Path, Path]:
    """Render and run the solution of ``sheet``; returns the notebook and the page written to ``out``.

    What the sheet provides lies beside the notebook while it runs. Raises ``RubricFault`` when the reference has
    no solution, or when it has no line that sets ``effort``; errors of its cells come through as they are.
    """
    source, changed = EFFORT.subn(f'effort = "{effort}"', solution_source(sheet.reference))
    if changed != 1:
        raise RubricFault(
            "the solution has one line that sets effort", where=sheet.name, got=f"{changed} lines"
        )
    twin = Twin("reference", True, (), "", source, whole=True)
    out.mkdir(parents=True, exist_ok=True)
    notebook, page = (out / f"{sheet.name}-solution.{suffix}" for suffix in ("ipynb", "html"))
    with tempfile.TemporaryDirectory(prefix="gr-solution-") as folder:
        place = Path(folder)
        for name, provided in sheet.rubric.provides.items():
            shutil.copyfile(sheet.reference / "provides" / provided, place / name)
        path = render(twin, place, notebook.name)
        execute(path)
        shutil.copyfile(path, notebook)
    cells = read_notebook(notebook.read_text(encoding="utf-8"))
    title = sheet.rubric.title
    made = render_template("solution.html", title=title, notebook=cells, script="", script_hash="'none'")
    page.write_text(made, encoding="utf-8")
    return notebook, page


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line and write the solution."""
    parser = argparse.ArgumentParser(
        description="Run the solution notebook of a sheet and write it as a page."
    )
    parser.add_argument("sheet")
    parser.add_argument("--effort", choices=["quick", "full"], default="quick")
    parser.add_argument("--out", type=Path, default=Path("reports"))
    chosen = parser.parse_args(arguments)
    for path in write_solution(find_course().sheet(chosen.sheet), chosen.out, effort=chosen.effort):
        print(path)


if __name__ == "__main__":
    main()
