"""Functions that keep what they learned in global variables: one fit at a time, while we hold several models.

Where a fit gives back nothing that the other functions take, its result stands in globals, and the next fit
overwrites it. After every such fit the globals that it writes are noted; before an older model is asked, they are put
back. What cannot be noted (the process is gone, a value cannot be copied) is fitted again, from the same data and the
same seed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from grader.errors import TeamFault
from grader.team.state import Plan, State
from grader.team.symbols import Symbol
from grader.team.wire import Handle, Name

_UNCOPIED = frozenset(["function", "module", "type", "ABCMeta"])
"""What a deep copy does not copy: attributes that a fit puts there cannot be noted."""
_TAKEN = ("fitted", "part:", "parts:", "object", "train:")


def keeps_in_globals(plan: Plan, fitting: str, fitter: Symbol) -> Plan | None:
    """Where the fit's result goes if no other call of a plan takes it: the fitter and the globals that it writes."""
    others = [call for name, call in plan["calls"].items() if name != fitting]
    if not others or fitting not in plan["calls"] or any(takes_fit(call) for call in others):
        return None
    return {"holder": fitter.name, "names": sorted(fitter.written)}


def takes_fit(call: Plan) -> bool:
    """Whether a call gets the training data, or what a fit gave back."""
    target = call["target"]
    if target in ("fitted", "object") or (isinstance(target, dict) and "part" in target):
        return True
    return any(argument["slot"].startswith(_TAKEN) for argument in call["arguments"])


class KeptState:
    """Whose fit the global variables of one hand-in hold at present."""

    def __init__(self, session: Any, rng: np.random.Generator) -> None:
        self._session, self._rng = session, rng
        self._holds: dict[str, State] = {}

    def before_fit(self, plan: Plan, state: State) -> None:
        """Make the coming fit one that can be done again."""
        if "keeps" in plan:
            state.seed = int(self._rng.integers(1, 2**31 - 1))
            self._session.seed(state.seed)

    def after_fit(self, plan: Plan, state: State) -> None:
        """Note what the fit left in the globals."""
        if "keeps" in plan:
            state.generation = self._session.generation
            state.kept = self._copies(plan["keeps"])
            self._hold(plan["keeps"], state)

    def holds(self, plan: Plan, state: State) -> bool:
        """Whether the globals are those of this model; put back if they can be, otherwise it must be fitted again."""
        if "keeps" not in plan or not state.fitted_by:
            return True
        keeps = plan["keeps"]
        here = state.generation == self._session.generation
        if here and all(self._holds.get(name) is state for name in _keys(keeps)):
            return True
        if not here or not state.kept:
            return False
        try:
            space = self._space(keeps)
            for name, value in state.kept.items():
                self._session.call(space, "__setitem__", [name, value], {})
        except TeamFault:
            return False
        self._hold(keeps, state)
        return True

    def refitted(self) -> None:
        """Go on with fresh random numbers after a fit that was done again."""
        self._session.seed(int(self._rng.integers(1, 2**31 - 1)))

    def _hold(self, keeps: Plan, state: State) -> None:
        self._holds.update(dict.fromkeys(_keys(keeps), state))

    def _space(self, keeps: Plan) -> Handle:
        space = self._session.get(Name(keeps["holder"]), "__globals__", keep=True)
        assert isinstance(space, Handle)
        return space

    def _copies(self, keeps: Plan) -> dict[str, Any]:
        """A deep copy of each global that the fit writes; of none that cannot be had."""
        copies: dict[str, Any] = {}
        try:
            space = self._space(keeps)
            copier = self._session.call(Name("__builtins__"), "__import__", ["copy"], {}, keep=True)
            for name in keeps["names"]:
                value = self._session.call(space, "__getitem__", [name], {}, keep=True)
                if isinstance(value, Handle) and value.type in _UNCOPIED:
                    return {}
                copies[name] = self._session.call(copier, "deepcopy", [value], {}, keep=True)
        except (TeamFault, AssertionError):
            return {}
        return copies


def _keys(keeps: Plan) -> Sequence[str]:
    return keeps["names"] or [f"{keeps['holder']}()"]
