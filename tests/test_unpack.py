"""Hand-ins become plain files: whatever is wrong is said in words, and nothing leaves the folder."""

from __future__ import annotations

import json
import os
import re
import resource
import stat
import time
import zipfile
from pathlib import Path

import nbformat
import pytest
from bad_inputs import BUILDERS, NOTEBOOK, WORK, Raw, mac_zip, notebook, raw_zip, zipped
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.errors import GraderFault, Unreadable
from grader.intake.choose import choose, likeness
from grader.intake.names import is_clutter, safe_relative
from grader.intake.notebook import code_of, read_notebook
from grader.intake.unpack import Limits, unpack
from grader.records import Submission, Workspace

SMALL = Limits(entries=300)
"""Enough for every honest hand-in of these tests."""

SAID = {
    "traversal_zip": r"'../../escaped.py' was left out: its name climbs out",
    "traversal_tar": r"'../escaped.py' was left out: its name climbs out",
    "absolute_names_zip": r"became 'tmp/escaped.py': the root '/' was dropped",
    "drive_letters_zip": r"became 'work/data.csv': the root 'C:/' was dropped",
    "symlink_zip": r"'passwd' is a link to another place",
    "symlink_then_write_zip": r"'out' is a link to another place",
    "links_and_devices_tar": r"'pipe' is a device, pipe or socket",
    "links_in_folder": r"'outside.txt' is a link to another place",
    "duplicate_names_zip": r"stands in the archive more than once; the last one was taken",
    "case_duplicates_zip": r"differ in upper and lower case only",
    "file_and_folder_of_one_name_zip": r"'data' is a file and a folder",
    "control_characters_zip": r"became 'a__\[31mred_.csv': characters that no file name should have",
    "nul_in_name_zip": r"became 'safe.csv_.py'",
    "broken_utf8_names_zip": r"2 of its files could be saved",
    "long_names_zip": r"its very long name was shortened",
    "deep_folders_zip": r"301 folders deep, at most 24",
    "truncated_zip": r"damaged or cut off; 2 of its files could be saved",
    "truncated_streamed_zip": r"2 of its files could be saved",
    "truncated_tar": r"damaged or cut off; 1 of its files could be saved",
    "crc_error_zip": r"'data.csv' was left out: its content does not fit its checksum",
    "bomb_zip": r"'data.csv' was left out: unpacked it has 3.2 GB, at most 256 MB",
    "lying_bomb_zip": r"'a.csv' was left out: its content does not fit its checksum",
    "many_middling_bombs_zip": r"124,884 bytes that unpack to 126 MB are a zip bomb",
    "overlapping_entries_zip": r"shares its bytes with another entry, as only a zip bomb does",
    "nested_bomb_zip": r"is an archive in an archive in an archive",
    "thousands_of_entries_zip": r"stopped early: it holds more than 300 files",
    "endless_table_zip": r"stopped early: it holds more than 300 files",
    "two_notebooks": r"There are 2 notebooks; 'solution.ipynb' was taken because its name is nearest",
    "notebook_named_zip": r"'ex01.zip' is no archive but seems to be a notebook",
    "mac_zip": r"6 hidden, cache or system files were left out",
    "zip_in_zip": r"The archive 'ex01.zip' was unpacked",
    "backslashes_zip": r"Everything lies in the folder 'ex01/'",
}
"""Bad inputs whose work can be judged all the same -> what the reader is told."""

