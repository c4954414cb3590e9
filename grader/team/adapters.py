"""Carries out a plan: turns a question under canonical names into the call that the team's code understands.

A plan is plain data. ``{"construct": call | None, "calls": {canonical method: call}}``, perhaps with ``attributes``
to be set on a new object, where a call is
``{"target": "object" | "fitted" | {"name": ...} | {"part": ...}, "attribute": ..., "arguments": [argument, ...]}`` plus how to
read the answer (``take``) and how to ask (``each``, ``grid``, ``repeat``, ``steps``, ``arrays`` as ``tensors``, ``lists`` or ``pairs``). An argument
is ``{"slot": ..., "name": ..., "pass": "keyword" | "position" | "star"}``; its slot says which value goes there:
``argument:P``, ``train:X``, ``column:P:0``, ``parameter:bandwidth``, ``fitted``, ``part:0``, ``dimension``, ``seed``,
``generator``, ``range``, ``callback`` or ``constant``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.errors import Malformed, Raised, TeamFault
from grader.team.answers import as_number, as_row, kind_of
from grader.team.argument_values import BUILTINS, ArgumentValues, gathered
from grader.team.asks import Asks
from grader.team.grids import axes, blocks, picked
from grader.team.rows import by_place
from grader.team.state import Plan, State
from grader.team.wire import Handle, Hint, Name

__all__ = ["STEPS", "Caller", "call_name", "other_forms"]

STEPS = 100
"""How often single steps are repeated where a team's class has no method that fits."""
LOOP_CAP = 100_000
_TENSOR_WORDS = ("tensor", "numpy", "torch", "dtype")
_LIST_WORDS = ("sequence", "list", "ambiguous", "truth value", "ndarray")


_NUMBERS = re.compile(r"(?:np\.\w+\()?[-+]?\d+(?:\.\d*)?(?:e[-+]?\d+)?\)?")


