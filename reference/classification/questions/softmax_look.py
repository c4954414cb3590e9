"""One look at a team's training: what a few short runs on the same small problem leave behind, and what explains it.

Why these runs prove what they claim. A run with a vanishing rate leaves the first parameters as they are, so it
shows the start (random ones are drawn alike every time, see `grader.team.descents`). At a small rate the parameters
move along the gradient at the start, as far as rate, factor and number of steps go: direction and distance come
apart, and the distances of runs with other rates and numbers of steps count both. At a large rate a few steps visit
places with very unlike probabilities; whoever is there with us after 1, 2 and 5 steps has the right gradient at
each of them, because every step begins where the one before ended. Whatever the steps' lengths are, the second of
two large ones goes along the gradient at the end of the first.
"""

from dataclasses import dataclass

from grader.errors import TeamFault
from reference.classification.questions.softmax_explanations import Explanation, explain
from reference.classification.questions.softmax_runs import (
    COLUMNS,
    FIXED_RATE,
    FIXED_STEPS,
    NO_RATE,
    ROWS,
    Runs,
    observe_all,
    observe_still,
    small_problem,
    small_runs,
)

REACH = 1.2
"""Rate of the large steps for the averaged loss."""


@dataclass(frozen=True)
class Seen:
    """One kind of training of the team, as far as it was seen."""

    by: str
    runs: Runs
    found: list[Explanation]
    """The best explanation first; empty where nothing could be read off."""
    fault: str = ""
    """Why it could not be run."""

    @property
    def best(self):
        """The best explanation, or one that explains nothing."""
        return self.found[0] if self.found else None


def looks(team, lab):
    """Every kind of training that the hand-in has, the whole training first; looked at once per hand-in.

    Raises the team's fault when the first kind cannot be run.
    """
    return lab.once("short trainings", lambda lab: [_seen(team, lab, by) for by in _kinds(team)])


def _kinds(team):
    return ("", *team.softmax.trainings[1:])


def _seen(team, lab, by):
    try:
        runs = look(team, lab, by)
    except TeamFault as fault:
        if not by:
            raise
        return Seen(by, Runs(None, by), [], fault.sentence())
    return Seen(by or team.softmax.trainings[0], runs, explain(runs))


def look(team, lab, by=""):
    """All short runs of one kind of training; raises the fault of the team's code when the first one fails.

    A rate or a number of steps that makes no difference is taken to be fixed at the sheet's from there on.
    """
    factory = team.softmax
    taken = factory.takes("rate", by), factory.takes("steps", by)
    runs = Runs(small_problem(lab), by, {}, *taken)
    observe_all(factory, runs, small_runs(runs))
    runs.rate_ignored = runs.rate_taken and runs.alike((NO_RATE, 2), (runs.unit, 2))
    runs.steps_ignored = runs.steps_taken and runs.alike((runs.unit, 1), (runs.unit, 5))
    if runs.rate_ignored or runs.steps_ignored:
        runs.rate_taken = runs.rate_taken and not runs.rate_ignored
        runs.steps_taken = runs.steps_taken and not runs.steps_ignored
        runs.left.clear()
        observe_all(factory, runs, small_runs(runs))
    if not runs.rate_taken:
        observe_still(factory, runs)
    observe_all(factory, runs, large_runs(runs))
    return runs


def large_runs(runs):
    """Runs that leave the neighbourhood of the start, by the factor that the small ones show."""
    if not runs.rate_taken:
        return [(FIXED_RATE, 40), (FIXED_RATE, 400)] if runs.steps_taken else []
    best = next(iter(explain(runs, complete=False)), None)
    rate = REACH / ROWS
    if best and best.factor:
        rows = best.reading.extended(runs.problem.X, runs.problem)
        rate *= (1 + COLUMNS) / (abs(best.factor) * float((rows**2).sum(axis=1).mean()))
    if not runs.steps_taken:
        return [(rate * 5 / FIXED_STEPS, 1), (rate * 50 / FIXED_STEPS, 1)]
    return [(rate, 1), (rate, 2), (rate, 5), (rate / 4, 5)]