PROBLEMS = {
    "encrypted_zip": r"'solution.ipynb' is protected with a password",
    "only_the_start_zip": r"The archive 'ex01.zip' cannot be unpacked: its table of contents is missing",
    "damaged_notebook_zip": r"does not fit its checksum",
    "unsupported_compression_zip": r"is packed with Deflate64, which cannot be read here",
    "rar_file": r"'ex01.rar' cannot be unpacked: it is a RAR archive",
    "rar_named_zip": r"'ex01.zip' cannot be unpacked: it is a RAR archive.*Hand in a .zip",
    "seven_zip_file": r"'ex01.7z' cannot be unpacked: it is a 7-Zip archive",
    "empty_zip": r"The archive 'ex01.zip' holds no files",
    "folders_only_zip": r"The archive 'ex01.zip' holds no files",
    "zero_bytes_zip": r"'ex01.zip' is empty \(0 bytes\)",
    "junk_zip": r"it is data of an unknown kind",
    "html_named_zip": r"it is a web page \(perhaps a log-in",
    "pdf_named_zip": r"it is a PDF file",
    "text_named_zip": r"it is a text file",
    "bomb_tar": r"more data would come out of it than is read here.*3.2 GB",
    "notebook_not_json": r"'solution.ipynb': the file is not a notebook: it is no JSON from line 1, column 1",
    "notebook_cut_off": r"'solution.ipynb': the notebook breaks off: .* line \d+, column \d+",
    "notebook_with_merge_marks": r"marks of an unfinished merge.*line 6, column 1",
    "notebook_of_zero_bytes": r"the notebook is empty \(0 bytes\)",
    "notebook_without_cells": r"the notebook is empty: it has no cells",
    "notebook_without_code": r"'solution.ipynb' has no code",
    "notebook_nested_beyond_reason": r"nested or sized beyond reason",
    "no_notebook": r"No notebook or script that can be run was found. Found: 1 picture, 1 PDF file",
}
"""Bad inputs with nothing to judge -> why."""


def opened(path: Path, **settings: object) -> Workspace:
    one = Submission(platform="plain", team="team", id="team", path=path, folder="team")
    return unpack(one, path.parent / "out" / "files", settings.pop("limits", SMALL), **settings)  # type: ignore[arg-type]


def build(name: str, folder: Path) -> Path:
    (folder / "in").mkdir()
    return BUILDERS[name](folder / "in")


def told(workspace: Workspace) -> str:
    return " | ".join(remark.what for remark in workspace.remarks)


@pytest.mark.parametrize("name", sorted(BUILDERS))
def test_a_bad_hand_in_becomes_a_safe_workspace_in_bounded_time(tmp_path, name):
    path = build(name, tmp_path)
    before, start = sorted(p for p in tmp_path.rglob("*") if "out" not in p.parts), time.process_time()
    workspace = opened(path, expected_notebook=NOTEBOOK)
    assert time.process_time() - start < 5
    assert sorted(p for p in tmp_path.rglob("*") if "out" not in p.parts) == before
    assert [p.name for p in (path.parent / "out").iterdir()] == ["files"]
    found = sorted(
        p.relative_to(workspace.folder).as_posix() for p in workspace.folder.rglob("*") if not p.is_dir()
    )
    assert found == list(workspace.files)
    for place in workspace.folder.rglob("*"):
        mode = place.lstat().st_mode
        assert stat.S_IMODE(mode) == (0o755 if stat.S_ISDIR(mode) else 0o644)
        assert stat.S_ISDIR(mode) or stat.S_ISREG(mode)
    assert bool(workspace.problem) == (workspace.main == "")
    assert bool(workspace.problem) == (name in PROBLEMS)


@pytest.mark.parametrize("name", sorted(SAID))
def test_what_was_wrong_is_said(tmp_path, name):
    workspace = opened(build(name, tmp_path), expected_notebook=NOTEBOOK)
    assert re.search(SAID[name], told(workspace))
    assert workspace.main.endswith(".ipynb")


@pytest.mark.parametrize("name", sorted(PROBLEMS))
def test_why_nothing_can_be_judged_is_said(tmp_path, name):
    workspace = opened(build(name, tmp_path))
    assert re.search(PROBLEMS[name], workspace.problem)
    assert workspace.main == ""


def test_three_gigabytes_of_zeros_cost_little_memory(tmp_path):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for name in ("bomb_zip", "lying_bomb_zip", "bomb_tar", "overlapping_entries_zip"):
        (tmp_path / name).mkdir()
        opened(build(name, tmp_path / name))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000


def test_all_entries_together_stay_below_the_total(tmp_path):
    files: dict[str, str | bytes] = {f"part{n}.bin": os.urandom(10_000) for n in range(10)}
    path = zipped(tmp_path / "a.zip", files | {NOTEBOOK: notebook()})
    workspace = opened(path, limits=Limits(total_bytes=50_000))
    assert sum((workspace.folder / name).stat().st_size for name in workspace.files) <= 50_000
    assert "may unpack to 50,000 bytes at most" in told(workspace)
    assert workspace.main == NOTEBOOK


