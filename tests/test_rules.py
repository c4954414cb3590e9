"""Rules of form: near misses warn, breaches say what was expected, and an export must be of this notebook."""

from __future__ import annotations

import html
import sys
import textwrap
from pathlib import Path

import pytest
from bad_inputs import mac_zip, notebook, zip_in_zip, zipped

from grader.intake import rules as rules_module
from grader.intake import text_of as text_module
from grader.intake.collect import collect
from grader.intake.rules import check_rules, squeeze
from grader.intake.text_of import ReaderMissing, text_of
from grader.intake.unpack import unpack
from grader.records import Finding, Submission, Verdict
from grader.rubric import HandInRules

SOURCE = "\n".join(f"measured_value_{n} = compute_something({n}, scale={n}.5)" for n in range(30))
OTHER = "\n".join(f"unrelated_line_{n}(argument, of, another, week)" for n in range(30))


def page(source: str, prose: str = "Findings") -> str:
    """An HTML export: code broken into spans, as a highlighter does it."""
    spans = "".join(
        f"<span class='n'>{html.escape(part)}</span>" for part in source.replace(" ", "| |").split("|")
    )
    style = "<style>.n { color: red }</style><script>var compute = 'no text';</script>"
    return f"<!DOCTYPE html><html>{style}<p>{prose}</p><pre>{spans}</pre></html>"


def pdf(source: str, width: int = 60) -> bytes:
    """A small PDF that shows ``source`` in lines of at most ``width`` characters, as typesetting breaks them."""
    lines = [part for line in source.splitlines() for part in textwrap.wrap(line, width) or [""]]
    shown = "".join(f"({_escaped(line)}) Tj T*\n" for line in lines)
    stream = f"BT /F1 8 Tf 10 TL 40 780 Td\n{shown}ET".encode("latin-1")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Courier >> >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
    ]
    body, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(body)
    body += b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
    return body + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, start)


def _escaped(line: str) -> str:
    return line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def judged(path: Path, platform: str = "plain", **asked: str) -> dict[str, Finding]:
    (one,) = collect([path]).submissions
    workspace = unpack(one, path.parent / "out" / "files", expected_notebook=asked.get("notebook", ""))
    return {finding.item: finding for finding in check_rules(workspace, one, HandInRules(**asked))}


def archive(folder: Path, name: str, asked: str) -> Finding:
    return judged(zipped(folder / name, {"a.ipynb": notebook()}), archive=asked)["rules.archive"]


@pytest.mark.parametrize("name", ["ex01.zip", "ex01 (1).zip", "ex01(2).zip"])
def test_the_asked_archive_passes_even_as_a_second_download(tmp_path, name):
    assert archive(tmp_path, name, "ex01.zip").verdict is Verdict.PASSED


@pytest.mark.parametrize("name", ["ex1.zip", "Ex01.ZIP", "ex_01.zip", "EX-1.zip", "ex01_Mueller.zip"])
def test_a_near_miss_warns_and_says_what_was_expected(tmp_path, name):
    finding = archive(tmp_path, name, "ex01.zip")
    assert finding.verdict is Verdict.PARTIAL
    assert f"'{name}'; expected 'ex01.zip'" in finding.message
    assert finding.next_step == "Name the archive 'ex01.zip' next time."


@pytest.mark.parametrize("name", ["ex02.zip", "solution.zip", "ex11.zip"])
def test_another_name_is_a_breach_that_costs_nothing_but_is_told(tmp_path, name):
    finding = archive(tmp_path, name, "ex01.zip")
    assert finding.verdict is Verdict.FAILED
    assert "judged all the same" in finding.message


@pytest.mark.parametrize(
    "name",
    ["Müller-1234567.zip", "Mu\u0308ller-1234567.zip", "von der Au-12345678.zip", "Lee-Kim-1234567 (1).zip"],
)
def test_names_that_every_team_fills_in_fit_the_pattern(tmp_path, name):
    assert archive(tmp_path, name, "{surname}-{number}.zip").verdict is Verdict.PASSED


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("Müller_1234567.zip", Verdict.PARTIAL),
        ("1234567.zip", Verdict.FAILED),
        ("Müller.zip", Verdict.FAILED),
    ],
)
def test_names_that_do_not_fit_the_pattern_are_told(tmp_path, name, verdict):
    finding = archive(tmp_path, name, "{surname}-{number}.zip")
    assert finding.verdict is verdict
    assert "expected 'SURNAME-NUMBER.zip'" in finding.message


