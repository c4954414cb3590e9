"""Densities that divide by a number which stays the same however many points there are: whose number is it?

A function that divides by a global ``N = len(X)`` is right for the points of which N is the number, and wrong for any
others. With two different numbers of points the division shows; the noted calls show with how many points the
hand-in itself calls it.
"""

import numpy as np

from grader.records import Verdict
from grader.syntax import unversioned

FEWEST = 10
"""Smaller numbers are factors that were forgotten or added, not a number of points."""
STEP = "N counts the points that the neighbours are looked for among: take it from the data inside of the function."


def number_used(one, answer, wanted):
    """By which number the values of one scene were divided, if it is the same for all; NaN if it is none."""
    if np.shape(answer) != np.shape(wanted):
        return float("nan")
    with np.errstate(all="ignore"):
        numbers = len(one.points) * np.asarray(wanted) / np.asarray(answer)
    steady = np.all(np.isfinite(numbers)) and np.ptp(numbers) <= 1e-3 * abs(np.median(numbers))
    return float(np.median(numbers)) if steady else float("nan")


def fixed_among(numbers):
    """The whole number that all divisions have in common, 0 where they have none."""
    mean = float(np.mean(numbers))
    same = bool(np.ptp(numbers) <= 1e-3 * abs(mean)) and mean >= FEWEST  # NaN is never the same
    return round(mean) if same and abs(mean - round(mean)) <= 1e-3 * mean else 0


def fixed_number(lab, scenes, answers, wanted, another):
    """The number by which p(x) is divided for any number of points; 0 if it goes with their number."""
    numbers = [number_used(s, a, w) for s, a, w in zip(scenes, answers, wanted, strict=True)]
    if not fixed_among(numbers):
        return 0
    more = another()
    answer = np.asarray(more.model.density(more.queries), dtype=float)
    return fixed_among([*numbers, number_used(more, answer, more.truth(lab).density(more.queries))])


def with_fixed_number(team, lab, where, fixed, *measured):
    """Right for the hand-in's own points if their number is that one, wrong if it is another; else a person looks."""
    rows = rows_called(team, lab)
    if fixed in rows:
        lab.note(f"{where} divides by {fixed}, the number of your own points, for any other points, too.")
        return lab.own(lab.measured("number that p(x) is divided by, beside that of your points", fixed, between=(fixed, fixed)))  # fmt: skip
    if rows:
        told = " and ".join(str(number) for number in sorted(rows)[:3])
        text = f"{where} divides by {fixed}, however many points it is given; you call it with {told} points."
        return lab.failed(text, STEP, *measured)
    text = f"{where} divides by {fixed}, however many points it is given. Is that the number of your points?"
    return lab.outcome(Verdict.REVIEW, text, STEP, *measured)


def rows_called(team, lab):
    """With how many points the hand-in itself called its density: those of the function, else of the fit."""
    binding = team.binding("knn")
    calls = (binding.plan or {}).get("calls", {})
    for method in ("density", "fit"):
        given = calls.get(method, {}).get("arguments", ())
        names = {a["name"] for a in given if a["slot"] in ("train:X", "argument:X")}
        found = set()
        for call in lab.transcript.calls(unversioned(binding.methods.get(method, method))):
            mine = [v for n, v in call.arguments.items() if n in names]
            found |= {
                int(v["shape"][0]) for v in mine if isinstance(v, dict) and len(v.get("shape", ())) == 2
            }
        if found:
            return found
    return set()
