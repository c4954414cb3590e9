"""Paths become hand-ins: which way a path is read, and that nobody is lost or mixed up."""

from __future__ import annotations

import io
import mailbox
import os
import tarfile
import zipfile
from pathlib import Path

import bad_inputs
import pytest
from bad_inputs import mail, notebook, zipped
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.errors import UsageFault
from grader.intake.choose import choose
from grader.intake.collect import collect, folder_name
from grader.intake.unpack import unpack
from grader.platforms import mampf

ANNA = "Anna_M_ller__Bob_Ray-2025-11-06-1534-ID-3f0c2f6e-9d1b-4c58-8a51-0d8f1f6f2b11"
CEM = "Cem_Oz-2025-11-06-1612-LATE-ID-7a1e5c90-1111-4222-8333-abcdefabcdef"


def work(source: str = bad_inputs.WORK) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("solution.ipynb", notebook(source))
    return made.getvalue()


def labels(*paths: Path | str, **settings: object) -> list[str]:
    return [one.team for one in collect(paths, **settings).submissions]  # type: ignore[arg-type]


def laid(folder: Path, *names: str, content: bytes | None = None) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if content is not None else notebook().encode())
    return folder


def test_a_mampf_download_has_one_hand_in_per_entry(tmp_path):
    outer = zipped(tmp_path / "Exercise 1@Tutorial A.zip", {f"{ANNA}.zip": work(), f"{CEM}.zip": work()})
    found = collect([outer])
    anna, cem = found.submissions
    assert (
        found.choice == "'Exercise 1@Tutorial A.zip' was read as a mampf download with 2 hand-ins (1 late)."
    )
    assert (anna.team, anna.id, anna.received) == ("Anna_M_ller__Bob_Ray", ANNA[-36:], "2025-11-06T15:34")
    assert (anna.late, cem.late) == (False, True)
    assert (anna.path, anna.entry) == (outer, f"{ANNA}.zip")
    assert mampf.accepts(anna.return_name, "zip") == ""


def test_an_unpacked_mampf_download_is_read_alike(tmp_path):
    laid(tmp_path / "x", f"{ANNA}.zip", content=work())
    laid(tmp_path / "x", f"{CEM}/solution.ipynb")
    found = collect([tmp_path / "x"])
    assert "mampf folder" in found.choice
    assert [one.path.name for one in found.submissions] == [f"{ANNA}.zip", CEM]
    assert all(unpack(one, tmp_path / one.folder).main == "solution.ipynb" for one in found.submissions)


def test_a_single_mampf_entry_is_recognised(tmp_path):
    laid(tmp_path, f"{CEM}.zip", content=work())
    (one,) = collect([tmp_path / f"{CEM}.zip"]).submissions
    assert (one.platform, one.team, one.late) == ("mampf", "Cem_Oz", True)


def test_a_second_browser_copy_is_no_second_team(tmp_path):
    laid(tmp_path / "x", f"{ANNA}.zip", f"{ANNA} (1).zip", content=work())
    (one,) = collect([tmp_path / "x"]).submissions
    assert one.path.name == f"{ANNA}.zip"


def test_corrections_are_left_out_and_a_folder_of_them_is_refused(tmp_path):
    laid(tmp_path / "x", f"{ANNA}.zip", f"{CEM}-correction.zip", content=work())
    found = collect([tmp_path / "x"])
    assert [one.team for one in found.submissions] == ["Anna_M_ller__Bob_Ray"]
    assert "correction" in found.remarks[0].what
    (tmp_path / "x" / f"{ANNA}.zip").unlink()
    with pytest.raises(UsageFault, match="corrections only"):
        collect([tmp_path / "x"])


def test_a_stray_file_in_a_download_is_told(tmp_path):
    outer = zipped(tmp_path / "o.zip", {f"{ANNA}.zip": work(), "readme.txt": "x"})
    found = collect([outer])
    assert len(found.submissions) == 1
    assert "readme.txt" in found.remarks[0].what


