"""Everything that the items on digits share for one hand-in: its code, what was seen of it, and the new samples."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from grader.judge.images import read_values
from grader.judge.parts import Part, State, done, reason
from grader.judge.transcript import Transcript
from grader.records import Verdict
from reference.generative_baselines.questions import digits_judge
from reference.generative_baselines.questions.digits_code import Code
from reference.generative_baselines.questions.digits_seen import (
    CLASSES,
    MOST_OF_A_CLASS,
    PIXELS,
    Fit,
    Seen,
    per_class,
)
from reference.generative_baselines.questions.digits_words import MODELS
from reference.generative_baselines.questions.noted import keeps_one_sample

NOTHING = "Nothing on the digits data set was found: load_digits is called nowhere, in no cell and no module."
NEXT = "If it is there, tell your tutor in which cell."
TITLES = {
    "forest": "density forest",
    "mixture": "Gaussian mixture",
    "kernel density": "kernel density estimator",
    "gaussian": "single Gaussian",
}


@dataclass(frozen=True)
class NewSamples:
    """New samples that living models of one kind drew at the end of our run."""

    kind: str
    where: str
    judged: digits_judge.Judged
    settings: str = ""
    part: bool = False
    """From a model that was fitted to so few digits that it may know one class only."""


class View:
    """The digits of one hand-in."""

    def __init__(self, transcript: Transcript, discrepancy: tuple[str, ...], *, one_sided: bool = False):
        self.transcript = transcript
        self.code = Code(transcript, discrepancy)
        self.seen = Seen(transcript, discrepancy, one_sided=one_sided)

    @property
    def empty(self):
        """Whether there is certainly nothing on digits."""
        return not (self.code.section or self.seen.fits or self.code.unreadable)

    @cached_property
    def certain(self):
        """Whether what was not noted did not happen: the run reached every cell on digits and was observed."""
        cells = self.code.cells(lambda i: True)
        return bool(cells) and all(c.ran for c in cells) and bool(self.seen.calls) and not self.transcript.observed.trouble  # fmt: skip

    def by_index(self, *indices):
        """Cells by index, each once, in the order given; unknown ones left out."""
        known = {cell.index: cell for cell in self.transcript.cells}
        return tuple(known[i] for i in dict.fromkeys(indices) if i in known)

    def once_each(self, cells):
        """The same cells in the same order, each once."""
        return self.by_index(*(cell.index for cell in cells))

    def cells_of(self, fits):
        """The cells in which models were fitted."""
        return self.by_index(*(fit.cell for fit in fits))

    def shown(self, cell):
        """Whether a cell shows something, or a later one shows what it assigned to a name."""
        if cell.shows:
            return True
        names = self.code.assigned(cell.index)
        later = (c for c in self.code.cells(lambda i: i > cell.index) if c.shows)
        return any(names & self.code.names[c.index] for c in later)

    # ---- new samples of living models

    @cached_property
    def faults(self):
        """Kind -> sentences why living models of that kind gave no usable samples."""
        self.samples  # noqa: B018  (fills the dictionary)
        return self._faults

    @cached_property
    def samples(self):
        """Kind -> new samples, the best model's (or best set of models per digit) by our MMD²."""
        self._faults: dict[str, list[str]] = {}
        found: dict[str, list[NewSamples]] = {}
        groups: dict[tuple, list[tuple[Fit, np.ndarray]]] = {}
        for fit in self._living:
            values = self._answer(fit)
            if values is None:
                continue
            measured = digits_judge.judged(values)
            if measured is None:
                self._fault(fit.kind, self._unusable(fit, values))
                continue
            found.setdefault(fit.kind, []).append(NewSamples(fit.kind, fit.name or fit.type, measured, spoken_settings(fit), fit.rows <= MOST_OF_A_CLASS))  # fmt: skip
            groups.setdefault((fit.kind, fit.settings), []).append((fit, values))
        for members in groups.values():
            if per_class([fit for fit, _ in members]):
                found[members[0][0].kind].extend(self._together(members))
        for kind, entries in found.items():
            members = [member for key, group in groups.items() if key[0] == kind for member in group]
            if all(entry.part for entry in entries) and len(members) >= CLASSES:
                entries.extend(self._together(members))
        return {kind: min(entries, key=lambda e: e.judged.discrepancy) for kind, entries in found.items()}

    @staticmethod
    def _together(members):
        """The samples of several models as those of one, such as of one model per digit."""
        pooled = digits_judge.judged(np.concatenate([values for _, values in members]))
        first = members[0][0]
        return (
            [NewSamples(first.kind, f"{len(members)} models {first.type} together", pooled)] if pooled else []
        )

    @property
    def _living(self):
        latest = {fit.key: fit for fit in self.seen.of(*MODELS) if fit.known is not None}
        return list(latest.values())

    def _answer(self, fit):
        answers = fit.known.answers
        for label in ("sample", "sample.0"):
            answer = answers.get(label)
            if isinstance(answer, dict) and "npy" in answer:
                return read_values(answer["npy"])
        fault = answers.get("sample")
        if isinstance(fault, dict) and fault.get("fault"):
            self._fault(fit.kind, f"{fit.name or fit.type}: {fault['fault']}")
        return None

    def _fault(self, kind, sentence):
        if sentence:
            self._faults.setdefault(kind, []).append(sentence)

    def _unusable(self, fit, values):
        """Why samples could not be judged; nothing where they belong to a projection of the pixels."""
        where = fit.name or fit.type
        if values.ndim != 2:
            return (
                f"{where}: sample(n) should return an array of shape (n, {fit.columns}), got {values.shape}."
            )
        if not np.all(np.isfinite(values)):
            return f"{where}: the samples contain NaN or infinite values."
        if values.shape[1] not in {PIXELS, fit.columns}:
            return f"{where}: the samples have {values.shape[1]} columns, the training data {fit.columns}."
        return ""

    # ---- parts

    def part(self, name, seen, cells, *, weight=1.0, shown=False, said="", doubt=""):
        """A part of an item: ``seen`` in our run, else what ``cells`` with code for it let us say."""
        if seen:
            return Part(name, State.THERE, said, tuple(cells), weight)
        cells = tuple(cells)
        if not cells:
            state = State.UNSURE if self.code.unreadable else State.ABSENT
            return Part(name, state, "" if state is State.ABSENT else "Some cells could not be read as Python.", (), weight)  # fmt: skip
        good = [cell for cell in cells if done(cell) and (not shown or self.shown(cell))]
        if good and not doubt:
            return Part(name, State.THERE, said, tuple(good), weight)
        return Part(name, State.UNSURE, doubt or reason(cells), tuple(good) or cells, weight)


def view_of(team, lab):
    """The digits of the hand-in, read once for all items."""
    names = discrepancy_names(team)
    one_sided = team.has("mmd") and keeps_one_sample(team.binding("mmd"))
    return lab.once("digits", lambda _: View(lab.transcript, names, one_sided=one_sided))


def discrepancy_names(team):
    """Names under which the hand-in's discrepancy is called."""
    if not team.has("mmd"):
        return ()
    binding = team.binding("mmd")
    methods = [m for m in binding.methods.values() if m]
    return tuple(dict.fromkeys([binding.symbol, *(f"{binding.symbol}.{m}" for m in methods if binding.kind != "function")]))  # fmt: skip


def nothing(lab):
    """The outcome for a hand-in without any work on digits."""
    return lab.outcome(Verdict.MISSING, NOTHING, NEXT)


def spoken_settings(fit):
    """Hyperparameters worth naming, such as ``bandwidth 2``."""
    usual = ("n_components", "bandwidth", "n_trees", "n_estimators", "max_depth", "covariance_type")
    given = dict(fit.settings)
    return ", ".join(f"{name.replace('_', ' ')} {given[name]}" for name in usual if name in given)
