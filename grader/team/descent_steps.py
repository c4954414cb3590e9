"""One step of gradient descent that is made here, along slopes that a hand-in's own code returned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from grader.team.descent_forms import Array, arrays_in


def slopes_in(answer: Any) -> list[Array]:
    """The slopes in what a hand-in's gradient returned, a single number among them where it must be one.

    Of two numbers beside one array (``loss, by the weights, by the bias`` in any order) one is the loss, the other a slope
    that was added up to a number: the one behind the array, else the one before it.
    """
    slopes = list(arrays_in(answer, "").values())
    if not isinstance(answer, tuple | list) or len(answer) != 3:
        return slopes
    numbers = [k for k, entry in enumerate(answer) if isinstance(entry, int | float)]
    if len(numbers) != 2 or len(slopes) != 1:
        return slopes
    place = ({0, 1, 2} - set(numbers)).pop()
    number = place + 1 if place + 1 in numbers else place - 1
    return [*slopes, np.asarray(float(answer[number]))]


def stepped_against(slopes: Sequence[Array], given: Mapping[str, Array], rate: float) -> dict[str, Array]:
    """Every given parameter moved against its slope, told by shape, else by size; empty where one has none.

    A slope that is a single number moves every entry of the bias, as NumPy would.
    """
    stepped = {}
    smallest = min(map(np.size, given.values()), default=0)
    for name, value in given.items():
        slope = next((g for g in slopes if g.shape == np.shape(value)), None)
        if slope is None:
            slope = next((g for g in slopes if g.size == np.size(value)), None)
        if slope is None and len(given) > 1 and np.size(value) == smallest:
            slope = next((np.full(np.shape(value), g) for g in slopes if g.ndim == 0), None)
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
