"""
breaks: [gmm.sampling]
same_as: [mixture_uniform_components]
base: none
also: [rules.from_scratch]
says: >-
  Tensors inside; the components of the mixture are drawn with equal probability.
"""

# %%
import math
import torch
import matplotlib.pyplot as plt
from sklearn.datasets import make_moons

torch.manual_seed(0)
device = "cpu"


def to_t(a):
    return torch.as_tensor(a, dtype=torch.float32, device=device)


def moons(n):
    return to_t(make_moons(n, noise=0.1)[0])

# %%
class HistogramModel:
    """2D histogram on the bounding box of the data."""

    def __init__(self, bins=(16, 16)):
        if isinstance(bins, int):
            bins = (bins, bins)
        self.bins = list(bins)

    def fit(self, X):
        X = to_t(X)
        hist, edges = torch.histogramdd(X, bins=self.bins)
        self.edges = edges
        self.probs = hist / hist.sum()
        widths = [e[1:] - e[:-1] for e in edges]
        self.area = widths[0][:, None] * widths[1][None, :]
        return self

    def score_samples(self, X):
        X = to_t(X)
        idx, ok = [], torch.ones(len(X), dtype=torch.bool)
        for d in range(2):
            e = self.edges[d]
            x = X[:, d].contiguous()
            i = torch.bucketize(x, e, right=True) - 1
            i = torch.where(x == e[-1], torch.full_like(i, len(e) - 2), i)
            ok &= (i >= 0) & (i <= len(e) - 2)
            idx.append(i.clamp(0, len(e) - 2))
        logp = torch.log(self.probs / self.area)[idx[0], idx[1]]
        return torch.where(ok, logp, torch.tensor(-math.inf))

    def sample(self, n_samples=1):
        flat = torch.multinomial(self.probs.flatten(), n_samples, replacement=True)
        i = torch.div(flat, self.bins[1], rounding_mode="floor")
        j = flat % self.bins[1]
        lo = torch.stack([self.edges[0][i], self.edges[1][j]], 1)
        hi = torch.stack([self.edges[0][i + 1], self.edges[1][j + 1]], 1)
        return lo + (hi - lo) * torch.rand(n_samples, 2)

# %%
class GaussianModel:
    def fit(self, X):
        X = to_t(X)
        self.mean = X.mean(0)
        self.cov = torch.cov(X.T, correction=0)
        return self

    def _dist(self):
        return torch.distributions.MultivariateNormal(self.mean, covariance_matrix=self.cov)

    def score_samples(self, X):
        return self._dist().log_prob(to_t(X))

    def sample(self, n_samples=1):
        return self._dist().sample((n_samples,))

# %%
class GMMModel:
    """EM algorithm with full covariances, batched over components."""

    def __init__(self, n_components, n_iter=100, eps=1e-6):
        self.n_components = n_components
        self.n_iter = n_iter
        self.eps = eps

    def _log_components(self, X):
        # (N, K): log N(x_n | mu_k, Sigma_k)
        mvn = torch.distributions.MultivariateNormal(self.means, covariance_matrix=self.covs)
        return mvn.log_prob(X[:, None, :])

    def _init(self, X):
        # a few steps of k-means to get good starting points
        K = self.n_components
        centers = X[torch.randperm(len(X))[:K]].clone()
        for _ in range(10):
            label = torch.cdist(X, centers).argmin(1)
            for k in range(K):
                if (label == k).any():
                    centers[k] = X[label == k].mean(0)
        self.means = centers
        self.log_weights = torch.full((K,), -math.log(K))
        self.covs = (torch.cov(X.T, correction=0) / K).repeat(K, 1, 1)

    def fit(self, X):
        X = to_t(X)
        self._init(X)
        for _ in range(self.n_iter):
            log_joint = self._log_components(X) + self.log_weights
            R = torch.softmax(log_joint, dim=1)
            Nk = R.sum(0)
            self.log_weights = torch.log(Nk / len(X))
            self.means = (R.T @ X) / Nk[:, None]
            diff = X[:, None, :] - self.means
            self.covs = torch.einsum("nk,nki,nkj->kij", R, diff, diff) / Nk[:, None, None]
            self.covs = self.covs + self.eps * torch.eye(2)
        return self

    def score_samples(self, X):
        return torch.logsumexp(self._log_components(to_t(X)) + self.log_weights, dim=1)

    def sample(self, n_samples=1):
        # pick a component for each sample, then x = mu + L z
        z = torch.randint(0, self.n_components, (n_samples,))
        L = torch.linalg.cholesky(self.covs)
        noise = torch.randn(n_samples, 2, 1)
        return self.means[z] + (L[z] @ noise).squeeze(-1)

