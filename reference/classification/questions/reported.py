"""Accuracies that a work reports: numbers in prints, tables, titles and text that stand by words of accuracy."""

import re
from dataclasses import dataclass

from grader.judge import figures
from reference.classification.questions.run_words import ACCURACY, LOSS, MEASURES, TEST, TRAIN, tells

NUMBER = re.compile(r"(?<![\w.])(\d{1,3}(?:\.\d+)?)\s*\\?%|(?<![\w.])([01]?\.\d+|1\.0*|[01],\d{2,})(?![\w])")

HUNDREDTHS = re.compile(r"(?<![\w.])([1-9]\d\.\d+|100\.0+)(?![\d.]*\s*\\?%)")


@dataclass(frozen=True)
class Reported:
    """One reported number between 0 and 1."""

    value: float
    cell: object
    said: str
    """The words it stands by."""
    named: bool
    """Whether its own words speak of accuracy, not the code alone."""

    @property
    def of_test(self):
        """Whether its words speak of test points."""
        return tells(TEST, self.said.replace("_", " "))

    @property
    def of_training(self):
        """Whether its words speak of training points alone."""
        return tells(TRAIN, self.said.replace("_", " ")) and not self.of_test


def numbers_in(text, named=False):
    """Numbers between 0 and 1, or percent, of a text; with `named` decimals up to 100 are percent without a sign."""
    found = []
    if named and not tells(LOSS, text):
        found += [float(number) / 100 for number in HUNDREDTHS.findall(text)]
    for percent, plain in NUMBER.findall(text):
        value = float(percent) / 100 if percent else float(plain.replace(",", "."))
        if 0 <= value <= 1:
            found.append(value)
    return found


def reported(cells, texts=()):
    """Every number that cells (and cells of text) report as an accuracy, in order."""
    found = []
    for cell in cells:
        speaks = tells(MEASURES, cell.source)
        text = cell.ours.text if cell.ours.text.strip() else cell.stored.text
        head = ""
        for line in text.splitlines():
            named = tells(ACCURACY, line)
            head = line if named and not numbers_in(line) else head
            if named or speaks:
                said = line if tells(ACCURACY + "|" + TEST, line) else f"{head} {line}"
                found += [
                    Reported(value, cell, said, named or bool(head)) for value in numbers_in(line, named)
                ]
        for title in titles_of(cell):
            if tells(ACCURACY, title):
                found += [Reported(value, cell, title, True) for value in numbers_in(title)]
    for cell in texts:
        for sentence in re.split(r"(?<=[.!?:])\s+|\n", cell.source):
            if tells(ACCURACY, sentence):
                found += [Reported(value, cell, sentence, True) for value in numbers_in(sentence)]
    return found


BESIDE = re.compile(
    r"(?:(?<![a-z])acc\w*|genauigkeit\w*|score\w*|treffer\w*)[^\d\n]{0,14}?(\d{1,3}\.\d+\s*%|\d{2}\s*%|[01]?\.\d+)",
    re.I,
)
"""A number right behind a word of accuracy."""


def same_for_all(cells, number):
    """The one accuracy below 1 that a cell tells for each of so many data sets; None where they differ, or are fewer."""
    for cell in cells:
        text = cell.ours.text if cell.ours.text.strip() else cell.stored.text
        for lines in (text.splitlines(), titles_of(cell)):
            tested = [line for line in lines if not (tells(TRAIN, line) and not tells(TEST, line))]
            told = [found for found in map(BESIDE.findall, tested) if len(found) == 1]
            values = {numbers_in(found[0])[0] for found in told if numbers_in(found[0])}
            if len(told) >= number and len(values) == 1 and max(values) < 1:
                return values.pop()
    return None


def titles_of(cell):
    """Titles, legends and texts of the figures of a cell."""
    parts = []
    for figure in cell.figures:
        parts += [figure.title, *figure.texts, *figure.legend]
        for panel in figure.panels:
            parts += [panel.title, panel.xlabel, *panel.legend, *panel.texts]
    return [part for part in parts if part]


def accuracy_curves(cells):
    """Places along the longest curve or row of bars of accuracies."""
    most = 0
    for drawn in figures.drawn_in(cells):
        words = " ".join([drawn.titles, drawn.panel.ylabel, *drawn.panel.legend])
        if tells(ACCURACY, words) and not any(layer.kind in figures.FIELDS for layer in drawn.panel.layers):
            most = max(most, figures.curve_points(drawn.panel))
    return most
