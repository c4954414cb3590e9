"""
base: none
habit: >-
  Models with defaults in a dict and a generator as argument; one class wraps them in the names of the sheet; the
  kernel is told by a number.
"""

# %%
from types import SimpleNamespace

import numpy as np
from matplotlib import pyplot as plt
from scipy.spatial.distance import cdist
from scipy.special import logsumexp
from sklearn.datasets import make_moons

train = make_moons(500, noise=0.1, random_state=1)[0]
test = make_moons(500, noise=0.1, random_state=2)[0]


class Base:
    defaults = {}

    def __init__(self, **options):
        self.o = SimpleNamespace(**{**self.defaults, **options})


def log_normal(orte, mean, cov):
    moved = orte - mean
    distance = (moved @ np.linalg.inv(cov) * moved).sum(1)
    return -0.5 * (distance + np.linalg.slogdet(2 * np.pi * cov)[1])

# %%
class BinModel(Base):
    """histogram"""
    defaults = dict(bins=20)

    def learn(self, features):
        self.low, high = features.min(0), features.max(0)
        self.side = (high - self.low) * (1 + 1e-9) / self.o.bins
        cell = ((features - self.low) // self.side).astype(int)
        self.share = np.zeros((self.o.bins, self.o.bins))
        np.add.at(self.share, tuple(cell.T), 1 / len(features))

    def log_values(self, orte):
        cell = np.floor((orte - self.low) / self.side).astype(int)
        inside = ((cell >= 0) & (cell < self.o.bins)).all(1)
        cell[~inside] = 0
        with np.errstate(divide="ignore"):
            return np.log(np.where(inside, self.share[tuple(cell.T)], 0) / self.side.prod())

    def draw(self, zufall, n):
        cell = zufall.choice(self.share.size, size=n, p=self.share.ravel())
        corner = np.stack(np.unravel_index(cell, self.share.shape), axis=1)
        return self.low + (corner + zufall.random((n, 2))) * self.side


class GaussModel(Base):
    def learn(self, features):
        self.mean, self.cov = features.mean(0), np.cov(features.T)

    def log_values(self, orte):
        return log_normal(orte, self.mean, self.cov)

    def draw(self, zufall, n):
        return zufall.multivariate_normal(self.mean, self.cov, n)


class MixtureModel(Base):
    """GMM; draw gives points and components"""
    defaults = dict(K=3, tries=3)

    def learn(self, features):
        runs = [self.em(features, np.random.default_rng(seed)) for seed in range(self.o.tries)]
        _, self.pi, self.mu, self.cov = max(runs, key=lambda run: run[0])

    def em(self, X, rng):
        K = self.o.K
        mu, cov, pi = X[rng.choice(len(X), K, replace=False)], [np.cov(X.T)] * K, np.full(K, 1 / K)
        old = -np.inf
        for _ in range(300):
            joint = np.stack([np.log(p) + log_normal(X, m, c) for p, m, c in zip(pi, mu, cov)], axis=1)
            norm = logsumexp(joint, axis=1)
            r = np.exp(joint - norm[:, None])
            pi, mu = r.mean(0), r.T @ X / r.sum(0)[:, None]
            cov = [(r[:, [k]] * (X - mu[k])).T @ (X - mu[k]) / r[:, k].sum() + 1e-7 * np.eye(2) for k in range(K)]
            if norm.mean() - old < 1e-7:
                break
            old = norm.mean()
        return old, pi, mu, cov

    def log_values(self, orte):
        joint = [np.log(p) + log_normal(orte, m, c) for p, m, c in zip(self.pi, self.mu, self.cov)]
        return logsumexp(joint, axis=0)

    def draw(self, zufall, n):
        part = zufall.choice(self.o.K, size=n, p=self.pi)
        return np.array([zufall.multivariate_normal(self.mu[k], self.cov[k]) for k in part]), part


class ParzenModel(Base):
    """KDE"""
    defaults = dict(h=0.1)

    def learn(self, features):
        self.points = features.copy()

    def log_values(self, orte):
        e = -cdist(orte, self.points, "sqeuclidean") / (2 * self.o.h**2)
        return logsumexp(e, axis=1) - np.log(len(self.points) * 2 * np.pi * self.o.h**2)

    def draw(self, zufall, n):
        return self.points[zufall.integers(len(self.points), size=n)] + zufall.normal(0, self.o.h, (n, 2))


class Wrapper:
    def __init__(self, model, random_state=None):
        self.model = model
        self.generator = np.random.default_rng(random_state)

    def fit(self, X, y=None):
        self.model.learn(X)
        return self

    def sample(self, n_samples=1):
        drawn = self.model.draw(self.generator, n_samples)
        return drawn[0] if isinstance(drawn, tuple) else drawn

    def score_samples(self, X):
        return self.model.log_values(X)

# %%
def mmd(A, B, kernel_nr, h):
    distances = [cdist(a, b, "sqeuclidean") / h**2 for a, b in ((A, A), (B, B), (A, B))]
    if kernel_nr == 1:
        aa, bb, ab = (np.exp(-d) for d in distances)
    else:
        aa, bb, ab = (1 / np.sqrt(1 + d) for d in distances)
    n, m = ab.shape
    return (aa.sum() - n) / (n * (n - 1)) + (bb.sum() - m) / (m * (m - 1)) - 2 * ab.mean()

# %%
for name, model in {"histogram": BinModel(bins=15), "Gauss": GaussModel(), "GMM": MixtureModel(K=6), "KDE": ParzenModel()}.items():
    sample = Wrapper(model, 3).fit(train).sample(500)
    print(name, [round(mmd(sample, test, nr, h), 5) for nr in (1, 2) for h in (0.1, 0.5, 2.0)])
