"""Hand-made records of a notebook on digits: what a run notes, without running anything."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from grader.judge.checks import load_checks
from grader.judge.images import written
from grader.judge.judging import judge_item
from grader.judge.lab import LabFactory, load_reference
from grader.judge.transcript import Transcript, read_transcript
from grader.records import (
    Binding,
    Call,
    CellRun,
    Execution,
    Figure,
    Finding,
    Known,
    Layer,
    Observed,
    Panel,
)
from grader.rubric import Rubric, load
from reference.generative_baselines.questions import digits_judge

ROOT = Path(__file__).resolve().parent.parent


@cache
def rubric() -> Rubric:
    return load(ROOT / "rubrics" / "generative_baselines.yaml")


@cache
def checks() -> Any:
    return load_checks(ROOT / "reference" / "generative_baselines")


@cache
def reference() -> Any:
    return load_reference(ROOT / "reference" / "generative_baselines")


class WithMmd:
    """A team whose discrepancy is the function ``mmd``."""

    def has(self, role: str, method: str = "") -> bool:
        return role == "mmd"

    def binding(self, role: str) -> Binding:
        return Binding("mmd", "mmd", "function", {"call": "mmd"}, confidence=1.0)


def notebook(*cells: str, outputs: dict[int, Any] | None = None) -> str:
    """JSON of a notebook; sources that begin with ``# `` and have no code are Markdown, marked by ``md:``."""
    built = []
    for index, source in enumerate(cells):
        if source.startswith("md:"):
            built.append({"cell_type": "markdown", "source": source[3:], "metadata": {}})
            continue
        shown = (outputs or {}).get(index, [])
        built.append({"cell_type": "code", "source": source, "outputs": shown, "metadata": {}})
    return json.dumps({"cells": built, "nbformat": 4, "nbformat_minor": 5, "metadata": {}})


def printed(text: str) -> list[dict[str, Any]]:
    return [{"output_type": "stream", "name": "stdout", "text": text}]


def picture() -> list[dict[str, Any]]:
    return [{"output_type": "display_data", "data": {"image/png": "iVBORw0KGgo="}, "metadata": {}}]


def run_of(
    cells: tuple[str, ...],
    *,
    calls: tuple[Call, ...] = (),
    known: tuple[Known, ...] = (),
    figures: tuple[Figure, ...] = (),
    outputs: dict[int, Any] | None = None,
    states: dict[int, str] | None = None,
) -> Transcript:
    """A transcript of a run in which every cell went well unless ``states`` says otherwise."""
    runs = tuple(
        CellRun(
            i, (states or {}).get(i, "ok"), error="NameError: x" if (states or {}).get(i) == "error" else ""
        )
        for i, source in enumerate(cells)
        if not source.startswith("md:")
    )
    execution = Execution(
        "complete", runs, notebook(*cells, outputs=outputs), observed=Observed(figures, calls, known)
    )
    return read_transcript(notebook(*cells), execution)


def judged(transcript: Transcript, item: str, team: Any = None, **knobs: Any) -> Finding:
    factory = LabFactory(reference(), key=b"k", hand_in="h", transcript=transcript)
    entry = rubric().item(item)
    if knobs:
        use = entry.checks[0].model_copy(update={"knobs": entry.checks[0].knobs | knobs})
        entry = entry.model_copy(update={"checks": (use,)})
    return judge_item(team or WithMmd(), entry, rubric(), checks(), factory(item, {}))


def array(rows: int, columns: int, name: str) -> dict[str, Any]:
    return {"shape": [rows, columns], "dtype": "float64", "print": name}


def fit(
    kind: str,
    cell: int,
    *,
    key: int,
    rows: int = 1200,
    columns: int = 64,
    data: str = "train",
    **settings: Any,
) -> Call:
    """A noted ``fit``; ``kind`` is the full name of a library's class or the name of an own one."""
    owner = {"type": kind.rsplit(".", 1)[-1], "key": key, "settings": settings}
    return Call(cell, f"{kind}.fit", {"self": owner, "X": array(rows, columns, data), "y": None})


def sample(kind: str, cell: int, *, key: int, name: str, rows: int = 500, columns: int = 64) -> Call:
    owner = {"type": kind.rsplit(".", 1)[-1], "key": key, "settings": {}}
    return Call(cell, f"{kind}.sample", {"self": owner, "n_samples": rows}, array(rows, columns, name))


def mmd(cell: int, real: str, generated: str, columns: int = 64) -> Call:
    given = {"X": array(500, columns, real), "Y": array(500, columns, generated), "h": 30}
    return Call(cell, "mmd", given)


GMM = "sklearn.mixture.GaussianMixture"
KDE = "sklearn.neighbors.KernelDensity"
FOREST = "DensityForest"
CLASSIFIER = "sklearn.ensemble.RandomForestClassifier"


def living(kind: str, key: int, samples: np.ndarray | str | None, *, rows: int = 1200, name: str = "model", **settings: Any) -> Known:  # fmt: skip
    """A living model with its answer to our question for samples."""
    answers: dict[str, Any] = {}
    if isinstance(samples, np.ndarray):
        answers = {"sample": {"npy": written(samples)}}
    elif samples is not None:
        answers = {"sample": {"fault": samples}}
    full = kind.replace("GaussianMixture", "_gaussian_mixture.GaussianMixture") if "sklearn" in kind else kind
    return Known(key, 0, name, "model", full, (rows, 64), settings=settings, answers=answers)


def classifier(key: int, labels: np.ndarray) -> Known:
    """A living forest that gave these labels to the digits that we showed it."""
    answers = {"classes of pixels": {"npy": written(labels)}}
    return Known(key, 0, "forest", "model", "sklearn.ensemble._forest.RandomForestClassifier", (1200, 64), answers=answers)  # fmt: skip


def images(cell: int, tiles: np.ndarray, titles: tuple[str, ...] = ()) -> Figure:
    """A figure with one panel per tile (n, 8, 8)."""
    panels = tuple(
        Panel("image", titles[i] if i < len(titles) else "", layers=(Layer("image", shape=tile.shape, values=written(tile)),))
        for i, tile in enumerate(tiles)
    )  # fmt: skip
    return Figure(cell, panels=panels)


def noisy_digits(n: int, seed: int = 0) -> np.ndarray:
    """Digits with noise: like samples of a narrow kernel density estimator, (n, 64)."""
    rng = np.random.default_rng(seed)
    pixels = digits_judge.original()[0]
    return pixels[rng.integers(len(pixels), size=n)] + 0.5 * rng.standard_normal((n, 64))
