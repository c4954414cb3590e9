"""What a search comes to: a binding for what answered, for what came close, or for nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from grader.records import Binding
from grader.rubric import Role
from grader.team.doubts import UNHEARD, as_asked, unanswered
from grader.team.evidence import Candidate, confidence, has_unused_fit, reason, used_functions
from grader.team.probing import Trial
from grader.team.symbols import Symbol


def bound(
    name: str,
    role: Role,
    candidate: Candidate,
    trial: Trial,
    others: Sequence[Candidate],
    unheard: Mapping[str, str],
) -> Binding:
    """The binding of a role to the candidate whose trial is taken.

    ``others`` were tried as well; ``unheard`` says of methods why their answers have nothing to do with our data.
    """
    first = candidate.symbols[0]
    single = len(candidate.symbols) == 1 and first.kind != "function"
    used = [first.name] if single else used_functions(trial)
    label = ", ".join(used) or first.name
    doubts = unanswered(
        role,
        trial,
        label,
        in_class=first.kind != "function",
        unused_fit=has_unused_fit(role, trial, first),
        unused_setters=_unused_setters(trial, first),
    )
    return Binding(
        role=name,
        symbol=label,
        kind=_kind(role, first, used),
        methods={k: v for k, v in trial.methods.items() if v},
        parameters=dict(trial.parameters),
        answers="value" if role.kind == "function" else trial.answers,
        confidence=round(confidence(role, candidate, trial, others), 2),
        why=reason(role, candidate, trial, label, others),
        candidates=tuple(symbol.name for c in others for symbol in c.symbols if symbol.name not in used),
        plan={**trial.plan, "as_asked": True} if as_asked(role, trial) else trial.plan,
        doubts=doubts
        | {
            f"{UNHEARD}{method}": why
            for method, why in (_labels_guessed(role, trial) | dict(unheard)).items()
        },
    )


def _labels_guessed(role: Role, trial: Trial) -> dict[str, str]:
    """Methods that get all but the first of the training data, such as labels, under a name that does not say so."""
    fits = [method for method in role.methods.values() if method.returns == "self"]
    rest = {f"train:{name}" for method in fits[:1] for name in list(method.arguments)[1:]}
    told = {}
    for name in trial.worked:
        for argument in trial.plan["calls"].get(name, {}).get("arguments", ()):
            if argument["slot"] in rest and argument["name"] in trial.guessed:
                theirs = trial.methods.get(name) or name
                told[name] = f"We did not know what `{theirs}` wants as `{argument['name']}`. A person looks."
    return told


def _kind(role: Role, symbol: Symbol, used: Sequence[str]) -> str:
    """``class``, ``instance``, ``function`` or ``functions``."""
    if symbol.kind == "instance" and symbol.type == symbol.name:
        return "class"  # that its only object took the name of
    if symbol.kind == "function":
        return "function" if role.kind == "function" and len(used) == 1 else "functions"
    return symbol.kind


def near_miss(name: str, role: Role, close: Sequence[Symbol], trials: Sequence[Trial]) -> Binding:
    """Nothing can be called: say what came ``close`` by its name, or that nothing did."""
    if not close:
        return missing(name, f"No class or function resembles '{role.title}'.")
    first = close[0]
    offers = ", ".join(n for n in first.offers() if not n.startswith("__")) or "no methods"
    faults = [trial for trial in trials if trial.faults]
    told = f"; {next(iter(faults[0].faults.values()))}" if faults else ""
    why = f"`{first.name}` resembles '{role.title}' by name but cannot be questioned (found {offers}{told})."
    return Binding(
        role=name,
        symbol=first.name,
        kind=first.kind,
        confidence=0.3,
        why=why,
        candidates=tuple(symbol.name for symbol in close),
        plan={"construct": None, "calls": {}},
        doubts={"": why} if first.kind == "function" or role.kind == "function" or not trials else {},
    )


def answers(binding: Binding) -> bool:
    """Whether a role is filled by something that can be asked, and not by a near miss."""
    return bool(binding.symbol) and any(binding.plan.get(key) for key in ("calls", "plans", "construct"))


def missing(name: str, why: str) -> Binding:
    """The binding of a role that nothing fills."""
    return Binding(
        role=name, symbol="", kind="", confidence=0.0, why=why, plan={"construct": None, "calls": {}}
    )


def _unused_setters(trial: Trial, symbol: Symbol) -> bool:
    """Whether a class has public methods that take one thing and were not called: ``set_data(X)``."""
    used = set(trial.methods.values())
    return any(
        name not in used and name[0] != "_" and len([p for p in parameters if p.ordinary and p.required]) == 1
        for name, parameters in symbol.methods.items()
    )
