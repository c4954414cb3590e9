"""
base: none
breaks: [interface.sklearn]
habit: >-
  Functions with namedtuples of what was learned, hyperparameters first; kernels are static methods of a class.
"""

# %%
from collections import namedtuple

import numpy as np
from sklearn.datasets import make_moons
from sklearn.metrics import pairwise_distances

Bins = namedtuple("Bins", "origin width cells probs")
Normal = namedtuple("Normal", "mean chol")
Mix = namedtuple("Mix", "weights means chols")
Parzen = namedtuple("Parzen", "points bw")
RNG = np.random.default_rng()
X_train = make_moons(400, noise=0.1, random_state=5)[0]
X_test = make_moons(400, noise=0.1, random_state=6)[0]

# %%
def fit_hist(width, X):
    cells, counts = np.unique(np.floor(X / width).astype(int), axis=0, return_counts=True)
    return Bins(np.zeros(2), width, cells, counts / counts.sum())

def logdensity_hist(params, x):
    table = {tuple(c): p for c, p in zip(params.cells.tolist(), params.probs)}
    idx = np.floor((x - params.origin) / params.width).astype(int)
    with np.errstate(divide="ignore"):
        return np.log(np.array([table.get(tuple(i), 0.0) for i in idx.tolist()]) / params.width**2)

def sample_hist(n, params, rng=RNG):
    which = rng.choice(len(params.probs), n, p=params.probs)
    return params.origin + (params.cells[which] + rng.uniform(size=(n, 2))) * params.width

# %%
def log_normal(x, mean, L):
    z = np.linalg.solve(L, (x - mean).T)
    return -0.5 * (z**2).sum(axis=0) - np.log(np.diag(L)).sum() - np.log(2 * np.pi)

def fit_gauss(X):
    c = X - X.mean(axis=0)
    return Normal(X.mean(axis=0), np.linalg.cholesky(c.T @ c / len(c)))

def logdensity_gauss(params, x):
    return log_normal(x, params.mean, params.chol)

def sample_gauss(n, params, rng=RNG):
    return params.mean + rng.normal(size=(n, len(params.mean))) @ params.chol.T

# %%
def joint(params, x):
    return np.array([np.log(w) + log_normal(x, m, L) for w, m, L in zip(*params)])

def total(a):
    top = a.max(axis=0)
    return top + np.log(np.exp(a - top).sum(axis=0))

def m_step(X, R):
    nk = R.sum(axis=1)
    means = R @ X / nk[:, None]
    moved = [X - m for m in means]
    chols = [np.linalg.cholesky((c * r[:, None]).T @ c / s + 1e-7 * np.eye(2)) for c, r, s in zip(moved, R, nk)]
    return Mix(nk / nk.sum(), means, np.array(chols))

def fit_gmm(K, X, rng=RNG, restarts=4):
    best, best_value = None, -np.inf
    for _ in range(restarts):
        nearest = pairwise_distances(X[rng.permutation(len(X))[:K]], X).argmin(axis=0)
        R, last = np.full((K, len(X)), 0.05 / K), -np.inf
        R[nearest, np.arange(len(X))] += 0.95
        for _ in range(400):
            params = m_step(X, R)
            J = joint(params, X)
            value = total(J)
            R = np.exp(J - value) + 1e-15
            if value.mean() - last < 1e-8:
                break
            last = value.mean()
        if value.mean() > best_value:
            best, best_value = params, value.mean()
    return best

def logdensity_gmm(params, x):
    return total(joint(params, x))

def sample_gmm(n, params, rng=RNG):
    k = rng.choice(len(params.weights), n, p=params.weights)
    return params.means[k] + (params.chols[k] @ rng.normal(size=(n, 2, 1)))[:, :, 0]

# %%
def fit_kde(bw, X):
    return Parzen(X, bw)

def logdensity_kde(params, x):
    d = pairwise_distances(params.points, x) / params.bw
    return total(-d**2 / 2) - np.log(len(params.points)) - 2 * np.log(params.bw * np.sqrt(2 * np.pi))

def sample_kde(n, params, rng=RNG):
    return params.points[rng.integers(len(params.points), size=n)] + params.bw * rng.normal(size=(n, 2))

# %%
class MMD:
    """kernels and the estimate, all static"""

    @staticmethod
    def squared_exponential(r2, h):
        return np.exp(-r2 / h**2)

    @staticmethod
    def inverse_multiquadratic(r2, h):
        return 1 / np.sqrt(1 + r2 / h**2)

    @classmethod
    def compute(cls, kern, h, first, second):
        def k(a, b):
            return kern(pairwise_distances(a, b) ** 2, h)

        def off_diagonal(K):
            return K[~np.eye(len(K), dtype=bool)].mean()

        return off_diagonal(k(first, first)) + off_diagonal(k(second, second)) - 2 * k(first, second).mean()

# %%
for fitted, draw in ((fit_hist(0.2, X_train), sample_hist), (fit_gauss(X_train), sample_gauss), (fit_gmm(5, X_train), sample_gmm), (fit_kde(0.1, X_train), sample_kde)):
    for kernel in (MMD.squared_exponential, MMD.inverse_multiquadratic):
        print(type(fitted).__name__, [round(MMD.compute(kernel, h, X_test, draw(400, fitted)), 5) for h in (0.1, 0.4, 1.5)])
