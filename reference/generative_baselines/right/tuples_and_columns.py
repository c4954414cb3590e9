"""
base: none
also: [rules.from_scratch]
habit: >-
  Samples with labels, columns in single precision, the discrepancy in a tuple.
"""

# %%
import numpy as np
import matplotlib.pyplot as plt
from scipy.special import logsumexp
from sklearn.datasets import make_moons, load_digits

f32 = np.float32

def get_data(N, seed=None):
    data, _ = make_moons(n_samples=N, noise=0.1, random_state=seed)
    return data.astype(f32)

# squared distances between all rows of a and all rows of b
def sqdist(a, b):
    out = np.zeros((a.shape[0], b.shape[0]), dtype=f32)
    for d in range(a.shape[1]):
        out += (a[:, d][:, None] - b[:, d][None, :]) ** 2
    return out

# %%
class Histogram:
    def __init__(self, bins=(20, 20)):
        self.bins = bins
        self.gen = np.random.default_rng(0)

    def fit(self, data):
        data = np.asarray(data, dtype=f32)
        mn, mx = data.min(0), data.max(0)
        pad = 0.01 * (mx - mn)             # small border
        rng_ = [(mn[0] - pad[0], mx[0] + pad[0]), (mn[1] - pad[1], mx[1] + pad[1])]
        counts, self.xe, self.ye = np.histogram2d(data[:, 0], data[:, 1], bins=self.bins, range=rng_)
        self.p_bin = counts / counts.sum()
        self.binarea = (self.xe[1] - self.xe[0]) * (self.ye[1] - self.ye[0])

    def score_samples(self, data):
        data = np.asarray(data, dtype=f32)
        # pad the table with a ring of zeros, digitize gives 0 and len(edges) outside
        table = np.pad(self.p_bin / self.binarea, 1)
        ix = np.digitize(data[:, 0], self.xe)
        iy = np.digitize(data[:, 1], self.ye)
        with np.errstate(divide="ignore"):
            logp = np.log(table[ix, iy])
        return logp.astype(f32).reshape(-1, 1)

    def sample(self, n):
        cum = np.cumsum(self.p_bin.ravel())
        cum /= cum[-1]
        which = np.searchsorted(cum, self.gen.random(n), side="right")
        i, j = np.divmod(which, self.p_bin.shape[1])
        u = self.gen.random((n, 2))
        x = self.xe[i] + u[:, 0] * (self.xe[i + 1] - self.xe[i])
        y = self.ye[j] + u[:, 1] * (self.ye[j + 1] - self.ye[j])
        return np.stack([x, y], axis=1).astype(f32)

# %%
def log_normal(data, mean, cov):
    diff = (data - mean).astype(f32)
    prec = np.linalg.inv(cov).astype(f32)
    q = np.einsum("ni,ij,nj->n", diff, prec, diff)
    return (-0.5 * q - 0.5 * np.linalg.slogdet(cov)[1] - 0.5 * len(mean) * np.log(2 * np.pi)).astype(f32)


class SingleGaussian:
    def __init__(self):
        self.gen = np.random.default_rng(1)

    def fit(self, data):
        data = np.asarray(data, dtype=f32)
        self.mean = data.mean(0)
        self.cov = np.cov(data, rowvar=False, bias=True).astype(f32)

    def score_samples(self, data):
        return log_normal(np.asarray(data, dtype=f32), self.mean, self.cov)[:, None]

    def sample(self, n):
        # eigen decomposition: x = mu + V sqrt(lambda) eps
        lam, V = np.linalg.eigh(self.cov)
        eps = self.gen.standard_normal((n, len(lam)))
        return (self.mean + (eps * np.sqrt(lam)) @ V.T).astype(f32)

