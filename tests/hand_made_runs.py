"""Notebooks and records of runs made by hand, for tests of what is judged on the whole run."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from grader.judge.checks import load_checks
from grader.judge.judging import judge_item
from grader.judge.lab import LabFactory, load_reference
from grader.judge.transcript import Transcript, read_transcript
from grader.records import Binding, Call, CellRun, Execution, Figure, Finding, Layer, Observed, Panel
from grader.rubric import load

ROOT = Path(__file__).resolve().parent.parent
RUBRIC = load(ROOT / "rubrics" / "generative_baselines.yaml")
CHECKS = load_checks(ROOT / "reference" / "generative_baselines" / "checks.py")
REFERENCE = load_reference(ROOT / "reference" / "generative_baselines")
PICTURE = {"output_type": "display_data", "metadata": {}, "data": {"image/png": "aGFsbG8="}}
Cell = str | tuple[str, list[dict[str, Any]]]


def printed(text: str) -> dict[str, Any]:
    """A stored printed output."""
    return {"output_type": "stream", "name": "stdout", "text": text}


def notebook(cells: Sequence[Cell]) -> str:
    """A notebook as JSON; a cell that begins with ``#:`` is Markdown, a pair has stored outputs."""
    entries = []
    for cell in cells:
        source, outputs = cell if isinstance(cell, tuple) else (cell, [])
        if source.startswith("#:"):
            entries.append({"cell_type": "markdown", "metadata": {}, "source": source[2:].strip()})
        else:
            entries.append(
                {
                    "cell_type": "code",
                    "metadata": {},
                    "source": source,
                    "outputs": outputs,
                    "execution_count": None,
                }
            )
    return json.dumps({"cells": entries, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def ran(
    cells: Sequence[Cell],
    calls: Iterable[Call] = (),
    figures: Iterable[Figure] = (),
    *,
    status: str = "complete",
    until: int | None = None,
    shown: Sequence[Cell] | None = None,
    **settings: Any,
) -> Transcript:
    """A notebook that our run took to its end, or to the cell ``until`` (that one not reached).

    ``shown`` are the cells with the outputs of our run; without it nothing was put out.
    """
    last = len(cells) if until is None else until
    states = tuple(CellRun(i, "ok" if i < last else "not_reached") for i in range(len(cells)))
    bare = [cell[0] if isinstance(cell, tuple) else cell for cell in cells] if shown is None else shown
    execution = Execution(
        status, states, notebook(bare), observed=Observed(figures=tuple(figures), calls=tuple(calls))
    )
    return read_transcript(notebook(cells), execution, **settings)


def not_run(cells: Sequence[Cell], **settings: Any) -> Transcript:
    """A notebook that was only read."""
    return read_transcript(notebook(cells), Execution("not_run"), **settings)


def points(name: str, n: int = 300, columns: int = 2) -> dict[str, Any]:
    """Summary of an array; equal names mean equal arrays."""
    return {"shape": [n, columns], "dtype": "float64", "print": name}


def model(kind: str, key: int = 1, **settings: Any) -> dict[str, Any]:
    """Summary of an object."""
    return {"type": kind, "key": key, "settings": settings}


def moons(cell: int, name: str, n: int = 300, noise: float | None = 0.1, seed: int | None = None) -> Call:
    """A noted call of the data set's function."""
    arguments = {"n_samples": n, "shuffle": True, "noise": noise, "random_state": seed}
    labels = {"shape": [n], "dtype": "int64", "print": f"labels of {name}"}
    return Call(cell, "sklearn.datasets.make_moons", arguments, [points(name, n), labels])


def study(
    cell: int, kind: str, setting: str, values: Sequence[float], train: str = "train", n: int = 300
) -> list[Call]:
    """Fits, samples and discrepancies of a model for several values of its hyperparameter."""
    calls = []
    for key, value in enumerate(values):
        own = model(kind, key, **({setting: value} if setting else {}))
        calls += [
            Call(cell, f"{kind}.fit", {"self": own, "X": points(train, n)}),
            Call(cell, f"{kind}.sample", {"self": own, "n": 400}),
            Call(
                cell,
                "mmd",
                {"X": points("test"), "Y": points(f"{kind} {value} {n}"), "kernel": "se", "bandwidth": 0.5},
            ),
        ]
    return calls


BINDINGS = {
    "histogram": Binding("histogram", "Histogram", "class", parameters={"bins": "bins"}, confidence=1.0),
    "gaussian": Binding("gaussian", "Gaussian", "class", confidence=1.0),
    "gmm": Binding("gmm", "GMM", "class", parameters={"components": "k"}, confidence=1.0),
    "kde": Binding("kde", "KDE", "class", parameters={"bandwidth": "h"}, confidence=1.0),
    "mmd": Binding("mmd", "mmd", "function", parameters={"bandwidth": "bandwidth"}, confidence=1.0),
}


class Found:
    """A team of which only is known where its roles were found."""

    def __init__(self, bindings: Mapping[str, Binding] = BINDINGS) -> None:
        self.bindings = dict(bindings)

    def has(self, role: str, method: str = "") -> bool:
        return role in self.bindings

    def binding(self, role: str) -> Binding:
        return self.bindings.get(role) or Binding(role, "", "")


def judged(item: str, transcript: Transcript, team: Found | None = None, **knobs: Any) -> Finding:
    """The finding of one item of the real rubric, with some knobs turned."""
    factory = LabFactory(REFERENCE, key=b"tests", hand_in="hash", transcript=transcript)
    found = RUBRIC.item(item)
    if knobs:
        uses = tuple(use.model_copy(update={"knobs": {**use.knobs, **knobs}}) for use in found.checks)
        found = found.model_copy(update={"checks": uses})
    return judge_item(team or Found(), found, RUBRIC, CHECKS, factory(item, {}))


def packed(values: Any) -> str:
    """Numbers as a layer holds them."""
    stream = io.BytesIO()
    np.save(stream, np.asarray(values, dtype=np.float32))
    return base64.b64encode(stream.getvalue()).decode()


def curve(x: Sequence[float], label: str = "") -> Layer:
    """A line over these places."""
    return Layer("line", label, (len(x),), (min(x), max(x)), (0.0, 1.0), packed([(v, 0.5) for v in x]))


def cloud(n: int = 300, values: Any = None) -> Layer:
    """Single points."""
    return Layer("points", "", (n,), (-1.5, 2.5), (-1.0, 1.5), "" if values is None else packed(values))


def mesh(side: int = 60) -> Layer:
    """A field over the plane."""
    return Layer("mesh", "", (side, side), (-1.5, 2.5), (-1.0, 1.5))


def panel(*layers: Layer, equal: bool = True, title: str = "a title", **settings: Any) -> Panel:
    """A pair of axes with labels."""
    given = {"xlabel": "x", "ylabel": "y", **settings}
    return Panel("plane", title, equal=equal, layers=layers, **given)


def figure(cell: int, *panels: Panel, **settings: Any) -> Figure:
    """A figure drawn by a cell."""
    return Figure(cell, panels=panels, **settings)


def with_outputs(transcript: Transcript, index: int, text: str) -> Transcript:
    """The transcript with a text put out by one cell in our run."""
    cells = list(transcript.cells)
    cells[index] = replace(cells[index], ours=replace(cells[index].ours, text=text))
    return replace(transcript, cells=tuple(cells))
