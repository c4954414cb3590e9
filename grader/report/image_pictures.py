"""Small images with what was read in them, and the table of confusions: as HTML, so that every reader gets text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from markupsafe import Markup

from grader.report.drawing import Array, grey_png
from grader.report.layout import percent, printable
from grader.report.panels import Data, Panel, Picture, labels, name, optional, title

MOST_IMAGES, MOST_SIDE, MOST_CLASSES = 40, 64, 30
MOST_CHARACTERS = 24_000
"""What the images of one picture may take on the page."""


def images(data: Data, identity: str) -> Picture:
    """Grey images in a grid; below each what it was taken for, and how surely."""
    pixels = _pixels(data)
    shares = _shares(pixels, data)
    read = _words(data.get("labels"), len(pixels))
    asked = _words(data.get("expected"), len(pixels))
    sure = optional(data, "certainty", len(pixels))
    tiles: list[Markup] = []
    for place in range(min(len(pixels), MOST_IMAGES)):
        tile = _tile(shares[place], read[place], asked[place], None if sure is None else float(sure[place]))
        if sum(map(len, tiles)) + len(tile) > MOST_CHARACTERS:
            break
        tiles.append(tile)
    grid = Markup('<ul class="tiles" role="list">{}</ul>').format(Markup("").join(tiles))
    caption = "Below each image: what the classifier takes it for" + (
        ", and how sure it is." if sure is not None else "."
    )
    caption = caption if any(read) else "Images as they came."
    caption += " “not 3” says that it should have been a 3." if any(asked) and any(read) else ""
    if len(tiles) < len(pixels):
        caption += f" {len(tiles)} of {len(pixels):,} are shown."
    return Picture((Panel(title(data, "Images"), grid, wide=True),), caption)


def _pixels(data: Data) -> Array:
    """Images (n, rows, columns); flat ones take the shape that is given, or are square."""
    found = np.asarray(data["images"], dtype=float)
    if found.ndim == 2:
        shape = data.get("shape") or [round(found.shape[1] ** 0.5)] * 2
        found = found.reshape(len(found), int(shape[0]), int(shape[1]))
    if found.ndim != 3 or not found.size or max(found.shape[1:]) > MOST_SIDE:
        raise ValueError("images are (n, rows, columns) with at most 64 rows and columns")
    if not np.isfinite(found).any():
        raise ValueError("no finite pixel")
    return np.asarray(found)


def _shares(pixels: Array, data: Data) -> Array:
    """The same images between 0 (empty) and 1 (full ink), on one scale for all of them."""
    finite = pixels[np.isfinite(pixels)]
    low, high = float(data.get("low", min(finite.min(), 0.0))), float(data.get("high", finite.max()))
    if not np.isfinite([low, high]).all():
        raise ValueError("the scale of the images must be finite")
    with np.errstate(over="ignore", invalid="ignore"):
        return np.asarray((pixels - low) / max(high - low, 1e-12))


def _words(found: Any, count: int) -> list[str]:
    """One label per image, empty where there are none."""
    if not isinstance(found, Sequence) or isinstance(found, str) or len(found) != count:
        return [""] * count
    return labels(found, count)


def _tile(share: Array, read: str, asked: str, sure: float | None) -> Markup:
    certain = f"{100 * min(max(sure, 0.0), 1.0):.0f} %" if sure is not None and np.isfinite(sure) else ""
    wrong = bool(asked and read and asked != read)
    words = (
        Markup("<b{}>{}</b>").format(Markup(' class="off"') if wrong else "", printable(read)) if read else ""
    )
    words += Markup('<span class="off">not {}</span>').format(printable(asked)) if wrong else Markup("")
    words += Markup("<span>{}</span>").format(certain) if certain else Markup("")
    alt = "" if read or certain else "an image without a label"
    height, width = share.shape
    return Markup('<li><img src="{}" width="{}" height="{}" alt="{}">{}</li>').format(
        grey_png(share), width, height, alt, words
    )


def confusion(data: Data, identity: str) -> Picture:
    """Counts (rows, columns) as a table: what was there by what it was taken for; zeros are left out."""
    counts = np.asarray(data["counts"], dtype=float)
    if counts.ndim != 2 or not counts.size or max(counts.shape) > MOST_CLASSES:
        raise ValueError("a table of at most 30 rows and columns")
    if not np.isfinite(counts).all() or (counts < 0).any() or counts.max() > 1e12:
        raise ValueError("counts are finite and not negative")
    rows = labels(data.get("rows", data.get("labels")), counts.shape[0])
    columns = labels(data.get("columns", data.get("labels")), counts.shape[1])
    row_name, column_name = name(data, "row_name", "asked for"), name(data, "column_name", "taken for")
    sums = np.maximum(counts.sum(axis=1), 1e-12)
    body = Markup("").join(
        Markup('<tr><th scope="row">{}</th>{}</tr>').format(
            printable(label), Markup("").join(_count(value, value / total, place == column) for column, value in enumerate(row))
        )
        for place, (label, row, total) in enumerate(zip(rows, counts, sums, strict=True))
    )  # fmt: skip
    head = Markup("").join(Markup('<th scope="col">{}</th>').format(printable(label)) for label in columns)
    heading = title(data, "Confusions")
    table = Markup(
        '<div class="scroll" tabindex="0" role="region" aria-label="{}; scrolls sideways"><table class="confusion">'
        '<thead><tr><th scope="col"><span class="muted">{} ↓<br>{} →</span></th>{}</tr></thead><tbody>{}</tbody></table></div>'
    ).format(printable(heading), printable(row_name), printable(column_name), head, body)
    right = float(np.trace(counts)) if counts.shape[0] == counts.shape[1] and rows == columns else None
    share = (
        f" {100 * right / counts.sum():.0f} % lie on the diagonal."
        if right is not None and counts.sum()
        else ""
    )
    caption = f"One row per class that was {row_name}, one column per class it was {column_name}; look off the diagonal.{share}"
    return Picture((Panel(heading, table, wide=True),), caption)


def _count(value: float, share: float, diagonal: bool) -> Markup:
    if not value:
        return Markup('<td class="none"></td>')
    kind = "right" if diagonal else "wrong"
    return Markup('<td class="{}" style="--share:{}">{}</td>').format(kind, percent(share), f"{value:g}")
