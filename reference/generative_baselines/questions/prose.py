"""Whether there is anything to read on the findings of task 1; what is said is for a person."""

from grader.judge import prose
from grader.judge.checks import check
from grader.records import Verdict
from reference.generative_baselines.questions.experiments import experiments
from reference.generative_baselines.questions.panels import plots_of

HEADINGS = (
    r"finding|discuss|conclu|observ|comment|result|interpret|strength|weakness|ergebnis|diskussion|beobacht|fazit|auswert|"
    r"stärken|schwächen|erkenntnis|kommentar|bewertung|zusammenfassung"
)


@check
def study_findings(team, lab, *, least, passages):
    """Findings on the models' accuracy are written down."""
    facts = experiments(team, lab)
    shown = [cell.index for cell in facts.judging if cell.shows] or [cell.index for cell in facts.judging]
    return to_read(
        lab, facts, shown, least, passages, "What do they say of MMD² over hyperparameters and training size?"
    )


@check
def plots_findings(team, lab, *, least, passages, grid):
    """Strengths and weaknesses of the models are written down."""
    plots = plots_of(team, lab, grid)
    shown = list(dict.fromkeys(d.cell.index for d in plots.panels)) or [cell.index for cell in plots.code]
    return to_read(
        lab, plots.facts, shown, least, passages, "What do they say of the models' strengths and weaknesses?"
    )


def to_read(lab, facts, places, least, most, question):
    """Review with the passages to read; missing where there is no text at all besides headings and tasks."""
    transcript = facts.transcript
    own = [cell for cell in transcript.cells if cell.index <= facts.last_cell]
    found = prose.passages(transcript, least, own) or prose.passages(transcript, least)
    if not found:
        if prose.only_in_export(transcript) > 40:
            return lab.outcome(
                Verdict.REVIEW, "The notebook has no text, but its export has some. " + question
            )
        return lab.outcome(
            Verdict.MISSING,
            f"There is no text of {least} words or more in the notebook: no Markdown, comment or printed sentence.",
            "Write down in a few sentences what you found.",
        )
    texts = [passage for passage in found if passage.kind in {"text", "printed"}] or list(found)
    near = [p for p in texts if any(-2 <= p.cell.index - place <= 3 for place in places)]
    chosen = prose.nearest(near, places, most) + prose.nearest(prose.headed(texts, HEADINGS), places, 2)
    chosen = chosen or prose.nearest(texts, places, most)
    chosen = list({id(passage): passage for passage in chosen}.values())[: most + 1]
    lab.point(*(passage.cell for passage in chosen))
    lab.point(*(transcript.cells[place] for place in places[:2]))
    cells = ", ".join(str(n + 1) for n in dict.fromkeys(passage.cell.index for passage in chosen))
    words = lab.measured("words of text in these cells", sum(p.words for p in chosen), at_least=least)
    return lab.outcome(
        Verdict.REVIEW,
        f"Text stands in {'cells' if ',' in cells else 'cell'} {cells}. {question}",
        "You need do nothing: a person reads it.",
        words,
    )
