"""
base: none
also: [rules.from_scratch]
habit: >-
  Built like a program: the models lie in a module of their own and are reached by a table alone, each takes its
  settings in an object.
"""

# %% file: estimators.py
from typing import NamedTuple, Optional

import numpy as np
from scipy.special import logsumexp


class GridSettings(NamedTuple):
    bins: int = 16


class Blend(NamedTuple):
    components: int = 5
    rounds: int = 300
    ridge: float = 1e-6
    attempts: int = 3


class Smoothing(NamedTuple):
    bandwidth: float = 0.1


class Estimator:
    defaults = None

    def __init__(self, options=None, seed: Optional[int] = None):
        self.options = options or self.defaults
        self.random = np.random.default_rng(seed)


class Histogram(Estimator):
    defaults = GridSettings()

    def fit(self, X):
        counts, *self.edges = np.histogram2d(X[:, 0], X[:, 1], bins=self.options.bins)
        self.share = counts / counts.sum()
        self.sides = np.array([edge[1] - edge[0] for edge in self.edges])
        return self

    def score_samples(self, X):
        low = np.array([edge[0] for edge in self.edges])
        high = np.array([edge[-1] for edge in self.edges])
        inside = np.all((X >= low) & (X <= high), axis=1)
        cell = np.clip(((X - low) / self.sides).astype(int), 0, self.options.bins - 1)
        with np.errstate(divide="ignore"):
            return np.log(np.where(inside, self.share[cell[:, 0], cell[:, 1]], 0) / self.sides.prod())

    def sample(self, n_samples=1):
        chosen = self.random.choice(self.share.size, size=n_samples, p=self.share.ravel())
        corner = np.column_stack(np.unravel_index(chosen, self.share.shape))
        low = np.array([edge[0] for edge in self.edges])
        return low + (corner + self.random.random((n_samples, 2))) * self.sides


def log_bell(X, centre, covariance):
    offset = X - centre
    return -0.5 * (
        np.sum(offset * np.linalg.solve(covariance, offset.T).T, axis=1)
        + np.linalg.slogdet(2 * np.pi * covariance)[1]
    )


class Gaussian(Estimator):
    def fit(self, X):
        self.centre, self.covariance = X.mean(axis=0), np.cov(X.T, bias=True)
        return self

    def score_samples(self, X):
        return log_bell(X, self.centre, self.covariance)

    def sample(self, n_samples=1):
        return self.random.multivariate_normal(self.centre, self.covariance, size=n_samples)


class GaussianMixture(Estimator):
    defaults = Blend()

    def fit(self, X):
        runs = [self._climb(X) for _ in range(self.options.attempts)]
        self.height, self.share, self.centres, self.covariances = max(runs, key=lambda run: run[0])
        return self

    def _climb(self, X):
        number, before = self.options.components, -np.inf
        centres = X[self.random.choice(len(X), number, replace=False)]
        covariances, share = np.stack([np.cov(X.T, bias=True)] * number), np.full(number, 1 / number)
        for _ in range(self.options.rounds):
            joint = self._joint(X, share, centres, covariances)
            total = logsumexp(joint, axis=1)
            if total.mean() - before < 1e-7:
                break
            before, belongs = total.mean(), np.exp(joint - total[:, None])
            amount = belongs.sum(axis=0)
            share, centres = amount / len(X), belongs.T @ X / amount[:, None]
            offset = X[:, None] - centres
            covariances = np.einsum("nk,nki,nkj->kij", belongs, offset, offset) / amount[:, None, None]
            covariances = covariances + self.options.ridge * np.eye(2)
        return before, share, centres, covariances

    def _joint(self, X, share, centres, covariances):
        parts = [np.log(s) + log_bell(X, m, c) for s, m, c in zip(share, centres, covariances)]
        return np.stack(parts, axis=1)

    def score_samples(self, X):
        return logsumexp(self._joint(X, self.share, self.centres, self.covariances), axis=1)

    def sample(self, n_samples=1):
        which = self.random.choice(len(self.share), size=n_samples, p=self.share / self.share.sum())
        roots = np.linalg.cholesky(self.covariances)[which]
        return self.centres[which] + np.einsum("nij,nj->ni", roots, self.random.standard_normal((n_samples, 2)))


class KernelDensity(Estimator):
    defaults = Smoothing()

    def fit(self, X):
        self.points = np.array(X)
        return self

    def score_samples(self, X):
        width = self.options.bandwidth
        square = ((X[:, None] - self.points) ** 2).sum(axis=2)
        constant = np.log(len(self.points) * 2 * np.pi * width**2)
        return logsumexp(-square / (2 * width**2), axis=1) - constant

    def sample(self, n_samples=1):
        near = self.points[self.random.integers(len(self.points), size=n_samples)]
        return near + self.options.bandwidth * self.random.standard_normal(near.shape)


MODELS = {
    "grid": lambda bins=16: Histogram(GridSettings(bins)),
    "bell": lambda: Gaussian(),
    "bells": lambda components=5: GaussianMixture(Blend(components)),
    "bumps": lambda bandwidth=0.1: KernelDensity(Smoothing(bandwidth=bandwidth)),
}

# %%
import numpy as np
from sklearn.datasets import make_moons

from estimators import MODELS

data = make_moons(500, noise=0.1, random_state=3)[0]
fresh = make_moons(500, noise=0.1, random_state=4)[0]


# %%
def mmd(A, B, *, kernel="se", bandwidth=0.3):
    """Unbiased estimate."""

    def gram(P, Q):
        square = ((P[:, None] - Q) ** 2).sum(axis=2) / bandwidth**2
        return np.exp(-square) if kernel == "se" else (1 + square) ** -0.5

    def within(P):
        whole = gram(P, P)
        return (whole.sum() - np.trace(whole)) / (len(P) * (len(P) - 1))

    return within(A) + within(B) - 2 * gram(A, B).mean()


# %%
CASES = [("grid", dict(bins=b)) for b in (6, 20)] + [("bell", {})]
CASES += [("bells", dict(components=k)) for k in (2, 8)] + [("bumps", dict(bandwidth=h)) for h in (0.05, 0.2)]
for name, options in CASES:
    model = MODELS[name](**options).fit(data)
    drawn = model.sample(500)
    print(name, options, [mmd(fresh, drawn, kernel=k) for k in ("se", "imq")])
