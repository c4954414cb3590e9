"""Models that learn from points and labels in steps of descent, questioned the same however they are written.

A plan says what one training is: ``by`` a ``fit`` that makes all steps, a ``step`` that is repeated here, or a
``gradient`` of given parameters with which the steps are made here. Its ``form`` says how points and labels are
handed over (see :class:`Form`). After a training everything numeric that it left behind is copied out at once:
what the parameters look like is not prescribed, so the judge works on the arrays themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from grader.errors import Malformed, TeamFault
from grader.records import Binding
from grader.rubric import Role
from grader.team.answers import as_array, kind_of
from grader.team.asks import Asks
from grader.team.callbacks import unheeding
from grader.team.descent_forms import Array, Form, arrays_in
from grader.team.descent_records import LABELS, every
from grader.team.descent_steps import slopes_in, stepped_against, stepped_held
from grader.team.state import Plan
from grader.team.wire import Handle, Name

KIND = "descent"
FIT, STEP, GRADIENT = "fit", "step", "gradient"
TRAININGS = (FIT, STEP, GRADIENT)
_BUILTINS = "__builtins__"
_MOST_ARRAYS = 60


class NoSlope(Malformed):
    """What was asked for a gradient answers no array at all: it is something else, such as the loss."""


class DescentFactory:
    """Makes models of one role: ``team.<role>`` before the call."""

    def __init__(
        self, session: Asks, binding: Binding, role: Role, rng: np.random.Generator, seconds: float
    ) -> None:
        self._session, self._binding, self._role, self._rng, self._seconds = (
            session,
            binding,
            role,
            rng,
            seconds,
        )

    def __call__(self, by: str = "", **parameters: Any) -> DescentProxy:
        """A model that is not trained yet; ``by`` chooses among :attr:`trainings` (the first if empty)."""
        unknown = set(parameters) - set(self._role.parameters)
        if unknown:
            raise TypeError(f"the role '{self._binding.role}' has no parameter {', '.join(sorted(unknown))}")
        plan = self._plan(by)
        return DescentProxy(
            self._session, self._binding, self._role, self._rng, self._seconds, plan, parameters
        )

    @property
    def trainings(self) -> tuple[str, ...]:
        """What a training can be, the team's own whole training first."""
        return tuple(plan["by"] for plan in self._plans() if plan.get("by"))

    def takes(self, parameter: str, by: str = "") -> bool:
        """Whether the team's code has a place for the parameter, or the steps are made here."""
        plan = self._plan(by)
        made_here = {GRADIENT: ("rate", "steps"), STEP: ("steps",)}.get(plan["by"], ())
        return parameter in made_here or any(
            a["slot"] == f"parameter:{parameter}" for a in arguments_of(plan)
        )

    @property
    def steady(self) -> bool:
        """Whether two trainings on the same data come out alike."""
        return not self._binding.plan.get("random")

    def default(self, parameter: str) -> Any:
        """The default that the team's signature has for a parameter; None if there is none."""
        arguments = [a for a in arguments_of(self._binding.plan) if a["slot"] == f"parameter:{parameter}"]
        return next((a["default"] for a in arguments if a.get("default") is not None), None)

    def form(self, by: str = "") -> Form:
        """How points and labels are handed over."""
        return Form(**self._plan(by)["form"])

    def _plan(self, by: str) -> Plan:
        """The plan for one kind of training (the first if empty); ``Malformed`` where nothing trains."""
        plan = plan_by(self._binding.plan, by)
        if plan is None:
            where = self._binding.symbol
            raise Malformed("it was found, but no way to train it", where=where, expected=self._role.expected)
        return plan

    def _plans(self) -> list[Plan]:
        return [self._binding.plan, *self._binding.plan.get("others", ())]


def plan_by(plan: Plan, by: str) -> Plan | None:
    """The plan for one kind of training, with the questions that all kinds share; None where there is none."""
    for one in (plan, *plan.get("others", ())):
        if one.get("by") and by in ("", one["by"]):
            questions = {n: c for n, c in plan["calls"].items() if n not in TRAININGS}
            return {**one, "calls": {**questions, **one["calls"]}}
    return None


def arguments_of(plan: Plan) -> list[Plan]:
    """Arguments of everything that one training calls, and the global variables that it reads."""
    calls = [plan.get("construct"), *(c for n, c in plan["calls"].items() if n in TRAININGS)]
    return [*(a for call in calls if call for a in every(call["arguments"])), *plan.get("globals", ())]


