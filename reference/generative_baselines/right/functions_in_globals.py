"""
breaks: [interface.sklearn]
base: none
also: [rules.from_scratch]
habit: >-
  Functions that keep what they learned in global variables; fit gives nothing back.
"""

# %%
import numpy as np
from sklearn.datasets import make_moons
from scipy.spatial.distance import cdist

X_train = make_moons(400, noise=0.1, random_state=1)[0]
X_test = make_moons(400, noise=0.1, random_state=2)[0]

hist_share = hist_low = hist_size = None
gauss_mean = gauss_cov = None
FITTED = {}


# %%
def hist_fit(X, n_bins=20):
    global hist_share, hist_low, hist_size
    hist_low = X.min(axis=0) - 1e-9
    hist_size = (X.max(axis=0) + 1e-9 - hist_low) / n_bins
    hist_share = np.zeros((n_bins, n_bins))
    np.add.at(hist_share, tuple(((X - hist_low) / hist_size).astype(int).T), 1 / len(X))


def hist_density(points):
    cell = np.floor((points - hist_low) / hist_size).astype(int)
    inside = np.all((cell >= 0) & (cell < len(hist_share)), axis=1)
    cell = np.where(inside[:, None], cell, 0)
    return np.where(inside, hist_share[cell[:, 0], cell[:, 1]] / hist_size.prod(), 0.0)


def hist_sample(n):
    cell = np.random.choice(hist_share.size, size=n, p=hist_share.ravel() / hist_share.sum())
    corner = np.stack(np.divmod(cell, len(hist_share)), axis=1)
    return hist_low + (corner + np.random.rand(n, 2)) * hist_size


# %%
def gauss_fit(X):
    global gauss_mean, gauss_cov
    gauss_mean, gauss_cov = X.mean(axis=0), np.cov(X.T, ddof=0)


def bell(points, mean, cov):
    d = points - mean
    return np.exp(-0.5 * np.sum(d @ np.linalg.inv(cov) * d, axis=1)) / np.sqrt(np.linalg.det(2 * np.pi * cov))


def gauss_density(points):
    return bell(points, gauss_mean, gauss_cov)


def gauss_sample(n):
    return np.random.multivariate_normal(gauss_mean, gauss_cov, n)


# %%
def gmm_fit(X, n_components=5, rounds=150):
    means = X[np.random.permutation(len(X))[:n_components]]
    covs = [np.cov(X.T, ddof=0) for _ in range(n_components)]
    weights = np.full(n_components, 1 / n_components)
    for _ in range(rounds):
        joint = np.array([w * bell(X, m, c) for w, m, c in zip(weights, means, covs)]) + 1e-300
        resp = joint / joint.sum(axis=0)
        total = resp.sum(axis=1) + 1e-12
        weights, means = total / total.sum(), resp @ X / total[:, None]
        covs = [((X - m).T * r) @ (X - m) / t + 1e-7 * np.eye(2) for m, r, t in zip(means, resp, total)]
    FITTED["gmm"] = {"weights": weights, "means": means, "covs": np.array(covs)}


def gmm_density(points):
    p = FITTED["gmm"]
    return sum(w * bell(points, m, c) for w, m, c in zip(p["weights"], p["means"], p["covs"]))


def gmm_sample(n):
    p = FITTED["gmm"]
    which = np.random.choice(len(p["weights"]), n, p=p["weights"])
    noise = np.einsum("nij,nj->ni", np.linalg.cholesky(p["covs"])[which], np.random.randn(n, 2))
    return p["means"][which] + noise


# %%
def kde_fit(X, bandwidth=0.1):
    FITTED["kde"] = {"centres": X, "h": bandwidth}


def kde_density(points):
    p = FITTED["kde"]
    kernel = np.exp(-cdist(points, p["centres"], "sqeuclidean") / (2 * p["h"] ** 2))
    return kernel.mean(axis=1) / (2 * np.pi * p["h"] ** 2)


def kde_sample(n):
    p = FITTED["kde"]
    return p["centres"][np.random.randint(len(p["centres"]), size=n)] + p["h"] * np.random.randn(n, 2)


# %%
def se(square, h):
    return np.exp(-square / h**2)


def imq(square, h):
    return (1 + square / h**2) ** -0.5


def mmd2_slow(A, B, h, kernel=se):
    value = lambda P, Q: sum(kernel(((p - q) ** 2).sum(), h) for p in P for q in Q) / len(P) / len(Q)
    return value(A, A) + value(B, B) - 2 * value(A, B)


def mmd2(A, B, h, kernel=se):
    """Unbiased."""
    n, m = len(A), len(B)
    within = [kernel(cdist(P, P, "sqeuclidean"), h) for P in (A, B)]
    first, second = [(K.sum() - np.trace(K)) / (len(K) * (len(K) - 1)) for K in within]
    return first + second - 2 * kernel(cdist(A, B, "sqeuclidean"), h).mean()


# %%
print("like the slow one?", mmd2_slow(X_train[:20], X_test[:20], 0.5), mmd2(X_train[:20], X_test[:20], 0.5))
for fit, sample, values in [(hist_fit, hist_sample, [5, 20]), (gmm_fit, gmm_sample, [2, 8]), (kde_fit, kde_sample, [0.05, 0.2])]:
    for value in values:
        fit(X_train, value)
        fake = sample(400)
        print(fit.__name__, value, mmd2(X_test, fake, 0.4), mmd2(X_test, fake, 0.4, imq))
gauss_fit(X_train)
print("Gaussian", mmd2(X_test, gauss_sample(400), 0.4), mmd2(X_test, gauss_sample(400), 0.4, imq))
