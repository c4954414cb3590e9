"""From a team that can be questioned to one finding per item, in the rubric's order.

What happens to the outcome of an item's checks:

- the role was not found                         -> missing, unless the checks are to say what that means
- all checks passed                              -> passed
- a check failed or passed in part               -> failed, partial
- ... but a prerequisite did not pass and the check did not go its own way around it -> blocked
- ... but the binding is less certain than the rubric asks -> review, unless other items of the role passed
- the team's code did not answer (TeamFault)     -> failed, with the fault's own words
- ... because it took a plain value of ours for an object of its own -> review: our call may be wrong
- what failed or is missing was asked in doubt   -> review: it is there, but we do not know how to call it
- any other exception                            -> broken: our fault, never costs points
- no check for it                                -> review: a person reads it
- another item's check withholds its role        -> review, with what the machine would have said
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

from grader.errors import Died, LimitReached, Overtime, Raised, RubricFault, TeamFault
from grader.judge.checks import Check, Outcome, validate_uses
from grader.judge.diagnosis import Diagnose
from grader.judge.lab import Lab
from grader.records import Finding, Verdict
from grader.rubric import Item, Rubric

CONFIRMING = 2
"""Items of a role that must have passed before an uncertain name stands in the way of a failure no more."""

LabOpener = Callable[[str, Mapping[str, Finding]], Lab]


def judge(
    team: Any,
    rubric: Rubric,
    checks: Mapping[str, Check],
    lab_factory: LabOpener,
    *,
    given: Mapping[str, Finding] | None = None,
    only: Collection[str] | None = None,
    public_only: bool = False,
    clock: Callable[[], float] = time.perf_counter,
    diagnose: Diagnose | None = None,
    reveal: str = "everything",
) -> tuple[Finding, ...]:
    """Judge every item of the rubric and return the findings in its order.

    ``given`` holds findings made elsewhere (names of files, the clean run), which are passed on as they are.
    ``only`` restricts the work to these items and what they need; ``public_only`` to public items.
    ``diagnose`` looks for the mistake behind each failed or partly failed item; ``reveal`` says how much of it
    is told (see ``grader.rubric.Reveal``).
    Raises ``RubricFault`` when rubric and checks do not fit together.
    """
    validate_uses(rubric, checks)
    wanted = selected(rubric, only)
    findings: dict[str, Finding] = {}
    withheld: dict[str, str] = {}
    for item in rubric.items:
        if item.id not in wanted or (public_only and not item.public):
            continue
        if given and item.id in given:
            findings[item.id] = given[item.id]
            continue
        start = clock()
        lab = lab_factory(item.id, findings)
        finding = judge_item(team, item, rubric, checks, lab, withheld)
        if reveal != "observation":
            finding = diagnosed(finding, team, item, lab, diagnose)
        findings[item.id] = replace(revealed(finding, reveal), seconds=clock() - start)
    return tuple(left_open(rubric.item(name), found, withheld) for name, found in findings.items())


def diagnosed(finding: Finding, team: Any, item: Item, lab: Lab, diagnose: Diagnose | None) -> Finding:
    """The finding with the mistake behind it, where that is clear; whatever goes wrong here costs nothing."""
    if diagnose is None or finding.verdict not in {Verdict.FAILED, Verdict.PARTIAL}:
        return finding
    try:
        found = diagnose(team, item, lab, finding)
    except Exception:  # a diagnosis is a favour: the verdict stands without it
        return finding
    return finding if found is None else found.told(finding)


def revealed(finding: Finding, reveal: str) -> Finding:
    """The finding with as much about a lost point as may be told; other findings stay as they are."""
    if finding.verdict not in {Verdict.FAILED, Verdict.PARTIAL} or reveal == "everything":
        return finding
    return replace(finding, next_step="", diagnosis=finding.diagnosis if reveal == "cause" else "")


def left_open(item: Item, finding: Finding, withheld: Mapping[str, str]) -> Finding:
    """The finding of an item that questions a withheld role: a person decides, the machine's word is kept."""
    reasons = [withheld[role] for role in item.roles if role in withheld]
    if not reasons or finding.verdict not in {Verdict.PASSED, Verdict.PARTIAL, Verdict.FAILED}:
        return finding
    why = f"{' '.join(reasons)} The machine's own verdict would be '{finding.verdict}': {finding.message}"
    return replace(finding, verdict=Verdict.REVIEW, share=0.0, message=why)


