"""What the checks of all models share: fit, ask for densities as logarithms, draw, compare."""

from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from grader.errors import TeamFault
from grader.judge import instruments
from grader.records import Verdict
from reference.generative_baselines.questions.showing import samples_picture

FAR = 1e3
"""Distance at which any of these densities is zero."""


@dataclass(frozen=True)
class Density:
    """A fitted model's log-density, its name in the hand-in, and whether it answered plain densities.

    `plain` is "" for logarithms, "name" where the method's name promises a plain density, "claim" where it is
    called score_samples all the same.
    """

    log: object
    where: str
    plain: str

    def __call__(self, points):
        return self.log(points)


def density_of(team, lab, role, model, train):
    """The log-density of a fitted model, whatever kind its method answers."""
    where = lab.on(team, role, "score_samples")
    claimed = team.binding(role).methods.get("score_samples", "score_samples") == "score_samples"
    if getattr(model, "answers", "log_density") == "density":  # the adapter has taken the logarithm
        return Density(model.score_samples, where, "claim" if claimed else "name")
    try:
        far = train.mean(axis=0) + FAR * np.array([[1.0, 0.0], [0.0, -1.0]])
        plain = instruments.looks_plain(model.score_samples, train[:50], far)
    except TeamFault:
        plain = False
    if plain:
        return Density(instruments.logarithm_of(model.score_samples), where, "claim" if claimed else "name")
    return Density(model.score_samples, where, "")


def without_density(team, lab, role):
    """The outcome for a model without any density, or None if it has one."""
    if team.has(role, "score_samples"):
        return None
    return absent(
        lab, f"{team.binding(role).symbol} has no method that returns its density.", "score_samples"
    )


def without_sampler(team, lab, role):
    """The outcome for a model that draws no samples, or None if it does."""
    if team.has(role, "sample"):
        return None
    return absent(lab, f"{team.binding(role).symbol} has no method that draws samples.", "sample")


def absent(lab, message, method):
    """A method that the sheet asks for is not there."""
    return lab.outcome(Verdict.MISSING, message, f"The sheet asks for a method called {method}.")


def log_scale(lab, density, share, *measured):
    """Full points, or part of them where score_samples answers densities in place of their logarithms."""
    if density.plain == "claim":
        outcome = lab.partial(
            share,
            f"{density.where} returns the density itself. The values are right, but score_samples by the "
            "conventions of scikit-learn returns their logarithm.",
            "Return log-densities from score_samples, or give the plain density another name.",
            *measured,
        )
        return replace(outcome, diagnosis="density_without_logarithm") if outcome.message else outcome
    if density.plain == "name":
        lab.note(f"{density.where} answers a plain density, as its name says; we took the logarithm.")
    return lab.accepted(*measured)


def draw(team, lab, role, model, n):
    """Draw n samples, shape (n, 2), from a fitted model; the method's name goes onto the page."""
    lab.on(team, role, "sample")
    return np.asarray(model.sample(n), dtype=float)


def sampling_habits(team, lab, role, model, build, train):
    """Samples must not be copies of training points, nor the same on every call; `build` makes a new model."""
    where = lab.on(team, role, "sample")
    first, second = (draw(team, lab, role, model, 300) for _ in range(2))
    fresh = draw(team, lab, role, build().fit(train), 300)
    if instruments.repeats(first, second) > 0.5 >= instruments.repeats(first, fresh):
        lab.note(f"{where} repeats its draw for a given random state, as scikit-learn does.")
    copies = instruments.duplicates(lab, first, train, where=where)
    if not copies[0].passed:  # they are training points; other repeats show beside the density
        samples_picture(lab, first, train)
    return [
        *copies,
        instruments.draws_differ(lab, first, second, fresh, where=where),
    ]


def near(points, spread, n, rng):
    """Places to ask at, shape (n, 2): random rows of points with normal noise of the given spread."""
    return points[rng.integers(len(points), size=n)] + spread * rng.standard_normal((n, 2))


def unchanged_by_sampling(lab, density, model, probe, share):
    """The density must be the same before and after sampling."""
    before = np.asarray(density(probe), dtype=float)
    model.sample(50)
    after = np.asarray(density(probe), dtype=float)
    gap = instruments.agreement(after, before, 1e-9).median
    return lab.measured(
        "change of the log-density by sampling",
        gap,
        at_most=1e-6,
        unit="nats",
        share=share,
        message=f"{density.where}: the density is another one after samples were drawn.",
        next_step="Does sampling write into an array that the density also uses? Work on a copy.",
    )


