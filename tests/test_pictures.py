"""Pictures of evidence: every kind is drawn, says in words what it shows, and nothing unusable breaks a page."""

from __future__ import annotations

import base64
import math
import re
import struct
import zlib
from typing import Any

import numpy as np
import pytest

from grader.report import pictures
from grader.report.drawing import Axes, grey_png, ticks
from tests.report_samples import Page
from tests.report_samples import pictures as sample_pictures

GRID = np.linspace(-1, 1, 12)
PICTURES = sample_pictures()
SMALL: dict[str, dict[str, Any]] = {
    "samples": {"yours": np.eye(2).tolist(), "expected": np.eye(2).tolist(), "train": np.eye(2).tolist(), "x_edges": [0, 1]},
    "density": {"x": GRID.tolist(), "y": GRID[:5].tolist(), "yours": np.zeros(60).tolist(), "reference": np.zeros((5, 12)).tolist()},
    "log_density": {"yours": [0.0, -1.0, float("-inf")], "reference": [0.0, -2.0, -3.0]},
    "ranks": {"ranks": GRID.clip(0).tolist()},
    "counts": {"yours": [3, 9, 20], "expected": [10.7, 10.7, 10.6]},
    "curve": {"x": [0.1, 1, 10], "yours": [1, 2, float("nan")], "reference": [1, 2, 3], "log_x": True},
    "curves": {"x": [1, 2, 3], "log_y": True, "series": [{"label": "a", "y": [1, float("nan"), 0], "low": [1, 1, 1], "high": [2, 2, 2]}]},
    "bars": {"yours": [0.2, float("nan"), 0.8], "expected": [0.3] * 3, "low": [0.1] * 3, "high": [0.5] * 3, "labels": ["a", "b", "<c>"]},
    "scale": {"rows": [{"label": "a", "value": 1, "low": 0, "high": 2}, {"label": "b", "value": float("nan"), "references": [1, 2]}]},
    "images": {"images": np.zeros((3, 8, 8)).tolist(), "labels": [1, 2, 3], "certainty": [0.5, float("nan"), 2], "expected": [1, 1, 1]},
    "confusion": {"counts": [[3, 0], [1, 2]], "labels": ["zero", "one"]},
    "kernel": {"distance": [0.1, 1, 10], "answer": [1, 0.5, 0.1]},
    "structure": {"text": "Sequential(\n  (0): Linear(<2>)\n)"},
    "band": {"value": 3, "low": 1, "high": 2},
}  # fmt: skip
KINDS = sorted(PICTURES)
BAD_NUMBER = re.compile(r'(?<![\w-])(?:d|[xyr]|c[xy]|width|height|viewBox|style|transform)="[^"]*(?:nan|inf)')


def test_the_search_for_bad_numbers_sees_them() -> None:
    assert BAD_NUMBER.search('<path d="M1 nanh0"/>')
    assert not BAD_NUMBER.search('<svg aria-label="nan" viewBox="0 0 1 1">')


def markup(data: Any, kind: str) -> str:
    """Markup of the only picture drawn from the data."""
    (drawn,) = pictures.draw({kind: data}, "item")
    return "".join(str(panel.svg) for panel in drawn.panels)


def assert_drawn(found: tuple[pictures.Picture, ...]) -> None:
    assert len(found) == 1
    assert found[0].caption
    for panel in found[0].panels:
        assert panel.title
        assert Page(str(panel.svg)).unclosed == []
        assert not BAD_NUMBER.search(str(panel.svg))