def test_the_innermost_name_counts(tmp_path):
    assert judged(zip_in_zip(tmp_path), archive="ex01.zip")["rules.archive"].judged_on == "ex01.zip"


def test_a_wrapper_folder_is_mentioned_and_fine(tmp_path):
    finding = judged(mac_zip(tmp_path), archive="ex01.zip")["rules.archive"]
    assert finding.verdict is Verdict.PASSED
    assert "folder 'ex01/', which is fine" in finding.message


def test_a_name_that_the_platform_lost_is_not_checkable(tmp_path):
    name = "Ada-2025-11-06-1534-ID-3f0c2f6e-9d1b-4c58-8a51-0d8f1f6f2b11.zip"
    finding = archive(tmp_path, name, "ex01.zip")
    assert finding.verdict is Verdict.PASSED
    assert "Not checkable: the platform replaced" in finding.message


def test_a_folder_has_no_archive_name(tmp_path):
    (tmp_path / "team").mkdir()
    (tmp_path / "team" / "a.ipynb").write_text(notebook())
    assert "without an archive" in judged(tmp_path / "team", archive="ex01.zip")["rules.archive"].message


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("two-moons.ipynb", Verdict.PASSED),
        ("two-moons (1).ipynb", Verdict.PASSED),
        ("Two_Moons.ipynb", Verdict.PARTIAL),
        ("two-moons-final.ipynb", Verdict.PARTIAL),
        ("Untitled.ipynb", Verdict.FAILED),
    ],
)
def test_the_notebook_s_name_is_compared(tmp_path, name, verdict):
    path = zipped(tmp_path / "ex01.zip", {name: notebook()})
    finding = judged(path, notebook="two-moons.ipynb")["rules.notebook_name"]
    assert finding.verdict is verdict
    assert finding.judged_on == name


def export(folder: Path, **files: str | bytes) -> Finding:
    named = {name.replace("_", "."): content for name, content in files.items()}
    path = zipped(folder / "ex01.zip", {"a.ipynb": notebook(SOURCE), **named})
    return judged(path, export="a.pdf" if "a_pdf" in files else "a.html")["rules.export"]


def test_an_export_of_this_notebook_passes(tmp_path):
    finding = export(tmp_path, a_html=page(SOURCE))
    assert finding.verdict is Verdict.PASSED
    assert finding.evidence[0].value == 1.0


def test_a_pdf_with_broken_lines_passes(tmp_path):
    finding = export(tmp_path, a_pdf=pdf(SOURCE, width=25))
    assert finding.verdict is Verdict.PASSED
    assert finding.evidence[0].value > 0.95


@pytest.mark.parametrize(("name", "content"), [("a_html", page(OTHER)), ("a_pdf", pdf(OTHER))])
def test_an_export_of_something_else_is_told(tmp_path, name, content):
    finding = export(tmp_path, **{name: content})
    assert finding.verdict is Verdict.FAILED
    assert "no export of this notebook: it shows 0%" in finding.message


def test_an_older_export_is_suspected(tmp_path):
    finding = export(tmp_path, a_html=page("\n".join(SOURCE.splitlines()[:12])))
    assert finding.verdict is Verdict.PARTIAL
    assert "40%" in finding.message
    assert "older state" in finding.message


def test_code_in_scripts_of_the_page_is_no_text(tmp_path):
    finding = export(tmp_path, a_html=f"<html><script>{SOURCE}</script><p>{'Only prose. ' * 20}</p></html>")
    assert finding.verdict is Verdict.FAILED


def test_a_missing_export_is_missing(tmp_path):
    path = zipped(tmp_path / "ex01.zip", {"a.ipynb": notebook(SOURCE)})
    finding = judged(path, export="a.pdf")["rules.export"]
    assert finding.verdict is Verdict.MISSING
    assert "expected 'a.pdf'" in finding.message


def test_the_wrong_kind_of_export_warns(tmp_path):
    path = zipped(tmp_path / "ex01.zip", {"a.ipynb": notebook(SOURCE), "a.html": page(SOURCE)})
    finding = judged(path, export="a.pdf")["rules.export"]
    assert finding.verdict is Verdict.PARTIAL
    assert "The sheet asks for PDF" in finding.message


