"""The training: gradient descent with the rate and the number of steps that it is given, and where it ends.

The end is judged against the start and against our own descent under the team's reading of the loss (sum or mean)
and of the points. It is never judged by falling in every step: with rate 0.001 the summed loss of raw digits rises
several times over before it falls, and that is right.
"""

from dataclasses import dataclass, replace

import numpy as np

from grader.errors import Overtime
from grader.judge.checks import Outcome, check
from grader.records import Verdict
from reference.classification.questions.softmax import is_gradient, is_right, name_of, outside
from reference.classification.questions.softmax_explanations import usual_factors
from reference.classification.questions.softmax_living import best_accuracy
from reference.classification.questions.softmax_look import looks
from reference.classification.questions.softmax_paths import Problem, centred, plain
from reference.classification.questions.softmax_runs import (
    FIXED_RATE,
    FIXED_STEPS,
    NO_RATE,
    PROBABILITIES,
    ROWS,
    read_off,
)
from reference.classification.questions.softmax_words import asked_settings, descends_otherwise, scales_digits

LEARNED = 0.75
"""Share of all digits that parameters of a training with the sheet's settings tell right at least."""
STABILISE = (
    "Subtract the largest score of each point before you take exponentials (the stabilisation of the lecture), or "
    "scale the pixels."
)


@check
def softmax_training(
    team, lab, *, tolerance, digits_steps, end_factor, end_slack, end_share, slip_share, settings_share
):
    """Gradient descent obeys its rate and its number of steps, and ends well below its start, as ours does."""
    if not team.has("softmax"):
        return outside_of_functions(lab, outside(team, lab))
    found = looks(team, lab)
    seen = found[0]
    where = name_of(team, lab, seen)
    if seen.by == "gradient":
        text = f"{where} was found, but no function that makes the steps: a person looks at where they end."
        return outside_of_functions(lab, lab.outcome(Verdict.REVIEW, text))
    right = is_right(seen, tolerance)
    gradient_right = any(is_gradient(one, tolerance) for one in found)
    slips = [
        *obeyed(lab, where, seen, right, slip_share),
        *direction(lab, where, found, right, tolerance),
        *recipe(lab, where, seen, right, slip_share),
    ]
    if not all(m.passed for m in slips):
        return Outcome(tuple(slips), independent=True)
    if gradient_right and not right and not descends_otherwise(team, lab) and team.softmax.steady:
        text = (
            f"{where}: your gradient is right, but the steps are not the learning rate times the gradient: a person "
            "looks at what happens to it on its way to the parameters."
        )
        return lab.outcome(Verdict.REVIEW, text, "", *slips)
    if gradient_right and (seen.best is None or seen.best.direction > 0):
        bounds = End(digits_steps, end_factor, end_slack, end_share)
        slips += on_digits(team, lab, where, seen, right, bounds)
    if not all(m.passed for m in slips):
        return Outcome(tuple(slips), independent=True)
    return settings(team, lab, where, settings_share, slips)


@dataclass(frozen=True)
class End:
    """How far the cross entropy has to come down on digits."""

    steps: int
    factor: float
    slack: float
    share: float

    def bound(self, start, ours):
        """Below the start, and either near our own end or at a share of the start."""
        return max(ours + 1e-6, min(start, max(self.factor * ours + self.slack, self.share * start)))


def obeyed(lab, where, seen, right, share):
    """Whether rate and number of steps make the difference that they should.

    By a wrong gradient, or steps of other lengths, nothing goes three times as far; then it only has to matter.
    """
    runs, best = seen.runs, seen.best if right else None
    if runs.rate_ignored or runs.rate_taken:
        ratio = 1.0 if runs.rate_ignored else best.rate_ratio if best else 3.0
        yield lab.measured(
            "movement at three times the rate, over that at the rate", ratio, between=(2.7, 3.3), share=share,
            message=f"{where}: with three times the learning rate the parameters move {ratio:.3g} times as far, not three times.",
            next_step="Where does the step get its learning rate from?",
        ).proving("softmax_rate_ignored" if runs.rate_ignored else "")  # fmt: skip
    if runs.steps_ignored or runs.steps_taken:
        ratio = 1.0 if runs.steps_ignored else best.count_ratio if best else 2.5
        if best and best.more:
            lab.note(f"{where} makes one step {'more' if best.more > 0 else 'less'} than it is asked for.")
        known = best is not None and (best.more or best.recipe in ("accumulated", "momentum"))
        yield lab.measured(
            "movement in five small steps, over that in two", ratio, between=(1.5, 100) if known else (2.3, 2.7), share=share,
            message=f"{where}: five steps move the parameters {ratio:.3g} times as far as two, not 2.5 times.",
            next_step="Count how often the loop runs, and what each turn of it starts from.",
        ).proving(steps_mistake(runs, best))  # fmt: skip


