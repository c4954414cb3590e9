"""Accessibility of the pages, audited in a browser with axe-core: WCAG 2.0, 2.1 and 2.2, A and AA, light and dark."""

from __future__ import annotations

import html
import importlib.util
import json
import os
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from grader.report.overview import write_overview
from grader.report.page import render_page
from tests.report_samples import FINDINGS, rich, scorecard, sheet

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SCHEMES = {"light": "1", "dark": "0"}
OPTIONS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
           "--disable-background-networking", "--disable-component-update", "--virtual-time-budget=60000"]  # fmt: skip
RUNNER = """
axe.run(document, {runOnly: TAGS, resultTypes: ["violations"]}).then((found) => {
  const rows = found.violations.map((v) => [v.id, v.nodes.slice(0, 4).map((n) => n.target.join(" ") + " " + n.failureSummary)]);
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const place = document.createElement("pre");
  place.id = "axe-result";
  place.textContent = JSON.stringify({rows, dark, passes: found.passes.length, width: document.documentElement.scrollWidth - innerWidth});
  document.body.append(place);
});
""".replace("TAGS", json.dumps(TAGS))


def browser() -> str:
    """The browser of the machine; where skips are forbidden it has to be there."""
    found = shutil.which("chromium")
    if found is None and os.environ.get("GRADER_SKIP_IS_FAILURE"):
        pytest.fail("chromium is needed for the audit of pages: install the package chromium")
    return found or pytest.skip("chromium is not installed")


def engine() -> str:
    """The source of axe-core, as the package carries it; nothing of the package is imported."""
    found = importlib.util.find_spec("axe_playwright_python")
    if found is None or not found.submodule_search_locations:
        pytest.fail("axe-playwright-python is missing: run 'make setup'")
    return (Path(found.submodule_search_locations[0]) / "axe.min.js").read_text(encoding="utf-8")


def audit(page: str, folder: Path, scheme: str, width: int) -> dict[str, Any]:
    """What axe-core says of a page with everything unfolded."""
    page = re.sub(r"<details(?![^>]* open)", "<details open", page)
    page = page.replace("</body>", f"<script>{engine()}</script><script>{RUNNER}</script></body>")
    shown = page_in_browser(page, folder, scheme, width)
    result = re.search(r'<pre id="axe-result">(.*?)</pre>', shown, re.DOTALL)
    assert result is not None, shown[-2000:]
    found: dict[str, Any] = json.loads(html.unescape(result[1]))
    return found


def page_in_browser(page: str, folder: Path, scheme: str = "light", width: int = 1200) -> str:
    """The document as it is after its scripts, foreign ones among them, have run."""
    page = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page)
    (folder / "page.html").write_text(page, encoding="utf-8")
    command = [browser(), *OPTIONS, f"--user-data-dir={folder / 'profile'}", f"--window-size={width},900",
               f"--blink-settings=preferredColorScheme={SCHEMES[scheme]}", "--dump-dom"]  # fmt: skip
    finished = subprocess.run(
        [*command, (folder / "page.html").as_uri()], capture_output=True, text=True, timeout=300
    )
    assert finished.returncode == 0, finished.stderr[-2000:]
    return finished.stdout


def feedback() -> str:
    """A page with all verdicts, all kinds of pictures and a notebook with outputs."""
    card, rubric, findings, ours, stored, execution = rich()
    return render_page(card, rubric, findings, notebook=ours, stored=stored, execution=execution)


def overview(folder: Path) -> str:
    """An overview with judged, late and unreadable hand-ins."""
    cards = [scorecard(team=name, folder=name, late=name == "Bo") for name in ("Ada", "Bo", "Cy")]
    cards.append(replace(scorecard(FINDINGS, team="Dee", folder="Dee"), status="unreadable"))
    write_overview(folder, sheet(draft=True, max=20, not_yet={"3": "The digits."}), cards)
    return (folder / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("kind", ["feedback", "overview"])
def test_no_rule_of_wcag_is_broken(kind: str, scheme: str, tmp_path: Path) -> None:
    page = feedback() if kind == "feedback" else overview(tmp_path)
    found = audit(page, tmp_path, scheme, 1200)
    assert found["rows"] == []
    assert found["dark"] is (scheme == "dark")
    assert found["width"] <= 0


def test_the_pages_of_hand_ins_that_could_not_be_judged_break_no_rule(tmp_path: Path) -> None:
    page = render_page(scorecard(status="unreadable"), sheet(), ())
    assert audit(page, tmp_path, "light", 600)["rows"] == []


def test_the_audit_sees_what_is_wrong(tmp_path: Path) -> None:
    bad = '<p style="color:#999;background:#fff">pale</p><img src="data:,"><button style="width:9px;height:9px;padding:0"></button>'
    page = feedback().replace("</main>", f"{bad}</main>")
    names = {name for name, _ in audit(page, tmp_path, "light", 600)["rows"]}
    assert {"color-contrast", "image-alt", "button-name"} <= names
