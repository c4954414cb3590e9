"""The ways in which the signatures of a hand-in let a model be trained in steps of descent, as plans.

See ``grader.team.descents`` for what a plan says; nothing is called here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import permutations

from grader.rubric import Role
from grader.team.descent_forms import Form
from grader.team.descent_records import closed, every, in_pairs, opened
from grader.team.descents import FIT, GRADIENT, STEP, TRAININGS
from grader.team.evidence import NAMED, named_like
from grader.team.methods import method_names, method_resemblance
from grader.team.names import parameter_resemblance, words
from grader.team.plans import ENOUGH, EXTRAS, Match, Slot, fill
from grader.team.state import Plan
from grader.team.symbols import Argument, Symbol

TRIED, FORMS_TRIED = 5, 36
HARMLESS = tuple(slot for slot in EXTRAS if slot.key in ("seed", "generator", "callback", "constant:quiet"))
STARTS = ("theta", "bias")
OBJECT = ("model", "modell", "clf", "classifier", "net", "estimator", "m")


@dataclass
class Try:
    """One candidate for a role: a class, or loose functions."""

    symbol: Symbol
    name: float
    """Resemblance of its name."""
    hints: float
    plan: Plan = field(default_factory=dict)
    methods: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)
    guessed: int = 0
    works: bool = False
    fault: str = ""
    something_else: bool = False
    """Whether it answered what no training and no gradient answers."""

    def worth(self) -> tuple[float, ...]:
        """Orders candidates: named and working, working by whole trainings first, then names and words."""
        rank = {FIT: 1.0, STEP: 0.6, GRADIENT: 0.3}.get(self.plan.get("by", ""), 0.0)
        asked = len({"rate", "steps"} & set(self.parameters)) / 2
        known = self.name >= NAMED and self.symbol.kind == "class"
        return (
            float(self.works and (known or self.hints >= 0.5)),
            float(self.works),
            rank + asked + self.hints + 0.5 * self.name,
        )

    def confidence(self) -> float:
        """How sure we are that this is what the sheet asks for."""
        value = 0.35 + 0.25 * max(self.name, 0.6 * self.hints) + 0.15 * self.hints + 0.25 * self.works
        value -= 0.06 * min(3, self.guessed)
        return round(float(min(0.99, max(0.05, value if self.works else min(value, 0.5)))), 2)


class Ways:
    """The ways of training that a role's words find in the functions and classes of a hand-in."""

    def __init__(
        self, role: Role, functions: Sequence[Symbol], numbers: frozenset[str], classes: Sequence[Symbol] = ()
    ) -> None:
        """``numbers`` are the names of global numbers, from which hyperparameters may be read.

        Of ``classes`` an object may be made where a signature asks for one, see ``descent_records``.
        """
        self.role, self.functions = role, functions
        self.classes = {symbol.name.rpartition(".")[2]: symbol for symbol in classes}
        self.numbers = numbers | {name.rpartition(".")[2] for name in numbers}

    def is_whole(self, symbol: Symbol) -> float:
        """Resemblance of a function with the role itself, where it takes labels: then it is the whole training."""
        labels = self.role.methods[FIT].arguments["y"].names
        takes = any(p.required and parameter_resemblance(p.name, labels) >= 0.85 for p in symbol.parameters)
        return named_like(symbol, self.role) if takes else 0.0

    def says(self, symbol: Symbol, canonical: str) -> float:
        """How clearly a function's name says that it is this method and no other; the role's own words say nothing."""
        if canonical not in self.role.methods:
            return 0.0
        spoken = {word for known in self.role.names for word in words(known)}
        short = symbol.name.rpartition(".")[2]
        rest = "_".join(w for w in words(short) if w not in spoken) or short
        scores = {
            c: max(method_resemblance(short, c, m), method_resemblance(rest, c, m))
            for c, m in self.role.methods.items()
        }
        return scores[canonical] if scores[canonical] >= max(scores.values()) - 0.02 else 0.0

    def of(self, one: Try) -> Iterator[tuple[Plan, Match]]:
        if one.symbol.kind == "function":
            yield from self._of_function(one.symbol, one.plan["by"], None)
            return
        offered = one.symbol.offers()
        named = method_names(self.role, offered)
        trains = False
        for way in TRAININGS:
            if way == GRADIENT and trains:
                continue  # what the class itself makes of its gradient counts
            for method in named.get(way, [])[:TRIED]:
                call = {"target": "object", "attribute": method}
                for plan, match in self._called(call, way, offered[method] or (), one.symbol):
                    trains |= not match.guessed
                    yield plan, match
        for function in self.functions:
            if self.says(function, FIT) >= ENOUGH and self._takes_object(function):
                yield from self._of_function(function, FIT, one.symbol)

    def _takes_object(self, function: Symbol) -> bool:
        names = (*OBJECT, *self.role.names)
        return any(
            p.required and parameter_resemblance(p.name, names) >= 0.85 for p in function.parameters[:2]
        )

    def _of_function(self, symbol: Symbol, way: str, maker: Symbol | None) -> Iterator[tuple[Plan, Match]]:
        call = {"target": {"name": symbol.name}, "attribute": None}
        yield from self._called(call, way, symbol.parameters, maker, globals_of=symbol)
        if way == GRADIENT and maker is None:
            yield from self._in_every_order(call, symbol)

    def _in_every_order(self, call: Plan, symbol: Symbol) -> Iterator[tuple[Plan, Match]]:
        """Parameters, points and labels in each order, for names that say nothing: the shapes let only one run."""
        parameters = [p for p in symbol.parameters if p.ordinary and p.required]
        slots = {s.key: s for s in self._slots(GRADIENT)}
        keys = ("start:theta", "argument:X", "argument:y")
        if len(parameters) != len(keys) or not all(key in slots for key in keys):
            return
        orders = sorted(
            permutations(keys),
            key=lambda order: (
                -sum(
                    parameter_resemblance(p.name, slots[key].names)
                    for p, key in zip(parameters, order, strict=True)
                )
            ),
        )
        for order in orders:
            arguments = [
                {"name": p.name, "slot": key, "pass": "position", "default": None}
                for p, key in zip(parameters, order, strict=True)
            ]
            plan: Plan = {
                "by": GRADIENT,
                "construct": None,
                "calls": {GRADIENT: {**call, "arguments": arguments}},
            }
            plan["globals"] = self._globals(plan, symbol)
            yield plan, Match(guessed=[p.name for p in parameters])

    def _called(
        self,
        call: Plan,
        way: str,
        parameters: Sequence[Argument],
        maker: Symbol | None,
        globals_of: Symbol | None = None,
    ) -> Iterator[tuple[Plan, Match]]:
        """The calls that the signatures suggest: constructor, if any, then the training itself."""
        slots = self._slots(way)
        whole = [Slot("object", OBJECT, required=True)] if maker and call["target"] != "object" else []
        parameters, homes = opened(parameters, self.classes)
        match = fill(parameters, [*whole, *slots])
        made = Match()
        if maker is not None:
            fed = match.uses("argument:")
            inner = [
                s for s in slots if s.key not in match.used and not (fed and s.key.startswith("argument:"))
            ]
            made = self._made(maker, inner, fed)
        if match.unfilled or made.unfilled or not (match.uses("argument:") or made.uses("argument:")):
            return
        if way == GRADIENT and not match.uses("start:") and call["target"] != "object":
            return  # at parameters that live somewhere else, of which we know nothing
        given = closed(_kept(match, parameters), homes)
        plan: Plan = {"by": way, "construct": None, "calls": {way: {**call, "arguments": given}}}
        if maker is not None:
            target = {"name": maker.type if maker.kind == "instance" else maker.name}
            arguments = _kept(made, maker.parameters)
            plan["construct"] = {"target": target, "attribute": None, "arguments": arguments}
        plan["globals"] = self._globals(plan, globals_of or maker)
        both = Match(guessed=[*match.guessed, *made.guessed])
        pairs = in_pairs(plan, way)
        if pairs is not None:
            yield pairs, both
        yield plan, both

    def _made(self, maker: Symbol, slots: Sequence[Slot], fed: bool) -> Match:
        """The constructor's call; where data are given elsewhere, names that say nothing count columns, then classes."""
        if not fed:
            return fill(maker.parameters, slots)
        told = [self._counting(replace(slot, required=False)) for slot in slots]
        made = fill(maker.parameters, told)
        if not made.unfilled:
            return made
        counts = ("parameter:columns", "parameter:classes")
        sizes = [replace(s, required=True) for key in counts for s in told if s.key == key]
        return fill(maker.parameters, [*sizes, *(s for s in told if s.key not in counts)])

    def _counting(self, slot: Slot) -> Slot:
        """Once labels are given elsewhere, what is named like them in a constructor is the number of classes."""
        if slot.key != "parameter:classes":
            return slot
        return replace(slot, names=(*slot.names, *self.role.methods[FIT].arguments["y"].names))

    def _slots(self, way: str) -> list[Slot]:
        """Everything that may be asked for: data, first parameters, hyperparameters, seeds."""
        slots = []
        for name, argument in self.role.methods[way].arguments.items():
            names = (name, *argument.names)
            if name in STARTS:
                slots.append(Slot(f"start:{name}", names, only_if_needed=way == FIT))
            else:
                needed = name in ("X", "y")
                slots.append(Slot(f"argument:{name}", names, required=needed, only_if_needed=not needed))
        for name, parameter in self.role.parameters.items():
            names = (name, *parameter.names)
            slots.append(Slot(f"parameter:{name}", names, only_if_needed=name == "columns"))
        return [*slots, *HARMLESS]

    def _globals(self, plan: Plan, holder: Symbol | None) -> list[Plan]:
        """Hyperparameters that the code reads from global numbers."""
        if holder is None:
            return []
        taken, found = set(renamed(plan)), []
        for name, parameter in self.role.parameters.items():
            known = (name, *parameter.names)
            free = sorted(n for n in holder.free & self.numbers if parameter_resemblance(n, known) >= 0.9)
            if name in taken or not free:
                continue
            method = next(iter(holder.methods), "")
            path = "__globals__" if holder.kind == "function" else f"{method}.__globals__"
            found.append({"holder": holder.name, "path": path, "name": free[0], "slot": f"parameter:{name}"})
        return found

    def forms(self, plan: Plan) -> list[Form]:
        """Ways of handing over data and first parameters, most likely first.

        Beside one row per class, numbers as labels would be subtracted without an error: there one-hot comes first.
        """
        slots = {a["slot"] for a in all_arguments(plan)}
        starts = [("rows", False), ("columns", False)] if "start:theta" in slots else [("", False)]
        starts += [("columns", True)] if {"start:theta", "start:bias"} <= slots else []
        wide = "start:theta" in slots and "start:bias" not in slots
        shapes = [
            (False, False),
            *([(False, True)] if wide or "parameter:columns" in slots else []),
            (True, False),
        ]
        forms = [
            Form(ones, one_hot, turned, start, more, upright)
            for turned in (False, True)
            for ones, more in shapes
            for one_hot in ((True, False) if turned else (False, True))
            for start, upright in starts
        ]
        return forms[:FORMS_TRIED]


def all_arguments(plan: Plan) -> list[Plan]:
    """Arguments of everything that a plan calls, those of objects that are made for it included."""
    calls = [plan.get("construct"), *plan["calls"].values()]
    return [a for call in calls if call for a in every(call["arguments"])]


def renamed(plan: Plan) -> dict[str, str]:
    """Canonical parameter -> the team's name, of the training alone."""
    slots = [*all_arguments(plan), *plan.get("globals", ())]
    return {a["slot"].partition(":")[2]: a["name"] for a in slots if a["slot"].startswith("parameter:")}


def _kept(match: Match, parameters: Sequence[Argument]) -> list[Plan]:
    """The matched arguments, each with the default that the signature has."""
    defaults = {p.name: p.value for p in parameters}
    return [{**a, "default": defaults.get(a["name"])} for a in match.arguments]


def label_of(call: Plan) -> str:
    target = call["target"]
    return str(call.get("attribute") or (target["name"] if isinstance(target, dict) else target))
