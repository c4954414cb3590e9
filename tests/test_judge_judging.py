"""From checks to findings: every way an item can end, and the words that go with it."""

from types import SimpleNamespace

import pytest

from grader.errors import Died, LimitReached, Overtime, Raised, RubricFault
from grader.judge.checks import check
from grader.judge.diagnosis_probes import Diagnosis
from grader.judge.judging import judge
from grader.judge.lab import LabFactory, Reference
from grader.records import Binding, Finding, Verdict
from grader.rubric import Rubric


class Team:
    def __init__(self, confidence=1.0, roles=("thing",)):
        self.confidence, self.roles = confidence, roles

    def has(self, role, method=""):
        return role in self.roles

    def binding(self, role):
        return Binding(role, "Thing", "class", confidence=self.confidence)


@check
def passes(team, lab):
    """All is well."""
    counted = lab.measured("counted", 1.0, at_most=2)
    return [lab.measured("number", 0 * lab.rng("x").random() + 1, at_most=2), counted]


@check
def fails(team, lab):
    """The number is small."""
    return lab.measured("number", 3.0, at_most=2, unit="nats")


@check
def fails_by_itself(team, lab):
    """The number is small."""
    return lab.failed("Its own mistake.", "Repair it.")


@check
def half(team, lab):
    """Half is right."""
    return lab.partial(0.5, "Half of it.")


@check
def raises(team, lab, *, fault):
    """It answers."""
    kinds = {
        "raised": Raised("ValueError: no", where="Thing.fit", next_step="Look there."),
        "overtime": Overtime("no answer within 5 s", where="Thing.fit"),
        "died": Died("the process is gone", where="Thing.fit"),
        "ours": ZeroDivisionError("division by zero"),
        "limit": LimitReached("the judge's time is up"),
        "rubric": RubricFault("knob out of range"),
    }
    raise kinds[fault]


@check
def sends_to_review(team, lab):
    """Borderline."""
    return lab.outcome(Verdict.REVIEW, "Close.")


CHECKS = {c.name: c for c in (passes, fails, fails_by_itself, half, raises, sends_to_review)}
FACTORY = LabFactory(Reference({}, {}), key=b"key", hand_in="hash")


def rubric_of(*items, confidence=0.6):
    rows = []
    for number, item in enumerate(items):
        row = {"id": f"i{number}", "task": "1", "title": "t", "points": 1, "roles": ["thing"]} | item
        rows.append(row)
    role = {"kind": "model", "title": "Thing", "names": ["thing"], "expected": "a class Thing"}
    return Rubric.model_validate(
        {"sheet": "s", "title": "t", "draft": True, "max": 1, "tasks": {}, "items": rows,
         "roles": {"thing": role}, "confidence": confidence}
    )  # fmt: skip


def one(check_name, team=None, **knobs):
    rubric = rubric_of({"checks": [{"check": check_name, **knobs}]})
    return judge(team or Team(), rubric, CHECKS, FACTORY)[0]


def test_a_passing_check_speaks_its_docstring_and_carries_evidence_with_seed():
    found = one("passes")
    assert (found.verdict, found.share, found.message) == (Verdict.PASSED, 1.0, "All is well.")
    assert found.evidence[0].wanted == "at most 2"
    assert isinstance(found.evidence[0].seed, int)
    assert found.evidence[1].seed is None, "what was counted without random numbers has no seed"


def test_a_failing_measurement_says_wanted_and_got_with_unit():
    found = one("fails")
    assert found.verdict is Verdict.FAILED
    assert found.message == "The number should be at most 2 nats, got 3 nats."


def test_a_partial_outcome_keeps_its_share():
    found = one("half")
    assert (found.verdict, found.share) == (Verdict.PARTIAL, 0.5)


def test_a_role_that_was_not_found_is_missing_with_what_was_expected():
    found = one("passes", Team(roles=()))
    assert found.verdict is Verdict.MISSING
    assert "Expected a class Thing." in found.message


def test_a_fault_of_the_teams_code_fails_in_its_own_words():
    found = one("raises", fault="raised")
    assert found.verdict is Verdict.FAILED
    assert found.message == "Thing.fit: ValueError: no"
    assert found.next_step == "Look there."


@pytest.mark.parametrize(
    ("fault", "words"), [("overtime", "limit is the grader's"), ("died", "grader's limits")]
)
def test_our_limits_are_named_as_ours(fault, words):
    found = one("raises", fault=fault)
    assert found.verdict is Verdict.FAILED
    assert words in found.message


@pytest.mark.parametrize("fault", ["ours", "limit"])
def test_our_own_faults_are_broken_and_never_failed(fault):
    found = one("raises", fault=fault)
    assert (found.verdict, found.share) == (Verdict.BROKEN, 0.0)


def test_a_fault_of_the_rubric_is_not_swallowed():
    with pytest.raises(RubricFault):
        one("raises", fault="rubric")


@pytest.mark.parametrize("name", ["fails", "half"])
def test_below_the_needed_confidence_points_are_lost_to_nobody_but_a_person(name):
    found = one(name, Team(confidence=0.3))
    assert found.verdict is Verdict.REVIEW
    assert "We questioned Thing as the Thing: is that so?" in found.message


