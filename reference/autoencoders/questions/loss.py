"""Whether the loss is a weighted sum of a live reconstruction error and a discrepancy of the codes."""

from __future__ import annotations

import ast
import textwrap
from typing import Any

import numpy as np

from grader.errors import TeamFault
from grader.judge.checks import Measured, Outcome, check
from grader.judge.discrepancy import mmd_squared
from grader.judge.networks import (
    movement,
    reconstruction_gradient,
    sign_agreement,
    squared_error,
    with_weights,
)
from grader.records import Verdict
from grader.syntax import parsed
from reference.autoencoders.questions.runs import Bench, State, open_bench

ALL, MOST = 0.999, 0.98
"""Share of weights that move against a gradient: practically all, and all but the smallest."""


@check
def weighted_loss(
    team: Any,
    lab: Any,
    *,
    setting: list[int],
    rows: int,
    rate: float,
    weights: list[float],
    long_rows: int,
    long_epochs: int,
    long_rate: float,
) -> Outcome:
    """The loss is a weighted sum of the reconstruction error and the discrepancy of the codes, both with gradient."""
    where = lab.on(team, "train_mmd_autoencoder", "call")
    train = team.train_mmd_autoencoder
    role = train.works_on or "autoencoder"
    bench = open_bench(team, lab, "train_mmd_autoencoder", tuple(setting), lab.moons(rows), role)  # type: ignore[arg-type]
    shown = _long_run(lab, bench, long_rows, long_epochs, long_rate, weights[0])
    if bench.anatomy.network is None:
        return lab.outcome(Verdict.REVIEW, f"{where}: the network it works on could not be rebuilt outside; a person "
                           "reads the loss.", "", *shown)  # fmt: skip
    first = {
        w: bench.run(epochs=1, rate=rate, weight=w)
        for w in (weights if train.takes("weight") else weights[:1])
    }
    encoder, decoder = bench.anatomy.halves()
    still = max(movement(*states, decoder) for states in first.values())
    if still < 1e-3 * rate:
        return _dead_reconstruction(lab, bench, where, first, shown)
    return _by_direction(lab, bench, where, rate, first, encoder, decoder, shown)


def _dead_reconstruction(
    lab: Any, bench: Bench, where: str, first: dict[float, tuple[State, State]], shown: tuple[Measured, ...]
) -> Outcome:
    """No weight of the decoder moves, whatever the weight: the reconstruction error has weight 0."""
    train = bench.team.train_mmd_autoencoder
    at = " and ".join(f"{w:g}" for w in first)
    name = train.name_of("weight")
    asked = f" at {name} = {at}" if name else ""
    unmoved = Measured(f"largest move of the decoder's weights{asked}", 0.0, "more than 0", False)
    unused = [p for p in unused_parameters(train.source()) if p == name]
    reason = f" Its parameter '{name}' is never used in the function." if unused else ""
    if unused:
        lab.note(f"The source of {where} never reads its parameter '{name}'.")
    return Outcome(
        (unmoved, *_effect(bench, first), *shown),
        share=0.0,
        message=f"{where}: no weight of the decoder moves{asked}, so the reconstruction error enters the loss with "
        f"weight 0 and only the discrepancy is trained.{reason}",
        next_step="Print both terms and both factors of the loss once: what is the reconstruction multiplied by?",
        independent=True,
    )


def _effect(bench: Bench, first: dict[float, tuple[State, State]]) -> tuple[Measured, ...]:
    """Whether the weight changes anything at all, between the smallest and the largest."""
    states = list(first.values())
    if len(states) < 2:
        return ()
    apart = movement(states[0][1], states[-1][1])
    return (Measured("largest difference of a weight between the smallest and the largest MMD weight", apart,
                     "more than 0", apart > 0),)  # fmt: skip


def _by_direction(
    lab: Any,
    bench: Bench,
    where: str,
    rate: float,
    first: dict[float, tuple[State, State]],
    encoder: list[str],
    decoder: list[str],
    shown: tuple[Measured, ...],
) -> Outcome:
    """Read from the first step of Adam which terms the loss has: its signs are those of the gradient."""
    follows = {w: _agreement(bench, s, decoder) for w, s in first.items()}
    pulled = {w: _agreement(bench, s, encoder) for w, s in first.items()}
    seen = (*(_share(f"decoder's weights that follow the reconstruction error, MMD weight {w:g}", v, MOST, True)
              for w, v in follows.items()),
            _share("encoder's weights that follow the reconstruction error alone", min(pulled.values()), ALL, False))  # fmt: skip
    if min(follows.values()) < MOST:
        return _decoder_pulled(lab, bench, where, rate, follows, seen, shown)
    if min(pulled.values()) >= ALL and not _alive_when_heavy(bench, rate, encoder):
        return Outcome(
            (*seen, *shown), share=0.0, independent=True,
            message=f"{where}: every weight of the encoder follows the reconstruction error alone, however large the "
            "weight of the discrepancy is: its term has no gradient.",
            next_step="Where on the way from the codes to the loss is the computation of gradients cut off?",
        )  # fmt: skip
    if not all(m.passed for m in shown):
        return lab.outcome(Verdict.REVIEW, f"{where}: both terms have a gradient, yet the reconstruction does not get "
                           "better; a person looks at the factors.", "", *seen, *shown)  # fmt: skip
    return Outcome((*seen, *shown), share=1.0, independent=True)


