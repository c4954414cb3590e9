"""Pictures of densities in the plane and of what is drawn from them: samples, maps, ranks, counts."""

from __future__ import annotations

from typing import Any

import numpy as np

from grader.report.drawing import Array, Axes
from grader.report.panels import (
    BAND,
    EXPECTED,
    INK,
    MOST_DOTS,
    YOURS,
    Data,
    Panel,
    Picture,
    binomial_band,
    finite_rows,
    limits_of,
    plane,
    thinned,
    title,
    vector,
)

MOST_RINGS = 300
MOST_EDGES = 80
MOST_CELLS = 160
BARS = 20
NEIGHBOURS = 14
"""How many of the samples' places the zoom shows at least."""


def samples(data: Data, identity: str) -> Picture:
    """Theirs, the expected ones, and a dense part of the plane close by."""
    yours, expected = plane(data, "yours", "samples"), plane(data, "expected", "reference")
    train = plane(data, "train", "training")
    if not len(yours):
        raise ValueError("no finite samples")
    shown = [part for part in (yours, expected) if len(part)]
    x, y = limits_of(np.concatenate(shown))
    count = f"{len(yours):,} samples"
    mine = Axes(x, y, f"{count} of yours in the plane", equal=True, identity=f"{identity}-a")
    if len(train) and not len(expected):
        mine.dots(thinned(train), EXPECTED, 2.2)
    places, counted = np.unique(np.round(yours, 6), axis=0, return_counts=True)
    times = counted.astype(float)
    if len(places) < 0.5 * len(yours):
        mine.discs(places[:MOST_DOTS], np.minimum(1.2 * np.sqrt(times[:MOST_DOTS]), 7.0), YOURS)
    else:
        mine.dots(thinned(yours), YOURS)
    panels = [Panel(title(data, "Yours"), mine.svg())]
    caption = f"{count}, blue dots are yours."
    if len(expected):
        wanted = Axes(x, y, f"{len(expected):,} samples as expected", equal=True, identity=f"{identity}-b")
        wanted.dots(thinned(expected), EXPECTED)
        panels.append(Panel("Expected", wanted.svg()))
        caption = f"{count}, blue dots are yours; grey dots are what we expect, with the same limits."
    if len(train) or len(places) < 0.9 * len(yours):
        panels.append(_zoom(places, times, train, data, f"{identity}-c"))
        caption += _words_for_zoom(len(yours), len(places), bool(len(train)), "x_edges" in data)
    return Picture(tuple(panels), caption)


def _words_for_zoom(count: int, places: int, trained: bool, lines: bool) -> str:
    words = " In the zoom, rings are training points: dots inside rings are copies." if trained else ""
    words += " Lines are the borders of the bins." if lines else ""
    if places < 0.9 * count:
        words += f" Your {count:,} samples lie at only {places:,} different places; a larger dot stands for several at the same place."
    return words


def _zoom(places: Array, times: Array, train: Array, data: Data, identity: str) -> Panel:
    """The densest part of the plane, near enough that single points are seen."""
    centre, reach = _densest(places)
    axes = Axes(
        (centre[0] - reach, centre[0] + reach),
        (centre[1] - reach, centre[1] + reach),
        f"Your samples in a small part of the plane{', with the training points as rings' if len(train) else ''}",
        equal=True,
        identity=identity,
    )
    for across, key in ((True, "x_edges"), (False, "y_edges")):
        _borders(axes, data.get(key), across)
    near = np.max(np.abs(places - centre), axis=1) <= 2.5 * reach
    axes.discs(places[near][:MOST_RINGS], np.minimum(2.3 * np.sqrt(times[near][:MOST_RINGS]), 9.0), YOURS)
    if len(train):
        axes.rings(train[np.max(np.abs(train - centre), axis=1) <= 2.5 * reach][:MOST_RINGS], INK, 4.6)
    return Panel("Zoom: yours on the training points" if len(train) else "Zoom: yours", axes.svg())


def _densest(places: Array) -> tuple[Array, float]:
    """The place (2,) whose neighbours are nearest, and how far they reach."""
    some = thinned(places, 200)
    distances = np.sort(np.max(np.abs(some[:, None, :] - places[None, :, :]), axis=2), axis=1)
    reaches = distances[:, min(NEIGHBOURS, len(places) - 1)]
    best = int(np.argmin(np.where(reaches > 0, reaches, np.inf)))
    reach = 1.08 * float(reaches[best])
    return some[best], reach if reach > 0 and np.isfinite(reach) else 1.0


def _borders(axes: Axes, edges: Any, across: bool) -> None:
    """Thin lines at the borders of bins that lie within the plane."""
    if edges is None:
        return
    values = np.asarray(edges, dtype=float).reshape(-1)
    low, high = axes.x if across else axes.y
    for value in values[(values >= low) & (values <= high)][:MOST_EDGES]:
        ends = (
            [[value, axes.y[0]], [value, axes.y[1]]] if across else [[axes.x[0], value], [axes.x[1], value]]
        )
        axes.line(np.array(ends), EXPECTED, width=0.6)


