"""Which value goes to which parameter of a team's signature: by name first, then by position.

A slot is a value that we could pass, with the names under which students ask for it. Matching a signature with
the slots on offer is an assignment problem: every pair has a resemblance, the best sum wins, and what is required
on either side and still free is paired in order (and called a guess).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

from grader.rubric import Method, Role
from grader.team.names import parameter_resemblance, resemblance, words
from grader.team.state import Plan
from grader.team.symbols import Argument

AXES = (("x", "y"), ("1", "2"), ("0", "1"))
ENOUGH = 0.69
"""Least resemblance at which a parameter's name is believed."""


@dataclass(frozen=True)
class Slot:
    """A value that we can pass."""

    key: str
    names: tuple[str, ...] = ()
    required: bool = False
    """Whether a signature without it is suspicious: then it may also be matched by position."""
    only_if_needed: bool = False
    """Whether a parameter with a default is left alone."""
    more: dict[str, Any] = field(default_factory=dict)
    """Further entries of the argument's plan."""
    rank: float = 0.0
    """Added to every resemblance: prefers one slot to another for the same name."""
    sources: frozenset[str] = frozenset()
    """The team's functions whose result it is; where the team passes just that, the name does not matter."""
    texts: tuple[str, ...] = ()
    """Texts that choose, for a parameter that takes one of them."""


@dataclass
class Match:
    """The outcome of matching one signature."""

    arguments: list[Plan] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    guessed: list[str] = field(default_factory=list)
    """Parameters that were matched by position alone."""
    unfilled: list[str] = field(default_factory=list)
    """Required parameters for which nothing is on offer."""
    unclear: bool = False
    """Whether a guessed parameter may be a count as well as a size, and nothing tells which."""

    def uses(self, prefix: str) -> bool:
        """Whether any slot whose key begins so is passed."""
        return any(key.startswith(prefix) for key in self.used)


EXTRAS = (
    Slot("seed", ("random_state", "seed", "rand_state", "randomseed", "rng_seed", "random_seed", "zufallszahl", "saat", "startwert", "zufallssaat", "zufallsstart",
                  "semilla", "graine", "seme", "semente")),
    Slot("generator", ("rng", "generator", "random_generator", "gen", "zufallsgenerator", "zufall", "zufallsquelle", "wuerfel", "prng",
                       "rand_gen", "random_gen", "randgen", "source_of_randomness"), only_if_needed=True),
    Slot("dimension", ("dim", "d", "n_features", "n_dim", "ndim", "dims", "n_dims", "dimension", "D",
                       "input_dim", "num_features", "data_dim", "dimensionen"), only_if_needed=True, more={"value": 2}, rank=-0.03),
    Slot("range", ("range", "ranges", "limits", "bounds", "extent", "bereich", "grenzen"), only_if_needed=True),
    Slot("constant:iterations", ("max_iter", "n_iter", "iterations", "iters", "num_iter", "maxiter", "n_iterations",
                                 "max_iterations", "num_iterations", "epochs", "n_epochs", "steps", "n_steps", "iter",
                                 "anzahl_iterationen", "iterationen", "schritte", "max_schritte"),
         only_if_needed=True, more={"value": 100}),
    Slot("constant:restarts", ("restarts", "n_restarts", "n_init", "n_starts", "num_restarts", "neustarts", "n_runs", "repeats",
                               "versuche", "laeufe"),
         only_if_needed=True, more={"value": 3}),
    Slot("constant:tolerance", ("tol", "tolerance", "eps", "epsilon", "threshold", "toleranz"),
         only_if_needed=True, more={"value": 1e-6}),
    Slot("constant:everything", ("return_distance", "return_distances", "with_distance", "with_distances", "return_dist",
                                 "return_indices", "mit_abstand"), more={"value": True}),
    Slot("callback", ("callback", "cb", "on_step", "on_iteration", "on_epoch", "each_step", "hook", "step_hook", "monitor",
                      "observer", "log_fn", "logger"), only_if_needed=True),
    Slot("constant:quiet", ("verbose", "plot", "show", "debug", "ausgabe"), only_if_needed=True, more={"value": False}),
)  # fmt: skip
"""What may be asked for beside data and hyperparameters."""


