"""Words with which students name one of a few choices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from grader.rubric import Parameter
from grader.team.names import joined, resemblance, words
from grader.team.state import Plan
from grader.team.symbols import Argument, Symbol

SPELT = 0.78
"""Least resemblance at which a text is taken for a choice."""


def spelt_like(text: str, spellings: Sequence[str]) -> float:
    """Resemblance of a text with a choice's spellings; a beginning of five letters or more counts too."""
    short = joined(text)
    begun = len(short) >= 5 and any(joined(spelling).startswith(short) for spelling in spellings)
    return max(resemblance(text, spellings), SPELT if begun else 0.0)


def choice_of(symbol: Symbol, parameter: Parameter) -> str:
    """The one choice that a symbol's name speaks of, else the one its code speaks of, else nothing."""
    said = {c: resemblance(symbol.name, (c, *more)) for c, more in parameter.choices.items()}
    best = sorted(said.items(), key=lambda entry: -entry[1])
    if best and best[0][1] >= 0.75 and (len(best) == 1 or best[0][1] > best[1][1]):
        return best[0][0]
    spoken = {
        c: sum(set(words(s)) <= symbol.words for s in (c, *more) if len(s) > 1)
        for c, more in parameter.choices.items()
    }
    ordered = sorted(spoken.items(), key=lambda entry: -entry[1])
    return (
        ordered[0][0]
        if ordered and ordered[0][1] and (len(ordered) == 1 or ordered[0][1] > ordered[1][1])
        else ""
    )


def labels_of(answer: Any, symbol: Symbol) -> list[tuple[Any, str]]:
    """Keys of an answer with several entries, each with what it is called."""
    if isinstance(answer, dict):
        return [(key, str(key)) for key in answer]
    several = isinstance(answer, tuple | list) or (isinstance(answer, np.ndarray) and answer.ndim > 0)
    for known in (symbol.parts, symbol.labels) if several else ():
        if len(answer) == len(known) and not all(label.isdigit() for label in known):
            return list(enumerate(known))
    return []


def kernel_like(symbol: Symbol) -> bool:
    """Something that can be handed over as a choice: a function of a few arguments or a small callable class."""
    if symbol.kind == "function":
        return len([p for p in symbol.parameters if p.required]) <= 4
    return "__call__" in symbol.methods or not {"fit", "sample", "score_samples"} & symbol.methods.keys()


def arguments_of(plan: Plan) -> list[Plan]:
    construct = plan.get("construct") or {}
    return [
        *construct.get("arguments", ()),
        *(a for call in plan["calls"].values() for a in call.get("before", {}).get("arguments", ())),
        *(a for call in plan["calls"].values() for a in call["arguments"]),
    ]


def signature_of(symbol: Symbol, name: str) -> list[Argument]:
    everything = [symbol.parameters, *symbol.methods.values()]
    return [p for parameters in everything for p in parameters if p.name == name]
