"""One step of gradient descent that is made here, along slopes that a hand-in's own code returned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from grader.team.descent_forms import Array


def stepped_against(slopes: Sequence[Array], given: Mapping[str, Array], rate: float) -> dict[str, Array]:
    """Every given parameter moved against its slope, told by shape, else by size; empty where one has none."""
    stepped = {}
    for name, value in given.items():
        slope = next((g for g in slopes if g.shape == np.shape(value)), None)
        if slope is None:
            slope = next((g for g in slopes if g.size == np.size(value)), None)
        if slope is None:
            return {}
        stepped[name] = value - rate * slope.reshape(np.shape(value))
    return stepped


def stepped_held(slopes: Sequence[Array], held: Mapping[str, Array], rate: float) -> dict[str, Array]:
    """The attributes of an object that have slopes, moved against them; empty where a slope belongs to none.

    Of several attributes in the shape of a slope the first that has none yet is taken: parameters are made before
    anything that is kept of them.
    """
    stepped: dict[str, Array] = {}
    for slope in slopes:
        name = next((n for n, v in held.items() if n not in stepped and v.shape == slope.shape), None)
        if name is None:
            return {}
        stepped[name] = held[name] - rate * slope
    return stepped
