"""Finds what the sheet asks for in a hand-in, under whatever names, and says how to call it.

Candidates are ranked by name, offered methods, signature, base class and the words of their code, then tried out on
small data. What comes out is one :class:`~grader.records.Binding` per role: taken symbol, plan of how to call it,
confidence and reason. A role is missing only when nothing in the hand-in resembles it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from grader.errors import GraderFault, Malformed, TeamFault
from grader.records import Binding, Slice
from grader.rubric import Role, Rubric
from grader.team.asks import Asks
from grader.team.bindings import answers, bound, missing, near_miss
from grader.team.candidates import gather
from grader.team.choices import Chooser
from grader.team.code_words import doubts_of, known_functions
from grader.team.descent_finding import find_descents
from grader.team.descents import KIND as DESCENT
from grader.team.dispatch import dispatched, for_all_models, listed_role
from grader.team.earlier import Versions
from grader.team.elimination import MOST_CONFIDENCE, claimed, left_over
from grader.team.evidence import (
    NAMED,
    Candidate,
    instance_of_known,
    named_like,
    order,
    overlap,
    preference,
    required,
    share_of_methods,
    speaks_against,
    speaks_of_method,
    spoken_role,
    takes_part,
)
from grader.team.families import families, matched, siblings
from grader.team.function_roles import best_function, per_choice
from grader.team.leftovers import doubting, with_leftovers
from grader.team.loose_functions import try_functions
from grader.team.names import parameter_resemblance, resemblance
from grader.team.network_finding import find_networks
from grader.team.networks import KINDS
from grader.team.overrides import Override, check_symbols
from grader.team.probing import GlobalValues, Probe, Prober, Trial, global_values
from grader.team.symbols import Symbol
from grader.team.training_reach import reach
from grader.team.trials import try_class
from grader.team.unclaimed import by_method, by_shape
from grader.team.usage import with_usage

__all__ = ["BROKEN", "Probe", "find"]

CERTAIN = 0.6
"""Least confidence at which nothing more is looked for in modules that the notebook does not name."""
ALMOST = 0.95
"""Resemblance from which a class's name says of itself which model it is, whatever its description speaks of."""
SELECTORS = ["kind", "type", "model", "method", "name", "mode", "art", "typ", "modell", "which", "variant"]
"""Names of constructor arguments that choose one of several models."""
BROKEN = "broken"
"""Kind of a binding whose search failed through a mistake of ours."""


def find(
    slice_: Slice,
    session: Asks,
    rubric: Rubric,
    probe: Probe,
    *,
    overrides: Mapping[str, Override] | None = None,
    sources: Mapping[str, str] | None = None,
    rng: np.random.Generator | None = None,
) -> dict[str, Binding]:
    """One binding per role of the rubric; an empty ``symbol`` says that nothing resembles it.

    ``overrides`` are a tutor's words, which replace the search for their roles; ``UsageFault`` is raised when they
    name what the hand-in does not define. ``sources`` has the text of the hand-in's own modules by module name
    where it is known: their words help, but they are found without. Faults of the team's code while it is tried
    out lower the confidence and are told in ``why``; nothing is raised for them. Where what the process says of its
    definitions cannot be read, all roles are in doubt; where the team's code ends or blocks it, they are missing.
    """
    try:
        described = session.names()
        symbols = with_usage(gather(slice_, described, sources), slice_, sources)
    except TeamFault as fault:
        why = f"The definitions could not be loaded: {fault.sentence()}"
        there = any(statement.kind in ("class", "function") for statement in slice_.statements)
        doubts = {"": why} if there and isinstance(fault, Malformed) else {}
        return {name: replace(missing(name, why), doubts=doubts) for name in rubric.roles}
    values = global_values(described)
    rng = rng if rng is not None else np.random.default_rng(1)
    plain = {name: role for name, role in rubric.roles.items() if role.kind not in (*KINDS, DESCENT)}
    symbols = tuple(s for s in symbols if not (s.unbound and _handed_out(s, rubric)))
    near = tuple(symbol for symbol in symbols if not symbol.unbound)
    search = _Search(near, values, session, plain, probe, rng, rubric.roles)
    told = overrides or {}
    everywhere = _Search(symbols, values, session, plain, probe, rng, rubric.roles)
    found = {
        name: everywhere.told(name, told[name]) if name in told else search.safely(name) for name in plain
    }
    if len(near) < len(symbols):
        found |= everywhere.better({name: b for name, b in found.items() if name not in told})
    found |= everywhere.left_over(found)
    found |= everywhere.unclaimed(found)
    found |= everywhere.marked(found)
    found = with_leftovers(found, symbols, everywhere.owner, plain, slice_)
    found |= find_networks(near, session, rubric)
    found |= find_descents(near, values.numbers, session, rubric, told, bound=found)
    return {name: found[name] for name in rubric.roles}