def parameter_slots(role: Role) -> list[Slot]:
    """Slots of the role's hyperparameters, in their usual and in their alternative meanings."""
    slots = []
    for name, parameter in role.parameters.items():
        more = {"example": parameter.example}
        texts = tuple(text for choice, spelt in parameter.choices.items() for text in (choice, *spelt))
        names = (name, *parameter.names)
        slots.append(Slot(f"parameter:{name}", names, required=True, more=more, texts=texts))
        for label, names in parameter.alternatives.items():
            how = derivation(label, parameter.example)
            slots.append(
                Slot(f"parameter:{name}", (label, *names), more={**more, "derive": how, "label": label})
            )
    return slots


def derivation(label: str, example: Any) -> str:
    """How a value in an alternative meaning comes from the canonical one, told by the alternative's name.

    A size in place of a count is the extent of the training data over the count (mean over the axes); a variance
    is the square, a precision or gamma the inverse square.
    """
    if isinstance(example, int) and not isinstance(example, bool):
        return "width"
    if label in ("variance", "squared", "square"):
        return "square"
    return "inverse_square" if label in ("precision", "gamma", "inverse_square") else "same"


def argument_slots(method: Method, prefix: str, rank: float = 0.0) -> list[Slot]:
    """Slots of a canonical method's arguments, as ``argument:`` (now) or ``train:`` (remembered)."""
    return [
        Slot(f"{prefix}:{name}", (name, *argument.names), required=True, rank=rank)
        for name, argument in method.arguments.items()
    ]


def fill(parameters: Sequence[Argument], slots: Sequence[Slot], *, by_position: bool = True) -> Match:
    """Match a signature with what we can pass."""
    match, taken = Match(), {}
    ordinary = [parameter for parameter in parameters if parameter.ordinary]
    for parameter, slot in _named(ordinary, slots):
        taken[parameter.name] = meant(parameter, slot, slots)
        match.used.add(slot.key)
    _per_axis(ordinary, slots, taken, match)
    if by_position:
        _by_position(ordinary, slots, taken, match)
    match.unfilled = [p.name for p in ordinary if p.required and p.name not in taken]
    starred = next((p for p in parameters if p.starred), None)
    match.arguments = [_argument(p, taken[p.name], starred is not None) for p in ordinary if p.name in taken]
    if starred is not None:
        _star(match, slots)
    return match


def shared_between(
    making: Sequence[Argument], calling: Sequence[Argument], own: Sequence[Slot], hyper: Sequence[Slot]
) -> tuple[Match, Match] | None:
    """Two arguments of a call, one of which the object is made with: ``Distance(reference, h)(sample)``.

    Whatever they are called, the first that must be given is taken for the data on both sides; the match of the
    constructor and that of the call, or None.
    """
    first = next((p for p in making if p.ordinary and p.required), None)
    second = next((p for p in calling if p.ordinary and p.required), None)
    if first is None or second is None or len(own) != 2:
        return None
    matches: list[Match] = []
    for parameters, data, slot in ((making, first, own[0]), (calling, second, own[1])):
        settings = [s for s in hyper if not any(s.key in match.used for match in matches)]
        rest = fill([p for p in parameters if p is not data], [*settings, *EXTRAS])
        if rest.unfilled:
            return None
        given = _argument(data, slot, starred=False)
        matches.append(Match([given, *rest.arguments], rest.used | {slot.key}, rest.guessed))
    return matches[0], matches[1]


