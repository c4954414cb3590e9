"""Short runs of a team's training on one small problem, and what they leave behind."""

from dataclasses import dataclass, field

import numpy as np

from grader.errors import TeamFault
from reference.classification.questions.softmax_paths import (
    Problem,
    Reading,
    arrangements,
    centred,
    solver,
)

ROWS, PROBE, COLUMNS, CLASSES = 50, 110, 64, 10
NO_RATE, SMALL = 1e-30, 1e-5
FIXED_STEPS, FIXED_RATE = 1000, 0.001
"""What code without a place for them is taken to use: the sheet's own numbers."""
PROBABILITIES = "probabilities"


@dataclass
class Runs:
    """What runs with these rates and numbers of steps left behind, by the way to read it off.

    Under `probabilities` stand the centred scores at the probe, (m, C), that the team's own probabilities tell; under
    any other name parameters in one of their possible arrangements, (D + 1, C).
    """

    problem: Problem
    by: str
    left: dict[tuple[float, int], dict[str, np.ndarray]] = field(default_factory=dict)
    rate_taken: bool = True
    steps_taken: bool = True
    still: dict[str, np.ndarray] = field(default_factory=dict)
    """What a training on points that are all zero left behind, where rate and steps do not show the start."""
    solvers: dict[Reading, np.ndarray] = field(default_factory=dict)
    not_finite: bool = False
    rate_ignored: bool = False
    steps_ignored: bool = False
    """The code has a place for it, but what comes out does not depend on it."""

    @property
    def most(self):
        """Steps that one run makes at least."""
        return 1 if self.steps_taken else FIXED_STEPS

    @property
    def unit(self):
        """The small rate: one for the whole run."""
        return SMALL / self.most

    def key(self, rate, steps):
        """Rate and steps as they are used, under which what was left is kept."""
        return (rate if self.rate_taken else FIXED_RATE, steps if self.steps_taken else FIXED_STEPS)

    def alike(self, first, second):
        """Whether two runs left exactly the same behind."""
        one, other = (self.left.get(self.key(*asked), {}) for asked in (first, second))
        return bool(one) and one.keys() == other.keys() and all(np.array_equal(one[w], other[w]) for w in one)

    def parameters(self, key, way, reading):
        """Centred parameters after a run, (D + 1, C) with the bias first, zero where the reading has none."""
        found = self.left[key][way]
        if way == PROBABILITIES:
            if reading not in self.solvers:
                self.solvers[reading] = solver(reading.extended(self.problem.probe, self.problem))
            return self.solvers[reading] @ found
        return reading.without_bias(centred(found))

    def start(self, way, reading):
        """Centred parameters before the first step: seen at no rate or no steps, else from points at zero, else zero.

        At points that are all zero no weight has a slope, so weights stay what they were; the bias is taken as zero.
        """
        key = self.key(NO_RATE, 2) if self.rate_taken else (FIXED_RATE, 0)
        if way in self.left.get(key, {}) and key != self.key(FIXED_RATE, FIXED_STEPS):
            return self.parameters(key, way, reading)
        start = np.zeros((COLUMNS + 1, CLASSES))
        if way in self.still and way != PROBABILITIES:
            start[1:] = centred(self.still[way][1:])
        return start

    @property
    def ways(self):
        """Ways to read parameters off that every run offers."""
        common = [set(entry) for entry in self.left.values()]
        return [way for way in next(iter(self.left.values()), {}) if all(way in one for one in common)]


def small_problem(lab):
    """Points without structure in the size of digits, so that code for digits alone works too."""
    rng = lab.rng("small problem")
    X, probe = rng.normal(0.3, 1.0, (ROWS, COLUMNS)), rng.normal(0.3, 1.0, (PROBE, COLUMNS))
    y = rng.permutation(np.append(np.arange(CLASSES), rng.choice(CLASSES - 4, ROWS - CLASSES)))
    return Problem(X, y, probe, CLASSES)


def observe_still(factory, runs):
    """Train on points that are all zero; what cannot be trained so leaves nothing."""
    model = factory(
        by=runs.by, rate=FIXED_RATE, steps=1 if runs.steps_taken else FIXED_STEPS, classes=CLASSES
    )
    try:
        found = read_off(model.fit(np.zeros_like(runs.problem.X), runs.problem.y), runs.problem)
    except TeamFault:
        return
    runs.still = {way: array for way, array in found.items() if np.isfinite(array).all()}


def small_runs(runs):
    """Runs that show the start, the direction, and how far rate and number of steps carry."""
    if not runs.rate_taken:
        return [(FIXED_RATE, n) for n in (1, 0, 2, 5)] if runs.steps_taken else [(FIXED_RATE, FIXED_STEPS)]
    counted = [(runs.unit, 2), (runs.unit, 5)] if runs.steps_taken else []
    return [(runs.unit, 1), (NO_RATE, 2), (3 * runs.unit, 2), *counted]


def observe_all(factory, runs, asked):
    """Train with every pair of rate and steps that was not seen yet."""
    for rate, steps in asked:
        observe(factory, runs, rate, steps)


def observe(factory, runs, rate, steps):
    """Train and read the scores off, once for each pair of rate and steps that makes a difference."""
    key = runs.key(rate, steps)
    if key in runs.left:
        return
    settings = {"rate": float(key[0]), "steps": int(key[1]), "classes": CLASSES}
    try:
        model = factory(by=runs.by, **settings).fit(runs.problem.X, runs.problem.y)
    except TeamFault:
        if not runs.left:
            raise
        return
    found = read_off(model, runs.problem)
    finite = {way: array for way, array in found.items() if np.isfinite(array).all()}
    runs.not_finite = runs.not_finite or (bool(found) and not finite)
    if finite or not found:
        runs.left[key] = finite


def read_off(model, problem):
    """Parameters in every possible arrangement, and the centred scores that the team's probabilities tell."""
    found = arrangements(model.arrays, problem.probe.shape[1], problem.classes)
    if not model.has(PROBABILITIES):
        return found
    try:
        answer = np.asarray(model.probabilities(problem.probe), dtype=float)
    except TeamFault:
        return found
    if answer.shape == (len(problem.probe), problem.classes):
        with np.errstate(all="ignore"):
            found[PROBABILITIES] = centred(np.log(answer))
    return found
