"""What was drawn: every figure that is shown or saved, as data taken at that moment.

Lives in the kernel's process beside student code (standard library and NumPy only; Matplotlib is used where
the hand-in uses it). The data have the form of ``Figure``, ``Panel`` and ``Layer`` in ``grader.records``.
"""

from __future__ import annotations

import functools
import math
import sys
import time
import weakref
from collections.abc import Callable, Iterable
from typing import Any

from . import layer_notes

_clock, _finite = time.perf_counter, math.isfinite

FIGURES, PANELS, TEXTS = 400, 150, 40
VALUE_CHARACTERS = 12_000_000
"""Most characters of drawn numbers in all figures of a run; later figures are noted without them."""
FIGURE_CHARACTERS = 1_000_000
SECONDS = 10.0
"""Time for looking at figures in one run."""
SAME = 0.02
"""Units on x and y count as equally long when they differ by less than this share."""


class FigureNotes:
    """Notes figures when their canvas prints them; a figure printed twice in one cell is noted once."""

    def __init__(self, cell: Callable[[], int]) -> None:
        self.figures: list[dict[str, Any]] = []
        self._cell = cell
        self._places: weakref.WeakKeyDictionary[Any, tuple[int, int]] = weakref.WeakKeyDictionary()
        self._spent, self._again = 0.0, 0.0
        self._characters = 0
        self._hooked = False
        self._layers = layer_notes.LayerNotes()

    def hook(self) -> None:
        """Stand before ``FigureCanvasBase.print_figure`` as soon as Matplotlib is loaded."""
        backends = sys.modules.get("matplotlib.backend_bases")
        if self._hooked or backends is None or not hasattr(backends, "FigureCanvasBase"):
            return
        self._hooked = True
        original = backends.FigureCanvasBase.print_figure

        @functools.wraps(original)
        def print_figure(canvas: Any, *args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            printed = original(canvas, *args, **kwargs)
            self.note(canvas.figure)
            return printed

        backends.FigureCanvasBase.print_figure = print_figure

    def note(self, figure: Any) -> None:
        """Take the data of a figure; nothing that goes wrong here reaches the cell."""
        start = _clock()
        try:
            cell = self._cell()
            place = self._places.get(figure)
            repeated = place is not None and place[0] == cell
            if self._spent > SECONDS or (repeated and self._again > SECONDS / 4):
                return
            if repeated:
                assert place is not None
                self._characters -= _characters(self.figures[place[1]])
                self.figures[place[1]] = self._taken(figure, cell)
            elif len(self.figures) < FIGURES:
                self.figures.append(self._taken(figure, cell))
                self._places[figure] = (cell, len(self.figures) - 1)
            self._again += (_clock() - start) if repeated else 0.0
        except Exception:
            return
        finally:
            self._spent += _clock() - start

    def _taken(self, figure: Any, cell: int) -> dict[str, Any]:
        self._layers.left = max(0, min(FIGURE_CHARACTERS, VALUE_CHARACTERS - self._characters))
        axes = [one for one in figure.axes if one.get_visible()][:PANELS]
        title = getattr(figure, "_suptitle", None)
        texts = [getattr(figure, name, None) for name in ("_supxlabel", "_supylabel")]
        texts += [one for one in figure.texts if one is not title]
        for part in getattr(figure, "subfigs", []):
            texts += [getattr(part, "_suptitle", None), *part.texts]
        data = {
            "cell": cell,
            "title": _text(title),
            "texts": _texts(one for one in dict.fromkeys(texts) if one is not title),
            "legend": [entry for legend in figure.legends for entry in _entries(legend)][:TEXTS],
            "panels": [panel for panel in map(self._panel, axes) if panel is not None],
        }
        self._characters += _characters(data)
        return data

    def _panel(self, axes: Any) -> dict[str, Any] | None:
        try:
            layers = self._layers.of(axes)
            (x0, x1), (y0, y1) = axes.get_xlim(), axes.get_ylim()
            titles = [axes.get_title(loc=place) for place in ("left", "center", "right")]
            data: dict[str, Any] = {
                "kind": _kind(axes, layers),
                "title": " ".join(filter(None, titles))[:500],
            }
            data["xlabel"], data["ylabel"] = axes.get_xlabel()[:300], axes.get_ylabel()[:300]
            data["legend"] = _entries(axes.get_legend())
            data["axis_off"] = not getattr(axes, "_axis3don", axes.axison)
            data["xscale"], data["yscale"] = str(axes.get_xscale()), str(axes.get_yscale())
            data["xlim"], data["ylim"] = [_plain(x0), _plain(x1)], [_plain(y0), _plain(y1)]
            data["equal"] = _equal(axes)
            data["texts"] = _texts(axes.texts)
            data["layers"] = layers
            return data
        except Exception:
            return None


def _kind(axes: Any, layers: list[dict[str, Any]]) -> str:
    if getattr(axes, "_colorbar", None) is not None or axes.get_label() == "<colorbar>":
        return "colorbar"
    if axes.name in ("polar", "3d"):
        return str(axes.name)
    return "image" if layers and all(layer["kind"] == "image" for layer in layers) else "plane"


def _equal(axes: Any) -> bool:
    """Whether a unit is as long on x as on y: by request, or as the axes really lie."""
    if axes.name == "3d":
        return False
    if axes.get_aspect() in (1.0, "equal"):
        return True
    if axes.get_xscale() != "linear" or axes.get_yscale() != "linear":
        return False
    place, (width, height) = axes.get_position(), axes.figure.get_size_inches()
    (x0, x1), (y0, y1) = axes.get_xlim(), axes.get_ylim()
    x, y = abs(x1 - x0) / (place.width * width), abs(y1 - y0) / (place.height * height)
    return bool(abs(x / y - 1) < SAME)


def _entries(legend: Any) -> list[str]:
    return [] if legend is None else _texts(legend.get_texts())


def _texts(artists: Iterable[Any]) -> list[str]:
    return [text for text in map(_text, artists) if text][:TEXTS]


def _text(artist: Any) -> str:
    return str(artist.get_text())[:500] if artist is not None else ""


def _plain(value: Any) -> float:
    number = float(value)
    return number if _finite(number) else 0.0


def _characters(figure: dict[str, Any]) -> int:
    return sum(len(layer["values"]) for panel in figure["panels"] for layer in panel["layers"])
