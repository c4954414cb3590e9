"""Data or settings that a training takes together: a pair of points and labels, or an object of the hand-in's own class.

A parameter that is annotated with such a class stands for the parameters of its constructor; these are matched like
any others, and the object is made right before the call. ``fit(train, test)`` without labels of its own takes pairs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from grader.team.state import Plan
from grader.team.symbols import Argument, Symbol

PAIRS = {"argument:X": "pair:X", "argument:X_test": "pair:X_test"}
LABELS = {"X": "y", "X_test": "y_test"}
"""The labels that belong to points."""


def opened(
    parameters: Sequence[Argument], classes: Mapping[str, Symbol]
) -> tuple[list[Argument], dict[str, tuple[Argument, Symbol]]]:
    """A signature with the constructors' parameters in place of such objects, and where each of them belongs.

    ``classes`` has the hand-in's classes by their own names. What cannot be told apart by name stays as it is.
    """
    found: list[Argument] = []
    homes: dict[str, tuple[Argument, Symbol]] = {}
    plain = {p.name for p in parameters}
    for parameter in parameters:
        kind = classes.get(parameter.annotation.strip("'\"").rpartition(".")[2])
        entries = [p for p in kind.parameters if p.ordinary] if kind is not None else []
        clash = any(p.name in plain or p.name in homes for p in entries)
        if kind is None or not entries or clash or not parameter.ordinary:
            found.append(parameter)
            continue
        found += entries
        homes |= {p.name: (parameter, kind) for p in entries}
    return found, homes


def closed(arguments: Sequence[Plan], homes: Mapping[str, tuple[Argument, Symbol]]) -> list[Plan]:
    """The matched arguments with those of one object put together as what makes it."""
    whole: list[Plan] = []
    made: dict[str, Plan] = {}
    for argument in arguments:
        if argument["name"] not in homes:
            whole.append(argument)
            continue
        parameter, kind = homes[argument["name"]]
        if parameter.name not in made:
            call: Plan = {"target": {"name": kind.name}, "attribute": None, "arguments": []}
            how = "position" if parameter.kind == "positional_only" else "keyword"
            made[parameter.name] = {"name": parameter.name, "slot": "made", "pass": how, "call": call}
            whole.append(made[parameter.name])
        made[parameter.name]["call"]["arguments"].append(argument)
    return whole


def every(arguments: Sequence[Plan]) -> Iterator[Plan]:
    """All arguments, those of objects that are made for the call included."""
    for argument in arguments:
        yield argument
        if "call" in argument:
            yield from every(argument["call"]["arguments"])


def in_pairs(plan: Plan, way: str) -> Plan | None:
    """The same plan with points and labels in pairs; None where labels have a place of their own."""
    calls = [plan.get("construct"), plan["calls"][way]]
    slots = {a["slot"] for call in calls if call for a in every(call["arguments"])}
    if "argument:y" in slots or "argument:X" not in slots:
        return None
    call = plan["calls"][way]
    arguments = [{**a, "slot": PAIRS.get(a["slot"], a["slot"])} for a in call["arguments"]]
    return {**plan, "calls": {**plan["calls"], way: {**call, "arguments": arguments}}}
