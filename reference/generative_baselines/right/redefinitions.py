"""
base: none
also: [rules.from_scratch]
habit: >-
  Names defined twice, classes overwritten by their instances, globals inside functions.
"""

# %%
import numpy as np
from numpy import *
import matplotlib.pyplot as plt
from sklearn.datasets import make_moons
rng = np.random.default_rng(0)

# %%
X, y = make_moons(500, noise=0.1)
Xtest, _ = make_moons(800, noise=0.1)
plt.scatter(X[:,0], X[:,1], s=3); plt.axis('equal')

# %%
# first try
def hist_fit(X, bw):
    ex = np.arange(X[:,0].min(), X[:,0].max()+bw, bw)
    ey = np.arange(X[:,1].min(), X[:,1].max()+bw, bw)
    H, _, _ = np.histogram2d(X[:,0], X[:,1], bins=[ex, ey])
    return H/len(X), ex, ey
H, ex, ey = hist_fit(X, 0.2)
plt.imshow(H.T, origin='lower')
H.sum()

# %%
# we need a class
class hist:
    def __init__(self, bw=0.2):
        self.bw = bw
    def fit(self, X):
        self.H, self.ex, self.ey = hist_fit(X, self.bw)
        return self
    def score_samples(self, x):
        i = ((x[:,0]-self.ex[0])/self.bw).astype(int)
        j = ((x[:,1]-self.ey[0])/self.bw).astype(int)
        return self.H[i, j]
    def sample(self, n):
        k = np.random.choice(self.H.size, n, p=self.H.ravel())
        i, j = np.unravel_index(k, self.H.shape)
        return np.c_[self.ex[i], self.ey[j]]
#hist().fit(X).score_samples(np.array([[-5,-5]]))   # crashes outside

# %%
# 2nd version, with log and everything outside = 0
class hist:
    def __init__(self, bw=0.2):
        self.bw = bw
    def idx(self, x):
        return np.floor(x/self.bw).astype(int)
    def fit(self, X):
        # bins are at multiples of bw
        ii = self.idx(X)
        self.i0 = ii.min(0)
        self.shape = tuple(ii.max(0) - self.i0 + 1)
        self.H = np.zeros(self.shape)
        for a, b in ii - self.i0:
            self.H[a, b] += 1
        self.H /= len(X)
        return self
    def score_samples(self, x):
        ii = self.idx(x) - self.i0
        p = np.zeros(len(x))
        m = (ii >= 0).all(1) & (ii < self.shape).all(1)
        p[m] = self.H[ii[m][:,0], ii[m][:,1]]/self.bw**2
        with np.errstate(divide='ignore'):
            return np.log(p)
    def sample(self, n):
        k = rng.choice(self.H.size, n, p=self.H.ravel())
        ii = np.array(np.unravel_index(k, self.shape)).T + self.i0
        return (ii + rng.random((n, 2)))*self.bw

# %%
hist = hist(0.2)
hist.fit(X)
S = hist.sample(500)
plt.scatter(S[:,0], S[:,1], s=3); plt.axis('equal')

# %%
def gauss(x, mu, C):
    d = x-mu
    return exp(-0.5*(d@linalg.inv(C)*d).sum(1))/(2*pi*sqrt(linalg.det(C)))

class Gauss:
    def fit(self, X):
        self.mu = X.mean(0)
        self.C = np.cov(X.T, ddof=0)
        return self
    def score_samples(self, x):
        return np.log(gauss(x, self.mu, self.C))
    def sample(self, n):
        return rng.multivariate_normal(self.mu, self.C, n)

# %%
# log version because of underflow
def log_gauss(x, mu, C):
    d = x-mu
    return -0.5*(d@linalg.inv(C)*d).sum(1) - 0.5*linalg.slogdet(2*pi*C)[1]

