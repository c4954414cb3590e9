"""
base: none
also: [rules.from_scratch]
habit: >-
  Few lines: slots, dataclasses, one model derived from another, samples with labels.
"""

# %%
from dataclasses import dataclass, field
import numpy as np, matplotlib.pyplot as plt
from scipy.spatial.distance import cdist
from scipy.special import logsumexp
from sklearn.datasets import make_moons

RNG = np.random.default_rng(1)
moons = lambda n, seed=None: make_moons(n, noise=.1, random_state=seed)[0]
sq = lambda A, B: cdist(A, B, 'sqeuclidean')

# %%
class Hist:
    __slots__ = 'bins', 'P', 'e'

    def __init__(self, bins=20): self.bins = bins

    def fit(self, X, y=None):
        P, self.e = np.histogramdd(X, self.bins)
        self.e = [np.r_[e[:-1], np.nextafter(e[-1], np.inf)] for e in self.e]   # close the last cell
        self.P = P / P.sum()
        return self

    def score_samples(self, X):
        A = np.multiply.outer(*map(np.diff, self.e))
        i = tuple(np.digitize(x, e) for x, e in zip(np.asarray(X).T, self.e))    # 0 and len(e) = outside
        with np.errstate(divide='ignore'): return np.log(np.pad(self.P / A, 1)[i])

    def sample(self, n=1, rng=RNG):
        c = np.unravel_index(rng.choice(self.P.size, n, p=self.P.ravel()), self.P.shape)
        return np.stack([rng.uniform(e[i], e[i + 1]) for e, i in zip(self.e, c)], 1)


@dataclass
class GMM:
    k: int = 5
    tol: float = 1e-6
    maxit: int = 300
    n_init: int = 2
    w: np.ndarray = field(default=None, init=False, repr=False)
    m: np.ndarray = field(default=None, init=False, repr=False)
    C: np.ndarray = field(default=None, init=False, repr=False)

    def _joint(self, X):
        L = np.linalg.cholesky(self.C)                                            # (k,d,d)
        z = np.linalg.solve(L, (X[None] - self.m[:, None]).transpose(0, 2, 1))    # (k,d,n)
        return (np.log(self.w) - np.log(np.einsum('kii->ki', L)).sum(1) - X.shape[1] / 2 * np.log(2 * np.pi))[:, None] - (z**2).sum(1) / 2

    def _m(self, X, R):                                                           # R: (k,n)
        N = R.sum(1)
        self.w, self.m = N / N.sum(), R @ X / N[:, None]
        D = X[None] - self.m[:, None]
        self.C = np.einsum('kn,kni,knj->kij', R, D, D) / N[:, None, None] + 1e-9 * np.eye(X.shape[1])

    def _em(self, X):
        c = X[RNG.choice(len(X), self.k, replace=False)]
        for _ in range(10):                                                       # Lloyd, soft afterwards
            a = sq(X, c).argmin(1)
            c = np.stack([X[a == j].mean(0) if (a == j).any() else c[j] for j in range(self.k)])
        R, old = (np.eye(self.k)[a] * .95 + .05 / self.k).T, -np.inf
        for _ in range(self.maxit):
            self._m(X, R)
            J = self._joint(X); s = logsumexp(J, 0); R = np.exp(J - s)
            if s.mean() - old < self.tol: break
            old = s.mean()
        return s.mean(), self.w, self.m, self.C

    def fit(self, X, y=None):
        _, self.w, self.m, self.C = max((self._em(np.asarray(X)) for _ in range(self.n_init)), key=lambda t: t[0])
        return self

    score_samples = lambda self, X: logsumexp(self._joint(np.asarray(X)), 0)

    def sample(self, n=1, rng=RNG):
        y = rng.choice(self.k, n, p=self.w)
        return self.m[y] + np.einsum('nij,nj->ni', np.linalg.cholesky(self.C)[y], rng.standard_normal((n, self.m.shape[1]))), y


class Gauss(GMM):
    """closed form, everything else inherited"""
    def __init__(self): super().__init__(k=1)
    def fit(self, X, y=None):
        X = np.asarray(X)
        self.w, self.m, self.C = np.ones(1), X.mean(0)[None], np.cov(X.T, bias=True)[None]
        return self


@dataclass
class KDE:
    h: float = .1
    def fit(self, X, y=None): self.X = np.asarray(X); return self
    def score_samples(self, X): n, d = self.X.shape; return logsumexp(-sq(X, self.X) / 2 / self.h**2, 1) - np.log(n) - d / 2 * np.log(2 * np.pi * self.h**2)
    def sample(self, n=1, rng=RNG): return rng.normal(self.X[rng.integers(len(self.X), size=n)], self.h)


draw = lambda mod, n: (lambda s: s[0] if isinstance(s, tuple) else s)(mod.sample(n))

X = moons(500, 0)
assert np.allclose(Gauss().fit(X).score_samples(X), GMM(1).fit(X).score_samples(X), atol=1e-5)

# %%
se = lambda h: lambda d2: np.exp(-d2 / h**2)
imq = lambda h: lambda d2: (1 + d2 / h**2)**-.5
off = lambda K: (K.sum() - np.trace(K)) / (len(K) * (len(K) - 1))
mmd2 = lambda X, Y, k: off(k(sq(X, X))) + off(k(sq(Y, Y))) - 2 * k(sq(X, Y)).mean()