def steps_mistake(runs, best):
    """The known mistake behind a number of steps that makes no difference: many all the same, or a single one."""
    if not runs.steps_ignored or best is None:
        return ""
    single = any(abs(FIXED_STEPS * abs(best.factor) / usual - 1) < 0.02 for usual in usual_factors(ROWS))
    return "softmax_single_step" if single else "softmax_steps_ignored"


def direction(lab, where, found, right, tolerance):
    """Whether the steps go down, unless the sign is the gradient's own mistake."""
    seen = found[0]
    if seen.best is None:
        return
    own = [one for one in found if one.by == "gradient" and is_right(one, tolerance)]
    if not right or seen.best.direction > 0 or any(one.best.direction < 0 for one in own):
        return
    yield lab.measured(
        "cosine between the first step and the right one", seen.best.direction, at_least=0.9,
        message=f"{where}: every step goes up the slope, so the cross entropy grows.",
        next_step="Descent subtracts the gradient from the parameters.",
    ).proving("softmax_uphill")  # fmt: skip


def recipe(lab, where, seen, right, share):
    """Whether the path is that of plain descent, where another recipe with the right gradient explains it."""
    if not right or seen.best.recipe == "plain":
        return
    said = {
        "accumulated": "the gradients of all steps so far are added up",
        "class by class": "the classes are moved one after the other, each with new probabilities",
        "point by point": "a step is made after every single point",
        "momentum": "the steps have momentum 0.9",
    }[seen.best.recipe]
    if seen.best.recipe in ("momentum", "point by point"):
        lab.note(f"{where}: {said}. That is accepted as gradient descent.")
        return
    yield lab.measured(
        "share of the path that plain descent leaves unexplained", seen.best.errors.get("plain", 1.0), at_most=1e-3, share=share,
        message=f"{where}: the path is that of a descent in which {said}.",
        next_step="One step uses the gradient of all parameters at one and the same place, and forgets it afterwards.",
    ).proving(
        "softmax_gradients_add_up" if seen.best.recipe == "accumulated" else "softmax_class_after_class"
    )  # fmt: skip


@dataclass(frozen=True)
class Digits:
    """A training on digits and what came of it; losses are mean nats per point."""

    steps: int
    end: float
    ours: float
    start: float
    finite: bool


def on_digits(team, lab, where, seen, right, end):
    """The end of a training on digits: finite, below its start, and where ours ends."""
    scaled = scales_digits(team, lab)
    divisor, kind = (16.0, "digits with values 0 to 1") if scaled else (1.0, "digits with values 0 to 16")
    try:
        run = digits_run(team, lab, seen, right, end.steps, divisor)
        if right and run is not None and run.finite and run.end > end.bound(run.start, run.ours):
            run = digits_run(team, lab, seen, right, FIXED_STEPS, divisor)  # it may have been in a rise
    except Overtime as late:
        lab.note(f"The training on digits took too long for us ({late.what}); judged on small data alone.")
        return []
    if run is None:
        lab.note(
            "The parameters after a training on digits could not be read off; judged on small data alone."
        )
        return []
    name = f"cross entropy after {run.steps} steps on {kind}, nats per point"
    if not run.finite and (best_accuracy(lab.transcript.known) or 0.0) >= LEARNED:
        lab.note(f"On {kind} the parameters become NaN, but those of your own run are fine.")
        return []
    if not run.finite:
        message = (
            f"{where}: on {kind}, with rate {FIXED_RATE}, the parameters become NaN within {run.steps} steps."
        )
        measured = lab.measured(name, float("nan"), at_most=run.start, message=message, next_step=STABILISE)
        return [measured.proving("softmax_overflows")]
    if np.isnan(run.end):  # other steps, or a start that is not seen: no end of ours to compare with
        return []
    return [
        lab.measured(
            f"{name} (start {run.start:.3g}, ours {run.ours:.3g})", run.end, at_most=end.bound(run.start, run.ours),
            message=f"{where}: on {kind} the cross entropy is {run.end:.3g} nats per point after {run.steps} steps; it "
            f"began at {run.start:.3g}, and the same descent of ours ends at {run.ours:.3g}.",
            next_step="Plot the loss over the steps: where does it stop falling?",
        )
    ]  # fmt: skip


