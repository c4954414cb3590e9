"""Platform names are read, and what is written back is found and accepted by the platform."""

from __future__ import annotations

import string
from pathlib import Path

import pytest
from bad_inputs import mail
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.errors import UsageFault
from grader.platforms import (
    PLATFORMS,
    canvas,
    email,
    gradescope,
    ilias,
    mampf,
    moodle,
    muesli,
    plain,
    platform_named,
)

UUID = "3f0c2f6e-9d1b-4c58-8a51-0d8f1f6f2b11"
often = settings(max_examples=50, deadline=None)
numbers = st.integers(min_value=100, max_value=10**9)
mangled = st.text(string.ascii_letters + string.digits + "_-.", min_size=1, max_size=180)
people = st.text(min_size=1, max_size=60).filter(
    lambda name: not set(name) & set("/\\_") and name[0] not in ".~"
)
words = st.text(string.ascii_letters + "äöüß", min_size=1, max_size=12)
endings = st.sampled_from([".zip", ".tar.gz", ".pdf", ".m", "", " (1).zip"])


def comes_back(platform, name, identity, kind="html"):
    label = platform.parse(name)
    assert label is not None
    assert label.id == identity
    back = platform.return_name(label)
    again = platform.parse(back)
    assert again is not None
    assert again.id == identity
    assert platform.accepts(back, kind) == ""
    return label


@often
@given(team=mangled, uuid=st.uuids(), late=st.booleans(), end=endings)
def test_a_mampf_entry_is_read_and_its_correction_accepted(team, uuid, late, end):
    name = f"{team}-2025-11-06-1534{'-LATE' if late else ''}-ID-{uuid}{end}"
    label = comes_back(mampf, name, str(uuid), "zip")
    assert (label.team, label.late, label.received) == (team, late, "2025-11-06T15:34")


@often
@given(name=people, number=numbers, tail=st.sampled_from(["", "_"]), file=words)
def test_a_moodle_folder_is_read_and_its_feedback_found(name, number, tail, file):
    label = comes_back(moodle, f"{name}_{number}_assignsubmission_file{tail}/{file}.zip", str(number))
    assert label.team == name


def test_moodle_s_flat_mode_keeps_the_students_file_name():
    label = comes_back(moodle, "Ada Example_1234567_assignsubmission_file_ex2.zip", "1234567")
    assert label.rest == "ex2.zip"


@often
@given(last=words, first=words, login=words, number=numbers)
def test_an_ilias_folder_is_read_and_its_feedback_found(last, first, login, number):
    login = "a" + login
    label = comes_back(ilias, f"Exercise/{last}_{first}_{login}_{number}/solution.ipynb", str(number))
    assert label.team == f"{last}_{first}_{login}"


@often
@given(
    name=st.text(string.ascii_lowercase, min_size=1),
    late=st.booleans(),
    user=numbers,
    file=numbers,
    rest=words,
)
def test_a_canvas_file_is_read_and_its_feedback_found(name, late, user, file, rest):
    label = comes_back(canvas, f"{name}{'_LATE' if late else ''}_{user}_{file}_{rest}_1_2.zip", str(user))
    assert (label.rest, label.late) == (f"{rest}_1_2.zip", late)
    assert f"_{user}_{file}_" in canvas.return_name(label)


@often
@given(local=st.text(string.ascii_letters + string.digits + ".-_+", min_size=1, max_size=30))
def test_a_sender_s_folder_is_read_and_answered(local):
    label = comes_back(email, f"inbox/{local}@Example.org/ex.ipynb", f"{local}@example.org".lower())
    assert label.team == f"{local}@Example.org"


@often
@given(
    name=st.text(min_size=1, max_size=40).filter(lambda name: not set(name) & set("/\\") and name.strip("."))
)
def test_a_plain_name_is_its_own_label(name):
    label = plain.parse(name)
    assert label is not None
    comes_back(plain, name, label.id)


@pytest.mark.parametrize("end", [".zip", ".tar.gz", ".ipynb", ".zip.zip", ""])
def test_a_plain_label_has_no_extension(end):
    label = plain.parse(f"team_a{end}")
    assert label is not None
    assert label.team == "team_a"


def test_gradescope_is_read_but_takes_nothing_back():
    label = gradescope.parse("assignment_12_export/submission_56789/a.ipynb")
    assert label is not None
    again = gradescope.parse(gradescope.return_name(label))
    assert again is not None
    assert again.id == label.id == "56789"
    assert "no upload" in gradescope.accepts(gradescope.return_name(label), "html")


def test_gradescope_s_metadata_names_the_submitters():
    text = b"""submission_56789:
  :submitters:
  - !ruby/hash:ActiveSupport::HashWithIndifferentAccess
    :name: Ada Example
    :sid: '1'
  - :name: Bob Ray
  :score: 1.0
"""
    assert gradescope.members(text) == {"56789": ("Ada Example", "Bob Ray")}


