"""Whether the models are the team's own work: what the code that their questions reach takes from libraries."""

from grader.judge.checks import check
from grader.judge.own_work import own_work

INSTEAD = "Write the model and its training yourself; compare with scikit-learn in another cell."


@check
def written_from_scratch(team, lab, *, roles, forbidden, borderline):
    """The models are written by the team itself, with fundamental functions of the libraries alone."""
    return own_work(team, lab, roles, forbidden, borderline, INSTEAD)