def digits_run(team, lab, seen, right, steps, divisor):
    """Train on the training split of digits; None where the parameters cannot be read off."""
    (X, y), _ = lab.digits_split(1797)
    problem = Problem(X / divisor, y, X / divisor, 10)
    taken = {"rate": FIXED_RATE, "steps": steps if seen.runs.steps_taken else FIXED_STEPS, "classes": 10}
    numbers = read_off(team.softmax(**taken).fit(problem.X, y), problem)
    way = seen.best.way if seen.best is not None else next(iter(numbers), "")
    if way not in numbers:
        return None
    finite = bool(np.isfinite(numbers[way]).all())
    first = first_parameters(team, seen, problem, way) if right and finite else None
    if first is None:
        return Digits(taken["steps"], float("nan"), float("nan"), float(np.log(10)), finite)
    best, rows = seen.best, seen.best.reading.extended(problem.X, problem)
    factor = 1 / len(X) if best.factor < 0.5 else best.factor
    theta = plain(first, rows, problem.one_hot, FIXED_RATE * factor, taken["steps"])
    scores = numbers[way] if way == PROBABILITIES else centred(rows @ numbers[way])
    losses = [mean_loss(s, y) for s in (scores, rows @ theta, rows @ first)]
    return Digits(taken["steps"], *losses, True)


def first_parameters(team, seen, problem, way):
    """The parameters with which a training on digits begins; None where rate and steps do not show them."""
    if way == PROBABILITIES or not (seen.runs.rate_taken and seen.runs.steps_taken):
        return None
    start = team.softmax(rate=NO_RATE, steps=2, classes=problem.classes).fit(problem.X, problem.y)
    return read_off(start, problem).get(way)


def mean_loss(scores, y):
    """Cross entropy of scores, shape (n, C), in nats per point."""
    largest = scores.max(axis=1)
    total = np.log(np.exp(scores - largest[:, None]).sum(axis=1)) + largest
    return float((total - scores[np.arange(len(y)), y]).mean())


def settings(team, lab, where, share, slips):
    """The sheet's rate and number of steps must stand somewhere."""
    rate, steps = asked_settings(team, lab)
    lost = [name for name, there in (("a learning rate of 0.001", rate), ("1000 steps", steps)) if not there]
    if not lost:
        return Outcome(tuple(slips), independent=True)
    outcome = lab.partial(
        share,
        f"{where} works, but {' and '.join(lost)}, as the sheet asks, {'stand' if len(lost) > 1 or not steps else 'stands'} nowhere in the code.",
        "Run it with the sheet's settings, too.",
        *slips,
    )
    return replace(outcome, diagnosis="softmax_settings_of_its_own")


def outside_of_functions(lab, otherwise):
    """The steps are made at the top of a script or notebook: what our run left of the parameters decides."""
    accuracy = best_accuracy(lab.transcript.known)
    if accuracy is None:
        return otherwise
    measured = lab.measured(
        "share of all digits that parameters of our run tell right", accuracy, at_least=0.75
    )
    if not measured.passed:
        return otherwise
    lab.note("The steps are made outside of functions; judged by the parameters that our run left.")
    return lab.own(measured)
