"""Finds models that learn in steps of descent: a class, loose functions, a single step, or a gradient alone.

Candidates are ranked by name, signature and the words of their code and then tried out on a few points. A trial
asks only whether a training runs and leaves numbers behind, never whether they are right. A class or function that
carries the role's name stays the team's answer to the role even when no way to call it was found.

A rubric names the parts of such a role so: the methods ``fit``, ``step`` and ``gradient`` train, with the arguments
``X``, ``y``, ``X_test``, ``y_test``, ``theta`` (all first parameters, or the weights) and ``bias``; all other methods
are questions, about points where their first argument is called ``P``. The parameters ``rate``, ``steps``,
``classes``, ``columns`` (of the points) and ``rows`` (their number) have these meanings; any others are passed as the
rubric's example says, wherever the signature takes them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from grader.errors import GraderFault, TeamFault
from grader.records import Binding
from grader.rubric import Role, Rubric
from grader.team.asks import Asks
from grader.team.descent_calls import HARMLESS, OBJECT, STARTS, TRIED, Try, Ways, label_of, renamed
from grader.team.descent_forms import Form, describe_form
from grader.team.descents import FIT, GRADIENT, KIND, TRAININGS, DescentProxy, NoSlope
from grader.team.evidence import NAMED, instance_of_known, named_like, overlap, speaks_against
from grader.team.methods import method_names
from grader.team.names import parameter_resemblance
from grader.team.overrides import Override, check_symbols
from grader.team.plans import ENOUGH, Slot, fill
from grader.team.state import Plan
from grader.team.symbols import Symbol

TRIAL_SECONDS, TRIAL_ROWS, TRIAL_STEPS = 6.0, 23, 2


def find_descents(
    symbols: Sequence[Symbol],
    numbers: frozenset[str],
    session: Asks,
    rubric: Rubric,
    overrides: Mapping[str, Override] | None = None,
    rng: np.random.Generator | None = None,
    bound: Mapping[str, Binding] | None = None,
) -> dict[str, Binding]:
    """One binding per role of kind ``descent``; an empty symbol says that nothing resembles it.

    ``numbers`` are the namespace's global numbers, from which hyperparameters may be read; ``overrides`` a tutor's
    words, which restrict the search. Functions of ``bound``, the other roles' bindings, that speak no more of this
    role than of theirs are theirs. Raises ``UsageFault`` when a tutor names what the hand-in does not define.
    """
    rng = rng if rng is not None else np.random.default_rng(3)
    found = {}
    every, theirs = symbols, functions_of(bound or {}, symbols)
    for name, role in rubric.roles.items():
        if role.kind == KIND:
            told = (overrides or {}).get(name)
            if told is not None:
                check_symbols(told, [symbol.name for symbol in symbols])
            symbols = every if told else [s for s in every if not belongs(s, role, theirs, rubric)]
            try:
                found[name] = _told(name, role, told, symbols, numbers, session, rubric, rng)
            except Exception as error:  # a mistake of ours in the search breaks this role alone
                why = f"Our search for it failed ({type(error).__name__}: {error}): that is our fault, not yours."
                found[name] = Binding(name, "", "broken", why=why, plan={"construct": None, "calls": {}})
    return found


def functions_of(bound: Mapping[str, Binding], symbols: Sequence[Symbol]) -> dict[str, str]:
    """Name of a function -> the role for which it was found, where that role is filled by functions."""
    known = {symbol.name for symbol in symbols if symbol.kind == "function"}
    return {
        name: role
        for role, binding in bound.items()
        if binding.kind in ("function", "functions") and binding.plan.get("calls")
        for name in (*binding.symbol.split(", "), *binding.methods.values())
        if name in known
    }


def belongs(symbol: Symbol, role: Role, theirs: Mapping[str, str], rubric: Rubric) -> bool:
    """Whether a function is another role's: it was found for that, and its name and code say no more of this one."""
    other = theirs.get(symbol.name)
    if other is None or other not in rubric.roles:
        return False
    mine = (named_like(symbol, role) >= NAMED, overlap(symbol, role))
    return mine <= (named_like(symbol, rubric.roles[other]) >= NAMED, overlap(symbol, rubric.roles[other]))


