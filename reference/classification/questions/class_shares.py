"""The class probabilities p(c): shares of the training set, from a function, else among what the run printed."""

import re

import numpy as np

from grader.judge.checks import check
from grader.records import Verdict
from reference.classification.questions.densities import POINTS

COUNTING = ("bincount", "unique", "Counter", "value_counts", "mean", "sum", "count_nonzero", "histogram")
DECIMALS = re.compile(r"(?<![\w.])(\d*\.\d+(?:e-?\d+)?|\d{1,3}(?= ?%))(?P<percent> ?%)?")
MOST_CLASSES = 12


@check
def class_probabilities(team, lab, *, tolerance):
    """p(c) is the share of each class in the training set."""
    if not team.has("knn", "class_probabilities"):
        return shares_in_the_run(lab, tolerance)
    where = lab.on(team, "knn", "class_probabilities")
    points, labels = lab.three_classes(POINTS)
    answer = team.knn(k=3).fit(points, labels).class_probabilities()
    wanted = np.array([np.mean(labels == c) for c in np.unique(labels)])
    gap = min((distance(part, wanted) for part in parts_of(answer)), default=np.inf)
    return lab.measured(
        "largest difference from the shares of the classes",
        gap,
        at_most=tolerance,
        message=f"{where}: the values are not the shares of the classes in the training set, which are "
        f"{', '.join(f'{share:.3f}' for share in wanted)} for our data.",
        next_step="Count the training points of each class and divide by the number of all of them.",
    )


def parts_of(answer):
    """Arrays in what a method returned: one, several in a tuple, the values of a dict."""
    if isinstance(answer, dict):
        return [np.array([answer[key] for key in sorted(answer, key=str)], dtype=object)]
    if isinstance(answer, tuple | list):
        return [answer, *answer]
    return [answer]


def distance(part, wanted):
    """Largest difference of an array of one number per class from the wanted ones; infinite for anything else."""
    try:
        values = np.ravel(np.asarray(part, dtype=float))
    except (TypeError, ValueError):
        return np.inf
    return float(np.abs(values - wanted).max()) if values.shape == wanted.shape else np.inf


def shares_in_the_run(lab, tolerance):
    """No function gives p(c): numbers that add up to one, printed by code that counts, are p(c)."""
    transcript = lab.transcript
    counting = [cell for cell in transcript.code if cell.uses(*COUNTING)]
    for cell in counting:
        shares = adding_up(cell.text)
        if shares:
            lab.point(cell)
            return lab.measured(
                f"sum of {len(shares)} shares printed in {cell.where}",
                sum(shares),
                between=(0.98, 1.02),
            )
    if counting or not transcript.complete or not transcript.code:
        lab.point(*counting[:2])
        return lab.outcome(
            Verdict.REVIEW,
            "No function gives p(c), and no printed numbers add up to one. A person looks at what is reported.",
        )
    return lab.outcome(
        Verdict.MISSING,
        "No function gives p(c), and nothing in the code counts labels.",
        "Report the share of each class in the training set.",
    )


def adding_up(text):
    """The first two or more decimals in a row that add up to one."""
    numbers = [float(m[1]) / (100 if m["percent"] else 1) for m in DECIMALS.finditer(text)]
    for start in range(len(numbers)):
        for end in range(start + 2, min(len(numbers), start + MOST_CLASSES) + 1):
            row = numbers[start:end]
            if all(0 < x < 1 for x in row) and abs(sum(row) - 1) <= 0.02:
                return row
    return []