def _named(parameters: Sequence[Argument], slots: Sequence[Slot]) -> list[tuple[Argument, Slot]]:
    """Pairs whose names resemble each other, so that the sum of resemblances is largest; a slot key counts once."""
    if not parameters or not slots:
        return []
    keys = list(dict.fromkeys(slot.key for slot in slots))
    score = np.zeros((len(parameters), len(keys)))
    best: dict[tuple[int, int], Slot] = {}
    passed = {p.name for p in parameters if any(slot.sources & p.given for slot in slots)}
    for row, parameter in enumerate(parameters):
        for slot in slots:
            if slot.only_if_needed and not parameter.required:
                continue
            column = keys.index(slot.key)
            value = (
                0.0 if _is_switch(parameter, slot) or _draws(parameter, slot) else _likeness(parameter, slot)
            )
            if parameter.name in passed and not slot.sources & parameter.given:
                value = 0.0
            value = value + slot.rank - unlike(parameter, slot) if value >= ENOUGH else 0.0
            if value > score[row, column]:
                score[row, column], best[row, column] = value, slot
    rows, columns = linear_sum_assignment(score, maximize=True)
    pairs = zip(rows.tolist(), columns.tolist(), strict=True)
    return [(parameters[row], best[row, column]) for row, column in pairs if score[row, column] >= ENOUGH]


def _draws(parameter: Argument, slot: Slot) -> bool:
    """Whether a seed would take the place of a generator that a parameter has by default."""
    return slot.key == "seed" and ("Generator" in parameter.default or "RandomState" in parameter.default)


_LEGACY = frozenset(["rand", "randn", "randint", "random_sample", "RandomState"])
"""Methods that only the older of NumPy's generators has."""
_DRAWING = _LEGACY | {"choice", "normal", "standard_normal", "integers", "random", "uniform", "multinomial", "permutation",
                      "multivariate_normal", "shuffle"}  # fmt: skip


def _likeness(parameter: Argument, slot: Slot) -> float:
    """How much a parameter looks like a slot: by what the team passes to it, by its text, else by its name."""
    if slot.sources & parameter.given:
        return 1.1
    if parameter.uses & _DRAWING and slot.key in ("seed", "generator"):
        return float(slot.key == "generator")
    named = parameter_resemblance(parameter.name, slot.names)
    if named < ENOUGH and slot.key.startswith("parameter:") and _letters(parameter.name):
        named = 0.9 * parameter_resemblance(parameter.name[:-1], slot.names)
    if (
        named < ENOUGH
        and isinstance(parameter.value, str)
        and resemblance(parameter.value, slot.texts) >= 0.9
    ):
        return 0.9
    return named


_CONTAINERS = frozenset(
    ["list", "dict", "tuple", "set", "array", "ndarray", "tensor", "sequence", "mapping", "str", "callable"]
)
_NUMBERS = frozenset(["int", "float", "number", "integer", "real"])


def unlike(parameter: Argument, slot: Slot) -> float:
    """How much annotation and default speak against a number, where the hyperparameter's example is one.

    A container that starts empty is the model's own store and no hyperparameter; a list or a text as default may
    still be one (``bandwidths=[0.1]``, ``bins="auto"``), but only where no other parameter is.
    """
    example = slot.more.get("example")
    if isinstance(example, bool) or not isinstance(example, int | float):
        return 0.0
    said = set(words(parameter.annotation))
    holds = bool(said & _CONTAINERS) and not said & {"int", "float"}
    empty = parameter.default.startswith("<factory") or parameter.value in ([], (), {})
    if (holds and empty) or isinstance(parameter.value, dict):
        return 1.0
    loose = said & _CONTAINERS and not (said & _NUMBERS and not said & {"list", "tuple", "dict", "sequence"})
    return 0.1 if loose or empty or isinstance(parameter.value, str | list | tuple) else 0.0


def _is_switch(parameter: Argument, slot: Slot) -> bool:
    """A parameter whose default is True or False takes no number and no data."""
    return isinstance(parameter.value, bool) and not isinstance(slot.more.get("value"), bool)


def _per_axis(
    parameters: Sequence[Argument], slots: Sequence[Slot], taken: dict[str, Slot], match: Match
) -> None:
    """One parameter per axis (``nx, ny``, ``bins_x, bins_y``) takes the hyperparameter twice."""
    for slot in (s for s in slots if s.key.startswith("parameter:")):
        for first, second in AXES:
            pair = [
                p
                for p in parameters
                if without_axis(p.name, first, slot.names) or without_axis(p.name, second, slot.names)
            ]
            free = all(taken.get(p.name, slot).key == slot.key for p in pair)
            if len(pair) == 2 and free and (slot.key not in match.used or any(p.name in taken for p in pair)):
                taken.update({p.name: slot for p in pair})
                match.used.add(slot.key)


