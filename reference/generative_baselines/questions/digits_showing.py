"""What the items on digits show beside their verdict: measured rows and pictures, none of which decides."""

import numpy as np

from grader.judge.checks import Measured
from reference.generative_baselines.questions import digits_judge
from reference.generative_baselines.questions.digits_view import TITLES

PER_KIND = 10
"""Pictures per kind of model."""
SIDE = 8


def new_samples(lab, view, kinds):
    """Rows of evidence: the MMD² of new samples of each kind, beside that of noise."""
    noise = digits_judge.band()["uniform noise"]
    rows = []
    for kind in kinds:
        sample = view.samples.get(kind)
        if sample is not None:
            if sample.judged.scale != "pixels as they are":
                lab.note(f"{TITLES[kind]}: {sample.judged.scale}")
            wanted = f"noise has {noise:.2g}, real digits about 0"
            rows.append(Measured(f"MMD² of new samples: {TITLES[kind]}", round(sample.judged.discrepancy, 6), wanted, True))  # fmt: skip
    return rows


def certainties(view):
    """Rows of evidence: how sure our forest is of new samples of each kind."""
    wanted = "real digits 0.75, noise 0.2"
    return [
        Measured(f"certainty of our forest: {TITLES[kind]}", round(sample.judged.sure, 3), wanted, True)
        for kind, sample in view.samples.items()
    ]


def scale_picture(lab, samples):
    """MMD² of new samples per kind on the range of our own models with usual hyperparameters."""
    rows = []
    for kind, sample in samples.items():
        low, high = digits_judge.RANGES[kind]
        label = f"{TITLES[kind]} ({sample.settings})" if sample.settings else TITLES[kind]
        rows.append({"label": label, "value": max(sample.judged.discrepancy, 1e-4), "low": low, "high": high})
    lab.picture(
        "mmd of new samples",
        {
            "kind": "scale",
            "title": "MMD² of new samples of your models against digits",
            "x_name": "MMD² (squared exponential kernel, h = 35)",
            "rows": rows,
            "log": True,
            "caption": "Drawn from the models that lived at the end of our run, the best of each kind; recomputed by us. "
            "The bar is the range of our models with usual hyperparameters. Real digits lie far left, "
            "independent pixels have 0.015 and uniform noise 0.22.",
        },
    )


def digits_picture(lab, samples):
    """New samples of each kind with what our forest takes them for, and how surely."""
    for kind, sample in samples.items():
        shown = np.linspace(0, len(sample.judged.pixels) - 1, PER_KIND).astype(int)
        lab.picture(
            f"images: {kind}",
            {
                "kind": "images",
                "title": f"New samples: {TITLES[kind]}" + (f", {sample.settings}" if sample.settings else ""),
                "images": np.round(sample.judged.pixels[shown].reshape(-1, SIDE, SIDE), 1),
                "labels": [str(label) for label in sample.judged.labels[shown]],
                "certainty": np.round(sample.judged.confidence[shown], 3),
                "low": 0,
                "high": digits_judge.SHADES,
                "caption": "Drawn at the end of our run; below each image the class that our own random forest chooses.",
            },
        )


def confidence_picture(lab, samples):
    """How sure our forest is of the new samples of each kind."""
    lab.picture(
        "bars: certainty",
        {
            "kind": "bars",
            "title": "How sure our random forest is of new samples",
            "labels": [TITLES[kind] for kind in samples],
            "yours": [round(sample.judged.sure, 3) for sample in samples.values()],
            "x_name": "model",
            "y_name": "mean probability of the chosen class",
            "caption": "Real digits that the forest does not know reach about 0.75; uniform noise about 0.2.",
        },
    )


def proportions_picture(lab, sample):
    """Share of each digit among the new samples of one kind."""
    shares = np.bincount(sample.judged.labels.astype(int), minlength=10)[:10] / len(sample.judged.labels)
    lab.picture(
        f"bars: proportions of {sample.kind}",
        {
            "kind": "bars",
            "title": f"Digits among new samples: {TITLES[sample.kind]}",
            "labels": [str(digit) for digit in range(10)],
            "yours": np.round(shares, 3),
            "expected": [0.1] * 10,
            "x_name": "digit",
            "y_name": "share",
        },
    )
