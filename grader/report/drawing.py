"""Small SVG panels with axes, drawn as text: 280 x 200 units unless asked otherwise, colours as CSS variables, labels as real text.

Nothing is imported for it but NumPy, so a page costs milliseconds, and one drawing serves light, dark and
print. Coordinates are rounded to a tenth of a unit.
"""

from __future__ import annotations

import base64
import functools
import math
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from markupsafe import Markup, escape
from numpy.typing import NDArray

Array = NDArray[np.float64]
WIDTH, HEIGHT = 280.0, 200.0
LEFT, RIGHT, TOP, BOTTOM = 42.0, 8.0, 8.0, 36.0
LIGHT = ((252, 252, 250), (217, 230, 246), (143, 180, 226), (62, 112, 196), (12, 32, 92))
DARK = ((20, 22, 26), (32, 48, 84), (48, 84, 158), (104, 154, 238), (238, 245, 255))
"""Stops of the one density colour map, from the ground of the page to the densest place."""


@dataclass
class Axes:
    """A plane with two axes; data limits are given, what is drawn is collected and clipped to the plane."""

    x: tuple[float, float]
    y: tuple[float, float]
    label: str
    """What the picture shows, as one sentence for those who do not see it."""
    x_name: str = ""
    y_name: str = ""
    equal: bool = False
    x_ticks: Sequence[tuple[float, str]] | None = None
    y_ticks: Sequence[tuple[float, str]] | None = None
    parts: list[str] = field(default_factory=list)
    identity: str = "p"
    """Unique on the page: the clip path is named after it."""
    wide: float = WIDTH
    high: float = HEIGHT
    left: float = LEFT
    """Room for the labels of the vertical axis."""

    def __post_init__(self) -> None:
        self.x, self.y = _not_flat(self.x), _not_flat(self.y)
        if self.equal:
            scale = min(self._width / (self.x[1] - self.x[0]), self._height / (self.y[1] - self.y[0]))
            self.x = _widened(self.x, self._width / scale)
            self.y = _widened(self.y, self._height / scale)

    @property
    def _width(self) -> float:
        return self.wide - self.left - RIGHT

    @property
    def _height(self) -> float:
        return self.high - TOP - BOTTOM

    def across(self, values: Array) -> Array:
        """Horizontal places of data values."""
        return self.left + (values - self.x[0]) / (self.x[1] - self.x[0]) * self._width

    def down(self, values: Array) -> Array:
        """Vertical places of data values."""
        return TOP + (self.y[1] - values) / (self.y[1] - self.y[0]) * self._height

    def dots(self, points: Array, colour: str, size: float = 2.4, opacity: float = 1.0) -> None:
        """Points (n, 2) as round-capped strokes of no length: a few bytes each."""
        inside = points[self._visible(points)]
        path = "".join(
            f"M{x:.1f} {y:.1f}h0"
            for x, y in zip(self.across(inside[:, 0]), self.down(inside[:, 1]), strict=True)
        )
        if path:
            self.parts.append(
                f'<path d="{path}" fill="none" stroke="var({colour})" stroke-width="{size:g}" '
                f'stroke-linecap="round" stroke-opacity="{opacity:g}"/>'
            )

    def rings(self, points: Array, colour: str, radius: float = 3.6) -> None:
        """Open circles around points (n, 2)."""
        for x, y in points[self._visible(points)]:
            place = f'cx="{self.across(x):.1f}" cy="{self.down(y):.1f}"'
            self.parts.append(
                f'<circle {place} r="{radius:g}" fill="none" stroke="var({colour})" stroke-width="1"/>'
            )

    def discs(self, points: Array, radii: Array, colour: str) -> None:
        """Filled circles of their own radius, in units of the drawing, around points (n, 2)."""
        seen = self._visible(points)
        for (x, y), radius in zip(points[seen], radii[seen], strict=True):
            place = f'cx="{self.across(x):.1f}" cy="{self.down(y):.1f}"'
            self.parts.append(f'<circle {place} r="{radius:.1f}" fill="var({colour})" fill-opacity=".85"/>')

    def area(self, x: Array, low: Array, high: Array, colour: str) -> None:
        """The strip between two curves, each with one value per place (n,)."""
        there = np.stack([self.across(x), self.down(high)], axis=1)
        back = np.stack([self.across(x), self.down(low)], axis=1)[::-1]
        path = "L".join(f"{_bounded(a)} {_bounded(b)}" for a, b in np.concatenate([there, back]))
        self.parts.append(f'<path d="M{path}Z" fill="var({colour})"/>')

    def line(
        self, points: Array, colour: str, dashed: bool = False, width: float = 1.6, dashes: str = ""
    ) -> None:
        """A line through points (n, 2)."""
        places = zip(self.across(points[:, 0]), self.down(points[:, 1]), strict=True)
        path = "L".join(f"{_bounded(x)} {_bounded(y)}" for x, y in places)
        pattern = dashes or ("5 4" if dashed else "")
        dash = f' stroke-dasharray="{escape(pattern)}"' if pattern else ""
        self.parts.append(
            f'<path d="M{path}" fill="none" stroke="var({colour})" stroke-width="{width:g}"{dash}/>'
        )

    def box(self, low: tuple[float, float], high: tuple[float, float], colour: str) -> None:
        """A filled rectangle between two corners in data units."""
        x0, x1 = sorted(self.across(np.array([low[0], high[0]])))
        y0, y1 = sorted(self.down(np.array([low[1], high[1]])))
        self.parts.append(
            f'<rect x="{_bounded(x0)}" y="{_bounded(y0)}" width="{_bounded(x1 - x0)}" height="{_bounded(y1 - y0)}" '
            f'fill="var({colour})" shape-rendering="crispEdges"/>'
        )

    def raster(self, shares: Array, x: tuple[float, float], y: tuple[float, float]) -> None:
        """A map of shares (rows from low to high y, columns) between 0 and 1 over the given area."""
        left, right = self.across(np.array(x))
        top, bottom = self.down(np.array(y))[::-1]
        levels = _levels(shares[::-1])
        for scheme, stops in (("light", LIGHT), ("dark", DARK)):
            self.parts.append(
                f'<image class="only-{scheme}" href="{_indexed_png(levels.tobytes(), levels.shape, stops)}" x="{left:.1f}" y="{top:.1f}" '
                f'width="{right - left:.1f}" height="{bottom - top:.1f}" preserveAspectRatio="none"/>'
            )

    def svg(self) -> Markup:
        """The finished panel."""
        clip = f"clip-{self.identity}"
        frame = (
            f'<path class="axis" d="M{self.left:g} {TOP:g}V{self.high - BOTTOM:g}H{self.wide - RIGHT:g}"/>'
        )
        return Markup(  # numbers of ours; texts are escaped
            f'<svg class="figure" viewBox="0 0 {self.wide:g} {self.high:g}" role="img" aria-label="{escape(self.label)}">'
            f'<clipPath id="{escape(clip)}"><rect x="{self.left - 4:g}" y="{TOP - 4:g}" width="{self._width + 8:g}" '
            f'height="{self._height + 8:g}"/></clipPath>'
            f'<g clip-path="url(#{escape(clip)})">{"".join(self.parts)}</g>{frame}{self._tick_marks()}{self._names()}</svg>'
        )

    def _visible(self, points: Array) -> NDArray[np.bool_]:
        margin_x, margin_y = 0.02 * (self.x[1] - self.x[0]), 0.02 * (self.y[1] - self.y[0])
        low = np.array([self.x[0] - margin_x, self.y[0] - margin_y])
        high = np.array([self.x[1] + margin_x, self.y[1] + margin_y])
        return np.asarray(np.all((points >= low) & (points <= high), axis=1), dtype=bool)

    def _tick_marks(self) -> str:
        base, out = self.high - BOTTOM, []
        for value, text in self.x_ticks if self.x_ticks is not None else ticks(*self.x):
            place = float(self.across(np.array(value)))
            out.append(
                f'<path class="axis" d="M{place:.1f} {base:g}v4"/><text x="{place:.1f}" y="{base + 15:g}" '
                f'text-anchor="middle">{escape(text)}</text>'
            )
        for value, text in self.y_ticks if self.y_ticks is not None else ticks(*self.y, most=4):
            place = float(self.down(np.array(value)))
            out.append(
                f'<path class="axis" d="M{self.left:g} {place:.1f}h-4"/><text x="{self.left - 6:g}" y="{place + 4:.1f}" '
                f'text-anchor="end">{escape(text)}</text>'
            )
        return "".join(out)

    def _names(self) -> str:
        out = ""
        if self.x_name:
            out += f'<text class="name" x="{(self.left + self.wide - RIGHT) / 2:g}" y="{self.high - 4:g}" text-anchor="middle">{escape(self.x_name)}</text>'
        if self.y_name:
            middle = (TOP + self.high - BOTTOM) / 2
            out += f'<text class="name" transform="translate(10 {middle:g}) rotate(-90)" text-anchor="middle">{escape(self.y_name)}</text>'
        return out


