"""
base: none
also: [rules.from_scratch]
habit: >-
  One abstract parent, type hints, random_state as in scikit-learn.
"""

# %%
from __future__ import annotations

from abc import ABC, abstractmethod

import matplotlib.pyplot as plt
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import solve_triangular
from scipy.spatial.distance import cdist
from scipy.special import logsumexp
from sklearn.datasets import make_moons

# %%
def moons(n_samples: int, seed: int) -> NDArray:
    """Two moons with noise 0.1, labels thrown away."""
    X, _ = make_moons(n_samples=n_samples, noise=0.1, random_state=seed)
    return X

train_sets = {n: moons(n, seed=n) for n in (50, 200, 1000)}

X_test = moons(1000, seed=12345)

fig, axes = plt.subplots(1, 3, figsize=(12, 3.5))

# %%
class DensityModel(ABC):
    """Common interface of all density models.

    Parameters
    ----------
    random_state : int or None
        Seed. A fresh generator is built from it in every call, so that an integer gives the same
        sample each time (as in sklearn).
    """

    def __init__(self, random_state: int | None = None) -> None:
        self.random_state = random_state

    @abstractmethod
    def fit(self, X: ArrayLike, y=None) -> "DensityModel":
        """Learn the parameters from X of shape (N, D). Returns self."""

    @abstractmethod
    def score_samples(self, X: ArrayLike) -> NDArray:
        """Log-density of each row of X, shape (N,)."""

    @abstractmethod
    def sample(self, n_samples: int = 1) -> NDArray:
        """Draw n_samples points, shape (n_samples, D)."""

    def score(self, X: ArrayLike, y=None) -> float:
        """Mean log-likelihood."""
        return float(np.mean(self.score_samples(X)))

    def _rng(self) -> np.random.Generator:
        return np.random.default_rng(self.random_state)


def gaussian_logpdf(X: NDArray, mean: NDArray, cov: NDArray) -> NDArray:
    """log N(x | mean, cov) by way of the Cholesky factor."""
    L = np.linalg.cholesky(cov)
    z = solve_triangular(L, (X - mean).T, lower=True)
    logdet = 2.0 * np.log(np.diag(L)).sum()
    return -0.5 * ((z ** 2).sum(axis=0) + logdet + len(mean) * np.log(2 * np.pi))

# %%
class HistogramModel(DensityModel):
    """2D histogram with `n_bins` x `n_bins` equal bins on the bounding box of the training data."""

    def __init__(self, n_bins: int = 20, random_state: int | None = None) -> None:
        super().__init__(random_state)
        self.n_bins = n_bins

    def fit(self, X: ArrayLike, y=None) -> "HistogramModel":
        X = np.asarray(X, dtype=float)
        counts, ex, ey = np.histogram2d(X[:, 0], X[:, 1], bins=self.n_bins)
        self.edges_ = (ex, ey)
        self.weights_ = counts / counts.sum()                   # probability of each bin
        area = np.outer(np.diff(ex), np.diff(ey))
        self.density_ = self.weights_ / area
        return self

    def score_samples(self, X: ArrayLike) -> NDArray:
        X = np.asarray(X, dtype=float)
        inside = np.ones(len(X), dtype=bool)
        index = []
        for d, e in enumerate(self.edges_):
            inside &= (X[:, d] >= e[0]) & (X[:, d] <= e[-1])
            # the last bin is closed on the right, like in np.histogram
            i = np.searchsorted(e, X[:, d], side="right") - 1
            index.append(np.clip(i, 0, self.n_bins - 1))
        p = np.where(inside, self.density_[index[0], index[1]], 0.0)
        with np.errstate(divide="ignore"):
            return np.log(p)                                    # -inf in empty bins

    def sample(self, n_samples: int = 1) -> NDArray:
        rng = self._rng()
        flat = rng.choice(self.weights_.size, size=n_samples, p=self.weights_.ravel())
        i, j = np.unravel_index(flat, self.weights_.shape)
        ex, ey = self.edges_
        lower = np.column_stack([ex[i], ey[j]])
        upper = np.column_stack([ex[i + 1], ey[j + 1]])
        return rng.uniform(lower, upper)

