"""Tries out how a candidate wants to be called: small data in, shapes out.

A probe decides *how* to call and whether something answers at all. It never asks whether the numbers are right: a
wrong density estimator still is the team's density estimator.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.errors import Overtime, Raised, TeamFault
from grader.rubric import Method, Parameter, Role
from grader.team.adapters import Caller
from grader.team.answers import beside_points, read_number, read_points, read_vector
from grader.team.asks import Asks
from grader.team.orientation import EVERYWHERE, with_columns
from grader.team.plans import EXTRAS, Match, Slot, argument_slots, fill, parameter_slots
from grader.team.rows import read_rows
from grader.team.settings import fill_settings
from grader.team.state import Plan, State
from grader.team.symbols import Argument

PROBE_SECONDS, FIT_SECONDS = 2.0, 15.0
COORDINATES = (("x", "y"), ("x1", "x2"), ("x0", "x1"), ("xs", "ys"), ("xx", "yy"), ("px", "py"), ("a", "b"))
"""Names under which two coordinates are asked for separately."""


@dataclass(frozen=True)
class Probe:
    """Small arrays with which candidates are tried out; ``of_role`` has others for single roles."""

    train: NDArray[np.float64]
    """Training data, shape (n, d), n unlike the number of points."""
    points: NDArray[np.float64]
    """Points to ask about, shape (m, d)."""
    count: int = 7
    """How many points are drawn; unlike d, n and m."""
    of_role: Mapping[str, Probe] = field(default_factory=dict)

    def labels(self, known: Sequence[int]) -> NDArray[np.int64]:
        """One of the ``known`` labels per training point, shape (n,): in order of the first coordinate."""
        rank = np.argsort(np.argsort(self.train[:, 0], kind="stable"), kind="stable")
        return np.asarray(known, dtype=np.int64)[rank * len(known) // len(rank)]

    def far(self) -> NDArray[np.float64]:
        """Three points far away from all training data."""
        centre, spread = self.train.mean(axis=0), np.ptp(self.train, axis=0).max() + 1.0
        return np.asarray(centre + spread * np.array([[30.0], [-45.0], [60.0]]), dtype=np.float64)


@dataclass(frozen=True)
class Callee:
    """Something that may answer a canonical method: a method of the object, or a function."""

    name: str
    target: Any
    attribute: str | None
    parameters: tuple[Argument, ...] | None
    """None where the signature is a library's."""
    promise: str = ""
    """``plain`` or ``log`` if the name promises the one or the other."""
    fixed: Mapping[str, Any] = field(default_factory=dict)
    """Arguments that are always passed."""


@dataclass(frozen=True)
class GlobalValues:
    """The global variables of a hand-in that hold numbers, by name."""

    numbers: frozenset[str] = frozenset()
    shapes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """Arrays with their shapes."""

    def points(self, dimension: int) -> frozenset[str]:
        """Arrays of several points of this dimension, one per row."""
        return frozenset(
            n for n, s in self.shapes.items() if len(s) == 2 and s[0] > dimension and s[1] == dimension
        )


NO_VALUES = GlobalValues()


def global_values(described: Iterable[Mapping[str, Any]]) -> GlobalValues:
    """Numbers and arrays among what the live namespace is described to hold."""
    shapes = {
        str(entry["name"]): tuple(entry["shape"])
        for entry in described
        if entry.get("type") == "ndarray"
        and isinstance(entry.get("shape"), list)
        and all(isinstance(side, int) for side in entry["shape"])
    }
    numbers = frozenset(str(entry["name"]) for entry in described if entry.get("type") in ("int", "float"))
    return GlobalValues(numbers, shapes)