def test_unpacking_ends_when_its_time_is_over(tmp_path):
    path = zipped(tmp_path / "a.zip", {NOTEBOOK: notebook(), "a.csv": "1"})
    workspace = opened(path, limits=Limits(seconds=0))
    assert "it took longer than 0 s" in workspace.problem


def test_long_rows_of_remarks_end_in_a_count(tmp_path):
    path = raw_zip(tmp_path / "a.zip", [Raw(b"../%d" % n, b"x") for n in range(50)])
    assert "The same holds for 45 more." in told(opened(path)) + opened_problem(path)


def opened_problem(path: Path) -> str:
    one = Submission(platform="plain", team="team", id="team", path=path, folder="team")
    return unpack(one, path.parent / "again" / "files").problem


@pytest.mark.parametrize("name", ["cp437_names_zip", "latin1_names_zip", "unflagged_utf8_names_zip"])
def test_umlauts_of_every_origin_come_out_right(tmp_path, name):
    assert opened(build(name, tmp_path)).files == ("Übung_für_Müller.ipynb",)


def test_the_unicode_extra_field_wins_over_the_old_name(tmp_path):
    info = zipfile.ZipInfo("old.ipynb")
    info.extra = b"\x75\x70\x0e\x00\x01\0\0\0\0" + "Ü.ipynb".encode() + b"x"
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(info, notebook())
    assert opened(tmp_path / "a.zip").files == ("Ü.ipynbx",)


def test_the_hash_knows_names_and_contents_only(tmp_path):
    files: dict[str, str | bytes] = {NOTEBOOK: notebook(), "own.py": "x = 1\n"}
    there = opened(zipped(tmp_path / "a.zip", files))
    (tmp_path / "b").mkdir()
    back = opened(zipped(tmp_path / "b" / "c.zip", dict(reversed(files.items()))))
    folder = tmp_path / "d" / "team" / "ex01"
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_text(str(content))
        os.utime(folder / name, (1, 1))
    assert there.sha256 == back.sha256 == opened(folder.parent).sha256
    (folder / "own.py").write_text("x = 2\n")
    (tmp_path / "e").mkdir()
    assert opened(folder.parent.rename(tmp_path / "e" / "team")).sha256 != there.sha256


def test_the_last_of_two_equal_names_is_kept(tmp_path):
    workspace = opened(build("duplicate_names_zip", tmp_path))
    assert (workspace.folder / NOTEBOOK).read_text() == notebook()


def test_caches_and_forks_are_out_of_view(tmp_path):
    assert opened(mac_zip(tmp_path)).files == (NOTEBOOK,)


def test_a_nested_archive_beside_files_gets_a_folder_of_its_own(tmp_path):
    inner = zipped(tmp_path / "ex01.zip", {NOTEBOOK: notebook()}).read_bytes()
    workspace = opened(
        zipped(tmp_path / "a.zip", {"ex01.zip": inner, "ex01/notes.txt": "x", "r.pdf": "%PDF"})
    )
    assert workspace.files == ("ex01 (2)/solution.ipynb", "ex01/notes.txt", "r.pdf")


def test_a_broken_nested_archive_does_not_hide_the_work(tmp_path):
    workspace = opened(zipped(tmp_path / "a.zip", {"data.zip": b"PK\x03\x04junk", NOTEBOOK: notebook()}))
    assert workspace.main == NOTEBOOK
    assert "The archive 'data.zip' cannot be unpacked" in told(workspace)


def test_arrays_and_office_files_are_no_archives(tmp_path):
    inner = zipped(tmp_path / "x.npz", {"a.npy": b"x"}).read_bytes()
    workspace = opened(zipped(tmp_path / "a.zip", {"x.npz": inner, "y.docx": inner, NOTEBOOK: notebook()}))
    assert workspace.files == (NOTEBOOK, "x.npz", "y.docx")


def test_a_script_is_judged_where_there_is_no_notebook(tmp_path):
    workspace = opened(
        zipped(tmp_path / "a.zip", {"ex_2a.py": "x = 1\n", "ex_2b.py": WORK, "p/__init__.py": WORK * 9})
    )
    assert workspace.main == "ex_2b.py"
    assert workspace.scripts == ("ex_2a.py", "ex_2b.py", "p/__init__.py")
    assert "There are 2 scripts" in told(workspace)