class Caller:
    """Executes the calls of one plan against one session."""

    def __init__(self, session: Asks, plan: Plan, state: State, rng: np.random.Generator) -> None:
        self._session, self._plan, self.state = session, plan, state
        self._values = ArgumentValues(session, state, rng, lambda call: self._execute(call, {}, keep=True))
        self.handed: list[tuple[Handle, NDArray[Any]]] | None = None
        """Where this is a list, arrays are made inside before they are handed over; it then holds both."""

    # ---- the three questions ------------------------------------------------------------------------

    def construct(self, values: Mapping[str, Any] | None = None, seconds: float | None = None) -> None:
        """Make the team's object, if the plan has one; raises what the team's constructor raises."""
        call = self._plan.get("construct")
        if call is not None:
            self.state.object = self._execute(call, values or {}, keep=True, seconds=seconds)
            for entry in self._plan.get("attributes", ()):
                value = self._values.value(entry, values or {})
                setter = str(entry.get("setter", ""))
                arguments = [value] if setter else [entry["name"], value]
                self._session.call(self.state.object, setter or "__setattr__", arguments, {}, keep=True)

    def fit(self, method: str, values: dict[str, Any], seconds: float | None = None) -> None:
        """Remember the training data and let the team's code learn from it."""
        self.state.train, self.state.fitted_by = values, method
        made_of_data = any(a["slot"].startswith(("train:", "range")) for a in self._construction())
        if self.state.object is None or made_of_data:
            self.construct()
        self._set_globals()
        call = self._plan["calls"].get(method)
        if call is None:
            self.state.fitted = self.state.object
            return
        try:
            self._learn(call, values, seconds)
        except Raised as error:
            if not self._wants_generator(error):
                raise
            self.construct()
            self._learn(call, values, seconds)

    def _learn(self, call: Plan, values: dict[str, Any], seconds: float | None) -> None:
        steps = call.get("steps")
        for _ in range(STEPS if steps else 1):
            for attribute in steps or [call.get("attribute")]:
                step = {**call, "attribute": attribute}
                self.state.fitted = self._execute(step, values, keep=True, seconds=seconds)
        if call.get("take") is not None:
            self.state.fitted = self._values.piece(self.state.fitted, call["take"])

    def ask(self, method: str, values: dict[str, Any], seconds: float | None = None) -> Any:
        """Answer of the team's code to one question, as it came."""
        if self._plan.get("construct") and (self.state.object is None or self._plan.get("anew")):
            self.construct(values, seconds)
        try:
            return self._asked(method, values, seconds)
        except Raised as error:
            if self._wants_generator(error):
                self._start_again()
                return self._asked(method, values, seconds)
            forms = other_forms(error)
            if "tensors" in forms and self._fit_again_with("tensors"):
                return self._asked(method, values, seconds)
            if "pairs" in forms and self._fit_again_with("pairs"):
                with suppress(TeamFault):
                    return self._asked(method, values, seconds)
                self._fit_as_before()  # something else was not to be unpacked
            raise

    def _wants_generator(self, error: Raised) -> bool:
        """Whether code takes a seed of ours for a generator, or wants an older one; from then on it gets that."""
        calls = [self._plan.get("construct"), *self._plan["calls"].values()]
        arguments = [a for call in calls for a in (call or {}).get("arguments", ())]
        seeds = [a for a in arguments if a["slot"] == "seed"]
        newer = [a for a in arguments if a["slot"] == "generator" and not a.get("legacy")]
        if seeds and "'int' object has no attribute" in error.what:
            for argument in seeds:
                argument["slot"] = "generator"
            return True
        if newer and "Generator' object has no attribute" in error.what:
            for argument in newer:
                argument["legacy"] = True
            return True
        return False

    def _start_again(self) -> None:
        """Make the object anew, and fit it again where it was fitted."""
        if self.state.train:
            self.state.object = None
            self.fit(self.state.fitted_by, self.state.train)
        elif self.state.object is not None:
            self.construct()

    def changed(self) -> bool:
        """Whether values of an array in ``handed`` are others than before; their order does not count."""
        for handle, before in self.handed or ():
            after = np.asarray(self._session.get(handle), dtype=np.float64)
            if after.shape != before.shape or not np.array_equal(
                np.sort(after, axis=0), np.sort(before, axis=0), equal_nan=True
            ):
                return True
        return False

    def _fit_again_with(self, form: str) -> bool:
        """Learn once more from tensors or pairs, where arrays were stored at first and only later found wanting."""
        fits = {name: call for name, call in self._plan["calls"].items() if name == self.state.fitted_by}
        call = next(iter(fits.values()), None)
        if call is None or call.get("arrays") or not self.state.train:
            return False
        if form == "tensors" and not self._has_torch():
            return False
        call["arrays"] = form
        try:
            self.fit(self.state.fitted_by, self.state.train)
        except TeamFault:
            self._fit_as_before()
            return False
        return True

    def _fit_as_before(self) -> None:
        """Go back to arrays where another form did not help."""
        del self._plan["calls"][self.state.fitted_by]["arrays"]
        with suppress(TeamFault):
            self.fit(self.state.fitted_by, self.state.train)

    def _asked(self, method: str, values: dict[str, Any], seconds: float | None) -> Any:
        self._set_globals()
        call = self._plan["calls"][method]
        if call.get("before"):
            self._execute(call["before"], values, keep=True, seconds=seconds)
        if call.get("grid"):
            return self._on_grids(call, values, seconds)
        if call.get("each"):
            return self._each(call, values, seconds)
        if call.get("repeat"):
            return self._repeated(call, values, seconds)
        return self._taken(call, self._execute(call, values, seconds=seconds))

    def _set_globals(self) -> None:
        """Give hyperparameters that the team's code reads from global variables."""
        for entry in self._plan.get("globals", ()):
            space = self._session.get(Name(entry["holder"]), entry["path"], keep=True)
            self._session.call(space, "__setitem__", [entry["name"], self._values.value(entry, {})], {})

    def _taken(self, call: Plan, answer: Any) -> Any:
        """The wanted entry of a returned tuple, list or dict."""
        take = call.get("take")
        if call.get("last"):
            return np.asarray(answer, dtype=np.float64)[:, -1]
        if take is None:
            return answer
        if isinstance(answer, dict) and take not in answer:
            take = next(iter(answer)) if len(answer) == 1 else _same_but_numbers(take, answer)
        try:
            return answer[take]
        except (LookupError, TypeError) as error:
            raise Malformed(
                "the answer has no such entry",
                where=call_name(call),
                expected=f"entry {call['take']!r}",
                got=kind_of(answer),
            ) from error

    def _construction(self) -> list[Plan]:
        return list((self._plan.get("construct") or {}).get("arguments", ()))

    # ---- one call -----------------------------------------------------------------------------------

    def _execute(
        self, call: Plan, values: Mapping[str, Any], *, keep: bool = False, seconds: float | None = None
    ) -> Any:
        target = self._target(call)
        form = str(call.get("arrays", ""))
        try:
            return self._send(call, target, values, form, keep, seconds)
        except Raised as error:
            for other in () if form else other_forms(error):
                if other == "tensors" and not self._has_torch():
                    continue
                try:
                    answer = self._send(call, target, values, other, keep, seconds)
                except TeamFault:
                    continue
                call["arrays"] = other
                return answer
            raise

    def _has_torch(self) -> bool:
        """Whether the hand-in has torch loaded; nothing else could want tensors."""
        modules = self._session.get(self._values.builtin("__import__", ["sys"]), "modules", keep=True)
        return bool(self._session.call(modules, "__contains__", ["torch"]))

    def _send(
        self, call: Plan, target: Any, values: Mapping[str, Any], form: str, keep: bool, seconds: float | None
    ) -> Any:
        args: list[Any] = []
        kwargs: dict[str, Any] = {}
        for argument in gathered(call.get("arguments", ())):
            value = self._values.value(argument, values)
            if form and isinstance(value, np.ndarray) and value.dtype.kind == "f":
                value = in_form(value, form)
            elif isinstance(value, np.ndarray) and self.handed is not None:
                numpy = self._values.builtin("__import__", ["numpy"])
                self.handed.append((self._session.call(numpy, "array", [value], keep=True), value))
                value = self.handed[-1][0]
            if argument["pass"] == "star":
                args.extend(value)
            elif argument["pass"] == "position":
                args.append(value)
            else:
                kwargs[argument["name"]] = value
        return self._session.call(target, call.get("attribute"), args, kwargs, keep=keep, seconds=seconds)

    # ---- values -------------------------------------------------------------------------------------

    def _target(self, call: Plan) -> Any:
        target = call["target"]
        if target == "object":
            if self.state.object is None:
                self.construct()
            return self.state.object
        if target == "fitted":
            return self.state.fitted
        if "part" in target:
            return self._values.piece(self.state.fitted, target["part"])
        if "instance" in target:
            return self._session.get(Name(target["instance"]), "__class__")
        return Name(target["name"])

    # ---- functions for grids, for one point or one draw -----------------------------------------------

    def _each(self, call: Plan, values: Mapping[str, Any], seconds: float | None) -> Any:
        """Ask a function that takes one point for every row; where only the point varies, in a single question."""
        points = next(np.asarray(v) for v in values.values() if isinstance(v, np.ndarray))
        slots = [argument["slot"] for argument in call["arguments"]]
        if len(slots) == 1 and slots[0].startswith("argument:"):
            return self._mapped(call, [points], seconds)
        if all(slot.startswith("column:") for slot in slots):
            return self._mapped(call, [points[:, int(slot.rpartition(":")[2])] for slot in slots], seconds)
        name = next(key for key, v in values.items() if isinstance(v, np.ndarray))
        rows = [self._execute(call, {**values, name: row}, seconds=seconds) for row in points]
        return self._put_together(call, rows)

    def _on_grids(self, call: Plan, values: Mapping[str, Any], seconds: float | None) -> Any:
        """Ask a function that takes the coordinates of a grid and answers for all of its points."""
        name, points = next((key, v) for key, v in values.items() if isinstance(v, np.ndarray))
        answer = np.empty(len(points))
        for block in blocks(points):
            asked = {**values, name: axes(points[block])}
            found = self._taken(call, self._execute(call, asked, seconds=seconds))
            answer[block] = picked(found, points[block], call_name(call))
        return answer

    def _put_together(self, call: Plan, answers: Sequence[Any]) -> Any:
        """The answers for single points as one array, or as several where each point has a row in each."""
        taken = [self._taken(call, answer) for answer in answers]
        return by_place(taken) if call["each"] == "rows" else np.array([as_number(one) for one in taken])

    def _mapped(self, call: Plan, given: Sequence[NDArray[Any]], seconds: float | None) -> Any:
        """One question for all: of the rows of an array, or of the coordinates where these are arguments of their own."""
        target = self._target(call)
        function = self._session.get(target, call["attribute"]) if call.get("attribute") else target
        lazily = self._session.call(Name(BUILTINS), "map", [function, *given], {}, keep=True)
        answer = self._session.call(Name(BUILTINS), "list", [lazily], {}, seconds=seconds)
        return self._put_together(call, answer)

    def _repeated(self, call: Plan, values: Mapping[str, Any], seconds: float | None) -> Any:
        """Draw one after the other from a sampler that gives a single point."""
        count = next(int(v) for v in values.values() if isinstance(v, int | np.integer))
        if count > LOOP_CAP:
            raise Malformed("the sampler gives one point at a time", expected=f"at most {LOOP_CAP} points")
        where = call_name(call)
        rows = [
            as_row(self._taken(call, self._execute(call, values, seconds=seconds)), where)
            for _ in range(count)
        ]
        if len({row.shape for row in rows}) > 1:
            raise Malformed("the points that were drawn have different numbers of coordinates", where=where)
        return np.array(rows) if rows else np.empty((0, 0))


