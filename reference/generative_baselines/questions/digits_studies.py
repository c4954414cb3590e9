"""Task 2, the numbers: MMD² on digits that no model has seen, over hyperparameters and training-set sizes."""

from dataclasses import replace

from grader.judge.checks import check
from grader.judge.parts import Part, State, done, reason, told
from grader.records import Verdict
from reference.generative_baselines.questions.digits_bandwidth import telling_bandwidths
from reference.generative_baselines.questions.digits_seen import distinct_settings, training_sizes
from reference.generative_baselines.questions.digits_showing import new_samples, scale_picture
from reference.generative_baselines.questions.digits_view import NEXT, TITLES, nothing, view_of
from reference.generative_baselines.questions.digits_words import HYPER, MODELS

EVERY_DIGIT = 1797
ORDER = (State.THERE, State.UNSURE, State.ABSENT)
SWEPT = ("forest", "mixture", "kernel density")


STUDY_NEXT = (
    "Fit each model with several settings and on training sets of several sizes, and show MMD² over both. "
    "If it is there, tell your tutor in which cell."
)


@check
def digits_mmd(team, lab, *, kinds, one_share, seen_share, silent_share):
    """MMD² compares the digits that models generate with digits that they have not seen."""
    view = view_of(team, lab)
    if view.empty:
        return nothing(lab)
    code, seen = view.code, view.seen
    cells = code.cells(lambda i: code.uses_discrepancy(i) and _about_digits(code, i))
    called = view.by_index(*(call.cell for call in seen.discrepancies))
    used = view.once_each([*called, *cells])
    part = view.part("MMD² of generated digits", bool(called), used, shown=True)
    if (
        not called
        and view.certain
        and used
        and not seen.discrepancy_quota
        and seen.discrepancy_noted
        and part.state is State.THERE
    ):
        part = Part(part.name, State.UNSURE, f"{used[0].named} names MMD, but our run noted no call of it with digits.", used)  # fmt: skip
    compared = _kinds_in(view, used)
    rows = [lab.measured("kinds of models compared by MMD²", len(compared), at_least=kinds, share=one_share,
                         message=f"MMD² is computed for {' and '.join(TITLES[k] for k in compared) or 'one model'} only.")]  # fmt: skip
    known_side = _unseen_sides(view)
    if known_side is not None:
        rows.append(lab.measured(
            "calls of MMD² with digits that the models have not seen", known_side, at_least=1, share=seen_share,
            message="MMD² compares the samples with the very digits that the models were fitted to.",
            next_step="Keep some digits apart and compare with those: a model that copies its training data looks perfect otherwise.",
        ))  # fmt: skip
    telling = telling_bandwidths(team, lab, seen) if team.has("mmd") else None
    if telling is not None:
        rows.append(lab.measured(
            "bandwidths of MMD² that tell digits apart", telling, at_least=1, share=silent_share,
            message="With the bandwidths that you use on digits your kernel is zero for any two different images: "
            "MMD² is then the same number for every model, however good its digits are.",
            next_step="Look at usual distances between images in your units, such as their median, and take bandwidths of that size.",
        ))  # fmt: skip
    rows += new_samples(lab, view, MODELS)
    if view.samples:
        scale_picture(lab, view.samples)
    if part.state is not State.THERE or not compared or (len(compared) < kinds and not _surely(view)):
        rows = [row for row in rows if row.passed]
    return told(
        lab,
        [part],
        "No MMD² of digits was found: nothing compares generated digits with real ones.",
        NEXT,
        *rows,
    )


@check
def digits_study(team, lab, *, models, values, sizes, hyperparameter_weight):
    """The accuracy is studied over the models' hyperparameters and over the size of the training set."""
    view = view_of(team, lab)
    if view.empty:
        return nothing(lab)
    if not view.seen.of(*MODELS) and not view.code.cells(lambda i: view.code.kinds(i) & set(MODELS)):
        return lab.outcome(Verdict.MISSING, "There is no model of the digits that could be studied.", NEXT)
    swept = sorted((_swept(view, kind, values) for kind in SWEPT), key=lambda p: ORDER.index(p.state))[
        :models
    ]
    hyper = [replace(part, weight=hyperparameter_weight / models) for part in swept]
    size = _sizes(view, sizes, 1 - hyperparameter_weight)
    outcome = told(
        lab, [*hyper, size], "No study on digits was found: every model is fitted once.", STUDY_NEXT
    )
    lab.point(*_figures_beside(view, [c for part in (*hyper, size) for c in part.cells]))
    return outcome


