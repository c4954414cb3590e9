"""The labels that neighbours vote for: where labels have equally many votes, each of them is right.

A wrong search for neighbours costs its own item: labels that are the vote of the points which the hand-in itself
names are right.
"""

from dataclasses import dataclass

import numpy as np
from sklearn.neighbors import KNeighborsClassifier

from grader.errors import TeamFault
from grader.judge.checks import check
from grader.records import Verdict
from reference.classification.questions.absent import without
from reference.classification.questions.neighbours import TRAINING, neighbours_of
from reference.classification.questions.two_classes import fitting_form, has_two_classes, most_alike


@check
def predicted_labels(team, lab, *, ks, queries):
    """predict returns the label that most of the k nearest neighbours have."""
    absent = without(
        team, lab, "knn", "predict", "predicts labels", "The sheet asks for a method called predict."
    )
    if absent:
        return absent
    where = lab.on(team, "knn", "predict")
    fault, three = None, []
    try:
        three = [vote(team, lab, lab.three_classes(TRAINING), lab.three_classes(queries)[0], k) for k in ks]
    except TeamFault as raised:  # code for two classes may have no place for a third
        fault = raised
    measured = [
        lab.measured(f"share of right labels, three classes, k = {v.k}", v.right, at_least=1.0) for v in three
    ]
    if three and all(v.right == 1 for v in three):
        return lab.accepted(*measured)
    if three and not lab.passed("knn.kneighbours") and all(own_vote(team, v) for v in three):
        lab.note(f"{where} gives the label that most of the points have which your kneighbours names.")
        return lab.own(lab.measured("share of labels that your own neighbours vote for", 1.0, at_least=1.0))
    form, two = fitting_form(
        lambda form: [
            vote(team, lab, form(lab.three_classes(TRAINING)), lab.three_classes(queries)[0], k) for k in ks
        ]
    )
    count = [
        lab.measured(f"share of right labels, two classes, k = {v.k}", v.right, at_least=1.0) for v in two
    ]
    if form and has_two_classes(team, lab):
        lab.note(f"{where} votes among two classes, labelled {form}: your own data have two.")
        return lab.own(*count)
    measured += count
    if fault is not None and not form:
        raise fault
    worst = min(three, key=lambda v: v.right, default=None)
    if form:
        told = f"{worst.right:.0%} (k = {worst.k})" if worst else f"they are not: {fault.sentence()}"
        return lab.outcome(
            Verdict.REVIEW,
            f"{where}: with two classes, labelled {form}, all labels are right, with three classes {told}. "
            "Did your data have more than two classes? A person decides.",
            "A vote counts how often each label occurs among the neighbours.",
            *measured,
        )
    if not lab.passed("knn.kneighbours") and not team.has("knn", "kneighbours"):
        return lab.accepted(*measured)  # the neighbours may be to blame, and cannot be asked
    message = f"{where}: {worst.right:.0%} of the predicted labels are those of the vote of the k = {worst.k} nearest points"
    message += ", some are no labels at all." if worst.no_labels else "."
    step = "Count how often each label occurs among the labels of the k neighbours, and take the most frequent one."
    return lab.failed(message, step, *measured)


@dataclass(frozen=True)
class Vote:
    """Predicted labels of the rows of `points` beside the labels that a vote allows (several where it is a tie)."""

    data: tuple
    points: np.ndarray
    k: int
    answers: np.ndarray
    model: object

    @property
    def right(self):
        """Share of answers that have most votes among the true neighbours."""
        true = ((self.points[:, None] - self.data[0][None]) ** 2).sum(axis=2)
        return agreeing(self.answers, self.data[1][np.argsort(true, axis=1)[:, : self.k]])

    @property
    def no_labels(self):
        """Whether some answers are no labels."""
        return not np.isin(self.answers, self.data[1]).all()


def agreeing(answers, labels):
    """Share of answers (m,) that occur most often in their row of labels (m, k)."""
    counts = np.stack([(labels == label).sum(axis=1) for label in np.unique(labels)], axis=1)
    own = (labels == np.asarray(answers)[:, None]).sum(axis=1)
    return float(np.mean(own == counts.max(axis=1)))


def vote(team, lab, data, points, k):
    """Fit and predict."""
    model = team.knn(k=k).fit(*data)
    return Vote(data, points, k, np.asarray(model.predict(points), dtype=float), model)


def own_vote(team, one):
    """Whether the labels are the vote of the points that the hand-in's own kneighbours names."""
    if not team.has("knn", "kneighbours"):
        return False
    found = neighbours_of(one.model, one.data[0], one.points, one.k)
    return found.indices is not None and agreeing(one.answers, one.data[1][found.indices]) == 1


@check
def same_as_scikit_learn(team, lab, *, k, points, least):
    """The predictions are those of scikit-learn's KNeighborsClassifier."""
    absent = without(
        team, lab, "knn", "predict", "predicts labels", "The sheet asks for a method called predict."
    )
    if absent:
        return absent
    where = lab.on(team, "knn", "predict")
    data = lab.three_classes(points)
    queries = lab.three_classes(points // 2)[0]
    same = most_alike(team, lab, lambda form: share_alike(team, form(data), queries, k))
    return lab.measured(
        f"share of labels equal to scikit-learn's, k = {k}",
        same,
        at_least=least,
        message=f"{where}: for k = {k} only {same:.0%} of the labels are those of KNeighborsClassifier.",
        next_step="Look at one point where the two differ: which neighbours do both use?",
    )


def share_alike(team, data, queries, k):
    """Share of labels that are scikit-learn's; where two classes have equally many votes, either is right."""
    theirs = KNeighborsClassifier(n_neighbors=k).fit(*data)
    shares = np.sort(theirs.predict_proba(queries), axis=1)
    clear = shares[:, -1] > shares[:, -2]
    mine = np.asarray(team.knn(k=k).fit(*data).predict(queries))
    return float(np.mean(mine[clear] == theirs.predict(queries)[clear]))
