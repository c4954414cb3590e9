"""Votes that are right for two classes alone: right for a hand-in whose own data have two, as its figures show."""

from contextlib import suppress

import numpy as np

from grader.errors import TeamFault
from grader.judge import figures
from reference.classification.questions.run_panels import is_lattice, shows_data
from reference.classification.questions.run_words import TEST, TRAIN, tells
from reference.classification.questions.run_work import work_of

FEWEST = 5
"""Points of a class below which a series is no class but an example."""


def halves(data):
    """The same points with the labels 0 and 1."""
    points, labels = data
    return points, (labels > 0).astype(labels.dtype)


def signs(data):
    """The same points with the labels -1 and 1."""
    points, labels = halves(data)
    return points, 2 * labels - 1


def counted(data):
    """The same points with the labels 1 and 2."""
    points, labels = halves(data)
    return points, labels + 1


FORMS = {"0 and 1": halves, "-1 and 1": signs, "1 and 2": counted}
"""How two classes may be labelled, by what it is called."""


def fitting_form(votes_of):
    """The first way to label two classes under which all votes are right, with these votes, else "" with the first ones.

    ``votes_of`` takes one of `FORMS` and gives votes; what the hand-in's code cannot take is no way.
    """
    first = []
    for name, form in FORMS.items():
        with suppress(TeamFault):
            votes = votes_of(form)
            first = first or votes
            if all(one.right == 1 for one in votes):
                return name, votes
    return "", first


def has_two_classes(team, lab):
    """Whether every figure of the hand-in's own points that names its series shows two classes."""
    numbers = {named_classes(d.panel) for d in work_of(team, lab).drawn(1) if shows_data(d)} - {0, 1}
    return numbers == {2}


def named_classes(panel):
    """Number of clouds of points with a name of their own; 0 where the names are those of training and test points."""
    clouds = [one for one in figures.clouds(panel, FEWEST) if one.label and not is_lattice(one)]
    parted = any(tells(TRAIN, one.label) or tells(TEST, one.label) for one in clouds)
    return 0 if parted else len({one.label for one in clouds})


def most_alike(team, lab, compare):
    """The largest of the shares that ``compare`` finds for our classes, and for two where the hand-in has two.

    What the code does with three classes raises where it can take no others.
    """
    shares, fault = [], None
    for form in (lambda data: data, *(FORMS.values() if has_two_classes(team, lab) else ())):
        try:
            shares.append(compare(form))
        except TeamFault as raised:
            fault = fault or raised
    if not shares and fault is not None:
        raise fault
    return float(np.max(shares))