# %%
class KDEModel:
    def __init__(self, bandwidth=0.1):
        self.bandwidth = bandwidth

    def fit(self, X):
        self.support = to_t(X)
        return self

    def score_samples(self, X):
        h = self.bandwidth
        sq = ((to_t(X)[:, None, :] - self.support[None, :, :]) ** 2).sum(-1)
        log_k = -sq / (2 * h * h) - math.log(2 * math.pi * h * h)
        return torch.logsumexp(log_k, dim=1) - math.log(len(self.support))

    def sample(self, n_samples=1):
        pick = torch.randint(len(self.support), (n_samples,))
        return self.support[pick] + self.bandwidth * torch.randn(n_samples, 2)

# %%
# check: Gaussian == GMM with one component
X = moons(400)
a = GaussianModel().fit(X).score_samples(X)
b = GMMModel(1).fit(X).score_samples(X)
print("max difference:", (a - b).abs().max().item())

# %%
class MMD:
    def __init__(self, h=0.4, kernel="se"):
        self.h = h
        self.kernel = kernel

    def _k(self, A, B):
        sq = ((A[:, None] - B[None]) ** 2).sum(-1) / self.h ** 2
        if self.kernel == "se":
            return torch.exp(-sq)
        elif self.kernel == "imq":
            return torch.rsqrt(1 + sq)
        raise ValueError(self.kernel)

    def __call__(self, A, B):
        A, B = to_t(A), to_t(B)
        n, m = len(A), len(B)
        kaa = self._k(A, A).fill_diagonal_(0).sum() / (n * (n - 1))
        kbb = self._k(B, B).fill_diagonal_(0).sum() / (m * (m - 1))
        kab = self._k(A, B).mean()
        return kaa + kbb - 2 * kab

test = moons(1000)

# %%
def plot_model(model, title):
    xs, ys = torch.linspace(-2, 3, 100), torch.linspace(-1.5, 2, 100)
    gx, gy = torch.meshgrid(xs, ys, indexing="xy")
    logp = model.score_samples(torch.stack([gx.flatten(), gy.flatten()], 1))
    fig, ax = plt.subplots(1, 2, figsize=(9, 3))
    ax[0].contourf(gx.numpy(), gy.numpy(), logp.exp().reshape(gx.shape).numpy(), levels=30)
    s = model.sample(1000)
    ax[1].scatter(s[:, 0], s[:, 1], s=2)
    if isinstance(model, GMMModel):
        ax[1].scatter(model.means[:, 0], model.means[:, 1], c="red", marker="x")
    for q in ax:
        q.axis("equal")
    fig.suptitle(title)
    plt.show()


Xtr = moons(500)
plot_model(HistogramModel(6).fit(Xtr), "histogram 6x6 (bad)")
plot_model(HistogramModel((30, 20)).fit(Xtr), "histogram 30x20 (good)")
plot_model(GaussianModel().fit(Xtr), "Gaussian (bad)")
plot_model(GMMModel(3).fit(Xtr), "GMM K=3")
plot_model(GMMModel(8).fit(Xtr), "GMM K=8 (good)")
plot_model(KDEModel(0.08).fit(Xtr), "KDE 0.08 (good)")
plot_model(KDEModel(0.6).fit(Xtr), "KDE 0.6 (bad)")

