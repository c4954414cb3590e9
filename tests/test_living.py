"""What the living objects of a run on digits are asked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from grader.records import Known
from grader.run.observe import Question
from reference.generative_baselines.living import FEW, MOST_CLASSIFIERS, MOST_MODELS, SAMPLES, questions
from reference.generative_baselines.questions import digits_judge


def model(key: int, kind: str, shape: tuple[int, ...] = (1200, 64), **settings: Any) -> Known:
    return Known(key, 3, f"model_{key}", "model", kind, shape, settings=settings)


def asked(*known: Known) -> list[Question]:
    return list(questions(known))


@pytest.mark.parametrize(
    "kind",
    ["sklearn.mixture._gaussian_mixture.GaussianMixture", "sklearn.neighbors._kde.KernelDensity", "DensityForest.DensityForest", "__main__.KDE"],
)  # fmt: skip
def test_models_of_digits_are_asked_for_samples(kind: str) -> None:
    (question,) = asked(model(1, kind))
    assert (question.key, question.label, question.method, question.arguments) == (
        1,
        "sample",
        "sample",
        (SAMPLES,),
    )


def test_models_of_the_plane_are_not_asked() -> None:
    assert not asked(model(1, "__main__.KDE", (500, 2)), model(2, "sklearn.neighbors._kde.KernelDensity", ()))


def test_the_number_of_features_replaces_an_unknown_shape() -> None:
    assert asked(model(1, "sklearn.mixture._gaussian_mixture.GaussianMixture", (), n_features_in_=64))


def test_arrays_and_other_objects_are_not_asked() -> None:
    assert not asked(
        Known(1, 0, "X", "array", "ndarray", (1797, 64)), model(2, "sklearn.decomposition._pca.PCA")
    )


def test_classifiers_are_shown_digits_in_three_scales() -> None:
    found = asked(model(5, "sklearn.ensemble._forest.RandomForestClassifier"))
    assert {q.method for q in found} == {"predict"}
    shown = [np.asarray(q.arguments[0]) for q in found]  # type: ignore[index]
    assert [s.shape for s in shown] == [(599, 64)] * 3
    assert shown[0].max() == 16
    assert shown[1].max() == 1


def test_a_classifier_of_projections_is_not_shown_pixels() -> None:
    assert not asked(model(5, "sklearn.ensemble._forest.RandomForestClassifier", (1200, 20)))


def test_many_models_are_asked_less_and_fairly() -> None:
    sweep = [model(k, "sklearn.neighbors._kde.KernelDensity") for k in range(100)]
    found = asked(
        *sweep, model(200, "DensityForest.DensityForest"), model(300, "sklearn.mixture.GaussianMixture")
    )
    assert len(found) == MOST_MODELS
    assert {200, 300} <= {q.key for q in found}
    assert all(q.arguments == (FEW,) for q in found)


def test_few_classifiers_are_asked() -> None:
    found = asked(*(model(k, "sklearn.ensemble._forest.RandomForestClassifier") for k in range(50)))
    assert len({q.key for q in found}) == MOST_CLASSIFIERS


def test_answers_fit_into_the_budget_of_a_run() -> None:
    found = asked(*(model(k, "sklearn.neighbors._kde.KernelDensity") for k in range(100)))
    rows = sum(int(q.arguments[0]) for q in found)  # type: ignore[index, call-overload]
    assert rows * digits_judge.original()[0].shape[1] * 4 < 24 * 2**20