def without_axis(name: str, axis: str, known: Sequence[str]) -> bool:
    """Whether the name is one of the known names with the axis at its beginning or end: ``nx``, ``bins_y``."""
    stems = [name[: -len(axis)]] if name.endswith(axis) else []
    stems += [name[len(axis) :]] if name.startswith(axis) and len(name) > 3 else []
    return any(stem.strip("_") and parameter_resemblance(stem.strip("_"), known) >= 0.9 for stem in stems)


def _by_position(
    parameters: Sequence[Argument], slots: Sequence[Slot], taken: dict[str, Slot], match: Match
) -> None:
    """Pair what is required on either side and still free, in order."""
    free = [slot for slot in slots if slot.required and slot.key not in match.used]
    for parameter in parameters:
        if free and parameter.required and parameter.name not in taken:
            slot = free.pop(0)
            taken[parameter.name] = meant(parameter, slot, slots)
            match.unclear |= unclear(parameter, slot, slots)
            match.used.add(slot.key)
            match.guessed.append(parameter.name)
            free = [other for other in free if other.key != slot.key]


def meant(parameter: Argument, slot: Slot, slots: Sequence[Slot]) -> Slot:
    """A count in another meaning (a size) where the team passes fractions, or has one as default."""
    size = _as_size(slot, slots)
    default = [parameter.value] if isinstance(parameter.value, float) else []
    whole = all(float(number).is_integer() for number in (*parameter.numbers, *default))
    return slot if size is None or whole else size


def unclear(parameter: Argument, slot: Slot, slots: Sequence[Slot]) -> bool:
    """Whether neither numbers that the team passes nor a default tell whether a parameter is a count or a size."""
    return _as_size(slot, slots) is not None and not parameter.numbers and parameter.value is None


def _as_size(slot: Slot, slots: Sequence[Slot]) -> Slot | None:
    """The slot of the same hyperparameter as a size, where ``slot`` has it as a count."""
    example = slot.more.get("example")
    if not isinstance(example, int) or isinstance(example, bool) or "derive" in slot.more:
        return None
    return next((s for s in slots if s.key == slot.key and s.more.get("derive") == "width"), None)


def _argument(parameter: Argument, slot: Slot, starred: bool) -> Plan:
    how = "position" if parameter.kind == "positional_only" or starred else "keyword"
    key = "constant" if slot.key.startswith("constant") else slot.key
    more = dict(slot.more)
    if key == "generator" and parameter.uses & _LEGACY:
        more["legacy"] = True
    if key.startswith("parameter") and "values" not in more:
        more |= _form(parameter, more.get("example"))
    return {"name": parameter.name, "slot": key, "pass": how, **more}


def _form(parameter: Argument, example: Any) -> Plan:
    """Whether the value goes in a list of one, or once per axis, as default, annotation and name tell."""
    several = isinstance(parameter.value, list | tuple)
    if several and isinstance(example, int) and len(parameter.value) > 1:
        return {"as": "axes"}
    if several or _plural(parameter.name) or "list" in parameter.annotation.lower():
        return {"as": "list"}
    return {}


def _plural(name: str) -> bool:
    """A parameter whose name speaks of many values where one is meant: ``bandwidths``, ``hs``."""
    return _letters(name) or name.lower().endswith(
        ("widths", "hs", "sigmas", "gammas", "scales", "breiten", "_list", "liste", "bws")
    )


def _letters(name: str) -> bool:
    """The plural of a single letter: ``ks``."""
    return len(name) == 2 and name[0].isalpha() and name[1] == "s"


def _star(match: Match, slots: Iterable[Slot]) -> None:
    """All parts of a fit go to ``*params``."""
    parts = [slot for slot in slots if slot.key.startswith("part:")]
    if parts and not match.uses("part:"):
        match.arguments.append({"name": "*", "slot": f"parts:{len(parts)}", "pass": "star"})
        match.used.update(slot.key for slot in parts)
