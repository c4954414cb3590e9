"""Whether what a role fills is the team's own work: what the code that its questions reach takes from libraries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from grader.judge.checks import Outcome
from grader.judge.library_uses import Use
from grader.judge.reachable import Reach, reach_of
from grader.records import Verdict


def own_work(
    team: Any,
    lab: Any,
    roles: Sequence[str],
    forbidden: Sequence[str],
    borderline: Sequence[str],
    instead: str,
    allowed: Sequence[str] = (),
) -> Outcome:
    """Judge whether the roles are written with fundamental functions alone.

    ``forbidden`` and ``borderline`` are patterns of full library names (``sklearn.*``), ``allowed`` are exceptions
    from both. A forbidden use leaves all items of its role to a person, a borderline one is shown to a person with
    its place; only what the roles' own code reaches counts, so that comparing with a library elsewhere is fine.
    ``instead`` is the step that a reader is told. Missing where no role was found.
    """
    present = [role for role in roles if team.has(role)]
    if not present:
        return lab.outcome(Verdict.MISSING, "None of the models was found in the hand-in.")  # type: ignore[no-any-return]
    reaches = {role: reach_of(team, role) for role in present}
    ready_made = {role: _uses(reach, forbidden, allowed) for role, reach in reaches.items()}
    doubtful = {role: _uses(reach, borderline, (*allowed, *forbidden)) for role, reach in reaches.items()}
    unread = [team.binding(role).symbol for role, reach in reaches.items() if reach is None]
    measured = [
        lab.measured(f"{role}: ready-made classes and algorithms", len(ready_made[role]), at_most=0)
        for role in present
    ]
    withheld = {role: _reason(team, role, found) for role, found in ready_made.items() if found}
    told = [*withheld.values(), *(_doubt(team, role, found) for role, found in doubtful.items() if found)]
    if unread:
        told.append(f"The source of {', '.join(unread)} could not be followed.")
    if not told:
        return lab.own(*measured)  # type: ignore[no-any-return]
    text = f"{' '.join(told)} A person decides."
    outcome = lab.outcome(Verdict.REVIEW, text, instead if withheld else "", *measured)
    return replace(outcome, withhold=withheld)  # type: ignore[no-any-return]


def _uses(reach: Reach | None, patterns: Iterable[str], allowed: Iterable[str]) -> list[Use]:
    """Library names among the patterns, each once, with the first place."""
    if reach is None:
        return []
    fine = {use.name for use in reach.using(allowed)}
    found = {use.name: use for use in reversed(reach.using(patterns)) if use.name not in fine}
    return list(found.values())[::-1]


def _reason(team: Any, role: str, found: Sequence[Use]) -> str:
    """Why the items of a role are left to a person."""
    return f"{team.binding(role).symbol}: uses {_places(found)}, which the sheet excludes."


def _doubt(team: Any, role: str, found: Sequence[Use]) -> str:
    """A borderline use in words."""
    return f"Is this a fundamental function, in {team.binding(role).symbol}: {_places(found)}?"


def _places(found: Sequence[Use]) -> str:
    """Library names with their places."""
    return " and ".join(f"{use.name} ({use.where})" for use in found)
