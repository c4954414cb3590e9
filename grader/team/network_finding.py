"""Finds networks and the procedures that work on them: by name, base class and signature, confirmed by a trial.

A trial is small and asks only whether something answers in the right form, never whether it is right. A faulty
trial lowers the certainty of a candidate whose name says nothing; a class that carries the role's name stays the
team's answer to the role even when it raises.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from grader.errors import TeamFault
from grader.records import Binding
from grader.rubric import Role, Rubric
from grader.team.asks import Asks
from grader.team.names import parameter_resemblance, resemblance, words
from grader.team.networks import CALL, FORMS, KINDS, NetworkFactory, NetworkProxy, ProcedureProxy
from grader.team.plans import EXTRAS, Match, Slot, fill, parameter_slots
from grader.team.state import Plan
from grader.team.symbols import Argument, Symbol

NAMED = 0.6
TRIED = 5
TRIAL_SECONDS, TRIAL_ROWS = 8.0, 6
_HARMLESS = tuple(slot for slot in EXTRAS if slot.key in ("seed", "constant:quiet"))


@dataclass
class Try:
    """One candidate of a role, as far as it was tried."""

    symbol: str
    kind: str
    plan: Plan
    name: float
    """Resemblance of its name with the role's."""
    named: float
    """Share of the role's arguments and parameters that its signature has by name."""
    guessed: Sequence[str] = ()
    base: bool = False
    works: bool = False
    fault: str = ""
    methods: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)

    def worth(self) -> tuple[float, ...]:
        """Orders candidates of one role."""
        return (
            float(self.works and self.name >= NAMED),
            float(self.works),
            self.name + 0.5 * self.named + 0.3 * self.base,
        )

    def confidence(self) -> float:
        """How sure we are that this is what the sheet asks for."""
        value = (
            0.3 + 0.3 * self.name + 0.25 * self.named + 0.14 * self.works - 0.08 * min(3, len(self.guessed))
        )
        if self.name < NAMED:
            value = min(value, 0.55 + 0.15 * (self.base and self.works))
        return round(float(min(0.99, max(0.05, value))), 2)


def find_networks(
    symbols: Sequence[Symbol], session: Asks, rubric: Rubric, rng: np.random.Generator | None = None
) -> dict[str, Binding]:
    """One binding per role of kind ``network`` or ``procedure``; an empty symbol says that nothing resembles it."""
    search = _Search(symbols, session, rubric, rng if rng is not None else np.random.default_rng(2))
    roles = [(name, role) for name, role in rubric.roles.items() if role.kind in KINDS]
    for name, role in sorted(roles, key=lambda entry: KINDS.index(entry[1].kind)):
        search.bindings[name] = (
            search.network(name, role) if role.kind == "network" else search.procedure(name, role)
        )
    return {name: search.bindings[name] for name, _ in roles}


