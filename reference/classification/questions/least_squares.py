"""Least squares as a classifier: the parameters as far as they can be read, else the side of the line that labels take.

The sheet itself prescribes the inverse of X'X: what happens where it does not exist costs nothing. Data are chosen
away from the origin, so that a missing bias shows, and with far outliers, so that another criterion shows.
"""

import warnings

import numpy as np
from scipy.optimize import linprog

from grader.errors import TeamFault
from grader.judge.checks import check
from grader.records import Verdict
from reference.classification.questions.absent import without
from reference.classification.questions.lines import (
    Line,
    agreeing,
    around,
    beside,
    fits,
    labels_in,
    sides,
    with_ones,
)
from reference.classification.questions.ones_outside import adds_ones


def is_right(lab, fit, tolerance):
    """Whether parameters, scores or the side of the line prove the fit, and by what; empty words where nothing does."""
    best = min((line.error(fit.truth) for line in fit.lines()), default=np.inf)
    if best <= tolerance:
        return "relative error of the parameters", best
    near = beside(fit, lab.rng("beside the line"))
    wanted = fit.truth.scores(near)
    try:
        answers = fit.answers(near)
    except TeamFault:
        return "", best
    if not labels_in(answers):
        wrong = np.abs(answers - wanted).max() / np.abs(wanted).max()
        if wrong <= tolerance:
            return "relative error of the scores", wrong
    wrong = float(np.mean(sides(answers) != np.sign(wanted)))
    return ("share of points on the wrong side, right beside the line", wrong) if wrong == 0 else ("", best)


def place_of_ones(team, lab, tolerance):
    """Where ones must be added for the hand-in so that its fit is right: "last" or "first"; "" if that is no help."""

    def look(lab):
        for ones in ("", "last", "first"):
            try:
                if all(is_right(lab, one, tolerance)[0] for one in fits(team, lab, ones)):
                    return ones
            except (TeamFault, ValueError):
                continue
        return ""

    return lab.once("column of ones", look)


def way_of_asking(team, lab, tolerance):
    """How points and labels are handed over so that the fit is right: the place of ones, and whether labels are 0 and 1."""
    ones = place_of_ones(team, lab, tolerance)
    return ones, not ones and maps_codes(team, lab, tolerance)


def maps_codes(team, lab, tolerance):
    """Whether the fit is right once it gets the labels 0 and 1, which it maps to -1 and 1 and which predict gives back."""

    def look(lab):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter(
                    "ignore"
                )  # of means of no point at all, where -1 is a label that never occurs
                tried = fits(team, lab, codes=True)
                return all(is_right(lab, one, tolerance)[0] and answers_codes(one) for one in tried)
        except (TeamFault, ValueError):
            return False

    return lab.once("labels as codes", look)


def answers_codes(one):
    """Whether predict answers with 0 and 1 alone, both of them."""
    return np.array_equal(np.unique(one.answers(one.points)), (0, 1))


@check
def least_squares_fit(team, lab, *, tolerance):
    """fit finds the parameters that minimise the squared differences of scores and labels, bias included."""
    where = lab.on(team, "lls", "fit")
    try:
        tried = fits(team, lab)
    except TeamFault:
        if maps_codes(team, lab, tolerance):
            return codes_expected(lab, where)
        raise
    proofs = [is_right(lab, one, tolerance) for one in tried]
    singular(team, lab, where)
    if all(name for name, _ in proofs):
        return lab.accepted(*(lab.measured(name, value, at_most=tolerance) for name, value in proofs))
    if place_of_ones(team, lab, tolerance):
        return ones_expected(team, lab, where)
    if maps_codes(team, lab, tolerance):
        return codes_expected(lab, where)
    errors = [lab.measured("relative error of the parameters", value, at_most=tolerance)
              for _, value in proofs if np.isfinite(value)]  # fmt: skip
    if all(one.lines() for one in tried):
        message = f"{where}: the parameters are not those of least squares{told(tried)}."
        return lab.failed(message, STEP, *errors)
    return unseen(lab, where, tried, errors)


STEP = "Check shapes and order: X̄ has one row per point and a last column of ones, y holds -1 and 1. Then compare with numpy.linalg.lstsq."


def told(tried):
    """What wrong parameters are instead, as far as that shows."""
    if all(min(line.error(without_bias(one)) for line in one.lines()) < 1e-3 for one in tried):
        return ": they are those without a bias"
    halves = [min(line.error(zero_one(one)) for line in one.lines()) for one in tried]
    return ": they belong to labels 0 and 1" if max(halves) < 1e-3 else ""


def without_bias(one):
    return Line(np.linalg.lstsq(one.points, one.labels.astype(float), rcond=None)[0], 0.0, "")


