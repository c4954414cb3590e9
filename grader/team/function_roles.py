"""Which function of a hand-in fills a role of kind ``function``: one for all choices, or one for each."""

from __future__ import annotations

from collections.abc import Sequence

from grader.team.choices import SAME_NUMBER, Chooser
from grader.team.evidence import Candidate
from grader.team.probing import Trial
from grader.team.spellings import arguments_of, choice_of
from grader.team.symbols import Symbol

Tried = tuple[Candidate, Trial]


def best_function(chooser: Chooser, candidates: Sequence[Candidate]) -> tuple[Tried | None, list[Tried]]:
    """The trial to take, or None where none can be called, and all candidates that were tried one by one.

    ``candidates`` come with the most promising first.
    """
    tried = [(c, chooser.try_symbol(c.symbols[0])) for c in candidates[:6] if not c.symbols[0].member]
    wanted = len(chooser.choosing.choices) if chooser.name else 1
    tried = _first_at_once(chooser, tried, wanted)
    best = next((pair for pair in tried if len(pair[1].worked) >= wanted), None)
    if best is None:
        at_once = [(c, trial) for c in candidates[:4] if (trial := chooser.by_entry(c.symbols[0]))]
        at_once += [(c, trial) for c in candidates[:4] if (trial := chooser.by_factories(c.symbols[0]))]
        usable = [
            *at_once,
            *per_choice(chooser, candidates),
            *(pair for pair in tried if pair[1].plan["calls"]),
        ]
        best = max(usable, key=lambda pair: len(pair[1].worked), default=None)
    if best is not None and "choice" not in best[1].plan:
        chooser.direction(best[1])
    if best is not None and best[1].worked:
        slot = f"parameter:{chooser.name}"
        handed = [trial for _, trial in tried if any(a["slot"] == slot for a in arguments_of(trial.plan))]
        same = {c for trial in handed for c, fault in trial.faults.items() if fault == SAME_NUMBER}
        if same:
            best[1].plan["same"] = sorted(same)
        best[1].spoken = {
            c: place
            for c, place in chooser.telling.spoken_of(chooser.answering(best[1])).items()
            if c not in same
        }
    return best, tried


def _first_at_once(chooser: Chooser, tried: list[Tried], wanted: int) -> list[Tried]:
    """The same trials, where the function that the team uses most answers all choices at once."""
    first = tried[0] if tried else None
    if first is None or len(first[1].worked) >= wanted or not first[0].symbols[0].times:
        return tried
    at_once = chooser.by_entry(first[0].symbols[0])
    return [(first[0], at_once), *tried[1:]] if at_once else tried


def per_choice(chooser: Chooser, candidates: Sequence[Candidate]) -> list[Tried]:
    """One function per choice, put together into one plan; empty where none stands for a choice."""
    if not chooser.name:
        return []
    symbols: list[Symbol] = []
    plans, whole = {}, Trial(answers="value")
    for symbol in (candidate.symbols[0] for candidate in candidates):
        choice = choice_of(symbol, chooser.choosing)
        if not choice or choice in plans:
            continue
        trial = chooser.try_symbol(symbol, choice)
        if trial.worked:
            chooser.direction(trial)
            plans[choice] = trial.plan
            symbols.append(symbol)
            whole.worked += trial.worked
            whole.guessed += trial.guessed
            whole.parameters |= trial.parameters
            whole.filled |= trial.filled
            whole.unclear |= trial.unclear
            whole.methods[f"{chooser.call}:{choice}"] = symbol.name
    if not plans:
        return []
    whole.plan = {"choice": chooser.name, "plans": plans, "calls": {}}
    best = max(candidates, key=lambda c: c.name if c.symbols[0] in symbols else 0.0)
    return [(Candidate(tuple(symbols), best.name, 1.0, best.hints), whole)]
