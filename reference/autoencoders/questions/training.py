"""Whether the training is Adam on the squared reconstruction error, step by step."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from grader.judge.checks import Measured, Outcome, check
from grader.judge.networks import (
    FeedForward,
    Recipe,
    mismatch,
    movement,
    squared_error,
    trained,
    trajectory,
    with_weights,
)
from grader.records import Verdict
from reference.autoencoders.questions.runs import Bench, State, open_bench

ADAM = Recipe("Adam on the squared error")
RECIPES = (
    ADAM,
    Recipe("Adam whose gradients are never reset", adds_up=True),
    Recipe("plain gradient descent (SGD)", rule="sgd"),
    Recipe("gradient descent with momentum 0.9", rule="momentum"),
    Recipe("RMSprop", rule="rmsprop"),
    Recipe("Adagrad", rule="adagrad"),
    Recipe("Adam on the absolute error", absolute=True),
)
MOST_STEPS = 120
"""Steps of our Adam that are compared where the number of epochs is in doubt."""
Run = tuple[float, int, State, State]


@check
def reconstruction_training(
    team: Any,
    lab: Any,
    *,
    setting: list[int],
    rows: int,
    rates: list[float],
    epochs: list[int],
    tolerance: float,
    slip_share: float,
    long_rows: int,
    long_epochs: int,
    long_rate: float,
) -> Outcome:
    """Adam on the mean squared reconstruction error, with the given epochs and rate, moving both halves."""
    where = lab.on(team, "train_autoencoder", "call")
    points = lab.moons(rows)
    bench = open_bench(team, lab, "train_autoencoder", tuple(setting), points)  # type: ignore[arg-type]
    runs = [(rate, n, *bench.run(epochs=n, rate=rate)) for rate, n in _pairs(rates, epochs)]
    if all(movement(before, after) == 0 for _, _, before, after in runs):
        return lab.failed(f"{where}: the weights do not change at all.", "Which call changes the weights?",
                          Measured("largest change of a weight", 0.0, "more than 0", False))  # fmt: skip
    errors = _long_run(lab, bench, where, long_rows, long_epochs, long_rate)
    if bench.anatomy.network is None:
        return _by_behaviour(lab, where, runs, errors, "The network could not be rebuilt outside.")
    halves = _halves(lab, bench, runs, where)
    if not all(m.passed for m in halves):
        return Outcome((*halves, *errors), share=0.0, independent=True)
    gaps = _gaps(bench.anatomy.network, bench, runs)
    if gaps[ADAM.name] <= tolerance:
        exact = lab.measured("distance to our Adam, in steps", gaps[ADAM.name], at_most=tolerance)
        return Outcome((exact, *halves, *errors), independent=True)
    told = _named_slip(lab, where, bench, runs, gaps, tolerance, slip_share)
    if told is not None:
        shown = (told, *halves, *errors)
        return Outcome(
            shown, share=told.share, message=told.message, next_step=told.next_step, independent=True
        )
    return _by_behaviour(
        lab, where, runs, (*halves, *errors), "Its steps are not those of full-batch training."
    )


def _pairs(rates: list[float], epochs: list[int]) -> list[tuple[float, int]]:
    """Rate and epochs of the runs: one and several epochs at the first rate, several at the second."""
    return [(rates[0], epochs[0]), (rates[0], epochs[1]), (rates[1], epochs[1])]


def _gaps(network: FeedForward, bench: Bench, runs: list[Run]) -> dict[str, float]:
    """Largest mismatch over all runs between the team's weights and those of each recipe, in units of a step."""
    data = bench.points.astype(np.float32).astype(float)
    worst: dict[str, float] = {}
    for recipe in RECIPES:
        per_run = []
        for rate, steps, before, after in runs:
            mine = trained(with_weights(network, before), data, steps=steps, rate=rate, recipe=recipe)
            per_run.append(mismatch(before, after, mine, _unit(recipe, rate, before, mine)))
        worst[recipe.name] = max(per_run)
    return worst


def _unit(recipe: Recipe, rate: float, before: State, mine: dict[str, Any]) -> float:
    """What a step is worth: the rate for rules that scale their steps, else the largest move."""
    return rate if recipe.rule in {"adam", "rmsprop"} else max(1e-12, movement(before, mine, list(mine)))


def _halves(lab: Any, bench: Bench, runs: list[Run], where: str) -> list[Measured]:
    """Both halves of the network move."""
    moved = []
    rate, _, before, after = runs[1]
    for name, names in zip(("encoder", "decoder"), bench.anatomy.halves(), strict=True):
        moved.append(
            lab.measured(
                f"largest move of the {name}'s weights", movement(before, after, names) / rate, at_least=1e-3,
                unit="steps of the learning rate", message=f"{where}: the weights of the {name} do not change.",
                next_step="Which parameters does the optimiser get, and does a gradient reach them?",
            )
        )  # fmt: skip
    return moved


