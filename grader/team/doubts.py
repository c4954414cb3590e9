"""What must not cost points: code that is there, but that we do not know how to call.

A crash says something about the team's code only where we know that it was called as it wants to be called. A
class with the methods that are asked for is called as the sheet says. For loose functions the way of calling is our
guess, and it is confirmed by a trial in which they answer. Without such a trial a person decides.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from grader.errors import Raised, TeamFault
from grader.records import Binding
from grader.rubric import Role
from grader.team.probing import Trial

NOTHING_FOUND = "nothing was found that answers it"
UNHEARD = "unheard "
"""Before a method's name: why its answers have nothing to do with our training data."""
_OF_FORM = frozenset(["TypeError", "AttributeError", "KeyError"])
"""Exceptions of code that gets something else than it expects."""
_OF_ARRAYS = frozenset(["", "TypeError", "ValueError", "LinAlgError", "Malformed"])
"""Exceptions of code that gets arrays of another shape than it expects; none where the answer has a wrong shape."""


@dataclass
class Doubts:
    """What was asked without a confirmed way of calling, since the last time somebody looked."""

    raised: dict[str, str] = field(default_factory=dict)
    """Role -> why its faults are not known to be the team's."""

    def clear(self) -> None:
        """Forget what was asked so far."""
        self.raised.clear()

    def absent(self, binding: Binding, method: str) -> None:
        """Somebody asked whether a role (or its method) is there, and it is not found."""
        told = binding.doubts.get(method) or binding.doubts.get("")
        if told:
            self.raised.setdefault(binding.role, told)

    def fault(self, binding: Binding, method: str, fault: TeamFault, choice: str = "") -> None:
        """A question ended in a fault: note it where that may be our way of asking."""
        told = binding.doubts.get(f"{method}:{choice}") or binding.doubts.get(method)
        plain = isinstance(fault, Raised) and fault.of_plain_value
        if not told and (plain or (loose(binding) and not binding.plan.get("as_asked") and of_form(fault))):
            told = not_called(binding.symbol, fault.sentence())
        if told:
            self.raised.setdefault(binding.role, told)

    def unset(self, binding: Binding, parameter: str) -> None:
        """A model was asked for with a hyperparameter that nothing of it takes: what it answers is about another."""
        told = f"We do not know how `{binding.symbol}` takes its {parameter}: a value of its own is used."
        self.raised.setdefault(binding.role, told)

    def answered(self, binding: Binding, method: str, choice: str = "") -> None:
        """A question was answered: note it where the answer cannot be about what we asked for."""
        told = binding.doubts.get(f"{UNHEARD}{method}") or binding.doubts.get(f"{method}:{choice}")
        if told:
            self.raised.setdefault(binding.role, told)


def loose(binding: Binding) -> bool:
    """Whether a role is filled by functions, so that the way of calling them is ours."""
    return binding.kind in ("function", "functions")


def of_form(fault: TeamFault) -> bool:
    """Whether a fault looks as if the code were given something of another form than it expects."""
    if not isinstance(fault, Raised):
        return False
    return fault.kind in _OF_FORM or "unpack" in fault.what or "subscript" in fault.what


def not_called(symbol: str, fault: str) -> str:
    """The sentence for code that is there and that we cannot call."""
    return f"We found `{symbol}`, but do not know how to call it: {fault[:300]}"


def unanswered(
    role: Role,
    trial: Trial,
    symbol: str,
    *,
    in_class: bool,
    unused_fit: bool = False,
    unused_setters: bool = False,
) -> dict[str, str]:
    """Canonical method -> why its faults are not known to be the team's; empty where every trial answered.

    ``in_class``: a model with methods of its own is called as it is asked for; what it lacks is lacking, but for
    what its constructor was given. How it takes its points is our guess all the same, until it answers in the right
    shape. ``unused_fit``: it has a method for the fit that was not called; ``unused_setters``: it has others that
    take one thing, which may be what makes an attribute that is missing afterwards.
    """
    if role.kind == "function":
        return _never(role, trial, symbol)
    if in_class:
        given = {
            name: not_called(symbol, fault)
            for name, fault in trial.faults.items()
            if name in role.methods
            and name not in trial.worked
            and (
                _by_what_was_given(trial, fault, unused_fit) or (unused_setters and _lacks_own(symbol, fault))
            )
        }
        return _never_in_shape(role, trial, symbol) | given
    doubts = {}
    broken = next(iter(trial.faults.values()), "")
    for name, method in role.methods.items():
        fault = trial.faults.get(name, "" if name in trial.plan["calls"] else broken)
        if name not in trial.worked and fault and fault != NOTHING_FOUND and not method.optional:
            doubts[name] = not_called(trial.methods.get(name) or symbol, fault)
    return doubts


