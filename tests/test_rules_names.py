"""Names whose breach has a consequence: what is no breach, what warns, what waits for a person; and the PDF."""

from __future__ import annotations

import io
import unicodedata
import zipfile
from pathlib import Path

import pytest
from bad_inputs import notebook, zipped
from test_rules import OTHER, SOURCE, pdf

from grader.intake import rules as rules_module
from grader.intake.collect import collect
from grader.intake.naming import AS_ASKED, NEAR, compare, example, in_words, same_stem
from grader.intake.naming import OTHER as NOT
from grader.intake.rules import check_rules
from grader.intake.text_of import ReaderMissing
from grader.intake.unpack import unpack
from grader.records import Finding, Verdict
from grader.rubric import HandInRules

ASKED = "{surname}-{matriculation}.zip"
PDF = "{surname}-{matriculation}.pdf"


@pytest.mark.parametrize(
    "name",
    [
        "Müller-1234567.zip",
        unicodedata.normalize("NFD", "Müller-1234567.zip"),
        "müller-1234567.ZIP",
        "Mueller-12345678.zip",
        "von der Heide-1234567.zip",
        "Muster-Öztürk-1234567.zip",
        "O'Neil-1234567.zip",
        "O’Neil-1234567.zip",
        "Müller-1234567 (1).zip",
        "Müller-1234567(2).zip",
        "Müller-1234567 - Kopie.zip",
        "Müller-1234567 copy 2.zip",
        "Müller – 1234567.zip",
        "abgabe/Müller-1234567.zip",
        "Ó Briain-1234567.zip",
    ],
)
def test_what_systems_and_platforms_do_to_a_name_is_no_breach(name: str) -> None:
    assert compare(name, ASKED).level == AS_ASKED


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("Müller_1234567.zip", "put together"),
        ("Müller 1234567.zip", "put together"),
        ("Müller1234567.zip", "put together"),
        ("von_der_Heide-1234567.zip", "put together"),
        ("1234567-Müller.zip", "another order"),
        ("1234567_Müller.zip", "another order"),
        ("Müller-1234567.rar", "no .zip"),
        ("Müller-1234567.tar.gz", "no .zip"),
        ("Müller-1234567-sheet2.zip", "more in it"),
        ("Müller-1234567_Klein-7654321.zip", "more in it"),
        ("Sheet2_1234567_Müller.zip", "another order"),
    ],
)
def test_a_near_miss_says_what_differs(name: str, why: str) -> None:
    fit = compare(name, ASKED)
    assert fit.level == NEAR
    assert why in fit.why


@pytest.mark.parametrize(
    "name",
    [
        "1234567.zip",
        "Müller.zip",
        "abgabe.zip",
        "Sheet02.zip",
        "ex2_final.zip",
        "Müller-123.zip",
        "sheet-2024.zip",
        ".zip",
    ],
)
def test_a_name_that_lacks_a_part_is_another_one(name: str) -> None:
    assert compare(name, ASKED).level == NOT


def test_names_are_told_in_words_and_by_an_example() -> None:
    assert in_words(ASKED) == "SURNAME-MATRICULATION.zip"
    assert example(PDF) == "Beispiel-1234567.pdf"
    assert compare(example(ASKED), ASKED).level == AS_ASKED


def test_stems_are_compared_without_writing_habits() -> None:
    assert same_stem("Müller-1234567.zip", "mueller_1234567 (1).pdf")
    assert not same_stem("Müller-1234567.zip", "Müller-7654321.pdf")
    assert not same_stem("Müller-1234567.zip", "Muller-1234567.pdf")


# ---- findings -------------------------------------------------------------------------------------------


