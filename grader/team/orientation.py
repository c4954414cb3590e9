"""Whether the team's code takes one point per row, as the sheet does, or one per column.

A function of two samples that wants columns may well answer rows: it then takes the first two points for
coordinates. Its number gives it away, because the order of the points in a sample says nothing: a number that changes
with the order of the rows, and does not change with the order of the columns, comes from columns.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from grader.errors import TeamFault
from grader.team.spellings import arguments_of
from grader.team.state import Plan

SAME = 1e-9
"""Relative difference of two numbers that are the same but for rounding."""
EVERYWHERE, QUESTIONS = "everywhere", "questions"
"""Where a model is given its points as columns: in all calls, or in all but the fit."""


def with_columns(call: Plan) -> Plan:
    """The call with all points and remembered data handed over as one point per column."""
    made = {**call, "arguments": [dict(argument) for argument in call["arguments"]]}
    return _turn(made, made["arguments"])


def turned(plan: Plan) -> Plan:
    """The plan with every sample handed over as one point per column."""
    made = copy.deepcopy(plan)
    return _turn(made, arguments_of(made))


def _turn(made: Plan, arguments: Iterable[Plan]) -> Plan:
    for argument in arguments:
        if argument["slot"].startswith(("argument:", "train:")):
            argument["as"] = "columns"
    return made


def order_matters(number: Callable[[Mapping[str, Any]], float], values: Mapping[str, Any]) -> bool:
    """Whether the number changes where the points of the first sample come in another order; True where it raises."""
    first = next(name for name, value in values.items() if isinstance(value, np.ndarray))
    mixed = np.roll(values[first], 3, axis=0)
    try:
        before, after = number(values), number({**values, first: mixed})
    except TeamFault:
        return True
    return not np.isclose(before, after, rtol=SAME, atol=SAME)
