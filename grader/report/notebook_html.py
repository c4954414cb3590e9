"""A team's executed notebook as safe markup: code, text, outputs and figures, and nothing that acts.

Source and outputs are escaped; figures are PNG or JPEG as ``data:`` addresses, checked and encoded anew; SVG,
HTML and scripts are shown as text or left out with a word. The whole has a size that a page can carry. Where
our run has no output for a cell, the output that the hand-in brought along stands in, and is called so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup, escape

from grader.report.figures import DataPicture, data_picture
from grader.report.layout import printable
from grader.report.prose import Prose

TEXT_BUDGET = 400_000
"""Characters of markup for source, text and printed output of a whole notebook."""
PICTURE_BUDGET = 900_000
"""Bytes of all figures of a notebook, as they stand in the page."""
MOST_SOURCE, MOST_OUTPUT, MOST_PROSE = 20_000, 4_000, 20_000
MOST_COLOURED = 60_000
"""Characters of source that are coloured; beyond it the source is plain."""
MOST_READ = 100_000
"""Characters at either end of an output that are looked at."""
PER_CELL = 300
"""Characters around every cell."""
MOST_OUTPUTS = 60
MOST_PRINTED = 600
STORED = Markup(
    '<p class="cell-name stored">Stored in your file. Our run has no output here, so yours stands in.</p>'
)
ESCAPES = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[PX^_][^\x1b]*(?:\x1b\\)?|[@-Z\\-_])"
)


@dataclass(frozen=True)
class Shot:
    """A figure of a cell; elsewhere on the page it is shown again by its name, without being carried twice."""

    name: str
    """Id of the picture on the page; empty if it is not shown."""
    width: int = 0
    height: int = 0


@dataclass(frozen=True)
class Cell:
    """One cell as the page shows it."""

    number: int
    """From 1, all kinds of cells counted."""
    kind: str
    body: Markup
    shots: tuple[Shot, ...] = ()
    error: str = ""
    """Class of the exception that ended it; empty if none did."""
    source: str = ""
    printed: str = ""
    """Beginning of what it printed."""
    stored: bool = False
    """Whether outputs are shown that the hand-in brought along, in place of ours."""

    @property
    def figures(self) -> int:
        """Number of its figures, shown or not."""
        return len(self.shots)


@dataclass
class NotebookPage:
    """The cells, and what was left out of them."""

    cells: list[Cell] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    ours: bool = True
    """Whether it is the notebook as our run left it, not as it was handed in."""

    def cell(self, number: int) -> Cell | None:
        """The cell with this number, if it is on the page."""
        return next((cell for cell in self.cells if cell.number == number), None)


@dataclass
class _Budget:
    """What may still be written, and what was left out so far."""

    text: int = TEXT_BUDGET
    pictures: int = PICTURE_BUDGET
    coloured: int = MOST_COLOURED
    left_out: dict[str, int] = field(default_factory=dict)

    def leave_out(self, what: str) -> None:
        self.left_out[what] = self.left_out.get(what, 0) + 1

    def picture(self, kind: str, encoded: str) -> DataPicture | None:
        """A checked picture, if there is room for it."""
        if len(encoded) > self.pictures:
            self.leave_out("large figure")
            return None
        found = data_picture(kind, encoded)
        if found is None:
            self.leave_out("figure that could not be read as a picture")
        else:
            self.pictures -= len(found.address)
        return found


def read_notebook(text: str, stored: str = "") -> NotebookPage:
    """Turn the JSON text of a notebook into cells; anything unreadable becomes a remark, never an exception.

    ``stored`` is the notebook as it was handed in, whose outputs stand in where ours has none.
    """
    ours = bool(text.strip())
    if not ours and not stored.strip():
        return NotebookPage()
    cells, kept = _cells_of(text if ours else stored), _cells_of(stored) or []
    if cells is None:
        return NotebookPage(remarks=["The notebook is not readable as a notebook and is not shown."])
    page, budget = NotebookPage(ours=ours), _Budget()
    prose = Prose(budget.picture)
    for number, cell in enumerate(cells, 1):
        if budget.text <= 0:
            page.remarks.append(f"Cells {number} to {len(cells)} are left out to keep this page small.")
            break
        if isinstance(cell, Mapping):
            theirs = kept[number - 1] if ours and number <= len(kept) else None
            page.cells.append(_cell(number, _with_stored(cell, theirs), budget, prose))
    counted = [f"{count} {what}" for what, count in budget.left_out.items()]
    if counted:
        page.remarks.append(
            f"Left out or shortened here: {', '.join(counted)}. Your own file has them in full."
        )
    return page


def _cells_of(text: str) -> list[Any] | None:
    """The cells of a notebook as JSON text; ``None`` if it is not one."""
    try:
        cells = json.loads(text)["cells"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return cells if isinstance(cells, list) else None


def _with_stored(cell: Mapping[str, Any], theirs: Any) -> Mapping[str, Any]:
    """The cell with the outputs that it was handed in with, where ours has none but an error."""
    own, same = cell.get("outputs") or [], isinstance(theirs, Mapping)
    if not same or not isinstance(own, list) or cell.get("cell_type") != "code":
        return cell
    if _joined(theirs.get("source")).strip() != _joined(cell.get("source")).strip():
        return cell
    if any(isinstance(o, Mapping) and o.get("output_type") != "error" for o in own):
        return cell
    outputs = theirs.get("outputs")
    kept = (
        [o for o in outputs if isinstance(o, Mapping) and o.get("output_type") != "error"]
        if isinstance(outputs, list)
        else []
    )
    return {**cell, "stored": kept} if kept else cell


def _cell(number: int, cell: Mapping[str, Any], budget: _Budget, prose: Prose) -> Cell:
    kind, source = str(cell.get("cell_type", "")), _joined(cell.get("source"))
    budget.text -= PER_CELL
    if kind == "markdown":
        attachments, before = cell.get("attachments"), budget.pictures
        body = prose.render(
            _cut(source, MOST_PROSE, budget), attachments if isinstance(attachments, Mapping) else {}
        )
        return Cell(number, "text", _charged(body, budget, free=before - budget.pictures), source=source)
    if kind != "code":
        return Cell(number, "raw", _charged(_pre(_cut(source, MOST_PROSE, budget), "out", ""), budget))
    parts = [_charged(_pre_code(_cut(source, MOST_SOURCE, budget), number, budget), budget)]
    shots: list[Shot] = []
    outputs, stored = _merged(cell.get("outputs")), _merged(cell.get("stored"))
    for output in outputs:
        parts.append(_output(output, number, budget, shots))
    if stored:
        parts.append(STORED)
        parts += [_output(output, number, budget, shots) for output in stored]
    errors = [o for o in outputs if o.get("output_type") == "error"]
    error = _plain(_joined(errors[-1].get("ename")))[:80] or "an error" if errors else ""
    printed = next((words for o in (*outputs, *stored) if (words := _words(o))), "")
    return Cell(number, "code", Markup("").join(parts), tuple(shots), error, source, printed, bool(stored))


def _words(output: Mapping[str, Any]) -> str:
    """The beginning of what an output says in plain text; empty for figures and errors."""
    data = output.get("data")
    shown = isinstance(data, Mapping) and not any(str(kind).startswith("image/") for kind in data)
    text = _joined(output.get("text")) if output.get("output_type") == "stream" else ""
    text = _joined(data.get("text/plain")) if shown and isinstance(data, Mapping) else text
    return _plain(text[:MOST_PRINTED]).strip("\n")


def _output(output: Mapping[str, Any], number: int, budget: _Budget, shots: list[Shot]) -> Markup:
    kind = output.get("output_type")
    if kind == "stream":
        return _text(_joined(output.get("text")), "out", number, budget)
    if kind == "error":
        traceback = _joined(output.get("traceback"), "\n")
        summary = f"{_joined(output.get('ename'))}: {_joined(output.get('evalue'))}"
        return _text(traceback or summary, "out err", number, budget, tail=True)
    data = output.get("data")
    return _shown(data, number, budget, shots) if isinstance(data, Mapping) else Markup("")


def _shown(data: Mapping[str, Any], number: int, budget: _Budget, shots: list[Shot]) -> Markup:
    """The best harmless form of a displayed object."""
    for kind in ("image/png", "image/jpeg"):
        if kind in data:
            picture = budget.picture(kind, _joined(data[kind]))
            if picture is None:
                shots.append(Shot(""))
                return Markup('<p class="left-out">[a figure that is not shown here]</p>')
            shots.append(Shot(f"figure-{number}-{len(shots) + 1}", picture.width, picture.height))
            return picture.framed(f"Figure made by cell {number}", shots[-1].name)
    if "image/svg+xml" in data:
        budget.leave_out("SVG figure")
    if "text/plain" in data:
        return _text(_joined(data["text/plain"]), "out", number, budget)
    if "text/html" in data:
        budget.leave_out("HTML output (shown as text)")
        return _text(_joined(data["text/html"]), "out", number, budget)
    return Markup("")


def _merged(outputs: Any) -> list[dict[str, Any]]:
    """Outputs with neighbouring prints of one stream joined; beyond :data:`MOST_OUTPUTS` none."""
    merged: list[dict[str, Any]] = []
    for output in outputs if isinstance(outputs, list) else []:
        if not isinstance(output, Mapping):
            continue
        if output.get("output_type") != "stream":
            merged.append(dict(output))
        elif merged and merged[-1].get("output_type") == "stream":
            merged[-1]["text"].append(_joined(output.get("text")))
        else:
            merged.append({"output_type": "stream", "text": [_joined(output.get("text"))]})
    return merged[:MOST_OUTPUTS]


def _text(text: str, style: str, number: int, budget: _Budget, tail: bool = False) -> Markup:
    beyond = max(len(text) - 2 * MOST_READ, 0)
    if beyond:
        text = text[:MOST_READ] + text[-MOST_READ:]
    plain = _plain(text).strip("\n")
    if not plain:
        return Markup("")
    if len(plain) > MOST_OUTPUT:
        budget.leave_out("long output")
        keep = MOST_OUTPUT // 2
        head, end = (
            (plain[: keep // 2], plain[-keep - keep // 2 :]) if tail else (plain[:keep], plain[-keep:])
        )
        plain = f"{head}\n… {len(plain) - len(head) - len(end) + beyond:,} characters left out …\n{end}"
    return _charged(_pre(plain, style, f"Output of cell {number}"), budget)


def _plain(text: str) -> str:
    """Printed text as a terminal would leave it: no colours, a rewritten line in its last state."""
    text = ESCAPES.sub("", text).replace("\r\n", "\n")
    lines = (line.rstrip("\r").rsplit("\r", 1)[-1] for line in text.split("\n"))
    return printable("\n".join(lines))


def _pre(text: str, style: str, label: str) -> Markup:
    name = Markup(' tabindex="0" role="region" aria-label="{}"').format(label) if label else Markup("")
    return Markup('<pre class="{}"{}>{}</pre>').format(style, name, printable(text))


def _pre_code(source: str, number: int, budget: _Budget) -> Markup:
    body = _coloured(source, budget)
    return Markup(
        '<pre tabindex="0" role="region" aria-label="Source of cell {}"><code>{}</code></pre>'
    ).format(number, body)


def _coloured(source: str, budget: _Budget) -> Markup:
    """Python source with keywords, strings and comments marked."""
    source = printable(source)
    if len(source) > budget.coloured:
        return escape(source)
    budget.coloured -= len(source)
    from pygments.lexers.python import PythonLexer
    from pygments.token import Comment, Keyword, Operator, String

    classes = ((Comment, "c"), (String, "s"), (Keyword, "k"), (Operator.Word, "k"))
    parts = []
    for kind, text in PythonLexer(stripnl=False, ensurenl=False).get_tokens(source):
        style = next((name for token, name in classes if kind in token), "")
        parts.append(Markup('<span class="{}">{}</span>').format(style, text) if style else escape(text))
    return Markup("").join(parts)


def _charged(markup: Markup, budget: _Budget, free: int = 0) -> Markup:
    """Take the size of a piece, but for what is paid already, out of the budget; leave out what does not fit."""
    size = len(markup) - free
    if size > max(budget.text, 0) + MOST_SOURCE:
        budget.leave_out("piece of text")
        return Markup("")
    budget.text -= size
    return markup


def _cut(text: str, most: int, budget: _Budget) -> str:
    if len(text) <= most:
        return text
    budget.leave_out("long cell")
    return f"{text[:most]}\n… {len(text) - most:,} characters left out"


def _joined(value: Any, glue: str = "") -> str:
    """Notebook text, which may be one string or a list of lines."""
    if isinstance(value, str):
        return value
    return glue.join(part for part in value if isinstance(part, str)) if isinstance(value, list) else ""