@dataclass
class Trial:
    """What came of trying one candidate for one role."""

    plan: Plan = field(default_factory=lambda: {"construct": None, "calls": {}})
    methods: dict[str, str] = field(default_factory=dict)
    answers: str = "log_density"
    worked: list[str] = field(default_factory=list)
    """Canonical methods that answered in the right shape."""
    faults: dict[str, str] = field(default_factory=dict)
    """Canonical method -> why it did not answer."""
    crashed: dict[str, str] = field(default_factory=dict)
    """Those of them that ended in an exception -> its class name."""
    notes: list[str] = field(default_factory=list)
    guessed: list[str] = field(default_factory=list)
    filled: set[str] = field(default_factory=set)
    """Hyperparameters that the candidate takes."""
    asked_with: set[str] = field(default_factory=set)
    """Those among them that go with single questions, and so with every question that takes them."""
    parameters: dict[str, str] = field(default_factory=dict)
    eliminated: str = ""
    """Constructor parameter that was taken for a hyperparameter because nothing else was left."""
    sensible: bool = True
    """Whether what answered as a density looks like one."""
    unclear: bool = False
    """Whether a hyperparameter may have another meaning than the one that we give it."""
    slow: bool = False
    """Whether fitting took longer than a trial may."""
    spoken: dict[str, str] = field(default_factory=dict)
    """Choices that did not answer though the hand-in speaks of them -> the symbol whose code does."""

    def reform(self, form: str) -> bool:
        """Hand over the hyperparameters in another form from now on; False if there are none."""
        calls = [self.plan["construct"], *self.plan["calls"].values()]
        arguments = [a for call in calls for a in (call or {}).get("arguments", ())]
        plain = [a for a in arguments if a["slot"].startswith("parameter:") and "values" not in a]
        if form == "matrix":
            plain = [a for a in plain if isinstance(a.get("example"), float)]
        for argument in plain:
            argument["as"] = form
        return bool(plain)

    def quality(self) -> tuple[int, int, int]:
        """Orders trials of one role: what answered, what is there, how little was guessed."""
        return len(self.worked), len(self.plan["calls"]), -len(self.guessed)

    def take_over(self, match: Match, *, asking: bool = False) -> None:
        """Note which hyperparameters a matched signature takes, and under which names; ``asking``: of a question."""
        for argument in match.arguments:
            if argument["slot"].startswith("parameter:"):
                name = argument["slot"].partition(":")[2]
                if asking and name not in self.filled:
                    self.asked_with.add(name)
                self.filled.add(name)
                self.parameters.setdefault(name, argument["name"])
        self.guessed += match.guessed
        self.unclear |= match.unclear


