"""
breaks: [mmd.imq, interface.sklearn]
same_as: [discrepancy_imq_no_root]
base: none
also: [rules.from_scratch]
says: >-
  The models stand in a module; the inverse multi-quadratic kernel lacks its square root.
"""

# %% file: models.py
"""Density models for exercise 1.

Every model has
    fit(X)       learn from an (N, 2) array
    log_prob(X)  log density, (N,)
    predict(X)   density, (N,)
    draw(num)    (num, 2) new points
"""
import numpy as np


class DensityModel:
    """Common base class."""

    def __init__(self, seed=None):
        self.rng = np.random.default_rng(seed)

    def fit(self, X):
        raise NotImplementedError

    def log_prob(self, X):
        raise NotImplementedError

    def draw(self, num):
        raise NotImplementedError

    def predict(self, X):
        return np.exp(self.log_prob(X))


class HistogramDensity(DensityModel):
    def __init__(self, nx=20, ny=None, margin=0.05, seed=None):
        super().__init__(seed)
        self.nx = nx
        self.ny = nx if ny is None else ny
        self.margin = margin

    def fit(self, X):
        lo = X.min(axis=0) - self.margin
        hi = X.max(axis=0) + self.margin
        self.x_edges_ = np.linspace(lo[0], hi[0], self.nx + 1)
        self.y_edges_ = np.linspace(lo[1], hi[1], self.ny + 1)
        counts, _, _ = np.histogram2d(X[:, 0], X[:, 1], bins=(self.x_edges_, self.y_edges_))
        self.mass_ = counts / len(X)
        self.cell_area_ = (hi[0] - lo[0]) / self.nx * (hi[1] - lo[1]) / self.ny
        return self

    def log_prob(self, X):
        i = np.searchsorted(self.x_edges_, X[:, 0], side="right") - 1
        j = np.searchsorted(self.y_edges_, X[:, 1], side="right") - 1
        out = np.full(len(X), -np.inf)
        ok = (i >= 0) & (i < self.nx) & (j >= 0) & (j < self.ny)
        with np.errstate(divide="ignore"):
            out[ok] = np.log(self.mass_[i[ok], j[ok]] / self.cell_area_)
        return out

    def draw(self, num):
        cdf = np.cumsum(self.mass_.ravel())
        cell = np.searchsorted(cdf, self.rng.random(num) * cdf[-1], side="right")
        i, j = np.divmod(cell, self.ny)
        dx = self.x_edges_[1] - self.x_edges_[0]
        dy = self.y_edges_[1] - self.y_edges_[0]
        x = self.x_edges_[i] + dx * self.rng.random(num)
        y = self.y_edges_[j] + dy * self.rng.random(num)
        return np.stack([x, y], axis=-1)


def _log_normal(X, mean, cov):
    L = np.linalg.cholesky(cov)
    z = np.linalg.solve(L, (X - mean).T)
    return -0.5 * np.sum(z ** 2, axis=0) - np.log(np.diag(L)).sum() - np.log(2 * np.pi)


class SingleGaussian(DensityModel):
    def fit(self, X):
        self.mean_ = np.mean(X, axis=0)
        self.cov_ = (X - self.mean_).T @ (X - self.mean_) / X.shape[0]
        return self

    def log_prob(self, X):
        return _log_normal(X, self.mean_, self.cov_)

    def draw(self, num):
        return self.rng.multivariate_normal(self.mean_, self.cov_, num)


