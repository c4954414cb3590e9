"""From the plain arrays of a finding to panels on the page.

A check leaves arrays with ``lab.picture(name, data)``. The kind of a picture is ``data["kind"]`` or, without
it, the name up to the first colon (``"samples: bandwidth 0.4"``). All kinds take ``title`` and ``caption``.

=============  =====================================================================================
kind           arrays
=============  =====================================================================================
samples        ``yours`` (n, 2); optional ``expected`` (m, 2), ``train`` (k, 2), and ``x_edges``, ``y_edges``:
               borders of bins, drawn in the zoom
density        ``x`` (w,) and ``y`` (h,) grid coordinates, ``yours`` (h, w) or (h * w,); optional
               ``reference`` of the same shape. Log-densities unless ``log`` is false
log_density    ``yours`` (n,) and ``reference`` (n,), log-densities at the same points
ranks          ``ranks`` (n,) in [0, 1], which are uniform for a correct solution
counts         ``yours`` (k,) and ``expected`` (k,): samples per cell
curve          ``x`` (n,), ``yours`` (n,); optional ``reference`` (n,), ``x_name``, ``y_name``, ``log_x``
curves         ``series``: one to six mappings with ``label``, ``y`` (n,) and ``x`` (n,), or one common ``x``;
               each optionally ``low`` and ``high`` (n,) (its band) and ``reference: true`` (grey, dashed).
               ``x_name``, ``y_name``, ``log_x``, ``log_y``; ``recomputed`` says that the numbers are ours
bars           ``yours`` (k,): share or count per class; optional ``labels`` (k), ``expected`` (k,),
               ``low`` and ``high`` (k,), ``x_name``, ``y_name``; k at most 30
scale          ``rows``: one to sixteen mappings with ``label``, ``value`` and ``low``, ``high`` or
               ``references`` (r,); ``x_name``, ``log``
images         ``images`` (n, rows, columns), or (n, pixels) with ``shape``; optional ``labels`` (n),
               ``certainty`` (n,) in [0, 1], ``expected`` (n), ``low`` and ``high`` (empty and full ink)
confusion      ``counts`` (rows, columns); optional ``labels`` or ``rows`` and ``columns``, ``row_name``,
               ``column_name``
kernel         ``distance`` (n,), ``answer`` (n,): a function of the distance, on a logarithmic axis
structure      ``text``: printed as it is
band           ``value``, ``low``, ``high``: where a result lies in the range of reference results
=============  =====================================================================================

A picture with an unknown kind, missing arrays or unusable numbers is left out: a page never fails for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from grader.report import density_pictures, image_pictures, study_pictures
from grader.report.layout import shortened
from grader.report.panels import Picture

MOST_PICTURES, MOST_CAPTION = 12, 600

KINDS: Mapping[str, Callable[[Mapping[str, Any], str], Picture]] = {
    "samples": density_pictures.samples,
    "density": density_pictures.density,
    "log_density": density_pictures.log_density,
    "ranks": density_pictures.ranks,
    "counts": density_pictures.counts,
    "curve": study_pictures.curve,
    "curves": study_pictures.curves,
    "bars": study_pictures.bars,
    "scale": study_pictures.scale,
    "kernel": study_pictures.kernel,
    "structure": study_pictures.structure,
    "band": study_pictures.band,
    "images": image_pictures.images,
    "confusion": image_pictures.confusion,
}


def draw(pictures: Mapping[str, Any], identity: str, room: int = 1 << 30) -> tuple[Picture, ...]:
    """Draw what can be drawn within ``room`` characters; ``identity`` is unique on the page (an item's id)."""
    drawn: list[Picture] = []
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
        room -= picture.size
        if room < 0:
            break
        caption = shortened(str(data["caption"]), MOST_CAPTION) if data.get("caption") else picture.caption
        drawn.append(replace(picture, caption=caption))
    return tuple(drawn)
