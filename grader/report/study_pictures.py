"""Pictures of numbers over something: curves, shares per class, one number per model, ranges, printed structure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from grader.report.drawing import RIGHT, Array, Axes
from grader.report.layout import number, shortened
from grader.report.panels import (
    BAND,
    DASHES,
    EXPECTED,
    INK,
    SERIES,
    YOURS,
    Data,
    Key,
    Panel,
    Picture,
    clipped,
    decades,
    finite_rows,
    labels,
    name,
    optional,
    title,
    vector,
)

MOST_TEXT = 4000
MOST_SERIES, MOST_PLACES, MOST_BARS, MOST_ROWS = 6, 400, 30, 16
ROW = 26.0
"""Height of one model on a scale, in units of the drawing."""
WIDE = 400.0


def curve(data: Data, identity: str) -> Picture:
    """Theirs as dots over the reference as a dashed line."""
    raw, yours = vector(data, "x", finite=False), vector(data, "yours", finite=False)
    reference = vector(data, "reference", finite=False) if "reference" in data else None
    x = np.log10(raw) if data.get("log_x") else raw
    if any(values is not None and len(values) != len(x) for values in (yours, reference)):
        raise ValueError("one value per place")
    known = np.concatenate([values for values in (yours, reference) if values is not None])
    axes = Axes(
        (float(x.min()), float(x.max())), _span(known[np.isfinite(known)]),
        "Your values against the expected ones", name(data, "x_name"), name(data, "y_name"),
        identity=identity, x_ticks=decades(raw) if data.get("log_x") else None,
    )  # fmt: skip
    if reference is not None:
        axes.line(finite_rows(x, reference), EXPECTED, dashed=True)
    axes.dots(finite_rows(x, yours), YOURS, 5.0)
    text = "Blue dots are yours" + ("; the dashed line is the reference." if reference is not None else ".")
    return Picture((Panel(title(data, "Yours and expected"), axes.svg()),), text)


def _span(values: Array) -> tuple[float, float]:
    """Limits with a little room around finite values."""
    span = max(float(np.ptp(values)), 1e-12)
    return float(values.min()) - 0.06 * span, float(values.max()) + 0.06 * span


@dataclass(frozen=True)
class _Series:
    """One named curve with its band, all in units of the axes."""

    name: str
    points: Array
    band: Array | None
    reference: bool


def curves(data: Data, identity: str) -> Picture:
    """Several named curves, each of which may have a band; reference curves are grey and dashed."""
    given = data["series"]
    if not isinstance(given, Sequence) or isinstance(given, str) or not 0 < len(given) <= MOST_SERIES:
        raise ValueError("one to six series")
    scales = tuple(bool(data.get(key)) for key in ("log_x", "log_y"))
    series = [_series(entry, data, scales, place) for place, entry in enumerate(given, 1)]
    x = np.concatenate([entry.points[:, 0] for entry in series])
    y = np.concatenate([entry.points[:, 1] for entry in series] + [e.band[:, 1:].ravel() for e in series if e.band is not None])  # fmt: skip
    if not len(x):
        raise ValueError("nothing finite to draw")
    log_ticks = [decades(10**values) if log else None for values, log in zip((x, y), scales, strict=True)]
    label = f"{name(data, 'y_name', 'values')} over {name(data, 'x_name', 'places')}: {', '.join(e.name for e in series)}"
    axes = Axes(
        _span(x), _span(y), label, name(data, "x_name"), name(data, "y_name"), identity=identity, wide=WIDE,
        x_ticks=log_ticks[0], y_ticks=log_ticks[1],
    )  # fmt: skip
    keys = _draw_series(axes, series)
    usual = (
        "Recomputed by us from your own models."
        if data.get("recomputed")
        else "Each line has its own colour and dashes."
    )
    return Picture((Panel(title(data, "Compared"), axes.svg(), wide=True),), usual, keys=tuple(keys))


def _series(entry: Any, data: Data, scales: Sequence[bool], place: int) -> _Series:
    if not isinstance(entry, Mapping):
        raise TypeError("a series is a mapping")
    x = vector(entry if "x" in entry else data, "x", finite=False)
    y = vector(entry, "y", "yours", finite=False)
    if len(x) != len(y) or len(x) > MOST_PLACES:
        raise ValueError("one value per place, at most 400")
    low, high = optional(entry, "low", len(x)), optional(entry, "high", len(x))
    x, y = _scaled(x, scales[0]), _scaled(y, scales[1])
    band = None
    if low is not None and high is not None:
        rows = np.stack([x, _scaled(low, scales[1]), _scaled(high, scales[1])], axis=1)
        band = rows[np.all(np.isfinite(rows), axis=1)]
        band = band if len(band) > 1 else None
    words = name(entry, "label", name(entry, "name", f"series {place}"))
    return _Series(words, finite_rows(x, y), band, bool(entry.get("reference")))


def _scaled(values: Array, log: bool) -> Array:
    if not log:
        return values
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.log10(values))


def _draw_series(axes: Axes, series: Sequence[_Series]) -> list[Key]:
    """Bands below, lines above; returns the legend."""
    keys, own = [], 0
    for entry in series:
        if entry.band is not None:
            axes.area(entry.band[:, 0], entry.band[:, 1], entry.band[:, 2], BAND)
    for entry in series:
        colour, dashes = (EXPECTED, "5 4") if entry.reference else (SERIES[own], DASHES[own])
        own += not entry.reference
        if len(entry.points):
            axes.line(entry.points, colour, dashes=dashes)
            if len(entry.points) <= 25:
                axes.dots(entry.points, colour, 5.0)
        keys.append(Key(entry.name, colour, dashes))
    if any(entry.band is not None for entry in series):
        keys.append(Key("range over repetitions or reference runs", BAND, band=True))
    return keys


def bars(data: Data, identity: str) -> Picture:
    """A share or count per class, with the expected line or the band in which it should lie."""
    yours = vector(data, "yours", "counts", finite=False)
    if not 0 < len(yours) <= MOST_BARS or not np.isfinite(yours).any():
        raise ValueError("one to thirty finite bars")
    names = labels(data.get("labels"), len(yours))
    expected, low, high = (optional(data, key, len(yours)) for key in ("expected", "low", "high"))
    known = np.concatenate([values for values in (yours, expected, low, high) if values is not None])
    top = 1.08 * max(float(known[np.isfinite(known)].max()), 1e-12)
    floor = min(float(known[np.isfinite(known)].min()), 0.0)
    every = -(-len(yours) // 15)
    most = max(3, int(230 * every / len(yours) / 6.0))  # a character is about six units wide
    marks = [(float(place), clipped(text, most)) for place, text in enumerate(names)][::every]
    label = "; ".join(f"{text}: {number(float(value))}" for text, value in zip(names, yours, strict=True))
    axes = Axes((-0.7, len(yours) - 0.3), (floor, top), label, name(data, "x_name"), name(data, "y_name"), identity=identity, x_ticks=marks)  # fmt: skip
    for place, value in enumerate(yours):
        if low is not None and high is not None and np.isfinite([low[place], high[place]]).all():
            axes.box((place - 0.48, float(low[place])), (place + 0.48, float(high[place])), BAND)
        if np.isfinite(value):
            axes.box((place - 0.3, 0.0), (place + 0.3, float(value)), YOURS)
        if expected is not None and np.isfinite(expected[place]):
            axes.line(
                np.array([[place - 0.48, expected[place]], [place + 0.48, expected[place]]]), INK, width=1.8
            )
    words = "Blue bars are yours" + (
        "; grey is where correct solutions lie" if low is not None and high is not None else ""
    )
    words += "; the black line is what is expected." if expected is not None else "."
    return Picture((Panel(title(data, "Per class"), axes.svg()),), words)


@dataclass(frozen=True)
class _Row:
    """One model on a scale."""

    name: str
    value: float
    low: float
    high: float
    references: Array


def scale(data: Data, identity: str) -> Picture:
    """One number per model as a dot on the range of reference runs."""
    given = data["rows"]
    if not isinstance(given, Sequence) or isinstance(given, str) or not 0 < len(given) <= MOST_ROWS:
        raise ValueError("one to sixteen rows")
    log = bool(data.get("log"))
    rows = [_row(entry, log, place) for place, entry in enumerate(given, 1)]
    everything = np.concatenate([[row.value, row.low, row.high, *row.references] for row in rows])
    finite = everything[np.isfinite(everything)]
    if not len(finite):
        raise ValueError("nothing finite to draw")
    left = min(6.2 * max(len(row.name) for row in rows) + 14, 200.0)
    label = "; ".join(_row_words(row, log) for row in rows)
    axes = Axes(
        _span(finite), (0.4, len(rows) + 0.6), label, name(data, "x_name"), identity=identity, wide=WIDE,
        high=ROW * len(rows) + 52, left=left, x_ticks=decades(10**finite) if log else None,
        y_ticks=[(len(rows) - place, clipped(row.name, 30)) for place, row in enumerate(rows)],
    )  # fmt: skip
    for place, row in enumerate(rows):
        _draw_row(axes, row, float(len(rows) - place))
    words = "The grey bar is the range of reference runs; the blue dot is yours. Far left can be as odd as far right."
    off = [row.name for row in rows if not np.isfinite(row.value)]
    words += f" No finite number: {', '.join(off)}." if off else ""
    return Picture((Panel(title(data, name(data, "x_name", "Per model")), axes.svg(), wide=True),), words)


def _row(entry: Any, log: bool, place: int) -> _Row:
    if not isinstance(entry, Mapping):
        raise TypeError("a row is a mapping")
    references = np.asarray(entry.get("references") or [], dtype=float).reshape(-1)[:200]
    low, high = (entry.get(key, np.nan) for key in ("low", "high"))
    numbers = np.array([entry.get("value", np.nan), low, high, *references], dtype=float)
    numbers = np.where(np.isfinite(numbers), numbers, np.nan)
    value, low, high = _scaled(numbers, log)[:3]
    rest = _scaled(numbers, log)[3:]
    rest = rest[np.isfinite(rest)]
    if len(rest) and not np.isfinite([low, high]).all():
        low, high = rest.min(), rest.max()
    return _Row(
        name(entry, "label", name(entry, "name", f"model {place}")),
        float(value),
        float(low),
        float(high),
        rest,
    )


def _row_words(row: _Row, log: bool) -> str:
    value, low, high = (10**v if log else v for v in (row.value, row.low, row.high))
    reach = f", reference runs {number(low)} to {number(high)}" if np.isfinite([low, high]).all() else ""
    return f"{row.name}: {number(value)}{reach}"


def _draw_row(axes: Axes, row: _Row, level: float) -> None:
    axes.line(np.array([[axes.x[0], level], [axes.x[1], level]]), BAND, width=0.8)
    if np.isfinite([row.low, row.high]).all():
        least = 2.0 * (axes.x[1] - axes.x[0]) / (axes.wide - axes.left - RIGHT)
        pad = max(least - (row.high - row.low), 0.0) / 2
        axes.box((row.low - pad, level - 0.26), (row.high + pad, level + 0.26), BAND)
    if len(row.references):
        axes.dots(np.stack([row.references, np.full(len(row.references), level)], axis=1), EXPECTED, 2.6)
    if np.isfinite(row.value):
        axes.dots(np.array([[row.value, level]]), YOURS, 9.0)


def kernel(data: Data, identity: str) -> Picture:
    """A function of the distance of two points, on a logarithmic axis."""
    as_curve = {"x": data["distance"], "yours": data["answer"], "log_x": True, "x_name": "distance", "y_name": "answer"}  # fmt: skip
    drawn = curve(as_curve | {"title": title(data, "Yours over the distance")}, identity)
    return replace(drawn, caption="What your function answers for two points at a distance.")


def structure(data: Data, identity: str) -> Picture:
    """Text as it is."""
    text = str(data["text"]).strip()
    if not isinstance(data["text"], str) or not text:
        raise ValueError("no text")
    return Picture((), "The structure as your code prints it.", text=shortened(text, MOST_TEXT))


def band(data: Data, identity: str) -> Picture:
    """One number on the range of reference results."""
    value, low, high = (float(data[key]) for key in ("value", "low", "high"))
    pad = 0.15 * max(max(value, high) - min(value, low), 1e-12)
    limits = (min(value, low) - pad, max(value, high) + pad)
    axes = Axes(limits, (0, 1), f"{value:.4g} with the range {low:.4g} to {high:.4g}", name(data, "x_name"), identity=identity, y_ticks=(), high=110)  # fmt: skip
    axes.box((low, 0.3), (high, 0.7), BAND)
    axes.dots(np.array([[value, 0.5]]), YOURS, 9.0)
    text = "The grey bar is the range of correct solutions; the blue dot is yours."
    return Picture((Panel(title(data, "Yours and the range"), axes.svg()),), text)
