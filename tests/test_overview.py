"""The tutor's overview and the table of points."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import pytest

from grader.records import Scorecard, Verdict
from grader.report import layout
from grader.report.overview import (
    distribution,
    item_rows,
    mistakes,
    safe_cell,
    team_rows,
    to_decide,
    write_grades,
    write_overview,
)
from grader.report.page import render_page
from tests.report_samples import FINDINGS, Page, scorecard, sheet
from tests.test_accessibility import page_in_browser
from tests.test_page import ATTACKS, assert_harmless


def batch() -> list[Scorecard]:
    """Four hand-ins: usual, better, late and unreadable."""
    better = tuple(
        replace(f, verdict=Verdict.PASSED, share=1.0, diagnosis="") if f.verdict is Verdict.FAILED else f for f in FINDINGS
    )  # fmt: skip
    return [
        scorecard(team="Ada", folder="Ada"),
        scorecard(better, team="Bo & Cy", folder="Bo & Cy #1"),
        scorecard(team="Dee", folder="Dee", late=True, received="2025-11-06T00:10:00"),
        scorecard(team="Eve", folder="Eve", status="unreadable"),
    ]


def overview(cards: list[Scorecard], folder: Path) -> Page:
    write_overview(folder, sheet(), cards)
    return Page((folder / "index.html").read_text(encoding="utf-8"))


def grades(cards: list[Scorecard], folder: Path) -> list[list[str]]:
    write_grades(folder, sheet(), cards)
    return list(csv.reader(io.StringIO((folder / "grades.csv").read_text(encoding="utf-8"))))


def test_teams_stand_with_points_open_items_and_a_link(tmp_path: Path) -> None:
    found = overview(batch(), tmp_path)
    assert_harmless(found)
    links = [unquote(a["href"]) for a in found.all("a") if a["href"].endswith("feedback.html")]
    assert set(links) == {
        "Ada/feedback.html",
        "Bo & Cy #1/feedback.html",
        "Dee/feedback.html",
        "Eve/feedback.html",
    }
    assert "Ada 1 4 in 3 0 graded 3 to decide 5 November 2025, 21:14" in found.text
    assert "6 November 2025, 00:10 late" in found.text
    assert "Eve – nothing judged yet – – unreadable ask for a file that opens" in found.text


def test_what_could_not_be_judged_stands_first(tmp_path: Path) -> None:
    rows = team_rows(batch(), sheet())
    assert [row.card.team for row in rows] == ["Eve", "Ada", "Bo & Cy", "Dee"]
    assert [row.number for row in rows] == [1, 2, 3, 4]


def test_what_a_person_decides_is_listed_by_item_with_a_link_to_each_place(tmp_path: Path) -> None:
    found = to_decide(team_rows(batch()[:3], sheet()), sheet())
    assert [entry.item.id for entry in found] == ["one.sampling", "two.study", "two.crashed"]
    assert [entry.points for entry in found] == [6.0, 3.0, 3.0]
    links = [a["href"] for a in overview(batch(), tmp_path).all("a") if "#item-" in a["href"]]
    assert "Bo%20%26%20Cy%20%231/feedback.html#item-one.sampling" in links
    assert len(links) == 9
    done = tuple(replace(f, verdict=Verdict.PASSED, share=1.0) for f in FINDINGS)
    assert to_decide(team_rows([scorecard(done)], sheet()), sheet()) == []


def test_a_place_links_to_an_item_that_the_page_has(tmp_path: Path) -> None:
    card = scorecard(team="Ada", folder="Ada")
    page = Page(render_page(card, sheet(), FINDINGS))
    ids = {attributes.get("id") for _, attributes in page.elements}
    links = [a["href"] for a in overview([card], tmp_path).all("a") if "#item-" in a["href"]]
    assert links
    assert all(unquote(link.split("#")[1]) in ids for link in links)


def test_tables_are_complete_without_the_script_that_sorts_them(tmp_path: Path) -> None:
    found = overview(batch(), tmp_path)
    assert found.all("button") == []
    assert {"number", "text"} == {th["data-sort"] for th in found.all("th") if "data-sort" in th}
    policy = next(m["content"] for m in found.all("meta") if m.get("http-equiv") == "Content-Security-Policy")
    assert layout.script("overview.js")[1] in policy


def test_no_hand_in_at_all_is_a_page_too(tmp_path: Path) -> None:
    found = overview([], tmp_path)
    assert_harmless(found)
    assert "No hand-in was graded yet." in found.text
    assert len(grades([], tmp_path)) == 1


def test_only_unreadable_hand_ins_are_a_page_too(tmp_path: Path) -> None:
    found = overview(batch()[3:], tmp_path)
    assert "1 unreadable" in found.text
    assert "No hand-in is judged yet." in found.text


def test_what_waits_for_a_person_is_counted_by_kind(tmp_path: Path) -> None:
    found = overview(batch(), tmp_path)
    for words in ("3 to read", "3 blocked", "3 our fault", "1 late", "1 unreadable"):
        assert words in found.text
    finished = scorecard(
        tuple(replace(f, verdict=Verdict.PASSED, share=1.0) for f in FINDINGS), team="Fay", folder="Fay"
    )
    assert "1 ready" in overview([finished], tmp_path).text
    assert "1 ready" not in overview([replace(finished, final=9.0)], tmp_path).text
    write_overview(tmp_path, sheet(draft=True, max=20), [finished])
    draft = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "1 in part" in draft
    assert "1 ready" not in draft


def test_pass_rates_leave_open_verdicts_out() -> None:
    rows = {row.id: row for _, group in item_rows(sheet(), batch()[:3]) for row in group}
    density, study = rows["one.density"], rows["two.study"]
    assert (density.passed, density.none, density.open, density.rate) == (1, 2, 0, "33 %")
    assert (study.open, study.rate) == (3, "–")
    assert [title for title, _ in item_rows(sheet(), [])] == ["Hand-in and rules", "Task 1", "Task 2"]


def test_the_most_frequent_mistake_comes_first_under_its_name(tmp_path: Path) -> None:
    from grader.report.overview import TeamRow
    from grader.report.views import tally

    rows = [TeamRow(n, card, tally(card.items, 7), "") for n, card in enumerate(batch()[:3], 1)]
    found = mistakes(rows)
    assert [(m.item, len(m.teams)) for m in found] == [("two.extra", 3), ("one.fit", 3), ("one.density", 2)]
    assert (found[2].what, found[2].lost) == ("not normalised", 3.0)
    assert "not normalised" in overview(batch(), tmp_path).text


def test_the_distribution_has_one_square_per_judged_team() -> None:
    from grader.report.overview import TeamRow
    from grader.report.views import tally

    rows = [TeamRow(n, card, tally(card.items, 7), "") for n, card in enumerate(batch()[:3], 1)]
    drawn = distribution(rows, sheet())
    assert drawn is not None
    assert drawn.count('fill="var(--fig-yours)"') == 3
    assert distribution([], sheet()) is None


@pytest.mark.parametrize("attack", ATTACKS)
def test_hostile_names_stay_text(attack: str, tmp_path: Path) -> None:
    card = scorecard(
        (*FINDINGS[:3], replace(FINDINGS[3], message=attack, diagnosis=attack), *FINDINGS[4:]),
        team=attack, id=attack, members=(attack,), folder=attack, received=attack, late=True,
    )  # fmt: skip
    assert_harmless(overview([card, replace(card, status="unreadable")], tmp_path))
    assert len(grades([card], tmp_path)) == 2


def test_a_column_is_sorted_up_and_then_down_by_its_button(tmp_path: Path) -> None:
    write_overview(tmp_path, sheet(), batch())
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    click = "[...document.querySelectorAll('.teams .sort')].find((b) => b.textContent === 'Points')"
    orders = []
    for times in (1, 2):
        clicks = f"<script>for (let k = 0; k < {times}; k++) {click}.click()</script>"
        shown = page_in_browser(page.replace("</body>", f"{clicks}</body>"), tmp_path)
        table = shown.split('<table class="teams')[1].split("</table>")[0]
        orders.append(re.findall(r"<bdi>([^<]+)</bdi>", table))
        assert f'aria-sort="{"ascending" if times == 1 else "descending"}"' in table
    assert orders == [["Eve", "Ada", "Dee", "Bo &amp; Cy"], ["Bo &amp; Cy", "Ada", "Dee", "Eve"]]


def test_headings_and_landmarks_are_in_order(tmp_path: Path) -> None:
    found = overview(batch(), tmp_path)
    assert found.levels.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(found.levels, found.levels[1:], strict=False))
    assert [len(found.all(tag)) for tag in ("main", "header", "footer", "nav")] == [1, 1, 1, 1]
    ids = [attributes["id"] for _, attributes in found.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {a["href"][1:] for a in found.all("a") if a["href"].startswith("#")} <= set(ids)


def test_grades_have_one_line_per_hand_in_and_one_column_per_item(tmp_path: Path) -> None:
    head, ada, *others = grades(batch(), tmp_path)
    assert head[:8] == ["team", "id", "members", "status", "points", "open", "final", "rules.archive"]
    assert head[7:] == [item.id for item in sheet().items]
    assert ada == [
        "Ada",
        "7",
        "Ada; Bo",
        "graded",
        "1",
        "4",
        "",
        "0",
        "0.5",
        "0.5",
        "0",
        "blocked",
        "review",
        "broken",
        "0",
    ]
    assert others[2][3:] == ["unreadable", *[""] * (len(head) - 4)]


def test_what_is_open_is_a_word_and_never_zero(tmp_path: Path) -> None:
    head, *rows = grades(batch()[:1], tmp_path)
    cells = dict(zip(head, rows[0], strict=True))
    assert cells["one.sampling"] == "blocked"
    assert cells["one.density"] == "0"


@pytest.mark.parametrize(
    "formula", ["=1+1", "+1", "-1", "@sum", "\t=1", "\r=1", " =1", "\n=1", "-cmd|' /C calc'!A0"]
)
def test_formulas_become_text(formula: str, tmp_path: Path) -> None:
    assert safe_cell(formula).startswith("'")
    row = grades([scorecard(team=formula, id=formula, members=(formula,))], tmp_path)[1]
    assert all(cell.startswith("'") for cell in row[:3])


def test_usual_names_keep_their_spelling() -> None:
    assert [safe_cell(name) for name in ("Müller-Lüdenscheidt", "a=b", "O'Hara", "")] == [
        "Müller-Lüdenscheidt", "a=b", "O'Hara", "",
    ]  # fmt: skip
