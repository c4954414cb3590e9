"""Text that a person reads: findings on neighbours and outliers, and the derivation of the gradient."""

import re

from grader.judge import prose
from grader.judge.checks import check
from grader.judge.written_findings import ELSEWHERE, HEADINGS, Asked, to_read
from grader.records import Verdict
from reference.classification.questions.run_panels import is_field, shows_data
from reference.classification.questions.run_work import work_of

FORMULA = re.compile(
    r"\\(partial|frac|nabla|mathcal|sum|log)|∂|∇|\bd[LlpPgG]\s*/\s*d|dL_d|chain rule|kettenregel|\bquotient",
    re.I,
)
DERIVING = r"deriv|chain|ableit|herleit|kette|\b3\.1\b"
BY_PARAMETERS = re.compile(r"partial|nabla|∂|∇|\bd[LlpPgG]\s*/\s*d")
PICTURE = re.compile(r"!\[[^\]]*\]\(|<img\b|attachment:|IFrame|Image\(")
ON_PAPER = re.compile(
    r"\.(pdf|png|jpe?g|heic|heif|tiff?|bmp|webp|gif|svg|docx?|odt|tex|md|txt|rtf|pages)$", re.I
)
NO_PAPER = re.compile(r"(^|/)(readme|requirements|license)[^/]*$", re.I)


@check
def neighbours_findings(team, lab, *, least, passages):
    """It is written down how the boundary changes with k, and what happens for k = N."""
    question = "What do they say of the boundary as k grows, and of k equal to the number of training points?"
    return findings(team, lab, 1, question, least, passages, r"|boundar|grenz|k\s*=|change|änder|1\.7")


@check
def outlier_findings(team, lab, *, least, passages):
    """It is written down how outliers affect the fit."""
    question = "What do they say of how outliers change the fit?"
    return findings(team, lab, 2, question, least, passages, r"|outlier|ausreiß|effect|affect|einfluss|2\.4")


def findings(team, lab, task, question, least, passages, more):
    """Passages near the figures of a task, looked for among its own cells first."""
    work = work_of(team, lab)
    places = [d.cell.index for d in work.drawn(task) if is_field(d) or shows_data(d)]
    places = list(dict.fromkeys(places)) or [cell.index for cell in work.cells(task)]
    own = [*work.texts(task), *work.cells(task)]
    asked = Asked(question, least, passages, HEADINGS + more)
    return to_read(lab, asked, places, sorted(own, key=lambda cell: cell.index))


@check
def derivation(team, lab, *, least):
    """The gradient is derived, in whatever form: text, formulas, comments, a picture or pages of the PDF."""
    work, transcript = work_of(team, lab), lab.transcript
    question = "Does it give the derivatives of the links of the chain? Each of them alone suffices."
    near = [*work.texts(3), *work.cells(3)]
    rows = formulas(near) or [c for c in formulas(transcript.cells) if BY_PARAMETERS.search(c.source)]
    pictures = [c for c in (near or transcript.cells) if c.kind == "markdown" and PICTURE.search(c.source)]
    written = [
        p for p in prose.headed(prose.passages(transcript, least, near), DERIVING) if p.kind != "docstring"
    ]
    cells = list({c.index: c for c in (*rows[:3], *pictures[:2], *(p.cell for p in written[:2]))}.values())
    lab.point(*cells)
    if cells:
        measured = lab.measured(
            "cells with formulas, pictures or text on the gradient", len(cells), at_least=1
        )
        return lab.outcome(Verdict.REVIEW, f"The derivation is for a person. {question}", "", measured)
    paper = [name for name in transcript.files if ON_PAPER.search(name) and not NO_PAPER.search(name)]
    extra = prose.only_in_export(transcript)
    if paper or extra > ELSEWHERE:
        where = ", ".join(paper[:4]) or "the export"
        return lab.outcome(Verdict.REVIEW, f"No formulas stand in the cells; look into {where}. {question}")
    if not transcript.code:
        return lab.outcome(Verdict.REVIEW, f"Nothing of the work could be read. {question}")
    return lab.outcome(
        Verdict.MISSING,
        "No derivation was found: no formulas, no picture, no page besides the code.",
        "Write down the derivative of each link of the chain: loss by probability, probability by logit, logit by parameter.",
    )


def formulas(cells):
    """Cells with mathematics, those with most of it first."""
    found = []
    for cell in cells:
        texts = [cell.source] if cell.kind == "markdown" else comments(cell)
        count = sum(len(FORMULA.findall(text)) for text in texts)
        if count >= 2:
            found.append((count, cell))
    return [cell for _, cell in sorted(found, key=lambda pair: -pair[0])]


def comments(cell):
    """Comments, docstrings and printed text of a cell, formulas in comments included."""
    spoken = [text for kind, text in prose.pieces_in_code(cell.source) if kind != "comment"]
    return [*spoken, "\n".join(re.findall(r"#(.*)", cell.source))]
