"""The value that goes into each argument of a call to a team's code, as the plan's slots say."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from grader.errors import Malformed
from grader.team.asks import Asks
from grader.team.callbacks import unheeding
from grader.team.state import Plan, State
from grader.team.wire import Handle, Name

__all__ = ["BUILTINS", "ArgumentValues", "gathered"]

BUILTINS = "__builtins__"


class ArgumentValues:
    """Forms what goes into the slots of one plan: data, hyperparameters, seeds, parts of what was fitted.

    ``build`` carries out the call that makes a choice, such as a kernel, where it has to be made first.
    """

    def __init__(
        self, session: Asks, state: State, rng: np.random.Generator, build: Callable[[Plan], Any]
    ) -> None:
        self._session, self._state, self._rng, self._build = session, state, rng, build

    def value(self, argument: Plan, values: Mapping[str, Any]) -> Any:
        """What goes into one slot, where ``values`` are those of the question.

        Raises:
            Malformed: where the team's code has nothing for the value, or the model was not fitted yet.
            KeyError: for a slot that no plan should have.
        """
        slot, _, rest = argument["slot"].partition(":")
        if slot == "argument":
            return self._formed(argument, values[rest])
        if slot == "train":
            return self._formed(argument, self._from_training(rest))
        if slot == "column":
            name, _, column = rest.partition(":")
            if isinstance(values[name], tuple):
                return values[name][int(column)]
            if np.ndim(values[name]) == 1:
                return float(values[name][int(column)])
            return np.ascontiguousarray(np.atleast_2d(values[name])[:, int(column)])
        if slot == "parameter":
            return self._parameter(argument, rest)
        if slot == "part":
            return self.piece(self._state.fitted, int(rest) if rest.isdigit() else rest)
        if slot == "parts":
            return [self.piece(self._state.fitted, position) for position in range(int(rest))]
        if slot == "together":
            return self._together(argument, values)
        return self._special(slot, argument)

    def _special(self, slot: str, argument: Plan) -> Any:
        if slot == "fitted":
            return self._state.fitted
        if slot == "object":
            return self._state.object
        if slot == "dimension":
            return (
                int(next(iter(self._state.train.values())).shape[1])
                if self._state.train
                else argument["value"]
            )
        if slot == "seed":
            return int(self._rng.integers(1, 2**31 - 1))
        if slot == "generator":
            return self._generator("RandomState" if argument.get("legacy") else "default_rng")
        if slot == "range":
            return self._range()
        if slot == "callback":
            return unheeding(self._session)
        if slot == "constant":
            return argument["value"]
        raise KeyError(slot)

    def _together(self, argument: Plan, values: Mapping[str, Any]) -> Any:
        """Several settings in the one dict, tuple or object that the team's function takes."""
        entries = {member["key"]: self.value(member, values) for member in argument["members"]}
        if argument["shape"] == "made":
            return self._session.call(Name(argument["maker"]), None, [], entries, keep=True)
        return entries if argument["shape"] == "dict" else tuple(entries[key] for key in sorted(entries))

    def _formed(self, argument: Plan, value: Any) -> Any:
        if argument.get("as") == "columns" and np.ndim(value) == 2:
            return np.ascontiguousarray(np.transpose(value))
        return [value] if argument.get("as") == "list" else value

    def _from_training(self, name: str) -> Any:
        if name not in self._state.train:
            raise Malformed("the model is questioned before it was fitted", next_step="Call fit first.")
        return self._state.train[name]

    def _parameter(self, argument: Plan, name: str) -> Any:
        value = self._state.parameters.get(name, argument.get("example"))
        if "derive" in argument:
            value = self._derived(argument["derive"], value)
            self._state.effective[argument["label"]] = value
        if "values" in argument:
            return self._chosen(argument["values"], value)
        return self._in_form(value, argument.get("as", ""), argument["name"])

    def _in_form(self, value: Any, form: str, name: str) -> Any:
        """The value as it is, in a list, once per axis, or as the covariance matrix of that width."""
        if form == "axes":
            return (value,) * self._width()
        if form == "matrix":
            self._state.remark(f"{name} was given as a matrix: the square of the value times the identity.")
            return np.eye(self._width()) * float(value) ** 2
        return [value] if form == "list" else value

    def _width(self) -> int:
        data = next(iter(self._state.train.values()), None)
        return 2 if data is None else int(np.shape(data)[1])

    def _derived(self, how: str, value: Any) -> float:
        """A hyperparameter in another meaning, see ``grader.team.plans.derivation``."""
        if how == "width":
            data = np.asarray(next(iter(self._state.train.values())))
            return float(np.ptp(data, axis=0).mean() / max(1, int(value)))
        if how == "square":
            return float(value) ** 2
        if how == "inverse_square":
            return float(value) ** -2
        return float(value)

    def _chosen(self, choices: Plan, value: Any) -> Any:
        """What the team's function takes for one of the choices: a text, one of its functions, or a built one."""
        choice = choices.get(str(value))
        if choice is None:
            raise Malformed(
                f"the team's code has no '{value}'", expected=" or ".join(choices), got="nothing alike"
            )
        if "text" in choice:
            return [choice["text"]] if choice.get("listed") else choice["text"]
        if "symbol" in choice:
            return [Name(choice["symbol"])] if choice.get("listed") else Name(choice["symbol"])
        if "partial" in choice:
            return self._partial(choice["partial"])
        return self._build(choice["build"])

    def _partial(self, part: Plan) -> Any:
        """One of the team's functions with one of its parameters held fixed."""
        functools = self.builtin("__import__", ["functools"])
        fixed = {a["name"]: self.value(a, {}) for a in part["arguments"]}
        return self._session.call(functools, "partial", [Name(part["symbol"])], fixed, keep=True)

    def piece(self, whole: Any, which: int | str) -> Any:
        """One entry of what a call returned, inside the team's process or here."""
        if isinstance(whole, Handle):
            return self._session.call(whole, "__getitem__", [which], {}, keep=True)
        return whole[which]

    def _range(self) -> list[tuple[float, float]]:
        data = np.asarray(next(iter(self._state.train.values())))
        low, high = data.min(axis=0), data.max(axis=0)
        slack = 1e-9 * (high - low)
        limits = [(float(a), float(b)) for a, b in zip(low - slack, high + slack, strict=True)]
        self._state.effective["range"] = limits
        return limits

    def _generator(self, kind: str) -> Any:
        numpy = self.builtin("__import__", ["numpy"])
        seed = int(self._rng.integers(1, 2**31 - 1))
        return self._session.call(numpy, f"random.{kind}", [seed], {}, keep=True)

    def builtin(self, name: str, args: list[Any]) -> Any:
        """What one of Python's own functions gives inside the team's process, kept there."""
        return self._session.call(Name(BUILTINS), name, args, {}, keep=True)


def gathered(arguments: Sequence[Plan]) -> list[Plan]:
    """The arguments of a call, those that go into one compound argument put together at the place of the first."""
    found: list[Plan] = []
    for argument in arguments:
        whole = next((one for one in found if one["name"] == argument.get("within")), None)
        if "within" not in argument:
            found.append(argument)
        elif whole is None or whole["slot"] != "together":
            shared: Plan = {key: argument[key] for key in ("shape", "pass", "maker") if key in argument}
            shared["members"] = [argument]
            found.append({"name": argument["within"], "slot": "together", **shared})
        else:
            whole["members"].append(argument)
    return found
