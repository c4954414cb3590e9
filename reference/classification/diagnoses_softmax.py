"""How a failed gradient of softmax regression is compared with the wrong twins.

Hand-in and candidate walk the same few large steps from the hand-in's own start, and the probabilities along the way
must be the same. A candidate's steps are made here, along its gradient; which arrangement of parameters, which
scaling of the points and which mean the hand-in uses is not known when its gradient is wrong, so all are tried.
What can go wrong beside the gradient (rate, steps, sign, order) is named by the checks themselves.
"""

from dataclasses import dataclass

import numpy as np

from grader.judge.diagnosis_probes import ExactProbe
from reference.classification.models import softmax
from reference.classification.questions.softmax_explanations import usual_factors
from reference.classification.questions.softmax_look import looks
from reference.classification.questions.softmax_paths import WITHOUT_BIAS, Reading
from reference.classification.questions.softmax_runs import NO_RATE, PROBABILITIES, Runs
from reference.classification.questions.softmax_stability import PLAIN

WAYS, RATE = 3, 0.01


@dataclass(frozen=True)
class Walk:
    """One way to read a hand-in's runs: where parameters stand, how points are scaled, how the loss is averaged."""

    runs: Runs
    way: str
    scaling: str
    factor: float

    @property
    def keys(self):
        """Rate and steps of the runs with large steps."""
        return [key for key in self.runs.left if key[0] > 10 * self.runs.unit]

    @property
    def bias(self):
        """Whether the hand-in's parameters have a bias: it may be the weight of a column of ones, which was not given."""
        return not self.way.endswith(WITHOUT_BIAS)

    @property
    def start(self):
        """Parameters before the first step, shape (D + 1, C)."""
        problem = self.runs.problem
        seen = self.runs.left.get(self.runs.key(NO_RATE, 2), {})
        zero = np.zeros((problem.X.shape[1] + 1, problem.classes))
        return zero if self.way == PROBABILITIES else seen.get(self.way, zero)


def walks(team, lab):
    """The readings of the first training that was seen: points as they are, then scaled as the best explanation has it."""
    seen = looks(team, lab)[0]
    runs = seen.runs
    if not (runs.rate_taken and runs.steps_taken and seen.found):
        return []
    ways = list(dict.fromkeys(one.way for one in seen.found))[:WAYS]
    scalings = dict.fromkeys(["", *(one.reading.scaling for one in seen.found[:2])])
    factors = usual_factors(len(runs.problem.X))
    return [Walk(runs, way, s, f) for s in scalings for way in ways for f in factors]


def walked(team, lab, walk):
    """The hand-in's probabilities at the probe after each run."""
    problem = walk.runs.problem
    places = Reading(walk.scaling).extended(problem.probe, problem)
    left = [walk.runs.left[key][walk.way] for key in walk.keys]
    return [softmax(one if walk.way == PROBABILITIES else places @ one) for one in left]


def followed(team, lab, walk):
    """The same along the gradient of a candidate, from the hand-in's start."""
    problem = walk.runs.problem
    X, places = (Reading(walk.scaling).extended(points, problem) for points in (problem.X, problem.probe))
    blocks = []
    for rate, steps in walk.keys:
        theta = walk.start
        for _ in range(steps):
            slope = team.softmax.slope(theta, X[:, 1:], problem.y)
            theta = theta - rate * walk.factor * np.vstack([walk.bias * slope[:1], slope[1:]])
        blocks.append(softmax(places @ theta))
    return blocks


def asked_for_logits(team, lab):
    """The points to train on first, where there is a function of logits."""
    problem = looks(team, lab)[0].runs.problem
    there = team.softmax(rate=RATE, steps=1, classes=problem.classes).has("squash")
    return [problem] if there else []


def squashed(team, lab, problem):
    """Probabilities of logits for which no exponential overflows."""
    model = team.softmax(rate=RATE, steps=1, classes=problem.classes).fit(problem.X, problem.y)
    return [np.asarray(model.squash(PLAIN), dtype=float)]


GRADIENT = ExactProbe(walks, walked, followed)
SQUASH = ExactProbe(asked_for_logits, squashed, squashed)

PROBES = {"softmax.gradient": (GRADIENT,), "softmax.stable": (SQUASH,)}
