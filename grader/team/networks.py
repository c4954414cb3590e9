"""Networks of a hand-in and the procedures that work on them, under the rubric's names.

A role of kind ``network`` is a class (or a factory) of torch modules: it is built by parameter name, asked, copied
out as plain arrays and set back. A role of kind ``procedure`` is a function, a method of the network or a small
class that takes a network, data and settings by name, in whatever form it wants its data. Nothing here needs torch:
what comes out are arrays, and how they came about is judged elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.errors import Malformed, TeamFault
from grader.records import Binding
from grader.rubric import Role
from grader.team.adapters import Caller
from grader.team.answers import kind_of
from grader.team.asks import Asks
from grader.team.state import Plan, State
from grader.team.wire import Handle, Hint, Name

Array = NDArray[Any]
KINDS = ("network", "procedure")
FORMS = ("tensor", "array", "pairs", "batches")
"""How data may be handed over: a tensor, an array, a loader of one-entry batches, a loader of tensors."""
CALL = "call"
_BUILTINS = "__builtins__"


class NetworkFactory:
    """Makes networks of one role: ``team.<role>`` before the call."""

    def __init__(self, session: Asks, binding: Binding, role: Role, rng: np.random.Generator) -> None:
        self._settings = (session, binding, role, rng)

    def __call__(self, **parameters: Any) -> NetworkProxy:
        """Build a network; raises what the team's constructor raises, ``Malformed`` if it is no torch module."""
        session, binding, role, rng = self._settings
        unknown = set(parameters) - set(role.parameters)
        if unknown:
            raise TypeError(f"the role '{binding.role}' has no parameter {', '.join(sorted(unknown))}")
        state = State(parameters=dict(parameters))
        Caller(session, binding.plan, state, rng).construct()
        if not isinstance(state.object, Handle):
            raise Malformed("building it gave no object", where=binding.symbol, expected=role.expected)
        return NetworkProxy(session, binding, state.object, parameters)


class NetworkProxy:
    """One network of the team, living in its own process."""

    def __init__(
        self, session: Asks, binding: Binding, handle: Handle, parameters: Mapping[str, Any]
    ) -> None:
        self._session, self._binding, self.handle = session, binding, handle
        self.parameters = dict(parameters)
        """What it was built with, under canonical names."""

    @property
    def method_names(self) -> dict[str, str]:
        """Canonical method -> the team's method or part."""
        return dict(self._binding.methods)

    def has(self, method: str) -> bool:
        """Whether the network offers the canonical method, such as ``encode``."""
        return method in self._binding.plan.get("calls", {})

    def state(self) -> dict[str, Array]:
        """All weights in order of their registration: name -> array, shape as in torch ((out, in) for linear)."""
        answer = self._session.call(self.handle, "state_dict")
        if not isinstance(answer, dict):
            raise Malformed("state_dict gives no weights", where=self._binding.symbol, got=kind_of(answer))
        return {str(name): np.asarray(value) for name, value in answer.items()}

    def restore(self, state: Mapping[str, Array]) -> None:
        """Set all weights to what :meth:`state` gave."""
        tensors = {name: Hint(np.ascontiguousarray(v), "torch", str(v.dtype)) for name, v in state.items()}
        self._session.call(self.handle, "load_state_dict", [tensors], keep=True)

    def structure(self) -> str:
        """The printed structure, as torch shows it."""
        return str(self._session.call(self.handle, "__repr__"))

    def forward(self, points: Array) -> list[Array]:
        """Everything that a call of the network gives for points (n, d), in evaluation mode, as arrays in order."""
        answer = self._session.call(self.handle, None, [Hint(points, "torch")], evaluate=True)
        return arrays_of(answer, f"{self._binding.symbol}.forward")

    def ask(self, method: str, points: Array) -> Array:
        """The first array that a canonical method, such as ``encode``, gives for points (n, d)."""
        attribute = self._binding.plan["calls"][method]["attribute"]
        answer = self._session.call(self.handle, attribute, [Hint(points, "torch")], evaluate=True)
        return arrays_of(answer, f"{self._binding.symbol}.{attribute}")[0]

    def as_other(self, handle: Handle) -> NetworkProxy:
        """Another object of the same kind, such as a procedure returned it."""
        return NetworkProxy(self._session, self._binding, handle, self.parameters)


def arrays_of(answer: Any, where: str) -> list[Array]:
    """The float arrays in an answer, tuples and dictionaries taken apart; ``Malformed`` if there is none."""
    entries = (
        answer.values()
        if isinstance(answer, dict)
        else answer
        if isinstance(answer, list | tuple)
        else [answer]
    )
    found = [np.asarray(e, dtype=np.float64) for e in entries if isinstance(e, np.ndarray)]
    if not found:
        raise Malformed(
            "the answer is no array of numbers", where=where, expected="a tensor", got=kind_of(answer)
        )
    return found