# %%
class GaussianModel(DensityModel):
    """Maximum likelihood Gaussian.

    `reg_covar` is added to the diagonal, the same as in the GMM, so that both agree exactly.
    """

    def __init__(self, reg_covar: float = 1e-6, random_state: int | None = None) -> None:
        super().__init__(random_state)
        self.reg_covar = reg_covar

    def fit(self, X: ArrayLike, y=None) -> "GaussianModel":
        X = np.asarray(X, dtype=float)
        self.mean_ = X.mean(axis=0)
        D = X - self.mean_
        self.covariance_ = D.T @ D / len(X) + self.reg_covar * np.eye(X.shape[1])
        return self

    def score_samples(self, X: ArrayLike) -> NDArray:
        return gaussian_logpdf(np.asarray(X, dtype=float), self.mean_, self.covariance_)

    def sample(self, n_samples: int = 1) -> NDArray:
        L = np.linalg.cholesky(self.covariance_)
        eps = self._rng().standard_normal((n_samples, len(self.mean_)))
        return self.mean_ + eps @ L.T

# %%
class GaussianMixtureModel(DensityModel):
    """GMM with full covariances, trained by EM.

    Attributes: weights_ (K,), means_ (K, D), covariances_ (K, D, D), log_likelihoods_ (list).
    """

    def __init__(self, n_components: int = 5, max_iter: int = 200, tol: float = 1e-5,
                 reg_covar: float = 1e-6, random_state: int | None = None) -> None:
        super().__init__(random_state)
        self.n_components = n_components
        self.max_iter = max_iter
        self.tol = tol
        self.reg_covar = reg_covar

    def _kmeans(self, X: NDArray, rng: np.random.Generator, n_iter: int = 20) -> NDArray:
        """Returns the cluster index of every point."""
        centers = X[[rng.integers(len(X))]]
        while len(centers) < self.n_components:                 # k-means++ seeding
            d2 = cdist(X, centers, "sqeuclidean").min(axis=1)
            centers = np.vstack([centers, X[rng.choice(len(X), p=d2 / d2.sum())]])
        for _ in range(n_iter):
            labels = cdist(X, centers, "sqeuclidean").argmin(axis=1)
            for k in range(self.n_components):
                if np.any(labels == k):
                    centers[k] = X[labels == k].mean(axis=0)
        return cdist(X, centers, "sqeuclidean").argmin(axis=1)

    def _weighted_logpdfs(self, X: NDArray) -> NDArray:
        """log(pi_k) + log N(x_n | k), shape (N, K)."""
        cols = [gaussian_logpdf(X, m, C) for m, C in zip(self.means_, self.covariances_)]
        return np.column_stack(cols) + np.log(self.weights_)

    def _m_step(self, X: NDArray, resp: NDArray) -> None:
        Nk = resp.sum(axis=0) + 1e-12
        self.weights_ = Nk / Nk.sum()
        self.means_ = (resp.T @ X) / Nk[:, None]
        D = X[None] - self.means_[:, None]                      # (K, N, D)
        self.covariances_ = np.einsum("nk,kni,knj->kij", resp, D, D) / Nk[:, None, None]
        self.covariances_ += self.reg_covar * np.eye(X.shape[1])

    def fit(self, X: ArrayLike, y=None) -> "GaussianMixtureModel":
        X = np.asarray(X, dtype=float)
        labels = self._kmeans(X, self._rng())
        self._m_step(X, np.eye(self.n_components)[labels])
        self.log_likelihoods_: list[float] = []
        for _ in range(self.max_iter):
            lp = self._weighted_logpdfs(X)
            norm = logsumexp(lp, axis=1)
            self.log_likelihoods_.append(float(norm.mean()))
            self._m_step(X, np.exp(lp - norm[:, None]))
            ll = self.log_likelihoods_
            if len(ll) > 1 and abs(ll[-1] - ll[-2]) < self.tol:
                break
        return self

    def score_samples(self, X: ArrayLike) -> NDArray:
        return logsumexp(self._weighted_logpdfs(np.asarray(X, dtype=float)), axis=1)

    def sample(self, n_samples: int = 1) -> NDArray:
        rng = self._rng()
        ks = rng.choice(self.n_components, size=n_samples, p=self.weights_)
        L = np.linalg.cholesky(self.covariances_)
        eps = rng.standard_normal((n_samples, self.means_.shape[1]))
        return self.means_[ks] + np.einsum("nij,nj->ni", L[ks], eps)

