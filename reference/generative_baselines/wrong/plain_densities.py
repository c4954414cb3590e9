"""
breaks: [histogram.density, gaussian.density, gmm.density, kde.density]
same_as: [density_without_logarithm]
base: none
also: [rules.from_scratch]
says: >-
  score_samples returns the density itself, not its logarithm.
"""

# %% file: plots.py
import numpy as np
import matplotlib.pyplot as plt


def density_and_samples(model, title="", n=800, box=(-1.8, 2.8, -1.3, 1.8), res=130):
    xs = np.linspace(box[0], box[1], res)
    ys = np.linspace(box[2], box[3], res)
    XX, YY = np.meshgrid(xs, ys)
    Z = model.score_samples(np.stack([XX.ravel(), YY.ravel()], axis=1)).reshape(XX.shape)
    fig, (a1, a2) = plt.subplots(1, 2, figsize=(10, 3.3))
    c = a1.contourf(XX, YY, Z, levels=25)
    fig.colorbar(c, ax=a1)
    s = model.sample(n)
    a2.scatter(s[:, 0], s[:, 1], s=2)
    a1.axis("equal")
    a2.axis("equal")
    fig.suptitle(title)
    return a1, a2

# %%
import numpy as np
import matplotlib.pyplot as plt
from scipy.spatial import distance_matrix
from sklearn.datasets import make_moons
from plots import density_and_samples

# %%
SIZES = [80, 300, 1000]
train = {n: make_moons(n, noise=0.1, random_state=n)[0] for n in SIZES}
test = make_moons(1000, noise=0.1, random_state=7)[0]

# %%
class Hist2D:
    def __init__(self, nx=20, ny=20, random_state=None):
        self.nx, self.ny = nx, ny
        self.rng = np.random.default_rng(random_state)

    def fit(self, X, y=None):
        self.counts_, self.bx_, self.by_ = np.histogram2d(X[:, 0], X[:, 1], bins=(self.nx, self.ny))
        self.areas_ = np.diff(self.bx_)[:, None] * np.diff(self.by_)[None, :]
        self.p_ = self.counts_ / self.counts_.sum() / self.areas_
        return self

    def score_samples(self, X):
        p = np.zeros(len(X))
        for n, (a, b) in enumerate(X):
            if self.bx_[0] <= a <= self.bx_[-1] and self.by_[0] <= b <= self.by_[-1]:
                i = min(np.searchsorted(self.bx_, a, side="right") - 1, self.nx - 1)
                j = min(np.searchsorted(self.by_, b, side="right") - 1, self.ny - 1)
                p[n] = self.p_[i, j]
        return p

    def sample(self, n_samples=1):
        P = self.counts_.ravel() / self.counts_.sum()
        idx = self.rng.choice(P.size, size=n_samples, p=P)
        ix, iy = np.unravel_index(idx, self.counts_.shape)
        x = self.rng.uniform(self.bx_[ix], self.bx_[ix + 1])
        y = self.rng.uniform(self.by_[iy], self.by_[iy + 1])
        return np.column_stack((x, y))

# %%
class Normal2D:
    def __init__(self, random_state=None):
        self.rng = np.random.default_rng(random_state)

    def fit(self, X, y=None):
        self.loc_ = X.mean(0)
        self.Sigma_ = np.cov(X, rowvar=False, bias=True)
        return self

    def score_samples(self, X):
        diff = X - self.loc_
        inv = np.linalg.inv(self.Sigma_)
        norm = 1 / (2 * np.pi * np.sqrt(np.linalg.det(self.Sigma_)))
        return norm * np.exp(-0.5 * np.einsum("ij,jk,ik->i", diff, inv, diff))

    def sample(self, n_samples=1):
        A = np.linalg.cholesky(self.Sigma_)          # Sigma = A A^T
        return self.loc_ + (A @ self.rng.normal(size=(2, n_samples))).T

# %%
class GaussMix:
    def __init__(self, M=4, maxiter=120, random_state=None):
        self.M = M
        self.maxiter = maxiter
        self.rng = np.random.default_rng(random_state)

    def _weighted(self, X):
        return np.array([w * c.score_samples(X) for w, c in zip(self.pi_, self.comps_)]).T

    def fit(self, X, y=None):
        N = len(X)
        # start: split the data along x in M slices with equally many points
        order = np.argsort(X[:, 0] + 1e-3 * self.rng.normal(size=N))
        R = np.zeros((N, self.M))
        for m, part in enumerate(np.array_split(order, self.M)):
            R[part, m] = 1
        self.comps_ = [Normal2D() for _ in range(self.M)]
        last = -np.inf
        for it in range(self.maxiter):
            # M step
            self.pi_ = R.mean(0)
            for m, c in enumerate(self.comps_):
                w = R[:, m] / R[:, m].sum()
                c.loc_ = w @ X
                c.Sigma_ = (X - c.loc_).T @ ((X - c.loc_) * w[:, None])
                c.Sigma_[np.diag_indices(2)] += 1e-6   # not singular
            # E step
            P = self._weighted(X)
            total = np.maximum(P.sum(1), 1e-300)
            R = P / total[:, None]
            ll = np.log(total).mean()
            if ll - last < 1e-6:
                break
            last = ll
        return self

    def score_samples(self, X):
        return self._weighted(X).sum(1)

    def sample(self, n_samples=1):
        comp = self.rng.choice(self.M, size=n_samples, p=self.pi_)
        X = np.zeros((n_samples, 2))
        for m, c in enumerate(self.comps_):
            w = np.flatnonzero(comp == m)
            X[w] = self.rng.multivariate_normal(c.loc_, c.Sigma_, size=len(w))
        return X

# %%
class Parzen:
    """Gaussian KDE ("Parzen window")"""

    def __init__(self, width=0.1, random_state=None):
        self.width = width
        self.rng = np.random.default_rng(random_state)

    def fit(self, X, y=None):
        self.centers_ = np.array(X)
        return self

    def score_samples(self, X):
        D = distance_matrix(X, self.centers_)
        return np.exp(-0.5 * (D / self.width) ** 2).mean(1) / (2 * np.pi * self.width ** 2)

    def sample(self, n_samples=1):
        c = self.centers_[self.rng.choice(len(self.centers_), n_samples)]
        return c + self.width * self.rng.normal(size=c.shape)

# %%
def se(X, Y, gamma):
    return np.exp(-gamma * distance_matrix(X, Y) ** 2)

def imq(X, Y, gamma):
    return 1 / np.sqrt(1 + gamma * distance_matrix(X, Y) ** 2)

def mmd_sq(X, Y, gamma=1.0, kernel=se):
    """MMD^2 (V-statistic)"""
    return kernel(X, X, gamma).mean() + kernel(Y, Y, gamma).mean() - 2 * kernel(X, Y, gamma).mean()

