"""Which right gradient explains a team's runs: reading of the points, arrangement of the parameters, recipe."""

from dataclasses import dataclass, field, replace
from itertools import product

import numpy as np

from reference.classification.questions.softmax_paths import (
    READINGS,
    RECIPES,
    Reading,
    centred,
    plain,
    slope,
)
from reference.classification.questions.softmax_runs import CLASSES, FIXED_RATE, FIXED_STEPS

MOST = 4
"""Explanations whose large steps are followed."""
EXACT = 1e-6
"""Relative distance up to which a path is ours beyond doubt."""
STILL = 1e-9
"""Shorter movements of large steps are none."""
NEAR = 0.01
"""Relative distance up to which a measured factor is a usual one: small steps bend a little."""
LOOSE = 0.1
"""Relative distance up to which an end after all steps from a random start is the right one."""
ALIGNED = 1 - 1e-4
"""Cosine from which on a movement is along the gradient; steps of a finite size bend by about 1e-6."""


@dataclass(frozen=True)
class Explanation:
    """How well the right gradient, in one reading of points and parameters, explains a team's runs."""

    way: str
    reading: Reading
    direction: float = 0.0
    """Cosine between the first small movement and the negative gradient: 1 is right, -1 uphill.

    Weights and bias count alike, however large the points are.
    """
    factor: float = 0.0
    """Length of the first small movement, over that of one step down the summed loss."""
    rate_ratio: float = 3.0
    """Movement at three times the rate, over that at the rate itself; 3 is right."""
    count_ratio: float = 2.5
    """Movement of five small steps, over that of two; 2.5 is right."""
    second: float = 0.0
    """Cosine between the second large step and the negative gradient where the first one ended."""
    errors: dict = field(default_factory=dict)
    """Recipe -> largest distance from ours after large steps, of weights or bias, over how far they went."""

    @property
    def recipe(self):
        """The recipe that explains the large steps best."""
        return min(self.errors, key=self.errors.get, default="")

    @property
    def error(self):
        """Its distance from ours."""
        return self.errors.get(self.recipe, float("nan"))

    @property
    def more(self):
        """Steps made beyond those asked for: 1, -1 or none."""
        return 1 if abs(self.count_ratio - 2.0) < 0.02 else -1 if abs(self.count_ratio - 4.0) < 0.04 else 0

    @property
    def aligned(self):
        """Whether the first movement is along the gradient, down or up."""
        return abs(self.direction) >= ALIGNED

    def rank(self):
        """Orders explanations: the large steps first, then the direction; as few assumptions as possible."""
        simple = (not self.reading.scaling) + self.reading.bias + (abs(self.count_ratio - 2.5) < 0.1)
        error = self.error if np.isfinite(self.error) else 2.0
        return (error > 1e-4, round(-abs(self.direction), 4), round(error, 4), -simple)


def explain(runs, complete=True):
    """Explanations for every way and reading, the best first; `complete` includes the large steps."""
    if not runs.rate_taken and not runs.steps_taken:
        return sorted(_ends(runs), key=Explanation.rank)
    pairs = product(runs.ways, READINGS)
    found = sorted((_directed(runs, way, reading) for way, reading in pairs), key=Explanation.rank)
    if not complete:
        return found
    whole = []
    for one in found[:MOST]:
        whole.append(
            replace(one, errors=_errors(runs, one), second=_second(runs, one)) if one.aligned else one
        )
        if whole[-1].error < 10 * EXACT and one.reading.bias:
            break
    return sorted([*whole, *found[len(whole) :]], key=Explanation.rank)


def _directed(runs, way, reading):
    """What the small movements show of one way to read parameters and points."""
    problem, start = runs.problem, runs.start(way, reading)
    downhill = -slope(start, reading.extended(problem.X, problem), problem.one_hot)

    def moved(rate, steps):
        key = runs.key(rate, steps)
        return runs.parameters(key, way, reading) - start if key in runs.left else np.zeros_like(start)

    unit = runs.unit if runs.rate_taken else FIXED_RATE
    count = 1 if moved(unit, 1).any() else 2  # a loop may make one step less than it is asked for
    first, five = moved(unit, count), moved(unit, 5)
    if not first.any() or (not reading.bias and _bias_moves(runs, way, reading)):
        return Explanation(way, reading)
    factor = float((first * downhill).sum() / (downhill**2).sum()) / (unit * runs.most)
    rates = _ratio(moved(3 * unit, 2), moved(unit, 2)) if runs.rate_taken else 3.0
    counts = _ratio(five, moved(unit, 2)) if runs.steps_taken and five.any() else 2.5
    one = Explanation(way, reading, _cosine(first, downhill), factor, rates, counts)
    factor = factor / (count + one.more) if runs.steps_taken else factor
    usual = min(usual_factors(len(problem.X)), key=lambda u: abs(abs(factor) / u - 1))
    close = runs.steps_taken and abs(abs(factor) / usual - 1) < NEAR
    return replace(one, factor=float(np.copysign(usual, factor)) if close else factor)


def _bias_moves(runs, way, reading):
    """Whether a bias is learned, so that a reading without one leaves something out."""
    whole = replace(reading, bias=True)
    ends = [runs.parameters(key, way, whole) for key in runs.left]
    moved = [end - ends[0] for end in ends]
    most = max(np.abs(one[1:]).max() for one in moved)
    return max(np.abs(one[0]).max() for one in moved) > EXACT * most


