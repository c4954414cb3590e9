"""Task 2, the models: a density forest, and a single Gaussian, a mixture and a kernel estimate from the library."""

from grader.judge.checks import check
from grader.judge.parts import Part, State, told
from reference.generative_baselines.questions import digits_judge
from reference.generative_baselines.questions.digits_showing import new_samples, scale_picture
from reference.generative_baselines.questions.digits_view import NEXT, TITLES, nothing, view_of

ASKED = ("gaussian", "mixture", "kernel density")


@check
def digits_density_forest(team, lab, *, worst):
    """A density forest is fitted to the digits and can draw new ones."""
    view = view_of(team, lab)
    if view.empty:
        return nothing(lab)
    fits = view.seen.of("forest")
    used = view.code.cells(lambda i: "forest" in view.code.kinds(i))
    substitutes = view.seen.of("trees"), view.code.cells(lambda i: "trees" in view.code.kinds(i))
    if fits:
        part = _fitted(view, "forest", fits, worst)
    elif not used and any(substitutes):
        doubt = "Trees of scikit-learn are used, but no class that is named like a density forest was found."
        part = Part("a density forest fitted to digits", State.UNSURE, doubt, view.cells_of(substitutes[0]) or substitutes[1])  # fmt: skip
    else:
        part = view.part("a density forest fitted to digits", False, used, doubt=_unfitted(view, used, "fit"))
    return told(
        lab,
        [part],
        "No density forest was found: no object of a class of that name is fitted to digits.",
        "Use the class of the module that the sheet links to, or one of your own.",
        *new_samples(lab, view, ("forest",)),
    )


@check
def digits_models(team, lab, *, worst, own_is_review):
    """A single Gaussian, a mixture and a kernel density estimator of scikit-learn are fitted to the digits."""
    view = view_of(team, lab)
    if view.empty:
        return nothing(lab)
    parts = [_model_part(view, kind, worst, own_is_review) for kind in ASKED]
    if any(view.samples.values()):
        scale_picture(lab, view.samples)
    return told(
        lab, parts, "No model of the digits was found besides, perhaps, a density forest.", NEXT, *new_samples(lab, view, ASKED)
    )  # fmt: skip


def _model_part(view, kind, worst, own_is_review):
    name = f"{TITLES[kind]} fitted to digits"
    fits = view.seen.of(kind)
    library = tuple(fit for fit in fits if not fit.own or kind == "gaussian")
    if library:
        return _fitted(view, kind, library, worst)
    used = view.code.cells(lambda i: kind in view.code.kinds(i))
    perhaps = view.code.cells(lambda i: kind == "gaussian" and "perhaps gaussian" in view.code.kinds(i))
    own = view.code.cells(
        lambda i: f"own: {kind}" in view.code.kinds(i) and "original" in view.code.marks_in(i)
    )
    if fits and own_is_review:
        doubt = (
            f"A class of your own ({fits[0].type}) is fitted to the digits; the sheet asks for the library's."
        )
        return Part(name, State.UNSURE, doubt, view.cells_of(fits))
    if used:
        return view.part(name, False, used, doubt=_unfitted(view, used, kind))
    if perhaps:
        doubt = "" if view.certain else "A mixture whose number of components varies may have one component."
        return view.part(name, False, () if view.certain else perhaps, doubt=doubt)
    if own and kind == "gaussian":
        return view.part(name, False, own)
    return view.part(name, False, own, doubt="Only a class of your own seems to be used here." if own else "")


def _fitted(view, kind, fits, worst):
    """The part for models that were seen being fitted, with what their new samples look like."""
    name = f"{TITLES[kind]} fitted to digits"
    cells = view.cells_of(fits)
    projected = " after a projection of the pixels" if all(fit.columns != 64 for fit in fits) else ""
    said = (
        f"{len(fits)} fit{'s' if len(fits) > 1 else ''} to {max(fit.rows for fit in fits)} digits{projected}"
    )
    sample = view.samples.get(kind)
    if sample is not None and not sample.part and not sample.judged.discrepancy <= worst:
        doubt = (
            f"New samples of the {TITLES[kind]} ({sample.where}) look like noise: MMD² {sample.judged.discrepancy:.3g}, "
            f"uniform noise has {digits_judge.band()['uniform noise']:.3g}."
        )
        return Part(name, State.UNSURE, doubt, cells)
    faults = view.faults.get(kind, ())
    if sample is None and faults and len(faults) == len([f for f in fits if f.known is not None]):
        if any("NaN" in fault or "columns" in fault for fault in faults):
            return Part(name, State.UNSURE, faults[0], cells)
        said += f"; at the end of our run no samples could be drawn from it ({faults[0][:120]})"
    return Part(name, State.THERE, said, cells)


def _unfitted(view, cells, kind):
    """Why code that names a model is not enough although its cells ran."""
    if cells and view.certain and any(fit.kind for fit in view.seen.fits) and kind != "gaussian":
        return f"{cells[0].named} names it, but our run noted no fit to digits."
    return ""