def test_every_kind_has_its_samples() -> None:
    assert set(PICTURES) == set(SMALL) == set(pictures.KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_drawn_from_plenty_and_from_little(kind: str) -> None:
    for sample in (PICTURES[kind], SMALL[kind]):
        assert_drawn(pictures.draw({kind: sample}, "item"))
        assert_drawn(pictures.draw({f"{kind}: again": sample}, "item"))
        assert_drawn(pictures.draw({"x": sample | {"kind": kind}}, "item"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_says_in_words_what_it_shows(kind: str) -> None:
    found = Page(markup(PICTURES[kind], kind)) if kind != "structure" else None
    if found is not None and kind not in {"images", "confusion"}:
        assert all(svg["role"] == "img" and svg["aria-label"] for svg in found.all("svg"))
    if found is not None:
        assert found.text


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("bad", [None, [], "text", [[1]], {"a": 1}, [float("nan")] * 3, [1e308, -1e308], "huge", [{}], [{"y": 1}], -1e300, True])  # fmt: skip
def test_unusable_arrays_are_left_out_and_never_break_a_page(kind: str, bad: Any) -> None:
    value = [[float(i)] * 3 for i in range(500)] if isinstance(bad, str) and bad == "huge" else bad
    for key in SMALL[kind]:
        for picture in pictures.draw({kind: SMALL[kind] | {key: value}}, "i"):
            text = "".join(str(panel.svg) for panel in picture.panels)
            assert not BAD_NUMBER.search(text)
            assert len(text) < 120_000
            assert Page(text).unclosed == []
    assert pictures.draw({kind: bad, "unknown kind": {"yours": [1]}}, "i") == ()


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_words_stay_text(kind: str) -> None:
    attack = '"><img src=x onerror=alert(1)></style>'
    words = dict.fromkeys(("title", "x_name", "y_name", "row_name", "column_name", "caption"), attack)
    more: dict[str, Any] = (
        {"labels": [attack] * len(SMALL[kind].get("labels", ()))} if "labels" in SMALL[kind] else {}
    )
    if kind == "curves":
        more = {"series": [{"label": attack, "y": [1, 2, 3]}]}
    if kind == "scale":
        more = {"rows": [{"label": attack, "value": 1}]}
    drawn = pictures.draw({kind: SMALL[kind] | words | more}, "i")
    for panel in (panel for picture in drawn for panel in picture.panels):
        assert "<img src=x" not in str(panel.svg)
        assert "</style" not in str(panel.svg)


def test_names_of_series_and_rows_reach_the_reader() -> None:
    (drawn,) = pictures.draw({"curves": PICTURES["curves"]}, "i")
    assert [key.name for key in drawn.keys][:3] == ["kernel density", "histogram", "reference"]
    assert drawn.keys[-1].band
    assert len({(key.colour, key.dashes) for key in drawn.keys}) == len(drawn.keys)
    label = Page(markup(PICTURES["scale"], "scale")).all("svg")[0]["aria-label"]
    assert "histogram: 0.004, reference runs" in label


def test_long_labels_are_cut_short_with_a_sign() -> None:
    few = markup({"yours": [1, 2], "labels": ["Gaussian mixture", "x" * 90]}, "bars")
    assert ">Gaussian mixture<" in few
    assert "more characters" not in few
    many = markup({"yours": [1.0] * 10, "labels": ["Gaussian mixture"] * 10}, "bars")
    assert ">Ga…<" in many


def test_a_scale_without_a_number_says_so() -> None:
    (drawn,) = pictures.draw({"scale": SMALL["scale"]}, "i")
    assert "No finite number: b." in drawn.caption


def test_the_zoom_shows_copies_and_lattices_as_what_they_are() -> None:
    rng = np.random.default_rng(0)
    train = rng.normal(size=(200, 2))
    copies = train[rng.integers(200, size=600)]
    fresh = rng.normal(size=(600, 2))
    (copied,) = pictures.draw({"samples": {"yours": copies.tolist(), "train": train.tolist()}}, "i")
    (good,) = pictures.draw({"samples": {"yours": fresh.tolist(), "train": train.tolist()}}, "i")
    assert re.search(r"Your 600 samples lie at only \d+ different places", copied.caption)
    assert "different places" not in good.caption
    radii = [
        float(r) for r in re.findall(r' r="([\d.]+)" fill="var\(--fig-yours', str(copied.panels[-1].svg))
    ]
    plain = [float(r) for r in re.findall(r' r="([\d.]+)" fill="var\(--fig-yours', str(good.panels[-1].svg))]
    assert max(radii) > 1.3 * max(plain)
    assert len(plain) >= 12


def test_a_zoom_comes_with_training_points_or_with_repeated_places_only() -> None:
    fresh = np.random.default_rng(0).normal(size=(300, 2))
    counts = [
        len(pictures.draw({"samples": {"yours": points.tolist()}}, "i")[0].panels)
        for points in (fresh, np.round(fresh))
    ]
    assert counts == [1, 2]


def test_images_are_at_most_forty_small_and_labelled() -> None:
    many = np.random.default_rng(0).random((60, 28, 28))
    data = {"images": many.tolist(), "labels": [3] * 60, "certainty": [0.87] * 60, "expected": [3] * 59 + [5]}
    (drawn,) = pictures.draw({"images": data}, "i")
    found = Page(str(drawn.panels[0].svg))
    assert 20 <= len(found.all("img")) <= 40
    assert drawn.size < 25_000
    assert "of 60 are shown" in drawn.caption
    few = Page(markup({"images": many[:2].tolist(), "labels": [3, 4], "certainty": [0.87, 1], "expected": [3, 9]}, "images"))  # fmt: skip
    assert few.text == "3 87 % 4 not 9 100 %"


def test_flat_images_take_their_shape_and_ink_is_dark() -> None:
    shares = np.zeros((1, 15))
    shares[0, 0] = 1
    found = Page(markup({"images": shares.tolist(), "shape": [3, 5]}, "images")).all("img")[0]
    assert (found["width"], found["height"]) == ("5", "3")
    content = base64.b64decode(grey_png(np.array([[1.0, 0.0, 0.5]])).split(",")[1])
    assert struct.unpack(">IIBB", content[16:26]) == (3, 1, 4, 0)
    place = content.index(b"IDAT")
    length = int.from_bytes(content[place - 4 : place], "big")
    assert zlib.decompress(content[place + 4 : place + 4 + length]) == bytes([0, 0x0F, 0x70 | 0x0F])[:1] + bytes([0x0F, 0x70 | 0x00])  # fmt: skip


def test_confusions_are_a_table_with_named_rows_and_columns_and_without_zeros() -> None:
    found = Page(markup(SMALL["confusion"], "confusion"))
    assert [th["scope"] for th in found.all("th")] == ["col", "col", "col", "row", "row"]
    assert found.text == "asked for ↓ taken for → zero one zero 3 one 1 2"
    assert pictures.draw({"confusion": {"counts": [[1, -1], [0, 1]]}}, "i") == ()
    assert "83 % lie on the diagonal" in pictures.draw({"confusion": SMALL["confusion"]}, "i")[0].caption
    assert "diagonal." not in pictures.draw({"confusion": {"counts": [[1, 2, 3]]}}, "i")[0].caption.replace("off the diagonal.", "")  # fmt: skip


def test_a_picture_that_has_no_room_is_left_out() -> None:
    both = {"band": SMALL["band"], "samples": PICTURES["samples"]}
    assert len(pictures.draw(both, "i")) == 2
    assert len(pictures.draw(both, "i", room=2_000)) == 1
    assert pictures.draw(both, "i", room=10) == ()


def test_labels_of_axes_stay_within_the_picture() -> None:
    for kind in ("curve", "curves", "scale", "bars", "density", "band"):
        for svg in re.findall(r"<svg.*?</svg>", markup(PICTURES[kind], kind)):
            wide = float(re.search(r'viewBox="0 0 ([\d.]+)', svg)[1])  # type: ignore[index]
            for x, anchor, words in re.findall(r'<text x="([-\d.]+)"[^>]*text-anchor="(\w+)">([^<]*)<', svg):
                size = 6.2 * len(words)
                low = float(x) - {"middle": size / 2, "end": size}[anchor]
                assert low > -6, (kind, words)
                assert low + size < wide + 10, (kind, words)


@pytest.mark.parametrize("limits", [(0, 1), (-1e-9, 1e-9), (1e8, 1e8 + 1), (-3, 700), (0.95, 0.98)])
def test_ticks_lie_within_the_limits(limits: tuple[float, float]) -> None:
    found = ticks(*limits)
    assert 2 <= len(found) <= 7
    assert all(limits[0] - 1e-9 <= value <= limits[1] + 1e-9 for value, _ in found)


def test_an_axis_without_finite_limits_is_refused() -> None:
    for bad in ((0, math.inf), (math.nan, 1), (-1e200, 1e200)):
        with pytest.raises(ValueError, match="finite"):
            Axes(bad, (0, 1), "x")