def _cosine(movement, downhill):
    """Cosine of two movements of parameters, weights and bias each in units of the second one's length."""
    units = [np.linalg.norm(part) or 1.0 for part in (downhill[:1], downhill[1:])]
    scale = np.append(units[0], np.full(len(downhill) - 1, units[1]))[:, None]
    mine, ours = movement / scale, downhill / scale
    lengths = np.linalg.norm(mine) * np.linalg.norm(ours)
    return float((mine * ours).sum() / lengths) if lengths else 0.0


def usual_factors(n):
    """Factors on the summed gradient that go with a loss: the sum over n points, the mean, the mean over classes too."""
    return 1.0, 1 / n, 1 / (n * CLASSES)


def _ratio(movement, other):
    """How many times one movement goes as far as another, along it."""
    square = float((other**2).sum())
    return float((movement * other).sum()) / square if square else 0.0


def _second(runs, one):
    """Direction of the second of two large steps, whatever their lengths are; 0 where it was not seen."""
    large = sorted(rate for rate, _ in runs.left if rate > 10 * runs.unit)
    ends = [(large[-1], steps) for steps in (1, 2)] if large else []
    if not ends or not all(end in runs.left for end in ends):
        return 0.0
    problem = runs.problem
    first, both = (runs.parameters(end, one.way, one.reading) for end in ends)
    rows = one.reading.extended(problem.X, problem)
    return _cosine(both - first, -slope(first, rows, problem.one_hot))


def _errors(runs, one):
    """Largest distance from ours per recipe, over the runs with large steps and how far they went.

    Rates are the asked ones times the factor that the small steps showed; where the small steps count one more or
    one less than asked, so do the large ones. Of a fixed number of steps only the product with the factor is seen:
    the sheet's number and those that go with the usual factors are tried.
    """
    asked = [key for key in runs.left if not runs.rate_taken or key[0] > 10 * runs.unit * runs.most]
    if not runs.steps_taken:
        return {"plain": _error_of_fixed(runs, one, asked)}
    errors = {}
    for name, descend in RECIPES.items():
        gaps = [
            _gap(runs, one, key, descend, key[0] * one.factor, max(0, key[1] + one.more)) for key in asked
        ]
        if gaps:
            errors[name] = max(gaps)
        if max(gaps, default=1.0) < EXACT:  # nothing else needs to be tried
            break
    return errors


def _error_of_fixed(runs, one, asked):
    least = 1.0
    for number in _numbers(runs, one.factor):
        sizes = [rate * one.factor * FIXED_STEPS / number for rate, _ in asked]
        gaps = [_gap(runs, one, key, plain, size, number) for key, size in zip(asked, sizes, strict=True)]
        least = min(least, max(gaps, default=1.0))
        if least < 10 * EXACT:
            break
    return least


def _numbers(runs, factor):
    """Numbers of steps that a training with a fixed one may make, by the distance that it goes."""
    counted = [FIXED_STEPS * abs(factor) / usual for usual in usual_factors(len(runs.problem.X))]
    near = [round(c) for c in counted if 0.5 < c < 20_000 and abs(c / max(1, round(c)) - 1) < 0.02]
    return list(dict.fromkeys([FIXED_STEPS, *near]))


def _gap(runs, one, key, descend, rate, steps):
    """Distance between the parameters after a run and ours, over how far the run went; 1 where it is not finite."""
    problem, before = runs.problem, runs.start(one.way, one.reading)
    rows = one.reading.extended(problem.X, problem)
    with np.errstate(all="ignore"):
        ours = centred(descend(before, rows, problem.one_hot, rate, steps))
        return _apart(runs.parameters(key, one.way, one.reading), ours, before)


def _apart(seen, ours, before):
    """The larger of the relative distances of weights and bias; parts that move in neither do not count."""
    gaps = [0.0]
    for part in (slice(0, 1), slice(1, None)):
        moved = max(np.linalg.norm(end[part] - before[part]) for end in (seen, ours))
        if not moved < STILL:
            gaps.append(float(np.linalg.norm(seen[part] - ours[part]) / moved))
    return min(max(gaps), 1.0) if np.isfinite(gaps).all() else 1.0


def _ends(runs):
    """Explanations of a training that takes neither rate nor steps, of which the end alone is seen.

    Ours uses the sheet's rate and steps on the summed loss and on its means, down and up.
    """
    problem, key = runs.problem, runs.key(FIXED_RATE, FIXED_STEPS)
    for reading, factor in product(READINGS[:8], (*usual_factors(len(problem.X)), -1.0)):
        rows = reading.extended(problem.X, problem)
        ended: dict[bytes, np.ndarray] = {}
        for way in runs.ways:
            start = runs.start(way, reading)
            if start.tobytes() not in ended:
                with np.errstate(all="ignore"):
                    end = plain(start, rows, problem.one_hot, factor * FIXED_RATE, FIXED_STEPS)
                ended[start.tobytes()] = end
            gap = _apart(runs.parameters(key, way, reading), ended[start.tobytes()], start)
            yield Explanation(way, reading, float(np.sign(factor)), factor, errors={"plain": gap})
            if gap < LOOSE:
                return
