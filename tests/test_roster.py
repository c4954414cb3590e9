"""Names on hand-ins are found on the list of participants through what each platform does to them."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from grader.errors import RubricFault
from grader.intake.roster import check_names, load_roster, near_misses, recognised
from grader.platforms import mampf
from grader.records import Finding, Submission, Verdict

LIST = """name,matriculation,email
Anna Müller,1234567,anna.mueller@example.org
Bob Ray,2345678,bob@example.org
Jörg Weiß-Schmidt,3456789,jws@example.org
"Öztürk, Cem Ali",4567890,cem@example.org
Ana María Núñez,5678901,ana@example.org
Bo Li,6789012,bo@example.org
Boris Limes,7890123,limes@example.org
"""


@pytest.fixture
def roster(tmp_path: Path) -> Path:
    """A list of participants."""
    path = tmp_path / "roster.csv"
    path.write_text(LIST, encoding="utf-8")
    return path


def asked(roster: Path | None, team: str, platform: str = "plain", members: tuple[str, ...] = ()) -> Finding:
    submission = Submission(platform, team, "1", Path("x"), members=members)
    return check_names(submission, roster)


@pytest.mark.parametrize(
    ("platform", "team"),
    [
        ("mampf", mampf.mangle(["Anna Müller"])),
        ("mampf", mampf.mangle(["Anna Müller", "Bob Ray"])),
        ("mampf", mampf.mangle(["Jörg Weiß-Schmidt", "Bo Li", "Anna Müller"])),
        ("mampf", mampf.mangle([unicodedata.normalize("NFD", "Jörg Weiß-Schmidt")])),
        ("mampf", mampf.mangle(["Cem Ali Öztürk"])),
        ("mampf", mampf.mangle(["Öztürk, Cem Ali", "Bob Ray"])),
        ("moodle", "Anna Müller"),
        ("moodle", unicodedata.normalize("NFD", "Ana María Núñez")),
        ("moodle", "Example 1234567"),
        ("ilias", "Mueller_Anna_amueller_2".removesuffix("_2")),
        ("ilias", "Weiss-Schmidt_Joerg_jws12"),
        ("canvas", "mulleranna"),
        ("canvas", "muelleranna"),
        ("canvas", "rayboblate".removesuffix("late")),
        ("email", "anna.mueller@example.org"),
        ("email", "Bob@Example.org"),
        ("plain", "Anna Müller, Bob Ray"),
        ("plain", "bob_ray"),
        ("plain", "Ray Bob und Bo Li"),
        ("plain", "Cem Ali Oeztuerk & Ana Maria Nunez"),
    ],
)
def test_a_participant_is_recognised_in_the_platforms_writing(roster: Path, platform: str, team: str) -> None:
    found = asked(roster, team, platform)
    assert (found.verdict, found.share) == (Verdict.PASSED, 1.0), found.message
    assert found.message.startswith("On the list of participants: ")


def test_every_member_of_a_team_is_named(roster: Path) -> None:
    found = asked(roster, mampf.mangle(["Anna Müller", "Bob Ray"]), "mampf")
    assert "Anna Müller" in found.message
    assert "Bob Ray" in found.message
    assert "Bo Li" not in found.message


def test_a_label_that_the_platform_cut_off_is_recognised(tmp_path: Path) -> None:
    names = [f"Maximilian Alexander Beispielmann{letter * 3}" for letter in "abcdef"]
    path = tmp_path / "roster.csv"
    path.write_text("name\n" + "\n".join(names), encoding="utf-8")
    label = mampf.mangle(names)
    assert len(label) == 180
    assert asked(path, label, "mampf").verdict is Verdict.PASSED


@pytest.mark.parametrize(
    ("team", "meant"),
    [
        ("A. Müller", "Anna Müller"),
        ("Anna Mueler", "Anna Müller"),
        ("Jörg Schmidt", "Jörg Weiß-Schmidt"),
        ("Cem Öztürk", "Öztürk, Cem Ali"),
        ("Müller", "Anna Müller"),
        ("Bob Rey", "Bob Ray"),
    ],
)
def test_a_near_miss_goes_to_a_person_and_names_who_is_meant(roster: Path, team: str, meant: str) -> None:
    found = asked(roster, team, "moodle")
    assert found.verdict is Verdict.REVIEW
    assert f"'{team}' is not on the list of participants (perhaps meant: {meant}" in found.message
    assert found.next_step


def test_one_unknown_name_in_a_team_is_told_apart_from_the_known_one(roster: Path) -> None:
    found = asked(roster, mampf.mangle(["Anna Müller", "Xaver Quintus"]), "mampf")
    assert found.verdict is Verdict.REVIEW
    assert "'Xaver_Quintus' is not on the list of participants." in found.message
    assert "Recognised: Anna Müller." in found.message
    assert [(e.value, e.passed) for e in found.evidence] == [("1 of 2", False)]


@pytest.mark.parametrize("team", ["dream team", "ex01", "7", "gruppe 12", "", "___"])
def test_a_label_without_names_is_no_match(roster: Path, team: str) -> None:
    found = asked(roster, team)
    assert found.verdict is Verdict.REVIEW
    assert "perhaps meant" not in found.message


def test_members_count_more_than_the_label(roster: Path) -> None:
    assert asked(roster, "x", "gradescope", ("Bob Ray", "Anna Müller")).verdict is Verdict.PASSED
    assert asked(roster, "Bob Ray", "gradescope", ("Bob Ray", "Eve Nobody")).verdict is Verdict.REVIEW


def test_two_participants_of_one_name_are_left_to_a_person(tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    path.write_text("name;matriculation\nAnna Ray;1111111\nAnna Ray;2222222\n", encoding="utf-8")
    assert recognised("Anna Ray", load_roster(path)) is None
    found = recognised("Anna Ray 2222222", load_roster(path))
    assert found is not None
    assert found.matriculation == "2222222"


def test_without_a_list_nothing_is_compared(tmp_path: Path) -> None:
    for none in (None, tmp_path / "roster.csv"):
        found = asked(none, "Anybody")
        assert found.verdict is Verdict.PASSED
        assert "no names were compared" in found.message


def test_blind_marking_is_no_breach(roster: Path) -> None:
    found = asked(roster, "Participant 1234599", "moodle")
    assert found.verdict is Verdict.PASSED
    assert "shows no name" in found.message


@pytest.mark.parametrize(
    "text",
    [
        "Name;Matrikelnummer;E-Mail\nAnna Müller;1;a@b.de\n",
        "\ufeffname,email\nAnna Müller,A@b.de\n",
        "Vorname\tNachname\nAnna\tMüller\n\n",
        "E-Mail,Full name\nx@y.de,Anna Müller\n,\n",
    ],
)
def test_lists_from_other_programs_are_read(tmp_path: Path, text: str) -> None:
    path = tmp_path / "roster.csv"
    path.write_text(text, encoding="utf-8")
    (one,) = load_roster(path)
    assert one.name == "Anna Müller"
    assert one.words == ("Anna", "Müller")


@pytest.mark.parametrize("content", [b"", b"student\nAnna\n", b"name\n\xff\xfe\n"])
def test_a_list_that_cannot_be_used_is_told_to_the_tutor(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "roster.csv"
    path.write_bytes(content)
    with pytest.raises(RubricFault, match="list of participants"):
        load_roster(path)
    found = asked(path, "Anna Müller")
    assert found.verdict is Verdict.REVIEW
    assert "No names were compared" in found.message
    assert "not for the team" in found.next_step


def test_nobody_is_meant_by_a_foreign_name(roster: Path) -> None:
    assert near_misses("Xaver Quintus", load_roster(roster)) == ()
    assert len(near_misses("Bo", load_roster(roster))) <= 2