class ProcedureProxy:
    """A procedure of the team: called with canonical names, answers plain data or the trained network."""

    def __init__(
        self,
        session: Asks,
        binding: Binding,
        role: Role,
        rng: np.random.Generator,
        seconds: float,
        form: str = "",
    ) -> None:
        self._session, self._binding, self._role, self._rng = session, binding, role, rng
        self._seconds, self._form = seconds, form or str(binding.plan.get("form", FORMS[0]))
        self.network: NetworkProxy | None = None

    @property
    def makes_its_network(self) -> bool:
        """Whether it builds the network itself instead of taking one."""
        return bool(self._binding.plan.get("makes"))

    def takes(self, parameter: str) -> bool:
        """Whether the team's signature has a place for the canonical argument or parameter."""
        return any(a["slot"].partition(":")[2] == parameter for a in self._all_arguments())

    def name_of(self, parameter: str) -> str:
        """The team's own name of a parameter; empty if it has none."""
        found = (a["name"] for a in self._all_arguments() if a["slot"].partition(":")[2] == parameter)
        return next(found, "")

    @property
    def works_on(self) -> str:
        """The network role with which it worked when it was tried out; empty if it takes no network."""
        return str(self._binding.plan.get("network", ""))

    def as_used(self, run: Callable[[], object]) -> dict[str, Any] | None:
        """The arguments, beside the canonical ones, with which the team's own code calls the function during ``run``.

        The last call counts, by the team's names of the parameters; None if it is not called, or is no plain function.
        The function is replaced by one that notes its arguments and is put back afterwards.
        """
        target = self._binding.plan["calls"][CALL]["target"]
        if not isinstance(target, dict) or "#" in target["name"]:
            return None
        place, _, name = target["name"].rpartition(".")
        home = Name(place) if place else self._module("__main__")
        count = int(self._session.get(Name(target["name"]), "__code__.co_argcount"))
        names = [str(n) for n in self._session.get(Name(target["name"]), "__code__.co_varnames")][:count]
        function = self._session.get(home, name)
        mock = self._session.call(
            self._module("unittest.mock"), "mock.Mock", [], {"wraps": function}, keep=True
        )
        builtins = Name(_BUILTINS)
        self._session.call(builtins, "setattr", [home, name, mock])
        try:
            run()
        finally:
            self._session.call(builtins, "setattr", [home, name, function])
        if not self._session.get(mock, "called"):
            return None
        given = dict(zip(names, self._listed(self._session.get(mock, "call_args.args")), strict=False))
        given |= dict(self._session.get(mock, "call_args.kwargs"))
        own = {a["name"] for a in self._all_arguments() if a["slot"].startswith("argument:")}
        return {key: value for key, value in given.items() if key not in own}

    def _listed(self, answer: Any) -> list[Any]:
        return list(answer) if isinstance(answer, list | tuple | np.ndarray) else []

    def source(self) -> str:
        """The text of the function or method that is called, as the process knows it; empty if it cannot be had."""
        target, inspect = self._binding.symbol.replace("#", "."), self._module("inspect")
        try:
            return str(self._session.call(inspect, "getsource", [Name(target)]))
        except TeamFault:
            return ""

    def _all_arguments(self) -> list[Plan]:
        plan = self._binding.plan
        return [*(plan.get("construct") or {}).get("arguments", ()), *plan["calls"][CALL]["arguments"]]

    def __call__(
        self,
        *,
        seed: int | None = None,
        seconds: float | None = None,
        also: Mapping[str, Any] | None = None,
        **values: Any,
    ) -> Any:
        """Call it; canonical names only. ``seed`` seeds torch, NumPy and random first.

        ``also`` are further arguments under the team's own names, see :meth:`as_used`.

        Gives the answer as data. What happened to a network that was passed is read from the network; the
        network that it built, or gave back, stands in :attr:`network`.
        """
        if seed is not None:
            self._session.ask("seed", seed=seed)  # type: ignore[attr-defined]
        plan = self._binding.plan
        given = next((v for v in values.values() if isinstance(v, NetworkProxy)), None)
        if given is not None and plan.get("makes"):
            values = {**{f"of {n}": v for n, v in given.parameters.items()}, **values}
        made = self._made(plan.get("construct"), values, seconds)
        answer = self._send(plan["calls"][CALL], values, given, made, seconds, also or {})
        if self._role.methods[CALL].returns == "number":
            return answer
        self.network = self._network_in(answer, given)
        return answer

    def _made(self, call: Plan | None, values: Mapping[str, Any], seconds: float | None) -> Handle | None:
        if call is None:
            return None
        made = self._send({**call, "keep": True}, values, None, None, seconds)
        return made if isinstance(made, Handle) else None

    def _send(
        self,
        call: Plan,
        values: Mapping[str, Any],
        given: NetworkProxy | None,
        made: Handle | None,
        seconds: float | None,
        also: Mapping[str, Any] = MappingProxyType({}),
    ) -> Any:
        target: Any = made if call["target"] == "made" else call["target"]
        if target == "network":
            target = given.handle if given else None
        elif isinstance(target, dict):
            target = Name(target["name"])
        if target is None:
            raise Malformed("there is no object to call it on", where=self._binding.symbol)
        args, kwargs = self._arguments([a for a in call["arguments"] if a["name"] not in also], values)
        kwargs |= also
        numbers = self._role.methods[CALL].returns == "number"
        return self._session.call(
            target, call.get("attribute"), args, kwargs, keep=not numbers or bool(call.get("keep")),
            evaluate=False, seconds=self._seconds if seconds is None else seconds,
        )  # fmt: skip

    def _arguments(
        self, arguments: Sequence[Plan], values: Mapping[str, Any]
    ) -> tuple[list[Any], dict[str, Any]]:
        args: list[Any] = []
        kwargs: dict[str, Any] = {}
        for argument in arguments:
            name = argument["slot"].partition(":")[2]
            if name not in values and argument.get("optional"):
                continue
            value = self._formed(values.get(name, argument.get("example", argument.get("value"))), values)
            if argument["pass"] == "position":
                args.append(value)
            else:
                kwargs[argument["name"]] = value
        return args, kwargs

    def _formed(self, value: Any, values: Mapping[str, Any]) -> Any:
        if isinstance(value, NetworkProxy):
            return value.handle
        if isinstance(value, str) and value.startswith("@torch."):
            return self._session.call(self._module("torch"), value.removeprefix("@torch."), [], {}, keep=True)
        if not isinstance(value, np.ndarray):
            return list(value) if isinstance(value, tuple) else value
        if self._form == "array":
            return value
        return Hint(value, "torch") if self._form == "tensor" else self._loader(value, values)

    def _loader(self, data: Array, values: Mapping[str, Any]) -> Handle:
        """A torch loader over the rows of data, all of them in one batch."""
        torch = self._module("torch.utils.data")
        source: Any = Hint(data, "torch")
        if self._form == "pairs":
            source = self._session.call(torch, "utils.data.TensorDataset", [source, source], {}, keep=True)
        size = {"batch_size": int(values.get("batch_size", len(data)))}
        loader = self._session.call(torch, "utils.data.DataLoader", [source], size, keep=True)
        if not isinstance(loader, Handle):
            raise Malformed("a data loader could not be made")
        return loader

    def _module(self, name: str) -> Any:
        return self._session.call(Name(_BUILTINS), "__import__", [name], {}, keep=True)

    def _network_in(self, answer: Any, given: NetworkProxy | None) -> NetworkProxy | None:
        """The network that came back, alone or in a tuple; else the one that was passed."""
        if given is None or not isinstance(answer, Handle):
            return given
        for handle in [answer, *self._entries(answer)]:
            if handle.id != given.handle.id and self._is_network(handle):
                return given.as_other(handle)
        return given

    def _entries(self, answer: Handle) -> list[Handle]:
        if answer.type not in ("tuple", "list", "dict"):
            return []
        listed = self._session.call(Name(_BUILTINS), "list", [answer], {}) if answer.type == "dict" else None
        size = int(self._session.call(answer, "__len__", [], {}))
        keys = listed if isinstance(listed, list | tuple) else range(size)
        found = [self._session.call(answer, "__getitem__", [key], {}, keep=True) for key in list(keys)[:6]]
        return [entry for entry in found if isinstance(entry, Handle)]

    def _is_network(self, handle: Handle) -> bool:
        try:
            return isinstance(self._session.get(handle, "state_dict"), Handle)
        except TeamFault:
            return False


def open_role(
    kind: str, session: Asks, binding: Binding, role: Role, rng: np.random.Generator, seconds: float
) -> NetworkFactory | ProcedureProxy:
    """What ``team.<role>`` is for the two kinds of this module."""
    if kind == "network":
        return NetworkFactory(session, binding, role, rng)
    return ProcedureProxy(session, binding, role, rng, seconds)