def test_a_single_notebook_is_a_workspace(tmp_path):
    (tmp_path / "ada.ipynb").write_text(notebook())
    workspace = opened(tmp_path / "ada.ipynb")
    assert (workspace.files, workspace.main, workspace.remarks) == (("ada.ipynb",), "ada.ipynb", ())


def test_the_entry_of_an_outer_archive_may_be_gone(tmp_path):
    outer = zipped(tmp_path / "o.zip", {"a.zip": b"x"})
    gone = Submission("plain", "b", "b", outer, entry="b.zip", folder="b")
    assert "'b.zip' is not in the outer archive any more" in unpack(gone, tmp_path / "b").problem
    outer.unlink()
    assert "cannot be read (No such file" in unpack(gone, tmp_path / "c").problem


def test_a_hand_in_too_large_for_its_own_archive_is_said(tmp_path):
    outer = zipped(tmp_path / "o.zip", {"a.zip": os.urandom(5000)})
    one = Submission("plain", "a", "a", outer, entry="a.zip", folder="a")
    assert "at most 1,000 bytes" in unpack(one, tmp_path / "a", Limits(file_bytes=1000)).problem


def test_a_folder_that_is_not_empty_is_our_fault(tmp_path):
    (tmp_path / "a.ipynb").write_text(notebook())
    with pytest.raises(GraderFault, match="not empty"):
        unpack(Submission("plain", "a", "a", tmp_path / "a.ipynb"), tmp_path)


def chosen(folder: Path, expected: str, **sizes: int) -> str:
    names = [f"{name.replace('_', '-')}.ipynb" for name in sizes]
    for name, size in zip(names, sizes.values(), strict=True):
        (folder / name).write_text(notebook("x = 1\n" * size) if size else json.dumps({"cells": []}))
    return choose(folder, names, expected, ()).main


def test_the_named_notebook_is_taken_before_the_similar_and_the_similar_before_the_large(tmp_path):
    assert (
        chosen(tmp_path, "two-moons.ipynb", two_moons=1, two_moons_final=50, scratch=99) == "two-moons.ipynb"
    )
    assert chosen(tmp_path, "two-moons.ipynb", two_moons_final=1, scratch=99) == "two-moons-final.ipynb"
    assert chosen(tmp_path, "two-moons.ipynb", ex01=1, scratch=99) == "scratch.ipynb"
    assert chosen(tmp_path, "two-moons.ipynb", two_moons=0, scratch=9) == "scratch.ipynb"


@pytest.mark.parametrize(
    "name", ["two_moons.ipynb", "Two-Moons (1).ipynb", "x/two-moons-Copy1.ipynb", "TWO MOONS.ipynb"]
)
def test_copies_and_other_spellings_are_alike(name):
    assert likeness(name, "two-moons.ipynb") > 0.9
    assert likeness("caesar.ipynb", "two-moons.ipynb") < 0.6


def test_old_notebooks_and_notebooks_with_holes_are_repaired(tmp_path):
    for name in ("notebook_of_format_3", "notebook_with_holes"):
        (tmp_path / name).mkdir()
        workspace = opened(build(name, tmp_path / name))
        read = read_notebook(workspace.folder / workspace.main)
        nbformat.validate(read)
        assert WORK.strip() in code_of(read)
        assert len({cell.id for cell in read.cells}) == len(read.cells)


def test_a_good_notebook_is_read_unchanged(tmp_path):
    output = {"output_type": "stream", "name": "stdout", "text": "1\n"}
    (tmp_path / "a.ipynb").write_text(notebook("x = 1", "print(x)", outputs=[output]))
    read = read_notebook(tmp_path / "a.ipynb")
    assert [cell.source for cell in read.cells] == ["x = 1", "print(x)"]
    assert read.cells[1].outputs == [output]
    assert read.metadata.kernelspec.name == "python3"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_notebooks_in_other_encodings_are_read(tmp_path, encoding):
    (tmp_path / "a.ipynb").write_bytes(notebook("größe = 1").replace("\\u00f6", "ö").encode(encoding))
    assert "größe" in code_of(read_notebook(tmp_path / "a.ipynb"))