def _told(
    name: str,
    role: Role,
    override: Override | None,
    symbols: Sequence[Symbol],
    numbers: frozenset[str],
    session: Asks,
    rubric: Rubric,
    rng: np.random.Generator,
) -> Binding:
    """Search for one role, among what a tutor named and under the names that a tutor gave, if there was one."""
    if override is None:
        return _Search(name, role, symbols, numbers, session, rubric, rng).found()
    methods, parameters = dict(role.methods), dict(role.parameters)
    for canonical, theirs in override.methods.items():
        methods[canonical] = methods[canonical].model_copy(update={"names": (theirs,)})
    for canonical, theirs in override.parameters.items():
        parameters[canonical] = parameters[canonical].model_copy(update={"names": (theirs,)})
    names = (*override.symbols, *role.names)
    meant = role.model_copy(
        update={"methods": methods, "parameters": parameters, "names": names, "without": ()}
    )
    wanted = {*override.symbols, *override.methods.values()}
    chosen = [symbol for symbol in symbols if symbol.name in wanted]
    found = _Search(name, meant, chosen, numbers, session, rubric, rng).found()
    why = f"A tutor named `{', '.join(override.symbols)}` for '{role.title}'. {found.why}"
    return replace(found, symbol=", ".join(override.symbols), confidence=1.0, why=why)


