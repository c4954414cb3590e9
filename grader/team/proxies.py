"""The hand-in's side of the team protocol: models and functions under the rubric's names.

``team.<role>(...)`` gives a model with the role's canonical methods, or calls the role's function. Answers come
back as float64 arrays of the asked-for shape; what had to be changed on the way stands in ``remarks``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.errors import Malformed, TeamFault
from grader.records import Binding, Statement
from grader.rubric import Method, Role, Rubric
from grader.team.adapters import Caller, call_name
from grader.team.answers import as_number, as_points, as_vector
from grader.team.asks import Asks
from grader.team.descents import KIND as DESCENT
from grader.team.descents import DescentFactory
from grader.team.doubts import Doubts
from grader.team.kept_defaults import renew
from grader.team.kept_state import KeptState
from grader.team.learned import learned_arrays
from grader.team.networks import KINDS, open_role
from grader.team.rows import as_rows
from grader.team.session import Restarted
from grader.team.state import State

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Source:
    """The source of a hand-in's definitions, for checks that read it."""

    statements: tuple[Statement, ...]
    modules: Mapping[str, tuple[Statement, ...]]
    """Importable name (``models``, ``tools.distance``) -> statements of the hand-in's own module."""


class HandInTeam:
    """Everything that was found in a hand-in, to be questioned under canonical names."""

    def __init__(
        self,
        session: Asks,
        bindings: Mapping[str, Binding],
        rubric: Rubric,
        rng: np.random.Generator | None = None,
        modules: Mapping[str, tuple[Statement, ...]] | None = None,
    ) -> None:
        """``rng`` draws a fresh seed for every object whose constructor takes one; see :class:`Source`."""
        statements = getattr(session, "statements", None)
        own = tuple(one for one in statements or () if not one.module)
        self.source = None if statements is None else Source(own, dict(modules or {}))
        self._session, self._bindings, self._rubric = session, dict(bindings), rubric
        self._rng = rng if rng is not None else np.random.default_rng(20_240_229)
        self._kept = KeptState(session, self._rng)
        self.doubts = Doubts()
        """What was asked without knowing how; the judge looks here before anything is called failed or missing."""

    def has(self, role: str, method: str = "") -> bool:
        """Whether the role was found, and with a method given, whether that can be asked."""
        binding = self.binding(role)
        there = bool(binding.symbol) and (not method or method in _methods(binding.plan))
        if not there:
            self.doubts.absent(binding, method)
        return there

    def binding(self, role: str) -> Binding:
        """Where the role was found; an empty binding if it was not."""
        return self._bindings.get(role) or Binding(role=role, symbol="", kind="", why="Nothing was found.")

    def carries_over(self, role: str) -> bool:
        """Whether a role keeps what it learns in global variables, which the next fit may find there."""
        return "keeps" in self.binding(role).plan

    def start_anew(self) -> None:
        """Go on in a fresh process; models fitted before are fitted again in it when they are asked."""
        self._session.reset()  # type: ignore[attr-defined]

    def __getattr__(self, role: str) -> Any:
        if role.startswith("_") or role not in self._rubric.roles:
            raise AttributeError(f"the rubric has no role '{role}'")
        wanted, binding = self._rubric.roles[role], self.binding(role)
        if not binding.symbol:
            raise Malformed(
                f"nothing was found for '{wanted.title}'", expected=wanted.expected or wanted.title
            )
        if wanted.kind in KINDS:
            seconds = self._rubric.budget.training_call_seconds
            return open_role(wanted.kind, self._session, binding, wanted, self._rng, seconds)
        if wanted.kind == DESCENT:
            return DescentFactory(
                self._session, binding, wanted, self._rng, self._rubric.budget.training_call_seconds
            )
        if wanted.kind == "function":
            return FunctionProxy(self._session, binding, wanted, self._rng, self.doubts)
        seconds = self._rubric.budget.training_call_seconds
        return _ModelFactory(self._session, binding, wanted, self._rng, seconds, self.doubts, self._kept)


class _ModelFactory:
    """Makes models of one role: ``team.kde`` before the call."""

    def __init__(
        self,
        session: Asks,
        binding: Binding,
        role: Role,
        rng: np.random.Generator,
        fit_seconds: float,
        doubts: Doubts,
        kept: KeptState,
    ) -> None:
        self._settings, self._shared = (session, binding, role, rng, fit_seconds), (doubts, kept)

    def __call__(self, **parameters: Any) -> ModelProxy:
        return ModelProxy(*self._settings, parameters, *self._shared)