def selected(rubric: Rubric, only: Collection[str] | None) -> set[str]:
    """The items asked for, with all they need; raises ``RubricFault`` for an unknown one."""
    if only is None:
        return {item.id for item in rubric.items}
    chosen = {rubric.item(name).id for name in only}
    for item in reversed(rubric.items):
        if item.id in chosen:
            chosen.update(item.needs)
    return chosen


def judge_item(
    team: Any,
    item: Item,
    rubric: Rubric,
    checks: Mapping[str, Check],
    lab: Lab,
    withheld: dict[str, str] | None = None,
) -> Finding:
    """Judge one item; prerequisites are looked up in ``lab.findings``.

    Roles that a check withholds are added to ``withheld`` with the reason.
    """
    absent = [role for role in item.roles if not team.has(role)]
    unlucky = [role for role in absent if team.binding(role).kind == "broken"]
    if unlucky:
        return Finding(item.id, Verdict.BROKEN, message=team.binding(unlucky[0]).why)
    doubts = getattr(team, "doubts", None)
    if doubts is not None:
        doubts.clear()
    if absent and item.unfound == "missing":
        return in_doubt(missing(item, rubric, absent), item, _asked_again(team, absent))
    if not item.checks:
        return Finding(item.id, Verdict.REVIEW, message="No automatic check: a person looks at this.")
    outcomes = []
    for use in item.checks:
        outcome, broken = run_check(checks[use.check], team, lab, use.knobs)
        if broken:
            return replace(finding_of(item, lab, outcome), verdict=Verdict.BROKEN, share=0.0)
        outcomes.append(outcome)
        if withheld is not None:
            withheld.update(outcome.withhold)
    passed_text = " ".join(checks[use.check].sentence for use in item.checks)
    outcome = combine(outcomes, passed_text)
    finding = settle(team, item, rubric, lab, outcome)
    lost = outcome.verdict in {None, Verdict.MISSING, Verdict.BLOCKED} and outcome.earned < 1
    return in_doubt(finding, item, doubts, outcome.message) if lost else finding


def _asked_again(team: Any, roles: list[str]) -> Any:
    """The team's doubts after asking for these roles, which are not found."""
    for role in roles:
        team.has(role)
    return getattr(team, "doubts", None)


def in_doubt(finding: Finding, item: Item, doubts: Any, seen: str = "") -> Finding:
    """A loss that may come from our way of asking is left to a person; ``doubts`` has a sentence per role."""
    raised = {} if doubts is None else doubts.raised
    why = next((raised[role] for role in item.roles if role in raised), "")
    if not why:
        return finding
    what = (
        f" What we saw: {seen}" if seen and seen not in why and finding.verdict is not Verdict.MISSING else ""
    )
    return replace(finding, verdict=Verdict.REVIEW, share=0.0, message=f"{why}{what}", next_step="")


def run_check(check: Check, team: Any, lab: Lab, knobs: Mapping[str, Any]) -> tuple[Outcome, bool]:
    """Run one check; the second value says that it broke through no fault of the team."""
    try:
        return check(team, lab, **knobs), False
    except TeamFault as fault:
        ours = isinstance(fault, Raised) and fault.of_plain_value
        verdict = Verdict.REVIEW if ours else None
        return Outcome((), 0.0, fault_sentence(fault), fault.next_step, verdict), False
    except RubricFault:
        raise
    except LimitReached as limit:
        return Outcome((), 0.0, f"One of our own limits ended this check: {limit.sentence()}"), True
    except Exception as error:  # a mistake of ours must never cost a team points
        what = f"The check '{check.name}' itself broke ({type(error).__name__}: {error})."
        return Outcome((), 0.0, what, "This is not your fault: a person will look at it."), True