@pytest.mark.parametrize("broken", [b"", b"- 1", b"a: [", b"submission_5678: 3", b"x: &a [*a]"])
def test_broken_gradescope_metadata_is_no_metadata(broken):
    assert gradescope.members(broken) == {}


@pytest.mark.parametrize(
    ("name", "kind", "why"),
    [
        (f"x-ID-{UUID}.html", "html", "refused"),
        (f"x-ID-{UUID}-correction.zip", "zip", "one extension"),
        (f"x-ID-{UUID} (1).zip", "zip", "one extension"),
        (f"x-ID-{UUID}.tar.gz", "zip", "one extension"),
        (f"x-ID-{UUID}_feedback.pdf", "pdf", "one extension"),
        (f"x-{UUID}.zip", "zip", "lacks '-ID-'"),
        (f"x-ID-{UUID}.ZIP", "zip", "refused"),
        (f"x-ID-{UUID}.zip", "html", "does not fit"),
        (f"upload/x-ID-{UUID}.zip", "zip", "single files"),
    ],
)
def test_mampf_refuses_what_its_server_refuses(name, kind, why):
    assert why in mampf.accepts(name, kind)


def test_mampf_refuses_empty_and_very_large_corrections():
    name = f"x-ID-{UUID}.zip"
    assert mampf.accepts(name, "zip", 5) == ""
    assert "bytes" in mampf.accepts(name, "zip", 0)
    assert "bytes" in mampf.accepts(name, "zip", 31 * 10**6)


def test_mampf_s_label_can_be_made_from_real_names():
    assert mampf.mangle(["Bob Ray", "Anna Müller"]) == "Anna_M_ller__Bob_Ray"
    assert mampf.mangle(["Bob Ray", "Anna Muller"]) != "Anna_M_ller__Bob_Ray"


@pytest.mark.parametrize(
    ("platform", "name"),
    [
        (moodle, "Ada Example_12_assignsubmission_file/.hidden"),
        (moodle, "Ada Example/feedback.html"),
        (moodle, "Ada_Example_12_assignsubmission_file/feedback.html"),
        (ilias, "Doe_Jane_jdoe_123/feedback.html"),
        (ilias, "multi_feedback_x/Dö_Jane_jdoe_123/feedback.html"),
        (ilias, "multi_feedback_x/Doe/feedback.html"),
        (canvas, "ada_12_feedback.html"),
        (canvas, "folder/ada_12_13_feedback.html"),
        (canvas, "._ada_12_13_feedback.html"),
        (email, "nobody/feedback.html"),
        (plain, "../feedback.html"),
    ],
)
def test_names_that_a_platform_ignores_are_told(platform, name):
    assert platform.accepts(name, "html")


@pytest.mark.parametrize("platform", [mampf, moodle, ilias, canvas, gradescope, email, muesli])
@pytest.mark.parametrize("name", ["ex01.zip", "team_a/solution.ipynb", "plot@2x", "notes_2024.txt", ""])
def test_ordinary_names_belong_to_no_platform(platform, name):
    assert platform.parse(name) is None


def test_muesli_takes_a_table_only():
    label = plain.parse("team")
    assert label is not None
    assert muesli.accepts(muesli.return_name(label), "csv") == ""
    assert "form" in muesli.accepts("feedback.html", "html")


@pytest.mark.parametrize("name", [name for name in PLATFORMS if name != "muesli"])
def test_every_platform_can_read_its_own_example(name):
    platform = platform_named(name)
    assert platform.parse(platform.EXAMPLE) is not None


def test_a_misspelt_platform_gets_a_hint():
    with pytest.raises(UsageFault, match="Did you mean 'moodle'"):
        platform_named("moodel")


def test_a_mail_gives_sender_date_attachments_and_links(tmp_path: Path):
    message = mail("Ada <Ada@example.org>", "Mon, 06 Nov 2023 15:34:00 +0100", ex_2c=b"x = 1")
    (tmp_path / "a.eml").write_bytes(message.as_bytes())
    (read,) = email.mails(tmp_path / "a.eml")
    assert (read.sender, read.received) == ("Ada@example.org", "2023-11-06T15:34:00+01:00")
    assert read.attachments == (("ex_2c", b"x = 1"),)
    assert read.links == ("https://cloud.example.org/s/abc",)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe\0\0",
        b"From: \r\n\r\n",
        b"From: =?utf-8?b?////?=\r\nDate: yesterday\r\n\r\nx",
        b"From: a@b@c <\r\n",
    ],
)
def test_a_broken_mail_is_still_a_mail(tmp_path: Path, raw: bytes):
    (tmp_path / "a.eml").write_bytes(raw)
    (read,) = email.mails(tmp_path / "a.eml")
    assert read.received is None
    assert read.sender