def fits_again(team, lab, role, model, fresh, probe, share):
    """A model fitted a second time must equal a fresh one fitted to the same data."""
    again = np.asarray(density_of(team, lab, role, model, probe)(probe), dtype=float)
    expected = np.asarray(density_of(team, lab, role, fresh, probe)(probe), dtype=float)
    gap = instruments.agreement(again, expected, 1e-9).median
    where = lab.on(team, role, "fit")
    return lab.measured(
        "log-density after a second fit against a fresh model's",
        gap,
        at_most=1e-6,
        unit="nats",
        share=share,
        message=f"{where}: a second fit on other data keeps something of the first one.",
        next_step="Everything that fit computes from data must be computed anew on every call.",
    )


FIRST_OF_THEIR_KIND = {"gaussian": {}, "kde": {"bandwidth": 0.2}}
"""Models whose fit is determined by the data, with the hyperparameters for :func:`first_of_their_kind`."""


def forget_others(team):
    """Go on in a process in which no model was fitted yet, where the team is a hand-in."""
    start_anew = getattr(team, "start_anew", None)
    if start_anew is not None:
        start_anew()


def first_of_their_kind(team, lab):
    """Log-densities of models at the points they were fitted to, by role: fitted after others, and before any other.

    Once per hand-in; it ends in a new process, in which everything afterwards is asked too.
    """

    def make(lab):
        train = lab.moons(80) + 0.3
        builds = {
            role: partial(getattr(team, role), **settings)
            for role, settings in FIRST_OF_THEIR_KIND.items()
            if team.has(role, "score_samples")
        }
        late = {role: after_others(team, lab, role, build, train, train) for role, build in builds.items()}
        forget_others(team)
        first = {role: answers(team, lab, role, build, train, train) for role, build in builds.items()}
        return {role: (late[role], first[role]) for role in builds}

    return lab.once("first of their kind", make)


def answers(team, lab, role, build, train, probe):
    """The log-density (n,) at `probe` of a new model fitted to `train`; None where it fails."""
    with suppress(TeamFault):
        return np.asarray(density_of(team, lab, role, build().fit(train), probe)(probe), dtype=float)
    return None


def after_others(team, lab, role, build, train, probe):
    """The same, after another model was fitted to points elsewhere and asked at the same places."""
    answers(team, lab, role, build, train.min(axis=0) + 1.4 * (train.max(axis=0) - train), probe)
    return answers(team, lab, role, build, train, probe)


def independent_of_others(team, lab, role, late, first, share):
    """A model fitted after others must have the log-density (n,) of the first one; nothing where one is None."""
    if late is None or first is None:
        return []
    where = lab.on(team, role, "fit")
    measured = lab.measured(
        "log-density of a model fitted after others against the first one's",
        instruments.agreement(late, first, 1e-9).median,
        at_most=1e-6,
        unit="nats",
        share=share,
        message=f"{where}: a new model keeps something of the models before it: fitted to the same points as the "
        "first one of its kind, it has another density.",
        next_step="Look for what all objects share: attributes of the class that are changed in place, default "
        "arguments that are lists or dictionaries, caches whose key leaves something out.",
    )
    return [measured.proving("state_shared_by_models")]


def leaves_data_alone(team, lab, role, build, train, methods, share):
    """Neither fit nor density may write into the points (n, 2) of the caller; nothing where it cannot be seen.

    `build` makes a new model; `methods` are those to try, of fit and score_samples, at these points.
    """
    measured = []
    for method in methods:
        with suppress(TeamFault):
            model = build() if method == "fit" else build().fit(train)
            changes = getattr(model, "changes", None)
            if changes is None or not team.has(role, method):
                continue
            where = lab.on(team, role, method)
            found = lab.measured(
                f"arrays of the caller changed by {method}",
                int(changes(method, train.copy())),
                at_most=0,
                share=share,
                message=f"{where}: afterwards the array that was handed over holds other values: whoever uses it "
                "next, for another model or a plot, gets the changed ones.",
                next_step="Which line assigns into the argument itself, or changes it by an operator such as +=? "
                "A new array leaves the caller's as it was.",
            )
            measured.append(found.proving("callers_data_changed"))
    return measured


def judge_samples(team, lab, role, model, edges, against, train=None, shown=True):
    """Samples of a model against each (density, name) of `against` in turn; the first that fits decides.

    Returns the measurements for the one that fits, or those for the first, with a picture unless `shown` is
    false: the samples that failed, samples of that density, the training points `train` (n, 2).
    """
    first = None
    for candidate, name in against:
        grid = instruments.grid_of(candidate, edges)
        drawn = []

        def follow(lab, candidate=candidate, grid=grid, name=name, drawn=drawn):
            drawn.append(draw(team, lab, role, model, 2000 * lab.scale))
            where = lab.on(team, role, "sample")
            return instruments.samples_follow(lab, drawn[-1], candidate, grid, where=where, of=name)

        found = lab.repeat(follow)
        if instruments.all_pass(found):
            return found
        first = first or (found, drawn[-1], grid)
    found, samples, grid = first
    if shown:
        samples_picture(lab, samples, train, grid)
    return found