class _Search:
    """What is known while the roles are searched, networks first."""

    def __init__(
        self, symbols: Sequence[Symbol], session: Asks, rubric: Rubric, rng: np.random.Generator
    ) -> None:
        self.symbols = [s for s in symbols if not s.shadowed and s.kind != "instance"]
        self.session, self.rubric, self.rng = session, rubric, rng
        self.bindings: dict[str, Binding] = {}
        self.taken: set[str] = set()

    # ---- networks -----------------------------------------------------------------------------------

    def network(self, name: str, role: Role) -> Binding:
        """Find a class or factory of networks and build a small one."""
        tries = [t for s in self.symbols if (t := self._network_try(s, role)) is not None]
        tries = sorted(tries, key=Try.worth, reverse=True)[:TRIED]
        for candidate in tries:
            self._build(candidate, name, role)
            if candidate.works and candidate.name >= 0.85 and candidate.named > 0.99:
                break
        return self._bind(name, role, tries)

    def _network_try(self, symbol: Symbol, role: Role) -> Try | None:
        likeness = _likeness(symbol.name, role)
        base = bool(set(role.bases) & set(symbol.bases))
        if (not base and likeness < NAMED) or symbol.name in self.taken:
            return None
        match = fill(symbol.parameters, [*parameter_slots(role), *_HARMLESS])
        named = _share(match, len(role.parameters))
        if likeness < NAMED and named < 0.5:
            return None
        call = {"target": {"name": symbol.name}, "attribute": None, "arguments": match.arguments}
        fault = f"it also demands {', '.join(match.unfilled)}" if match.unfilled else ""
        plan = {"construct": call, "calls": {}}
        kind = "class" if symbol.kind == "class" else "functions"
        return Try(symbol.name, kind, plan, likeness, named, match.guessed, base, fault=fault,
                   parameters=_renamed(match.arguments))  # fmt: skip

    def _build(self, candidate: Try, name: str, role: Role) -> None:
        """Build it with the rubric's examples, ask it once, and see which methods it offers."""
        try:
            network = NetworkFactory(self.session, _as_binding(name, candidate), role, self.rng)(
                **_examples(role)
            )
            self._offers(candidate, network, role)
            width = int(next(iter(_examples(role).values())))
            network.forward(self.rng.normal(size=(TRIAL_ROWS, width)).astype(np.float32))
            candidate.works, candidate.fault = bool(network.state()), ""
        except TeamFault as fault:
            candidate.fault = fault.sentence()

    def _offers(self, candidate: Try, network: NetworkProxy, role: Role) -> None:
        """Methods of the class, or parts of the network that can be called, for the role's canonical methods."""
        symbol = next(s for s in self.symbols if s.name == candidate.symbol)
        own = [n for n in symbol.methods if not n.startswith("__") and len(symbol.methods[n]) == 1]
        parts = list(dict.fromkeys(key.partition(".")[0] for key in network.state()))
        for canonical, method in role.methods.items():
            known = [canonical, *method.names]
            offered = [*own, *parts] if canonical != "forward" else []
            scored = sorted(((parameter_resemblance(n, known), n) for n in offered), reverse=True)
            if scored and scored[0][0] >= 0.9:
                candidate.methods[canonical] = scored[0][1]
                candidate.plan["calls"][canonical] = {"attribute": scored[0][1], "arguments": []}

    # ---- procedures ---------------------------------------------------------------------------------

    def procedure(self, name: str, role: Role) -> Binding:
        """Find a function, a method of a network or a class that does it, and let it work on something small."""
        tries = sorted(self._procedure_tries(role), key=Try.worth, reverse=True)[:TRIED]
        for candidate in tries:
            self._work(candidate, name, role)
            if candidate.works and candidate.name >= 0.85:
                break
        return self._bind(name, role, tries)

    def _procedure_tries(self, role: Role) -> Iterator[Try]:
        networks = {b.symbol for n, b in self.bindings.items() if self.rubric.roles[n].kind == "network"}
        for symbol in self.symbols:
            if symbol.kind == "function" and symbol.name not in self.taken | networks:
                yield from self._of_function(symbol, role)
            elif symbol.kind == "class" and symbol.name.partition(".")[0] not in self.taken - networks:
                yield from self._of_class(symbol, role, symbol.name in networks)

    def _of_function(self, symbol: Symbol, role: Role) -> Iterator[Try]:
        likeness = _likeness(symbol.name, role)
        if likeness >= NAMED:
            yield from self._tries(symbol.name, "function", symbol.parameters, role, likeness,
                                   {"target": {"name": symbol.name}, "attribute": None}, None)  # fmt: skip

    def _of_class(self, symbol: Symbol, role: Role, is_network: bool) -> Iterator[Try]:
        """A method of the network itself, or of a class made for the work."""
        about = _likeness(symbol.name, role)
        for method, parameters in symbol.methods.items():
            likeness = max(_likeness(method, role), parameter_resemblance(method, role.methods[CALL].names))
            if (
                likeness < 0.9
                or _speaks_against(method, role)
                or (method.startswith("__") and method != "__call__")
            ):
                continue
            label = f"{symbol.name}.{method}"
            if is_network:
                if not _speaks_against(symbol.name, role):
                    call = {"target": "network", "attribute": method}
                    yield from self._tries(label, "function", parameters, role, likeness, call, None)
            elif about >= 0.5 and "Module" not in symbol.bases:
                call = {"target": "made", "attribute": method}
                yield from self._tries(label, "function", parameters, role, max(about, 0.7), call, symbol)

    def _tries(
        self,
        label: str,
        kind: str,
        parameters: Sequence[Argument],
        role: Role,
        likeness: float,
        call: Plan,
        maker: Symbol | None,
    ) -> Iterator[Try]:
        """The way of calling that the signatures suggest: taking a network, or building one itself."""
        slots = _procedure_slots(role)
        if call["target"] == "network":
            slots = [
                s
                for s in slots
                if not str(s.more.get("example", "")).startswith("@") or s.more.get("optional")
            ]
        made = fill(maker.parameters, [*slots, *_HARMLESS]) if maker else Match()
        match = fill(parameters, [*[s for s in slots if s.key not in made.used], *_HARMLESS])
        for arguments, signature in (
            (made.arguments, maker.parameters if maker else ()),
            (match.arguments, parameters),
        ):
            _mark_optional(arguments, signature)
        takes = any(e.startswith("@") for e in _examples_of(match, made)) or call["target"] == "network"
        makes = False
        if not takes and _wants_network(role):
            match, makes = fill(parameters, [*self._network_slots(), *slots, *_HARMLESS]), True
            _mark_optional(match.arguments, parameters)
        plan: Plan = {
            "construct": None,
            "calls": {CALL: {**call, "arguments": match.arguments}},
            "makes": makes,
        }
        if maker:
            plan["construct"] = {
                "target": {"name": maker.name},
                "attribute": None,
                "arguments": made.arguments,
            }
        unfilled = [*made.unfilled, *match.unfilled]
        wanted = len(role.methods[CALL].arguments) + len(role.parameters)
        both = Match(used=made.used | match.used, guessed=[*made.guessed, *match.guessed])
        yield Try(label, kind, plan, likeness, _share(both, max(1, min(wanted, 4))), both.guessed,
                  fault=f"it also demands {', '.join(unfilled)}" if unfilled else "",
                  methods={CALL: label}, parameters=_renamed([*made.arguments, *match.arguments]))  # fmt: skip

    def _network_slots(self) -> list[Slot]:
        """Settings of the network for a procedure that builds one, named apart from its own parameters."""
        return [
            Slot(f"parameter:of {s.key.partition(':')[2]}", s.names, more=s.more)
            for name, role in self.rubric.roles.items()
            if role.kind == "network" and self.bindings[name].symbol
            for s in parameter_slots(role)
            if "derive" not in s.more
        ]

    def _work(self, candidate: Try, name: str, role: Role) -> None:
        """Try every network and every form of data until one is taken."""
        if candidate.fault:
            return
        networks = [
            n for n, r in self.rubric.roles.items() if r.kind == "network" and self.bindings[n].symbol
        ]
        for of in networks if _wants_network(role) else [""]:
            for form in FORMS if any(r is None for r in _argument_examples(role)) else FORMS[:1]:
                candidate.plan["form"] = form
                try:
                    self._once(candidate, name, role, of)
                except TeamFault as fault:
                    candidate.fault = candidate.fault or fault.sentence()
                    continue
                candidate.works, candidate.fault = True, ""
                candidate.plan["network"] = of
                return
        candidate.plan["form"], candidate.plan["network"] = FORMS[0], networks[0] if networks else ""

    def _once(self, candidate: Try, name: str, role: Role, of: str) -> None:
        procedure = ProcedureProxy(self.session, _as_binding(name, candidate), role, self.rng, TRIAL_SECONDS)
        width, network = 2, None
        if of:
            wanted = self.rubric.roles[of]
            network = NetworkFactory(self.session, self.bindings[of], wanted, self.rng)(**_examples(wanted))
            width = int(next(iter(_examples(wanted).values())))
        values: dict[str, Any] = {}
        for argument, parameter in role.methods[CALL].arguments.items():
            data = self.rng.normal(size=(TRIAL_ROWS, width)).astype(np.float32)
            values[argument] = data if parameter.example is None else network
        values |= {n: v for n, v in _examples(role).items() if isinstance(v, int)}
        answer = procedure(**values)
        if role.methods[CALL].returns == "number" and np.size(answer) != 1:
            candidate.guessed = [*candidate.guessed, "answer"]

    # ---- outcome ------------------------------------------------------------------------------------

    def _bind(self, name: str, role: Role, tries: Sequence[Try]) -> Binding:
        if not tries:
            empty: Plan = {"construct": None, "calls": {}}
            return Binding(name, "", "", why=f"No class or function resembles '{role.title}'.", plan=empty)
        best, *others = sorted(tries, key=Try.worth, reverse=True)
        self.taken.add(best.symbol)
        by = "by its name" if best.name >= NAMED else "by its base class and arguments, not by its name"
        why = f"`{best.symbol}` was taken for '{role.title}' {by}"
        renamed = [f"{theirs} as {ours}" for ours, theirs in best.parameters.items() if theirs != ours]
        why += f"; its {', '.join(renamed)}." if renamed else "."
        why += f" A small trial failed: {best.fault[:300]}." if best.fault else ""
        return Binding(
            name, best.symbol, best.kind, best.methods, best.parameters, "value", best.confidence(), why,
            tuple(t.symbol for t in others), best.plan,
        )  # fmt: skip