def inner(**files: str | bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("task1.py", SOURCE)
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


def judged(path: Path, **more: object) -> dict[str, Finding]:
    asked = {"archive_name": ASKED, "pdf": PDF, "consequence": "not graded", **more}
    (one,) = collect([path]).submissions
    workspace = unpack(one, path.parent / "out" / "files", handed_out=())
    return {finding.item: finding for finding in check_rules(workspace, one, HandInRules(**asked))}  # type: ignore[arg-type]


def named(
    folder: Path, archive: str, page: str = "Beispiel-1234567.pdf", **more: object
) -> dict[str, Finding]:
    files: dict[str, str | bytes] = {"task1.py": SOURCE}
    files |= {page: pdf(SOURCE)} if page else {}
    return judged(zipped(folder / archive, files), **more)


def test_archive_and_pdf_of_one_name_pass(tmp_path: Path) -> None:
    found = named(tmp_path, "Beispiel-1234567 (1).zip")
    assert {item: finding.verdict for item, finding in found.items()} == dict.fromkeys(
        ["rules.archive_name", "rules.pdf", "rules.pdf_content"], Verdict.PASSED
    )


def test_a_breach_names_the_consequence_and_waits_for_a_person(tmp_path: Path) -> None:
    found = named(tmp_path, "abgabe.zip", "sheet2.pdf")
    for item, name in (("rules.archive_name", "abgabe.zip"), ("rules.pdf", "sheet2.pdf")):
        finding = found[item]
        assert finding.verdict is Verdict.REVIEW
        assert f"'{name}'; expected 'SURNAME-MATRICULATION." in finding.message
        assert "The course's consequence: not graded. A person decides" in finding.message
        assert "judged as a whole" in finding.message
        assert finding.evidence[0].passed is False
    assert found["rules.pdf_content"].verdict is Verdict.PASSED


def test_without_a_consequence_a_breach_is_told_and_nobody_is_asked(tmp_path: Path) -> None:
    finding = named(tmp_path, "abgabe.zip", consequence="")["rules.archive_name"]
    assert finding.verdict is Verdict.FAILED
    assert "judged all the same" in finding.message


def test_a_near_miss_only_warns(tmp_path: Path) -> None:
    found = named(tmp_path, "Beispiel_1234567.zip", "1234567-Beispiel.pdf")
    assert found["rules.archive_name"].verdict is found["rules.pdf"].verdict is Verdict.PARTIAL
    assert "another order" in found["rules.pdf"].message
    assert found["rules.pdf"].next_step == "Name the PDF like 'Beispiel-1234567.pdf' next time."


def test_another_persons_name_on_the_pdf_is_told(tmp_path: Path) -> None:
    finding = named(tmp_path, "Beispiel-1234567.zip", "Klein-7654321.pdf")["rules.pdf"]
    assert finding.verdict is Verdict.PARTIAL
    assert "expected the same name" in finding.message


def test_umlauts_written_in_two_ways_are_the_same_name(tmp_path: Path) -> None:
    assert named(tmp_path, "Müller-1234567.zip", "Mueller-1234567.pdf")["rules.pdf"].verdict is Verdict.PASSED


def test_a_missing_pdf_is_a_breach(tmp_path: Path) -> None:
    found = named(tmp_path, "Beispiel-1234567.zip", "")
    assert found["rules.pdf"].verdict is Verdict.REVIEW
    assert "There is no PDF" in found["rules.pdf"].message
    assert found["rules.pdf_content"].verdict is Verdict.MISSING


def test_the_innermost_name_counts(tmp_path: Path) -> None:
    nested = zipped(tmp_path / "upload.zip", {"Beispiel-1234567.zip": inner()})
    assert judged(nested)["rules.archive_name"].verdict is Verdict.PASSED


def test_an_unpacked_archive_is_known_by_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "Beispiel-1234567"
    folder.mkdir()
    (folder / "task1.py").write_text(SOURCE)
    assert "came unpacked" in judged(folder)["rules.archive_name"].message
    other = tmp_path / "other" / "team a"
    other.parent.mkdir()
    folder.rename(other)
    finding = judged(other)["rules.archive_name"]
    assert finding.verdict is Verdict.PASSED
    assert "Not checkable" in finding.message


# ---- what the PDF shows ---------------------------------------------------------------------------------


def shown(folder: Path, content: bytes, source: str = SOURCE) -> Finding:
    files: dict[str, str | bytes] = {"task1.py": source, "Beispiel-1234567.pdf": content}
    return judged(zipped(folder / "Beispiel-1234567.zip", files))["rules.pdf_content"]


def test_a_pdf_of_other_work_waits_for_a_person(tmp_path: Path) -> None:
    finding = shown(tmp_path, pdf(OTHER))
    assert finding.verdict is Verdict.REVIEW
    assert "does not seem to belong to this work" in finding.message
    assert [one.passed for one in finding.evidence] == [False, False]


def test_a_pdf_without_the_code_that_speaks_of_it_is_told_apart(tmp_path: Path) -> None:
    words = "\n".join(f"The variable measured_value_{n} is explained here." for n in range(30))
    finding = shown(tmp_path, pdf(words))
    assert finding.verdict is Verdict.REVIEW
    assert "speaks of this work (100% of its names)" in finding.message


def test_an_older_pdf_warns(tmp_path: Path) -> None:
    finding = shown(tmp_path, pdf("\n".join(SOURCE.splitlines()[:12])))
    assert finding.verdict is Verdict.PARTIAL
    assert "40%" in finding.message


def test_a_scan_is_looked_at_by_a_person_and_is_no_breach(tmp_path: Path) -> None:
    finding = shown(tmp_path, pdf(""))
    assert finding.verdict is Verdict.REVIEW
    assert "a scan?" in finding.message
    assert "consequence" not in finding.message


def test_the_code_of_all_files_has_to_be_shown(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "task1.py": SOURCE,
        "task2.py": OTHER,
        "Beispiel-1234567.pdf": pdf(SOURCE),
    }
    half = judged(zipped(tmp_path / "Beispiel-1234567.zip", files))["rules.pdf_content"]
    assert half.verdict is Verdict.PARTIAL
    assert half.evidence[0].value == 0.5


def test_the_best_of_several_pdfs_counts(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "task1.py": SOURCE,
        "sheet.pdf": pdf(OTHER),
        "Beispiel-1234567.pdf": pdf(SOURCE),
    }
    found = judged(zipped(tmp_path / "Beispiel-1234567.zip", files))
    assert found["rules.pdf"].judged_on == found["rules.pdf_content"].judged_on == "Beispiel-1234567.pdf"


def test_a_missing_reader_is_nobodys_breach(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> str:
        raise ReaderMissing

    monkeypatch.setattr(rules_module, "text_of", refuse)
    finding = shown(tmp_path, pdf(SOURCE))
    assert finding.verdict is Verdict.PASSED
    assert "Not checkable here" in finding.message


# ---- Moodle ---------------------------------------------------------------------------------------------

PEOPLE = [
    ("Ada Müller", "Müller-1234567.zip", Verdict.PASSED),
    ("Bob O'Neil", "O'Neil-7654321.zip", Verdict.PASSED),
    ("Cem Oz", "Oz_1234567.zip", Verdict.PARTIAL),
    ("Dora Klein", "1234567-Klein.zip", Verdict.PARTIAL),
    ("Eva von der Heide", "von der Heide-1234567.zip", Verdict.PASSED),
    ("Finn Gross", "abgabe.zip", Verdict.REVIEW),
    (
        unicodedata.normalize("NFD", "Jörg Öztürk"),
        unicodedata.normalize("NFD", "Öztürk-12345678.zip"),
        Verdict.PASSED,
    ),
    ("Max Lee-Kim", "Lee-Kim-1234567 (1).zip", Verdict.PASSED),
    ("Participant", "Ivo-7654321.ZIP", Verdict.PASSED),
    ("Zoe 2nd", "task1.ipynb", Verdict.REVIEW),
]


@pytest.mark.parametrize(
    "layout", ["_assignsubmission_file/", "_assignsubmission_file_/", "_assignsubmission_file_"]
)
def test_ten_hand_ins_of_one_moodle_download_are_told_apart_in_either_layout(
    tmp_path: Path, layout: str
) -> None:
    files: dict[str, str | bytes] = {}
    for number, (person, name, _) in enumerate(PEOPLE):
        content = notebook(SOURCE) if name.endswith(".ipynb") else inner()
        files[f"{person}_{1000 + number}{layout}{name}"] = content
        files[f"{person}_{1000 + number}_assignsubmission_onlinetext/onlinetext.html"] = "<p>hello</p>"
    found = collect([zipped(tmp_path / "GenAI-Exercise 2-Group A-4711.zip", files)]).submissions
    assert len(found) == 10
    assert {one.platform for one in found} == {"moodle"}
    told = {}
    for one in found:
        workspace = unpack(one, tmp_path / "out" / one.folder, handed_out=())
        assert workspace.main.startswith("task1.")
        told[one.id] = check_rules(workspace, one, HandInRules(archive_name=ASKED, consequence="not graded"))[
            0
        ]
    assert [told[str(1000 + n)].verdict for n in range(10)] == [verdict for _, _, verdict in PEOPLE]
    assert "without an archive" in told["1009"].message
