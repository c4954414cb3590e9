"""Our own measurements on generated digits: their scale, their discrepancy from real digits, how sure our forest is.

Everything that depends on the data set alone is made once per process. Discrepancies use the squared exponential
kernel with h = 35 (digits in grey values 0 to 16 lie about 49 apart). Measured against 400 digits: real digits
have |MMD²| < 0.001, mixtures less than 0.0014, kernel estimates of bandwidth 0.5 to 3 have 0.0001 to 0.023, the
single Gaussian 0.003, a density forest 0.003 to 0.03, independent pixels 0.015, kernel estimates of bandwidth 8
have 0.16 and uniform noise 0.22. The forest's certainty is 0.75 for digits it does not know and 0.2 for noise.
"""

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier

from reference.generative_baselines.models.discrepancy import mmd_squared

WIDTH = 35.0
MOST = 400
"""Digits compared on each side."""
SHADES = 16.0
RANGES = {
    "gaussian": (0.0025, 0.0034),
    "mixture": (0.0001, 0.0014),
    "kernel density": (0.0001, 0.023),
    "forest": (0.003, 0.03),
}
"""MMD² of our own models over 4 seeds: mixtures of 5 to 50 components, bandwidths 0.5 to 3; what is below 0.0001 is drawn there."""
SHOWN = 3
"""Every third digit is shown to a classifier."""


@cache
def original():
    """Pixels (1797, 64) between 0 and 16, and labels (1797,)."""
    pixels, labels = load_digits(return_X_y=True)
    return np.asarray(pixels, dtype=np.float64), np.asarray(labels)


@cache
def forest():
    """A random forest trained on all digits."""
    return RandomForestClassifier(100, random_state=0).fit(*original())


@cache
def some_digits():
    """A fixed random choice of digits, (400, 64)."""
    return original()[0][np.random.default_rng(0).permutation(len(original()[0]))[:MOST]]


@cache
def moments():
    """Mean and standard deviation of each pixel, and its largest value, at least one."""
    pixels = original()[0]
    return pixels.mean(axis=0), pixels.std(axis=0), np.maximum(pixels.max(axis=0), 1.0)


def scales():
    """Names and inverses of the scalings that students give pixels."""
    mean, spread, top = moments()
    return {
        "pixels as they are": lambda rows: rows,
        "pixels divided by 16": lambda rows: rows * SHADES,
        "pixels divided by 255": lambda rows: rows * 255.0,
        "standardised pixels": lambda rows: rows * np.where(spread > 0, spread, 1.0) + mean,
        "pixels scaled to their range": lambda rows: rows * top,
        "pixels between -1 and 1": lambda rows: (rows + 1) * SHADES / 2,
    }


def shown_digits():
    """The digits that classifiers are shown, (599, 64), by scale."""
    pixels = original()[0][::SHOWN]
    mean, spread, _ = moments()
    return {
        "pixels": pixels,
        "pixels divided by 16": pixels / SHADES,
        "standardised pixels": (pixels - mean) / np.where(spread > 0, spread, 1.0),
    }


@dataclass(frozen=True)
class Judged:
    """Generated digits in grey values 0 to 16, with what we measured."""

    pixels: np.ndarray
    scale: str
    discrepancy: float
    """MMD² against digits of the data set."""

    @cached_property
    def probabilities(self):
        """What our forest thinks of each, (n, 10)."""
        return forest().predict_proba(self.pixels)

    @property
    def labels(self):
        """The class that our forest chooses, (n,)."""
        return forest().classes_[self.probabilities.argmax(axis=1)]

    @property
    def confidence(self):
        """Probability of the class chosen, (n,)."""
        return self.probabilities.max(axis=1)

    @property
    def sure(self):
        """Mean probability that our forest gives the class it chooses."""
        return float(self.confidence.mean())


def judged(samples):
    """Measure samples, shape (n, 64) with n >= 20, in any usual scale; None where they have another form."""
    samples = np.asarray(samples, dtype=np.float64)
    if samples.ndim != 2 or samples.shape[1] != 64 or len(samples) < 20 or not np.all(np.isfinite(samples)):
        return None
    mean, spread, _ = moments()

    def distance(pixels):
        return np.abs(pixels.mean(axis=0) - mean).mean() + np.abs(pixels.std(axis=0) - spread).mean()

    with np.errstate(over="ignore", invalid="ignore"):
        candidates = [(name, back(samples)) for name, back in scales().items()]
        gaps = [np.nan_to_num(distance(pixels), nan=np.inf) for _, pixels in candidates]
        simplest = next(k for k, gap in enumerate(gaps) if gap <= 1.3 * min(gaps) or not np.isfinite(gap))
        scale, pixels = candidates[simplest]
        chosen = np.clip(pixels[:: max(1, -(-len(pixels) // MOST))][:MOST], -1e6, 1e6)
    return Judged(chosen, scale, float(mmd_squared(some_digits(), chosen, "se", WIDTH)))


@cache
def band():
    """MMD² of two halves of the data, of pixels drawn independently of each other, and of uniform noise."""
    pixels, rng = original()[0], np.random.default_rng(1)
    rows = np.arange(len(pixels))
    half = rng.permutation(rows)
    apart = np.stack([rng.permutation(pixels[:, k])[:MOST] for k in range(pixels.shape[1])], axis=1)
    noise = rng.uniform(0, SHADES, (MOST, pixels.shape[1]))
    return {
        "real digits": float(mmd_squared(pixels[half[:MOST]], pixels[half[MOST : 2 * MOST]], "se", WIDTH)),
        "independent pixels": float(mmd_squared(some_digits(), apart, "se", WIDTH)),
        "uniform noise": float(mmd_squared(some_digits(), noise, "se", WIDTH)),
    }
