"""Whether the bandwidths with which generated digits were compared can tell one image from another.

Different images of the data set lie at least 0.88 apart in units of the deviation of all their grey values. A
kernel that is zero from there on makes MMD² 1/n + 1/m for every model (or 0 without the diagonal), however good or
bad its digits are. The team's own function is asked, so that every convention for the width of a kernel is as good
as another.
"""

import re

import numpy as np

from grader.errors import TeamFault
from reference.generative_baselines.questions.digits_seen import PIXELS
from reference.generative_baselines.questions.discrepancy_kernel import value
from reference.generative_baselines.questions.experiments import experiments

NEAREST = 0.88
"""Least distance between two different images, in deviations of all grey values."""
FAR = 1e4
"""In the same unit: no kernel reaches so far."""
SILENT = 1e-6
"""A kernel value, relative to that of equal images, that no mean over samples notices."""
MOST = 8
HEAVY_TAILED = re.compile(r"imq|inv|quadr", re.I)
SQUARED_EXPONENTIAL = re.compile(r"(^|_)se(_|$)|rbf|gau|exp", re.I)


def telling_bandwidths(team, lab, seen):
    """How many of the bandwidths used on digits tell images apart; None where that cannot be said.

    One is enough, so looking ends there. Only calls with a bandwidth that was noted, on images of 64 pixels, count.
    """
    facts, asked = experiments(team, lab), set()
    for call in seen.discrepancies:
        deviations = [a.get("deviation") for a in seen.sides(call) if a["shape"][1] == PIXELS]
        deviations = [d for d in deviations if isinstance(d, int | float) and d > 0]
        widths = facts.bandwidths(call)
        if not deviations or not widths:
            return None
        for kernel in kernels_of(call):
            asked |= {(kernel, width, float(f"{max(deviations):.1g}")) for width in widths}
    if not asked or len(asked) > MOST:
        return None
    try:
        return sum(tells(team, lab, *case) for case in sorted(asked))
    except TeamFault:
        return None


def kernels_of(call):
    """The kernels that a noted call may use by its name and its words."""
    words = [
        call.name,
        *(str(v.get("function", "")) if isinstance(v, dict) else v for v in call.arguments.values()),
    ]
    words = [word for word in words if isinstance(word, str)]
    found = [
        kernel
        for kernel, pattern in (("imq", HEAVY_TAILED), ("se", SQUARED_EXPONENTIAL))
        if any(pattern.search(word) for word in words)
    ]
    return tuple(found) or ("imq", "se")


def tells(team, lab, kernel, bandwidth, deviation):
    """Whether the kernel of two different images is more than nothing.

    Two equal images against two equal ones at distance d have MMD² = a - b k(d), whatever the estimator.
    """

    def at(distance):
        away = np.zeros((2, PIXELS))
        away[:, 0] = distance * deviation
        return value(team, lab, np.zeros((2, PIXELS)), away, kernel, bandwidth)

    equal, near, far = at(0.0), at(NEAREST), at(FAR)
    whole = far - equal
    return bool(not np.isfinite(whole) or whole == 0 or abs(far - near) > SILENT * abs(whole))
