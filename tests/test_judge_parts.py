"""Items made of parts: what is there, what is not, what nobody can tell; and tiles inside pictures."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from grader.judge.images import copies, read_values, tiles_in, written
from grader.judge.lab import Lab
from grader.judge.parts import Part, State, done, reason, told
from grader.judge.transcript import CellView, Outputs
from grader.records import Figure, Layer, Panel, Verdict


def lab() -> Lab:
    return Lab(b"k", "h", "item", SimpleNamespace(), {})


def cell(index: int = 3, **changes: object) -> CellView:
    return CellView(index, "code", "f()", **changes)  # type: ignore[arg-type]


def part(name: str, state: State, weight: float = 1.0, said: str = "") -> Part:
    return Part(name, state, said, weight=weight)


def test_all_parts_there_pass() -> None:
    outcome = told(lab(), [part("a", State.THERE), part("b", State.THERE)], "nothing", "look")
    assert (outcome.verdict, outcome.earned) == (None, 1.0)


def test_an_absent_part_costs_its_weight() -> None:
    outcome = told(lab(), [part("a", State.THERE, 3), part("b", State.ABSENT, 1)], "nothing", "look")
    assert (outcome.verdict, outcome.earned) == (None, 0.75)
    assert "b" in outcome.message


def test_all_parts_absent_are_missing() -> None:
    outcome = told(lab(), [part("a", State.ABSENT)], "nothing was found", "look")
    assert (outcome.verdict, outcome.message) == (Verdict.MISSING, "nothing was found")


def test_one_unsure_part_lets_a_person_decide() -> None:
    parts = [part("a", State.THERE), part("b", State.ABSENT), part("c", State.UNSURE, said="Perhaps c.")]
    outcome = told(lab(), parts, "nothing", "look")
    assert outcome.verdict is Verdict.REVIEW
    assert "Perhaps c." in outcome.message
    assert "b" in outcome.message


def test_a_failed_measurement_counts_besides_the_parts() -> None:
    room = lab()
    low = room.measured("images", 2, at_least=5, share=0.5, message="Two images only.")
    outcome = told(room, [part("a", State.THERE)], "nothing", "look", low)
    assert outcome.earned == 0.5
    both = told(room, [part("a", State.THERE), part("b", State.ABSENT)], "nothing", "look", low)
    assert both.earned == 0.5


def test_the_finding_points_at_the_cells_of_what_is_there_first() -> None:
    room = lab()
    parts = [Part("a", State.UNSURE, "?", (cell(7),)), Part("b", State.THERE, "", (cell(2, status="ok"),))]
    told(room, parts, "nothing", "look")
    assert room.cells == [2, 7]


def test_stored_outputs_are_named_as_the_source() -> None:
    room = lab()
    told(room, [Part("a", State.THERE, "", (cell(stored=Outputs("1.0")),))], "nothing", "look")
    assert "stored" in room.readings[0]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (cell(status="ok"), True),
        (cell(stored=Outputs("0.3")), True),
        (cell(status="error", stored=Outputs("0.3")), True),
        (cell(status="limit"), False),
        (cell(stored=Outputs("x", error="NameError: x")), False),
    ],
)
def test_when_the_work_of_a_cell_is_known_to_have_happened(given: CellView, expected: bool) -> None:
    assert done(given) is expected


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (cell(status="error", ours=Outputs(error="NameError: name 'x'")), "NameError"),
        (cell(status="limit"), "time limit"),
        (cell(status="not_reached"), "did not get there"),
        (cell(status="ok"), "no output"),
    ],
)
def test_reasons_name_the_cell_as_readers_count(given: CellView, words: str) -> None:
    assert words in reason([given])
    assert "Cell 4" in reason([given])


def figure(values: np.ndarray, kind: str = "image") -> Figure:
    return Figure(
        0, panels=(Panel("image", layers=(Layer(kind, shape=values.shape, values=written(values)),)),)
    )


@pytest.mark.parametrize("gap", [0, 1, 2])
def test_montages_are_taken_apart_again(gap: int) -> None:
    tiles = np.random.default_rng(0).random((6, 8, 8)).astype(np.float32)
    side = 8 + gap
    sheet = np.zeros((2 * side - gap, 3 * side - gap))
    for k, tile in enumerate(tiles):
        row, column = divmod(k, 3)
        sheet[row * side : row * side + 8, column * side : column * side + 8] = tile
    (drawn,) = tiles_in([figure(sheet)], 8)
    assert drawn.count == 6
    assert drawn.tiles is not None
    np.testing.assert_allclose(drawn.tiles, tiles)


def test_pictures_of_another_size_are_no_tiles() -> None:
    assert not list(tiles_in([figure(np.zeros((10, 7)))], 8))


def test_large_montages_without_numbers_are_counted() -> None:
    layer = Layer("image", shape=(80, 160))
    (drawn,) = tiles_in([Figure(0, panels=(Panel("image", layers=(layer,)),))], 8)
    assert (drawn.count, drawn.tiles) == (200, None)


def test_copies_are_found_in_any_brightness_and_inverted() -> None:
    rng = np.random.default_rng(0)
    known = rng.integers(0, 17, (50, 8, 8)).astype(float)
    new = rng.integers(0, 17, (5, 8, 8)).astype(float)
    tiles = np.concatenate([known[:2], known[2:4] / 16, 16 - known[4:6], new])
    assert copies(tiles, known).tolist() == [True] * 6 + [False] * 5


def test_a_little_noise_makes_a_new_picture() -> None:
    known = np.random.default_rng(0).integers(0, 17, (50, 8, 8)).astype(float)
    assert not copies(known[:5] + 0.1 * np.random.default_rng(1).standard_normal((5, 8, 8)), known).any()


@pytest.mark.parametrize("text", ["", "???", "AAAA", written(np.zeros(3))[:20]])
def test_unreadable_numbers_are_none(text: str) -> None:
    assert read_values(text) is None


def test_written_numbers_are_read_again() -> None:
    values = np.random.default_rng(0).random((3, 4)).astype(np.float32)
    found = read_values(written(values))
    assert found is not None
    np.testing.assert_array_equal(found, values)
