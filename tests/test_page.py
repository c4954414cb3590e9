"""The page a team gets: what it says, what it never does, and that hostile content stays text."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader.records import Blame, Evidence, Remark, Verdict
from grader.report import layout, notebook_html
from grader.report import page as page_module
from grader.report.page import render_page
from grader.report.views import ItemView, next_step, tally
from tests.report_samples import (
    FINDINGS,
    Page,
    code,
    notebook,
    pictures,
    png,
    printed,
    rich,
    scorecard,
    sheet,
    shown,
    text,
)

PICTURES = pictures()

ATTACKS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "<svg onload=alert(1)>",
    "</style></title></pre></details><h1>gone",
    "<a href='javascript:alert(1)'>x</a>",
    "{{ 7 * 7 }}{% raw %}",
    "\x00\x1b[31mred\u202egnp.exe\ud800",
    "<!-- <b>",
]
ALLOWED_SOURCE = re.compile(r"data:(,|image/(png|jpeg);base64,[A-Za-z0-9+/=]+)\Z")


def page(findings: Any = FINDINGS, rubric: Any = None, cells: str = "", **changes: Any) -> Page:
    """The parsed page of a sample."""
    rubric = rubric or sheet()
    return Page(render_page(scorecard(findings, rubric, **changes), rubric, findings, notebook=cells))


def assert_harmless(found: Page) -> None:
    """No markup but ours: no handlers, no foreign addresses, one script, everything closed, valid UTF-8."""
    found.html.encode("utf-8")
    assert found.unclosed == []
    assert len(found.all("script")) <= 1
    for tag, attributes in found.elements:
        assert not [name for name in attributes if name.startswith("on")], tag
        if "href" in attributes:
            assert re.match(
                r"#|data:,|data:image/png;base64,|[\w%.~-]+/feedback\.html|grades\.csv", attributes["href"]
            )
        if "src" in attributes:
            assert ALLOWED_SOURCE.match(attributes["src"])
    assert not {"iframe", "object", "embed", "form", "base", "video", "audio"} & {
        tag for tag, _ in found.elements
    }
    styles = " ".join(attributes.get("style", "") for _, attributes in found.elements)
    assert not re.search(r"url\(\s*['\"]?(?!#)", styles)
    assert not re.search(r"@import|url\(\s*['\"]?(?!#)", found.html.split("<style>")[1].split("</style>")[0])
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", found.html)


@pytest.mark.parametrize("attack", ATTACKS)
def test_hostile_text_anywhere_stays_text(attack: str) -> None:
    finding = replace(
        FINDINGS[3], message=attack, next_step=attack, judged_on=attack, diagnosis=attack, readings=(attack,),
        evidence=(Evidence(attack, attack, attack, attack),),
        pictures={attack: {"yours": [[0, 0]]}, "samples": {"yours": [[0, 0], [1, 1]], "title": attack, "caption": attack}},
    )  # fmt: skip
    findings = (*FINDINGS[:3], finding, *FINDINGS[4:])
    cells = notebook(
        code(attack, printed(attack), shown(text_plain=attack, text_html=attack)),
        code("1", {"output_type": "error", "ename": attack, "evalue": attack, "traceback": [attack]}),
        text(attack), text(f"[x]({attack}) ![{attack}]({attack})"),
    )  # fmt: skip
    binding = {"symbol": attack, "kind": attack, "methods": {attack: attack + "x"}, "confidence": 0.2, "why": attack,
               "candidates": [attack]}  # fmt: skip
    changes = {"team": attack, "id": attack, "members": (attack,), "received": attack, "bindings": {"model": binding},
               "notes": (attack,), "remarks": (Remark(attack, attack, attack, attack),), "seconds": {attack: 1.0},
               "hand_in": {"path": attack, "sha256": attack, "files": [attack]}}  # fmt: skip
    found = page(findings, cells=cells, **changes)
    assert_harmless(found)
    visible = " ".join(layout.printable(attack).split())
    assert visible in found.text


def test_the_check_for_harmless_pages_sees_an_attack() -> None:
    clean = page().html
    for attack in (
        '<img src="http://x.org/a.png">', "<b onclick=x>y</b>", "<script></script>", "<p>", "<a href='javascript:1'>x</a>",
    ):  # fmt: skip
        with pytest.raises(AssertionError):
            assert_harmless(Page(clean.replace("</main>", f"{attack}</main>")))


def test_a_policy_lets_only_our_own_script_run() -> None:
    found = page()
    policy = next(m["content"] for m in found.all("meta") if m.get("http-equiv") == "Content-Security-Policy")
    _, digest = layout.script("page.js")
    assert "default-src 'none'" in policy
    assert digest in policy
    assert "unsafe-inline" not in policy.split("script-src")[1]
    inside = found.html.split("<script>")[1].split("</script>")[0]
    assert inside == layout.script("page.js")[0]


def test_every_verdict_is_a_word_beside_its_icon() -> None:
    found = page()
    for verdict in Verdict:
        assert layout.WORDS[verdict].text in found.text
        assert {"href": f"#v-{verdict}"} in found.all("use")
        assert any(symbol.get("id") == f"v-{verdict}" for symbol in found.all("symbol"))


def test_passed_items_are_folded_and_all_others_open() -> None:
    items = {d["id"]: "open" in d for d in page().all("details") if d.get("class") == "item"}
    assert items == {f"item-{f.item}": f.verdict is not Verdict.PASSED for f in FINDINGS}


def test_what_is_missing_for_the_same_reason_is_unfolded_once() -> None:
    gone = [replace(f, verdict=Verdict.MISSING, share=0.0, message="No model.") for f in FINDINGS[2:4]]
    items = {d.get("id"): "open" in d for d in page((*FINDINGS[:2], *gone, *FINDINGS[4:])).all("details")}
    assert (items["item-one.fit"], items["item-one.density"]) == (True, False)
    gone[1] = replace(gone[1], message="No density.")
    items = {d.get("id"): "open" in d for d in page((*FINDINGS[:2], *gone, *FINDINGS[4:])).all("details")}
    assert items["item-one.density"]


def test_names_between_backticks_are_code_and_nothing_else_is_markup() -> None:
    assert str(layout.inline("`a<b>` is <b>`c`")) == "<code>a&lt;b&gt;</code> is &lt;b&gt;<code>c</code>"
    assert str(layout.inline("one ` alone <")) == "one ` alone &lt;"


def test_open_points_are_not_drawn_as_lost() -> None:
    sums = tally(scorecard().items, 7)
    assert (sums.got, sums.open, sums.lost, sums.unjudged) == (1.0, 4.0, 2.0, 0.0)
    found = page()
    assert "4 open, 3 items" in found.text
    assert "2 not earned" in found.text
    assert "between 1 and 5" in found.text
    widths = [i["style"] for i in found.all("i") if i.get("class") == "open"]
    assert widths[0] == f"width:{400 / 7:.2f}%"


def test_only_what_is_decided_stands_among_points_not_earned() -> None:
    html = page().html
    lost, waiting = (
        html.split("Not earned,")[1].split("You need do nothing")[0],
        html.split("You need do nothing")[1],
    )
    waiting = waiting.split("Bonus you could")[0]
    assert "#item-one.density" in lost
    assert "#item-one.sampling" not in lost
    assert "#item-two.extra" not in lost + waiting
    assert "#item-one.sampling" in waiting
    assert "#item-two.crashed" in waiting


def test_a_tutors_mark_and_words_are_shown() -> None:
    from grader.judge import scoring

    score = scoring.score(
        FINDINGS, sheet(), {"two.study": {"points": 1, "comment": "Well seen <b>", "by": "Jana"}}
    )
    found = page(items=score.items, points=score.points)
    assert "Jana Well seen <b>" in found.text
    assert "the machine proposed nothing, a person decided" in found.text


def views_of(findings: Any = FINDINGS) -> list[ItemView]:
    return [ItemView(row, (), 0) for row in scorecard(findings).items]


def test_the_next_step_is_the_one_that_wins_most() -> None:
    step = next_step(views_of(), sheet())
    assert (step.lead, step.anchor, step.worth) == ("Check the factor in front.", "item-one.density", 1.5)


def test_the_next_step_counts_items_that_wait_for_it() -> None:
    fit, density = replace(FINDINGS[2], verdict=Verdict.FAILED, share=0.0), replace(FINDINGS[3], verdict=Verdict.PARTIAL, share=0.5)  # fmt: skip
    findings = (*FINDINGS[:2], fit, density, *FINDINGS[4:])
    assert next_step(views_of(findings), sheet()).anchor == "item-one.density"
    without = [v for v in views_of(findings) if v.row.verdict is not Verdict.BLOCKED]
    assert next_step(without, sheet()).anchor == "item-one.fit"


def test_without_lost_points_a_broken_rule_comes_first_then_patience() -> None:
    passed = tuple(replace(f, verdict=Verdict.PASSED, share=1.0) for f in FINDINGS)
    rule = replace(FINDINGS[0], verdict=Verdict.FAILED, share=0.0, next_step="Rename it.")
    assert next_step(views_of((rule, *passed[1:])), sheet()).lead == "Rename it."
    assert "Nothing to do" in next_step(views_of((*passed[:5], FINDINGS[5], *passed[6:])), sheet()).lead
    assert "Nothing is left" in next_step(views_of(passed), sheet()).lead


def test_evidence_says_name_value_wanted_unit_and_seed() -> None:
    found = page()
    assert "integral 2 between 0.98 and 1.02 no 41" in found.text
    assert "median error not a number (NaN) nats at most 0.1 nats yes –" in found.text
    assert "not normalised" in found.text
    assert "Read as noise as standard deviation" in found.text


def test_headings_skip_no_level_and_landmarks_are_there() -> None:
    cells = notebook(text("# One\n\n##### Deep\n\n## Two"), code("x = 1"))
    for found in (page(cells=cells), page(status="unreadable"), page(status="broken")):
        assert found.levels[0] == 1
        assert found.levels.count(1) == 1
        assert all(after <= before + 1 for before, after in zip(found.levels, found.levels[1:], strict=False))
        assert [len(found.all(tag)) for tag in ("main", "header", "footer", "nav")] == [1, 1, 1, 1]
        assert found.all("html")[0]["lang"] == "en"
        assert {"class": "skip", "href": "#main"} in found.all("a")


def test_every_link_within_the_page_arrives_and_ids_are_unique() -> None:
    cells = notebook(code("class Thing:\n    pass"), code("1"))
    found = page(cells=cells)
    ids = [attributes["id"] for _, attributes in found.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = [a["href"][1:] for a in [*found.all("a"), *found.all("use")] if a["href"].startswith("#")]
    assert set(targets) <= set(ids)
    labelled = [a["aria-labelledby"] for _, a in found.elements if "aria-labelledby" in a]
    assert set(labelled) <= set(ids)


def test_tables_name_their_columns_and_pictures_say_what_they_show() -> None:
    findings = (
        *FINDINGS[:3],
        replace(FINDINGS[3], pictures={"samples": {"yours": [[0, 0], [1, 1]]}}),
        *FINDINGS[4:],
    )
    found = page(findings, cells=notebook(code("plot()", shown(image_png=png()))))
    assert found.all("th")
    assert all("scope" in th for th in found.all("th"))
    assert all(image["alt"] for image in found.all("img"))
    figures = [svg for svg in found.all("svg") if svg.get("role") == "img"]
    assert figures
    assert all(svg["aria-label"] for svg in figures)
    assert all(svg.get("aria-hidden") == "true" for svg in found.all("svg") if svg not in figures)


def test_an_unreadable_hand_in_gets_a_calm_page() -> None:
    remark = Remark(
        "unreadable", "The archive ends in the middle.", next_step="Send it again.", blame=Blame.TEAM
    )
    found = page(status="unreadable", remarks=(remark,), cells="")
    assert "We could not read this hand‑in, so nothing is judged yet." in found.text
    assert "The archive ends in the middle." in found.text
    assert "Send it again." in found.text
    assert "None of them is lost" in found.text
    assert "not earned" not in found.text
    assert not [d for d in found.all("details") if d.get("class") == "item"]


def test_our_own_failure_is_called_ours() -> None:
    remark = Remark("broken", "Our program failed (ValueError).", blame=Blame.GRADER)
    found = page(status="broken", remarks=(remark,))
    assert "That is our fault, not yours." in found.text
    assert "Nothing for you to do." in found.text
    assert "Limits and mistakes of ours Our program failed (ValueError)." in found.text


def test_a_draft_says_what_is_not_judged_and_does_not_draw_it_as_lost() -> None:
    not_yet = {"3": "The digits.", "plots": "read by a person"}
    rubric = sheet(draft=True, max=20, tasks={"1": 5, "2": 2, "3": 13}, not_yet=not_yet)
    found = page(rubric=rubric)
    assert "Not judged yet: The digits." in found.text
    assert "plots : read by a person" in found.text
    assert "13 not judged yet" in found.text
    assert "of 7 judged so far" in found.text
    assert "2 not earned" in found.text
    unjudged = [i["style"] for i in found.all("i") if i.get("class") == "unjudged"]
    assert unjudged[0] == "width:65.00%"
    assert "not judged yet" not in page().text


def test_names_found_and_not_found_are_told() -> None:
    found = page()
    assert "Thing class score for score_samples log density 0.97 name and methods." in found.text
    assert "not found: we looked for a class with fit" in page(bindings={}).text
    unsure = {"symbol": "Other", "confidence": 0.3, "candidates": ["Other", "Third"]}
    assert "not sure" in page(bindings={"model": unsure}).text
    assert "Also possible: Third." in page(bindings={"model": unsure}).text


def test_an_empty_or_unreadable_notebook_leaves_the_page_whole() -> None:
    assert "Your notebook" not in page(cells="").text
    for broken in (
        "{",
        "[]",
        "null",
        '{"cells": 3}',
        '{"cells": [1, {"cell_type": "code", "outputs": 5}]}',
        "[" * 5000,
    ):
        found = page(cells=broken)
        assert_harmless(found)
        assert "Your notebook" in found.text


def test_findings_and_limits_stand_beside_their_cell() -> None:
    cells = notebook(
        text("hello"), code("slow()"), code("class Thing:\n    def score(self): pass"), code("1")
    )
    found = page(cells=cells)
    sides = re.findall(r'<article class="cell with-side" id="cell-(\d+)"', found.html)
    assert sides == ["2", "3"]
    assert "Our limit We stopped it after 120 s." in found.text
    assert "Judged on Thing.score , cell 3" in found.text
    beside = found.html.split('id="cell-3"')[1].split("</article>")[0]
    assert "The density integrates to 2." in beside


def rich_page(**changes: Any) -> Page:
    """The page of the rich sample."""
    card, rubric, findings, ours, stored, execution = rich()
    given: dict[str, Any] = {"notebook": ours, "stored": stored, "execution": execution} | changes
    return Page(render_page(card, rubric, findings, **given))


def item_of(found: Page, name: str) -> str:
    return found.html.split(f'id="item-{name}"')[1].split("</details>")[0]


def cell_of(found: Page, number: int) -> str:
    return found.html.split(f'id="cell-{number}"')[1].split("</article>")[0]


def test_the_rich_page_is_harmless_and_every_link_in_it_arrives() -> None:
    found = rich_page()
    assert_harmless(found)
    ids = [attributes["id"] for _, attributes in found.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = [a["href"][1:] for a in [*found.all("a"), *found.all("use")] if a["href"].startswith("#")]
    assert set(targets) <= set(ids)
    assert all(after <= before + 1 for before, after in zip(found.levels, found.levels[1:], strict=False))


def test_a_review_shows_the_passage_beside_the_figure() -> None:
    item = item_of(rich_page(), "two.study")
    assert "<strong>Findings</strong>" in item
    assert "<h3>Findings" not in item
    assert "small bins: noisy" in item
    assert '<use href="#figure-5-1"/>' in item
    assert "histogram  0.004" in item
    for number in (4, 5, 6):
        assert f'href="#cell-{number}"' in item


def test_a_figure_is_carried_once_however_often_it_is_shown() -> None:
    found = rich_page()
    assert found.html.count('<use href="#figure-5-1"/>') == 2
    assert found.html.count('id="figure-5-1"') == 1
    assert found.html.count(png(320, 200)) == 1


def test_a_long_passage_is_cut_at_a_sentence_and_linked() -> None:
    cells = notebook(
        text("First words. " + "A sentence of words. " * 200 + "<script>alert(1)</script> The end.")
    )
    findings = (*FINDINGS[:5], replace(FINDINGS[5], cells=(0,)), *FINDINGS[6:])
    found = page(findings, cells=cells)
    assert_harmless(found)
    item = item_of(found, "two.study")
    assert len(item) < 4000
    assert "The end." not in item
    assert "A sentence of words. …</p>" in item
    assert "shortened" in item


def test_each_cell_tells_what_speaks_of_it_and_the_sentence_stands_once() -> None:
    found = rich_page()
    first, second = cell_of(found, 4), cell_of(found, 3)
    assert "Half of it." in first
    assert "Half of it." not in second
    assert 'href="#item-one.fit"' in second


def test_what_passed_is_one_quiet_line_and_does_not_unfold_its_cell() -> None:
    good, cells = replace(FINDINGS[1], cells=(1,)), notebook(text("a"), code("moons()"), code("b"))
    found = page((FINDINGS[0], good, *FINDINGS[2:]), cells=cells, remarks=())
    assert 'class="quiet"' in cell_of(found, 2)
    assert "Two moons." not in cell_of(found, 2)
    assert 'class="quiet"' not in cell_of(found, 3)
    assert "Cells 1 to 3, 1 item passed" in found.text
    half = replace(good, verdict=Verdict.PARTIAL)
    assert "Cells 1 to 3" not in page((FINDINGS[0], half, *FINDINGS[2:]), cells=cells, remarks=()).text


def test_cells_that_are_not_there_are_left_out() -> None:
    findings = (*FINDINGS[:5], replace(FINDINGS[5], cells=(99, -1, 0, 0)), *FINDINGS[6:])
    found = page(findings, cells=notebook(text("Only one.")))
    assert "Speaks of cell 1 . Item" in found.text
    assert 'href="#cell-100"' not in found.html


def test_stored_outputs_stand_in_where_our_run_has_none() -> None:
    found = rich_page()
    assert "Stored in your file" in cell_of(found, 8)
    assert 'id="figure-8-1"' in cell_of(found, 8)
    assert "Stored in your file" not in cell_of(found, 5)
    assert "Stored in your file" not in cell_of(rich_page(stored=""), 8)
    changed = notebook(*[code("something else", shown(image_png=png()))] * 8)
    assert "Stored in your file" not in rich_page(stored=changed).html


def test_a_notebook_that_was_not_run_is_shown_as_it_was_handed_in() -> None:
    found = rich_page(notebook="", execution=None)
    assert "it was not run as a whole" in found.text
    assert "as stored in your file" in item_of(found, "two.study")
    assert "No output of a cell came from it." in found.text
    assert "it was not run as a whole" not in rich_page().text


def test_the_run_says_where_evidence_came_from_what_lived_and_what_was_called() -> None:
    found = rich_page().text
    assert "It ran to the end, and some cells stopped with an error. 8 of 8 cells were reached." in found
    assert "Outputs of 2 cells, 1 figure." in found
    assert "They stand in where our run has none." in found
    assert "work.pdf" in found
    assert "model Thing 3 500 × 2, bandwidth=0.2" in found
    assert "Thing.fit 3 times" in found
    bare = page().text
    assert "None was handed in." in bare
    assert "that lived in your notebook" not in bare


def test_the_last_definition_is_the_one_that_counts() -> None:
    cells = notebook_html.read_notebook(
        notebook(code("class A: pass"), code("class A: pass"), code("A()"))
    ).cells
    from grader.report.page import defining_cell

    assert defining_cell("A.fit, A.sample", cells) == 2
    assert defining_cell("B.fit", cells) == 0
    assert defining_cell("", cells) == 0


def cell_html(*cells: dict[str, Any]) -> str:
    return "".join(str(cell.body) for cell in notebook_html.read_notebook(notebook(*cells)).cells)


def test_figures_are_checked_and_encoded_anew() -> None:
    good = cell_html(code("x", shown(image_png=png(3, 4))))
    assert 'width="3" height="4"' in good
    for bad in ("not base64!", "AAAA", png()[:20], png(60_000, 1)[:60] + "AAAA" + '" onerror="x'):
        body = cell_html(code("x", shown(image_png=bad)))
        assert "<img" not in body
        assert "not shown" in body
    jpeg = "/9j/4AAQSkZJRgABAQAAAQABAAD/wAALCAACAAMBAREA/9k="
    assert 'width="3" height="2"' in cell_html(code("x", shown(image_jpeg=jpeg)))
    assert "<img" not in cell_html(code("x", shown(image_png=jpeg)))


def test_svg_html_and_scripts_are_never_inserted() -> None:
    body = cell_html(code("x", shown(image_svg="<svg onload=alert(1)>")), code("y", shown(text_html="<b>bold</b>")),
                     code("z", shown(application_javascript="alert(1)")))  # fmt: skip
    assert "<svg" not in body
    assert "&lt;b&gt;bold" in body
    assert "alert" not in body
    remarks = notebook_html.read_notebook(notebook(code("x", shown(image_svg="<svg>")))).remarks
    assert "1 SVG figure" in remarks[0]


def test_terminal_colours_are_gone_and_rewritten_lines_show_their_last_state() -> None:
    body = cell_html(
        code("x", printed("\x1b[31mred\x1b[0m\n  1%\r 50%\r100%\n"), printed("\x1b]0;title\x07more"))
    )
    assert ">red\n100%\nmore<" in body


def test_markdown_keeps_formulas_and_loses_links() -> None:
    body = cell_html(text("Mean $a_1 * b_1 * c$ costs 5$ and [here](https://example.org) <b>x</b>\n\n- one"))
    assert "<msub><mi>a</mi><mn>1</mn></msub>" in body and "<em>" not in body
    assert "5$ and" in body
    assert "<a" not in body
    assert "(https://example.org)" in body
    assert "&lt;b&gt;" in body
    assert "<li>one</li>" in body


def test_markdown_shows_only_pictures_that_the_notebook_carries() -> None:
    source = "![a](attachment:p.png) ![b](https://example.org/x.png) ![c](other.png)"
    body = cell_html(text(source, attachments={"p.png": {"image/png": png()}}))
    assert body.count("<img") == 1
    assert body.count("picture not shown") == 2


def test_a_huge_notebook_keeps_the_page_below_two_megabytes_and_says_so() -> None:
    large = png(padding=300_000)
    cells = [code("x = '<'\n" * 4000, printed("&" * 200_000), shown(image_png=large)) for _ in range(60)]
    html = render_page(scorecard(), sheet(), FINDINGS, notebook=notebook(*cells, text("*a* " * 9000)))
    assert len(html.encode()) < 2_000_000
    found = Page(html)
    assert_harmless(found)
    assert "large figure" in found.text
    assert "characters left out" in found.text
    assert re.search(r"Cells \d+ to 61 are left out", found.text)


def test_huge_messages_and_lists_keep_the_page_below_two_megabytes() -> None:
    long = "<&" * 300_000
    finding = replace(FINDINGS[3], message=long, next_step=long, judged_on=long, readings=(long,) * 3,
                      evidence=(Evidence(long, long, long),) * 500)  # fmt: skip
    files = {"path": long, "sha256": long, "files": [long] * 5000}
    html = render_page(
        scorecard((*FINDINGS[:3], finding, *FINDINGS[4:]), team=long, members=(long,) * 9, hand_in=files,
                  remarks=(Remark("x", long, long, long),) * 3000, notes=(long,)),
        sheet(), (),
    )  # fmt: skip
    assert len(html.encode()) < 2_000_000


def test_a_usual_page_takes_less_than_a_second_and_no_plotting_library() -> None:
    points = np.random.default_rng(0).normal(size=(2000, 2))
    data = {
        "samples": {"yours": points.tolist(), "expected": points.tolist(), "train": points[:200].tolist()}
    }
    findings = tuple(replace(f, pictures=data) for f in FINDINGS)
    cells = notebook(*[code("def f(x):\n    return x + 1\n" * 8, printed("1\n" * 20)) for _ in range(60)])
    render_page(scorecard(), sheet(), ())
    start = time.process_time()
    render_page(scorecard(findings), sheet(), findings, notebook=cells)
    assert time.process_time() - start < 1.0
    program = "import sys, grader.report.page; print('matplotlib' in sys.modules)"
    finished = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parent.parent,
    )
    assert finished.stdout.strip() == "False"


def test_pictures_are_drawn_for_passed_items_too_but_those_that_did_not_pass_come_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    failed = page((*FINDINGS[:3], replace(FINDINGS[3], pictures=PICTURES), *FINDINGS[4:]))
    passed = page((replace(FINDINGS[0], pictures=PICTURES), *FINDINGS[1:]))
    both = page((replace(FINDINGS[0], pictures=PICTURES), *FINDINGS[1:3], replace(FINDINGS[3], pictures=PICTURES), *FINDINGS[4:]))  # fmt: skip
    counts = [len([f for f in found.all("figure") if "panels" in f.get("class", "")]) for found in (failed, passed, both)]  # fmt: skip
    assert counts == [12, 12, 24]
    monkeypatch.setattr(page_module, "SPACE_FOR_PICTURES", 20_000)
    findings = (replace(FINDINGS[0], pictures=PICTURES), *FINDINGS[1:3], replace(FINDINGS[3], pictures={"band": PICTURES["band"]}), *FINDINGS[4:])  # fmt: skip
    html = page(findings).html
    assert "Yours and the range" in html.split('id="item-one.density"')[1].split("</details>")[0]
    assert html.count('<figure class="panels') < 12


def test_points_are_written_without_noise() -> None:
    assert [layout.points(value) for value in (27.5, 3.0, 1 / 3, 0.0, -0.001, None)] == [
        "27.5",
        "3",
        "0.33",
        "0",
        "0",
        "open",
    ]
    assert layout.number(1.23456e-80) == "1.235e-80"
    assert layout.number(1e-5, "nats") == "1e-5 nats"
    assert layout.moment("2025-11-05T21:14:00+01:00") == "5 November 2025, 21:14"
    assert layout.moment("yesterday") == "yesterday"


def test_the_margin_of_a_print_cannot_leave_its_string() -> None:
    assert str(layout.css_string('a"</style>')) == '"a\\22 \\3c \\2f style\\3e "'


def browser() -> str | None:
    """The browser of the machine; where skips are forbidden it has to be there."""
    found = shutil.which("chromium")
    if found is None and os.environ.get("GRADER_SKIP_IS_FAILURE"):
        pytest.fail("chromium is needed for the checks of pages: install the package chromium")
    return found


def look(program: str, html: str, folder: Path) -> tuple[Path, list[str]]:
    """Show a page and return its picture and what the console said."""
    (folder / "page.html").write_text(html, encoding="utf-8")
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
               "--disable-background-networking", "--disable-component-update", f"--user-data-dir={folder / 'profile'}",
               "--enable-logging=stderr", "--window-size=390,1200", f"--screenshot={folder / 'page.png'}"]  # fmt: skip
    finished = subprocess.run(
        [program, *options, (folder / "page.html").as_uri()], capture_output=True, text=True, timeout=300
    )
    return folder / "page.png", [line for line in finished.stderr.splitlines() if "CONSOLE" in line]


def test_a_browser_shows_the_page_without_a_complaint(tmp_path: Path) -> None:
    program = browser()
    if program is None:
        return
    findings = (*FINDINGS[:3], replace(FINDINGS[3], pictures=PICTURES), *FINDINGS[4:])
    cells = notebook(text("# Hello"), code("plot()", shown(image_png=png())))
    html = render_page(scorecard(findings), sheet(), findings, notebook=cells)
    picture, complaints = look(program, html, tmp_path)
    assert complaints == []
    assert picture.stat().st_size > 10_000
    attacked = html.replace("</main>", "<img src=x onerror=alert(1)></main>")
    assert look(program, attacked, tmp_path)[1] != []
