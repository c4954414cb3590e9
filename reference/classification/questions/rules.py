"""Whether the methods of the three tasks are written with NumPy alone, as the sheet asks."""

from grader.judge.checks import check
from grader.judge.own_work import own_work

INSTEAD = "Write the method with NumPy; a comparison with scikit-learn may stand beside it."


@check
def numpy_alone(team, lab, *, roles, forbidden, borderline, allowed):
    """The methods are written with NumPy alone; comparisons and data sets may come from libraries."""
    return own_work(team, lab, roles, forbidden, borderline, INSTEAD, allowed)
