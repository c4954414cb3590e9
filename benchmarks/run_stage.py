"""Time the run stage against bare nbclient on the same notebook, in turn, in one process: ratios count.

The probe notebook is short and typical: imports of numpy, scikit-learn, pyplot and torch, trivial cells, one
plot, one backward pass, one optimiser. Usage: python benchmarks/run_stage.py [--repeats N]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from grader.course import find_course
from grader.engine import Engine
from grader.intake.unpack import unpack
from grader.records import Submission
from grader.run.notebook import run_notebook
from grader.run.slice import slice_workspace
from grader.sandbox.provisioner import kernel_manager

CELLS = [
    "import numpy as np",
    "from sklearn.datasets import make_moons\nfrom sklearn.mixture import GaussianMixture",
    "import matplotlib.pyplot as plt",
    "import torch",
    *[f"value_{number} = {number} + 1\nvalue_{number}" for number in range(11)],
    "plt.plot(np.sin(np.linspace(0, 6, 100)))\nplt.show()",
    "weight = torch.ones(3, requires_grad=True)\n(weight**2).sum().backward()\nweight.grad",
    "optimiser = torch.optim.Adam([weight])\noptimiser.step()",
]


def probe_notebook() -> nbformat.NotebookNode:
    """The fixed notebook of 18 cells."""
    return new_notebook(cells=[new_code_cell(source) for source in CELLS])


def bare(folder: Path) -> float:
    """Seconds of a cold nbclient run, kernel start and shutdown included."""
    start = time.perf_counter()
    NotebookClient(
        probe_notebook(), timeout=120, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    ).execute()
    return time.perf_counter() - start


def ours(engine: Engine, folder: Path) -> float:
    """Seconds of our run stage: unpack, slice, run confined in a warm kernel, teardown."""
    source = folder / "probe.ipynb"
    source.write_text(nbformat.writes(probe_notebook()))
    start = time.perf_counter()
    workspace = unpack(Submission("plain", "probe", "probe", source, folder="probe"), folder / "files")
    slice_workspace(workspace)
    execution = run_notebook(
        workspace,
        workspace.main,
        kernel_manager_factory=lambda: kernel_manager(engine.child, workspace.folder, engine.budget, seed=1),
        budget=engine.budget,
    )
    seconds = time.perf_counter() - start
    if execution.status != "complete":
        raise SystemExit(f"the probe notebook did not run: {execution.status} {execution.remarks}")
    return seconds


def main() -> None:
    """Measure in turn and print medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    course = find_course(start=Path(__file__).resolve().parent)
    sheet = course.sheet("autoencoders")
    rows = []
    with Engine(sheet, course) as engine:
        start = time.perf_counter()
        with tempfile.TemporaryDirectory(prefix="gr-b") as folder:
            ours(engine, Path(folder))
        first = time.perf_counter() - start
        for _ in range(repeats):
            with tempfile.TemporaryDirectory(prefix="gr-b") as folder:
                rows.append((bare(Path(folder)), ours(engine, Path(folder))))
        level = engine.level
    ratios = sorted(mine / cold for cold, mine in rows)
    result = {
        "repeats": repeats,
        "isolation": level,
        "bare_seconds_median": round(statistics.median(cold for cold, _ in rows), 3),
        "ours_seconds_median": round(statistics.median(mine for _, mine in rows), 3),
        "ratio_median": round(statistics.median(ratios), 4),
        "ratio_range": [round(ratios[0], 4), round(ratios[-1], 4)],
        "first_run_with_server_start_seconds": round(first, 2),
        "load": round(os.getloadavg()[0], 1),
    }
    print(json.dumps(result, indent=1))
    folder = Path(__file__).resolve().parent / "results"
    folder.mkdir(exist_ok=True)
    (folder / "run_stage.json").write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
