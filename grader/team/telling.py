"""How one of a few choices (a kernel, say) is told to a function of a hand-in.

By a text, by a truth value, by the team's own function or object for it, as it is or made with its hyperparameters.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from grader.rubric import Parameter, Role
from grader.team.names import joined, parameter_resemblance, resemblance, words
from grader.team.plans import ENOUGH, Slot, argument_slots, fill
from grader.team.spellings import SPELT, arguments_of, kernel_like, signature_of, spelt_like
from grader.team.state import Plan
from grader.team.symbols import Argument, Symbol

MOST_WORDS = 3
"""A text of more words is a message or an explanation, not the name of a choice."""


class Telling:
    """Ways to tell the choice that a role's question takes, by what a hand-in defines."""

    def __init__(
        self, role: Role, hyper: Sequence[Slot], symbols: Sequence[Symbol], foreign: frozenset[str]
    ) -> None:
        """``hyper`` are the role's hyperparameters; ``foreign`` symbols speak of other roles and come last."""
        self._role, self._hyper, self._symbols, self._foreign = role, hyper, symbols, foreign
        self.call, self._method = next(iter(role.methods.items()))
        self.name, self.choosing = next(
            ((name, p) for name, p in role.parameters.items() if p.choices), ("", Parameter())
        )

    def variants(self, plan: Plan, symbol: Symbol, choice: str) -> list[Plan]:
        """The plan with every way of handing over the choice, most likely first; then bandwidths as lists."""
        told = self._told(plan, symbol) if self.name and not choice else [plan]
        listed = []
        for variant in told:
            other = copy.deepcopy(variant)
            numbers = [
                a for a in arguments_of(other) if a["slot"].startswith("parameter:") and "values" not in a
            ]
            for argument in numbers:
                if argument.get("as") == "list":
                    argument.pop("as")
                else:
                    argument["as"] = "list"
            listed += [other] if numbers else []
        return [*told, *listed]

    def _told(self, plan: Plan, symbol: Symbol) -> list[Plan]:
        where = next((a for a in arguments_of(plan) if a["slot"] == f"parameter:{self.name}"), None)
        if where is None:
            return self._flags(plan, symbol) or [
                *self._by_function(plan, symbol),
                *self._by_value(plan, symbol),
                plan,
            ]
        default = next((p.value for p in signature_of(symbol, where["name"]) if p.value is not None), None)
        if isinstance(default, tuple | list) and any(isinstance(entry, str) for entry in default):
            return [self._with(plan, where["name"], self._texts(symbol, default))]
        texts, own = self._texts(symbol), self._own_symbols(symbol, plan)
        forms = (
            [texts, *own] if isinstance(default, str) or len(set(self._found(symbol))) > 1 else [*own, texts]
        )
        written = next((p.default for p in signature_of(symbol, where["name"])), "")
        if written[:1] in ("(", "["):  # `kernels=(se, imq)`: a list of one, with one number in the answer
            forms = [*(_in_a_list(form) for form in own), *forms]
        branches = [b for p in signature_of(symbol, where["name"]) if (b := self._by_branches(p))]
        forms = [*forms, *branches] if isinstance(default, str) else [*branches, *forms]
        return [self._with(plan, where["name"], form) for form in forms if form]

    def _with(self, plan: Plan, name: str, form: Plan) -> Plan:
        made = copy.deepcopy(plan)
        for argument in arguments_of(made):
            if argument["name"] == name and argument["slot"] == f"parameter:{self.name}":
                argument["values"] = form["values"]
        call = made["calls"][self.call]
        call["arguments"] += form.get("more", [])
        return made

    def _flags(self, plan: Plan, symbol: Symbol) -> list[Plan]:
        """A truth value such as ``imq=False`` selects: given per choice."""
        for choice, spellings in self.choosing.choices.items():
            for p in symbol.parameters:
                if (
                    isinstance(p.value, bool)
                    and parameter_resemblance(p.name, (choice, *spellings)) >= ENOUGH
                ):
                    values = {c: {"text": c == choice} for c in self.choosing.choices}
                    argument = {"name": p.name, "slot": f"parameter:{self.name}", "pass": "keyword"}
                    made = copy.deepcopy(plan)
                    made["calls"][self.call]["arguments"].append(
                        {**argument, "values": values, "example": self.choosing.example}
                    )
                    return [made]
        return []

    def _by_function(self, plan: Plan, symbol: Symbol) -> list[Plan]:
        """The choice goes to the one parameter, whatever its name, that gets the team's functions or has one as default."""
        used = {argument["name"] for argument in arguments_of(plan)}
        chosen = {s.name for c in self.choosing.choices if (s := self.one_for(c, exclude=symbol)) is not None}
        free = [p for p in symbol.parameters if p.ordinary and p.name not in used]
        fitting = [p for p in free if chosen & (p.passed | set(re.findall(r"\w+", p.default)))]
        if len(fitting) != 1 or symbol.kind != "function":
            return []
        made = copy.deepcopy(plan)
        argument = {"name": fitting[0].name, "slot": f"parameter:{self.name}", "pass": "keyword"}
        made["calls"][self.call]["arguments"].append({**argument, "example": self.choosing.example})
        return [self._with(made, fitting[0].name, form) for form in self._own_symbols(symbol, made)]

    def _by_value(self, plan: Plan, symbol: Symbol) -> list[Plan]:
        """The choice goes to the one parameter, whatever its name, whose values the code tells apart as these choices."""
        used = {argument["name"] for argument in arguments_of(plan)}
        free = [(p, form) for p in symbol.parameters if p.name not in used and (form := self._by_branches(p))]
        if len(free) != 1 or not free[0][0].ordinary:
            return []
        made = copy.deepcopy(plan)
        argument = {"name": free[0][0].name, "slot": f"parameter:{self.name}", "pass": "keyword"}
        made["calls"][self.call]["arguments"].append({**argument, "example": self.choosing.example})
        return [self._with(made, free[0][0].name, free[0][1])]

    def _by_branches(self, parameter: Argument) -> Plan:
        """Each choice by the value that the code compares the parameter with where it speaks of it: ``if nr == 1: exp``.

        One choice may be told by what is left: the other branch, and another value that the team passes.
        """
        said: dict[str, Any] = {}
        for value, spoken in parameter.branches:
            fitting = [c for c in self.choosing.choices if self._words_of(c) & spoken]
            if len(fitting) == 1:
                said.setdefault(fitting[0], value)
        open_ = [c for c in self.choosing.choices if c not in said]
        known = [*(value for value, _ in parameter.branches), *parameter.numbers, *parameter.texts]
        rest = list(dict.fromkeys(v for v in known if v is not None and v not in said.values()))
        if len(open_) == 1 and len(rest) == 1 and said:
            said[open_[0]] = rest[0]
        whole = len(said) == len(self.choosing.choices) and None not in said.values()
        return {"values": {c: {"text": said[c]} for c in self.choosing.choices}} if whole else {}

    def _words_of(self, choice: str) -> set[str]:
        return {joined(name) for name in (choice, *self.choosing.choices[choice]) if len(joined(name)) > 1}

    def _found(self, symbol: Symbol) -> list[str]:
        """Choices whose spellings stand as texts in the code."""
        return [choice for choice in self.choosing.choices if self._spelling(symbol, choice)]

    def _spelling(self, symbol: Symbol, choice: str) -> str:
        spellings = (choice, *self.choosing.choices[choice])
        others = [s for c, more in self.choosing.choices.items() if c != choice for s in (c, *more)]
        texts = [*symbol.texts, *(p.value for p in symbol.parameters if isinstance(p.value, str))]
        for used in self._symbols:
            if used.kind == "function" and used.name.lower() in symbol.words:
                texts += used.texts
        scored = [(spelt_like(text, spellings), text) for text in texts if len(text.split()) <= MOST_WORDS]
        good = [(v, t) for v, t in scored if v >= SPELT and v > spelt_like(t, others)]
        return max(good, key=lambda entry: entry[0])[1] if good else ""

    def _texts(self, symbol: Symbol, listed: Sequence[Any] = ()) -> Plan:
        """Each choice by the text that the code compares with, else by its canonical name.

        Where the default is a list of choices (``kernels=("se", "imq")``), each is given as a list of one.
        """
        more = {"listed": True} if listed else {}
        texts = [text for text in listed if isinstance(text, str)]
        values: Plan = {}
        for choice in self.choosing.choices:
            known = [t for t in texts if spelt_like(t, (choice, *self.choosing.choices[choice])) >= SPELT]
            values[choice] = {"text": known[0] if known else self._spelling(symbol, choice) or choice, **more}
        return {"values": values}

    def _own_symbols(self, symbol: Symbol, plan: Plan) -> list[Plan]:
        """Each choice by a function or object of the team: as it is, with the other parameters bound, or built."""
        chosen = {c: self.one_for(c, exclude=symbol) for c in self.choosing.choices}
        found = {c: s for c, s in chosen.items() if s is not None}
        if not found:
            return []
        found |= self._sibling(found, symbol)
        given = {a["slot"] for a in arguments_of(plan)}
        missing = [
            slot for slot in self._hyper if slot.key not in given and slot.key != f"parameter:{self.name}"
        ]
        direct: Plan = {"values": {c: {"symbol": s.name} for c, s in found.items()}}
        forms = [] if any(s.kind == "class" for s in found.values()) else [direct]
        if missing and forms and any(p.kind == "var_keyword" for p in symbol.parameters):
            first = fill(next(iter(found.values())).parameters, missing, by_position=False)
            forms.insert(0, {**direct, "more": first.arguments})
        bound = {c: self._bound_choice(s, missing or list(self._hyper)) for c, s in found.items()}
        if all(bound.values()):
            forms.insert(0 if missing else len(forms), {"values": bound})
        return forms

    def _sibling(self, found: Mapping[str, Symbol], exclude: Symbol) -> dict[str, Symbol]:
        """The class for the one choice left: of the same family as that for the other, and the only one of it."""
        left = [c for c in self.choosing.choices if c not in found]
        known = [s for s in found.values() if s.kind == "class"]
        if len(left) != 1 or not known:
            return {}
        family = {known[0].short, *known[0].bases} - {"object", "ABC", "Module", "Protocol"}
        related = [
            s
            for s in self._symbols
            if s.kind == "class"
            and not s.shadowed
            and s not in known
            and s is not exclude
            and family & set(s.bases)
        ]
        return {left[0]: related[0]} if len(related) == 1 else {}

    def _bound_choice(self, symbol: Symbol, slots: Sequence[Slot]) -> Plan:
        """A kernel with its bandwidth: a class or factory is called with it, a function gets it held fixed."""
        arrays = argument_slots(self._method, "argument")
        taking = fill(symbol.parameters, [*arrays, *slots])
        numbers = [a for a in taking.arguments if a["slot"].startswith("parameter:")]
        numbers = numbers or _starred(symbol, slots)
        if symbol.kind == "class" or (symbol.kind == "function" and not taking.uses("argument:")):
            call = {"target": {"name": symbol.name}, "attribute": None, "arguments": numbers}
            return {"build": call} if numbers or symbol.kind == "class" else {}
        return {"partial": {"symbol": symbol.name, "arguments": numbers}} if numbers else {}

    def one_for(self, choice: str, exclude: Symbol | None = None) -> Symbol | None:
        """The team's function, class or object that by its name is this choice itself."""
        spellings = (choice, *self.choosing.choices[choice])
        others = [s for c, more in self.choosing.choices.items() if c != choice for s in (c, *more)]
        best: tuple[float, Symbol | None] = (0.0, None)
        loose = [
            s
            for s in self._symbols
            if s is not exclude and not s.shadowed and resemblance(s.name, self._role.names) < 0.6
        ]
        for symbol in (*loose, *self._members()):
            if not kernel_like(symbol):
                continue
            value = resemblance(symbol.short, spellings)
            if value < 0.75 or value <= resemblance(symbol.short, others):
                continue
            if symbol.name in self._foreign and not self._speaks_of_choosing(symbol.name):
                value -= 0.5 if symbol.kind == "function" else 1.0
            if value > best[0]:
                best = (value, symbol)
        return best[1]

    def _members(self) -> Iterator[Symbol]:
        """Static methods of a class that has one for every choice, which are functions: ``Kernels.rbf``."""
        for owner in self._symbols:
            known = [(c, *more) for c, more in self.choosing.choices.items()]
            if not all(any(resemblance(n, one) >= 0.75 for n in owner.statics) for one in known):
                continue
            for name in sorted(owner.statics & owner.methods.keys()):
                if (parameters := owner.methods[name]) is not None:
                    yield Symbol(f"{owner.name}.{name}", "function", parameters, order=owner.order)

    def spoken_of(self, answered: Collection[str]) -> dict[str, str]:
        """Choices beside those ``answered`` of which a name in the hand-in is a spelling -> the symbol."""
        found = {}
        for choice, spellings in self.choosing.choices.items() if self.name else ():
            if choice not in answered:
                known = {joined(word) for word in (choice, *spellings) if len(word) > 1}
                for symbol in self._symbols:
                    parts = {joined(word) for word in (*words(symbol.name), *symbol.words)}
                    if known & parts or resemblance(symbol.name, (choice, *spellings)) >= 0.75:
                        found[choice] = symbol.plain
                        break
        return found

    def _speaks_of_choosing(self, name: str) -> bool:
        """Whether a word of the name is one for the choosing parameter itself, such as ``kernel``."""
        known = {word for n in (self.name, *self.choosing.names) for word in words(n) if len(word) > 1}
        return bool(known & set(words(name)))


def _starred(symbol: Symbol, slots: Sequence[Slot]) -> list[Plan]:
    """The one hyperparameter that ``*bandwidths`` takes, by its name."""
    star = next((p for p in symbol.parameters if p.starred), None)
    fitting = [s for s in slots if star and parameter_resemblance(star.name, s.names) >= ENOUGH]
    return [{"name": "*", "slot": s.key, "pass": "position", **s.more} for s in fitting[:1]]


def _in_a_list(form: Plan) -> Plan:
    """The same with each of the team's own functions as the one entry of a list."""
    values = {c: {**v, "listed": True} if "symbol" in v else v for c, v in form["values"].items()}
    return {**form, "values": values}
