"""Task 2, the pictures and the prose: generated digits shown as images, and what is said of all of it."""

import numpy as np

from grader.judge.checks import check
from grader.judge.images import copies, tiles_in
from grader.judge.parts import Part, State, done, reason, told
from grader.judge.prose import passages
from grader.records import Verdict
from reference.generative_baselines.questions import digits_judge
from reference.generative_baselines.questions.digits_showing import digits_picture
from reference.generative_baselines.questions.digits_view import NEXT, TITLES, nothing, view_of
from reference.generative_baselines.questions.digits_words import MODELS

SIDE = 8
MOST_MODELS = 20
MOST_COMPARED = 120
"""Tiles compared with the data set, per notebook."""


@check
def digits_samples(team, lab, *, images, models, models_share, few_share):
    """Generated digits are shown as images, for some of the models."""
    view = view_of(team, lab)
    if view.empty:
        return nothing(lab)
    cells = view.code.cells(lambda i: True) or tuple(c for c in view.transcript.code if c.figures)
    drawn = [d for cell in cells for d in tiles_in(cell.figures, SIDE)]
    new, original = counted(drawn)
    written = view.code.cells(lambda i: view.code.draws(i) and view.code.marked(i, "generated"))
    if view.samples:
        digits_picture(lab, view.samples)
    name = "generated digits shown as images"
    missing = "No pictures of generated digits were found."
    if new:
        where = view.by_index(*(d.figure.cell for d in drawn))
        kinds, others = _models_shown(view, drawn, where)
        rows = [
            lab.measured("images that are no digits of the data set", new, at_least=images, share=few_share,
                         message=f"{new} generated digits are shown; at least {images} are expected."),
            lab.measured("models whose digits are shown", max(kinds, others), at_least=models, share=models_share,
                         message="Generated digits of one model only are shown; the sheet asks for some models."),
        ]  # fmt: skip
        if not rows[1].passed and not view.certain:
            rows = rows[:1]
        return told(lab, [Part(name, State.THERE, f"{new} images", where)], missing, NEXT, *rows)
    if original:
        where = view.by_index(*(d.figure.cell for d in drawn))
        doubt = f"All {original} digits that the figures show are digits of the data set, not generated ones."
        return told(lab, [Part(name, State.UNSURE, doubt, where)], missing, NEXT)
    with_pictures = [cell for cell in written if done(cell) and cell.images]
    if written and not with_pictures:
        return told(lab, [Part(name, State.UNSURE, reason(written), written)], missing, NEXT)
    return told(lab, [view.part(name, False, with_pictures)], missing, NEXT)


def counted(drawn):
    """Numbers of shown tiles that are new, and that are digits of the data set."""
    new = original = 0
    known = digits_judge.original()[0]
    left = MOST_COMPARED
    for entry in drawn:
        if entry.tiles is None:
            new += entry.count
            continue
        usable = entry.tiles[np.ptp(entry.tiles.reshape(len(entry.tiles), -1), axis=1) > 0]
        some = usable[: max(left, 0)]
        left -= len(some)
        same = int(copies(some, known).sum()) if len(some) else 0
        original += same
        new += len(usable) - (
            same if len(some) == len(usable) else round(same * len(usable) / max(len(some), 1))
        )
    return new, original


def _models_shown(view, drawn, cells):
    """Kinds of models behind the cells with pictures, and different titles of figures, panels and rows."""
    indices = {cell.index for cell in cells}
    kinds = {fit.kind for fit in view.seen.of(*MODELS) if fit.cell in indices}
    for index in indices & set(view.code.trees):
        kinds |= {
            k.removeprefix("own: ") for k in view.code.kinds(index) if k.removeprefix("own: ") in MODELS
        }
    words = {text for d in drawn for text in (d.figure.title, d.panel.title, d.panel.ylabel) if len(text) > 2}
    keys = {
        (c.arguments.get("self") or {}).get("key", c.name) for c in view.seen.samples if c.cell in indices
    }
    return len(kinds), min(max(len(words), len(keys)), MOST_MODELS)


@check
def digits_findings(team, lab, *, words, least):
    """There is something to read about the results on digits."""
    view = view_of(team, lab)
    if view.empty:
        return nothing(lab)
    first = min(view.code.section, default=0)
    cells = [c for c in view.transcript.cells if c.index >= first - 1]
    found = [p for p in passages(view.transcript, words, cells) if p.kind != "docstring"]
    found.sort(key=lambda p: ({"text": 0, "printed": 1, "comment": 2}.get(p.kind, 3), -p.words))
    rows = [lab.measured("words about digits", sum(p.words for p in found), at_least=words)]
    if found:
        lab.point(*(p.cell for p in found[:4]), *_figures_near(view, [p.cell for p in found[:4]]))
        return lab.outcome(Verdict.REVIEW, "A person reads what you found out.", "", *rows)
    short = [p for p in passages(view.transcript, least, cells) if p.kind == "text"]
    if short:
        lab.point(*(p.cell for p in short[:4]))
        return lab.outcome(Verdict.REVIEW, "Only a few words were found about the digits; a person reads them.", "", *rows)  # fmt: skip
    if view.code.unreadable or view.transcript.export:
        return lab.outcome(Verdict.REVIEW, "No text was found beside the cells on digits; a person looks, also into the export.", "", *rows)  # fmt: skip
    return lab.outcome(
        Verdict.MISSING,
        "Nothing is said about the results on digits: no text, no comment, nothing printed besides numbers.",
        "Write what you see: which models are good, which are not, and why.",
        *rows,
    )


def _figures_near(view, cells):
    places = [c.index for c in view.transcript.code if c.images]
    near = {min(places, key=lambda i: abs(i - cell.index)) for cell in cells} if places else set()
    return view.by_index(*sorted(near))


__all__ = ["TITLES", "counted", "digits_findings", "digits_samples"]
