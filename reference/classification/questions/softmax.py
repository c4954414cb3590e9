"""The gradient of the cross entropy, whatever the parameters look like.

See `softmax_look` for the short runs and what they prove. A gradient passes when any kind of training that the
hand-in offers, its own or our steps along its gradient, walks the path of the right one; how it walks (rate, number
of steps, order of the classes) belongs to the item of training.
"""

from dataclasses import replace

import numpy as np

from grader.judge.checks import check
from grader.records import Verdict
from reference.classification.questions.softmax_explanations import ALIGNED, LOOSE
from reference.classification.questions.softmax_look import looks
from reference.classification.questions.softmax_runs import ROWS
from reference.classification.questions.softmax_words import (
    SOFTMAX,
    descends_otherwise,
    hands_over_ones,
    written_elsewhere,
)

TEST_YOURSELF = "Compare your gradient with finite differences of your loss on five points, at parameters that are not zero."


def is_right(seen, tolerance):
    """Whether the right gradient explains one kind of training, its direction aside."""
    if seen.best is None or seen.best.error != seen.best.error:
        return False
    only_end = not (seen.runs.rate_taken or seen.runs.steps_taken)
    return seen.best.error <= (LOOSE if only_end else tolerance)


def is_gradient(seen, tolerance):
    """Whether the gradient is right, whatever the lengths of the steps: at the start, and after a large step."""
    if is_right(seen, tolerance):
        return True
    best = seen.best
    return best is not None and best.aligned and best.second * np.sign(best.direction) >= ALIGNED


@check
def softmax_gradient(team, lab, *, tolerance, bias_share):
    """The gradient of the cross entropy is right, at the start and at places with very unlike probabilities."""
    if not team.has("softmax"):
        return outside(team, lab)
    found = looks(team, lab)
    where = name_of(team, lab, found[0])
    right = [seen for seen in found if is_gradient(seen, tolerance)]
    down = [seen for seen in right if seen.best.direction > 0]
    if down:
        return with_or_without_bias(team, lab, where, down, bias_share)
    if right:
        return uphill(team, lab, where, right)
    return unexplained(team, lab, where, found, tolerance)


def outside(team, lab):
    """No class and no function of it was found: missing, or written at the top of a script or notebook."""
    cells = written_elsewhere(lab)
    modules = [text for text in lab.transcript.modules if SOFTMAX.search(text)]
    if not (cells or modules):
        return lab.outcome(
            Verdict.MISSING,
            "Softmax regression: not found in the hand-in.",
            "If it is there under another name, tell your tutor the name of the class or function.",
        )
    lab.point(*cells)
    return lab.outcome(
        Verdict.REVIEW,
        "The softmax regression is not written as a class or as functions that we can question; a person looks at "
        "the code.",
    )


def name_of(team, lab, seen):
    """The team's name of what was asked, noted for the page."""
    return lab.on(team, "softmax", seen.by if seen.by in team.binding("softmax").methods else "fit")


def evidence(lab, seen, tolerance=None):
    """The measured distance of one kind of training from the path of the right gradient."""
    if tolerance is None and abs(seen.best.second) >= ALIGNED:
        name = "cosine between the second large step and the right one"
        return lab.measured(name, abs(seen.best.second), at_least=ALIGNED)
    name = "distance of the parameters from our path, over its length"
    return lab.measured(name, seen.best.error, at_most=tolerance or max(1e-4, seen.best.error))


def with_or_without_bias(team, lab, where, down, share):
    """The gradient is right; a bias that nothing learns costs a part, ones added outside are a bias."""
    best = next((seen for seen in down if seen.best.reading.bias), down[0])
    notes(lab, best)
    form = team.softmax.form(best.by)
    if best.best.reading.bias or form.ones or form.wide:
        return lab.own(evidence(lab, best))
    handed = hands_over_ones(team, lab)
    if handed:
        lab.note("The bias is learned as the weight of a column of ones that is added before the training.")
        return lab.own(evidence(lab, best))
    if handed is None and team.softmax.trainings[0] != "fit":
        lab.note("Whether points get a column of ones for the bias is not seen where the code is defined.")
        return lab.own(evidence(lab, best))
    outcome = lab.partial(
        share,
        f"{where}: the gradient by the weights is right, but no bias theta_0 is learned.",
        "The sheet's scores have a bias per class: learn it beside the weights, or give every point a 1.",
        evidence(lab, best),
    )
    return replace(outcome, diagnosis="softmax_no_bias_gradient")