def fault_sentence(fault: TeamFault) -> str:
    """The fault in words; limits of ours are named as ours."""
    text = fault.sentence()
    if fault.next_step and text.endswith(fault.next_step):
        text = text[: -len(fault.next_step)].strip()
    if isinstance(fault, Raised) and fault.of_plain_value:
        text += " (It took a plain value of ours for an object: our way of calling may be at fault.)"
    elif isinstance(fault, Overtime):
        text += " (The limit is the grader's.)"
    elif isinstance(fault, Died):
        text += " (The process that ran your code ended, by itself or at one of the grader's limits.)"
    return text


def combine(outcomes: list[Outcome], passed_text: str) -> Outcome:
    """One outcome for the item: the worst check speaks, every measurement is kept."""
    worst = min(outcomes, key=lambda o: (o.verdict is None, o.earned))
    message, next_step = worst.sentence()
    return Outcome(
        tuple(m for o in outcomes for m in o.measured),
        worst.earned,
        message or passed_text,
        next_step,
        worst.verdict,
        worst.independent,
        worst.proved(),
    )


def settle(team: Any, item: Item, rubric: Rubric, lab: Lab, outcome: Outcome) -> Finding:
    """Turn an outcome into a verdict: prerequisites and certainty of the binding can soften a failure."""
    finding = finding_of(item, lab, outcome)
    if outcome.verdict is not None or outcome.earned >= 1:
        return finding
    unmet = [need for need in item.needs if not lab.passed(need)]
    if unmet and (not outcome.independent or _carries_over(team, item)):
        why = f"Not decided by the machine, because {' and '.join(unmet)} did not pass. {outcome.message}"
        return replace(finding, verdict=Verdict.BLOCKED, share=0.0, message=why)
    unsure = [
        role
        for role in item.roles
        if team.binding(role).confidence < rubric.confidence and not confirmed(role, rubric, lab)
    ]
    if unsure:
        symbols = ", ".join(
            f"{team.binding(role).symbol} as the {rubric.roles[role].title}" for role in unsure
        )
        why = f"We questioned {symbols}: is that so? {outcome.message}"
        return replace(finding, verdict=Verdict.REVIEW, share=0.0, message=why)
    return finding


def confirmed(role: str, rubric: Rubric, lab: Lab) -> bool:
    """Whether what was taken for a role has shown by its answers that it is: enough of the role's items passed."""
    findings = [lab.findings.get(item.id) for item in rubric.items if role in item.roles and item.checks]
    return sum(found is not None and found.verdict is Verdict.PASSED for found in findings) >= CONFIRMING


def _carries_over(team: Any, item: Item) -> bool:
    """Whether one fit of a role can reach into the next, so that what comes after a wrong one cannot be told apart."""
    carries = getattr(team, "carries_over", None)
    return carries is not None and any(carries(role) for role in item.roles)


def finding_of(item: Item, lab: Lab, outcome: Outcome) -> Finding:
    """The record of an outcome, before prerequisites are considered."""
    share = outcome.earned
    verdict = Verdict.PASSED if share >= 1 else Verdict.FAILED if share <= 0 else Verdict.PARTIAL
    decided = outcome.verdict is None
    return Finding(
        item=item.id,
        verdict=verdict if outcome.verdict is None else outcome.verdict,
        share=share if decided else 0.0,
        message=outcome.message,
        judged_on=lab.judged_on[0] if lab.judged_on else "",
        diagnosis=outcome.diagnosis,
        next_step="" if decided and share >= 1 else outcome.next_step,
        readings=tuple(lab.readings),
        evidence=tuple(m.evidence() for m in outcome.measured),
        pictures=dict(lab.pictures),
        cells=tuple(lab.cells),
    )


def missing(item: Item, rubric: Rubric, absent: list[str]) -> Finding:
    """The finding for an item whose role the hand-in does not fill."""
    role = rubric.roles[absent[0]]
    expected = role.expected or f"a {role.kind} named like {role.names[0]}"
    return Finding(
        item.id,
        Verdict.MISSING,
        message=f"{role.title}: not found in the hand-in. Expected {expected}.",
        next_step="If it is there under another name, tell your tutor the name of the class or function.",
    )
