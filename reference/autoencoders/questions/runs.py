"""Runs of a team's training procedure from weights we know, on data we drew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reference.autoencoders.questions.anatomy import Anatomy, Array, build, take_apart

State = dict[str, NDArray[Any]]
Setting = tuple[int, int, int, int]


@dataclass
class Bench:
    """One network of the team, one procedure that trains it, and one data set."""

    team: Any
    procedure: str
    role: str
    setting: Setting
    points: Array
    anatomy: Anatomy
    network: Any
    start: State
    """Weights from which every run starts; of no meaning for a procedure that builds its network itself."""
    seed: int

    def run(self, points: Array | None = None, **settings: Any) -> tuple[State, State]:
        """Weights before and after one run on a new network with the same start; equal seeds for all runs."""
        data = (self.points if points is None else points).astype(np.float32)
        train = getattr(self.team, self.procedure)
        values = {name: value for name, value in settings.items() if train.takes(name)}
        if train.takes("batch_size"):
            values["batch_size"] = len(data)
        before = self.start
        if train.makes_its_network:
            idle = {**values, "rate": 0.0} if train.takes("rate") else {**values, "epochs": 0}
            train(model=self.network, X=data, seed=self.seed, **idle)
            before = train.network.state()
        else:
            self.network = build(self.team, self.role, self.setting)
            self.network.restore(self.start)
        train(model=self.network, X=data, seed=self.seed, **values)
        after = train.network.state()
        if not train.makes_its_network and _same(after, before):
            after = self.network.state()
        return before, after


def open_bench(
    team: Any, lab: Any, procedure: str, setting: Setting, points: Array, role: str = "autoencoder"
) -> Bench:
    """Build the network, take it apart and remember its weights."""
    network = build(team, role, setting)
    probe = lab.rng("probe").normal(size=(16, setting[0]))
    anatomy = take_apart(network, setting, probe, team.binding(role).symbol)
    return Bench(
        team, procedure, role, setting, points, anatomy, network, network.state(), lab.seed("run") % 2**31
    )


def _same(one: Mapping[str, NDArray[Any]], other: Mapping[str, NDArray[Any]]) -> bool:
    return one.keys() == other.keys() and all(np.array_equal(one[n], other[n]) for n in one)