def test_a_moodle_download_in_folders(tmp_path):
    files: dict[str, str | bytes] = {
        "Ada Example_11_assignsubmission_file/Example-1234567.zip": work(),
        "Ada Example_11_assignsubmission_onlinetext/onlinetext.html": "<p>hello</p>",
        "Bob Ray_12_assignsubmission_file/solution.ipynb": notebook(),
        "Cem Oz_13_assignsubmission_onlinetext/onlinetext.html": "<p>no file</p>",
    }
    found = collect([zipped(tmp_path / "course.zip", files)])
    assert [(one.team, one.id) for one in found.submissions] == [
        ("Ada Example", "11"),
        ("Bob Ray", "12"),
        ("Cem Oz", "13"),
    ]
    ada, bob, cem = [unpack(one, tmp_path / one.folder) for one in found.submissions]
    assert ada.files == bob.files == ("solution.ipynb",)
    assert [remark.where for remark in ada.remarks if remark.kind == "archive"] == ["Example-1234567.zip"]
    assert "1 web page" in cem.problem


def test_a_flat_moodle_download_joins_the_files_of_a_participant(tmp_path):
    files: dict[str, str | bytes] = {
        "Ada Example_11_assignsubmission_file_solution.ipynb": notebook(),
        "Ada Example_11_assignsubmission_file_own.py": "x = 1",
        "Bob Ray_12_assignsubmission_file_ex2.zip": work(),
    }
    ada, bob = collect([zipped(tmp_path / "course.zip", files)]).submissions
    assert unpack(ada, tmp_path / "a").files == ("own.py", "solution.ipynb")
    assert [r.where for r in unpack(bob, tmp_path / "b").remarks] == ["ex2.zip"]


def test_an_unpacked_flat_download_joins_them_too(tmp_path):
    laid(tmp_path / "x", "ada_LATE_11_101_solution.ipynb", "ada_11_102_own.py", "bob_12_103_ex.ipynb")
    ada, bob = collect([tmp_path / "x"]).submissions
    assert (ada.platform, ada.id, ada.late, bob.late) == ("canvas", "11", True, False)
    assert unpack(ada, tmp_path / "a").files == ("own.py", "solution.ipynb")
    assert unpack(bob, tmp_path / "b").files == ("ex.ipynb",)


def test_umlauts_in_a_download_reach_label_and_files(tmp_path):
    name = "Jörg Müller_11_assignsubmission_file/Übung.ipynb"
    entries = [bad_inputs.Raw(name.encode(), notebook().encode())]
    (one,) = collect([bad_inputs.raw_zip(tmp_path / "course.zip", entries)]).submissions
    assert one.team == "Jörg Müller"
    assert unpack(one, tmp_path / "a").main == "Übung.ipynb"


def test_an_ilias_download_with_a_wrapper_folder(tmp_path):
    names = ("Ex/Doe_Jane_jdoe_2345678/a.ipynb", "Ex/Roe_Rick_rroe_2345679/b.ipynb")
    found = collect([zipped(tmp_path / "Ex.zip", dict.fromkeys(names, notebook()))])
    assert [(one.platform, one.id) for one in found.submissions] == [
        ("ilias", "2345678"),
        ("ilias", "2345679"),
    ]
    assert unpack(found.submissions[0], tmp_path / "a").files == ("a.ipynb",)


def test_folders_that_end_in_the_year_are_not_ilias(tmp_path):
    laid(tmp_path / "x", "team_red_ex1_2024/a.ipynb", "team_blue_ex1_2024/a.ipynb")
    assert {one.platform for one in collect([tmp_path / "x"]).submissions} == {"plain"}


def test_a_gradescope_export_names_its_submitters(tmp_path):
    text = "submission_567:\n  :submitters:\n  - :name: Ada Example\n  - :name: Bob Ray\n"
    files: dict[str, str | bytes] = {
        "ex/submission_567/a.ipynb": notebook(),
        "ex/submission_metadata.yml": text,
    }
    (one,) = collect([zipped(tmp_path / "e.zip", files)]).submissions
    assert (one.id, one.members, one.team) == ("567", ("Ada Example", "Bob Ray"), "Ada Example, Bob Ray")
    assert unpack(one, tmp_path / "a").files == ("a.ipynb",)