class ModelProxy:
    """One model of the team; canonical methods appear as attributes."""

    def __init__(
        self,
        session: Asks,
        binding: Binding,
        role: Role,
        rng: np.random.Generator,
        fit_seconds: float,
        parameters: Mapping[str, Any],
        doubts: Doubts,
        kept: KeptState,
    ) -> None:
        unknown = set(parameters) - set(role.parameters)
        if unknown:
            raise TypeError(f"the role '{binding.role}' has no parameter {', '.join(sorted(unknown))}")
        self._role, self._binding, self._fit_seconds = role, binding, fit_seconds
        self._session, self._doubts, self._kept = session, doubts, kept
        self._state = State(parameters=dict(parameters))
        self._fitted_with: tuple[str, dict[str, Any]] | None = None
        self._caller = Caller(session, binding.plan, self._state, rng)
        for name in set(binding.plan.get("unset", ())) & set(parameters):
            self._state.remark(f"{binding.symbol} takes no value for '{name}'; its own is used.")
            doubts.unset(binding, name)

    @property
    def answers(self) -> str:
        """What the team's own method answers, before we took the logarithm."""
        return self._binding.answers

    @property
    def method_names(self) -> dict[str, str]:
        """Canonical name -> the team's name."""
        return dict(self._binding.methods)

    @property
    def effective(self) -> dict[str, Any]:
        """Parameters as the team's object took them where it gives them another meaning."""
        return dict(self._state.effective)

    @property
    def remarks(self) -> list[str]:
        """What had to be adapted in the answers, in sentences."""
        return list(self._state.remarks)

    @property
    def learned(self) -> dict[str, NDArray[np.float64]]:
        """Numbers and arrays that the fit returned or left in the team's object, by the names they go by."""
        return learned_arrays(self._session, self._state)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in self._role.methods:
            raise AttributeError(f"the role '{self._binding.role}' has no method '{name}'")

        def asked(*args: Any, **kwargs: Any) -> Any:
            return self._ask(name, args, kwargs)

        return asked

    def _ask(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        try:
            return self._asked(name, args, kwargs)
        except TeamFault as fault:
            self._doubts.fault(self._binding, name, fault)
            raise

    def _asked(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        method = self._role.methods[name]
        values = canonical_arguments(name, method, args, kwargs)
        if name not in _methods(self._binding.plan):
            raise Malformed(
                f"no method that answers '{name}' was found",
                where=self._binding.symbol,
                expected=self._role.expected,
            )
        if method.returns == "self":
            self._fitted_with = (name, values)
            self._fit(name, values)
            return self
        answer = self._answer(name, values)
        self._doubts.answered(self._binding, name)
        where = f"{self._binding.symbol}.{self._binding.methods.get(name, name)}"
        if method.returns == "vector":
            return self._vector(answer, len(_first_array(values)), where, bool(method.plain))
        if method.returns == "rows":
            return as_rows(answer, len(_first_array(values)), where, self._state)
        if method.returns == "points":
            count = next((int(v) for v in values.values() if np.ndim(v) == 0), None)
            return self._points(answer, count, where)
        return as_number(answer) if method.returns == "number" else answer

    def changes(self, name: str, points: NDArray[np.float64]) -> bool:
        """Whether the team's code, asked ``name`` about points (n, d), leaves other values in the caller's array."""
        self._caller.handed = []
        try:
            self._ask(name, (points,), {})
            return self._caller.changed()
        finally:
            self._caller.handed = None

    def _fit(self, name: str, values: dict[str, Any]) -> None:
        if not self._state.fitted_by:
            renew(self._session, self._binding.plan.get("defaults", ()))
        self._kept.before_fit(self._binding.plan, self._state)
        try:
            self._caller.fit(name, values, self._fit_seconds)
        except Restarted:
            self._state.object = None
            self._caller.fit(name, values, self._fit_seconds)
        self._kept.after_fit(self._binding.plan, self._state)

    def _answer(self, name: str, values: dict[str, Any]) -> Any:
        """Ask; where an earlier question cost the process its life, fit again in the new one and ask once more."""
        if self._fitted_with is not None and not self._kept.holds(self._binding.plan, self._state):
            self._fit_again(*self._fitted_with)
        try:
            return self._caller.ask(name, values)
        except Restarted:
            self._state.object = None
            if self._fitted_with is not None:
                self._fit(*self._fitted_with)
            return self._caller.ask(name, values)

    def _fit_again(self, name: str, values: dict[str, Any]) -> None:
        """The same fit once more, as another one has taken its place in the team's global variables."""
        self._session.seed(self._state.seed)  # type: ignore[attr-defined]
        self._caller.fit(name, values, self._fit_seconds)
        self._kept.after_fit(self._binding.plan, self._state)
        self._kept.refitted()

    def _vector(self, answer: Any, size: int, where: str, may_be_plain: bool) -> Vector:
        vector = as_vector(answer, size, where, self._state)
        if not (may_be_plain and self._binding.answers == "density"):
            return vector
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.log(vector)

    def _points(self, answer: Any, count: int | None, where: str) -> NDArray[np.float64]:
        train = self._state.train
        width = _first_array(train).shape[1] if train else self._role.dimension
        return as_points(answer, count, width, where, self._state)


class FunctionProxy:
    """A function of the team: called with canonical argument and parameter names, answers one number."""

    def __init__(
        self,
        session: Asks,
        binding: Binding,
        role: Role,
        rng: np.random.Generator,
        doubts: Doubts,
    ) -> None:
        self._session, self._binding, self._role, self._rng = session, binding, role, rng
        self._doubts = doubts
        self.effective: dict[str, Any] = {}
        self.remarks: list[str] = []

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        parameters = {name: kwargs.pop(name) for name in list(kwargs) if name in self._role.parameters}
        name, method = next(iter(self._role.methods.items()))
        choice = next((str(v) for k, v in parameters.items() if self._role.parameters[k].choices), "")
        try:
            answer = self._asked(parameters, name, method, args, kwargs)
        except TeamFault as fault:
            self._doubts.fault(self._binding, name, fault, choice)
            raise
        self._doubts.answered(self._binding, name, choice)
        return answer

    def _asked(
        self,
        parameters: dict[str, Any],
        name: str,
        method: Method,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> Any:
        values = canonical_arguments(name, method, args, kwargs)
        plan = self._plan_for(parameters)
        if name not in plan["calls"]:
            raise Malformed(
                f"`{self._binding.symbol}` was found, but no way to call it with {', '.join(method.arguments)}",
                where=self._binding.symbol,
                expected=self._role.expected,
                next_step="Take them as arguments of one function.",
            )
        state = State(parameters=parameters)
        answer = Caller(self._session, plan, state, self._rng).ask(name, values)
        self.effective, self.remarks = state.effective, state.remarks
        if method.returns != "number":
            return answer
        try:
            return as_number(answer)
        except Malformed as fault:
            where = call_name(plan["calls"][name])
            raise Malformed(fault.what, where=where, expected=fault.expected, got=fault.got) from None

    def _plan_for(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """The plan itself, or the one of the chosen value where the team wrote one function per choice."""
        plan = self._binding.plan
        if "choice" not in plan:
            return plan
        default = self._role.parameters[plan["choice"]].example
        chosen = str(parameters.get(plan["choice"], default))
        if chosen not in plan["plans"]:
            raise Malformed(
                f"no function for '{chosen}' was found",
                where=self._binding.symbol,
                expected=self._role.expected,
            )
        return dict(plan["plans"][chosen])


def canonical_arguments(
    name: str, method: Method, args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> dict[str, Any]:
    """Arguments of a canonical call under their names; raises ``TypeError`` when the caller (ours) is wrong."""
    expected = list(method.arguments)
    if len(args) > len(expected) or set(kwargs) - set(expected):
        raise TypeError(
            f"{name} takes {', '.join(expected) or 'nothing'}, got {len(args)} and {sorted(kwargs)}"
        )
    values = dict(zip(expected, args, strict=False)) | dict(kwargs)
    return {key: _plain_array(value) for key, value in values.items()}


def _plain_array(value: Any) -> Any:
    if isinstance(value, np.integer):
        return int(value)
    return np.ascontiguousarray(value) if isinstance(value, np.ndarray | list) else value


def _first_array(values: Mapping[str, Any]) -> NDArray[Any]:
    return next((value for value in values.values() if isinstance(value, np.ndarray)), np.empty((0, 0)))


def _methods(plan: Mapping[str, Any]) -> set[str]:
    plans = plan["plans"].values() if "choice" in plan else [plan]
    asked = {name for each in plans for name in each.get("calls", {})}
    return asked | set(plan.get("implied", ()))
