"""Hand-ins of one script, and what their functions must answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from grader.rubric import Rubric
from grader.run.slice import slice_script
from grader.team.finding import find
from grader.team.proxies import HandInTeam
from grader.team.session import Session
from stubs.truth import discrepancies, kernel_log_density
from stubs.workbench import ForkedChild, arcs, moons_probe, rubric_with

TRAIN, OTHER, POINTS = (arcs(n, np.random.default_rng(n)) for n in (120, 90, 25))


@contextmanager
def team_of(source: str, folder: Path, rubric: Rubric, *roles: str) -> Iterator[HandInTeam]:
    """A hand-in of one script, with its top-level code as the team wrote it."""
    small = rubric_with({name: rubric.roles[name].model_dump() for name in roles})
    slice_ = slice_script(source, "work.py")
    with Session(lambda: ForkedChild(folder), slice_, seed=3) as session:
        yield HandInTeam(session, find(slice_, session, small, moons_probe()), small)


def check_discrepancy(team: HandInTeam) -> None:
    """The squared exponential and the inverse multi-quadratic kernel are asked with the width that is meant."""
    for kernel in ("se", "imq"):
        for width in (0.4, 1.1):
            answer = team.mmd(TRAIN, OTHER, kernel=kernel, bandwidth=width)
            wanted = discrepancies(TRAIN, OTHER, kernel, width)
            assert min(abs(answer - each) for each in wanted) < 1e-9


def check_kernel_density(team: HandInTeam) -> None:
    """The density is that of the asked bandwidth, and samples come."""
    for width in (0.25, 0.6):
        model = team.kde(bandwidth=width).fit(TRAIN)
        assert np.allclose(model.score_samples(POINTS), kernel_log_density(TRAIN, POINTS, width), atol=1e-9)
        assert model.sample(40).shape == (40, 2)
