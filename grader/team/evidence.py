"""How much speaks for a candidate before and after it was tried, as numbers and in words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from grader.rubric import Role
from grader.team.doubts import as_asked
from grader.team.methods import method_names, method_resemblance, steps_of
from grader.team.names import CONTAINED, core, resemblance, words
from grader.team.probing import Trial
from grader.team.symbols import Symbol

NAMED = 0.6
"""Least resemblance of a name that makes a candidate by itself."""

CLEARLY = 0.9
"""Least resemblance with a method's name by which a function is known without a word of its role."""

MOST_SPOKEN, LEAST_STEM, LEAST_HINTS = 14, 4, 0.25
"""Words of a sentence that may tell a role, letters of a beginning that may, and share of hints that must agree."""
ENDINGS = ("modell", "model", "klasse", "class", "schaetzer", "estimator")
"""Endings of names in one word that say nothing about which model it is."""
SPOKEN_AND_ANSWERED = 0.7
"""Confidence where a name says nothing, but description, code and behaviour agree."""

SHORT = 6
"""Longest name that may mean anything; a longer one that we do not know means something else, as a rule."""

DISTRACTORS = frozenset(
    [
        "plot",
        "plots",
        "plotter",
        "plotting",
        "show",
        "visualize",
        "visualise",
        "visualization",
        "figure",
        "fig",
        "draw_density",
        "compare",
        "comparison",
        "study",
        "sweep",
        "experiment",
        "demo",
        "dataset",
        "loader",
        "data",
        "grid",
        "animate",
        "table",
        "report",
        "test",
        "tests",
        "main",
        "benchmark",
        "tune",
        "tuning",
        "search",
        "crossvalidate",
        "validation",
        "zeichne",
        "zeige",
        "vergleich",
        "vergleiche",
        "darstellen",
        "abbildung",
        "heatmap",
        "contour",
    ]
)
"""Words of code that uses models without being one."""


SECOND_CHOICE = frozenset(
    ["naive", "naiv", "slow", "langsam", "loop", "loops", "schleife", "schleifen", "test", "old", "alt", "draft", "entwurf",
     "kontrolle", "control", "check", "reference", "referenz", "brute", "unused"]
)  # fmt: skip
"""Words of what was written to compare with, and is not what the team uses."""


@dataclass
class Candidate:
    """A symbol, or a set of functions, considered for a role."""

    symbols: tuple[Symbol, ...]
    name: float
    """Resemblance of its name."""
    methods: float
    """Share of the role's methods that it offers by name."""
    hints: float
    fixed: dict[str, str] = field(default_factory=dict)
    """Constructor arguments that select the role in a class for several."""
    spoken: bool = False
    """Whether its description, or the beginning of its name, speaks of this role and of no other."""

    @property
    def promising(self) -> float:
        """How likely it is the role, before anything was tried."""
        return 0.55 * self.name + 0.3 * self.methods + 0.15 * self.hints


def preference(candidate: Candidate) -> tuple[float, ...]:
    """Orders functions of one role: what the notebook uses before what it compares with, then by name."""
    symbol = candidate.symbols[0]
    second = bool(SECOND_CHOICE & set(words(symbol.name)))
    return (second, -symbol.times, -round(candidate.name, 1), -symbol.order)


def named_like(symbol: Symbol, role: Role) -> float:
    """Resemblance of a symbol's name (or its class's, for an instance) with a role's; 0 if a word speaks against it."""
    name = symbol.short
    if speaks_against(name, role):
        return 0.0
    likeness = resemblance(name, role.names)
    if symbol.kind == "instance" and not speaks_against(symbol.type, role):
        likeness = max(likeness, resemblance(symbol.type, role.names))
    if not DISTRACTORS & set(words(name)):
        return likeness
    # A class that compares two samples does so when it is asked; a function may compare many and draw the outcome.
    return likeness * (0.9 if symbol.kind == "class" and role.kind == "function" else 0.55)


def speaks_against(name: str, role: Role) -> bool:
    said = set(words(name))
    glued = "".join(words(name))
    return any(word in said or (len(word) >= 5 and word in glued) for word in role.without)