class Gauss:
    def fit(self, X):
        self.mu = X.mean(0)
        self.C = np.cov(X.T, ddof=0)
        return self
    def score_samples(self, x):
        return log_gauss(x, self.mu, self.C)
    def sample(self, n):
        return rng.multivariate_normal(self.mu, self.C, n)
gauss = Gauss()
gauss.fit(X)
print(gauss.score_samples(X).mean())

# %%
class kde:
    def __init__(self, h):
        self.h = h
    def fit(self, X):
        self.X = X
        return self
    def score_samples(self, x):
        D = ((x[:,None]-self.X[None])**2).sum(-1)
        a = -D/(2*self.h**2)
        m = a.max(1)
        return m + np.log(np.exp(a-m[:,None]).mean(1)) - np.log(2*np.pi*self.h**2)
    def sample(self, n):
        c = self.X[rng.integers(0, len(self.X), n)]
        return c + rng.normal(0, self.h, c.shape)
kde = kde(0.1)
kde.fit(X)
S = kde.sample(500)
plt.scatter(S[:,0], S[:,1], s=3); plt.axis('equal')

# %%
n_steps = 100

class GMM:
    def __init__(self, K):
        self.K = K
    def init(self, X):
        # random responsibilities did not work (all components the same), so take random points
        self.mu = X[rng.choice(len(X), self.K, replace=False)]
        self.C = np.array([np.eye(2)*0.1]*self.K)
        self.pi = np.ones(self.K)/self.K
    def logs(self, x):
        return np.array([np.log(self.pi[k]) + log_gauss(x, self.mu[k], self.C[k]) for k in range(self.K)])  # K x N
    def fit(self, X):
        self.init(X)
        for t in range(n_steps):
            L = self.logs(X)
            R = np.exp(L - L.max(0))
            R /= R.sum(0)
            Nk = R.sum(1)
            self.pi = Nk/len(X)
            self.mu = R@X/Nk[:,None]
            for k in range(self.K):
                d = X-self.mu[k]
                self.C[k] = (R[k]*d.T)@d/Nk[k] + 1e-6*np.eye(2)
        return self
    def score_samples(self, x):
        L = self.logs(x)
        return np.logaddexp.reduce(L, axis=0)
    def sample(self, n):
        z = rng.choice(self.K, n, p=self.pi)
        out = zeros((n, 2))
        for k in range(self.K):
            out[z==k] = rng.multivariate_normal(self.mu[k], self.C[k], (z==k).sum())
        return out
gmm = GMM(6).fit(X)
g1 = GMM(1).fit(X)
print('same as gauss?', np.abs(g1.score_samples(Xtest)-gauss.score_samples(Xtest)).max())
S = gmm.sample(500)
plt.scatter(S[:,0], S[:,1], s=3); plt.axis('equal')

# %%
h = 0.5
def se(A, B):
    return np.array([[exp(-np.sum((a-b)**2)/h**2) for a in A] for b in B])
def mmd(A, B):
    n = len(A); m = len(B)
    return se(A,A).sum()/n**2 + se(B,B).sum()/m**2 - 2*se(A,B).sum()/(n*m)
mmd(X[:100], Xtest[:100])   # slow!!

# %%
# vectorized, h is set above
def dist2(A, B):
    return ((A[:,None,:]-B[None,:,:])**2).sum(2)
def se(A, B):
    return np.exp(-dist2(A, B)/h**2)
def imq(A, B):
    return 1/np.sqrt(1+dist2(A, B)/h**2)
def mmd(k, A, B):
    n = len(A); m = len(B)
    KA = k(A, A); KB = k(B, B)
    # without the diagonal (can be negative)
    return (KA.sum()-np.trace(KA))/(n*(n-1)) + (KB.sum()-np.trace(KB))/(m*(m-1)) - 2*k(A, B).mean()
print(mmd(se, X, Xtest), mmd(imq, X, Xtest))

# %%
h = 0.4   # good for both

def test(model):
    S = model.sample(500)
    return mmd(se, S, Xtest), mmd(imq, S, Xtest)