# %%
class MixtureOfGaussians:
    def __init__(self, num_components, iterations=80, restarts=2, eps=1e-5):
        self.num_components = num_components
        self.iterations = iterations
        self.restarts = restarts
        self.eps = eps
        self.gen = np.random.default_rng(2)

    def log_joint(self, data):
        cols = [np.log(w) + log_normal(data, m, c) for w, m, c in zip(self.alpha, self.means, self.covs)]
        return np.stack(cols, axis=1)

    def one_run(self, data):
        N, D = data.shape
        K = self.num_components
        self.means = data[self.gen.permutation(N)[:K]]
        # start with hard assignment to the nearest chosen point
        resp = np.eye(K, dtype=f32)[sqdist(data, self.means).argmin(1)]
        resp = 0.9 * resp + 0.1 / K
        for _ in range(self.iterations):
            tot = resp.sum(0)
            self.alpha = tot / tot.sum()
            self.means = resp.T @ data / tot[:, None]
            self.covs = []
            for k in range(K):
                diff = data - self.means[k]
                self.covs.append((diff.T * resp[:, k]) @ diff / tot[k] + self.eps * np.eye(D))
            lj = self.log_joint(data)
            resp = np.exp(lj - logsumexp(lj, axis=1, keepdims=True))
        return logsumexp(lj, axis=1).mean()

    def fit(self, data):
        data = np.asarray(data, dtype=f32)
        best = -np.inf
        for _ in range(self.restarts):
            ll = self.one_run(data)
            if ll > best:
                best, keep = ll, (self.alpha, self.means, self.covs)
        self.alpha, self.means, self.covs = keep

    def score_samples(self, data):
        lj = self.log_joint(np.asarray(data, dtype=f32))
        return logsumexp(lj, axis=1, keepdims=True).astype(f32)

    def sample(self, n):
        w = self.alpha.astype(np.float64)
        labels = self.gen.choice(self.num_components, size=n, p=w / w.sum())
        x = np.empty((n, self.means.shape[1]), dtype=f32)
        for k in range(self.num_components):
            sel = labels == k
            x[sel] = self.gen.multivariate_normal(self.means[k], self.covs[k], size=sel.sum())
        return x, labels

# %%
class KernelDensity:
    def __init__(self, sigma):
        self.sigma = sigma
        self.gen = np.random.default_rng(3)

    def fit(self, data):
        self.train = np.asarray(data, dtype=f32)

    def score_samples(self, data):
        D = self.train.shape[1]
        e = -sqdist(np.asarray(data, dtype=f32), self.train) / (2 * self.sigma ** 2)
        s = logsumexp(e, axis=1, keepdims=True)
        return (s - np.log(len(self.train)) - D * np.log(self.sigma * np.sqrt(2 * np.pi))).astype(f32)

    def sample(self, n):
        pick = self.gen.choice(len(self.train), n, replace=True)
        noise = self.sigma * self.gen.standard_normal((n, self.train.shape[1]))
        return (self.train[pick] + noise).astype(f32)

# %%
def kernel_se(a, b, h):
    return np.exp(-sqdist(a, b) / f32(h) ** 2)

def kernel_imq(a, b, h):
    return 1 / np.sqrt(1 + sqdist(a, b) / f32(h) ** 2)

def mmd_squared(a, b, h, kernel):
    """returns mmd^2 and its three terms (unbiased)"""
    a = np.asarray(a, dtype=f32); b = np.asarray(b, dtype=f32)
    na, nb = len(a), len(b)
    kaa, kbb, kab = kernel(a, a, h), kernel(b, b, h), kernel(a, b, h)
    np.fill_diagonal(kaa, 0)
    np.fill_diagonal(kbb, 0)
    taa = kaa.sum(dtype=np.float64) / (na * (na - 1))
    tbb = kbb.sum(dtype=np.float64) / (nb * (nb - 1))
    tab = kab.mean(dtype=np.float64)
    return taa + tbb - 2 * tab, (taa, tbb, tab)

def draw(model, n):
    s = model.sample(n)
    return s[0] if isinstance(s, tuple) else s

# %%
from sklearn.mixture import GaussianMixture

from sklearn.ensemble import RandomForestClassifier

dig = load_digits()

rf = RandomForestClassifier(50, random_state=0).fit(dig.data, dig.target)

gm = GaussianMixture(10, covariance_type="diag", random_state=0).fit(dig.data)

gen, _ = gm.sample(400)

fig, axs = plt.subplots(1, 8, figsize=(10, 1.5))