def ticks(low: float, high: float, most: int = 5) -> list[tuple[float, str]]:
    """Three to ``most`` round values within the limits, with their labels."""
    span = high - low
    rough = span / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(s * power for s in (1, 2, 2.5, 5, 10) if s * power >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    values = [round(step * k, 12) for k in range(first, math.floor(high / step + 1e-9) + 1)]
    return [(v, f"{v + 0.0:.4g}".replace("-", "−")) for v in values]


def _not_flat(limits: tuple[float, float]) -> tuple[float, float]:
    low, high = float(limits[0]), float(limits[1])
    if not (math.isfinite(low) and math.isfinite(high)) or max(abs(low), abs(high)) > 1e100:
        raise ValueError("the limits of an axis must be finite")
    if high - low > 1e-9 * max(abs(low), abs(high), 1e-6):
        return low, high
    pad = 0.5 * max(abs(low), 1.0)
    return low - pad, high + pad


def _widened(limits: tuple[float, float], span: float) -> tuple[float, float]:
    """The same middle with another span."""
    middle = sum(limits) / 2
    return middle - span / 2, middle + span / 2


def _bounded(value: float) -> str:
    """A coordinate that cannot overflow a renderer."""
    return f"{min(max(float(value), -9999.0), 9999.0):.1f}"


def grey_png(levels: Array) -> str:
    """Shares (h, w) between 0 (white) and 1 (black) as a picture of 16 greys, as a ``data:`` address."""
    dark = 15 - np.round(np.clip(np.nan_to_num(levels, nan=0.0), 0, 1) * 15).astype(np.uint8)
    height, width = dark.shape
    even = np.pad(dark, ((0, 0), (0, width % 2)))
    packed = (even[:, ::2] << 4) | even[:, 1::2]
    return _png(width, height, 4, 0, b"", packed.astype(np.uint8))


def _levels(shares: Array) -> NDArray[np.uint8]:
    """Shares (h, w) between 0 and 1 as numbers of palette entries."""
    return np.round(np.clip(np.nan_to_num(shares, nan=0.0), 0, 1) * 255).astype(np.uint8)


@functools.lru_cache(maxsize=64)
def _indexed_png(levels: bytes, shape: tuple[int, int], stops: tuple[tuple[int, int, int], ...]) -> str:
    """Numbers of palette entries (h, w) as a picture; the same map is packed once for all pages."""
    places = np.linspace(0, 1, len(stops))
    index = np.arange(256) / 255
    colours = [np.interp(index, places, [stop[c] for stop in stops]) for c in range(3)]
    palette = np.round(np.stack(colours, axis=1)).astype(np.uint8).tobytes()
    rows = np.frombuffer(levels, dtype=np.uint8).reshape(shape)
    return _png(shape[1], shape[0], 8, 3, palette, rows)


def _png(width: int, height: int, depth: int, colour: int, palette: bytes, rows: NDArray[np.uint8]) -> str:
    """A PNG (ISO/IEC 15948) of packed rows, unfiltered, as a ``data:`` address."""
    lines = b"".join(b"\0" + row.tobytes() for row in rows)
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    known = ((b"IHDR", header), (b"PLTE", palette), (b"IDAT", zlib.compress(lines, 6)), (b"IEND", b""))
    data = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in known
        if body or kind == b"IEND"
    )
    return "data:image/png;base64," + base64.b64encode(data).decode()
