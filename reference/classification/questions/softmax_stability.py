"""The softmax of large logits, and what is seen where it is wrong: an overflow, other values, points that mix."""

import numpy as np

from grader.errors import TeamFault
from grader.judge.checks import check
from grader.records import Verdict
from reference.classification.models import softmax
from reference.classification.questions.softmax import name_of, outside
from reference.classification.questions.softmax_look import looks

LARGE = np.array(
    [[1000.0, 0.0, -1000.0], [3.0, 1003.0, 1002.0], [-1000.0, -1001.0, -1002.0], [0.5, 0.2, -0.3]]
)
PLAIN = np.array([[1.0, 0.0, -1.0], [0.3, 1.4, 1.1], [-1.0, -1.2, -1.3], [0.5, 0.2, -0.3]])
"""Logits for which no exponential overflows, with or without a shift."""


@check
def softmax_stable(team, lab, *, tolerance):
    """The softmax of logits around 1000 is finite and right."""
    if not team.has("softmax"):
        return outside(team, lab)
    where = lab.on(team, "softmax", "squash")
    problem = looks(team, lab)[0].runs.problem
    model = team.softmax(rate=0.01, steps=1, classes=problem.classes)
    if not model.has("squash"):
        return stable_training(team, lab)
    try:
        model.fit(problem.X, problem.y)
        alone, plain, answer = (np.asarray(model.squash(z), dtype=float) for z in (PLAIN[3:], PLAIN, LARGE))
    except TeamFault as fault:
        return lab.outcome(Verdict.REVIEW, f"{where} could not be asked for logits: {fault.sentence()}")
    shapes = (alone.shape, plain.shape, answer.shape)
    if shapes != ((1, 3), PLAIN.shape, LARGE.shape) or abs(alone.sum() - 1) > 1e-3:
        lab.note(f"{where} does not answer rows of logits with rows of probabilities.")
        return stable_training(team, lab)
    wrong = off(plain, softmax(PLAIN))
    if not wrong <= tolerance:
        return not_softmax(lab, where, alone, plain, wrong, tolerance)
    finite = float(np.isfinite(answer).mean())
    measured = lab.measured("share of finite probabilities for logits around 1000", finite, at_least=1.0)
    if not measured.passed:
        return unstable(lab, where, measured)
    gap = lab.measured("largest error of a probability", off(answer, softmax(LARGE)), at_most=tolerance)
    if gap.passed:
        return lab.own(measured, gap)
    text = f"{where}: for logits around 1000 the probabilities are finite, but not those of the softmax."
    return lab.failed(text, "Subtract the largest logit of each point first.", measured, gap)


def off(answer, wanted):
    """The largest error of a probability; NaN where one is no number."""
    return float(np.max(np.abs(answer - wanted)))


def not_softmax(lab, where, alone, plain, wrong, tolerance):
    """Wrong without any overflow: does a point's answer depend on the points beside it?"""
    measured = lab.measured("largest error of a probability for logits up to 1.4", wrong, at_most=tolerance)
    mixed = lab.measured("change of a point's probabilities by points beside it", off(alone[0], plain[3]), at_most=tolerance)  # fmt: skip
    if mixed.passed:
        text = f"{where}: even for small logits the values are not exp(g) over its sum."
        return lab.failed(text, "Compare with three logits worked out by hand.", measured)
    text = f"{where}: the probabilities of one point change with the points that are asked about beside it."
    step = "Maximum and sum belong to the classes of one point: look at the axis of each."
    return lab.failed(text, step, mixed, measured)


def unstable(lab, where, *measured):
    """Recommended, not required: it costs nothing here."""
    return lab.failed(
        f"{where}: for logits around 1000 the exponential overflows, and probabilities become NaN.",
        "Subtract the largest logit of each point first: the quotient stays the same.",
        *measured,
    )


def stable_training(team, lab):
    """Whether training goes on with finite numbers where scores become some thousands: large rate, or large points."""
    seen = looks(team, lab)[0]
    where = name_of(team, lab, seen)
    problem = seen.runs.problem
    larger = 1.0 if seen.runs.rate_taken else 1e3
    try:
        model = team.softmax(rate=1e3, steps=4, classes=problem.classes).fit(larger * problem.X, problem.y)
    except TeamFault as fault:
        return lab.outcome(Verdict.REVIEW, f"{where} stops after very large steps: {fault.sentence()}")
    arrays = [a for a in model.arrays.values() if a.size >= problem.classes]
    finite = float(np.mean([np.isfinite(a).all() for a in arrays])) if arrays else 1.0
    measured = lab.measured("share of finite arrays after very large steps", finite, at_least=1.0)
    return lab.own(measured) if measured.passed else unstable(lab, where, measured)
