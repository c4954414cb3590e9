"""What a hand-in does not have: missing where we know what we questioned, else a person is asked."""

from grader.records import Verdict

SURE = 0.6
"""Least confidence of a binding at which a method that is not found is not there."""


def without(team, lab, role, method, what, step):
    """The outcome for a role that does not answer a method, in words ("returns ..."); None if it does."""
    if team.has(role, method):
        return None
    binding = team.binding(role)
    sure = binding.confidence >= SURE
    asked = "" if sure else f" {binding.why} A person looks."
    return lab.outcome(
        Verdict.MISSING if sure else Verdict.REVIEW,
        f"{binding.symbol} has no method that {what}.{asked}",
        step,
    )


def without_neighbours(team, lab):
    """The outcome where neighbours cannot be asked for; None if they can."""
    what, step = (
        "returns the nearest neighbours of a point",
        "The sheet asks for a method called kneighbours.",
    )
    return without(team, lab, "knn", "kneighbours", what, step)
