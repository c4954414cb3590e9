"""From the plain arrays of a finding to panels on the page.

A check leaves arrays with ``lab.picture(name, data)``. The kind of a picture is ``data["kind"]`` or, without
it, the name up to the first colon (``"samples: bandwidth 0.4"``). All kinds take ``title`` and ``caption``.

=============  =====================================================================================
kind           arrays
=============  =====================================================================================
samples        ``yours`` (n, 2); optional ``expected`` (m, 2) and ``train`` (k, 2)
density        ``x`` (w,) and ``y`` (h,) grid coordinates, ``yours`` (h, w) or (h * w,); optional
               ``reference`` of the same shape. Log-densities unless ``log`` is false
log_density    ``yours`` (n,) and ``reference`` (n,), log-densities at the same points
ranks          ``ranks`` (n,) in [0, 1], which are uniform for a correct solution
counts         ``yours`` (k,) and ``expected`` (k,): samples per cell
curve          ``x`` (n,), ``yours`` (n,); optional ``reference`` (n,), ``x_name``, ``y_name``, ``log_x``
kernel         ``distance`` (n,), ``answer`` (n,): a function of the distance, on a logarithmic axis
structure      ``text``: printed as it is
band           ``value``, ``low``, ``high``: where a result lies in the range of reference results
=============  =====================================================================================

A picture with an unknown kind, missing arrays or unusable numbers is left out: a page never fails for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Any

import numpy as np
from markupsafe import Markup

from grader.report.drawing import Array, Axes
from grader.report.layout import shortened

YOURS, OVERLAY, EXPECTED, BAND, INK = "--fig-yours", "--fig-overlay", "--fig-grey", "--fig-band", "--fig-ink"
MOST_DOTS = 1500
MOST_RINGS = 300
MOST_CELLS = 160
MOST_PICTURES, MOST_TEXT = 12, 4000
BARS = 20
CERTAINTY = 0.999


@dataclass(frozen=True)
class Panel:
    """One plane with its heading."""

    title: str
    svg: Markup


@dataclass(frozen=True)
class Picture:
    """Panels that belong together, and what a reader should look for."""

    panels: tuple[Panel, ...]
    caption: str
    scale: tuple[str, str] | None = None
    """Words at the two ends of the colour bar, for density maps."""
    text: str = ""
    """Printed text in place of panels."""


def draw(pictures: Mapping[str, Any], identity: str) -> tuple[Picture, ...]:
    """Draw what can be drawn; ``identity`` is unique on the page (an item's id)."""
    drawn = []
    for position, (name, data) in enumerate(list(pictures.items())[:MOST_PICTURES]):
        if not isinstance(data, Mapping):
            continue
        maker = KINDS.get(str(data.get("kind") or str(name).split(":")[0].strip()))
        if maker is None:
            continue
        try:
            picture = maker(data, f"{identity}-{position}")
        except Exception:  # whatever is wrong with a picture, the page is worth more
            continue
        caption = str(data["caption"]) if data.get("caption") else picture.caption
        drawn.append(replace(picture, caption=caption))
    return tuple(drawn)


def _samples(data: Mapping[str, Any], identity: str) -> Picture:
    yours, expected = _plane(data, "yours", "samples"), _plane(data, "expected", "reference")
    train = _plane(data, "train", "training")
    if not len(yours):
        raise ValueError("no finite samples")
    shown = [part for part in (yours, expected) if len(part)]
    x, y = _limits(np.concatenate(shown))
    count = f"{len(yours):,} samples"
    mine = Axes(x, y, f"{count} of yours in the plane", equal=True, identity=f"{identity}-a")
    if len(train) and not len(expected):
        mine.dots(_thin(train), EXPECTED, 2.2)
    mine.dots(_thin(yours), YOURS)
    panels = [Panel(_title(data, "Yours"), mine.svg())]
    caption = f"{count}, blue dots are yours."
    if len(expected):
        wanted = Axes(x, y, f"{len(expected):,} samples as expected", equal=True, identity=f"{identity}-b")
        wanted.dots(_thin(expected), EXPECTED)
        panels.append(Panel("Expected", wanted.svg()))
        caption = (
            f"{count}, blue dots are yours; grey dots are what we expect. Both panels have the same limits."
        )
    if len(train):
        panels.append(Panel("Zoom: yours on the training points", _zoom(yours, train, f"{identity}-c")))
        caption += " In the zoom, rings are training points: dots inside rings are copies."
    return Picture(tuple(panels), caption)


def _zoom(yours: Array, train: Array, identity: str) -> Markup:
    """The neighbourhood of the training point in the middle of the cloud."""
    centre = train[np.argmin(np.sum((train - np.median(train, axis=0)) ** 2, axis=1))]
    reach = np.sort(np.sqrt(np.sum((train - centre) ** 2, axis=1)))[min(24, len(train) - 1)] or 1.0
    axes = Axes(
        (centre[0] - reach, centre[0] + reach),
        (centre[1] - reach, centre[1] + reach),
        "Your samples and the training points in a small part of the plane",
        equal=True,
        identity=identity,
    )
    axes.dots(_thin(yours), YOURS, 3.2)
    axes.rings(train[np.max(np.abs(train - centre), axis=1) <= 2.5 * reach][:MOST_RINGS], INK)
    return axes.svg()


def _density(data: Mapping[str, Any], identity: str) -> Picture:
    x, y = _vector(data, "x"), _vector(data, "y")
    if min(len(x), len(y)) < 2 or max(len(x), len(y)) > MOST_CELLS:
        raise ValueError("a map has 2 to 160 rows and columns")
    maps = {"Yours": data["yours"]} | ({"Reference": data["reference"]} if "reference" in data else {})
    plain = {name: _values(values, len(y), len(x), data.get("log", True)) for name, values in maps.items()}
    top = max(float(values.max()) for values in plain.values())
    panels = []
    for name, values in plain.items():
        axes = Axes(
            (x[0], x[-1]), (y[0], y[-1]), f"{name}: density over the plane", equal=True,
            identity=f"{identity}-{name[0].lower()}",
        )  # fmt: skip
        half = (x[1] - x[0]) / 2, (y[1] - y[0]) / 2
        axes.raster(values / top, (x[0] - half[0], x[-1] + half[0]), (y[0] - half[1], y[-1] + half[1]))
        panels.append(Panel(name if name != "Yours" else _title(data, name), axes.svg()))
    same = "; both maps share this scale" if len(panels) > 1 else ""
    return Picture(tuple(panels), f"Density by colour{same}.", ("0", f"{top:.3g}"))


def _log_density(data: Mapping[str, Any], identity: str) -> Picture:
    yours, reference = _vector(data, "yours", False), _vector(data, "reference", "expected")
    pairs = np.stack([reference, yours], axis=1)
    usable = pairs[np.all(np.isfinite(pairs), axis=1)]
    if not len(usable):
        raise ValueError("nothing finite to compare")
    low, high = np.quantile(usable, [0.005, 0.995])
    pad = 0.05 * (high - low) or 1.0
    limits = (low - pad, high + pad)
    label = "Your log-density against the reference at the same points"
    axes = Axes(limits, limits, label, "reference", "yours", identity=identity)
    axes.line(np.array([[limits[0]] * 2, [limits[1]] * 2]), EXPECTED, dashed=True)
    axes.dots(_thin(usable), YOURS, 2.8)
    lost = len(pairs) - len(usable)
    note = f" {lost} points without a finite value are not shown." if lost else ""
    panel = Panel(_title(data, "Yours against the reference"), axes.svg())
    return Picture(
        (panel,), f"Log-densities at {len(usable):,} points. What lies off the dashed line is wrong.{note}"
    )


def _ranks(data: Mapping[str, Any], identity: str) -> Picture:
    ranks = _vector(data, "ranks", "yours")
    ranks = ranks[(ranks >= 0) & (ranks <= 1)]
    if not len(ranks):
        raise ValueError("no ranks between 0 and 1")
    counts = np.bincount(np.minimum(ranks * BARS, BARS - 1).astype(int), minlength=BARS)
    low, high = _binomial_band(len(ranks), 1 / BARS)
    axes = Axes((0, 1), (0, 1.08 * max(counts.max(), high)), "Ranks of your samples in 20 bars", "rank", "samples", identity=identity)  # fmt: skip
    for place, count in enumerate(counts):
        axes.box((place / BARS + 0.004, 0), ((place + 1) / BARS - 0.004, float(count)), YOURS)
    for level in (low, high):
        axes.line(np.array([[0, level], [1, level]]), INK, dashed=True)
    text = "Bars between the dashed lines are what chance allows. Higher on the right or on the left: the samples are too narrow or too wide."
    return Picture((Panel(_title(data, "Ranks of your samples"), axes.svg()),), text)


def _counts(data: Mapping[str, Any], identity: str) -> Picture:
    yours, expected = _vector(data, "yours", "counts"), _vector(data, "expected", "reference")
    if len(yours) != len(expected) or not len(yours) or len(yours) > 400:
        raise ValueError("one count and one expectation per cell")
    total = max(expected.sum(), 1.0)
    bands = [_binomial_band(total, min(e / total, 1.0)) for e in expected]
    places = np.arange(len(yours)) + 1.0
    top = 1.08 * max(float(yours.max()), max(high for _, high in bands))
    axes = Axes((0.3, len(yours) + 0.7), (0, top), "Your samples per cell and the expected band", "cell", "samples", identity=identity)  # fmt: skip
    for place, (low, high) in zip(places, bands, strict=True):
        axes.box((place - 0.5, low), (place + 0.5, high), BAND)
    axes.dots(np.stack([places, yours], axis=1), YOURS, 4.0)
    text = "Grey is where 99.9 % of correct solutions lie in each cell; blue dots are yours."
    return Picture((Panel(_title(data, "Samples per cell"), axes.svg()),), text)


def _curve(data: Mapping[str, Any], identity: str) -> Picture:
    raw, yours = _vector(data, "x", False), _vector(data, "yours", False)
    x = np.log10(raw) if data.get("log_x") else raw
    curves = {YOURS: yours} | ({EXPECTED: _vector(data, "reference", False)} if "reference" in data else {})
    if any(len(curve) != len(x) for curve in curves.values()):
        raise ValueError("one value per place")
    finite = np.concatenate([curve[np.isfinite(curve)] for curve in curves.values()])
    span = max(float(np.ptp(finite)), 1e-12)
    axes = Axes(
        (float(x.min()), float(x.max())), (float(finite.min()) - 0.06 * span, float(finite.max()) + 0.06 * span),
        "Your values against the expected ones", str(data.get("x_name", "")), str(data.get("y_name", "")),
        identity=identity, x_ticks=_decades(raw) if data.get("log_x") else None,
    )  # fmt: skip
    if EXPECTED in curves:
        axes.line(_finite_rows(x, curves[EXPECTED]), EXPECTED, dashed=True)
    axes.dots(_finite_rows(x, yours), YOURS, 5.0)
    text = "Blue dots are yours" + ("; the dashed line is the reference." if EXPECTED in curves else ".")
    return Picture((Panel(_title(data, "Yours and expected"), axes.svg()),), text)


def _kernel(data: Mapping[str, Any], identity: str) -> Picture:
    as_curve = {
        "x": data["distance"],
        "yours": data["answer"],
        "log_x": True,
        "x_name": "distance",
        "y_name": "answer",
    }
    drawn = _curve(as_curve | {"title": _title(data, "Yours over the distance")}, identity)
    return replace(drawn, caption="What your function answers for two points at a distance.")


def _structure(data: Mapping[str, Any], identity: str) -> Picture:
    text = str(data["text"]).strip()
    if not isinstance(data["text"], str) or not text:
        raise ValueError("no text")
    return Picture((), "The structure as your code prints it.", text=shortened(text, MOST_TEXT))


def _band(data: Mapping[str, Any], identity: str) -> Picture:
    value, low, high = (float(data[key]) for key in ("value", "low", "high"))
    pad = 0.15 * max(max(value, high) - min(value, low), 1e-12)
    limits = (min(value, low) - pad, max(value, high) + pad)
    axes = Axes(limits, (0, 1), f"{value:.4g} with the range {low:.4g} to {high:.4g}", str(data.get("x_name", "")), identity=identity, y_ticks=())  # fmt: skip
    axes.box((low, 0.35), (high, 0.65), BAND)
    axes.dots(np.array([[value, 0.5]]), YOURS, 9.0)
    text = "The grey bar is the range of correct solutions; the blue dot is yours."
    return Picture((Panel(_title(data, "Yours and the range"), axes.svg()),), text)


KINDS: Mapping[str, Callable[[Mapping[str, Any], str], Picture]] = {
    "samples": _samples,
    "density": _density,
    "log_density": _log_density,
    "ranks": _ranks,
    "counts": _counts,
    "curve": _curve,
    "kernel": _kernel,
    "structure": _structure,
    "band": _band,
}


def _title(data: Mapping[str, Any], usual: str) -> str:
    return str(data.get("title") or usual)


def _plane(data: Mapping[str, Any], *names: str) -> Array:
    """Finite points (n, 2) under the first name there is; (0, 2) if there is none."""
    found: Any = next((data[name] for name in names if data.get(name) is not None), [])
    points = np.asarray(found, dtype=float)
    if not points.size:
        return np.zeros((0, 2))
    if points.ndim != 2 or points.shape[1] < 2:
        raise ValueError("points have two columns")
    points = points[:, :2]
    return points[np.all(np.isfinite(points), axis=1)]


def _vector(data: Mapping[str, Any], name: str, other: str | bool = "") -> Array:
    """Values (n,) under ``name`` or another name; finite ones only, unless ``other`` is False."""
    found = data[name] if name in data or not isinstance(other, str) else data[other]
    values = np.asarray(found, dtype=float).reshape(-1)
    return values if other is False else values[np.isfinite(values)]


def _values(data: Any, rows: int, columns: int, log: Any) -> Array:
    """A map of densities (rows, columns), zero where there is none."""
    values = np.asarray(data, dtype=float).reshape(rows, columns)
    with np.errstate(over="ignore"):
        plain = np.exp(np.clip(values, None, 600)) if log else values
    plain = np.where(np.isfinite(plain), plain, 0.0)
    if plain.max() <= 0:
        raise ValueError("no density anywhere")
    return np.asarray(plain)


def _finite_rows(x: Array, y: Array) -> Array:
    rows = np.stack([x, y], axis=1)
    return rows[np.all(np.isfinite(rows), axis=1)]


def _limits(points: Array) -> tuple[tuple[float, float], tuple[float, float]]:
    """Limits around points (n, 2) that a few far ones do not blow up."""
    low, high = np.quantile(points, [0.002, 0.998], axis=0)
    pad = 0.06 * np.maximum(high - low, 1e-9)
    low, high = low - pad, high + pad
    return (float(low[0]), float(high[0])), (float(low[1]), float(high[1]))


def _thin(points: Array) -> Array:
    """At most :data:`MOST_DOTS` of the points, evenly taken."""
    return points[:: max(1, -(-len(points) // MOST_DOTS))]


def _binomial_band(trials: float, share: float) -> tuple[float, float]:
    """Where a count lies with about the probability :data:`CERTAINTY` (normal approximation of the binomial)."""
    reach = NormalDist().inv_cdf(0.5 + CERTAINTY / 2) * (trials * share * (1 - share)) ** 0.5
    return max(trials * share - reach, 0.0), trials * share + reach


def _decades(values: Array) -> list[tuple[float, str]]:
    """Ticks of a logarithmic axis, at powers of ten or at both ends."""
    low, high = np.log10(values.min()), np.log10(values.max())
    whole = [float(k) for k in range(int(np.ceil(low)), int(np.floor(high)) + 1)]
    places = whole if len(whole) >= 2 else [float(low), float(high)]
    return [(place, f"{10**place:.3g}") for place in places]