def test_two_passed_items_confirm_an_uncertain_name():
    for passed, verdict in ((1, Verdict.REVIEW), (2, Verdict.FAILED)):
        rubric = rubric_of(*[{"checks": [{"check": name}]} for name in ["passes"] * passed + ["fails"]])
        assert judge(Team(confidence=0.3), rubric, CHECKS, FACTORY)[-1].verdict is verdict


def test_a_pass_stands_at_any_confidence():
    assert one("passes", Team(confidence=0.1)).verdict is Verdict.PASSED


def with_need(first, second):
    rubric = rubric_of({"checks": [{"check": first}]}, {"checks": [{"check": second}], "needs": ["i0"]})
    return judge(Team(), rubric, CHECKS, FACTORY)[1]


def test_a_failure_behind_a_failed_prerequisite_is_blocked():
    found = with_need("fails", "fails")
    assert found.verdict is Verdict.BLOCKED
    assert found.message.startswith("Not decided by the machine, because i0 did not pass.")


def test_a_check_that_went_its_own_way_fails_all_the_same():
    assert with_need("fails", "fails_by_itself").verdict is Verdict.FAILED


def test_a_pass_behind_a_failed_prerequisite_stands():
    assert with_need("fails", "passes").verdict is Verdict.PASSED


def test_a_failure_behind_a_passed_prerequisite_is_a_failure():
    assert with_need("passes", "fails").verdict is Verdict.FAILED


def test_review_and_no_check_leave_it_to_a_person():
    assert one("sends_to_review").verdict is Verdict.REVIEW
    found = judge(Team(), rubric_of({"kind": "review", "roles": []}), CHECKS, FACTORY)[0]
    assert found.verdict is Verdict.REVIEW


def test_the_worst_of_several_checks_decides_and_all_evidence_is_kept():
    rubric = rubric_of({"checks": [{"check": "passes"}, {"check": "fails"}, {"check": "half"}]})
    found = judge(Team(), rubric, CHECKS, FACTORY)[0]
    assert found.verdict is Verdict.FAILED
    assert [e.passed for e in found.evidence] == [True, True, False]


def test_order_is_the_rubrics_and_private_items_stay_out_of_a_public_round():
    rubric = rubric_of({"checks": [{"check": "passes"}]}, {"checks": [{"check": "passes"}], "public": False})
    assert [f.item for f in judge(Team(), rubric, CHECKS, FACTORY)] == ["i0", "i1"]
    assert [f.item for f in judge(Team(), rubric, CHECKS, FACTORY, public_only=True)] == ["i0"]


def test_a_restricted_round_judges_what_is_needed_too():
    rubric = rubric_of(
        {"checks": [{"check": "passes"}]},
        {"checks": [{"check": "passes"}]},
        {"checks": [{"check": "passes"}], "needs": ["i0"]},
    )
    assert [f.item for f in judge(Team(), rubric, CHECKS, FACTORY, only=["i2"])] == ["i0", "i2"]


def test_given_findings_are_passed_on():
    given = Finding("i0", Verdict.FAILED, message="made elsewhere")
    rubric = rubric_of({"checks": [{"check": "passes"}]}, {"checks": [{"check": "fails"}], "needs": ["i0"]})
    found = judge(Team(), rubric, CHECKS, FACTORY, given={"i0": given})
    assert found[0] is given
    assert found[1].verdict is Verdict.BLOCKED


def test_seconds_are_measured_per_item():
    ticks = iter([1.0, 3.5])
    found = judge(
        Team(), rubric_of({"checks": [{"check": "passes"}]}), CHECKS, FACTORY, clock=lambda: next(ticks)
    )
    assert found[0].seconds == 2.5


def test_a_team_is_never_asked_for_a_role_it_lacks():
    team = SimpleNamespace(has=lambda role, method="": False, binding=lambda role: Binding(role, "", ""))
    assert (
        judge(team, rubric_of({"checks": [{"check": "passes"}]}), CHECKS, FACTORY)[0].verdict
        is Verdict.MISSING
    )


def test_a_role_whose_search_broke_is_our_fault_and_not_missing():
    class Unlucky(Team):
        def binding(self, role):
            return Binding(role, "", "broken", why="Our search for it failed.")

    rubric = rubric_of({"checks": [{"check": "passes"}], "roles": ["thing"]})
    found = judge(Unlucky(roles=()), rubric, CHECKS, FACTORY)[0]
    assert found.verdict is Verdict.BROKEN
    assert "Our search" in found.message


@pytest.mark.parametrize(
    ("reveal", "diagnosis", "next_step"),
    [("observation", "", ""), ("cause", "noise_missing", ""), ("everything", "noise_missing", "Repair it.")],
)
def test_what_is_told_of_a_lost_point_is_the_courses_choice(reveal, diagnosis, next_step):
    rubric = rubric_of({"checks": [{"check": "fails_by_itself"}]})

    def cause(team, item, lab, finding):
        return Diagnosis("noise_missing", "The noise is missing.")

    found = judge(Team(), rubric, CHECKS, FACTORY, diagnose=cause, reveal=reveal)[0]
    assert found.message.startswith("Its own mistake.")
    assert ("The noise is missing." in found.message) is bool(diagnosis)
    assert (found.diagnosis, found.next_step) == (diagnosis, next_step)


def test_what_is_told_of_a_missing_thing_does_not_depend_on_the_courses_choice():
    rubric = rubric_of({"checks": [{"check": "passes"}]})
    found = judge(Team(roles=()), rubric, CHECKS, FACTORY, reveal="observation")[0]
    assert found.next_step
