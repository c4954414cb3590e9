"""The accuracy on the test split, recomputed from what lives at the end of the run: parameters, or trained models.

Parameters are applied to the test points as they live, or to our digits in the usual scales at the places that a
split with a seed chooses; models were asked for the labels of all digits. Many readings of the same arrays are
tried, so the numbers found here confirm a reported one and never contradict it by themselves.
"""

from dataclasses import dataclass, field

import numpy as np

from grader.judge.images import read_values
from reference.classification.questions.softmax_living import parameters
from reference.classification.questions.softmax_split import (
    DIGITS,
    PREDICTED,
    labels_of_digits,
    living_test_points,
    replayed,
    scaled_digits,
    splits,
)


@dataclass
class Recomputed:
    """Accuracies of living parameters and models, each with the words for where it comes from."""

    test: dict[str, float] = field(default_factory=dict)
    training: dict[str, float] = field(default_factory=dict)

    def near(self, value, tolerance):
        """The source of a test accuracy that is as large as a reported one; None if there is none."""
        close = {
            name: abs(mine - value) for name, mine in self.test.items() if abs(mine - value) <= tolerance
        }
        return min(close, key=close.get, default=None)

    def near_training(self, value, tolerance):
        """Whether a reported number is an accuracy on the training split."""
        return any(abs(mine - value) <= tolerance for mine in self.training.values())


def recompute(transcript):
    """Every accuracy that what lives at the end of the run has on the test and on the training split."""
    known, found = transcript.known, Recomputed()
    alive = living_test_points(known)
    places = [(f"{name}, alive at the end", entry) for name, _, entry in alive]
    places += [("the split with its seed", test) for call, _, _ in splits(transcript)[-3:] if (test := replayed(call)) is not None]  # fmt: skip
    for where, labels in known_predictions(known):
        right = labels == labels_of_digits()
        for name, test in places:
            found.test[f"{where} on {name}"] = float(right[test].mean())
            found.training[f"{where} beside {name}"] = float(np.delete(right, test).mean())
    for where, theta in parameters(known).items():
        for name, points, test in alive:
            found.test[f"{where} on {name}"] = float(
                np.mean(chosen(theta, points) == labels_of_digits()[test])
            )
        for scaling, table in scaled_digits().items() if places else ():
            right = chosen(theta, table) == labels_of_digits()
            for name, test in places:
                found.test[f"{where} on digits {scaling} of {name}"] = float(right[test].mean())
                found.training[f"{where} on digits {scaling} beside {name}"] = float(
                    np.delete(right, test).mean()
                )
    return found


def known_predictions(known):
    """Labels of all digits that living models gave: (name and scale of the digits, labels (1797,))."""
    for one in known:
        for label, answer in one.answers.items():
            if not label.startswith(PREDICTED) or not isinstance(answer, dict) or "npy" not in answer:
                continue
            values = read_values(answer["npy"])
            if values is not None and values.size == DIGITS:
                name = one.name or one.type.rpartition(".")[2]
                yield f"{name}{label.removeprefix(PREDICTED)}", values.ravel()


def chosen(theta, points):
    """The class with the largest score for points, (m, 64), under parameters, (65, 10) with the bias first."""
    with np.errstate(all="ignore"):
        return (theta[0] + points @ theta[1:]).argmax(axis=1)
