"""Small pictures inside figures: grids of equal tiles, taken apart and compared with known pictures."""

from __future__ import annotations

import base64
import binascii
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from grader.records import Figure, Layer, Panel
from grader.syntax import ONE_READER

Array = NDArray[np.float64]
MOST_BYTES = 2_000_000
MOST_GAP = 4
"""Widest border between the tiles of one picture, in pixels."""


def read_values(text: str) -> Array | None:
    """The numbers of a layer or an answer (base64 of ``.npy``) as float64; None where they cannot be read."""
    if not text or len(text) > MOST_BYTES * 4 // 3:
        return None
    try:
        packed = io.BytesIO(base64.b64decode(text, validate=True))
        with ONE_READER:
            values = np.load(packed, allow_pickle=False)
        return np.asarray(values, dtype=np.float64)
    except (ValueError, TypeError, OSError, EOFError, binascii.Error, MemoryError, SyntaxError):
        return None


def written(values: Array) -> str:
    """Numbers as base64 of ``.npy`` in single precision: the inverse of :func:`read_values`."""
    file = io.BytesIO()
    np.save(file, np.asarray(values, dtype=np.float32), allow_pickle=False)
    return base64.b64encode(file.getvalue()).decode("ascii")


@dataclass(frozen=True)
class Drawn:
    """Pictures of one size that a layer of a figure shows."""

    figure: Figure
    panel: Panel
    count: int
    """How many tiles; an estimate where the numbers are not known."""
    tiles: Array | None
    """(k, rows, columns), or None where the numbers are not known."""


def tiles_in(figures: Iterable[Figure], side: int) -> Iterator[Drawn]:
    """The pictures of ``side`` x ``side`` pixels in figures, single or put together to larger ones."""
    for figure in figures:
        for panel in figure.panels:
            for layer in panel.layers:
                if layer.kind in {"image", "mesh"} and panel.kind != "colorbar":
                    yield from _tiles_of(figure, panel, layer, side)


def _tiles_of(figure: Figure, panel: Panel, layer: Layer, side: int) -> Iterator[Drawn]:
    shape = tuple(layer.shape[:2])
    if len(shape) != 2:
        return
    values = read_values(layer.values)
    if values is not None and values.ndim == 3:
        values = values[..., :3].mean(axis=2)
    for gap, border in _layouts(shape, side):
        counts = [(length - 2 * border + gap) // (side + gap) for length in shape]
        count = counts[0] * counts[1]
        tiles = None
        if values is not None and values.shape == shape:
            starts = [[border + k * (side + gap) for k in range(number)] for number in counts]
            tiles = np.stack([values[a : a + side, b : b + side] for a in starts[0] for b in starts[1]])
        yield Drawn(figure, panel, count, tiles)
        return


def _layouts(shape: tuple[int, ...], side: int) -> Iterator[tuple[int, int]]:
    """(gap between tiles, outer border) that fit a picture's shape, the simplest first."""
    for gap in range(MOST_GAP + 1):
        for border in (0, gap) if gap else (0,):
            inner = [length - 2 * border + gap for length in shape]
            if all(length >= side + gap and length % (side + gap) == 0 for length in inner):
                yield gap, border


def copies(tiles: Array, known: Array, tolerance: float = 1e-3) -> NDArray[np.bool_]:
    """Which tiles (k, ...) are among the known pictures (n, ...), up to brightness and contrast.

    A tile counts as known when, after both are scaled to the range 0 to 1, no pixel differs by more than
    ``tolerance``; inverted pictures count, too.
    """
    ours, theirs = _unit(known.reshape(len(known), -1)), _unit(tiles.reshape(len(tiles), -1))
    found = np.zeros(len(theirs), dtype=bool)
    for index, tile in enumerate(theirs):
        for picture in (tile, 1 - tile):
            found[index] |= bool(np.any(np.max(np.abs(ours - picture), axis=1) <= tolerance))
    return found


def _unit(rows: Array) -> Array:
    low, high = rows.min(axis=1, keepdims=True), rows.max(axis=1, keepdims=True)
    return np.asarray((rows - low) / np.where(high > low, high - low, 1.0))
