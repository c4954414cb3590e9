"""A course with one tiny sheet, for tests that grade many hand-ins: a model that centres data, and a function."""

from __future__ import annotations

import textwrap
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

RUBRIC = """\
sheet: centring
title: Centring
max: 4
tasks: {"1": 4}
preload: [numpy]
rules: {notebook: centring.ipynb}
items:
  - {id: rules.runs_top_to_bottom, task: "0", title: It runs, points: 0}
  - {id: spread.exact, task: "1", title: The spread, points: 2, roles: [spread], checks: [{check: spread_is_right, tolerance: 1.0e-9}]}
  - {id: spread.scale, task: "1", title: The spread of scaled data, points: 2, roles: [spread], checks: [{check: spread_scales, tolerance: 1.0e-9}]}
roles:
  spread:
    kind: function
    title: Spread
    expected: a function of a sample
    names: [spread, streuung]
    methods:
      call:
        returns: number
        names: [__call__]
        arguments:
          X: {names: [X, x, data, sample]}
"""
CHECKS = '''\
"""Two checks of the spread."""
import numpy as np

from grader.judge.checks import check


@check
def spread_is_right(team, lab, *, tolerance):
    """The spread is the mean squared distance from the mean."""
    lab.on(team, "spread", "call")
    data = lab.cloud(50)
    got, want = float(team.spread(data)), float(lab.reference.spread(data))
    return lab.measured("difference", abs(got - want), at_most=tolerance, message=f"got {got:g}, expected {want:g}")


@check
def spread_scales(team, lab, *, tolerance):
    """The spread of doubled data is four times as large."""
    lab.on(team, "spread", "call")
    data = lab.cloud(50)
    return lab.measured("difference", abs(team.spread(2 * data) - 4 * team.spread(data)), at_most=tolerance)
'''
ROLES = '''\
"""The truth."""
import numpy as np


def spread(X):
    """Mean squared distance of the rows of X, shape (n, 2), from their mean."""
    return float(np.mean(np.sum((X - X.mean(axis=0)) ** 2, axis=1)))


ROLES = {"spread": spread}
'''
DATA = '''\
"""Data of the sheet."""


def cloud(n, rng):
    """Draw n points, shape (n, 2)."""
    return rng.normal(size=(n, 2)) * [1.0, 3.0] + 5.0
'''
RIGHT = """
import numpy as np
def spread(X):
    return float(np.mean(np.sum((X - X.mean(axis=0)) ** 2, axis=1)))
"""
WRONG = """
import numpy as np
def spread(X):
    return float(np.mean(np.sum(X ** 2, axis=1)))
"""
SLOW = RIGHT + "\nimport time\ntime.sleep(0.3)\nprint(spread(np.ones((3, 2))))\n"


TWINS = {
    "reference/centring/models/spread.py": ROLES.split("ROLES")[0],
    "reference/centring/wrong/not_centred.py": '"""\nbreaks: [spread.exact]\nsays: The mean is not taken off.\n"""\n\n\n'
    "def spread(X):\n    return float(np.mean(np.sum(X**2, axis=1)))\n",
    "reference/centring/right/loop.py": '"""\nhabit: A loop.\n"""\n\n\n'
    "def spread(X):\n    return float(np.mean([np.sum((x - X.mean(axis=0)) ** 2) for x in X]))\n",
}


def make_course(folder: Path, *, twins: bool = False) -> Path:
    """Write the course into ``folder`` and give it back; with ``twins`` one right and one wrong one."""
    for name, text in {
        **(TWINS if twins else {}),
        "rubrics/centring.yaml": RUBRIC,
        "reference/__init__.py": "",
        "reference/centring/__init__.py": "",
        "reference/centring/checks.py": CHECKS,
        "reference/centring/roles.py": ROLES,
        "reference/centring/data.py": DATA,
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def write_hand_in(folder: Path, name: str, *cells: str) -> Path:
    """A hand-in whose notebook has these cells."""
    place = folder / name
    place.mkdir(parents=True)
    book = new_notebook(cells=[new_code_cell(textwrap.dedent(cell).strip()) for cell in cells])
    for index, cell in enumerate(book.cells):
        cell["id"] = f"cell-{index}"
    (place / "centring.ipynb").write_text(nbformat.writes(book), encoding="utf-8")
    return place
