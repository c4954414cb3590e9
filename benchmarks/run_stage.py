"""Time the run stage against bare nbclient on the same notebook, in turn, in one process: ratios count.

The probe notebook is short and typical: imports of numpy, scikit-learn, pyplot and torch, trivial cells, one
plot, one backward pass, one optimiser. The long one computes for 100 seconds and more as such hand-ins do: many
fits, calls of own functions in loops, figures. What grading notes of a run (calls, figures, living objects) is in
our time. Usage: python benchmarks/run_stage.py [--repeats N] [--long]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from grader.course import find_course
from grader.engine import Engine
from grader.intake.unpack import unpack
from grader.records import Submission
from grader.run.notebook import run_notebook
from grader.run.observe import observe
from grader.run.slice import slice_workspace
from grader.sandbox.provisioner import kernel_manager
from grader.team.conversation import Conversation

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


LONG_CELLS = [
    """import numpy as np
import matplotlib.pyplot as plt
from sklearn.datasets import make_moons
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import KernelDensity""",
    """def mmd(X, Y, h):
    def gram(A, B):
        d = ((A[:, None, :] - B[None, :, :]) ** 2).sum(-1)
        return np.exp(-d / (2 * h**2))
    return gram(X, X).mean() + gram(Y, Y).mean() - 2 * gram(X, Y).mean()

class KDE:
    def __init__(self, h):
        self.h = h
    def fit(self, X):
        self.X = X
        return self
    def score_samples(self, P):
        d = ((P[:, None, :] - self.X[None, :, :]) ** 2).sum(-1)
        return np.log(np.exp(-d / (2 * self.h**2)).mean(1) / (2 * np.pi * self.h**2) + 1e-300)
    def sample(self, n):
        return self.X[np.random.randint(len(self.X), size=n)] + self.h * np.random.randn(n, self.X.shape[1])""",
    "train, test = make_moons(1500, noise=0.1)[0], make_moons(1500, noise=0.1)[0]",
    """scores = {}
for repeat in range(ROUNDS):
    for h in (0.05, 0.1, 0.2, 0.4):
        for n in (200, 500, 1000, 1500):
            scores["kde", h, n, repeat] = mmd(test, KDE(h).fit(train[:n]).sample(1000), 0.5)
    for k in (1, 3, 8, 15):
        model = GaussianMixture(k, random_state=repeat).fit(train)
        scores["gmm", k, repeat] = mmd(test, model.sample(1000)[0], 0.5)""",
    """grid = np.stack(np.meshgrid(np.linspace(-2, 3, 120), np.linspace(-2, 2, 120)), -1).reshape(-1, 2)
fig, axes = plt.subplots(2, 4, figsize=(14, 6))
for ax, h in zip(axes.ravel(), np.geomspace(0.03, 1, 8)):
    ax.pcolormesh(KDE(h).fit(train[:700]).score_samples(grid).reshape(120, 120))
    ax.set_title(f"h = {h:.2f}")
plt.show()""",
]
ROUNDS = 18


def probe_notebook(*, long: bool = False) -> nbformat.NotebookNode:
    """The fixed notebook of 18 cells, or the long one."""
    sources = [f"ROUNDS = {ROUNDS}", *LONG_CELLS] if long else CELLS
    return new_notebook(cells=[new_code_cell(source) for source in sources])


def bare(folder: Path, *, long: bool = False) -> float:
    """Seconds of a cold nbclient run, kernel start and shutdown included."""
    start = time.perf_counter()
    NotebookClient(
        probe_notebook(long=long),
        timeout=900,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
    ).execute()
    return time.perf_counter() - start


def ours(engine: Engine, folder: Path, *, long: bool = False) -> float:
    """Seconds of our run stage: unpack, slice, run confined in a warm kernel, teardown."""
    source = folder / "probe.ipynb"
    source.write_text(nbformat.writes(probe_notebook(long=long)))
    start = time.perf_counter()
    workspace = unpack(Submission("plain", "probe", "probe", source, folder="probe"), folder / "files")
    slice_workspace(workspace)
    watch = engine.sheet.rubric.watch
    budget = replace(engine.budget, cell_seconds=900, notebook_seconds=900)
    execution = run_notebook(
        workspace,
        workspace.main,
        kernel_manager_factory=lambda: kernel_manager(
            engine.child, workspace.folder, budget, seed=1, watch=watch
        ),
        budget=budget,
        before_end=lambda manager: observe(talk(manager), engine.living),
        on_progress=lambda manager: observe(talk(manager)),
    )
    seconds = time.perf_counter() - start
    if execution.status != "complete":
        raise SystemExit(f"the probe notebook did not run: {execution.status} {execution.remarks}")
    return seconds


def talk(manager: Any) -> Conversation:
    """Questions to the kernel, as grading asks them."""
    return Conversation(manager.child.channel, manager.child)


def main() -> None:
    """Measure in turn and print medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--long", action="store_true", help="The long notebook (minutes per turn).")
    settings = parser.parse_args()
    repeats, long = settings.repeats, settings.long
    course = find_course(start=Path(__file__).resolve().parent)
    sheet = course.sheet("generative_baselines")
    rows = []
    with Engine(sheet, course) as engine:
        start = time.perf_counter()
        with tempfile.TemporaryDirectory(prefix="gr-b") as folder:
            ours(engine, Path(folder))
        first = time.perf_counter() - start
        for _ in range(repeats):
            with tempfile.TemporaryDirectory(prefix="gr-b") as folder:
                rows.append((bare(Path(folder), long=long), ours(engine, Path(folder), long=long)))
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
    (folder / ("run_stage_long.json" if long else "run_stage.json")).write_text(
        json.dumps(result, indent=1) + "\n"
    )


if __name__ == "__main__":
    main()
