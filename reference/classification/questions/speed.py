"""Whether the neighbours are found with operations on whole arrays: what the source says of loops, and the clock.

Either alone may be mistaken. A loop over the queries whose body works on all training points at once is fine as
long as it is fast: the sheet itself speaks of a query point.
"""

from dataclasses import replace

from grader.judge.checks import check
from grader.judge.clock import Times, fastest
from grader.judge.reachable import reach_of, reach_of_plan
from grader.records import Verdict
from reference.classification.questions.absent import without_neighbours


@check
def neighbours_vectorised(team, lab, *, sizes, slow_ratio, fails_ratio):
    """The neighbours are found with operations on whole arrays, or as fast as that."""
    absent = without_neighbours(team, lab)
    if absent:
        return absent
    where = lab.on(team, "knn", "kneighbours")
    found = lab.findings.get("knn.kneighbours")
    if found is not None and found.share == 0:
        return lab.outcome(
            Verdict.BLOCKED,
            f"{where} does not find the neighbours, so there is nothing whose speed could count.",
        )
    reach = path_of(team)
    loops = reach.over_points if reach else ()
    if reach and not loops:
        return lab.own(lab.measured("Python loops over points on the called path", len(loops), at_most=0))
    rounds = [timed(team, lab, sizes), timed(team, lab, sizes)]
    times = min((max(times, key=lambda one: one.ratio) for times in rounds), key=lambda one: one.ratio)
    return judged(lab, where, reach, loops, times, slow_ratio, fails_ratio)


def path_of(team):
    """What the source tells of the way from the training set to the neighbours, other methods left out."""
    source = getattr(team, "source", None)
    if source is None:
        return reach_of(team, "knn")
    plan = team.binding("knn").plan
    calls = {name: call for name, call in plan["calls"].items() if name in ("fit", "kneighbours")}
    return reach_of_plan({**plan, "calls": calls}, source.statements, source.modules)


def judged(lab, where, reach, loops, times, slow_ratio, fails_ratio):
    """The outcome for a method with loops over points, or of unknown source."""
    step = (
        "Compute all distances at once by broadcasting, and sort or partition along one axis of that array."
    )
    told = f"{times.m} queries among {times.n} points take {times.team:.2g} s, {times.ratio:.0f} times the reference's time"
    if loops:
        looped = (
            f"Python goes through `{loops[0].over}` ({loops[0].kind} in {loops[0].inside}, {loops[0].where})"
        )
    else:
        looped = "its source could not be followed, so a person looks for loops over the points"
    speed = lab.measured("time over the reference's", times.ratio, at_most=slow_ratio, unit="times")
    if speed.passed:
        if reach:
            lab.note(f"{where}: {looped}; {told}, which is fast enough.")
        return lab.own(speed)
    if loops and times.ratio >= fails_ratio:
        return replace(lab.failed(f"{where}: {looped}: {told}.", step, speed), diagnosis="knn_double_loop")
    return lab.outcome(Verdict.REVIEW, f"{where}: {looped}: {told}. A person decides.", step, speed)


def timed(team, lab, sizes):
    """Seconds per call at each of the sizes [n, m] that does not take too long; the way there and back is left out."""
    rows = []
    for n, m in sizes:
        if rows and rows[-1].too_long(n, m):
            break
        mine, ended = fastest(questions(team, lab, n, m), 2)
        bare = 0.0 if ended else fastest(questions(team, lab, 6, m), 1)[0]
        theirs = fastest(questions(lab.reference, lab, n, m), 3)[0]
        rows.append(Times(n, m, max(mine - bare, 0.0), theirs))
        if ended:
            break
    return rows


def questions(team, lab, n, m):
    """A call that asks a model of n training points for the neighbours of m points."""
    model = team.knn(k=5).fit(*lab.three_classes(n))
    queries = lab.three_classes(m)[0]
    return lambda: model.kneighbours(queries)