class _Search:
    """The search for one role."""

    def __init__(
        self,
        name: str,
        role: Role,
        symbols: Sequence[Symbol],
        numbers: frozenset[str],
        session: Asks,
        rubric: Rubric,
        rng: np.random.Generator,
    ) -> None:
        self.name, self.role, self.session, self.rng = name, role, session, rng
        others = [other for key, other in rubric.roles.items() if key != name]
        self.symbols = [s for s in symbols if not s.shadowed and not self._foreign(s, others)]
        self.functions = [s for s in self.symbols if s.kind == "function"]
        classes = [s for s in symbols if s.kind == "class" and not s.shadowed]
        self.ways = Ways(role, self.functions, numbers, classes)
        self.slips: list[str] = []
        """Mistakes of ours in single trials."""
        self.classes = int(role.parameters["classes"].example) if "classes" in role.parameters else 3
        self.X = rng.normal(size=(TRIAL_ROWS, role.dimension))
        self.y = np.arange(TRIAL_ROWS) % self.classes

    def _foreign(self, symbol: Symbol, others: Sequence[Role]) -> bool:
        """Whether the name speaks of another role, or against this one."""
        short = symbol.name.rpartition(".")[2]
        if speaks_against(short, self.role):
            return True
        mine = named_like(symbol, self.role)
        return any((value := named_like(symbol, other)) >= NAMED and value > mine for other in others)

    # ---- candidates ---------------------------------------------------------------------------------

    def found(self) -> Binding:
        """The best candidate, with what else it answers."""
        tries = [*self._classes(), *self._loose()]
        tries = sorted(tries, key=lambda t: (t.name >= NAMED, t.hints + 0.3 * t.name), reverse=True)[
            : 2 * TRIED
        ]
        for one in tries:
            self._train(one)
        tries = [one for one in tries if one.works or not one.something_else]
        if not tries:
            empty: Plan = {"construct": None, "calls": {}}
            why = f"No class or function resembles '{self.role.title}'."
            return Binding(self.name, "", "", why=why, plan=empty)
        best, *rest = sorted(tries, key=Try.worth, reverse=True)
        if not best.works and best.name < NAMED and best.hints < 0.75:
            empty = {"construct": None, "calls": {}}
            why = f"Nothing trains that resembles '{self.role.title}'; tried: {best.symbol.name}."
            return Binding(self.name, "", "", why=why, plan=empty, candidates=(best.symbol.name,))
        if best.works:
            self._others(best, rest)
            self._steadiness(best)
        if best.plan.get("calls"):
            self._questions(best)
        return self._bound(best, rest)

    def _classes(self) -> Iterator[Try]:
        for symbol in self.symbols:
            if symbol.kind == "function" or instance_of_known(symbol, self.symbols):
                continue
            likeness, hints = named_like(symbol, self.role), overlap(symbol, self.role)
            named = method_names(self.role, symbol.offers())
            trains = any(named.get(way) for way in TRAININGS)
            if likeness >= NAMED or (trains and hints >= 0.5):
                yield Try(symbol, likeness, hints)

    def _loose(self) -> Iterator[Try]:
        """Functions that train, make a step or give a gradient, each a candidate of its own."""
        for way in (w for w in TRAININGS if w in self.role.methods):
            scored = [
                (max(self.ways.says(s, way), self._is_whole(s) * (way == FIT)), s) for s in self.functions
            ]
            for value, symbol in sorted(scored, key=lambda e: -e[0] - overlap(e[1], self.role))[:TRIED]:
                if value >= ENOUGH - 0.1 and self._may_train(symbol, way):
                    yield Try(symbol, value, overlap(symbol, self.role), {"by": way})

    def _is_whole(self, symbol: Symbol) -> float:
        """Resemblance with the role itself of a function that does not call itself a gradient."""
        return 0.0 if self.ways.says(symbol, GRADIENT) >= ENOUGH else self.ways.is_whole(symbol)

    def _may_train(self, symbol: Symbol, way: str) -> bool:
        """Whether anything but its name says so: words of the role in its code, its name, or a rate or a number of steps."""
        asked = [n for key in ("rate", "steps") if key in self.role.parameters
                 for n in (key, *self.role.parameters[key].names)]  # fmt: skip
        counted = any(parameter_resemblance(p.name, asked) >= 0.9 for p in symbol.parameters)
        return (
            way != FIT or counted or overlap(symbol, self.role) > 0 or named_like(symbol, self.role) >= NAMED
        )

    # ---- trainings ----------------------------------------------------------------------------------

    def _train(self, one: Try) -> None:
        """Find a way of training that runs; the plan of the first, likeliest way is kept when none does."""
        first: Plan = {}
        for plan, match in self.ways.of(one):
            for form in self.ways.forms(plan):
                plan["form"] = asdict(form)
                first = first or dict(plan)
                if self._runs(one, plan):
                    one.plan, one.works, one.fault = plan, True, ""
                    one.guessed = len(match.guessed)
                    one.parameters = renamed(plan)
                    one.methods[plan["by"]] = label_of(plan["calls"][plan["by"]])
                    return
        one.plan = first or one.plan

    def _proxy(self, one: Try, plan: Plan, steps: int = TRIAL_STEPS, rate: float = 0.01) -> DescentProxy:
        binding = Binding(self.name, one.symbol.name, one.symbol.kind, one.methods, plan=plan)
        parameters = {"rate": rate, "steps": steps, "classes": self.classes}
        known = {n: v for n, v in parameters.items() if n in self.role.parameters or n == "classes"}
        return DescentProxy(self.session, binding, self.role, self.rng, TRIAL_SECONDS, plan, known)

    def _runs(self, one: Try, plan: Plan) -> bool:
        """Whether a short training runs and leaves something in the size of parameters, or answers questions."""
        proxy = self._proxy(one, plan)
        try:
            proxy.fit(self.X, self.y)
        except TeamFault as fault:
            one.fault = one.fault or fault.sentence()
            one.something_else |= isinstance(fault, NoSlope)
            return False
        except GraderFault:
            raise
        except Exception as error:  # a mistake of ours spoils this plan alone
            self._slipped(error)
            return False
        if self._left_parameters(proxy):
            return True
        one.fault = one.fault or "it ran, but left no parameters behind"
        return False

    def _slipped(self, error: Exception) -> None:
        """Note a mistake of ours for the binding's reason."""
        said = f"{type(error).__name__}: {error}"[:120]
        if said not in self.slips:
            self.slips.append(said)

    def _left_parameters(self, proxy: DescentProxy) -> bool:
        return any(array.size in self._sizes() and _varies(array) for array in proxy.arrays.values())

    def _others(self, best: Try, rest: Sequence[Try]) -> None:
        """Further kinds of training by the same hand-in: a gradient beside the function that trains."""
        kinds = {best.plan["by"]}
        for one in sorted(rest, key=Try.worth, reverse=True):
            by = one.plan.get("by", "")
            if one.works and by not in kinds and one.symbol.kind == "function":
                kinds.add(by)
                best.plan.setdefault("others", []).append(one.plan)
                best.methods.setdefault(by, one.symbol.name)

    def _steadiness(self, best: Try) -> None:
        """Find out how two trainings begin alike: by seeding, by a seed for new generators, in a fresh process."""
        for setting in ({}, {"steady": True}, {"anew": True}, {"anew": True, "steady": True}):
            plan = {**best.plan, **setting}
            try:
                first, second = (self._left(best, plan) for _ in range(2))
            except TeamFault:
                continue
            alike = (np.array_equal(first[n], second[n], equal_nan=True) for n in first)
            if first.keys() == second.keys() and all(alike):
                best.plan = plan
                return
        best.plan = {**best.plan, "random": True}

    def _left(self, best: Try, plan: Plan) -> Mapping[str, Any]:
        """The arrays in the size of parameters; times and the like may differ."""
        arrays = self._proxy(best, plan).fit(self.X, self.y).arrays
        return {name: array for name, array in arrays.items() if array.size in self._sizes()}

    def _sizes(self) -> set[int]:
        columns = self.X.shape[1]
        return {self.classes * c for c in (columns, columns + 1)}

    # ---- questions ----------------------------------------------------------------------------------

    def _questions(self, best: Try) -> None:
        """Look for what answers the other canonical methods: methods of the class, then loose functions."""
        asked = [c for c in self.role.methods if c not in TRAININGS]
        offered = best.symbol.offers() if best.symbol.kind != "function" else {}
        named = method_names(self.role, offered)
        for canonical in asked:
            callees: list[tuple[Plan, Any, str]] = [
                ({"target": "object", "attribute": n}, offered[n], n) for n in named.get(canonical, [])
            ]
            scored = sorted(((self.ways.says(s, canonical), s) for s in self.functions), key=lambda e: -e[0])
            loose = [s for value, s in scored if value >= ENOUGH][:TRIED]
            callees += [
                ({"target": {"name": s.name}, "attribute": None}, s.parameters, s.name) for s in loose
            ]
            self._question(best, canonical, callees)

    def _question(self, best: Try, canonical: str, callees: Sequence[tuple[Plan, Any, str]]) -> None:
        proxy = None
        for call, parameters, label in callees[:TRIED]:
            match = fill(parameters or (), self._asking(canonical, best))
            if match.unfilled or not match.uses("argument:"):
                continue
            best.plan["calls"][canonical] = {**call, "arguments": match.arguments}
            try:
                if best.works:
                    proxy = self._proxy(best, best.plan).fit(self.X, self.y)
                else:
                    proxy = self._proxy(best, best.plan)
                answer = self._fitting(canonical, proxy)
                if answer is not None:
                    best.methods[canonical] = label
                    if is_log_of_shares(answer):
                        best.plan["calls"][canonical]["log"] = True
                    return
            except TeamFault:
                pass
            except GraderFault:
                raise
            except Exception as error:
                self._slipped(error)
            best.plan["calls"].pop(canonical, None)

    def _asking(self, canonical: str, best: Try) -> list[Slot]:
        slots = [
            Slot(f"argument:{name}", (name, *argument.names), required=True)
            for name, argument in self.role.methods[canonical].arguments.items()
        ]
        learned = self.role.methods[best.plan["by"]].arguments if best.plan.get("by") else {}
        slots += [
            Slot(f"learned:{n}", (n, *learned[n].names), required=n == "theta")
            for n in STARTS
            if n in learned
        ]
        if best.symbol.kind != "function":
            slots.append(Slot("object", OBJECT))
        return [*slots, *HARMLESS]

    def _fitting(self, canonical: str, proxy: DescentProxy) -> np.ndarray[Any, Any] | None:
        """The answer, if it has one row per row of what was asked about."""
        method = self.role.methods[canonical]
        argument = next(iter(method.arguments))
        rows = self.X[:7] if argument == "P" else self.rng.normal(size=(7, self.classes))
        answer: np.ndarray[Any, Any] = proxy.ask(canonical, rows)
        if method.returns == "vector":
            return answer if answer.size == len(rows) else None
        return answer if answer.shape in ((len(rows), self.classes), rows.shape) else None

    # ---- outcome ------------------------------------------------------------------------------------

    def _bound(self, best: Try, rest: Sequence[Try]) -> Binding:
        how = "by its name" if best.name >= NAMED else "by its code, not by its name"
        used = list(dict.fromkeys([best.symbol.name, *(v for v in best.methods.values() if "." not in v)]))
        label = best.symbol.name if best.symbol.kind != "function" else ", ".join(used[:4])
        why = f"`{label}` was taken for '{self.role.title}' {how}"
        renamed = [f"{theirs} as {ours}" for ours, theirs in best.parameters.items() if theirs != ours]
        why += f"; its {', '.join(renamed)}." if renamed else "."
        said = describe_form(Form(**best.plan["form"])) if best.plan.get("form") else []
        why += f" Questioned with {', '.join(said)}." if said else ""
        why += f" A small trial failed: {best.fault[:300]}." if not best.works and best.fault else ""
        why += f" Trials that our own mistakes ended: {'; '.join(self.slips[:3])}." if self.slips else ""
        kind = "functions" if best.symbol.kind == "function" else best.symbol.kind
        plan = (
            best.plan if best.plan.get("calls") else {"construct": None, "calls": {}, "form": asdict(Form())}
        )
        candidates = tuple(dict.fromkeys(t.symbol.name for t in rest if t.symbol.name not in used))
        return Binding(
            self.name,
            label,
            kind,
            best.methods,
            best.parameters,
            "value",
            best.confidence(),
            why,
            candidates,
            plan,
        )


def is_log_of_shares(answer: np.ndarray[Any, Any]) -> bool:
    """Whether the exponentials of every row add up to one: then they are the shares, as logarithms."""
    if answer.ndim != 2 or not np.all(answer <= 0):
        return False
    return bool(np.allclose(np.exp(answer).sum(axis=1), 1.0))


def _varies(array: np.ndarray[Any, Any]) -> bool:
    return bool(np.isfinite(array).all() and np.ptp(array) > 0)
