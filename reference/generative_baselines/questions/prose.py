"""Whether there is anything to read on the findings of task 1; what is said is for a person."""

from grader.judge.checks import check
from grader.judge.written_findings import Asked, to_read
from reference.generative_baselines.questions.experiments import experiments
from reference.generative_baselines.questions.panels import plots_of


@check
def study_findings(team, lab, *, least, passages):
    """Findings on the models' accuracy are written down."""
    facts = experiments(team, lab)
    shown = [cell.index for cell in facts.judging if cell.shows] or [cell.index for cell in facts.judging]
    question = "What do they say of MMD² over hyperparameters and training size?"
    return to_read(lab, Asked(question, least, passages), shown, own_cells(facts))


@check
def plots_findings(team, lab, *, least, passages, grid):
    """Strengths and weaknesses of the models are written down."""
    plots = plots_of(team, lab, grid)
    shown = list(dict.fromkeys(d.cell.index for d in plots.panels)) or [cell.index for cell in plots.code]
    question = "What do they say of the models' strengths and weaknesses?"
    return to_read(lab, Asked(question, least, passages), shown, own_cells(plots.facts))


def own_cells(facts):
    """The cells of the first task."""
    return [cell for cell in facts.transcript.cells if cell.index <= facts.last_cell]