class DescentProxy:
    """One model of the team; canonical questions of the role appear as methods."""

    def __init__(
        self,
        session: Asks,
        binding: Binding,
        role: Role,
        rng: np.random.Generator,
        seconds: float,
        plan: Plan,
        parameters: Mapping[str, Any],
    ) -> None:
        self._session, self._binding, self._role, self._rng = session, binding, role, rng
        self._seconds, self._plan = seconds, plan
        self.parameters = {n: p.example for n, p in role.parameters.items() if p.example is not None}
        self.parameters |= dict(parameters)
        self.form = Form(**plan["form"])
        self.arrays: dict[str, Array] = {}
        """Every array of numbers that the last training left behind, by where it was found."""
        self._object: Handle | None = None
        self._starts: dict[str, Any] = {}

    # ---- training -----------------------------------------------------------------------------------

    def fit(
        self, X: Array, y: Array, X_test: Array | None = None, y_test: Array | None = None
    ) -> DescentProxy:
        """Train on points (n, d) with labels (n,), numbers from 0; raises what the team's code raises.

        Global generators are seeded first, always the same, so that two trainings begin alike.
        """
        X, y = np.asarray(X, dtype=np.float64), np.asarray(y, dtype=np.int64)
        classes = int(self.parameters.get("classes") or y.max() + 1)
        self.parameters |= {"classes": classes, "columns": self.form.columns(X), "rows": len(X)}
        values = {"X": self.form.points(X), "y": self.form.labels(y, classes)}
        values["X_test"] = self.form.points(X if X_test is None else X_test)
        values["y_test"] = self.form.labels(y if y_test is None else y_test, classes)
        self._starts = {"theta": self.form.first(X, classes), "bias": self.form.bias(classes)}
        self._begin()
        try:
            self._object = self._made(values)
            answer = self._trained(values)
        finally:
            self._end()
        self._copy_out(answer)
        return self

    def _begin(self) -> None:
        if self._plan.get("anew"):
            self._session.reset()  # type: ignore[attr-defined]
        self._session.ask("seed", seed=int(self._plan.get("seed", 1)))  # type: ignore[attr-defined]
        for entry in self._plan.get("globals", ()):
            space = self._session.get(Name(entry["holder"]), entry["path"], keep=True)
            value = self.parameters[entry["slot"].partition(":")[2]]
            self._session.call(space, "__setitem__", [entry["name"], value], {})
        if self._plan.get("steady"):
            self._make_steady(True)

    def _end(self) -> None:
        if self._plan.get("steady"):
            self._make_steady(False)

    def _make_steady(self, on: bool) -> None:
        """Let generators that are made without a seed begin alike, until the training is over."""
        random = self._session.get(self._module("numpy"), "random", keep=True)
        if on:
            self._own = self._session.get(random, "default_rng", keep=True)
            partial = [self._own, int(self._plan.get("seed", 1))]
            made = self._session.call(self._module("functools"), "partial", partial, {}, keep=True)
        else:
            made = self._own
        self._session.call(Name(_BUILTINS), "setattr", [random, "default_rng", made], {})

    def _module(self, name: str) -> Any:
        return self._session.call(Name(_BUILTINS), "__import__", [name], {}, keep=True)

    def _made(self, values: Mapping[str, Any]) -> Handle | None:
        call = self._plan.get("construct")
        made = self._send(call, values, keep=True) if call else None
        return made if isinstance(made, Handle) else None

    def _trained(self, values: Mapping[str, Any]) -> Any:
        by = self._plan["by"]
        if by == FIT:
            self._keep_starts()
            return self._send(self._plan["calls"][FIT], values, seconds=self._seconds)
        answer: Any = None
        for _ in range(int(self.parameters["steps"])):
            if by == STEP:
                answer = self._send(self._plan["calls"][STEP], values)
                self._go_on_from(answer)
            else:
                self._descend(self._send(self._plan["calls"][GRADIENT], values))
        return answer

    def _keep_starts(self) -> None:
        """First parameters live in the team's process, so that a training in place can be read."""
        used = {a["slot"] for a in self._plan["calls"][FIT]["arguments"]}
        numpy = self._module("numpy")
        for name, value in self._starts.items():
            if f"start:{name}" in used:
                self._starts[name] = self._session.call(numpy, "array", [value], {}, keep=True)

    def _go_on_from(self, answer: Any) -> None:
        """The next step begins with the parameters that this one returned."""
        for name, value in self._starts.items():
            fitting = [a for a in arrays_in(answer, "").values() if a.shape == np.shape(value)]
            if fitting:
                self._starts[name] = fitting[0]

    def _descend(self, answer: Any) -> None:
        """One step of ours against a gradient of theirs, each part in the shape of its parameters."""
        used = {a["slot"] for a in self._plan["calls"][GRADIENT]["arguments"]}
        given = {name: value for name, value in self._starts.items() if f"start:{name}" in used}
        held = {} if given else self._held()
        found = self._attributes(answer) if isinstance(answer, Handle) else arrays_in(answer, "")
        slopes = slopes_in(answer) if given and not isinstance(answer, Handle) else list(found.values())
        rate = float(self.parameters["rate"])
        stepped = stepped_against(slopes, given, rate) if given else stepped_held(slopes, held, rate)
        if not slopes:
            raise NoSlope("the answer is no gradient", where=self._where(GRADIENT), got=kind_of(answer))
        if not stepped:
            shapes = " or ".join(str(np.shape(value)) for value in (given or held).values())
            raise Malformed(
                "the gradient has not the shape of the parameters",
                where=self._where(GRADIENT),
                expected=f"shape {shapes}",
                got=kind_of(answer),
            )
        for name, value in stepped.items():
            if given:
                self._starts[name] = value
            else:
                self._session.call(Name(_BUILTINS), "setattr", [self._object, name, value], {})

    def _held(self) -> dict[str, Array]:
        """Arrays that are attributes of the object itself: its parameters are among them."""
        assert self._object is not None
        held = self._session.get(self._object, "__dict__")
        numbers = (
            {n: v for n, v in held.items() if isinstance(v, np.ndarray)} if isinstance(held, dict) else {}
        )
        return {name: value for name, value in numbers.items() if value.dtype.kind == "f"}

    def _copy_out(self, answer: Any) -> None:
        """Read everything numeric that is left: the answer, the object, and first parameters changed in place."""
        found = arrays_in(answer, "")
        for handle in (answer, self._object):
            if isinstance(handle, Handle):
                found |= self._attributes(handle)
        for name, value in self._starts.items():
            kept = self._session.get(value) if isinstance(value, Handle) else value
            used = any(a["slot"] == f"start:{name}" for a in arguments_of(self._plan))
            if used and isinstance(kept, np.ndarray):
                found.setdefault(f"start {name}", kept)
        self.arrays = dict(list(found.items())[:_MOST_ARRAYS])

    def _attributes(self, handle: Handle) -> dict[str, Array]:
        try:
            held = self._session.get(handle, "__dict__")
        except TeamFault:
            return {}
        return arrays_in(held, "") if isinstance(held, dict) else {}

    # ---- questions ----------------------------------------------------------------------------------

    def has(self, question: str) -> bool:
        """Whether something was found that answers the question."""
        return question in self._plan["calls"]

    def ask(self, question: str, *values: Array) -> Array:
        """The answer to a canonical question as a float64 array, turned back where points stand in columns."""
        arguments = list(self._role.methods[question].arguments)
        given = {
            name: self.form.points(v) if name == "P" else v
            for name, v in zip(arguments, values, strict=False)
        }
        call = self._plan["calls"].get(question)
        if call is None:
            raise Malformed(f"nothing that answers '{question}' was found", where=self._binding.symbol)
        if call["target"] == "object" and self._object is None:
            self._object = self._made({})
        answer = self._send(call, given)
        if call.get("take") is not None:
            answer = answer[call["take"]]
        array = as_array(answer, self._where(question), "an array of numbers")
        array = np.exp(array) if call.get("log") else array
        return array.T if self.form.turned and array.ndim == 2 else array

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in self._role.methods:
            raise AttributeError(f"the role '{self._binding.role}' has no method '{name}'")
        return lambda *values: self.ask(name, *values)

    def _where(self, question: str) -> str:
        return self._binding.methods.get(question) or self._binding.symbol

    # ---- one call -----------------------------------------------------------------------------------

    def _send(
        self, call: Plan, values: Mapping[str, Any], *, keep: bool = False, seconds: float | None = None
    ) -> Any:
        target: Any = self._object if call["target"] == "object" else Name(call["target"]["name"])
        if target is None:
            raise Malformed("there is no object to ask", where=self._binding.symbol)
        args: list[Any] = []
        kwargs: dict[str, Any] = {}
        for argument in call["arguments"]:
            value = self._value(argument, values)
            if argument["pass"] == "position":
                args.append(value)
            else:
                kwargs[argument["name"]] = value
        return self._session.call(target, call.get("attribute"), args, kwargs, keep=keep, seconds=seconds)

    def _value(self, argument: Plan, values: Mapping[str, Any]) -> Any:
        slot, _, name = argument["slot"].partition(":")
        if slot == "argument":
            if name not in values:
                raise Malformed(
                    f"it is made of data ({name}) and must be trained first", where=self._binding.symbol
                )
            return values[name]
        if slot == "pair":
            return (values[name], values[LABELS[name]])
        if slot == "made":
            return self._send(argument["call"], values, keep=True)
        if slot == "parameter":
            if name not in self.parameters:
                raise Malformed(
                    f"it is made for data (their {name}) and must be trained first",
                    where=self._binding.symbol,
                )
            return self.parameters[name]
        if slot == "start":
            return self._starts[name]
        if slot == "learned":
            return self._learned(name)
        if slot == "object":
            return self._object
        if slot == "seed":
            return int(self._plan.get("seed", 1))
        if slot == "callback":
            return unheeding(self._session)
        if slot == "generator":
            seed = [int(self._plan.get("seed", 1))]
            return self._session.call(self._module("numpy"), "random.default_rng", seed, {}, keep=True)
        return argument["value"]

    def _learned(self, name: str) -> Array:
        """What the training learned, recognised by its shape: all parameters or weights, or the bias."""
        if not self.arrays:
            raise Malformed("nothing was trained before", where=self._binding.symbol, expected=name)
        classes, columns = int(self.parameters["classes"]), int(self.parameters["columns"])
        sizes = [classes] if name == "bias" else [classes * columns, classes * (columns + 1)]
        for size in sizes:
            for array in self.arrays.values():
                if array.size == size and (name == "bias" or array.ndim == 2):
                    return array
        raise Malformed("the training left no such parameters", where=self._binding.symbol, expected=name)