def _about_digits(code, index):
    return bool(code.marks_in(index) & {"original", "generated"}) or bool(code.kinds(index) & set(MODELS))


def _kinds_in(view, cells):
    """Kinds of models that are fitted, sampled or named in these cells."""
    indices = {cell.index for cell in cells}
    found = {fit.kind for fit in view.seen.of(*MODELS) if fit.cell in indices}
    owners = {fit.key: fit.kind for fit in view.seen.of(*MODELS) if fit.key >= 0}
    for call in view.seen.samples:
        if call.cell in indices:
            found.add(owners.get((call.arguments.get("self") or {}).get("key", -1), ""))
    for index in indices & set(view.code.trees):
        found |= {kind.removeprefix("own: ").removeprefix("perhaps ") for kind in view.code.kinds(index)}
    return [kind for kind in MODELS if kind in found]


def _surely(view):
    """Whether kinds that were not found in the cells of MMD² are certainly not compared."""
    return view.certain or not view.seen.calls


def _unseen_sides(view):
    """Calls of MMD² none of whose sides a model was fitted to; None where too little is known of the sides."""
    seen, fits = view.seen, view.seen.of(*MODELS)
    if fits and all(fit.rows >= EVERY_DIGIT for fit in fits):
        return 0
    sides = [{str(a.get("print", "")) for a in seen.sides(call)} for call in seen.discrepancies]
    known = [prints for prints in sides if "" not in prints]
    unseen = sum(1 for prints in known if seen.fitted_on and not prints & seen.fitted_on)
    if unseen:
        return unseen
    complete = bool(known) and len(known) == len(sides) and bool(seen.fitted_on)
    return 0 if complete or view.code.compares_training_data_only else None


def _swept(view, kind, values):
    """The part about the hyperparameters of one kind of model: at least so many values, and something to look at."""
    name = f"hyperparameters of the {TITLES[kind]} varied"
    fits = view.seen.of(kind)
    count = max((len(v) for v in distinct_settings(fits, HYPER[kind]).values()), default=0)
    written = view.code.cells(lambda i: view.code.varied(i, kind))
    cells = view.once_each([*(view.cells_of(fits) if count > 1 else ()), *written])
    visible = any(done(cell) and view.shown(cell) for cell in cells)
    if count >= values and visible:
        return Part(name, State.THERE, f"{count} values", cells)
    if count == 2:
        return Part(name, State.UNSURE, f"We saw 2 values of a hyperparameter of the {TITLES[kind]}.", cells)
    if view.certain and fits and count < 2:
        return Part(name, State.ABSENT, "fitted with one setting")
    if written and visible:
        return Part(name, State.THERE, "several values", cells)
    if cells:
        return Part(name, State.UNSURE, reason([c for c in cells if not (done(c) and view.shown(c))] or cells), cells)  # fmt: skip
    return Part(name, State.UNSURE if view.code.unreadable else State.ABSENT)


def _sizes(view, sizes, weight):
    """The part about training-set sizes."""
    name = "different sizes of the training set"
    fits = view.seen.of(*MODELS)
    found = training_sizes(fits)
    written = view.code.cells(lambda i: view.code.varies_size(i) and bool(view.code.kinds(i) & set(MODELS)))
    cells = view.once_each([*(view.cells_of(fits) if len(found) >= sizes else ()), *written])
    if len(found) >= sizes and (len(found) > 2 or found[-1] >= 2 * found[0]):
        return Part(name, State.THERE, f"sizes: {', '.join(map(str, found[:12]))}", cells, weight)
    if len(found) > 1:
        said = (
            f"The models are fitted to {' and '.join(map(str, found))} digits: is that a study of the size?"
        )
        return Part(name, State.UNSURE, said, view.cells_of(fits), weight)
    if view.certain and fits:
        return Part(
            name,
            State.ABSENT,
            f"all models are fitted to {found[-1] if found else 'the same'} digits",
            (),
            weight,
        )
    return view.part(name, False, written, shown=True, weight=weight)


def _figures_beside(view, cells):
    """Cells with figures at or below these cells."""
    indices = {c.index for c in cells} | {c.index + 1 for c in cells} | {c.index + 2 for c in cells}
    return tuple(c for c in view.transcript.code if c.index in indices and c.images)