def notes(lab, seen):
    """How sum or mean, and the points, were read."""
    if not (seen.runs.rate_taken or seen.runs.steps_taken):
        lab.note("Only the end of the training is seen: rate and number of steps are fixed in the code.")
    elif abs(seen.best.factor - 1 / ROWS) < 1e-3 / ROWS:
        lab.note("The loss is averaged over the points; the sheet sums it.")
    elif abs(seen.best.factor - 1) > 0.01 and seen.runs.steps_taken:
        lab.note(f"The gradient is that of the summed loss times {seen.best.factor:.3g} (for {ROWS} points).")
    if seen.best.reading.scaling:
        lab.note(f"The training works on points {seen.best.reading.scaling}.")


def uphill(team, lab, where, right):
    """Every path is right but walked upwards: whose sign is wrong, the gradient's or the step's?"""
    if all(seen.by != "gradient" for seen in right):
        lab.note("The slope is right; that the steps go up it is the matter of the training.")
        return lab.own(evidence(lab, right[0]))
    seen = next(one for one in right if one.by == "gradient")
    return lab.failed(
        f"{where}: the gradient has the wrong sign. A step against it makes the cross entropy larger.",
        "By the scores of one point the derivative is p - onehot(y). Which of the two do you subtract?",
        lab.measured("cosine with the gradient", seen.best.direction, at_least=0.9999).proving(
            "softmax_gradient_sign"
        ),
    )


def unexplained(team, lab, where, found, tolerance):
    """No reading of points and parameters makes the paths those of the right gradient."""
    known = [seen for seen in found if seen.best is not None]
    if not known:
        return lab.outcome(
            Verdict.REVIEW,
            f"{where} ran, but we could not find its parameters: a person looks at the gradient.",
        )
    best = min(known, key=lambda seen: seen.best.rank())
    if not best.best.direction:
        text = f"{where} ran, but nothing that looks like its parameters changed: a person looks at the gradient."
        return lab.outcome(Verdict.REVIEW, text)
    message, measured = told(lab, where, best, tolerance)
    other = descends_otherwise(team, lab)
    if other or not team.softmax.steady:
        why = f"its code speaks of '{other}'" if other else "no two trainings on the same data are alike"
        text = f"{message} That may be no mistake, as {why}: a person looks at it."
        return lab.outcome(Verdict.REVIEW, text, "", *measured)
    return lab.failed(message, TEST_YOURSELF, *measured)


def told(lab, where, seen, tolerance):
    """What is seen of a wrong gradient, in words and numbers."""
    best = seen.best
    direction = lab.measured(
        "cosine between the first step and the right one", best.direction, at_least=0.9999
    )
    if seen.runs.not_finite:
        message = f"{where}: on {ROWS} points with values around 1 the parameters become NaN or infinite."
        return message, [direction]
    if not (seen.runs.rate_taken or seen.runs.steps_taken):
        message = (
            f"{where}: the parameters at the end are not those of gradient descent on the cross entropy."
        )
        return message, [evidence(lab, seen, LOOSE)]
    if not best.aligned:
        message = (
            f"{where}: the first step does not go along the gradient of the cross entropy: "
            f"the cosine between the two is {best.direction:.3g}."
        )
        return message, [direction]
    message = (
        f"{where}: the first step, at the start, is right, but the steps after it are not: the parameters are off by "
        f"{100 * best.error:.3g} % of the way that they went."
    )
    return message, [direction, evidence(lab, seen, tolerance)]
