"""
breaks: [histogram.sampling, interface.sklearn]
same_as: [histogram_bin_corners]
base: none
also: [rules.from_scratch]
says: >-
  Fitted models are dictionaries; samples of the histogram are the corners of its bins.
"""

# %%
import numpy as np
import pandas as pd
import matplotlib.pyplot as plt
import seaborn as sns
from sklearn.datasets import make_moons
from sklearn.metrics import pairwise_distances
from scipy.stats import multivariate_normal

sns.set_style("whitegrid")
np.random.seed(42)


def data(n):
    return make_moons(n_samples=n, noise=0.1)[0]

# %%
def fit_hist(X, bin_size):
    """bin_size = edge length of the (square) bins"""
    xe = np.arange(X[:, 0].min() - bin_size / 2, X[:, 0].max() + bin_size, bin_size)
    ye = np.arange(X[:, 1].min() - bin_size / 2, X[:, 1].max() + bin_size, bin_size)
    density, _, _ = np.histogram2d(X[:, 0], X[:, 1], bins=[xe, ye], density=True)
    return {"density": density, "xedges": xe, "yedges": ye, "bin_size": bin_size}


def hist_pdf(model, X):
    ix = np.digitize(X[:, 0], model["xedges"]) - 1
    iy = np.digitize(X[:, 1], model["yedges"]) - 1
    nx, ny = model["density"].shape
    p = np.zeros(X.shape[0])
    valid = (ix >= 0) & (ix < nx) & (iy >= 0) & (iy < ny)
    p[valid] = model["density"][ix[valid], iy[valid]]
    return p


def sample_hist(model, n):
    # probability of each bin = density * area
    weights = (model["density"] * model["bin_size"] ** 2).flatten()
    weights = weights / weights.sum()
    bins = np.random.choice(np.arange(len(weights)), size=n, p=weights)
    ix = bins // model["density"].shape[1]
    iy = bins % model["density"].shape[1]
    return np.array([model["xedges"][ix], model["yedges"][iy]]).T

# %%
def fit_gauss(X):
    return X.mean(axis=0), np.cov(X, rowvar=False, bias=True)


def gauss_pdf(model, X):
    return multivariate_normal(*model).pdf(X)


def sample_gauss(model, n):
    return np.random.multivariate_normal(model[0], model[1], n)

# %%
def fit_gmm(X, k, n_iter=80):
    n = X.shape[0]
    means = X[np.random.permutation(n)[:k]].copy()
    covs = np.stack([0.1 * np.eye(2)] * k)
    weights = np.full(k, 1.0 / k)
    for it in range(n_iter):
        # responsibilities, shape (n, k)
        resp = np.column_stack([weights[j] * gauss_pdf((means[j], covs[j]), X) for j in range(k)])
        resp /= resp.sum(axis=1, keepdims=True)
        # update
        nk = resp.sum(axis=0)
        weights = nk / n
        means = (resp.T @ X) / nk.reshape(-1, 1)
        for j in range(k):
            covs[j] = np.cov(X, rowvar=False, aweights=resp[:, j], ddof=0) + 1e-6 * np.eye(2)
    return weights, means, covs


def gmm_pdf(model, X):
    return sum(w * gauss_pdf((m, C), X) for w, m, C in zip(*model))


def sample_gmm(model, n):
    weights, means, covs = model
    X = []
    for j in np.random.choice(len(weights), p=weights, size=n):
        X.append(np.random.multivariate_normal(means[j], covs[j]))
    return np.array(X)

# %%
def fit_kde(X, bw):
    return {"X": X, "bw": bw}


def kde_pdf(model, X):
    d = pairwise_distances(X, model["X"])
    bw = model["bw"]
    return np.sum(np.exp(-0.5 * (d / bw) ** 2), axis=1) / (2 * np.pi * bw ** 2 * len(model["X"]))


def sample_kde(model, n):
    centers = model["X"][np.random.choice(len(model["X"]), n)]
    return centers + np.random.normal(scale=model["bw"], size=centers.shape)

# %%
# one component GMM must be the Gaussian
X = data(500)
print(fit_gauss(X))
print(fit_gmm(X, 1))
print("same density:", np.allclose(gauss_pdf(fit_gauss(X), X), gmm_pdf(fit_gmm(X, 1), X), rtol=1e-3))

# %%
def mmd2(X, Y, h):
    dxx = pairwise_distances(X, X) ** 2
    dyy = pairwise_distances(Y, Y) ** 2
    dxy = pairwise_distances(X, Y) ** 2
    m, n = len(X), len(Y)
    kernels = {
        "se": lambda d: np.exp(-d / h ** 2),
        "imq": lambda d: 1.0 / np.sqrt(1.0 + d / h ** 2),
    }
    out = {}
    for name, k in kernels.items():
        # k(x, x) = 1 for both kernels so the diagonal sums to m (or n)
        xx = (k(dxx).sum() - m) / (m * (m - 1))
        yy = (k(dyy).sum() - n) / (n * (n - 1))
        out[name] = xx + yy - 2 * k(dxy).mean()
    return out

X_test = data(1000)

rows = []

# %%
def plot(pdf, sample, model, title):
    u, v = np.meshgrid(np.linspace(-2, 3, 120), np.linspace(-1.5, 2, 120))
    Z = pdf(model, np.c_[u.ravel(), v.ravel()]).reshape(u.shape)
    fig, ax = plt.subplots(1, 2, figsize=(10, 3.5))
    ax[0].contourf(u, v, Z, 20, cmap="magma")
    S = sample(model, 1000)
    ax[1].plot(S[:, 0], S[:, 1], ".", alpha=0.4)
    ax[0].axis("equal")
    ax[1].axis("equal")
    fig.suptitle(title)
    plt.show()

