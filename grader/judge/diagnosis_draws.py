"""Random answers: whose samples they are, when hand-in and candidates drew under the same condition."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from grader.judge.checks import spoken
from grader.judge.diagnosis_probes import Array, Asked, Diagnosis, SampleProbe
from grader.judge.diagnosis_samples import explanations
from grader.judge.lab import Lab
from grader.records import Evidence

NATS = 20.0
"""Log-likelihood by which a sample's candidate must lead."""
ABSURD = 1e-4
"""A candidate whose chi-square p-value for the sample is lower does not explain it."""


def by_sample(probe: SampleProbe, team: Any, lab: Lab, asked: Asked) -> Diagnosis | None:
    """The candidate that explains the team's samples; where two do, four times as many points are drawn."""
    condition = probe.condition(team, lab)
    if condition is None:
        return None
    for n in (2000, 8000):
        sample = np.asarray(probe.hand_in(team, lab, condition, n), dtype=float)
        if not np.isfinite(sample).all():
            return None
        drawn = asked.of(partial(_drawn, probe, lab, condition, 5 * n + 10_000))
        drawn = [(c, points) for c, points in drawn if np.isfinite(points).all()]
        if not drawn:
            return None
        ranked = explanations(sample, [points for _, points in drawn], probe.marks(condition))
        if ranked[0].p < ABSURD:
            return None
        level = [one for one in ranked if ranked[0].likelihood - one.likelihood < NATS]
        if len(level) == 1:
            break
    if len(level) == len(ranked):
        return None
    gain = ranked[0].likelihood - ranked[len(level)].likelihood
    words = "log-likelihood by which a known mistake explains the samples better than the next one"
    return asked.named(
        [drawn[one.index][0] for one in level],
        Evidence(words, gain, f"at least {spoken(NATS, 'nats')}", "nats"),
    )


def _drawn(probe: SampleProbe, lab: Lab, condition: Any, n: int, candidate: Any) -> Array:
    return np.asarray(probe.candidate(candidate, lab, condition, n), dtype=float)
