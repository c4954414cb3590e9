"""What is drawn in one pair of axes, layer by layer, as data.

Lives in the kernel's process beside student code (standard library and NumPy only). The kinds of Matplotlib's
artists are told by the names of their classes, so that nothing is imported that the hand-in does not use.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from . import summaries

_asarray, _isfinite, _linspace = np.asarray, np.isfinite, np.linspace
_columns = np.column_stack

POINTS, LINE_POINTS, IMAGE_SIDE, IMAGES, LAYERS = 2_000, 400, 64, 300, 60


class LayerNotes:
    """Takes the layers of axes; counts the small images whose values were taken, and the characters left."""

    def __init__(self) -> None:
        self.left = 0
        """Characters of drawn numbers that may still be taken; set anew for every figure."""
        self._images = 0

    def of(self, axes: Any) -> list[dict[str, Any]]:
        """All visible layers of one pair of axes: images, collections, bars, patches, lines."""
        bars = [one for one in axes.containers if type(one).__name__ == "BarContainer"]
        inside = {id(patch) for container in bars for patch in container.patches}
        found: list[dict[str, Any]] = []
        drawn = [*axes.images, *axes.collections, *bars, *axes.patches, *axes.lines, *axes.artists]
        for artist in drawn:
            if len(found) >= LAYERS:
                break
            if id(artist) in inside or (hasattr(artist, "get_visible") and not artist.get_visible()):
                continue
            try:
                layer = self._layer(artist, axes)
            except Exception:
                layer = None
            if layer is not None:
                found.append(layer)
        return found

    def _layer(self, artist: Any, axes: Any) -> dict[str, Any] | None:
        names = {kind.__name__ for kind in type(artist).__mro__}
        for name, take in (
            ("Line2D", self._line), ("PathCollection", self._points), ("BarContainer", self._bars),
            ("ContourSet", _contour), ("_MeshData", _mesh), ("_ImageBase", self._image), ("StepPatch", _steps),
            ("AnnotationBbox", self._box), ("Collection", _collection), ("Patch", _patch),
        ):  # fmt: skip
            if name in names:
                return take(artist, axes)
        return None

    def _line(self, line: Any, axes: Any) -> dict[str, Any] | None:
        xy = _asarray(line.get_xydata(), dtype=float)
        if not len(xy):
            return None
        bare = line.get_linestyle() in ("None", "none", "", " ") or line.get_linewidth() == 0
        marked = line.get_marker() not in ("None", "none", "", " ", None)
        if bare and not marked:
            return None
        kind = "points" if bare else "line"
        layer = _layer(kind, line, (len(xy),), xy)
        on_x, on_y = line.get_transform().contains_branch_seperately(axes.transData)
        layer["x"], layer["y"] = layer["x"] if on_x else None, layer["y"] if on_y else None
        layer["values"] = self._packed(_thinned(xy, POINTS if kind == "points" else LINE_POINTS))
        return layer

    def _points(self, collection: Any, axes: Any) -> dict[str, Any] | None:
        solid = getattr(collection, "_offsets3d", None)
        if solid is not None:
            xy = _columns([_asarray(side, dtype=float).ravel() for side in solid[:2]])
        else:
            xy = _filled(collection.get_offsets())
        if not len(xy):
            return None
        layer = _layer("points", collection, (len(xy),), xy)
        layer["values"] = self._packed(_thinned(xy, POINTS))
        return layer

    def _bars(self, container: Any, axes: Any) -> dict[str, Any] | None:
        boxes = [
            (one.get_x() + one.get_width() / 2, one.get_y() + one.get_height() / 2, one.get_width(), one.get_height())
            for one in container.patches[:5_000]
        ]  # fmt: skip
        if not boxes:
            return None
        sizes = _asarray(boxes, dtype=float)
        low, high = sizes[:, :2] - abs(sizes[:, 2:]) / 2, sizes[:, :2] + abs(sizes[:, 2:]) / 2
        layer = _layer("bars", container, (len(container.patches),), _asarray([*low, *high]))
        upright = getattr(container, "orientation", "vertical") != "horizontal"
        values = sizes[:, [0, 3]] if upright else sizes[:, [2, 1]]
        layer["values"] = self._packed(values) if len(values) <= LINE_POINTS else ""
        return layer

    def _image(self, image: Any, axes: Any) -> dict[str, Any] | None:
        array = image.get_array()
        if array is None:
            return None
        shape = tuple(int(side) for side in array.shape)
        x0, x1, y0, y1 = (float(side) for side in image.get_extent())
        layer = _layer("image", image, shape, _asarray([[x0, y0], [x1, y1]]))
        layer["values"] = self._grey(array)
        return layer

    def _box(self, box: Any, axes: Any) -> dict[str, Any] | None:
        """A small image set at a point."""
        inner: list[Any] = getattr(box.offsetbox, "get_children", list)()
        array = next((one.get_array() for one in inner if hasattr(one, "get_array")), None)
        if array is None:
            return None
        layer = _layer(
            "image", box, tuple(int(side) for side in array.shape), _asarray([box.xy], dtype=float)
        )
        layer["values"] = self._grey(array)
        return layer

    def _grey(self, array: Any) -> str:
        """Values of a small image in its own unit, colours averaged; empty for large ones and beyond 300."""
        if max(array.shape[:2]) > IMAGE_SIDE or self._images >= IMAGES:
            return ""
        grey = _filled(array)
        self._images += 1
        return self._packed(grey[..., :3].mean(-1) if grey.ndim == 3 else grey)

    def _packed(self, values: np.ndarray[Any, Any]) -> str:
        if values.size * 5.4 > self.left:
            return ""
        text = summaries.packed(values)
        self.left -= len(text)
        return text


# ---- layers that need no memory -----------------------------------------------------------------------------


def _contour(contour: Any, axes: Any) -> dict[str, Any]:
    paths = [_asarray(path.vertices, dtype=float) for path in contour.get_paths() if len(path.vertices)]
    ends = [end for path in paths for end in (path.min(0), path.max(0))]
    return _layer("contour", contour, (len(contour.levels),), _asarray(ends or [[math.nan] * 2]))


def _mesh(mesh: Any, axes: Any) -> dict[str, Any]:
    corners = _filled(mesh.get_coordinates())
    shape = tuple(side - 1 for side in corners.shape[:2])
    return _layer("mesh", mesh, shape, corners.reshape(-1, 2))


def _steps(patch: Any, axes: Any) -> dict[str, Any]:
    steps = patch.get_data()
    edges, heights = _asarray(steps.edges, dtype=float), _asarray(steps.values, dtype=float)
    low, high = min(0.0, float(heights.min())), max(0.0, float(heights.max()))
    return _layer("bars", patch, (len(heights),), _asarray([[edges.min(), low], [edges.max(), high]]))


def _collection(collection: Any, axes: Any) -> dict[str, Any] | None:
    """Hexagons, triangles and the like with a value each are a mesh; bands and segments are patches."""
    values, paths = collection.get_array(), collection.get_paths()
    if not len(paths):
        return None
    offsets = _filled(collection.get_offsets()) if len(collection.get_offsets()) else _asarray([[0.0, 0.0]])
    ends = [
        end
        for path in paths[:2_000]
        if len(path.vertices)
        for end in (path.vertices.min(0), path.vertices.max(0))
    ]
    if not ends:
        return None
    corners = _asarray(ends, dtype=float)
    moved = [
        offset + end
        for offset in (offsets.min(0), offsets.max(0))
        for end in (corners.min(0), corners.max(0))
    ]
    count = max(len(paths), len(offsets))
    names = {kind.__name__ for kind in type(collection).__mro__}
    polygons = names & {"PolyCollection", "TriMesh"} and not names & {"Quiver", "Barbs"}
    kind = "mesh" if values is not None and polygons and count > 1 else "patch"
    return _layer(kind, collection, (count,), _asarray(moved))


def _patch(patch: Any, axes: Any) -> dict[str, Any] | None:
    if not patch.get_transform().contains_branch(axes.transData):
        return None
    corners = patch.get_path().transformed(patch.get_patch_transform()).vertices
    corners = _asarray(corners, dtype=float)
    if not len(corners):
        return None
    stairs = len(corners) > 6 and bool((abs(corners[1:] - corners[:-1]).min(1) == 0).all())
    return _layer("bars" if stairs else "patch", patch, (len(corners) // 2 if stairs else 1,), corners)


def _layer(kind: str, artist: Any, shape: tuple[int, ...], xy: np.ndarray[Any, Any]) -> dict[str, Any]:
    label = artist.get_label()
    label = "" if not isinstance(label, str) or label.startswith("_") else label[:200]
    data = {"kind": kind, "label": label, "shape": list(shape), "values": ""}
    return {**data, "x": _range(xy[:, 0]), "y": _range(xy[:, 1])}


def _range(values: np.ndarray[Any, Any]) -> list[float] | None:
    finite = values[_isfinite(values)]
    return [float(finite.min()), float(finite.max())] if finite.size else None


def _thinned(values: np.ndarray[Any, Any], most: int) -> np.ndarray[Any, Any]:
    """At most so many rows, evenly spread and with both ends."""
    return values if len(values) <= most else values[_linspace(0, len(values) - 1, most).astype(int)]


def _filled(values: Any) -> np.ndarray[Any, Any]:
    """Floats with what is masked as nan."""
    filled = getattr(values, "filled", None)
    return _asarray(filled(math.nan) if filled and values.dtype.kind == "f" else values, dtype=float)