def test_the_wrong_name_of_an_export_warns(tmp_path):
    path = zipped(tmp_path / "ex01.zip", {"a.ipynb": notebook(SOURCE), "scan.html": page(SOURCE)})
    assert "should be 'a.html'" in judged(path, export="a.html")["rules.export"].message
    (tmp_path / "b").mkdir()
    again = zipped(tmp_path / "b" / "ex01.zip", {"a.ipynb": notebook(SOURCE), "scan.html": page(SOURCE)})
    assert judged(again, export=".html")["rules.export"].verdict is Verdict.PASSED


@pytest.mark.parametrize("content", [b"%PDF-1.4\nbroken", pdf("x = 1"), b""])
def test_an_export_without_readable_text_is_not_compared(tmp_path, content):
    finding = export(tmp_path, a_pdf=content)
    assert finding.verdict is Verdict.PARTIAL
    assert "no text that can be read" in finding.message


def test_the_best_of_several_exports_counts(tmp_path):
    finding = export(tmp_path, sheet_html=page(OTHER), a_html=page(SOURCE))
    assert finding.judged_on == "a.html"
    assert finding.verdict is Verdict.PASSED


def test_rules_that_the_sheet_does_not_have_give_no_finding(tmp_path):
    path = zipped(tmp_path / "ex01.zip", {"a.ipynb": notebook()})
    assert judged(path) == {}
    (tmp_path / "b").mkdir()
    again = zipped(tmp_path / "b" / "ex01.zip", {"a.ipynb": notebook()})
    assert list(judged(again, archive="x.zip", notebook="a.ipynb", export="a.pdf")) == [
        *("rules.archive", "rules.notebook_name", "rules.export")
    ]


def test_a_hand_in_without_notebook_has_no_notebook_name(tmp_path):
    path = zipped(tmp_path / "ex01.zip", {"a.pdf": pdf(SOURCE)})
    findings = judged(path, notebook="a.ipynb", export="a.pdf")
    assert findings["rules.notebook_name"].verdict is Verdict.MISSING
    assert "Not checkable" in findings["rules.export"].message


def test_a_missing_reader_is_not_the_team_s_fault(tmp_path, monkeypatch):
    def refuse(path: Path) -> str:
        raise ReaderMissing

    monkeypatch.setattr(rules_module, "text_of", refuse)
    finding = export(tmp_path, a_pdf=pdf(SOURCE))
    assert finding.verdict is Verdict.PASSED
    assert "Not checkable here" in finding.message


def test_a_page_that_keeps_the_parser_busy_is_given_up(tmp_path, monkeypatch):
    slow = tmp_path / "slow.py"
    slow.write_text("import time\ntime.sleep(60)\n")
    (tmp_path / "a.html").write_text(page(SOURCE))
    monkeypatch.setattr(text_module, "__file__", str(slow))
    monkeypatch.setattr(text_module, "SECONDS", 0.2)
    assert text_of(tmp_path / "a.html") == ""


def test_quotes_dashes_and_ligatures_of_typesetting_are_read_as_typed():
    assert squeeze("ﬁt(‘x’,  −1)\n") == squeeze("fit('x', -1)") == "fit('x',-1)"


def test_the_reader_runs_by_itself_and_needs_nothing_of_the_package():
    imported = {name for name in vars(text_module) if name in sys.modules}
    assert imported <= {"functools", "io", "resource", "subprocess", "sys"}
    assert "grader" not in Path(text_module.__file__).read_text(encoding="utf-8").split("import", 1)[1]


def test_the_platform_s_own_name_never_counts_as_the_students(tmp_path):
    outer = zipped(
        tmp_path / "course.zip",
        {"Ada Example_11_assignsubmission_file_Example-1234567.zip": zipped(
            tmp_path / "i.zip", {"a.ipynb": notebook()}
        ).read_bytes()},
    )  # fmt: skip
    (one,) = collect([outer]).submissions
    assert isinstance(one, Submission)
    workspace = unpack(one, tmp_path / "out")
    (finding,) = check_rules(workspace, one, HandInRules(archive="{surname}-{number}.zip"))
    assert (finding.verdict, finding.judged_on) == (Verdict.PASSED, "Example-1234567.zip")