class _Search:
    """The state of one search: which symbols there are and which roles their names claim."""

    def __init__(
        self,
        symbols: Sequence[Symbol],
        values: GlobalValues,
        session: Asks,
        roles: Mapping[str, Role],
        probe: Probe,
        rng: np.random.Generator,
        every: Mapping[str, Role],
    ) -> None:
        """``roles`` are those searched for here, ``every`` all that the sheet has."""
        self.symbols, self.values, self.session = tuple(symbols), values, session
        self.roles, self.probe, self.rng = roles, probe, rng
        self.owner = {symbol.name: self._owner(symbol) for symbol in symbols}
        self.versions = Versions(symbols, every, self.owner)

    def role(self, name: str) -> Binding:
        """Find one role."""
        role, prober = self.roles[name], self._prober(name)
        return (
            self._function(name, role, prober) if role.kind == "function" else self._model(name, role, prober)
        )

    def safely(self, name: str) -> Binding:
        """Find one role; a mistake of ours in the search breaks this role alone, and is told as ours."""
        try:
            return self.role(name)
        except Exception as error:
            why = f"Our search for it failed ({type(error).__name__}: {error}): that is our fault, not yours."
            return replace(missing(name, why), kind=BROKEN)

    def better(self, found: Mapping[str, Binding]) -> dict[str, Binding]:
        """The roles among those that were not found for certain for which this search finds something more certain."""
        weak = {name: b for name, b in found.items() if b.kind != BROKEN and b.confidence < CERTAIN}
        tried = {name: self.safely(name) for name in weak}
        return {name: b for name, b in tried.items() if b.symbol and b.confidence > weak[name].confidence}

    def left_over(self, found: Mapping[str, Binding]) -> dict[str, Binding]:
        """Models that were not found by name, taken from the classes that fill no other role.

        Classes that nobody's name claims, and that were taken by their methods alone, are shared out anew together
        with what is left, where that fills every role.
        """
        empty, bindings = self._empty(found), {}
        weak = {
            name: self.roles[name]
            for name, b in found.items()
            if name in self.roles and b.kind == "class" and b.symbol and b.confidence < MOST_CONFIDENCE
        }
        if weak and (empty or len(weak) > 1):
            bindings = self._shared_out(found, empty | weak)
            if len(bindings) == len(empty | weak):
                return bindings
        return self._shared_out(found, empty)

    def _shared_out(self, found: Mapping[str, Binding], open_: Mapping[str, Role]) -> dict[str, Binding]:
        """A binding for each open role that a class fits which fills none of the others."""
        others = _symbols_of({name: b for name, b in found.items() if name not in open_})
        bindings = {}
        filled = {
            name: self.roles[name]
            for name, b in found.items()
            if name in self.roles and name not in open_ and b.kind == "class" and answers(b)
        }
        for name, symbol in left_over(open_, self.symbols, others, self.owner, filled).items():
            if found[name].symbol == symbol.name:
                bindings[name] = found[name]
                continue
            trial = try_class(self._prober(name), symbol, [])
            if set(required(open_[name])) - set(trial.worked):
                continue
            spoken = spoken_role(symbol, self.roles) == name
            hints = overlap(symbol, open_[name]) if spoken else 0.5
            candidate = Candidate((symbol,), 0.3, 1.0, hints, spoken=spoken)
            taken = self._bind(name, open_[name], candidate, trial, [])
            why = f"`{symbol.name}` was taken for '{open_[name].title}' because nothing else is left for it."
            most = taken.confidence if spoken else MOST_CONFIDENCE
            bindings[name] = replace(taken, confidence=min(taken.confidence, most), why=why)
        return bindings

    def marked(self, found: Mapping[str, Binding]) -> dict[str, Binding]:
        """Models that were not found by name, taken from functions that mark them by a letter: ``fit_h``, ``fit_g``."""
        empty = self._empty(found)
        if not empty:
            return {}
        bindings = {}
        known = families(self.symbols, empty, _symbols_of(found), self.owner)
        for name, family in matched(known, empty).items():
            trial = try_functions(self._prober(name), family)
            if set(required(empty[name])) - set(trial.worked):
                continue
            taken = self._bind(name, empty[name], Candidate(family, 0.3, 1.0, 0.5), trial, [])
            why = f"`{taken.symbol}` were taken for '{empty[name].title}' by the mark in their names and their code."
            bindings[name] = replace(taken, confidence=min(taken.confidence, MOST_CONFIDENCE), why=why)
        return bindings

    def unclaimed(self, found: Mapping[str, Binding]) -> dict[str, Binding]:
        """Functions that nothing claims by its name, taken from classes that answer as they would, for every choice."""
        bindings = {}
        taken = _symbols_of(found)
        for name, role in self.roles.items():
            if role.kind != "function" or found[name].symbol or found[name].kind == BROKEN:
                continue
            candidates = by_shape(role, self.roles, self.symbols, self.owner, taken)
            if not candidates:
                continue
            chooser = Chooser(self._prober(name), self.symbols, self._foreign(role), named_only=True)
            best, _ = best_function(chooser, candidates)
            if best is None or len(best[1].worked) < max(1, len(chooser.choosing.choices)):
                bindings[name] = doubting(found[name], role, "", [c.symbols[0] for c in candidates])
                continue
            binding = self._bind(name, role, *best, [])
            why = f"`{binding.symbol}` was taken for '{role.title}' by its code and answers, not by its name."
            bindings[name] = replace(binding, confidence=min(binding.confidence, MOST_CONFIDENCE), why=why)
        return bindings

    def _empty(self, found: Mapping[str, Binding]) -> dict[str, Role]:
        """The models for which nothing was found that answers."""
        return {
            name: role
            for name, role in self.roles.items()
            if role.kind == "model" and not answers(found[name]) and found[name].kind != BROKEN
        }

    def _prober(self, name: str) -> Prober:
        probe = self.probe.of_role.get(name, self.probe)
        return Prober(self.session, self.roles[name], probe, self.rng, self.values)

    def told(self, name: str, override: Override) -> Binding:
        """Bind what a tutor named; only what the tutor left open is searched for."""
        check_symbols(override, [symbol.name for symbol in self.symbols])
        role, by_name = self.roles[name], {symbol.name: symbol for symbol in self.symbols}
        chosen = [by_name[symbol] for symbol in override.symbols]
        prober = self._prober(name)
        prober.force(override.methods, override.parameters)
        objects = [symbol for symbol in chosen if symbol.kind != "function"]
        functions = [by_name[n] for n in override.methods.values() if n in by_name] or self._functions(
            name, role
        )
        candidate = Candidate(tuple(objects[:1] or chosen), 1.0, 1.0, 1.0)
        if role.kind == "function":
            candidate, trial = self._told_function(role, prober, chosen)
        elif objects:
            trial = try_class(prober, objects[0], functions)
        else:
            trial = try_functions(prober, [*chosen, *(f for f in functions if f not in chosen)])
        trial.answers = override.answers or trial.answers
        found = self._bind(name, role, candidate, trial, [])
        why = f"A tutor named `{', '.join(override.symbols)}` for '{role.title}'."
        faults = "; ".join(trial.faults.values())
        return replace(
            found,
            symbol=", ".join(override.symbols),
            kind=override.kind or found.kind,
            answers=trial.answers,
            confidence=1.0,
            why=why + (f" Not everything answers: {faults[:300]}." if faults else ""),
        )

    def _told_function(self, role: Role, prober: Prober, chosen: Sequence[Symbol]) -> tuple[Candidate, Trial]:
        chooser = Chooser(prober, self.symbols, self._foreign(role))
        candidates = [Candidate((symbol,), 1.0, 1.0, 1.0) for symbol in chosen]
        if len(chosen) > 1:
            return per_choice(chooser, candidates)[0]
        trial = chooser.try_symbol(chosen[0])
        chooser.direction(trial)
        return candidates[0], trial

    def _owner(self, symbol: Symbol) -> str:
        """The role that a symbol resembles most by name, methods and code; empty if its name resembles none.

        A name that says nothing may stand in a dict under a key that does; one that says more than a role's name may
        speak of another model, as the description tells: ``GaussBlend``, "a mixture of several Gaussians".
        """
        scored = [
            (named_like(symbol, role), overlap(symbol, role), name) for name, role in self.roles.items()
        ]
        best = max(scored, default=(0.0, 0.0, ""))
        told = spoken_role(symbol, self.roles) if NAMED <= best[0] < ALMOST and symbol.kind == "class" else ""
        if told not in ("", best[2]) and claimed(symbol, told, self.roles) >= 1.0:
            return told
        return best[2] if best[0] >= NAMED else listed_role(symbol, self.roles)

    # ---- models -------------------------------------------------------------------------------------

    def _model(self, name: str, role: Role, prober: Prober) -> Binding:
        loose = self._functions(name, role)
        tried, slips = self._tried_classes(name, role, prober, loose)
        if loose and not _whole(role, tried):
            likeness = max(resemblance(symbol.name, role.names) for symbol in loose)
            hints = max(overlap(symbol, role) for symbol in loose)
            tried += _tried_functions(prober, Candidate(tuple(loose), likeness, 0.0, hints), slips)
        shared = [] if _whole(role, tried) else for_all_models(self.symbols, self.owner, self.roles)
        if loose and shared:
            for found, trial in _tried_functions(
                prober, Candidate((*loose, *shared), likeness, 0.0, hints), slips
            ):
                if trial.methods.get(prober.fitting, "") in {"", *(symbol.name for symbol in loose)}:
                    tried.append((found, trial))  # another model's fit does not tell the models apart
        every = {} if _whole(role, tried) else dispatched(self.symbols, self.owner, self.roles)
        if (all_of_them := every.get(name)) is not None:
            candidate = Candidate(all_of_them.symbols, all_of_them.likeness, 0.0, 0.0)
            tried += _tried_functions(prober, candidate, slips)
        usable = [pair for pair in tried if pair[1].plan["calls"] or pair[1].worked]
        if slips and not usable:
            raise slips[0]
        if not usable:
            return self._near_miss(name, role, tried)
        best = max(usable, key=lambda pair: order(pair[0], pair[1], role))
        taken = self._bind(name, role, *best, [c for c, _ in tried if c is not best[0]])
        if not slips:
            return taken
        said = "; ".join(f"{type(slip).__name__}: {slip}"[:120] for slip in slips[:3])
        return replace(taken, why=f"{taken.why} Trials that our own mistakes ended: {said}.")

    def _tried_classes(
        self, name: str, role: Role, prober: Prober, loose: Sequence[Symbol]
    ) -> tuple[list[tuple[Candidate, Trial]], list[Exception]]:
        """Trials of the most promising classes, and mistakes of ours, of which each spoils one candidate alone."""
        tried: list[tuple[Candidate, Trial]] = []
        slips: list[Exception] = []
        for candidate in self._classes(name, role)[:4]:
            try:
                trial = try_class(prober, candidate.symbols[0], loose, dict(candidate.fixed))
            except GraderFault:
                raise
            except Exception as error:
                slips.append(error)
                continue
            if loose and trial.plan["calls"] and not takes_part(trial):
                continue
            tried.append((candidate, trial))
            if len(trial.worked) == len(role.methods) and candidate.name >= 0.9:
                break
        return tried, slips

    def _classes(self, name: str, role: Role) -> list[Candidate]:
        """Classes and instances that may be the role, most promising first."""
        found = []
        for symbol in self.symbols:
            if symbol.kind == "function" or symbol.shadowed or instance_of_known(symbol, self.symbols):
                continue
            candidate = self._class(symbol, name, role)
            if candidate is not None:
                found.append(candidate)
        derived = {base for c in found for base in c.symbols[0].bases}
        found = [c for c in found if c.name >= 0.9 or c.symbols[0].name not in derived] if found else []
        return sorted(
            found, key=lambda c: (-round(c.promising, 2), -_depth(c.symbols[0]), -c.symbols[0].order)
        )

    def _class(self, symbol: Symbol, name: str, role: Role) -> Candidate | None:
        offered = symbol.offers()
        share = share_of_methods(role, symbol)
        likeness, hints = named_like(symbol, role), overlap(symbol, role)
        owner = self.owner[symbol.name]
        if owner == name:  # by its name, or by the key under which it stands in a dict
            return Candidate((symbol,), max(likeness, NAMED), share, hints) if offered else None
        if owner or share < 0.6 or speaks_against(symbol.name, role):
            return None
        selected = self._selected(symbol, role)
        if selected:
            return Candidate((symbol,), 0.3, share, hints, selected)
        rivals = [
            overlap(symbol, other)
            for key, other in self.roles.items()
            if key != name and other.kind == role.kind
        ]
        said = spoken_role(symbol, self.roles)
        if said and said != name:
            return None
        likely = bool(said) or hints > max(rivals, default=0.0)
        return Candidate((symbol,), 0.0, share, hints, spoken=bool(said)) if likely else None

    def _selected(self, symbol: Symbol, role: Role) -> dict[str, str]:
        """Constructor argument that makes a class for several models this one: ``kind="..."``."""
        spoken = {
            text: key
            for text in symbol.texts
            for key, other in self.roles.items()
            if other.kind == role.kind and " " not in text and resemblance(text, other.names) >= 0.85
            and not speaks_against(text, other)
        }  # fmt: skip
        if len(set(spoken.values())) < 2:
            return {}
        for parameter in symbol.parameters:
            if parameter_resemblance(parameter.name, SELECTORS) >= 0.9:
                fitting = [text for text, key in spoken.items() if self.roles[key] is role]
                return {parameter.name: fitting[0]} if fitting else {}
        return {}

    def _foreign(self, role: Role) -> frozenset[str]:
        """Symbols whose names speak of another role."""
        return frozenset(s for s, owner in self.owner.items() if owner and self.roles[owner] is not role)

    def _functions(self, name: str, role: Role) -> list[Symbol]:
        """Loose functions whose names speak of the role, or of something that only this role is asked."""
        functions = [s for s in self.symbols if s.kind == "function" and not s.shadowed]
        models = {key: other for key, other in self.roles.items() if other.kind == "model"}
        spoken = [s for s in functions if self.owner[s.name] == name or (not self.owner[s.name] and speaks_of_method(s, models) == name)]  # fmt: skip
        spoken += siblings(spoken, self.symbols, role, self.owner)
        more = known_functions(self.symbols, name, self.roles, self.owner)
        claimed = spoken or name in self.owner.values()
        return self.versions.for_role(name, [*spoken, *(s for s in more if claimed and s not in spoken)])

    # ---- functions ----------------------------------------------------------------------------------

    def _function(self, name: str, role: Role, prober: Prober) -> Binding:
        candidates = sorted(
            (
                Candidate((s,), named_like(s, role), 1.0, overlap(s, role))
                for s in self.symbols
                if not s.shadowed and self.owner[s.name] == name and not instance_of_known(s, self.symbols)
            ),
            key=preference,
        )
        candidates = candidates or by_method(role, self.symbols, self.owner)
        best, tried = best_function(Chooser(prober, self.symbols, self._foreign(role)), candidates)
        if best is None:
            close = [c.symbols[0] for c in candidates if not self.owner[c.symbols[0].name]]
            return self._near_miss(name, role, tried, close)
        return self._bind(name, role, *best, [c for c, _ in tried if c.symbols[0] not in best[0].symbols])

    # ---- outcome ------------------------------------------------------------------------------------

    def _bind(
        self, name: str, role: Role, candidate: Candidate, trial: Trial, others: Sequence[Candidate]
    ) -> Binding:
        loose = role.kind == "model" and candidate.symbols[0].kind == "function"
        unheard = reach(self._prober(name), trial, self.symbols) if loose else {}
        unheard = doubts_of(self.symbols, role, trial.methods) | unheard
        return bound(name, role, candidate, trial, others, unheard)

    def _near_miss(
        self,
        name: str,
        role: Role,
        tried: Sequence[tuple[Candidate, Trial]],
        more: Sequence[Symbol] = (),
    ) -> Binding:
        close = [s for s in self.symbols if self.owner[s.name] == name and not s.shadowed]
        return near_miss(name, role, [*close, *more], [trial for _, trial in tried])


def _whole(role: Role, tried: Sequence[tuple[Candidate, Trial]]) -> bool:
    """Whether a trial answered everything that a role must."""
    return any(not set(required(role)) - set(trial.worked) for _, trial in tried)


def _tried_functions(
    prober: Prober, candidate: Candidate, slips: list[Exception]
) -> list[tuple[Candidate, Trial]]:
    """The candidate's functions with their trial; a mistake of ours spoils these alone and is noted in ``slips``."""
    try:
        return [(candidate, try_functions(prober, candidate.symbols))]
    except GraderFault:
        raise
    except Exception as error:
        slips.append(error)
        return []


# ---- evidence -------------------------------------------------------------------------------------------


def _handed_out(symbol: Symbol, rubric: Rubric) -> bool:
    """Whether a symbol lies in a module that the sheet hands out."""
    return symbol.name.partition(".")[0] in {name.partition(".")[0] for name in rubric.provides}


def _symbols_of(found: Mapping[str, Binding]) -> list[str]:
    """Names of what fills a role; what only came close is free for another."""
    return [symbol for binding in found.values() if answers(binding) for symbol in binding.symbol.split(", ")]


def _depth(symbol: Symbol) -> int:
    return len(symbol.bases)
