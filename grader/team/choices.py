"""How candidates fill a role of kind ``function``, above all where one parameter selects among a few choices.

A choice may be a text (``kernel="rbf"``), a flag, one of the team's own functions or objects handed over, or a
separate function per choice. Everything here is told by the rubric: names of arguments, of the choosing parameter
and of its choices.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from grader.errors import Malformed, TeamFault
from grader.team.answers import as_number, read_number
from grader.team.global_values import read_globals
from grader.team.methods import method_names
from grader.team.names import words
from grader.team.orientation import order_matters, turned
from grader.team.plans import EXTRAS, Match, Slot, argument_slots, fill, shared_between
from grader.team.probing import PROBE_SECONDS, Callee, Prober, Trial, call_of
from grader.team.scorers import learned_first, made_and_called
from grader.team.settings import fill_settings
from grader.team.spellings import SPELT, arguments_of, labels_of, spelt_like
from grader.team.state import Plan
from grader.team.symbols import Symbol
from grader.team.telling import MOST_WORDS, Telling

FAR = 25.0
"""How far one of two samples is moved away to see whether the answer heeds it."""
MANY_TIMES = 30
"""How often the points of a trial are repeated where a few of them tell nothing."""
SAME_NUMBER = "the answer is the same as for the other choice"
"""Why a choice does not count as answered, where the code does not tell it from another."""


class Chooser:
    """Tries the candidates of one function role."""

    def __init__(
        self,
        prober: Prober,
        symbols: Sequence[Symbol],
        foreign: frozenset[str] = frozenset(),
        *,
        named_only: bool = False,
    ) -> None:
        """``foreign`` are symbols that speak of other roles: as choices they come last.

        ``named_only`` asks of a class only the methods by whose names the role's question is known.
        """
        self._named_only = named_only
        self._prober, self._symbols, self._role = prober, symbols, prober.role
        self.telling = Telling(prober.role, prober.hyper, symbols, foreign)
        self.call, self._method = next(iter(prober.role.methods.items()))
        self.name, self.choosing = self.telling.name, self.telling.choosing
        self.values = prober.values(self._method)

    # ---- one candidate ------------------------------------------------------------------------------

    def try_symbol(self, symbol: Symbol, choice: str = "") -> Trial:
        """Try a function, or a class with a method that does it; ``choice`` if it stands for one choice only.

        What does not answer to points as rows, or goes by their order, is tried with points as columns.
        """
        best = self._tried(symbol, choice)
        if not self._goes_by_order(best):
            return best
        columns = self._tried(symbol, choice, columns=True)
        fits = len(columns.worked) >= max(1, len(best.worked)) and not self._goes_by_order(columns)
        return columns if fits else best

    def _goes_by_order(self, trial: Trial) -> bool:
        """Whether a trial answers nothing, or a number that changes with the order of the points."""
        if not trial.worked or not any(isinstance(value, np.ndarray) for value in self.values.values()):
            return not trial.worked
        choice = self.answering(trial)[0]

        def number(values: Mapping[str, Any]) -> float:
            numbers: dict[str, float] = {}
            fault = self._ask(trial.plan, choice, numbers, values)
            if fault:
                raise Malformed(fault)
            return numbers[choice]

        return order_matters(number, self.values)

    def _tried(self, symbol: Symbol, choice: str, *, columns: bool = False) -> Trial:
        best = Trial()
        for plan, match in self._ways(symbol):
            for variant in self.telling.variants(turned(plan) if columns else plan, symbol, choice):
                trial = self._run(variant, match, choice)
                if len(trial.worked) > len(best.worked) or not best.plan["calls"]:
                    best = trial
                if self._complete(trial, choice):
                    return best
        return best

    def _complete(self, trial: Trial, choice: str) -> bool:
        return bool(trial.worked) and (not self.name or bool(choice) or len(self.answering(trial)) > 1)

    def answering(self, trial: Trial) -> list[str]:
        """Choices that the trial answers."""
        return [w.partition(":")[2] for w in trial.worked]

    def _ways(self, symbol: Symbol) -> list[tuple[Plan, Match]]:
        """Calls of a function, or constructor and call of a class, as its signatures suggest."""
        own = argument_slots(self._method, "argument")
        hyper = self._prober.hyper
        if symbol.kind == "function":
            match = fill_settings(symbol.parameters, [*own, *hyper, *EXTRAS])
            matches = [match]
            if any(
                a["slot"] == f"parameter:{self.name}" and a["name"] in match.guessed for a in match.arguments
            ):
                rest = [slot for slot in hyper if slot.key != f"parameter:{self.name}"]
                matches.append(fill_settings(symbol.parameters, [*own, *rest, *EXTRAS]))
            callee = Callee(symbol.name, {"name": symbol.name}, None, symbol.parameters)
            direct = [
                ({"construct": None, "calls": {self.call: call_of(callee, one)}}, one)
                for one in matches
                if not one.unfilled and one.uses("argument:")
            ]
            return direct + self._factory(symbol, match)
        ways = []
        for name in self._method_candidates(symbol):
            ways += self._of_class(symbol, name, own, hyper)
            ways += [] if symbol.member else learned_first(symbol, name, self.call, own, hyper)
        return ways

    def _factory(self, symbol: Symbol, direct: Match) -> list[tuple[Plan, Match]]:
        """A function of hyperparameters alone that gives the function of the data: ``make(kind, h)(A, B)``.

        Hyperparameters that the factory does not take are also tried as further arguments of what it gives.
        """
        by_name = [a for a in direct.arguments if a["name"] not in direct.guessed]
        if any(a["slot"].startswith("argument:") for a in by_name):
            return []
        made = fill(symbol.parameters, [*self._prober.hyper, *EXTRAS])
        if made.unfilled or not made.uses("parameter:"):
            return []
        construct = {"target": {"name": symbol.name}, "attribute": None, "arguments": made.arguments}
        own = argument_slots(self._method, "argument")
        rest = [s for s in self._prober.hyper if s.required and s.key not in made.used]
        ways = []
        for slots in (own, [*own, *rest]) if rest else (own,):
            arguments = [{"name": "", "slot": s.key, "pass": "position", **s.more} for s in slots]
            call = {"target": "object", "attribute": None, "arguments": arguments}
            match = Match([*made.arguments, *arguments], made.used | {s.key for s in slots}, made.guessed)
            ways.append(({"construct": construct, "calls": {self.call: call}}, match))
        return copy.deepcopy(ways)

    def _method_candidates(self, symbol: Symbol) -> list[str]:
        offered = symbol.offers()
        forced = self._prober.forced.get(self.call)
        named = [forced] if forced in offered else method_names(self._role, offered)[self.call]
        if self._named_only:
            return named
        return [*named, *(n for n in offered if n not in named and not n.startswith("_"))]

    def _of_class(
        self, symbol: Symbol, name: str, own: Sequence[Slot], hyper: Sequence[Slot]
    ) -> list[tuple[Plan, Match]]:
        parameters = symbol.offers()[name]
        if parameters is None:
            return []
        match = fill(parameters, [*own, *hyper, *EXTRAS])
        if symbol.member:
            whole = not match.unfilled and not {s.key for s in own} - match.used
            call = call_of(Callee(name, {"name": symbol.name}, name, parameters), match)
            return [({"construct": None, "calls": {self.call: call}}, match)] if whole else []
        if name in symbol.statics and not match.unfilled and not {s.key for s in own} - match.used:
            call = call_of(Callee(name, {"name": symbol.name}, name, parameters), match)
            return [({"construct": None, "calls": {self.call: call}}, match)]
        given = [slot for slot in own if slot.key not in match.used]
        free = [slot for slot in hyper if slot.key not in match.used]
        made = fill(symbol.parameters, [*free, *given, *EXTRAS])
        shared = shared_between(symbol.parameters, parameters, own, hyper)
        pairs = [shared] if shared is not None else []
        if not (match.unfilled or made.unfilled or {s.key for s in own} - match.used - made.used):
            pairs.insert(0, (made, match))
        callee = Callee(name, "object", name, parameters)
        return [made_and_called(symbol, self.call, callee, *pair) for pair in pairs]

    # ---- trying -------------------------------------------------------------------------------------

    def by_entry(self, symbol: Symbol) -> Trial | None:
        """One function that answers all choices at once, as a dict or as a tuple with telling names."""
        for plan, match in self._ways(symbol) if self.name else []:
            trial = Trial(plan=plan, answers="value")
            trial.take_over(match)
            read_globals(self._prober, trial, [symbol])
            self._prober.fresh()
            try:
                answer = self._prober.caller(plan).ask(self.call, self.values, PROBE_SECONDS)
            except TeamFault:
                continue
            plans = {}
            for key, label in labels_of(answer, symbol) or self._in_order(answer, symbol):
                for choice, spellings in self.choosing.choices.items():
                    number = not read_number({"take": 0}, answer[key])
                    if choice not in plans and number and spelt_like(label, (choice, *spellings)) >= SPELT:
                        plans[choice] = copy.deepcopy(plan)
                        plans[choice]["calls"][self.call]["take"] = key
            if len(plans) > 1:
                trial.plan = {"choice": self.name, "plans": plans, "calls": {}}
                trial.worked = [f"{self.call}:{choice}" for choice in plans]
                trial.parameters.setdefault(self.name, "(an entry of the answer)")
                return trial
        return None

    def _in_order(self, answer: Any, symbol: Symbol) -> list[tuple[int, str]]:
        """Places of an answer with a number for every choice, in the order in which the code names the choices."""
        spelt = [s for choice, more in self.choosing.choices.items() for s in (choice, *more)]
        texts = [text for text in dict.fromkeys(symbol.texts) if len(text.split()) <= MOST_WORDS]
        named = [text for text in texts if spelt_like(text, spelt) >= SPELT]
        many = len(self.choosing.choices)
        fits = isinstance(answer, np.ndarray | tuple | list) and len(answer) == len(named) == many
        return list(enumerate(named)) if fits else []

    def by_factories(self, symbol: Symbol) -> Trial | None:
        """A class with a way to be made for every choice: ``MMD.with_se(h).between(A, B)``."""
        makers = symbol.statics & symbol.methods.keys() if self.name else frozenset()
        whole, plans = Trial(answers="value"), {}
        for choice, spellings in self.choosing.choices.items() if makers else ():
            for maker in sorted(makers):
                likely = max(spelt_like(text, (choice, *spellings)) for text in _endings(maker))
                trial = self._made_by(symbol, maker, choice) if likely >= SPELT else None
                if trial is not None:
                    plans[choice] = trial.plan
                    whole.take_over(Match(arguments_of(trial.plan)))
                    whole.worked += trial.worked
                    whole.methods |= trial.methods
                    break
        if len(plans) < 2:
            return None
        whole.plan = {"choice": self.name, "plans": plans, "calls": {}}
        whole.parameters.setdefault(self.name, "(a method that makes the object)")
        return whole

    def _made_by(self, symbol: Symbol, maker: str, choice: str) -> Trial | None:
        """The trial of the first method that answers for an object that ``maker`` makes with hyperparameters."""
        hyper = [slot for slot in self._prober.hyper if slot.key != f"parameter:{self.name}"]
        own = argument_slots(self._method, "argument")
        made = fill(symbol.methods[maker], [*hyper, *EXTRAS])
        if made.unfilled or not made.uses("parameter:"):
            return None
        construct = {"target": {"name": symbol.name}, "attribute": maker, "arguments": made.arguments}
        for name in self._method_candidates(symbol):
            parameters = symbol.offers()[name]
            match = fill(parameters or (), [*own, *EXTRAS])
            if name in symbol.statics or match.unfilled or {s.key for s in own} - match.used:
                continue
            call = call_of(Callee(name, "object", name, parameters), match)
            trial = self._run({"construct": construct, "calls": {self.call: call}}, match, choice)
            if trial.worked:
                return trial
        return None

    def _run(self, plan: Plan, match: Match, choice: str) -> Trial:
        trial = Trial(plan=plan, answers="value")
        trial.take_over(replace_arguments(match, plan))
        trial.filled |= _within_choices(plan)
        read_globals(self._prober, trial, self._holders(plan))
        trial.methods[self.call] = plan["calls"][self.call].get("attribute") or ""
        asked = [choice] if choice or not self.name else list(self.choosing.choices)
        numbers: dict[str, float] = {}
        for each in asked:
            fault = self._ask(plan, each, numbers)
            if fault and each:
                fault = fault if self._respelt(plan, each, numbers) else ""
            if fault:
                trial.faults[each or self.call] = fault
            else:
                trial.worked.append(f"{self.call}:{each}")
        if len(numbers) > 1 and len(set(numbers.values())) == 1:
            self._ask_of_many(plan, numbers)
        self._same(trial, numbers)
        if plan.get("anew"):
            self._heed_both(trial, numbers)
        return trial

    def _ask_of_many(self, plan: Plan, numbers: dict[str, float]) -> None:
        """Once more with many points: what works in blocks may not look at a few of them at all."""
        many = {
            name: np.tile(value, (MANY_TIMES, 1)) if getattr(value, "ndim", 0) == 2 else value
            for name, value in self.values.items()
        }
        for choice in list(numbers):
            self._ask(plan, choice, numbers, many)

    def _heed_both(self, trial: Trial, numbers: Mapping[str, float]) -> None:
        """What is given its samples one after the other must heed both: its number changes as either moves away.

        A score that then falls below zero is the larger the better, and not what is asked.
        """
        names = [name for name, value in self.values.items() if isinstance(value, np.ndarray)]
        score = "before" in trial.plan["calls"][self.call]
        for choice in self.answering(trial):
            moved: dict[str, float] = {}
            fault = ""
            for name in names:
                apart = {**self.values, name: self.values[name] + FAR}
                fault = fault or self._ask(trial.plan, choice, moved, apart)
                if not fault and (moved[choice] == numbers[choice] or (score and not moved[choice] > 0)):
                    fault = f"the number does not tell how far {' and '.join(names)} are apart"
            if fault:
                trial.worked.remove(f"{self.call}:{choice}")
                trial.faults[choice or self.call] = fault

    def _holders(self, plan: Plan) -> list[Symbol]:
        """The symbols whose code a plan runs, as far as it names them."""
        told = [v for a in arguments_of(plan) for v in a.get("values", {}).values()]
        names = {v["symbol"] for v in told if "symbol" in v}
        calls = [plan.get("construct"), *plan["calls"].values()]
        names |= {c["target"].get("name") for c in calls if c and isinstance(c["target"], dict)}
        called = {n for s in self._symbols if s.name in names for n in s.free}
        return [s for s in self._symbols if s.name in names | called]

    def _ask(
        self, plan: Plan, choice: str, numbers: dict[str, float], values: Mapping[str, Any] | None = None
    ) -> str:
        prober = self._prober
        prober.fresh()
        if choice:
            prober.state.parameters = {**prober.state.parameters, self.name: choice}
        try:
            call = plan["calls"][self.call]
            known = call.get("take")
            answer = prober.caller(plan).ask(self.call, dict(values or self.values), PROBE_SECONDS)
            fault = read_number(call, answer)
            if not fault:
                take = call.get("take") if known is None else None
                numbers[choice] = as_number(answer if take is None else answer[take])
        except TeamFault as error:
            return error.sentence()
        return fault

    def _respelt(self, plan: Plan, choice: str, numbers: dict[str, float]) -> str:
        """Try the choice's other spellings where its text is not understood; empty once one is."""
        told = [
            a["values"][choice] for a in arguments_of(plan) if "text" in a.get("values", {}).get(choice, {})
        ]
        if not told or isinstance(told[0]["text"], bool):
            return "not understood"
        first, known = told[0]["text"], (choice, *self.choosing.choices[choice])
        for text in dict.fromkeys(
            form for s in known for form in (s, s.upper(), s.title(), s.replace("_", " "))
        ):
            told[0]["text"] = text
            if not self._ask(plan, choice, numbers):
                return ""
        told[0]["text"] = first
        return "not understood"

    def _same(self, trial: Trial, numbers: dict[str, float]) -> None:
        """Two choices with the same number are one: the code does not tell these spellings apart."""
        finite = {c: v for c, v in numbers.items() if np.isfinite(v)}
        if len(finite) > 1 and len(set(finite.values())) == 1:
            for choice in list(finite)[1:]:
                trial.worked.remove(f"{self.call}:{choice}")
                trial.faults[choice] = SAME_NUMBER

    def direction(self, trial: Trial) -> None:
        """An inverse-square parameter (``gamma``) that in truth grows with the width is passed as a width.

        Two tight groups of points are asked about with a small and a large value; the wider the kernel, the
        smaller the number.
        """
        derived = [a for a in arguments_of(trial.plan) if a.get("derive") == "inverse_square"]
        if not derived or (self.name and not trial.worked):
            return
        rng = np.random.default_rng(0)
        near = rng.normal(0, 0.05, (12, self._role.dimension))
        names = list(self.values)
        values: dict[str, Any] = {names[0]: near, names[1]: near + 1.0}
        parameter = derived[0]["slot"].partition(":")[2]
        answers = []
        for value in (0.5, 2.0):
            self._prober.fresh()
            old, self._prober.state.parameters = (
                self._prober.state.parameters,
                dict(self._prober.state.parameters),
            )
            self._prober.state.parameters[parameter] = value
            if trial.worked[0].partition(":")[2]:
                self._prober.state.parameters[self.name] = trial.worked[0].partition(":")[2]
            try:
                answers.append(
                    as_number(self._prober.caller(trial.plan).ask(self.call, values, PROBE_SECONDS))
                )
            except TeamFault:
                return
            finally:
                self._prober.state.parameters = old
        if answers[0] < answers[1]:
            for argument in derived:
                del argument["derive"], argument["label"]


def _endings(name: str) -> list[str]:
    """A name, and what is left of it without its first word: ``with_se`` and ``se``."""
    said = words(name)
    return [name, "_".join(said[1:])] if len(said) > 1 else [name]


def _within_choices(plan: Plan) -> set[str]:
    """Hyperparameters that go into what is handed over for a choice: a kernel built, or bound, with its bandwidth."""
    chosen = [choice for a in arguments_of(plan) for choice in a.get("values", {}).values()]
    made = [choice.get("build") or choice.get("partial") or {} for choice in chosen]
    slots = [argument["slot"] for each in made for argument in each.get("arguments", ())]
    return {slot.partition(":")[2] for slot in slots if slot.startswith("parameter:")}


def replace_arguments(match: Match, plan: Plan) -> Match:
    """The match with the arguments as a plan finally has them."""
    return replace(match, arguments=arguments_of(plan))