_OF_TYPE = re.compile(
    r"(?:AttributeError|TypeError): '(\w+)' object (?:has no attribute|is not (?:callable|iterable|subscriptable))"
)


def _by_what_was_given(trial: Trial, fault: str, unused_fit: bool) -> bool:
    """Whether a fault may come from what we gave to a constructor: from a guess, or from the type of a value of ours."""
    spoken = any(f"{kind}:" in fault for kind in _OF_FORM)
    construct = trial.plan.get("construct") or {}
    guessed = {a["name"] for a in construct.get("arguments", ())} & set(trial.guessed)
    if spoken and (guessed or trial.faults.get("construct") or unused_fit):
        return True
    found = _OF_TYPE.search(fault)
    return bool(found) and found[1] in _types_given(trial)  # type: ignore[index]


def _lacks_own(symbol: str, fault: str) -> bool:
    """Whether an object of the class itself lacks an attribute."""
    found = _OF_TYPE.search(fault)
    return bool(found) and "no attribute" in fault and found[1] == symbol.rpartition(".")[2]  # type: ignore[index]


def _types_given(trial: Trial) -> set[str]:
    """Names of the types of the numbers and generators that calls of a trial pass beside data."""
    calls = [trial.plan.get("construct") or {}, *trial.plan["calls"].values()]
    given = set()
    for argument in (a for call in calls for a in call.get("arguments", ())):
        slot = argument["slot"].partition(":")[0]
        if slot == "parameter" and "within" not in argument:
            derived = "derive" in argument or isinstance(argument.get("example"), float)
            given.add("float" if derived else type(argument.get("example")).__name__)
        elif slot in ("seed", "generator"):
            given |= {"int"} if slot == "seed" else {"Generator", "RandomState"}
    return given


def _never_in_shape(role: Role, trial: Trial, symbol: str) -> dict[str, str]:
    """Every method of a class of which one took our arrays and never answered in the right shape.

    A crash that no other form of the arrays could spare it is the team's.
    """
    for name, method in role.methods.items():
        fault = trial.faults.get(name, "")
        wanted = method.returns in ("self", "vector", "rows", "points") and not method.optional
        if not wanted or name in trial.worked or not fault or fault == NOTHING_FOUND:
            continue
        if _of_arrays(trial.crashed.get(name, ""), fault):
            told = not_called(f"{symbol}.{trial.methods.get(name) or name}", fault)
            return dict.fromkeys(role.methods, told)
    return {}


def _of_arrays(kind: str, fault: str) -> bool:
    """Whether a crash (or a wrong answer, without a kind) may come from arrays that are the wrong way round."""
    if kind == "IndexError":
        return "out of bounds" in fault or "too many indices" in fault
    if kind == "TypeError" and re.search(r"\bstr\b", fault):  # arrays hold no texts
        return False
    return kind in _OF_ARRAYS


def as_asked(role: Role, trial: Trial) -> bool:
    """Whether a function takes just what it is asked to take, under names that say so, so that nothing is our guess."""
    if role.kind != "function" or trial.guessed or any(p.choices for p in role.parameters.values()):
        return False
    name, method = next(iter(role.methods.items()))
    arguments = trial.plan["calls"].get(name, {}).get("arguments", ())
    passed = {argument["slot"] for argument in arguments}
    wanted = {f"argument:{one}" for one in method.arguments} | {f"parameter:{one}" for one in role.parameters}
    return trial.plan.get("construct") is None and wanted <= passed


def _never(role: Role, trial: Trial, symbol: str) -> dict[str, str]:
    """A function of which no choice ever answered, or not one that the hand-in speaks of.

    One that takes just what it is asked to take was called right.
    """
    name = next(iter(role.methods))
    if trial.worked:
        told = "The code speaks of '{}' in `{}`, but we do not know how to ask `{}` for it."
        return {f"{name}:{c}": told.format(c, place, symbol) for c, place in trial.spoken.items()}
    if as_asked(role, trial):
        return {}
    fault = next(iter(trial.faults.values()), "no way was found to give it what it demands.")
    return {name: not_called(symbol, fault)}
