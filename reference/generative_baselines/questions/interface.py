"""What the sheet says about the form of the models: a class each, with three methods."""

import re

from grader.judge.checks import check
from grader.records import Verdict

METHODS = ("fit", "sample", "score_samples")
SURE = 0.6
"""Confidence below which functions that did not answer do not say that a model has no class."""
A_CLASS = re.compile(r"(?m)^\s*class\s|\btype\(\s*[\"']|\bmake_dataclass\(")
"""What makes a class, in a text."""


@check
def sklearn_interface(team, lab, *, roles):
    """Every model is a class with the methods fit, sample and score_samples."""
    found = {role: form_of(team, role) for role in roles}
    wrong = [problem for problem in found.values() if problem]
    share = 1 - len(wrong) / len(roles)
    measured = [
        lab.measured(
            f"{role}: a class with {', '.join(METHODS)}", float(not problem), at_least=1, share=share
        )
        for role, problem in found.items()
    ]
    message = " ".join(wrong) + " Behaviour is judged all the same."
    step = "Write one class per model with fit(X), sample(n) and score_samples(X)."
    unsure = [role for role in roles if in_doubt(team, role)]
    if not any(team.has(role) for role in roles) and not unsure:
        return lab.outcome(Verdict.MISSING, "None of the models was found in the hand-in.", step, *measured)
    if not wrong:
        return lab.own(*measured)
    if unsure and (len(wrong) < len(roles) or len(unsure) == len(roles) or defines_classes(team)):
        why = " ".join(team.binding(role).why for role in unsure)
        return lab.outcome(Verdict.REVIEW, f"{why} A person looks whether it has the form.", step, *measured)
    return lab.partial(share, message, step, *measured) if share else lab.failed(message, step, *measured)


def in_doubt(team, role):
    """Whether what there is for a role may be something else: nothing found but what is left over, a search of ours
    that broke, or functions taken on weak evidence that did not answer."""
    binding = team.binding(role)
    if not team.has(role):
        return bool(binding.doubts) or binding.kind == "broken"
    unanswered = any(method in binding.doubts for method in METHODS)
    return binding.kind != "class" and binding.confidence < SURE and unanswered


def defines_classes(team):
    """Whether there is any class in the hand-in's code that may be one of the models; without its source there may be."""
    source = getattr(team, "source", None)
    if source is None:
        return True
    statements = [*source.statements, *(one for own in source.modules.values() for one in own)]
    return any(A_CLASS.search(statement.source) for statement in statements)


def form_of(team, role):
    """What is wrong with the form of one model, in a sentence; empty if nothing is."""
    if not team.has(role):
        return f"No model found for: {role}."
    binding = team.binding(role)
    if binding.kind != "class":
        names = binding.symbol.split(", ")
        if len(names) > 1:
            return f"{', '.join(names[:-1])} and {names[-1]} are functions, not a class ({role})."
        return f"{binding.symbol} is not a class ({role})."
    absent = [method for method in METHODS if not team.has(role, method)]
    if absent:
        return f"{binding.symbol} has no {' and no '.join(absent)}."
    other = [
        f"{name} is called {binding.methods[name]}"
        for name in METHODS
        if binding.methods.get(name, name) != name
    ]
    return f"{binding.symbol}: {', '.join(other)}." if other else ""