def _as_binding(name: str, candidate: Try) -> Binding:
    return Binding(name, candidate.symbol, candidate.kind, candidate.methods, plan=candidate.plan)


def _likeness(name: str, role: Role) -> float:
    short = name.rpartition(".")[2]
    return 0.0 if _speaks_against(short, role) else resemblance(short, role.names)


def _speaks_against(name: str, role: Role) -> bool:
    said, glued = set(words(name)), "".join(words(name))
    return any(word in said or (len(word) >= 3 and word in glued) for word in role.without)


def _mark_optional(arguments: Sequence[Plan], signature: Sequence[Argument]) -> None:
    """Remember which arguments have a default, so that they are passed only when there is a value."""
    for argument in arguments:
        if any(p.name == argument["name"] and not p.required for p in signature):
            argument["optional"] = True


def _share(match: Match, wanted: int) -> float:
    own = {key for key in match.used if key.startswith(("argument:", "parameter:"))}
    return min(1.0, max(0, len(own) - len(match.guessed)) / max(1, wanted))


def _renamed(arguments: Sequence[Plan]) -> dict[str, str]:
    return {a["slot"].partition(":")[2]: a["name"] for a in arguments if a["slot"].startswith("parameter:")}


def _examples(role: Role) -> dict[str, Any]:
    return {name: p.example for name, p in role.parameters.items() if p.example is not None}


def _argument_examples(role: Role) -> list[Any]:
    return [parameter.example for parameter in role.methods[CALL].arguments.values()]


def _examples_of(*matches: Match) -> list[str]:
    return [
        str(a.get("example", "")) for m in matches for a in m.arguments if a["slot"].startswith("argument:")
    ]


def _wants_network(role: Role) -> bool:
    return any(isinstance(example, str) and example.startswith("@") for example in _argument_examples(role))


def _procedure_slots(role: Role) -> list[Slot]:
    """Arguments are demanded, parameters only passed when the caller gives them or the signature demands them."""
    arguments: Mapping[str, Any] = role.methods[CALL].arguments
    slots = [
        Slot(f"argument:{n}", (n, *a.names), required=True, more={"example": a.example})
        for n, a in arguments.items()
    ]
    for slot in parameter_slots(role):
        plain = not isinstance(slot.more.get("example"), str)
        slots.append(Slot(slot.key, slot.names, only_if_needed=not plain, more=dict(slot.more)))
    return slots