def test_the_last_mail_with_attachments_of_every_sender_counts(tmp_path):
    box = mailbox.mbox(tmp_path / "inbox.mbox")
    early, late = "Mon, 06 Nov 2023 10:00:00 +0100", "Mon, 06 Nov 2023 11:00:00 +0100"
    box.add(mail("Ada <ada@x.org>", late, **{"ex_2c.py": b"new = 1"}).as_bytes())
    box.add(mail("ADA@x.org", early, **{"ex_2c.py": b"old = 1"}).as_bytes())
    box.add(mail("ada@x.org", "Mon, 06 Nov 2023 12:00:00 +0100").as_bytes())
    box.add(mail("bob@x.org", early, **{"../../ex.zip": work()}).as_bytes())
    box.close()
    found = collect([tmp_path / "inbox.mbox"])
    ada, bob = found.submissions
    assert "mailbox with hand-ins of 2 senders" in found.choice
    assert "3 mails" in found.remarks[0].what
    assert ada.received == "2023-11-06T11:00:00+01:00"
    seen = unpack(ada, tmp_path / "a")
    assert (seen.folder / "ex_2c.py").read_text() == "new = 1"
    assert any("cloud.example.org" in remark.what for remark in seen.remarks)
    assert unpack(bob, tmp_path / "b").files == ("solution.ipynb",)


def test_a_folder_of_mails_is_a_mailbox(tmp_path):
    raw = mail("ada@x.org", "Mon, 06 Nov 2023 10:00:00 +0100", **{"a.ipynb": notebook().encode()}).as_bytes()
    (tmp_path / "one.eml").write_bytes(raw)
    (one,) = collect([tmp_path]).submissions
    assert (one.platform, one.team) == ("email", "ada@x.org")
    assert unpack(one, tmp_path / "out").main == "a.ipynb"


@pytest.mark.parametrize("name", ["solution.ipynb", "ex_2c.py"])
def test_a_notebook_or_script_is_one_hand_in(tmp_path, name):
    laid(tmp_path, name)
    found = collect([tmp_path / name])
    assert [one.team for one in found.submissions] == [name.split(".")[0]]
    assert ("notebook" in found.choice) == name.endswith(".ipynb")


@pytest.mark.parametrize("top", ["", "ex01/", "ex01/ex01/"])
def test_work_at_the_top_of_a_folder_or_archive_is_one_hand_in(tmp_path, top):
    names = (f"{top}solution.ipynb", f"{top}lib/own.py", f"{top}data/a.csv")
    laid(tmp_path / "team", *names)
    zipped(tmp_path / "team_b.zip", dict.fromkeys(names, notebook()))
    assert labels(tmp_path / "team") == ["team"]
    assert labels(tmp_path / "team_b.zip") == ["team_b"]


def test_a_folder_of_folders_and_archives_is_many_hand_ins(tmp_path):
    laid(tmp_path / "all", "team_a/solution.ipynb", "team_c/ex01/solution.ipynb", ".git/hooks/x.py")
    laid(tmp_path / "all", "team_b.zip", content=work())
    laid(tmp_path / "all", "list.csv", "__MACOSX/team_b/a.ipynb", "~$list.xlsx", content=b"x")
    found = collect([tmp_path / "all"])
    assert [one.team for one in found.submissions] == ["team_a", "team_b", "team_c"]
    assert "one hand-in per folder or archive inside: 3 hand-ins" in found.choice
    assert [remark.what for remark in found.remarks] == [
        "1 files beside the hand-ins were left out, such as 'list.csv'."
    ]


def test_an_archive_of_archives_is_many_hand_ins(tmp_path):
    outer = zipped(tmp_path / "all.zip", {"x/team_a.zip": work(), "x/team_b/solution.ipynb": notebook()})
    a, b = collect([outer]).submissions
    assert (a.team, a.entry, b.team, b.entry) == ("team_a", "x/team_a.zip", "team_b", "x/team_b/")
    assert unpack(a, tmp_path / "a").main == unpack(b, tmp_path / "b").main == "solution.ipynb"


