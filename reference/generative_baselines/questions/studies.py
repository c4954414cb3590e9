"""The studies of task 1: accuracy of all models, hyperparameters, size of the training set."""

import re

from grader.judge import prose
from grader.judge.checks import check
from grader.judge.figures import shows_numbers
from grader.records import Verdict
from reference.generative_baselines.questions.data_use import training_sizes
from reference.generative_baselines.questions.experiments import experiments
from reference.generative_baselines.questions.noted import (
    HYPERPARAMETERS,
    ROLES,
    TITLES,
    WORDS,
)

LOOKED_UP = r"\b(globals|locals|vars|getattr|eval|exec)\s*\("
"""Code that finds a model by its name at run time, so that a model that is not named is not a missing one."""

SETTING_TITLES = {"histogram": "bins", "gmm": "components", "kde": "kernel bandwidth"}


@check
def accuracy_study(team, lab, *, training_share):
    """MMD² between unseen data and samples was computed for all four models, the single Gaussian included."""
    facts = experiments(team, lab)
    judged, sure = judged_roles(facts)
    lab.point(*telling(facts)[:4])
    expected = facts.present or ROLES
    measured = [
        lab.measured(
            f"MMD² of {TITLES[role]}", float(role in judged), at_least=1, share=len(judged) / len(expected)
        )
        for role in expected
        if role in judged or sure
    ]
    if not judged:
        return no_study(
            lab, facts, "MMD² of the models", "Compare samples of each model with a test set by MMD²."
        )
    absent = [role for role in expected if role not in judged]
    seen = facts.tested_on_training()
    if absent and sure:
        names = " and ".join(TITLES[role] for role in absent)
        share = len(judged) / len(expected)
        return lab.partial(share, f"No MMD² was found for {names}.", "Compute it for every model.", *measured)
    if absent or not any(facts.shown_from(cell) for cell in facts.judging):
        what = " and ".join(TITLES[role] for role in absent) if absent else "its numbers in any output"
        return lab.outcome(
            Verdict.REVIEW,
            f"MMD² is computed, but we could not see {what}.",
            "Look for the comparison.",
            *measured,
        )
    if seen is not None and 0.3 < seen < 0.9:
        text = "Some of the MMD² values compare with points that the model was trained on: are the others the study?"
        return lab.outcome(Verdict.REVIEW, text, "Look for the test set.", *measured)
    if seen is not None and seen >= 0.9 and sure:
        return lab.partial(
            training_share,
            "The MMD² compares samples with the very points that the models were trained on.",
            "Compare with a test set that no model has seen: a model that copies its training data looks perfect otherwise.",
            *measured,
            lab.measured(
                "share of comparisons with training points", seen, at_most=0.3, share=training_share
            ),
        )
    return lab.own(*measured)


def judged_roles(facts):
    """Models whose samples were compared by MMD², and whether it is sure that there are no more."""
    cells = facts.judging
    texts = " ".join(
        cell.source + cell.ours.text + cell.stored.text + " ".join(words_in(figure))
        for cell in cells
        for figure in cell.figures or [None]
    )
    last = facts.scores[-1].cell if facts.scores else -1
    earlier = [use for use in facts.uses if use.verb == "sample" and use.cell <= last]
    sampled = {use.role for use in facts.judged_uses if use.verb == "sample"}
    sampled |= {use.role for use in facts.in_cells(cells)}
    judged = []
    for role in ROLES:
        by_code = [c for c in facts.has_code(role, cells) if shows_numbers(c) or c.ran]
        drawn = any(use.role == role for use in earlier) or not facts.names[role]
        by_text = drawn and re.search(WORDS[role], texts, re.I)
        if role in sampled or by_code or by_text:
            judged.append(role)
    looked_up = any(re.search(LOOKED_UP, cell.source) for cell in cells)
    seen = facts.transcript.complete and not facts.hidden(cells) and not looked_up
    return judged, seen and bool(facts.uses or not cells)


def words_in(figure):
    """All texts of a figure."""
    if figure is None:
        return []
    parts = [figure.title, *figure.texts, *figure.legend]
    for panel in figure.panels:
        parts += [panel.title, panel.xlabel, panel.ylabel, *panel.legend, *panel.texts]
        parts += [layer.label for layer in panel.layers]
    return parts


def telling(facts):
    """Cells with the discrepancy that show something, those with pictures first."""
    cells = [cell for cell in facts.judging if cell.shows] or list(facts.judging)
    return sorted(cells, key=lambda cell: (-bool(cell.images), cell.index))


def no_study(lab, facts, what, step):
    """The outcome where nothing of a study was seen: missing only if no code could do it."""
    possible = bool(facts.judging) or bool(facts.scores)
    written = prose.only_in_export(facts.transcript) > 40 and re.search(r"mmd", facts.transcript.export, re.I)
    unsure = facts.hidden(facts.cells) and bool(facts.mmd_names)
    if possible or written or unsure:
        lab.point(*telling(facts)[:3])
        return lab.outcome(
            Verdict.REVIEW, f"We could not see {what} in the run, though there is code for it.", step
        )
    return lab.outcome(
        Verdict.MISSING, f"{what[0].upper()}{what[1:]}: not found in code, outputs or export.", step
    )


