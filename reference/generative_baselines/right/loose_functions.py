"""
breaks: [interface.sklearn]
base: none
also: [rules.from_scratch]
habit: >-
  No class at all: loose functions whose densities are plain.
"""

# %%
import numpy as np
import matplotlib.pyplot as plt
from sklearn.datasets import make_moons
from scipy.spatial.distance import cdist

np.random.seed(3)

def get_moons(n):
    X, _ = make_moons(n_samples=n, noise=0.1)
    return X

X_train = get_moons(500)
X_test = get_moons(1000)
plt.scatter(X_train[:, 0], X_train[:, 1], s=4)
plt.axis('equal')
plt.title("training data")
plt.show()

# %%
def make_hist(X_train, bins):
    counts, x_edges, y_edges = np.histogram2d(X_train[:, 0], X_train[:, 1], bins=bins)
    return counts, x_edges, y_edges

def hist_density(points, counts, x_edges, y_edges):
    # area of every bin (they are all the same but anyway)
    area = np.outer(np.diff(x_edges), np.diff(y_edges))
    dens = counts / counts.sum() / area

    i = np.searchsorted(x_edges, points[:, 0], side="right") - 1
    j = np.searchsorted(y_edges, points[:, 1], side="right") - 1
    # last bin is closed on the right side
    i[points[:, 0] == x_edges[-1]] = len(x_edges) - 2
    j[points[:, 1] == y_edges[-1]] = len(y_edges) - 2

    inside = (i >= 0) & (i < len(x_edges) - 1) & (j >= 0) & (j < len(y_edges) - 1)
    result = np.zeros(len(points))
    result[inside] = dens[i[inside], j[inside]]
    return result

def sample_from_hist(n, counts, x_edges, y_edges):
    p = counts.ravel() / counts.sum()
    k = np.random.choice(len(p), size=n, p=p)
    i, j = np.unravel_index(k, counts.shape)
    x = np.random.uniform(x_edges[i], x_edges[i + 1])
    y = np.random.uniform(y_edges[j], y_edges[j + 1])
    return np.column_stack([x, y])

# %%
def estimate_gaussian(X_train):
    mu = X_train.mean(axis=0)
    D = X_train - mu
    Sigma = D.T @ D / len(X_train)
    return mu, Sigma

def gaussian_density(points, mu, Sigma):
    D = points - mu
    maha = np.sum(D @ np.linalg.inv(Sigma) * D, axis=1)
    return np.exp(-0.5 * maha) / (2 * np.pi * np.sqrt(np.linalg.det(Sigma)))

def sample_from_gaussian(mu, Sigma, n):
    L = np.linalg.cholesky(Sigma)
    return mu + np.random.randn(n, 2) @ L.T

# %%
def run_em(X_train, K, steps=60, restarts=2):
    N = len(X_train)
    best, best_ll = None, -np.inf
    for r in range(restarts):
        w = np.ones(K) / K
        mus = X_train[np.random.choice(N, K, replace=False)]
        Sigmas = np.array([estimate_gaussian(X_train)[1] for _ in range(K)])
        for step in range(steps):
            # E step
            joint = np.array([w[k] * gaussian_density(X_train, mus[k], Sigmas[k]) for k in range(K)])   # K x N
            gamma = joint / joint.sum(axis=0)
            # M step
            Nk = gamma.sum(axis=1)
            w = Nk / N
            mus = gamma @ X_train / Nk[:, None]
            for k in range(K):
                D = X_train - mus[k]
                Sigmas[k] = (gamma[k][:, None] * D).T @ D / Nk[k] + 1e-6 * np.eye(2)
        ll = np.log(gmm_density(X_train, w, mus, Sigmas)).sum()
        if ll > best_ll:
            best_ll, best = ll, (w, mus, Sigmas)
    return best

def gmm_density(points, w, mus, Sigmas):
    total = 0
    for k in range(len(w)):
        total = total + w[k] * gaussian_density(points, mus[k], Sigmas[k])
    return total

def sample_from_gmm(w, mus, Sigmas, n):
    how_many = np.random.multinomial(n, w)
    parts = [sample_from_gaussian(mus[k], Sigmas[k], how_many[k]) for k in range(len(w))]
    out = np.vstack(parts)
    np.random.shuffle(out)
    return out

# %%
# test: GMM with one component = Gaussian
mu, Sigma = estimate_gaussian(X_train)
w1, m1, S1 = run_em(X_train, 1)
print(np.abs(mu - m1[0]).max(), np.abs(Sigma - S1[0]).max())
print(np.abs(gaussian_density(X_test, mu, Sigma) - gmm_density(X_test, w1, m1, S1)).max())

# %%
def kde_density(X_train, points, h):
    d2 = cdist(points, X_train, "sqeuclidean")
    return np.exp(-d2 / (2 * h**2)).mean(axis=1) / (2 * np.pi * h**2)

def sample_from_kde(X_train, h, n):
    idx = np.random.randint(0, len(X_train), n)
    return X_train[idx] + h * np.random.randn(n, 2)

# %%
def k_se(X, Y, h):
    return np.exp(-cdist(X, Y, "sqeuclidean") / h**2)

def k_imq(X, Y, h):
    return 1 / np.sqrt(1 + cdist(X, Y, "sqeuclidean") / h**2)

def mmd2(X, Y, h, kernel=k_se):
    return kernel(X, X, h).mean() + kernel(Y, Y, h).mean() - 2 * kernel(X, Y, h).mean()

# %%
H_MMD = 0.3

def both(S):
    return mmd2(X_test, S, H_MMD, k_se), mmd2(X_test, S, H_MMD, k_imq)

all_bins = [3, 5, 10, 20, 40]

all_K = [1, 2, 4, 8, 12]

all_h = [0.01, 0.05, 0.1, 0.2, 0.5]

sizes = [50, 200, 1000]

fig, ax = plt.subplots(1, 3, figsize=(14, 4))

# %%
def show(density, S, title, extra=None):
    gx, gy = np.meshgrid(np.linspace(-1.7, 2.7, 100), np.linspace(-1.2, 1.7, 100))
    pts = np.column_stack([gx.ravel(), gy.ravel()])
    fig, ax = plt.subplots(1, 2, figsize=(10, 3.5))
    ax[0].pcolormesh(gx, gy, density(pts).reshape(gx.shape))
    ax[1].scatter(S[:, 0], S[:, 1], s=3)
    if extra is not None:
        extra(ax[1])
    for a in ax:
        a.axis("equal"); a.set_title(title)
    plt.show()

