"""Functions of two samples written as an object that learns from the one and is then asked about the other.

``Distance("rbf", 0.5).fit(real).score(generated)``: the object is made with the hyperparameters, a method by the name
of a fit takes the first sample, and the method that answers takes the second.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from grader.team.names import parameter_resemblance
from grader.team.plans import ENOUGH, EXTRAS, Match, Slot, fill
from grader.team.probing import Callee, call_of
from grader.team.state import Plan
from grader.team.symbols import Argument, Symbol

LEARNING = ("fit", "train", "learn", "prepare", "remember", "set", "set_reference", "reference", "lerne", "trainiere",
            "anpassen", "merke", "setze", "referenz")  # fmt: skip
"""Names of methods that take the first sample."""


def learned_first(
    symbol: Symbol, name: str, question: str, own: Sequence[Slot], hyper: Sequence[Slot]
) -> Iterator[tuple[Plan, Match]]:
    """Ways to ask a method (``name``) of a class that learns from the first of two samples.

    ``question`` is the canonical method, ``own`` has its two arguments.
    """
    offered = symbol.offers()
    learning = [n for n in offered if parameter_resemblance(n, LEARNING) >= ENOUGH]
    made = fill(symbol.parameters, [*hyper, *EXTRAS])
    if len(own) != 2 or made.unfilled or name in learning:
        return
    rest = [slot for slot in hyper if slot.key not in made.used]
    second = _taking(offered[name], own[1], rest)
    for before in learning if second is not None else ():
        first = _taking(offered[before], own[0], ())
        if first is None or second is None:
            continue
        plan, match = made_and_called(
            symbol, question, Callee(name, "object", name, offered[name]), made, second
        )
        earlier = Callee(before, "object", before, offered[before])
        plan["calls"][question]["before"] = call_of(earlier, first)
        arguments, guessed = [*first.arguments, *match.arguments], [*first.guessed, *match.guessed]
        yield {**plan, "anew": True}, Match(arguments, first.used | match.used, guessed)


def made_and_called(
    symbol: Symbol, question: str, callee: Callee, made: Match, called: Match
) -> tuple[Plan, Match]:
    """The plan of an object that is made and then asked; made anew for each question if it is made with data."""
    target = {"instance": symbol.name} if symbol.kind == "instance" else {"name": symbol.name}
    arguments = [dict(argument) for argument in made.arguments]
    construct = {"target": target, "attribute": None, "arguments": arguments}
    both = Match(
        [*called.arguments, *made.arguments], called.used | made.used, [*called.guessed, *made.guessed]
    )
    plan: Plan = {"construct": construct, "calls": {question: call_of(callee, called)}}
    anew = any(argument["slot"].startswith("argument:") for argument in arguments)
    return ({**plan, "anew": True} if anew else plan), both


def _taking(parameters: Sequence[Argument] | None, data: Slot, more: Sequence[Slot]) -> Match | None:
    """A signature whose first parameter takes a sample, and all others are hyperparameters or need not be given."""
    needed = [p for p in parameters or () if p.ordinary and p.required]
    if not needed:
        return None
    rest = fill([p for p in parameters or () if p is not needed[0]], [*more, *EXTRAS])
    if rest.unfilled:
        return None
    given: Plan = {"name": needed[0].name, "slot": data.key, "pass": "position", **data.more}
    return Match([given, *rest.arguments], rest.used | {data.key}, rest.guessed)