def _decoder_pulled(
    lab: Any,
    bench: Bench,
    where: str,
    rate: float,
    follows: dict[float, float],
    seen: tuple[Measured, ...],
    shown: tuple[Measured, ...],
) -> Outcome:
    """Something beside the reconstruction moves the decoder; the discrepancy does if it fades with its weight."""
    train = bench.team.train_mmd_autoencoder
    faint = float("nan")
    if train.takes("weight"):
        faint = _agreement(bench, bench.run(epochs=1, rate=rate, weight=1e-4), bench.anatomy.halves()[1])
    if faint >= MOST:
        return Outcome(
            (*seen, *shown), share=0.0, independent=True,
            message=f"{where}: with a large weight the decoder's weights no longer follow the reconstruction error "
            f"({min(follows.values()):.0%} do): the discrepancy pulls at the decoder, so it is not one of the codes alone.",
            next_step="Which two samples does the discrepancy compare, and which of them should it be?",
        )  # fmt: skip
    return lab.outcome(Verdict.REVIEW, f"{where}: the decoder's first step is not that of the squared reconstruction "
                       "error; a person looks at the terms of the loss.", "", *seen, *shown)  # fmt: skip


def _agreement(bench: Bench, states: tuple[State, State], names: list[str]) -> float:
    assert bench.anatomy.network is not None
    before, after = states
    data = bench.points.astype(np.float32).astype(float)
    gradient = reconstruction_gradient(with_weights(bench.anatomy.network, before), data)
    return sign_agreement(before, after, gradient, names)


def _alive_when_heavy(bench: Bench, rate: float, encoder: list[str]) -> bool:
    """With a discrepancy a hundred times as heavy, the encoder goes another way (or the opposite, in a mixture)."""
    if not bench.team.train_mmd_autoencoder.takes("weight"):
        return False
    heavy = _agreement(bench, bench.run(epochs=1, rate=rate, weight=100.0), encoder)
    return 1 - ALL < heavy < ALL


def _share(name: str, value: float, bound: float, at_least: bool) -> Measured:
    passed = value >= bound if at_least else value < bound
    return Measured(
        name, round(float(value), 4), f"{'at least' if at_least else 'less than'} {bound:.1%}", bool(passed)
    )


def _long_run(
    lab: Any, bench: Bench, rows: int, epochs: int, rate: float, weight: float
) -> tuple[Measured, ...]:
    """Reconstruction error and discrepancy of the codes before and after a longer run."""
    network = bench.anatomy.network
    if network is None:
        return ()
    points = lab.moons(rows).astype(np.float32).astype(float)
    try:
        before, after = bench.run(points, epochs=epochs, rate=rate, weight=weight)
    except TeamFault as fault:
        return (Measured(f"{epochs} epochs of training", fault.sentence(), "an answer", False),)
    old, new = with_weights(network, before), with_weights(network, after)
    codes = [net.values(points)[bench.anatomy.split] for net in (old, new)]
    normal = lab.normal(rows, dimension=codes[0].shape[1])
    gaps = [_discrepancy(c, normal) for c in codes]
    start, end = squared_error(old, points), squared_error(new, points)
    told = f"squared error after {epochs} epochs at MMD weight {weight:g} (start {start:.3g}, variance of the data {points.var(axis=0).mean():.3g})"
    return (
        lab.measured(told, end, at_most=0.7 * start),
        Measured(
            "our MMD² between codes and standard normal, before -> after",
            f"{gaps[0]:.3g} -> {gaps[1]:.3g}",
            "shown only",
            True,
        ),
    )


def _discrepancy(codes: Any, normal: Any) -> float:
    if not np.all(np.isfinite(codes)):
        return float("nan")
    return float(np.sum(mmd_squared(codes, normal, kernel="imq", bandwidths=(0.5, 1.0, 2.0, 4.0))))


def unused_parameters(source: str) -> list[str]:
    """Parameters of a function that its body never reads; empty if the text is no function."""
    try:
        tree = parsed(textwrap.dedent(source))
    except (SyntaxError, ValueError):
        return []
    function = next((n for n in tree.body if isinstance(n, ast.FunctionDef)), None)
    if function is None:
        return []
    read = {n.id for s in function.body for n in ast.walk(s) if isinstance(n, ast.Name)}
    return [
        a.arg
        for a in (*function.args.args, *function.args.kwonlyargs)
        if a.arg not in read and a.arg != "self"
    ]
