"""What a picture is on a page, and how the plain arrays of a finding become numbers that can be drawn.

Every reader raises ``ValueError``, ``TypeError`` or ``KeyError`` for what cannot be drawn; the picture is then
left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from markupsafe import Markup

from grader.report.drawing import Array
from grader.report.layout import shortened

Data = Mapping[str, Any]
YOURS, OVERLAY, EXPECTED, BAND, INK = "--fig-yours", "--fig-overlay", "--fig-grey", "--fig-band", "--fig-ink"
SERIES = (YOURS, OVERLAY, "--fig-third", "--fig-fourth", "--fig-fifth", INK)
"""Colours of named series; each also has its own pattern of dashes."""
DASHES = ("", "7 3", "2 3", "9 3 2 3", "4 2", "1 2")
MOST_DOTS = 1500
MOST_LABEL = 60
CERTAINTY = 0.999


@dataclass(frozen=True)
class Panel:
    """One plane, table or grid with its heading."""

    title: str
    svg: Markup
    wide: bool = False
    """Whether it takes the whole row."""


@dataclass(frozen=True)
class Key:
    """One entry of a legend."""

    name: str
    colour: str
    dashes: str = ""
    band: bool = False


@dataclass(frozen=True)
class Picture:
    """Panels that belong together, and what a reader should look for."""

    panels: tuple[Panel, ...]
    caption: str
    scale: tuple[str, str] | None = None
    """Words at the two ends of the colour bar, for density maps."""
    text: str = ""
    """Printed text in place of panels."""
    keys: tuple[Key, ...] = ()

    @property
    def size(self) -> int:
        """Characters that it takes on the page."""
        return len(self.text) + sum(len(panel.svg) for panel in self.panels)


def title(data: Data, usual: str) -> str:
    """The picture's own heading, or the usual one."""
    return shortened(str(data.get("title") or usual), 120)


def clipped(text: str, most: int) -> str:
    """A label of at most ``most`` characters."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def name(data: Data, key: str, usual: str = "") -> str:
    """A short text, such as the name of an axis."""
    return clipped(str(data.get(key) or usual), MOST_LABEL)


def labels(found: Any, count: int) -> list[str]:
    """One short text per entry; numbers from 0 where there are none."""
    if not isinstance(found, Sequence) or isinstance(found, str) or len(found) != count:
        return [str(number) for number in range(count)]
    return [clipped(str(entry), MOST_LABEL) for entry in found]


def plane(data: Data, *names: str) -> Array:
    """Finite points (n, 2) under the first name there is; (0, 2) if there is none."""
    found: Any = next((data[key] for key in names if data.get(key) is not None), [])
    points = np.asarray(found, dtype=float)
    if not points.size:
        return np.zeros((0, 2))
    if points.ndim != 2 or points.shape[1] < 2:
        raise ValueError("points have two columns")
    points = points[:, :2]
    return np.asarray(points[np.all(np.isfinite(points), axis=1)])


def vector(data: Data, key: str, other: str = "", *, finite: bool = True) -> Array:
    """Values (n,) under ``key`` or another name; with ``finite`` the finite ones only."""
    values = np.asarray(data[key] if key in data or not other else data[other], dtype=float).reshape(-1)
    return np.asarray(values[np.isfinite(values)]) if finite else values


def optional(data: Data, key: str, count: int) -> Array | None:
    """Values (count,) that may be absent."""
    if data.get(key) is None:
        return None
    values = vector(data, key, finite=False)
    if len(values) != count:
        raise ValueError(f"{key}: one value per entry")
    return values


def finite_rows(x: Array, y: Array) -> Array:
    """Pairs (n, 2) of which both are finite."""
    rows = np.stack([x, y], axis=1)
    return np.asarray(rows[np.all(np.isfinite(rows), axis=1)])


def limits_of(points: Array) -> tuple[tuple[float, float], tuple[float, float]]:
    """Limits around points (n, 2) that a few far ones do not blow up."""
    low, high = np.quantile(points, [0.002, 0.998], axis=0)
    pad = 0.06 * np.maximum(high - low, 1e-9)
    low, high = low - pad, high + pad
    return (float(low[0]), float(high[0])), (float(low[1]), float(high[1]))


def thinned(points: Array, most: int = MOST_DOTS) -> Array:
    """At most ``most`` of the points, evenly taken."""
    return points[:: max(1, -(-len(points) // most))]


def binomial_band(trials: float, share: float) -> tuple[float, float]:
    """Where a count lies with about the probability :data:`CERTAINTY` (normal approximation of the binomial)."""
    reach = NormalDist().inv_cdf(0.5 + CERTAINTY / 2) * (trials * share * (1 - share)) ** 0.5
    return max(trials * share - reach, 0.0), trials * share + reach


def decades(values: Array) -> list[tuple[float, str]]:
    """Ticks of a logarithmic axis, at powers of ten or at both ends."""
    low, high = np.log10(values.min()), np.log10(values.max())
    whole = [float(k) for k in range(int(np.ceil(low)), int(np.floor(high)) + 1)]
    whole = whole[:: max(1, -(-len(whole) // 5))]
    places = whole if len(whole) >= 2 else [float(low), float(high)]
    return [(place, f"{10**place:.3g}".replace("e-0", "e-").replace("e+0", "e")) for place in places]