def spoken_role(symbol: Symbol, roles: Mapping[str, Role]) -> str:
    """The one model of which the first sentence of a class's description speaks, else of which the beginning of its
    name does (``Kernmodell``); empty if none or several."""
    models = {key: role for key, role in roles.items() if role.kind == "model"}
    first = re.split(r"[.\n:;]", symbol.doc.strip(), maxsplit=1)[0]
    said = first if len(first.split()) <= MOST_SPOKEN else ""
    if not DISTRACTORS & set(words(said)):
        by_description = [
            key
            for key, role in models.items()
            if resemblance(said, role.names) >= CONTAINED and not speaks_against(said, role)
        ]
        if by_description:
            return by_description[0] if len(by_description) == 1 else ""
    stem = "".join(core(symbol.short))
    for ending in ENDINGS:
        stem = stem.removesuffix(ending)
    begun = [
        key
        for key, role in models.items()
        if len(stem) >= LEAST_STEM and not speaks_against(symbol.name, role)
        and any("".join(words(name)).startswith(stem) for name in role.names)
    ]  # fmt: skip
    return begun[0] if len(begun) == 1 else ""


def speaks_of_method(symbol: Symbol, roles: Mapping[str, Role]) -> str:
    """The role of whose methods a function's name speaks, and of no other role's as much; empty if there is none.

    A name of something that only one role is asked tells the role. Where several roles are asked for it, the words
    of the code decide, unless these roles are asked all the same.
    """
    short = symbol.short
    likeness = {
        key: max((method_resemblance(short, c, m) for c, m in role.methods.items()), default=0.0)
        for key, role in roles.items()
    }
    highest = max(likeness.values(), default=0.0)
    best = [key for key in likeness if likeness[key] > highest - 0.05]
    if highest < CLEARLY or DISTRACTORS & set(words(short)):
        return ""
    if len(best) > 1:
        if len({frozenset(roles[key].methods) for key in best}) < len(best):
            return ""
        first, second = sorted(best, key=lambda key: -overlap(symbol, roles[key]))[:2]
        best = [first] if overlap(symbol, roles[first]) > overlap(symbol, roles[second]) else []
    return best[0] if best and not speaks_against(short, roles[best[0]]) else ""


def overlap(symbol: Symbol, role: Role) -> float:
    """Share, up to 1 at four, of the role's hints among the words of the code; a base class counts like two."""
    hits = sum(hint.lower() in symbol.words for hint in role.hints)
    hits += 2 * any(base in role.bases for base in symbol.bases)
    return min(1.0, hits / 4)


def required(role: Role) -> list[str]:
    """The methods without which a role is not whole."""
    return [name for name, method in role.methods.items() if not method.optional]


def answering(role: Role, trial: Trial) -> list[str]:
    """What answered in a trial, optional methods left out."""
    return [name for name in trial.worked if name not in role.methods or not role.methods[name].optional]


def share_of_methods(role: Role, symbol: Symbol) -> float:
    offered = symbol.offers()
    named = method_names(role, offered)
    wanted = required(role)
    have = sum(bool(named[m] or (steps_of(role.methods[m], offered))) for m in wanted)
    return have / max(1, len(wanted))


def instance_of_known(symbol: Symbol, symbols: Sequence[Symbol]) -> bool:
    """Whether an instance's class still stands under its own name, so that the class is asked instead."""
    return symbol.kind == "instance" and any(s.kind == "class" and s.name == symbol.type for s in symbols)


def order(candidate: Candidate, trial: Trial, role: Role) -> tuple[float, ...]:
    style = 0.5 if candidate.symbols[0].kind != "function" else 0.0
    named = 1.0 if candidate.name >= NAMED else 0.0
    return (named, len(trial.worked) + style, candidate.promising)


def takes_part(trial: Trial) -> bool:
    """Whether a class does anything for the answers: it is asked, or handed to functions.

    One that does not is perhaps what a function answers with, ``Neighbours(indices, distances)``.
    """
    calls = list(trial.plan["calls"].values())
    asked = any(call["target"] == "object" or "part" in call["target"] for call in calls)
    return asked or any(a["slot"] in ("object", "fitted") for call in calls for a in call["arguments"])


def used_functions(trial: Trial) -> list[str]:
    """Names of the loose functions that a plan calls."""
    plans = trial.plan["plans"].values() if "choice" in trial.plan else [trial.plan]
    calls = [call for plan in plans for call in (plan.get("construct"), *plan["calls"].values()) if call]
    targets = [
        call["target"]["name"]
        for call in calls
        if isinstance(call["target"], dict) and "name" in call["target"]
    ]
    return list(dict.fromkeys(targets))