def test_a_tar_of_folders_is_many_hand_ins(tmp_path):
    with tarfile.open(tmp_path / "all.tar.gz", "w:gz") as archive:
        for name in ("team_a/solution.ipynb", "team_b/solution.ipynb"):
            member = tarfile.TarInfo(name)
            member.size = len(notebook())
            archive.addfile(member, io.BytesIO(notebook().encode()))
    found = collect([tmp_path / "all.tar.gz"]).submissions
    assert [one.team for one in found] == ["team_a", "team_b"]
    assert unpack(found[1], tmp_path / "b").files == ("solution.ipynb",)


def test_an_archive_in_an_archive_is_one_hand_in(tmp_path):
    assert labels(bad_inputs.zip_in_zip(tmp_path)) == ["team"]


def test_several_notebooks_at_the_top_are_one_hand_in_and_the_choice_says_so(tmp_path):
    laid(tmp_path / "x", "ada.ipynb", "bob.ipynb")
    found = collect([tmp_path / "x"])
    assert len(found.submissions) == 1
    assert "name each file" in found.choice
    assert labels(tmp_path / "x" / "ada.ipynb", tmp_path / "x" / "bob.ipynb") == ["ada", "bob"]


@pytest.mark.parametrize(
    "name", ["junk_zip", "zero_bytes_zip", "only_the_start_zip", "rar_file", "empty_zip"]
)
def test_an_archive_that_cannot_be_opened_is_one_hand_in(tmp_path, name):
    assert len(collect([bad_inputs.BUILDERS[name](tmp_path)]).submissions) == 1


def test_platform_overrides_the_guess(tmp_path):
    laid(tmp_path / "x", "ada_11_101_a.ipynb", "bob_12_103_b.ipynb")
    assert [one.platform for one in collect([tmp_path / "x"], platform="plain").submissions] == ["plain"]
    laid(tmp_path / "y", "Doe_Jane_jdoe_123/a.ipynb")
    assert [one.platform for one in collect([tmp_path / "y"]).submissions] == ["plain"]
    assert [one.platform for one in collect([tmp_path / "y"], platform="ilias").submissions] == ["ilias"]


def test_a_platform_that_fits_nothing_is_refused_with_an_example(tmp_path):
    laid(tmp_path / "x", "team_a/a.ipynb")
    with pytest.raises(UsageFault, match=r"expected a name like .*-ID-.*got 'team_a/'"):
        collect([tmp_path / "x"], platform="mampf")
    with pytest.raises(UsageFault, match="no hand-ins come from 'muesli'"):
        collect([tmp_path / "x"], platform="muesli")


def test_a_missing_path_gets_a_hint(tmp_path):
    laid(tmp_path, "team_a.zip")
    with pytest.raises(UsageFault, match=r"does not exist.*Did you mean .*team_a\.zip"):
        collect([tmp_path / "team_b.zip"])
    with pytest.raises(UsageFault, match="no path"):
        collect([])


@pytest.mark.parametrize("names", [(), (".DS_Store",), ("__MACOSX/._a",)])
def test_an_empty_folder_is_refused(tmp_path, names):
    (tmp_path / "x").mkdir()
    laid(tmp_path / "x", *names)
    with pytest.raises(UsageFault, match="Name the folder that holds the hand-ins"):
        collect([tmp_path / "x"])


def test_only_takes_label_folder_or_id_and_hints_otherwise(tmp_path):
    outer = zipped(tmp_path / "o.zip", {f"{ANNA}.zip": work(), f"{CEM}.zip": work()})
    for wanted in ("Cem_Oz", "cem_oz", CEM[-36:]):
        assert labels(outer, only=(wanted,)) == ["Cem_Oz"]
    assert len(labels(outer, only=("Cem_Oz", ANNA[-36:]))) == 2
    with pytest.raises(UsageFault, match="Did you mean 'Cem_Oz'"):
        collect([outer], only=("Cem_Oc",))
    with pytest.raises(UsageFault, match="There are 2: 'Anna"):
        collect([outer], only=("12345",))


def test_the_same_path_twice_is_one_hand_in(tmp_path):
    laid(tmp_path, "team_a.ipynb")
    assert labels(tmp_path / "team_a.ipynb", tmp_path / "." / "team_a.ipynb") == ["team_a"]