# %%
class KernelDensityModel(DensityModel):
    """KDE with isotropic Gaussian kernel of standard deviation `bandwidth`."""

    def __init__(self, bandwidth: float = 0.1, random_state: int | None = None) -> None:
        super().__init__(random_state)
        self.bandwidth = bandwidth

    def fit(self, X: ArrayLike, y=None) -> "KernelDensityModel":
        self.X_ = np.array(X, dtype=float)
        return self

    def score_samples(self, X: ArrayLike) -> NDArray:
        N, D = self.X_.shape
        d2 = cdist(np.asarray(X, dtype=float), self.X_, "sqeuclidean")
        log_norm = np.log(N) + 0.5 * D * np.log(2 * np.pi * self.bandwidth ** 2)
        return logsumexp(-0.5 * d2 / self.bandwidth ** 2, axis=1) - log_norm

    def sample(self, n_samples: int = 1) -> NDArray:
        rng = self._rng()
        centers = self.X_[rng.integers(len(self.X_), size=n_samples)]
        return centers + self.bandwidth * rng.standard_normal(centers.shape)

# %%
X = train_sets[200]
g = GaussianModel().fit(X)
m = GaussianMixtureModel(n_components=1).fit(X)
print("max difference of log densities:", np.abs(g.score_samples(X_test) - m.score_samples(X_test)).max())

# %%
def se_kernel(d2: NDArray, h: float) -> NDArray:
    """Squared exponential kernel as a function of squared distances."""
    return np.exp(-d2 / h ** 2)

def imq_kernel(d2: NDArray, h: float) -> NDArray:
    """Inverse multi-quadratic kernel as a function of squared distances."""
    return 1.0 / np.sqrt(1.0 + d2 / h ** 2)

def mmd2(X: NDArray, Y: NDArray, kernel=se_kernel, h: float = 0.5, unbiased: bool = True) -> float:
    """Squared maximum mean discrepancy between the samples X and Y."""
    Kxx = kernel(cdist(X, X, "sqeuclidean"), h)
    Kyy = kernel(cdist(Y, Y, "sqeuclidean"), h)
    Kxy = kernel(cdist(X, Y, "sqeuclidean"), h)
    n, m = len(X), len(Y)
    if unbiased:
        xx = (Kxx.sum() - np.trace(Kxx)) / (n * (n - 1))
        yy = (Kyy.sum() - np.trace(Kyy)) / (m * (m - 1))
    else:
        xx, yy = Kxx.mean(), Kyy.mean()
    return float(xx + yy - 2 * Kxy.mean())

good = KernelDensityModel(0.08, random_state=0).fit(train_sets[1000]).sample(1000)

bad = GaussianModel(random_state=0).fit(train_sets[1000]).sample(1000)

# %%
def show(model: DensityModel, title: str) -> None:
    """Density on a grid (left) and a generated data set (right)."""
    gx, gy = np.meshgrid(np.linspace(-1.7, 2.7, 150), np.linspace(-1.2, 1.7, 150))
    p = np.exp(model.score_samples(np.column_stack([gx.ravel(), gy.ravel()]))).reshape(gx.shape)
    fig, (a, b) = plt.subplots(1, 2, figsize=(10, 3.5))
    a.pcolormesh(gx, gy, p)
    if isinstance(model, GaussianMixtureModel):
        a.plot(model.means_[:, 0], model.means_[:, 1], "r+")
    S = model.sample(1000)
    b.scatter(S[:, 0], S[:, 1], s=2)
    for ax in (a, b):
        ax.axis("equal")
    fig.suptitle(title)
    plt.show()


X = train_sets[1000]
show(HistogramModel(5, random_state=0).fit(X), "histogram, 5 bins (bad)")
show(HistogramModel(20, random_state=0).fit(X), "histogram, 20 bins")
show(GaussianModel(random_state=0).fit(X), "Gaussian (bad)")
show(GaussianMixtureModel(10, random_state=0).fit(X), "GMM, 10 components")
show(KernelDensityModel(0.08, random_state=0).fit(X), "KDE, h = 0.08")
show(KernelDensityModel(0.4, random_state=0).fit(X), "KDE, h = 0.4 (bad)")

