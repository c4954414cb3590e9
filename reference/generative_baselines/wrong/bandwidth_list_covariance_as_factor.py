"""
breaks: [gaussian.sampling]
same_as: [gaussian_covariance_as_factor]
base: none
also: [rules.from_scratch]
says: >-
  A list of bandwidths; the covariance is used where its square root belongs.
"""

# %% file: mmd.py
"""MMD^2 for exercise 1, several bandwidths at once."""
import numpy as np


class MMD:
    """
    x, y        the two samples, shape (n, d) and (m, d)
    kernel      "se" or "imq"
    bandwidths  list of h, the result is the average of the MMD^2 over the list
    """

    def __init__(self, x, y, kernel="se", bandwidths=[0.1, 0.3, 1.0]):
        self.x = np.asarray(x, dtype=float)
        self.y = np.asarray(y, dtype=float)
        self.kernel = kernel
        self.bandwidths = list(bandwidths)

    @staticmethod
    def _sq_dists(a, b):
        # |a-b|^2 = |a|^2 + |b|^2 - 2ab
        d = (a ** 2).sum(1)[:, None] + (b ** 2).sum(1)[None, :] - 2 * a @ b.T
        return np.maximum(d, 0)

    def _k(self, d2, h):
        if self.kernel == "se":
            return np.exp(-d2 / h ** 2)
        elif self.kernel == "imq":
            return 1 / np.sqrt(1 + d2 / h ** 2)
        raise ValueError("unknown kernel " + str(self.kernel))

    def compute(self, per_bandwidth=False):
        n, m = len(self.x), len(self.y)
        dxx = self._sq_dists(self.x, self.x)
        dyy = self._sq_dists(self.y, self.y)
        dxy = self._sq_dists(self.x, self.y)
        off_x = ~np.eye(n, dtype=bool)
        off_y = ~np.eye(m, dtype=bool)
        values = []
        for h in self.bandwidths:
            # unbiased: i != j in the first two sums
            values.append(self._k(dxx[off_x], h).mean() + self._k(dyy[off_y], h).mean() - 2 * self._k(dxy, h).mean())
        return np.array(values) if per_bandwidth else float(np.mean(values))

# %%
import numpy as np
import matplotlib.pyplot as plt
from sklearn.datasets import make_moons
from scipy.stats import multivariate_normal
from scipy.special import logsumexp
from mmd import MMD

rs = np.random.RandomState(2025)

# %%
def make_data(size, seed):
    return make_moons(size, noise=0.1, random_state=seed)[0]

test_set = make_data(800, 99)
small, medium, large = make_data(60, 1), make_data(250, 2), make_data(1000, 3)

# %%
class HistogramDensity:
    """bins: number of bins [nx, ny], limits: [[xmin, xmax], [ymin, ymax]]"""

    def __init__(self, bins=[25, 15], limits=[[-2.0, 3.0], [-1.5, 2.0]]):
        self.bins = bins
        self.limits = np.array(limits)

    def fit(self, X):
        self.hist, self.x_edges, self.y_edges = np.histogram2d(
            X[:, 0], X[:, 1], bins=self.bins, range=self.limits, density=True)
        self.dx = self.x_edges[1] - self.x_edges[0]
        self.dy = self.y_edges[1] - self.y_edges[0]
        return self

    def score_samples(self, X):
        result = np.full(len(X), -np.inf)
        i = np.floor((X[:, 0] - self.limits[0, 0]) / self.dx).astype(int)
        j = np.floor((X[:, 1] - self.limits[1, 0]) / self.dy).astype(int)
        valid = (i >= 0) & (i < self.bins[0]) & (j >= 0) & (j < self.bins[1])
        with np.errstate(divide="ignore"):
            result[valid] = np.log(self.hist[i[valid], j[valid]])
        return result

    def sample(self, n_samples):
        weights = (self.hist * self.dx * self.dy).flatten()
        cell = rs.choice(len(weights), size=n_samples, p=weights / weights.sum())
        i = cell // self.bins[1]
        j = cell % self.bins[1]
        x = rs.uniform(self.x_edges[i], self.x_edges[i] + self.dx)
        y = rs.uniform(self.y_edges[j], self.y_edges[j] + self.dy)
        return np.array([x, y]).T