def other_forms(error: Raised) -> list[str]:
    """``tensors``, ``lists`` and ``pairs``, as far as an exception looks as if such were expected where arrays came."""
    text = error.what.lower()
    forms = []
    spoken = error.kind in ("TypeError", "AttributeError", "RuntimeError")
    if (spoken and any(w in text for w in _TENSOR_WORDS)) or (
        error.kind == "ValueError" and "tensor" in text
    ):
        forms.append("tensors")
    if error.kind in ("TypeError", "AttributeError", "ValueError") and any(w in text for w in _LIST_WORDS):
        forms.append("lists")
    if error.kind == "ValueError" and "unpack" in text and "expected 2" in text:
        forms.append("pairs")
    return forms


def in_form(array: NDArray[Any], form: str) -> Any:
    """An array as the team's code wants it; ``pairs`` are points with labels, as ``make_moons`` gives them."""
    if form == "tensors":
        return Hint(array, "torch")
    if form == "pairs":
        return (array, np.zeros(len(array), dtype=np.int64)) if array.ndim == 2 else array
    return array.tolist()


def call_name(call: Plan) -> str:
    """The team's name of what a call asks: a method or a function."""
    if call.get("steps"):
        return "/".join(call["steps"])
    target = call["target"]
    named = target.get("name") or target.get("label") if isinstance(target, dict) else target
    return str(call.get("attribute") or named)


def _same_but_numbers(key: Any, answer: dict[Any, Any]) -> Any:
    """The one key that differs from ``key`` in numbers only, such as a hyperparameter's value; else ``key``."""
    wanted = _NUMBERS.sub("", str(key))
    alike = [one for one in answer if _NUMBERS.sub("", str(one)) == wanted]
    return alike[0] if len(alike) == 1 else key
