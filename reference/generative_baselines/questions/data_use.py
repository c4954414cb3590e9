"""How the moons were used: their noise, sizes of training sets, labels, and whether tests are made on other data."""

import ast
from dataclasses import dataclass

from grader.judge.checks import check
from grader.judge.transcript import prints_of
from grader.records import Verdict
from reference.generative_baselines.questions.experiments import experiments
from reference.generative_baselines.questions.noted import noise_of

MAKER = "make_moons"


@dataclass(frozen=True)
class Part:
    """One thing the sheet says of the data: kept (True), not kept (False), or not seen (None)."""

    name: str
    kept: bool | None
    cost: float = 0.0
    message: str = ""
    next_step: str = ""
    seen: float = 0.0


@check
def moons_data(team, lab, *, noise, sizes, silent_cost, noise_cost, sizes_cost, labels_cost, test_cost):
    """Moons with the noise asked for, training sets of several sizes, no labels, tests on other data."""
    facts = experiments(team, lab)
    made = facts.source.calls(MAKER)
    if not facts.moons and not made:
        return without_moons(lab, facts)
    noises, surely = noise_levels(facts)
    parts = [
        noise_part(facts, noises, surely, noise, silent_cost, noise_cost),
        sizes_part(facts, sizes, sizes_cost),
        labels_part(facts, labels_cost),
        test_part(facts, test_cost),
    ]
    lab.point(*[facts.transcript.cells[i] for i in places_of(facts)][:3])
    if len(noises) > 1 and noise in noises:
        others = ", ".join(f"{value:g}" for value in sorted(noises - {noise}))
        lab.note(f"moons with other noise ({others}) were made as well; models are judged on noise {noise:g}")
    return settle(lab, parts)


def settle(lab, parts):
    """One outcome for all parts: what is not kept costs its share, what is not seen goes to a person."""
    broken = [part for part in parts if part.kept is False]
    unseen = [part for part in parts if part.kept is None]
    share = max(0.0, 1 - sum(part.cost for part in broken))
    measured = [
        lab.measured(part.name, part.seen if part.kept is not None else float("nan"), at_least=1, share=share)
        for part in parts
        if part.kept is not None
    ]
    message = " ".join(part.message for part in broken)
    step = next((part.next_step for part in broken), "")
    if broken and share <= 0:
        return lab.failed(message, step, *measured)
    if unseen:
        text = " ".join(
            [*(part.message for part in broken), *(f"Not seen by the machine: {p.name}." for p in unseen)]
        )
        return lab.outcome(Verdict.REVIEW, text, "Look at how the data are made and used.", *measured)
    return lab.partial(share, message, step, *measured) if broken else lab.own(*measured)


def without_moons(lab, facts):
    """The outcome where the data set's function is not called in any code."""
    if (
        MAKER in facts.source.imported
        or facts.uses
        or "moon" in "".join(c.source.casefold() for c in facts.transcript.code)
    ):
        return lab.outcome(
            Verdict.REVIEW,
            f"{MAKER} is never called, but models are trained: on which data?",
            f"The sheet asks for data from {MAKER}.",
        )
    return lab.outcome(
        Verdict.MISSING, f"{MAKER} is not used anywhere in the hand-in.", f"Make the data with {MAKER}."
    )


def places_of(facts):
    """Cells where the data are made."""
    noted = [call.cell for call in facts.moons]
    return list(
        dict.fromkeys(noted or [place.cell for place in facts.source.calls(MAKER) if place.cell >= 0])
    )


def noise_levels(facts):
    """Noise of all calls, 0 for none given, and whether that is known for sure."""
    if facts.moons:
        noted = {noise_of(call) for call in facts.moons}
        return noted - {None}, None not in noted
    found = set()
    for place in facts.source.calls(MAKER):
        given = next((k.value for k in place.node.keywords if k.arg == "noise"), None)
        silent = given is None or (isinstance(given, ast.Constant) and given.value is None)
        values = {0.0} if silent else facts.source.numbers(given, place.around)
        open_call = any(k.arg is None for k in place.node.keywords)
        if not values or open_call:
            return found, False
        found |= set(values)
    return found, True


