"""Records survive the way to JSON and back."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from grader.records import Binding, Evidence, Finding, Submission, Verdict, from_json, to_json


@pytest.mark.parametrize(
    "record",
    [
        Submission("plain", "Team Ä", "7", Path("a/b.zip"), members=("Ann", "Bo"), late=True),
        Binding(
            "model", "Thing", "class", {"fit": "fit"}, {"width": "h"}, confidence=0.5, plan={"style": "class"}
        ),
        Finding("a.b", Verdict.REVIEW, 0.5, evidence=(Evidence("p", 1e-80, "p at least 1e-5", seed=3),)),
    ],
)
def test_a_record_comes_back_as_it_went(record: object) -> None:
    text = json.dumps(to_json(record), allow_nan=False)
    assert from_json(type(record), json.loads(text)) == record


def test_numbers_that_json_cannot_say_become_words_and_numbers_again() -> None:
    data = to_json(Evidence("gap", math.inf, "at most 1"))
    assert data["value"] == "inf"
    assert from_json(Evidence, data).value == math.inf


def test_a_missing_field_is_an_error() -> None:
    with pytest.raises(TypeError, match="item"):
        from_json(Finding, {"verdict": "passed"})


def test_unknown_keys_of_a_newer_version_are_ignored() -> None:
    assert from_json(Evidence, {"name": "n", "value": 1.0, "wanted": "w", "future": 1}).name == "n"