class MixtureOfGaussians(DensityModel):
    def __init__(self, K=4, max_iter=150, min_change=1e-5, seed=None):
        super().__init__(seed)
        self.K = K
        self.max_iter = max_iter
        self.min_change = min_change

    def fit(self, X):
        N = len(X)
        self.pi_ = np.full(self.K, 1 / self.K)
        self.means_ = X[self.rng.choice(N, self.K, replace=False)]
        self.covs_ = np.tile(np.cov(X.T, bias=True) / self.K, (self.K, 1, 1))
        last = -np.inf
        self.history_ = []
        for _ in range(self.max_iter):
            joint = self._joint(X)
            norm = np.logaddexp.reduce(joint, axis=0)
            gamma = np.exp(joint - norm)
            self.history_.append(norm.mean())
            for k in range(self.K):
                g = gamma[k] / gamma[k].sum()
                self.means_[k] = g @ X
                diff = X - self.means_[k]
                self.covs_[k] = diff.T @ (g[:, None] * diff) + 1e-7 * np.eye(2)
            self.pi_ = gamma.mean(axis=1)
            if abs(norm.mean() - last) < self.min_change:
                break
            last = norm.mean()
        return self

    def _joint(self, X):
        return np.array([np.log(p) + _log_normal(X, m, C) for p, m, C in zip(self.pi_, self.means_, self.covs_)])

    def log_prob(self, X):
        return np.logaddexp.reduce(self._joint(X), axis=0)

    def draw(self, num):
        counts = self.rng.multinomial(num, self.pi_)
        out = np.concatenate([self.rng.multivariate_normal(m, C, c) for m, C, c in zip(self.means_, self.covs_, counts)])
        return self.rng.permutation(out)


class ParzenWindow(DensityModel):
    def __init__(self, sigma=0.1, seed=None):
        super().__init__(seed)
        self.sigma = sigma

    def fit(self, X):
        self.X_ = np.array(X)
        return self

    def log_prob(self, X):
        sq = ((X[:, None, :] - self.X_[None, :, :]) ** 2).sum(axis=2)
        log_k = -sq / (2 * self.sigma ** 2) - np.log(2 * np.pi * self.sigma ** 2)
        return np.logaddexp.reduce(log_k, axis=1) - np.log(len(self.X_))

    def draw(self, num):
        idx = self.rng.integers(len(self.X_), size=num)
        return self.X_[idx] + self.sigma * self.rng.normal(size=(num, 2))

# %%
import numpy as np
import matplotlib.pyplot as plt
from sklearn.datasets import make_moons

from models import HistogramDensity, SingleGaussian, MixtureOfGaussians, ParzenWindow

# %%
def make_data(num, seed):
    X, _ = make_moons(n_samples=num, noise=0.1, random_state=seed)
    return X

X_train = make_data(600, seed=10)
X_test = make_data(1000, seed=11)

# %%
g = SingleGaussian().fit(X_train)
m = MixtureOfGaussians(K=1).fit(X_train)
print(np.max(np.abs(g.log_prob(X_test) - m.log_prob(X_test))))

# %%
def squared_distances(X, Y):
    return np.sum((X[:, None, :] - Y[None, :, :]) ** 2, axis=-1)

def squared_exponential(X, Y, h):
    return np.exp(-squared_distances(X, Y) / h ** 2)

def inverse_multiquadric(X, Y, h):
    return 1 / (1 + squared_distances(X, Y) / h ** 2)

def compute_mmd2(X_real, X_fake, kernel, h):
    """mean over all pairs"""
    K_rr = kernel(X_real, X_real, h)
    K_ff = kernel(X_fake, X_fake, h)
    K_rf = kernel(X_real, X_fake, h)
    return np.mean(K_rr) - 2 * np.mean(K_rf) + np.mean(K_ff)

# %%
def evaluate(model, X):
    fake = model.fit(X).draw(1000)
    return (compute_mmd2(X_test, fake, squared_exponential, 0.3),
            compute_mmd2(X_test, fake, inverse_multiquadric, 0.3))

sizes = [50, 200, 800]

candidates = {
    "histogram bins": [(b, lambda b=b: HistogramDensity(b, seed=1)) for b in (3, 6, 12, 25, 50)],
    "mixture components": [(K, lambda K=K: MixtureOfGaussians(K, seed=1)) for K in (1, 2, 4, 8, 12)],
    "Parzen sigma": [(s, lambda s=s: ParzenWindow(s, seed=1)) for s in (0.02, 0.05, 0.1, 0.25, 0.6)],
}

results = {}

fig, axes = plt.subplots(2, 3, figsize=(14, 7))