def noise_part(facts, noises, surely, wanted, silent_cost, noise_cost):
    """The noise of the moons that models are trained on."""
    name = f"moons with noise {wanted:g}"
    trained = {
        noise_of(call)
        for call in facts.moons
        if noise_of(call) is not None
        and isinstance(call.result, list | tuple)
        and call.result
        and prints_of(call.result[0]) & facts.trained_prints
    }
    seen = trained or noises
    if any(abs(value - wanted) < 1e-9 for value in seen):
        return Part(name, True, seen=1.0)
    if not surely:
        return Part(name, None)
    if seen <= {0.0}:
        message = f"All moons are made without noise; the sheet asks for noise {wanted:g}."
        return Part(name, False, silent_cost, message, f"Call {MAKER} with noise={wanted:g}.")
    got = ", ".join(f"{value:g}" for value in sorted(seen))
    message = f"The models are trained on moons with noise {got}, not {wanted:g}."
    return Part(name, False, noise_cost, message, f"Call {MAKER} with noise={wanted:g}.")


def training_sizes(facts):
    """Different numbers of points that models were fitted to, as noted in our run."""
    return sorted({use.rows for use in facts.trainings() if use.rows >= 5})


def written_sizes(facts):
    """Different numbers of points asked of the data set's function, as the code says."""
    found = set()
    for place in facts.source.calls(MAKER):
        given = next((k.value for k in place.node.keywords if k.arg == "n_samples"), None)
        given = place.node.args[0] if given is None and place.node.args else given
        found |= {value for value in facts.source.numbers(given, place.around) if value >= 5}
    return sorted(found)


def sizes_part(facts, sizes, cost):
    """Training sets of several sizes, by whatever means."""
    name = f"training sets of at least {sizes} sizes"
    noted = training_sizes(facts)
    if len(noted) >= sizes:
        return Part(name, True, seen=1.0)
    written = written_sizes(facts)
    if len(written) > sizes and not (facts.transcript.complete and noted):
        return Part(name, True, seen=1.0)
    unread = [cell for cell in facts.hidden(facts.cells) if cell in facts.judging or cell.uses(MAKER)]
    if not facts.transcript.complete or not noted or unread:
        return Part(name, None)
    message = (
        f"All models are trained on {noted[0]} points; the sheet asks for training sets of varying sizes."
    )
    return Part(name, False, cost, message, "Train the models on sets of several sizes.")


def labels_part(facts, cost):
    """Labels are not given to a fit."""
    used = [
        use
        for use in facts.uses
        if use.verb == "fit" and prints_of(list(use.call.arguments.values())) & facts.label_prints
    ]
    name = "fits without labels"
    if used:
        message = f"{used[0].call.name} is given the labels (cell {used[0].cell + 1}); the sheet says to ignore them."
        return Part(name, False, cost, message, "Fit the models to the points alone.")
    return Part(name, True, seen=1.0)


def test_part(facts, cost):
    """The comparison uses other points than the training."""
    name = "tests on other points than the training's"
    share = facts.tested_on_training()
    if share is not None and share < 0.9:
        return Part(name, True if share < 0.5 else None, seen=1.0)
    if share is not None and facts.transcript.complete and not facts.hidden(facts.judging):
        message = "The generated points are compared with the very points that the models were trained on."
        return Part(name, False, cost, message, "Compare with a test set that no model was trained on.")
    if (
        len(facts.moons_prints) >= 2
        or len(facts.source.calls(MAKER)) >= 2
        or facts.source.calls("train_test_split")
    ):
        return Part(name, True, seen=1.0)
    words = {n.casefold() for cell in facts.cells for n in cell.names}
    if any("test" in word for word in words) and not facts.transcript.complete:
        return Part(name, True, seen=1.0)
    return Part(name, None)