@pytest.mark.parametrize(
    "text", ["[]", "3", "null", '{"a": 1}', '{"cells": 3}', '{"cells": [3]}', '{"cells": {}}']
)
def test_json_that_is_no_notebook_is_told(tmp_path, text):
    (tmp_path / "a.ipynb").write_text(text)
    with pytest.raises(Unreadable, match="no cells"):
        read_notebook(tmp_path / "a.ipynb")


def test_a_notebook_of_text_is_refused_only_where_code_is_needed(tmp_path):
    (tmp_path / "a.ipynb").write_text(json.dumps({"cells": [{"cell_type": "markdown", "source": "hello"}]}))
    assert read_notebook(tmp_path / "a.ipynb", need_code=False).cells[0].source == "hello"
    with pytest.raises(Unreadable, match="no code"):
        read_notebook(tmp_path / "a.ipynb")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(
        ["cells", "cell_type", "source", "outputs", "output_type", "metadata", "data", "kernelspec", "code", "text"]
    ), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(
    cells=st.lists(
        json_values | st.fixed_dictionaries({"cell_type": st.just("code"), "outputs": json_values})
    ),
    rest=json_values,
)
def test_any_json_is_a_valid_notebook_or_unreadable(tmp_path_factory, cells, rest):
    path = tmp_path_factory.mktemp("any") / "a.ipynb"
    path.write_text(json.dumps({"cells": cells, "metadata": rest, "nbformat": rest}))
    try:
        nbformat.validate(read_notebook(path, need_code=False))
    except Unreadable as fault:
        assert "no cells" in fault.what


@settings(max_examples=150, deadline=None)
@given(name=st.text(max_size=60) | st.text("./\\:aC\0", max_size=30))
def test_a_safe_name_never_leaves_its_folder(name):
    safe, reason = safe_relative(name)
    assert safe or reason
    parts = safe.split("/") if safe else []
    assert not set(parts) & {"", ".", ".."}
    assert all(len(part.encode()) <= 255 and "\0" not in part and "\\" not in part for part in parts)
    assert safe_relative(safe)[0] == safe


def test_a_leading_dot_and_slash_is_nothing_to_tell():
    assert safe_relative("./a/./b.py") == ("a/b.py", "")
    assert safe_relative("C:/a.py") == ("a.py", "the root 'C:/' was dropped")


@pytest.mark.parametrize(
    "name",
    [
        ".DS_Store",
        "__MACOSX/a",
        "a/.ipynb_checkpoints/b.ipynb",
        "~$a.docx",
        "x/__pycache__/y.pyc",
        "venv/b",
        "Thumbs.db",
    ],
)
def test_clutter_is_known(name):
    assert is_clutter(name)
    assert is_clutter(name.replace("/", "\\"))


@pytest.mark.parametrize(
    "name", ["a.ipynb", "ex01/data/a.csv", "venv.py", "a.b/c", "../a.py", "env/models.py"]
)
def test_work_is_no_clutter(name):
    assert not is_clutter(name)


@settings(max_examples=60, deadline=None)
@given(
    data=st.binary(max_size=300),
    start=st.sampled_from([b"", b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b\x08\0", b"BZh9"]),
)
def test_any_bytes_yield_a_workspace(tmp_path_factory, data, start):
    folder = tmp_path_factory.mktemp("bytes")
    (folder / "a.zip").write_bytes(start + data)
    workspace = opened(folder / "a.zip")
    assert workspace.problem


@settings(max_examples=60, deadline=None)
@given(at=st.integers(0, 2000), value=st.integers(0, 255))
def test_one_wrong_byte_never_stops_unpacking(tmp_path_factory, at, value):
    folder = tmp_path_factory.mktemp("flipped")
    path = zipped(folder / "a.zip", {NOTEBOOK: notebook(), "own.py": "x = 1\n"})
    raw = bytearray(path.read_bytes())
    raw[at % len(raw)] = value
    path.write_bytes(bytes(raw))
    workspace = opened(path)
    assert workspace.problem or workspace.main in workspace.files