def _long_run(
    lab: Any, bench: Bench, where: str, rows: int, epochs: int, rate: float
) -> tuple[Measured, ...]:
    """The error falls well below its start; judged against our own Adam from the same weights."""
    network = bench.anatomy.network
    if network is None:
        return ()
    points = lab.moons(rows).astype(np.float32).astype(float)
    before, after = bench.run(points, epochs=epochs, rate=rate)
    start = squared_error(with_weights(network, before), points)
    end = squared_error(with_weights(network, after), points)
    ours = trained(with_weights(network, before), points, steps=epochs, rate=rate, recipe=ADAM)
    best = squared_error(with_weights(network, ours), points)
    return (
        lab.measured(
            f"squared error after {epochs} epochs (start {start:.3g}, our Adam {best:.3g})", end,
            at_most=max(0.7 * start, 2 * best),
            message=f"{where}: the squared reconstruction error is {end:.3g} after {epochs} epochs; it began at {start:.3g}.",
            next_step="Plot the training error over the epochs: does it fall?",
        ),
    )  # fmt: skip


def _named_slip(
    lab: Any,
    where: str,
    bench: Bench,
    runs: list[Run],
    gaps: dict[str, float],
    tolerance: float,
    share: float,
) -> Measured | None:
    """A slip that explains the weights, or None."""
    best = min(gaps, key=lambda name: gaps[name])
    if gaps[best] <= tolerance:
        steps = {
            RECIPES[1].name: "When are the gradients of the step before thrown away?",
            RECIPES[-1].name: "Which error does the sheet ask for?",
        }
        return Measured(
            "training that explains the weights", best, ADAM.name, False,
            message=f"{where}: from weights we know, yours are those of {best}, not of {ADAM.name}.",
            next_step=steps.get(best, "Which optimiser does the sheet ask for?"), share=share,
        )  # fmt: skip
    return _rate_slip(bench, where, runs, tolerance, share) or _epoch_slip(
        bench, where, runs, tolerance, share
    )


def _rate_slip(bench: Bench, where: str, runs: list[Run], tolerance: float, share: float) -> Measured | None:
    """Adam with a rate of its own: the same steps whatever rate is asked for."""
    assert bench.anatomy.network is not None
    rate = movement(runs[0][2], runs[0][3])
    fixed = [(rate, steps, before, after) for _, steps, before, after in runs]
    if rate <= 0 or _gaps_of(bench, fixed) > 2 * tolerance:
        return None
    asked = " and ".join(f"{r:g}" for r in dict.fromkeys(r for r, *_ in runs))
    return Measured(
        "learning rate that was used", f"{rate:.3g}", asked, False, share=share,
        message=f"{where}: asked for learning rates {asked}, the weights moved as with {rate:.3g} both times.",
        next_step="Where does the optimiser get its learning rate from?",
    )  # fmt: skip


def _epoch_slip(bench: Bench, where: str, runs: list[Run], tolerance: float, share: float) -> Measured | None:
    """Adam with another number of steps."""
    taken = []
    for rate, _, before, after in runs:
        count = _steps_taken(bench, rate, before, after, tolerance)
        if count is None:
            return None
        taken.append(count)
    asked = " / ".join(str(steps) for _, steps, _, _ in runs)
    got = " / ".join(map(str, taken))
    return Measured(
        "Adam steps taken", got, asked, False, share=share,
        message=f"{where}: asked for {asked} epochs, the weights moved by {got} steps.",
        next_step="Count how often the loop over the epochs runs.",
    )  # fmt: skip


def _steps_taken(bench: Bench, rate: float, before: State, after: State, tolerance: float) -> int | None:
    """After how many steps of our Adam the weights are those of the team; None if after none of them."""
    if movement(before, after) == 0:
        return 0
    assert bench.anatomy.network is not None
    data = bench.points.astype(np.float32).astype(float)
    path = trajectory(with_weights(bench.anatomy.network, before), data, rate=rate, recipe=ADAM)
    for count, mine in enumerate(itertools.islice(path, MOST_STEPS), start=1):
        if mismatch(before, after, mine, rate) <= tolerance:
            return count
    return None


def _gaps_of(bench: Bench, runs: list[Run]) -> float:
    assert bench.anatomy.network is not None
    data = bench.points.astype(np.float32).astype(float)
    gaps = []
    for rate, steps, before, after in runs:
        mine = trained(with_weights(bench.anatomy.network, before), data, steps=steps, rate=rate, recipe=ADAM)
        gaps.append(mismatch(before, after, mine, rate))
    return max(gaps)


def _by_behaviour(lab: Any, where: str, runs: list[Run], errors: tuple[Measured, ...], why: str) -> Outcome:
    """Not comparable step by step (small batches, a schedule, another network): judged by what moves how far."""
    one, several, slower = (movement(before, after) for _, _, before, after in runs)
    rate, other = runs[0][0], runs[2][0]
    scaled = (several / slower) / (rate / other) if slower > 0 else float("nan")
    measured = (
        lab.measured("largest move in one epoch, in steps of the learning rate", one / rate, at_least=0.9),
        lab.measured(
            "move of several epochs over that of one", several / one if one else float("nan"), at_least=1.2
        ),
        lab.measured("move per learning rate, first rate over second", scaled, between=(0.5, 2.0)),
        *errors,
    )
    lab.note(f"{why} Judged by how far the weights move and how the error falls.")
    if all(m.passed for m in measured):
        return Outcome(measured, independent=True)
    return lab.outcome(Verdict.REVIEW, f"{where}: {why} What moved does not look like Adam with the given rate "
                       "and epochs; a person looks at it.", "", *measured)  # fmt: skip
