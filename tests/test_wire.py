"""Frames to and from the process with the team's code."""

from __future__ import annotations

import importlib.util
import io
import json
import struct
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from plain_child import AGENT

from grader.errors import Malformed
from grader.team import wire


def npy(array: np.ndarray[Any, Any]) -> bytes:
    """The array as NumPy itself writes it."""
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, version=(1, 0), allow_pickle=False)
    return buffer.getvalue()


def header(**fields: Any) -> bytes:
    return json.dumps(fields).encode()


def array_header(text: str, data: bytes = b"") -> bytes:
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode() + data


@pytest.mark.parametrize("dtype", ["?", "<i1", "<u8", ">i4", "<f2", "<f4", ">f8"])
def test_arrays_that_numpy_wrote_come_back_in_the_machines_byte_order(dtype: str) -> None:
    array = np.arange(12).reshape(3, 4).astype(dtype)
    read = wire.unpack_array(npy(array))
    np.testing.assert_array_equal(read, array)
    assert read.dtype.isnative
    np.testing.assert_array_equal(wire.unpack_array(npy(np.asfortranarray(array))), array)


@settings(max_examples=40, deadline=None)
@given(arrays(np.float64, st.lists(st.integers(0, 4), max_size=4).map(tuple)))
def test_what_the_judge_packs_numpy_can_read(array: np.ndarray[Any, Any]) -> None:
    np.testing.assert_array_equal(np.load(io.BytesIO(wire.pack_array(array)), allow_pickle=False), array)


def test_judge_and_agent_read_each_others_arrays() -> None:
    spec = importlib.util.spec_from_file_location("_agent_of_wire", AGENT)
    assert spec is not None
    assert spec.loader is not None
    agent = importlib.util.module_from_spec(spec)
    sys.modules["_agent_of_wire"] = agent
    spec.loader.exec_module(agent)
    array = np.asfortranarray(np.random.default_rng(0).normal(size=(5, 3)))
    for sent in (array, array[::2], np.zeros((0, 2)), np.array(3.0)):
        np.testing.assert_array_equal(wire.unpack_array(agent.pack_array(sent)), sent)
        np.testing.assert_array_equal(agent.unpack_array(wire.pack_array(sent)), sent)


@pytest.mark.parametrize(
    "blob",
    [
        npy(np.array(["a"])),
        npy(np.zeros(3, dtype=complex)),
        npy(np.zeros(2, dtype=[("x", "f8")])),
        npy(np.zeros((1,) * 7)),
        npy(np.zeros(3, dtype=np.longdouble)),
        npy(np.zeros(3))[:-1],
        npy(np.zeros(3)) + b"\0",
        b"",
        b"PK\x03\x04" + bytes(100),
        array_header("{'descr': '|O', 'fortran_order': False, 'shape': (1, ), }\n", b"cos\nsystem\n"),
        array_header("{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999, 99999999999, ), }\n"),
        array_header("{'descr': '<f8', 'fortran_order': False, 'shape': (-1, ), }\n"),
        array_header("{'descr': '<f8', 'fortran_order': False, 'shape': (1 1, ), }\n", bytes(88)),
        array_header("{'descr': '<f3', 'fortran_order': False, 'shape': (1, ), }\n", bytes(3)),
        array_header("__import__('os').system('true')\n"),
    ],
)
def test_forged_arrays_are_refused(blob: bytes) -> None:
    with pytest.raises(Malformed):
        wire.unpack_array(blob)


def test_a_header_that_announces_too_much_is_refused_before_it_is_read() -> None:
    assert wire.header_length(struct.pack(">I", 2000)) == 2000
    for length in (0, wire.MAX_HEADER + 1, 2**32 - 1):
        with pytest.raises(Malformed, match="expected a header"):
            wire.header_length(struct.pack(">I", length))


def test_blob_lengths_are_checked_before_anything_is_allocated() -> None:
    assert wire.decode_header(header(id=1, ok=None, blobs=[5, 7]))["blobs"] == [5, 7]
    for blobs in (None, [-1], [True], ["5"], [2**40], [wire.MAX_FRAME, 1], [1] * (wire.MAX_BLOBS + 1)):
        with pytest.raises(Malformed):
            wire.decode_header(header(id=1, blobs=blobs))


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"blobs": [], "x": NaN}',
        b'{"x":' + b"9" * 9000 + b"}",
    ],
)
def test_headers_that_are_no_json_object_are_refused(text: bytes) -> None:
    with pytest.raises(Malformed):
        wire.decode_header(text)


@pytest.mark.parametrize(
    "value",
    [
        [1, 2],
        10**400,
        {"@": "array", "blob": 1},
        {"@": "array", "blob": -1},
        {"@": "array", "blob": True},
        {"@": "float", "value": "1e5"},
        {"@": "handle", "id": "1"},
        {"@": "name", "name": "x"},
        {"@": "list", "items": 3},
        {"@": "dict", "items": [[1]]},
        {"@": "dict", "items": [[{"@": "list", "items": []}, 1]]},
        {"@": ["list"], "items": []},
        {},
    ],
)
def test_values_of_an_unknown_form_are_refused(value: Any) -> None:
    with pytest.raises(Malformed):
        wire.decode_value(value, [npy(np.zeros(1))])


def test_values_nested_without_end_are_refused() -> None:
    value: Any = 1
    for _ in range(40):
        value = {"@": "list", "items": [value]}
    with pytest.raises(Malformed):
        wire.decode_value(value, [])
    with pytest.raises(Malformed):
        wire.decode_value({"@": "plain", "value": json.loads("[" * 60 + "]" * 60)}, [])


def test_values_of_every_known_form_come_back() -> None:
    told = {
        "@": "dict",
        "items": [
            ["a", {"@": "tuple", "items": [1, None, True]}],
            [2, {"@": "float", "value": "-inf"}],
            ["h", {"@": "handle", "id": 4, "type": "KDE", "module": "models"}],
            ["x", {"@": "list", "items": ["\ud800", {"@": "plain", "value": [{"n": [1]}]}]}],
        ],
    }
    value = wire.decode_value(told, [], generation=3)
    assert value["a"] == (1, None, True)
    assert value[2] == -np.inf
    assert value["h"] == wire.Handle(4, "KDE", "models", 3)
    assert value["x"] == ["?", [{"n": [1]}]]


def test_a_request_carries_arrays_handles_names_and_hints() -> None:
    pieces = wire.encode_frame(
        {
            "id": 3,
            "op": "call",
            "target": wire.Handle(2, "A", generation=1),
            "args": [np.ones(2), wire.Name("KDE"), (1, np.float64("nan"))],
            "kwargs": {"X": wire.Hint(np.ones((1, 2)), "torch", "float64")},
        }
    )
    told = json.loads(pieces[1])
    assert struct.unpack(">I", pieces[0])[0] == len(pieces[1])
    assert told["target"] == {"@": "handle", "id": 2}
    assert told["args"][1:] == [
        {"@": "name", "name": "KDE"},
        {"@": "tuple", "items": [1, {"@": "float", "value": "nan"}]},
    ]
    assert told["kwargs"]["X"] == {"@": "array", "blob": 1, "as": "torch", "dtype": "float64"}
    assert told["blobs"] == [len(piece) for piece in pieces[2:]]


@pytest.mark.parametrize("value", [object(), np.array([object()]), np.zeros(2, dtype=complex), {1, 2}])
def test_what_has_no_place_on_the_wire_is_our_own_mistake(value: Any) -> None:
    with pytest.raises(TypeError, match="cannot be sent"):
        wire.encode_value(value, [])