class Prober:
    """Tries calls for one role on one session."""

    def __init__(
        self,
        session: Asks,
        role: Role,
        probe: Probe,
        rng: np.random.Generator,
        values: GlobalValues = NO_VALUES,
    ) -> None:
        """``values`` are the namespace's global numbers and arrays."""
        self.numbers = values.numbers
        self.arrays = values.points(role.dimension)
        self.session, self.role, self.probe, self._rng = session, role, probe, rng
        self.hyper = parameter_slots(role)
        self.fitting = next((name for name, m in role.methods.items() if m.returns == "self"), "")
        examples = {name: parameter.example for name, parameter in role.parameters.items()}
        self.state = State(parameters=examples)
        self.columns = ""
        """Where points are tried as columns, see ``grader.team.columns``; nowhere if empty."""
        self.forced: dict[str, str] = {}
        """Canonical method -> the team's name that a tutor gave."""

    def force(self, methods: Mapping[str, str], parameters: Mapping[str, str]) -> None:
        """Let a tutor's names decide for these methods and hyperparameters."""
        self.forced = dict(methods)
        for canonical, theirs in parameters.items():
            key = f"parameter:{canonical}"
            mine = [slot for slot in self.hyper if slot.key == key]
            meant = next((slot for slot in mine if theirs in slot.names and "derive" in slot.more), mine[0])
            said = Slot(key, (theirs,), required=True, more=meant.more)
            self.hyper = [said, *(slot for slot in self.hyper if slot.key != key)]

    def caller(self, plan: Plan) -> Caller:
        """An adapter that shares this prober's state."""
        return Caller(self.session, plan, self.state, self._rng)

    def fresh(self) -> None:
        """Forget objects and fits of earlier trials."""
        self.state = State(parameters=self.state.parameters)

    # ---- slots --------------------------------------------------------------------------------------

    def training_slots(self, *, needed: bool) -> list[Slot]:
        """The remembered training data; ``needed`` where nothing else receives them."""
        slots = argument_slots(self.role.methods[self.fitting], "train", rank=-0.002) if self.fitting else []
        return slots if needed else [Slot(s.key, s.names, only_if_needed=True, rank=-0.03) for s in slots]

    def free_hyper(self, trial: Trial) -> list[Slot]:
        """Hyperparameters that neither the object nor the fit took; the others only where they are demanded."""
        slots = []
        for slot in self.hyper:
            name = slot.key.partition(":")[2]
            used = name in trial.filled and name not in trial.asked_with
            slots.append(replace(slot, only_if_needed=used))
        return slots

    # ---- fit ----------------------------------------------------------------------------------------

    def construction(self, parameters: Sequence[Argument], *, with_data: bool) -> Match:
        """Match a constructor: hyperparameters, the data if nothing else takes them, seeds and the like."""
        data = self.training_slots(needed=with_data)
        match = fill_settings(parameters, [*self.hyper, *data, *EXTRAS])
        if self.columns == EVERYWHERE:
            match.arguments = with_columns({"arguments": match.arguments})["arguments"]
        return match

    def fit_call(self, callee: Callee, trial: Trial) -> tuple[Plan, Match]:
        """Match a fitting method or function."""
        call, match = self._fit_call(callee, trial)
        return (with_columns(call) if self.columns == EVERYWHERE else call), match

    def _fit_call(self, callee: Callee, trial: Trial) -> tuple[Plan, Match]:
        slots = argument_slots(self.role.methods[self.fitting], "argument")
        if callee.parameters is None:
            return positional(callee, slots), Match()
        hyper = [s for s in self.free_hyper(trial) if not (s.only_if_needed and callee.attribute)]
        match = fill_settings(callee.parameters, [*slots, *hyper, *EXTRAS])
        apart = self._coordinates(callee.parameters, hyper)
        if apart is not None and (match.unfilled or match.guessed) and not apart.unfilled:
            match = apart
        return call_of(callee, match), match

    def _coordinates(self, parameters: Sequence[Argument], hyper: Sequence[Slot]) -> Match | None:
        """The training data as separate coordinates, ``fit(x, y, bins)``, where a signature demands two."""
        arguments, needed = self.role.methods[self.fitting].arguments, [p for p in parameters if p.required]
        pair = next((p for p in COORDINATES if set(p) <= {n.name.lower() for n in needed}), ())
        if len(arguments) != 1 or len(pair) != self.role.dimension:
            return None
        axes = sorted((p for p in needed if p.name.lower() in pair), key=lambda p: pair.index(p.name.lower()))
        match = fill_settings([p for p in parameters if p not in axes], [*hyper, *EXTRAS])
        data = next(iter(arguments))
        columns = [
            {"name": p.name, "slot": f"column:{data}:{k}", "pass": "keyword"} for k, p in enumerate(axes)
        ]
        match.arguments = [*columns, *match.arguments]
        match.used.add(f"argument:{data}")
        return match

    def try_fit(self, trial: Trial) -> bool:
        """Fit on the probe's training data; a fault is noted in the trial."""
        try:
            self.caller(trial.plan).fit(self.fitting, self.training(), FIT_SECONDS)
        except TeamFault as fault:
            trial.faults[self.fitting] = fault.sentence()
            trial.crashed[self.fitting] = kind_of_fault(fault)
            trial.slow = isinstance(fault, Overtime)
            return False
        trial.faults.pop(self.fitting, None)
        return True

    def training(self) -> dict[str, Any]:
        """What a trial fit gets: the points, and labels where the rubric says which there may be."""
        arguments = self.role.methods[self.fitting].arguments if self.fitting else {}
        data: dict[str, Any] = dict.fromkeys(list(arguments)[:1], self.probe.train)
        return data | {name: self.probe.labels(a.labels) for name, a in arguments.items() if a.labels}

    # ---- questions ----------------------------------------------------------------------------------

    def ask(self, trial: Trial, name: str, callees: Sequence[Callee], more: Sequence[Slot] = ()) -> bool:
        """Find the callee and the way of calling it that answers the canonical method; True if one does."""
        method = self.role.methods[name]
        values = self.values(method)
        for callee in callees:
            for call, match in self._ways(callee, method, trial, more):
                trial.plan["calls"][name] = call
                reason = self._answers(trial, name, values)
                if not reason:
                    trial.methods[name] = callee.name
                    trial.take_over(match, asking=True)
                    trial.worked.append(name)
                    trial.faults.pop(name, None)
                    return True
                trial.faults.setdefault(name, f"{callee.name}: {reason}")
            trial.plan["calls"].pop(name, None)
        if callees and not method.optional:
            self._keep_first(trial, name, callees[0], method, more)
        return False

    def _keep_first(
        self, trial: Trial, name: str, callee: Callee, method: Method, more: Sequence[Slot]
    ) -> None:
        """Nothing answers well: keep the most promising way, so that the check can say what goes wrong."""
        ways = self._ways(callee, method, trial, more)
        if ways:
            trial.plan["calls"][name], match = ways[0]
            trial.methods[name] = callee.name
            trial.take_over(match)

    def values(self, method: Method) -> dict[str, Any]:
        """Arguments for a trial question: a count where the example is a number, else arrays."""
        arrays = iter([self.probe.points, self.probe.train])
        return {name: self._value(argument, arrays) for name, argument in method.arguments.items()}

    def _value(self, argument: Parameter, arrays: Iterator[NDArray[np.float64]]) -> Any:
        if argument.exact:
            return argument.example
        if isinstance(argument.example, int) and not isinstance(argument.example, bool):
            return self.probe.count
        return next(arrays, self.probe.points)

    def _ways(
        self, callee: Callee, method: Method, trial: Trial, more: Sequence[Slot]
    ) -> list[tuple[Plan, Match]]:
        """Ways of calling, most likely first."""
        own = argument_slots(method, "argument")
        if callee.parameters is None:
            called = positional(callee, own)
            forms = [called, with_columns(called)] if self.columns else [called]
            return [(call, Match()) for call in forms]
        hyper, data = self.free_hyper(trial), self.training_slots(needed=False)
        rest = [*hyper, *data, *EXTRAS]
        kits = [
            [*own, *fitted, *rest] for fitted in self._fitted_kits(callee.parameters, [*own, *rest], more)
        ]
        taken = [slot for slot in hyper if slot.only_if_needed]
        if taken and more:
            free = [slot for slot in hyper if not slot.only_if_needed]
            kits += [[*own, *f, *free, *EXTRAS] for f in self._fitted_kits(callee.parameters, own, more)]
        kits.append([*own, *self.training_slots(needed=True), *hyper, *EXTRAS])
        kits.append([*self.training_slots(needed=True), *own, *hyper, *EXTRAS])
        kits.append([*own, *hyper, *EXTRAS])  # points under a name that is one for training data
        ways: list[tuple[Plan, Match]] = []
        for kit in kits:
            match = fill(callee.parameters, kit)
            if not match.unfilled and all(match.arguments != other.arguments for _, other in ways):
                ways.append((call_of(callee, match), match))
        ways += self._with_settings(callee, kits, ways)
        apart = self._columns(callee, method, more)
        if self.columns == EVERYWHERE:
            apart = [(with_columns(call), match) for call, match in apart] + apart
        grids = [({**call, "grid": True}, match) for call, match in apart if self.role.dimension == 2]
        singly = self._each([*ways, *apart], method) + self._singly(ways, method)
        exchanged = _exchanged(ways)
        turned = [(with_columns(call), match) for call, match in [*ways, *exchanged]] if self.columns else []
        return ways + turned + apart + grids + singly + exchanged

    def _with_settings(
        self,
        callee: Callee,
        kits: Sequence[Sequence[Slot]],
        known: Sequence[tuple[Plan, Match]],
    ) -> list[tuple[Plan, Match]]:
        """Ways in which a compound argument is put together from data and hyperparameters: ``draw((X, h), n)``."""
        parameters = callee.parameters or ()
        ways: list[tuple[Plan, Match]] = []
        for kit in kits if any(p.holds for p in parameters) else ():
            match = fill_settings(parameters, kit)
            if not match.unfilled and all(match.arguments != m.arguments for _, m in (*known, *ways)):
                ways.append((call_of(callee, match), match))
        return ways

    def _fitted_kits(
        self, parameters: Sequence[Argument], others: Sequence[Slot], more: Sequence[Slot]
    ) -> list[list[Slot]]:
        """The fit's result as a whole or in parts, whichever the signature speaks of first."""
        whole = [slot for slot in more if not slot.key.startswith("part:")]
        parts = _demanded([slot for slot in more if slot.key.startswith("part:")])
        if not parts:
            return [whole]
        match = fill(parameters, [*others, *parts])
        used = [a["name"] for a in match.arguments if a["slot"].startswith("part")]
        in_parts = len(used) > 1 or any(name not in match.guessed for name in used)
        return [parts, whole, parts[::-1]] if in_parts else [whole, parts, parts[::-1]]

    def _columns(self, callee: Callee, method: Method, more: Sequence[Slot]) -> list[tuple[Plan, Match]]:
        """A density of separate coordinates: ``p(x, y)``, perhaps with the model beside them."""
        needed = [p for p in callee.parameters or () if p.ordinary and p.required]
        pair = next((p for p in COORDINATES if set(p) <= {n.name.lower() for n in needed}), ())
        axes = [p for p in needed if p.name.lower() in pair] or needed
        if method.returns != "vector" or len(axes) != self.role.dimension:
            return []
        first = next(iter(method.arguments))
        columns = [
            {"name": p.name, "slot": f"column:{first}:{k}", "pass": "keyword"} for k, p in enumerate(axes)
        ]
        others = [p for p in callee.parameters or () if p not in axes]
        slots = [*_demanded(more), *self.hyper, *self.training_slots(needed=not more), *EXTRAS]
        ways: list[tuple[Plan, Match]] = []
        for rest in (fill(others, slots), fill_settings(others, slots)):
            rest.arguments = columns + rest.arguments
            if not rest.unfilled and all(rest.arguments != other.arguments for _, other in ways):
                ways.append((call_of(callee, rest), rest))
        return ways

    def _each(self, ways: Sequence[tuple[Plan, Match]], method: Method) -> list[tuple[Plan, Match]]:
        """A density, a label or neighbours of one point at a time."""
        each = {"each": "rows" if method.returns == "rows" else True}
        several = method.returns in ("vector", "rows")
        return [({**call, **each}, match) for call, match in ways] if several else []

    def _singly(self, ways: Sequence[tuple[Plan, Match]], method: Method) -> list[tuple[Plan, Match]]:
        """A sampler that takes no count."""
        silent = [w for w in ways if not any(a["slot"].startswith("argument:") for a in w[0]["arguments"])]
        return (
            [({**call, "repeat": True}, match) for call, match in silent]
            if method.returns == "points"
            else []
        )

    # ---- reading the answers ------------------------------------------------------------------------

    def _answers(self, trial: Trial, name: str, values: dict[str, Any]) -> str:
        """Ask once and read the answer; empty if it has the right shape, else what is wrong."""
        call, method = trial.plan["calls"][name], self.role.methods[name]
        silent = not any(a["slot"].startswith(("argument:", "column:")) for a in call["arguments"])
        if silent and method.returns == "points" and not call.get("repeat"):
            return "takes no number of points"
        if silent and method.returns in ("vector", "rows"):
            return "takes no points"
        try:
            answer = self.caller(trial.plan).ask(name, values, PROBE_SECONDS)
        except TeamFault as fault:
            if name not in trial.faults:
                trial.crashed[name] = kind_of_fault(fault)
            return fault.sentence()
        if method.returns == "vector":
            asked = next((value for value in values.values() if np.ndim(value) == 2), None)
            return read_vector(call, beside_points(call, answer, asked), len(self.probe.points))
        if method.returns == "rows":
            return read_rows(answer, len(self.probe.points))
        if method.returns == "points":
            return read_points(call, answer, self.probe.count, self.probe.train.shape[1])
        return read_number(call, answer) if method.returns == "number" else ""


