"""Whether the models are the team's own work: what the code that their questions reach takes from libraries."""

from dataclasses import replace

from grader.judge.checks import check
from grader.judge.reachable import reach_of
from grader.records import Verdict


@check
def written_from_scratch(team, lab, *, roles, forbidden, borderline):
    """The models are written by the team itself, with fundamental functions of the libraries alone."""
    present = [role for role in roles if team.has(role)]
    if not present:
        return lab.outcome(Verdict.MISSING, "None of the models was found in the hand-in.")
    reaches = {role: reach_of(team, role) for role in present}
    ready_made = {role: uses(reach, forbidden) for role, reach in reaches.items()}
    doubtful = {role: uses(reach, borderline) for role, reach in reaches.items()}
    unread = [team.binding(role).symbol for role, reach in reaches.items() if reach is None]
    measured = [
        lab.measured(f"{role}: ready-made classes and algorithms", len(ready_made[role]), at_most=0)
        for role in present
    ]
    withheld = {role: reason(team, role, found) for role, found in ready_made.items() if found}
    told = [*withheld.values(), *(doubt(team, role, found) for role, found in doubtful.items() if found)]
    if unread:
        told.append(f"The source of {', '.join(unread)} could not be followed.")
    if not told:
        return lab.own(*measured)
    outcome = lab.outcome(Verdict.REVIEW, f"{' '.join(told)} A person decides.", step(withheld), *measured)
    return replace(outcome, withhold=withheld)


def uses(reach, patterns):
    """Library names among the patterns, each once, with the first place."""
    return list({use.name: use for use in reversed(reach.using(patterns))}.values())[::-1] if reach else []


def reason(team, role, found):
    """Why the items of a role are left to a person."""
    return f"{team.binding(role).symbol}: uses {places(found)}, which the sheet excludes."


def doubt(team, role, found):
    """A borderline use in words."""
    return f"Is this a fundamental function, in {team.binding(role).symbol}: {places(found)}?"


def places(found):
    """Library names with their places."""
    return " and ".join(f"{use.name} ({use.where})" for use in found)


def step(withheld):
    """What a team can do about it."""
    return (
        "Write the model and its training yourself; compare with scikit-learn in another cell."
        if withheld
        else ""
    )