def density(data: Data, identity: str) -> Picture:
    """Theirs and the reference as maps on one scale."""
    x, y = vector(data, "x"), vector(data, "y")
    if min(len(x), len(y)) < 2 or max(len(x), len(y)) > MOST_CELLS:
        raise ValueError("a map has 2 to 160 rows and columns")
    maps = {"Yours": data["yours"]} | ({"Reference": data["reference"]} if "reference" in data else {})
    plain = {key: _values(values, len(y), len(x), data.get("log", True)) for key, values in maps.items()}
    top = max(float(values.max()) for values in plain.values())
    panels = []
    for key, values in plain.items():
        axes = Axes(
            (x[0], x[-1]), (y[0], y[-1]), f"{key}: density over the plane", equal=True,
            identity=f"{identity}-{key[0].lower()}",
        )  # fmt: skip
        half = (x[1] - x[0]) / 2, (y[1] - y[0]) / 2
        axes.raster(values / top, (x[0] - half[0], x[-1] + half[0]), (y[0] - half[1], y[-1] + half[1]))
        panels.append(Panel(key if key != "Yours" else title(data, key), axes.svg()))
    same = "; both maps share this scale" if len(panels) > 1 else ""
    return Picture(tuple(panels), f"Density by colour{same}.", ("0", f"{top:.3g}"))


def _values(data: Any, rows: int, columns: int, log: Any) -> Array:
    """A map of densities (rows, columns), zero where there is none."""
    values = np.asarray(data, dtype=float).reshape(rows, columns)
    with np.errstate(over="ignore"):
        plain = np.exp(np.clip(values, None, 600)) if log else values
    plain = np.where(np.isfinite(plain), plain, 0.0)
    if plain.max() <= 0:
        raise ValueError("no density anywhere")
    return np.asarray(plain)


def log_density(data: Data, identity: str) -> Picture:
    """Theirs against the reference at the same points."""
    yours = vector(data, "yours", finite=False)
    reference = vector(data, "reference", "expected", finite=False)
    usable = finite_rows(reference, yours)
    if not len(usable):
        raise ValueError("nothing finite to compare")
    low, high = np.quantile(usable, [0.005, 0.995])
    pad = 0.05 * (high - low) or 1.0
    limits = (low - pad, high + pad)
    label = "Your log-density against the reference at the same points"
    axes = Axes(limits, limits, label, "reference", "yours", identity=identity)
    axes.line(np.array([[limits[0]] * 2, [limits[1]] * 2]), EXPECTED, dashed=True)
    axes.dots(thinned(usable), YOURS, 2.8)
    lost = len(yours) - len(usable)
    note = f" {lost} points without a finite value are not shown." if lost else ""
    panel = Panel(title(data, "Yours against the reference"), axes.svg())
    return Picture(
        (panel,), f"Log-densities at {len(usable):,} points. What lies off the dashed line is wrong.{note}"
    )


def ranks(data: Data, identity: str) -> Picture:
    """Ranks of samples, which are uniform for a correct solution, in bars."""
    values = vector(data, "ranks", "yours")
    values = values[(values >= 0) & (values <= 1)]
    if not len(values):
        raise ValueError("no ranks between 0 and 1")
    counts = np.bincount(np.minimum(values * BARS, BARS - 1).astype(int), minlength=BARS)
    low, high = binomial_band(len(values), 1 / BARS)
    axes = Axes((0, 1), (0, 1.08 * max(counts.max(), high)), "Ranks of your samples in 20 bars", "rank", "samples", identity=identity)  # fmt: skip
    for place, count in enumerate(counts):
        axes.box((place / BARS + 0.004, 0), ((place + 1) / BARS - 0.004, float(count)), YOURS)
    for level in (low, high):
        axes.line(np.array([[0, level], [1, level]]), INK, dashed=True)
    text = "Bars between the dashed lines are what chance allows. Higher on the right or on the left: the samples are too narrow or too wide."
    return Picture((Panel(title(data, "Ranks of your samples"), axes.svg()),), text)


def counts(data: Data, identity: str) -> Picture:
    """Samples per cell against the band in which correct solutions lie."""
    yours, expected = vector(data, "yours", "counts"), vector(data, "expected", "reference")
    if len(yours) != len(expected) or not len(yours) or len(yours) > 400:
        raise ValueError("one count and one expectation per cell")
    total = max(expected.sum(), 1.0)
    bands = [binomial_band(total, min(e / total, 1.0)) for e in expected]
    places = np.arange(len(yours)) + 1.0
    top = 1.08 * max(float(yours.max()), max(high for _, high in bands))
    axes = Axes((0.3, len(yours) + 0.7), (0, top), "Your samples per cell and the expected band", "cell", "samples", identity=identity)  # fmt: skip
    for place, (low, high) in zip(places, bands, strict=True):
        axes.box((place - 0.5, low), (place + 0.5, high), BAND)
    axes.dots(np.stack([places, yours], axis=1), YOURS, 4.0)
    text = "Grey is where 99.9 % of correct solutions lie in each cell; blue dots are yours."
    return Picture((Panel(title(data, "Samples per cell"), axes.svg()),), text)