# %%
class GaussianDensity:
    def fit(self, X):
        self.mean = X.mean(axis=0)
        self.cov = (X - self.mean).T @ (X - self.mean) / len(X)
        return self

    def score_samples(self, X):
        return multivariate_normal(self.mean, self.cov).logpdf(X)

    def sample(self, n_samples):
        # transform standard normal numbers
        z = rs.randn(n_samples, len(self.mean))
        return z @ self.cov + self.mean

# %%
class GMMDensity:
    def __init__(self, n_components=5, n_iter=100, seed=0):
        self.n_components = n_components
        self.n_iter = n_iter
        self.seed = seed

    def fit(self, X):
        r = np.random.RandomState(self.seed)
        n, d = X.shape
        # means far away from each other: farthest point start
        centers = [X[r.randint(n)]]
        for _ in range(self.n_components - 1):
            dist = np.min([((X - c) ** 2).sum(1) for c in centers], axis=0)
            centers.append(X[dist.argmax()])
        self.means = np.array(centers)
        self.covs = np.array([np.cov(X.T, ddof=0) / self.n_components] * self.n_components)
        self.weights = np.full(self.n_components, 1 / self.n_components)
        self.history = []
        for _ in range(self.n_iter):
            # E
            log_p = self._log_p(X)
            log_norm = logsumexp(log_p, axis=1)
            self.history.append(log_norm.sum())
            r_nk = np.exp(log_p - log_norm[:, None])
            # M
            n_k = r_nk.sum(axis=0)
            self.weights = n_k / n
            for k in range(self.n_components):
                self.means[k] = np.average(X, axis=0, weights=r_nk[:, k])
                self.covs[k] = np.cov(X.T, ddof=0, aweights=r_nk[:, k]) + 1e-6 * np.eye(d)
        return self

    def _log_p(self, X):
        return np.array([np.log(self.weights[k]) + multivariate_normal(self.means[k], self.covs[k]).logpdf(X)
                         for k in range(self.n_components)]).T

    def score_samples(self, X):
        return logsumexp(self._log_p(X), axis=1)

    def sample(self, n_samples):
        counts = rs.multinomial(n_samples, self.weights)
        return np.vstack([rs.multivariate_normal(m, c, size=k) for m, c, k in zip(self.means, self.covs, counts)])

# %%
class KDEDensity:
    def __init__(self, bandwidth=0.1):
        self.bandwidth = bandwidth

    def fit(self, X):
        self.points = X.copy()
        return self

    def score_samples(self, X):
        n, d = self.points.shape
        d2 = MMD._sq_dists(X, self.points)
        return (logsumexp(-d2 / (2 * self.bandwidth ** 2), axis=1)
                - np.log(n) - d / 2 * np.log(2 * np.pi * self.bandwidth ** 2))

    def sample(self, n_samples):
        i = rs.randint(0, len(self.points), size=n_samples)
        return self.points[i] + self.bandwidth * rs.randn(n_samples, self.points.shape[1])

# %%
# Gaussian == GMM with 1 component (densities)
a = GaussianDensity().fit(medium).score_samples(test_set)
b = GMMDensity(1).fit(medium).score_samples(test_set)
print("equal:", np.allclose(a, b, atol=1e-3))

# %%
H_LIST = [0.1, 0.3, 1.0]

def evaluate(model, X, kernel):
    return MMD(model.fit(X).sample(800), test_set, kernel, H_LIST).compute()

bin_sizes = [0.05, 0.125, 0.25, 0.5]

comps = [1, 2, 4, 8, 12]

bws = [0.02, 0.05, 0.1, 0.25]

fig, ax = plt.subplots(2, 3, figsize=(13, 7), sharey="row")

