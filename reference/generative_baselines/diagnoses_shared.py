"""What the probes of all models share: conditions, log-densities as finite numbers, samples."""

from dataclasses import dataclass, field

import numpy as np

from grader.judge import instruments
from grader.judge.diagnosis_probes import SampleProbe
from reference.generative_baselines.questions.asking import density_of

NOTHING, HIGHEST = -60.0, 60.0
"""Log-densities are cut off here, so that zero density is a number too."""


@dataclass
class Condition:
    """What to fit and where to ask, and the hand-in's own model where it was fitted before.

    The points cannot be written to: a candidate that changes the caller's data would mislead those after it.
    """

    train: np.ndarray
    probe: np.ndarray
    parameters: dict = field(default_factory=dict)
    model: object = None
    other: np.ndarray | None = None
    """A second training set; or the training set for candidates only."""
    marks: dict = field(default_factory=dict)

    def __post_init__(self):
        self.train, self.probe, self.other = map(read_only, (self.train, self.probe, self.other))


def read_only(points):
    """A view of an array that refuses to be changed; None stays None."""
    if points is None:
        return None
    view = points.view()
    view.flags.writeable = False
    return view


def logs(density, points, low=NOTHING):
    """Log-densities as finite numbers, shape (n,)."""
    return np.clip(np.nan_to_num(instruments.ask(density, points), nan=HIGHEST), low, HIGHEST)


def of_candidate(team, role, condition, low=NOTHING):
    """A candidate's log-densities under a condition."""
    model = getattr(team, role)(**condition.parameters).fit(condition.train)
    return logs(model.score_samples, condition.probe, low)


def of_hand_in(team, lab, role, condition, low=NOTHING):
    """The hand-in's log-densities under a condition; NaN, which nothing explains, where all are cut off."""
    model = condition.model or getattr(team, role)(**condition.parameters).fit(condition.train)
    found = logs(density_of(team, lab, role, model, condition.train), condition.probe, low)
    cut = np.ptp(found) == 0 and found[0] in (low, HIGHEST)
    return np.full(len(found), np.nan) if cut else found


def lattice(axes):
    """All pairs of an x and a y, shape (n, 2)."""
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 2)


def one_place_per_call(model, places, calls=8, n=40):
    """Whether all points of each call lie nearest to one place, which is not the same for all calls."""
    chosen = []
    for _ in range(calls):
        points = np.asarray(model.sample(n), dtype=float)
        nearest = ((points[:, None] - places[None]) ** 2).sum(axis=2).argmin(axis=1)
        if len(set(nearest)) > 1:
            return False
        chosen.append(nearest[0])
    return len(set(chosen)) > 1


def sample_probe(role, condition):
    """Samples of a role under a condition."""

    def hand_in(team, lab, chosen, n):
        return np.asarray(chosen.model.sample(n), dtype=float)

    def candidate(team, lab, chosen, n):
        return getattr(team, role)(**chosen.parameters).fit(chosen.train).sample(n)

    def marks(chosen):
        return chosen.marks

    return SampleProbe(condition, hand_in, candidate, marks)