def test_plain_hand_ins_of_one_name_are_told_apart_by_their_folders(tmp_path):
    laid(tmp_path, "ada/ex01.zip", "bob/ex01.zip", content=work())
    found = collect([tmp_path / "ada" / "ex01.zip", tmp_path / "bob" / "ex01.zip"])
    assert [(one.team, one.id, one.folder) for one in found.submissions] == [
        ("ada/ex01", "ada/ex01", "ada_ex01"),
        ("bob/ex01", "bob/ex01", "bob_ex01"),
    ]
    assert "2 paths with 2 hand-ins" in found.choice


def test_labels_that_differ_in_case_only_get_different_folders(tmp_path):
    files = {
        f"{n}-2025-11-06-1534-ID-3f0c2f6e-9d1b-4c58-8a51-0d8f1f6f2b1{i}.zip": work()
        for i, n in enumerate(("Ada", "ada"))
    }
    folders = [one.folder for one in collect([zipped(tmp_path / "o.zip", dict(files))]).submissions]
    assert len({folder.casefold() for folder in folders}) == 2
    assert all(folder.lower().startswith("ada-") and len(folder) == 12 for folder in folders)


def test_a_folder_name_does_not_depend_on_who_else_comes_first(tmp_path):
    names = [f"Ada-2025-11-06-1534-ID-3f0c2f6e-9d1b-4c58-8a51-0d8f1f6f2b1{i}.zip" for i in range(3)]
    there = zipped(tmp_path / "o.zip", dict.fromkeys(names, work()))
    back = zipped(tmp_path / "p.zip", dict.fromkeys(reversed(names), work()))
    folders = [{one.id: one.folder for one in collect([path]).submissions} for path in (there, back)]
    assert folders[0] == folders[1]
    assert len(set(folders[0].values())) == 3


@settings(max_examples=200, deadline=None)
@given(label=st.text(max_size=90))
def test_a_folder_name_is_always_safe(label):
    name = folder_name(label)
    assert 0 < len(name) <= 60
    assert "/" not in name
    assert name[0] not in ".-"
    assert name.isprintable()
    assert name not in {"index.html", "grades.csv"}
    assert folder_name(name) == name


def test_a_folder_name_keeps_letters_in_one_spelling():
    assert folder_name("Mu\u0308ller, Jörg") == "Müller__Jörg"
    assert folder_name("index.html") == "index.html-team"
    assert folder_name("../../etc") == "_.._etc"


def test_a_path_that_may_not_be_read_is_refused(tmp_path, monkeypatch):
    laid(tmp_path, "team.zip", content=work())

    def refuse(path: Path, size: int = 0) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("grader.intake.sources.head_of", refuse)
    with pytest.raises(UsageFault, match=r"cannot be read: .*Permission denied"):
        collect([tmp_path / "team.zip"])


def test_a_pipe_named_as_an_archive_stops_nobody(tmp_path):
    laid(tmp_path / "all", "team_a/solution.ipynb", "team_b/solution.ipynb")
    os.mkfifo(tmp_path / "all" / "team_c.zip")
    found = collect([tmp_path / "all"]).submissions
    assert "a device, pipe or socket" in unpack(found[2], tmp_path / "c").problem
    with pytest.raises(UsageFault, match="pipe"):
        collect([tmp_path / "all" / "team_c.zip"])


@pytest.mark.parametrize(
    ("names", "parts"),
    [
        (("task1.ipynb", "task2.ipynb"), ("task1.ipynb", "task2.ipynb")),
        (("generative-baselines.ipynb", "task2.ipynb"), ()),
        (("sheet.ipynb", "sheet (1).ipynb"), ()),
        (("first.ipynb", "second.ipynb"), ()),
    ],
)
def test_numbered_notebooks_are_one_work_unless_one_has_the_expected_name(tmp_path, names, parts):
    for place, name in enumerate(names):
        (tmp_path / name).write_text(
            notebook(f"import numpy as np\nvalue_{place} = np.arange({place + 3}).sum()")
        )
    assert choose(tmp_path, names, "generative-baselines.ipynb", []).parts == parts