def zero_one(one):
    return Line(one.truth.weights / 2, (one.truth.bias + 1) / 2, "")


def unseen(lab, where, tried, errors):
    """No parameters can be read and the labels lie on wrong sides: is it the fit, or the prediction?"""
    answers = [one.answers(one.points) for one in tried]
    if all(
        labels_in(a) and len(np.unique(a)) > 1 and separable(one.points, sides(a))
        for one, a in zip(tried, answers, strict=True)
    ):
        return lab.failed(
            f"{where}: the line between the predicted labels is not that of least squares.", STEP, *errors
        )
    return lab.outcome(
        Verdict.REVIEW,
        f"{where}: no parameters were found in the fitted object, and its predictions do not show them. A person looks.",
        "Keep theta in the object, or return it.",
    )


def separable(points, labels):
    """Whether a line divides the points by their labels: a linear programme without an aim is solvable then."""
    signed = -labels[:, None] * with_ones(points, "last")
    found = linprog(np.zeros(signed.shape[1]), A_ub=signed, b_ub=-np.ones(len(points)), bounds=(None, None))
    return bool(found.status == 0)


def ones_expected(team, lab, where):
    """The fit is right once its caller adds a column of ones: does the hand-in do so?"""
    added = adds_ones(team, lab, "lls", ("fit",))
    if added:
        lab.note(f"{where} takes points with a column of ones, which your code adds before it is called.")
        return lab.own(lab.measured("fits that are right with a column of ones added", 2, at_least=2))
    if added is None:
        return lab.outcome(
            Verdict.REVIEW,
            f"{where} is right if a column of ones is added before. We could not see whether your code does so.",
        )
    return lab.failed(
        f"{where}: there is no bias: the line goes through the origin, wherever the data lie.",
        "Append a column of ones to the points (the bias trick of the sheet) in fit and in predict.",
    )


def codes_expected(lab, where):
    """The fit is right for labels of another kind than the sheet's."""
    lab.note(f"{where} takes the labels 0 and 1 and maps them to -1 and 1 itself.")
    return lab.own(lab.measured("fits that are right for the labels 0 and 1", 2, at_least=2))


def singular(team, lab, where):
    """Columns that depend on each other: told, and never a loss."""
    points, labels = lab.collinear(60)
    try:
        model = team.lls().fit(points, labels)
        right = np.mean(sides(np.asarray(model.predict(points), dtype=float)) == labels)
        best = np.mean(lab.reference.lls().fit(points, labels).predict(points) == labels)
        works = right >= best - 0.02
    except (TeamFault, ValueError):
        works = False
    if not works:
        lab.note(
            f"{where}: where columns depend on each other the inverse does not exist; a pseudo-inverse would still work."
        )


@check
def least_squares_predict(team, lab, *, tolerance):
    """predict gives the label on whose side of the line a point lies."""
    absent = without(
        team, lab, "lls", "predict", "predicts labels", "The sheet asks for a method called predict."
    )
    if absent:
        return absent
    where = lab.on(team, "lls", "predict")
    tried = fits(team, lab, *way_of_asking(team, lab, tolerance))
    seen = [(one, points := around(one, lab.rng("around")), one.answers(points)) for one in tried]
    shares = [agreeing(one.truth, points, answers) for one, points, answers in seen]
    measured = [lab.measured("share of labels on the right side", share, at_least=1.0) for share in shares]
    if all(m.passed for m in measured):
        return habits(lab, where, [answers for *_, answers in seen], measured)
    if not lab.passed("lls.fit"):
        own = [
            any(agreeing(line, points, answers) == 1 for line in one.lines()) for one, points, answers in seen
        ]
        if all(own):
            lab.note(f"{where} takes the side of the line that your own parameters describe.")
            return lab.own(
                lab.measured("share of labels on the right side of your own line", 1.0, at_least=1.0)
            )
        if not all(one.lines() for one, *_ in seen):
            return lab.accepted(*measured)
    worst = min(shares)
    message = (
        f"{where}: only {worst:.0%} of the labels are those of the side of the line on which the points lie."
    )
    return lab.failed(
        message, "The label is the sign of <theta, x̄>: with the bias, and with zero as the border.", *measured
    )


def habits(lab, where, answers, measured):
    """Scores, or the labels 0 and 1, in place of -1 and 1 are told and cost nothing."""
    together = np.concatenate(answers)
    if not labels_in(together):
        lab.note(f"{where} answers scores; their sign is taken as the label.")
    elif np.isin(together, (0, 1)).all():
        lab.note(f"{where} answers 0 and 1 in place of -1 and 1.")
    return lab.accepted(*measured)
