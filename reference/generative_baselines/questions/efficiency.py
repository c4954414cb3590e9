"""Whether the discrepancy is vectorised: what its source says about loops, and what the clock says.

Either alone may be mistaken: a loop over blocks is fine, and a busy machine makes any code slow. So a loop over
data points must stand on the called path, and the time must be far beyond the reference's, twice in a row.
"""

from dataclasses import replace

from grader.errors import Overtime, TeamFault
from grader.judge.checks import check
from grader.judge.clock import Times, fastest
from grader.judge.reachable import reach_of
from grader.records import Verdict

TINY = 4
"""Points of a call that costs nothing but the way there and back."""
PARTS = ("mmd.se", "mmd.imq", "mmd.estimator")


@check
def mmd_vectorised(team, lab, *, sizes, slow_ratio, fails_ratio):
    """MMD² is computed with operations on whole arrays, or is as fast as that."""
    where = lab.on(team, "mmd", "call")
    if nothing_right(lab):
        return lab.outcome(
            Verdict.BLOCKED,
            f"{where}: no part of MMD² is right, so there is nothing whose speed could count.",
        )
    reach = reach_of(team, "mmd")
    loops = reach.over_points if reach else ()
    if reach and not loops:
        return lab.own(
            lab.measured("Python loops over data points on the called path", len(loops), at_most=0)
        )
    rounds = [timed(team, lab, sizes), timed(team, lab, sizes)]
    another = bool(team.binding("mmd").doubts)
    return judged(lab, where, reach, loops, rounds, slow_ratio, fails_ratio, another)


def nothing_right(lab):
    """Whether every part of the discrepancy lost all its points."""
    parts = [lab.findings[item] for item in PARTS if item in lab.findings]
    return len(parts) == len(PARTS) and not any(part.share > 0 for part in parts)


def judged(lab, where, reach, loops, rounds, slow_ratio, fails_ratio, another=False):
    """The outcome for a function with loops over points, or of unknown source; both rounds must say the same.

    Loops over pairs are told at any size. Loops over single points with whole arrays inside count at the largest
    size, where the arrays outweigh the loop. With `another`, the hand-in has more than what could be asked.
    """
    step = "Compute all distances at once, for example with cdist or by broadcasting, and apply the kernel to that array."
    pairs = bool(loops) and loops[0].depth >= 2
    chosen = [max(times, key=lambda one: one.ratio) if pairs else times[-1] for times in rounds]
    times = min(chosen, key=lambda one: one.ratio)
    limit = max(slow_ratio, fails_ratio) if pairs else slow_ratio
    speed = lab.measured(
        f"time over the reference's, {times.n} x {times.n} points",
        times.ratio,
        at_most=limit,
        unit="times",
    )
    told = (
        f"{times.n} x {times.n} points take {times.team:.2g} s, {times.ratio:.0f} times the reference's time"
    )
    if loops:
        place = f"`{loops[0].over}` ({loops[0].kind} in {loops[0].inside}, {loops[0].where})"
        looped = f"Python goes through the points {'pair by pair' if pairs else 'one by one'}, {place}"
    else:
        looped = "its source could not be followed, so a person looks for loops over the points"
    if times.ratio < slow_ratio:
        if reach:
            lab.note(f"{where}: {looped}; {told}, which is fast enough.")
        return lab.own(speed)
    if pairs and not speed.passed and not another:
        outcome = lab.failed(f"{where}: {looped}: {told}.", step, speed)
        return replace(outcome, diagnosis="kernel_pair_by_pair")
    return lab.outcome(Verdict.REVIEW, f"{where}: {looped}: {told}. A person decides.", step, speed)


def timed(team, lab, sizes):
    """Seconds per call at each of ``sizes`` that does not take too long; the way there and back is left out."""
    bare = fastest(comparison(team, lab, TINY), 3)[0]
    rows = []
    for n in sorted(sizes):
        if rows and rows[-1].too_long(n, n):
            break
        mine, ended = fastest(comparison(team, lab, n), 2)
        theirs = fastest(comparison(lab.reference, lab, n), 5)[0]
        rows.append(Times(n, n, mine if ended else max(mine - bare, 0.0), theirs))
        if ended:
            break
    return rows


def comparison(team, lab, n):
    """A call that compares two samples of n points."""
    X, Y = lab.moons(n), lab.moons(n)

    def compare():
        try:
            team.mmd(X, Y, bandwidth=0.5)
        except Overtime:
            raise
        except TeamFault:
            team.mmd(X, Y, kernel="imq", bandwidth=0.5)

    return compare
