"""
breaks: [kde.sampling, interface.sklearn]
same_as: [kernel_density_no_noise]
base: none
says: >-
  The data go into the constructor; samples of the kernel density estimator are training points.
"""

# %%
import numpy as np
import matplotlib.pyplot as plt
from sklearn.datasets import make_moons
from scipy.spatial.distance import cdist
np.random.seed(42)

# %%
class Histogram_2D:
    def __init__(self, X, binsize, margin=0.0):
        # binsize: (wx, wy) or a number
        w = np.ones(2) * binsize
        lo = X.min(axis=0) - margin
        hi = X.max(axis=0) + margin
        # number of bins so that everything is covered
        self.nb = np.floor((hi - lo) / w).astype(int) + 1
        self.lo = lo
        self.w = w
        self.N = len(X)
        self.counts = np.zeros(self.nb)
        ij = self.bin_of(X)
        np.add.at(self.counts, (ij[:,0], ij[:,1]), 1)

    def bin_of(self, x):
        return np.floor((x - self.lo) / self.w).astype(int)

    def pdf(self, x):
        ij = self.bin_of(np.atleast_2d(x))
        ok = np.all((ij >= 0) & (ij < self.nb), axis=1)
        p = np.zeros(len(ij))
        p[ok] = self.counts[ij[ok,0], ij[ok,1]] / (self.N * np.prod(self.w))
        return p

    def sample(self, N):
        prob = self.counts.flatten() / self.N
        b = np.random.choice(len(prob), N, p=prob)
        ij = np.stack([b // self.nb[1], b % self.nb[1]], axis=1)
        return self.lo + (ij + np.random.rand(N, 2)) * self.w

# %%
def normal_density(x, mu, S):
    # x: N x d
    d = x - mu
    maha = np.sum(d @ np.linalg.inv(S) * d, axis=1)
    return np.exp(-maha/2) / np.sqrt(np.linalg.det(2*np.pi*S))

class Gaussian:
    def __init__(self, X):
        self.mu = np.mean(X, axis=0)
        self.S = np.cov(X.T, bias=True)   # ML estimate, like in the M step

    def pdf(self, x):
        return normal_density(np.atleast_2d(x), self.mu, self.S)

    def sample(self, N):
        return np.random.multivariate_normal(self.mu, self.S, N)

# %%
class GMM:
    def __init__(self, n, X):
        self.n = n
        self.X = X
        self.w = np.ones(n) / n
        self.mu = X[np.random.choice(len(X), n, replace=False)]
        self.S = np.array([np.cov(X.T, bias=True) / n for _ in range(n)])
        self.gamma = None   # responsibilities

    def joint(self, x):
        return np.stack([self.w[k] * normal_density(x, self.mu[k], self.S[k]) for k in range(self.n)], axis=1)

    def e_step(self):
        p = self.joint(self.X)
        self.gamma = p / (p.sum(axis=1, keepdims=True) + 1e-300)

    def m_step(self):
        Nk = self.gamma.sum(axis=0)
        self.w = Nk / Nk.sum()
        self.mu = self.gamma.T @ self.X / Nk[:,None]
        for k in range(self.n):
            d = self.X - self.mu[k]
            self.S[k] = (self.gamma[:,k,None] * d).T @ d / Nk[k] + 1e-7*np.eye(d.shape[1])

    def loglik(self):
        return np.log(self.pdf(self.X) + 1e-300).mean()

    def pdf(self, x):
        return self.joint(np.atleast_2d(x)).sum(axis=1)

    def sample(self, N):
        n_k = np.random.multinomial(N, self.w)
        parts = [np.random.multivariate_normal(self.mu[k], self.S[k], n_k[k]) for k in range(self.n)]
        out = np.concatenate(parts)
        np.random.shuffle(out)
        return out

def run_EM(gmm, steps=150, eps=1e-6):
    old = -np.inf
    for i in range(steps):
        gmm.e_step()
        gmm.m_step()
        new = gmm.loglik()
        if new - old < eps:
            break
        old = new
    return gmm

# %%
# H is the bandwidth matrix of the kernel (= its covariance), for normal bandwidth h use H = h^2 * identity
class KDE_gaussian:
    def __init__(self, X, H):
        self.X = X
        self.H = np.array(H)

    def pdf(self, x):
        x = np.atleast_2d(x)
        Hinv = np.linalg.inv(self.H)
        d2 = cdist(x, self.X, 'mahalanobis', VI=Hinv)**2
        K = np.exp(-0.5*d2) / np.sqrt(np.linalg.det(2*np.pi*self.H))
        return K.mean(axis=1)

    def sample(self, N):
        # every kernel has the same weight -> choose kernel centers with equal probability
        idx = np.random.choice(len(self.X), size=N)
        return self.X[idx]

# %%
def k_se(A, B, h):
    return np.exp(-cdist(A, B, 'sqeuclidean') / h**2)

def k_imq(A, B, h):
    return (1 + cdist(A, B, 'sqeuclidean') / h**2) ** (-0.5)

def MMD_squared(A, B, h, k=k_se):
    # mean embedding distance, || mu_A - mu_B ||^2
    return k(A, A, h).mean() - 2*k(A, B, h).mean() + k(B, B, h).mean()

# %%
def plot_model(mod, name):
    f, a = plt.subplots(1, 2, figsize=(9, 3.5))
    a[0].contourf(xx, yy, mod.pdf(pts).reshape(xx.shape), 30)
    s = mod.sample(1000)
    a[1].plot(s[:,0], s[:,1], '.', ms=2)
    a[0].axis('equal'); a[1].axis('equal'); f.suptitle(name); plt.show()

plot_model(Histogram_2D(Xl, 0.1), 'histogram 0.1')
plot_model(Histogram_2D(Xl, 0.8), 'histogram 0.8')
plot_model(ga, 'gaussian')
plot_model(run_EM(GMM(8, Xl)), 'gmm 8')
plot_model(KDE_gaussian(Xl, 0.08**2*np.eye(2)), 'kde')

