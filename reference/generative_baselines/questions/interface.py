"""What the sheet says about the form of the models: a class each, with three methods."""

import ast
import re
from contextlib import suppress

from grader.judge.checks import check
from grader.records import Verdict
from grader.syntax import parsed, walk

METHODS = ("fit", "sample", "score_samples")
SURE = 0.6
"""Confidence below which functions that did not answer do not say that a model has no class."""
A_CLASS = re.compile(r"(?m)^\s*class\s|\btype\(\s*[\"']|\bmake_dataclass\(")
"""What makes a class, in a text."""


@check
def sklearn_interface(team, lab, *, roles):
    """Every model is a class with the methods fit, sample and score_samples."""
    found = {role: form_of(team, role) for role in roles}
    wrappers = adapters(team) if any(found.values()) else []
    for role in [role for role, problem in found.items() if problem and has_all(team, role)]:
        speaking = [name for name, spoken in wrappers if spoken is None or spoken & spoken_for(team, role)]
        if speaking:
            found[role] = ""
            lab.note(
                f"{speaking[0]} gives {team.binding(role).symbol} the names fit, sample and score_samples: accepted."
            )
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
    statements = statements_of(team)
    return statements is None or any(A_CLASS.search(statement.source) for statement in statements)


def statements_of(team):
    """All statements of the hand-in and of its own modules; None where its source is not known."""
    source = getattr(team, "source", None)
    if source is None:
        return None
    return [*source.statements, *(one for own in source.modules.values() for one in own)]


def has_all(team, role):
    """Whether a role answers all three methods, under whatever names."""
    return team.has(role) and all(team.has(role, method) for method in METHODS)


def spoken_for(team, role):
    """The names under which a role was found: its class or functions, without their modules."""
    binding = team.binding(role)
    names = [*binding.symbol.split(", "), *binding.methods.values()]
    return {name.rpartition(".")[2] for name in names} - set(METHODS)


def adapters(team):
    """Classes with all three methods, each with the names that its code speaks of.

    None stands in place of the names where a class is made with whatever it hands the methods on to.
    """
    found: list = []
    known: dict = {}
    for statement in statements_of(team) or ():
        with suppress(SyntaxError, ValueError):
            for node in parsed(statement.source).body:
                if isinstance(node, ast.ClassDef):
                    parents = [known[b.id] for b in node.bases if isinstance(b, ast.Name) and b.id in known]
                    methods = offered(node).union(*(methods for methods, _ in parents))
                    names = names_in(node).union(*(names for _, names in parents))
                    known[node.name] = (methods, names)
                    if set(METHODS) <= methods:
                        found.append((node.name, None if hands_on(node) else names))
    return found


def offered(node):
    """Methods that a class defines, or to which it gives another name; `fit` may be that of a parent."""
    names = {inner.name for inner in node.body if isinstance(inner, ast.FunctionDef)}
    targets = [t for inner in node.body if isinstance(inner, ast.Assign) for t in inner.targets]
    names |= {name.id for target in targets for name in walk(target) if isinstance(name, ast.Name)}
    return names | ({"fit"} if node.bases and {"sample", "score_samples"} <= names else set())


def names_in(node):
    """All names that the code of a class reads."""
    return {inner.id for inner in walk(node) if isinstance(inner, ast.Name)}


def hands_on(node):
    """Whether each of the three methods of a class calls what the class was made with, or a method of it."""
    bodies = {inner.name: inner for inner in node.body if isinstance(inner, ast.FunctionDef)}
    start = bodies.get("__init__")
    if start is None:  # the fields of a dataclass
        kept = {
            n.target.id for n in node.body if isinstance(n, ast.AnnAssign) and isinstance(n.target, ast.Name)
        }
    else:
        taken = {argument.arg for argument in start.args.args[1:]}
        kept = {
            target.attr
            for inner in walk(start)
            if isinstance(inner, ast.Assign) and isinstance(inner.value, ast.Name) and inner.value.id in taken
            for target in inner.targets
            if isinstance(target, ast.Attribute)
        }
    methods = [bodies.get(method) for method in METHODS]
    return all(body and any(calls_one_of(kept, inner) for inner in walk(body)) for body in methods)


def calls_one_of(kept, node):
    """Whether code calls one of these attributes or a method of it: ``self.model.train(X)``, ``self.draw(n)``."""
    called = node.func if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else None
    inner = called.value if called is not None else None
    return called is not None and (
        called.attr in kept or (isinstance(inner, ast.Attribute) and inner.attr in kept)
    )


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