@check
def hyperparameter_study(team, lab, *, values):
    """MMD² is shown over bin size, number of components and kernel bandwidth, as a figure or a table."""
    facts = experiments(team, lab)
    lab.point(*telling(facts)[:4])
    expected = [role for role in HYPERPARAMETERS if role in facts.present] or list(HYPERPARAMETERS)
    seen = {role: studied_values(facts, role, values) for role in expected}
    grades = {role: min(1.0, 0.5 * (number >= 2) + (number >= values)) for role, number in seen.items()}
    share = sum(grades.values()) / len(expected)
    measured = [
        lab.measured(
            f"values of the {SETTING_TITLES[role]} judged by MMD²",
            number,
            at_least=values,
            share=min(share, 0.99),
        )
        for role, number in seen.items()
    ]
    if not any(number >= 2 for number in seen.values()):
        read = facts.scores and facts.transcript.complete and not facts.hidden(facts.judging)
        if read and not any(unsure(facts, role, values) for role in expected):
            text = "Each model is judged with one value of its hyperparameter only."
            step = "Vary each model's hyperparameter and show its MMD²."
            return lab.outcome(Verdict.MISSING, text, step, *measured)
        return no_study(
            lab, facts, "MMD² over the models' hyperparameters", "Show MMD² over each hyperparameter."
        )
    if not any(facts.shown_from(cell) for cell in facts.judging):
        return lab.outcome(
            Verdict.REVIEW,
            "Several hyperparameters are judged by MMD², but we saw no figure or table of it.",
            "Look for the results.",
            *measured,
        )
    if share >= 1:
        return lab.own(*measured)
    few = [role for role in expected if grades[role] < 1]
    names = " and ".join(f"{SETTING_TITLES[role]} ({seen[role]} tried)" for role in few)
    if (
        facts.hidden(facts.judging)
        or not facts.transcript.complete
        or any(unsure(facts, role, values) for role in few)
    ):
        return lab.outcome(
            Verdict.REVIEW,
            f"We could not see MMD² over enough values of: {names}.",
            "Look at the study's code and figures.",
            *measured,
        )
    message = f"MMD² over at least {values} values of each hyperparameter is asked for; too few of: {names}."
    return lab.partial(share, message, "Vary each model's hyperparameter and show its MMD².", *measured)


def studied_values(facts, role, wanted):
    """How many values of a model's hyperparameter were judged by MMD², as noted or else as the code says."""
    noted = values_of(facts.in_cells(facts.judging), role)
    if len(noted) < wanted:
        loose = values_of(facts.judged_uses, role)
        noted = loose if len(noted) < len(loose) <= len(facts.scores) else noted
    if len(noted) >= wanted:
        return len(noted)
    return max([len(noted), *(len(numbers) for numbers in written_sweeps(facts, role, wanted))])


def values_of(uses, role):
    """Hyperparameters of a model among uses."""
    return {use.value for use in uses if use.role == role and use.value is not None}


def written_sweeps(facts, role, wanted):
    """Sets of numbers over which code goes that reaches both the model and the discrepancy.

    Read only where our run did not get to the end or the model's settings cannot be seen in its calls.
    """
    cells = facts.has_code(role, facts.judging)
    unseen = [cell for cell in cells if not cell.ran or unclear(facts, role) or facts.capped(role)]
    return [
        numbers for cell in unseen if shows_numbers(cell) for numbers in facts.source.sweeps(cell, wanted)
    ]


def unsure(facts, role, wanted):
    """Whether a model's hyperparameter may have had more values than its noted calls show."""
    return unclear(facts, role) or facts.capped(role) or facts.varies(role, wanted)


def unclear(facts, role):
    """Whether a model is used but its hyperparameter is in none of its noted calls."""
    used = [use for use in facts.uses if use.role == role and use.verb in {"made", "fit", "sample"}]
    return bool(facts.names[role]) and not any(use.value is not None for use in used)


@check
def training_size_study(team, lab, *, sizes):
    """MMD² is shown over the size of the training set, as a figure or a table."""
    facts = experiments(team, lab)
    lab.point(*telling(facts)[:4])
    judged = {use.rows for use in facts.trainings(facts.judging) if use.rows >= 5}
    if len(judged) < sizes and facts.scores:
        before = {u.rows for u in facts.trainings() if u.cell <= facts.scores[-1].cell and u.rows >= 5}
        judged = before if len(before) > len(judged) else judged
    measured = lab.measured("sizes of training sets judged by MMD²", len(judged), at_least=sizes)
    step = "Train on sets of several sizes and show the MMD² over the size."
    if len(judged) >= sizes:
        if any(facts.shown_from(cell) for cell in facts.judging):
            return lab.own(measured)
        return lab.outcome(
            Verdict.REVIEW,
            "Several training sizes are judged, but we saw no figure or table of it.",
            step,
            measured,
        )
    if not facts.judging and not facts.scores:
        return no_study(lab, facts, "MMD² over the training-set size", step)
    capped = all(facts.capped(role) for role in {use.role for use in facts.trainings()})
    blind = (
        not training_sizes(facts) or facts.hidden(facts.judging) or not facts.transcript.complete or capped
    )
    if blind:
        return unseen_sizes(lab, facts, sizes, step)
    if len(judged) == 2:
        return lab.outcome(
            Verdict.REVIEW,
            "MMD² is compared for two sizes of the training set: is that a study of it?",
            step,
            measured,
        )
    return lab.outcome(
        Verdict.MISSING, "The models are judged on one size of the training set only.", step, measured
    )


def unseen_sizes(lab, facts, sizes, step):
    """The outcome where our run did not show the training sizes: the code and what is stored decide."""
    for cell in facts.judging:
        sweeps = [
            s
            for s in facts.source.sweeps(cell, sizes)
            if min(s) >= 8 and max(s) >= 100 and all(v == int(v) for v in s)
        ]
        if sweeps and shows_numbers(cell):
            lab.point(cell)
            number = len(max(sweeps, key=len))
            return lab.own(
                lab.measured("sizes of training sets in the code of the study", number, at_least=sizes)
            )
    return lab.outcome(
        Verdict.REVIEW, "Our run did not show on how many training sizes the models were judged.", step
    )