def kind_of_fault(fault: TeamFault) -> str:
    """The class of an exception that the team's code raised, else of the fault."""
    return (fault.kind if isinstance(fault, Raised) else "") or type(fault).__name__


def _exchanged(ways: Sequence[tuple[Plan, Match]]) -> list[tuple[Plan, Match]]:
    """The ways with points and training data in each other's places, where both are arrays of points.

    Their names may well say it the wrong way round; the length of the answer tells.
    """
    found = []
    for call, match in ways:
        ours = [a for a in call["arguments"] if a["slot"].startswith(("argument:", "train:"))]
        if len(ours) == 2 and len({a["slot"].partition(":")[0] for a in ours}) == 2:
            swap = {id(ours[0]): ours[1]["slot"], id(ours[1]): ours[0]["slot"]}
            changed = [{**a, "slot": swap.get(id(a), a["slot"])} for a in call["arguments"]]
            found.append(({**call, "arguments": changed}, replace(match, arguments=changed)))
    return found


def _demanded(slots: Sequence[Slot]) -> list[Slot]:
    return [replace(s, required=True, only_if_needed=False) for s in slots]


def call_of(callee: Callee, match: Match) -> Plan:
    """The call that a matched signature stands for."""
    fixed = [{"name": n, "slot": "constant", "pass": "keyword", "value": v} for n, v in callee.fixed.items()]
    arguments = [*fixed, *match.arguments]
    return {"target": callee.target, "attribute": callee.attribute, "arguments": arguments}


def positional(callee: Callee, slots: Sequence[Slot]) -> Plan:
    """A call of something whose signature is unknown."""
    arguments = [{"name": "", "slot": slot.key, "pass": "position"} for slot in slots]
    return {"target": callee.target, "attribute": callee.attribute, "arguments": arguments}