def confidence(role: Role, candidate: Candidate, trial: Trial, others: Sequence[Candidate]) -> float:
    """How sure the binding is, between 0 and 1: the name, what answered, what was guessed, who competes."""
    answered = min(1.0, len(answering(role, trial)) / max(1, _wanted(role)))
    value = 0.45 + 0.25 * candidate.name + 0.27 * answered
    if candidate.name < NAMED:
        value = 0.3 + 0.1 * candidate.hints + 0.15 * answered
        if candidate.spoken and answered == 1.0 and candidate.hints >= LEAST_HINTS and not trial.guessed:
            value = SPOKEN_AND_ANSWERED
    if candidate.fixed:
        value = min(value, 0.5)
    value -= 0.06 * min(3, len(trial.guessed))
    rivals = [c for c in others if c.symbols[0].kind == "class" and c.promising > candidate.promising - 0.1]
    value -= 0.08 if rivals and candidate.symbols[0].kind == "class" else 0.0
    if role.kind == "model" and len(trial.plan["calls"]) < 2:
        value = min(value, 0.4)
    if role.kind == "model" and candidate.symbols[0].kind == "function" and not _questioned(role, trial):
        value = min(value, 0.5)
    if unbound(role, trial):
        value = min(value, 0.55)
    made = role.kind == "function" and candidate.symbols[0].kind == "function" and trial.plan.get("construct")
    if made and not trial.worked:
        value = min(value, 0.5)
    if len(trial.eliminated) > SHORT:
        value = min(value, 0.55)
    if trial.unclear:
        value = min(value, 0.55)
    if not trial.worked and (trial.guessed or (role.kind == "function" and not as_asked(role, trial))):
        value = min(value, 0.5)
    if trial.faults.get("construct"):
        value = min(value, 0.5)
    return float(min(0.99, max(0.05, value)))


def unbound(role: Role, trial: Trial) -> list[str]:
    """Hyperparameters that nothing takes: no argument in any meaning and no global variable.

    A choice may be told in other ways: one function for each.
    """
    return [name for name, p in role.parameters.items() if name not in trial.filled and not p.choices]


def has_unused_fit(role: Role, trial: Trial, symbol: Symbol) -> bool:
    """Whether the data went into the constructor although there is a method by the name of a fit."""
    implied = trial.plan.get("implied", ())
    named = method_names(role, symbol.offers()) if implied else {}
    return any(named.get(method) for method in implied)


def _questioned(role: Role, trial: Trial) -> bool:
    """Whether anything but the fit answered."""
    return any(role.methods[name].returns != "self" for name in trial.worked if name in role.methods)


def _wanted(role: Role) -> int:
    choices = [len(p.choices) for p in role.parameters.values() if p.choices]
    return choices[0] if role.kind == "function" and choices else len(required(role))


def reason(role: Role, candidate: Candidate, trial: Trial, label: str, others: Sequence[Candidate]) -> str:
    """One or two sentences: what was taken, why, and what is to be known about it."""
    renamed = [f"{theirs} as {ours}" for ours, theirs in trial.methods.items() if theirs and theirs != ours]
    by = "by its name" if candidate.name >= NAMED else "by its methods and code, not by its name"
    text = f"`{label}` was taken for '{role.title}' {by}"
    if renamed and role.kind == "model":
        text += f"; questioned {', '.join(renamed)}"
    faults = [f"{canonical}: {fault}" for canonical, fault in trial.faults.items()]
    text += "." if not faults else f". Not everything answers: {'; '.join(faults)[:300]}."
    if role.kind == "model" and len(trial.plan["calls"]) < 2 and candidate.symbols[0].kind != "function":
        offers = ", ".join(n for n in candidate.symbols[0].offers() if not n.startswith("__")) or "no methods"
        text += f" It has no method that answers what is asked: found {offers}."
    unset = unbound(role, trial)
    if trial.eliminated:
        text += f" `{trial.eliminated}` was taken for its hyperparameter, for want of another."
    if unset:
        text += f" We could not set the {' and the '.join(unset)}: please confirm what fails."
    rivals = [symbol.name for c in others for symbol in c.symbols if symbol.name not in label]
    if rivals:
        text += f" Also looked at: {', '.join(rivals[:4])}."
    if candidate.fixed:
        text += " One class seems to serve several models: please confirm."
    return text
