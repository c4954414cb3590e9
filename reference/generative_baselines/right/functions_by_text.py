"""
breaks: [interface.sklearn]
base: none
also: [rules.from_scratch]
habit: >-
  One set of functions for all models, told apart by a text; coordinates go into the density one by one.
"""

# %%
import numpy as np
from sklearn.datasets import make_moons
from scipy.stats import multivariate_normal

data = make_moons(500, noise=0.1, random_state=3)[0]
fresh = make_moons(500, noise=0.1, random_state=4)[0]


# %%
def cells_of(points, low, size, shape):
    cell = np.floor((points - low) / size).astype(int)
    return cell, np.all((cell >= 0) & (cell < shape), axis=1)


def mixture_by_em(points, number, rounds=150):
    start = points[np.random.choice(len(points), number, replace=False)]
    shares, spread = np.full(number, 1 / number), np.stack([np.cov(points.T, ddof=0)] * number)
    for _ in range(rounds):
        joint = np.stack([s * multivariate_normal(m, c).pdf(points) for s, m, c in zip(shares, start, spread)])
        belongs = (joint + 1e-300) / (joint + 1e-300).sum(axis=0)
        amount = belongs.sum(axis=1) + 1e-12
        shares, start = amount / amount.sum(), belongs @ points / amount[:, None]
        spread = np.stack([((points - m).T * b) @ (points - m) / a for m, b, a in zip(start, belongs, amount)])
        spread = spread + 1e-7 * np.eye(2)
    return shares, start, spread


def train(kind, points, setting=None):
    if kind == "histogram":
        number = setting or 20
        low = points.min(axis=0) - 1e-9
        size = (points.max(axis=0) + 1e-9 - low) / number
        shares = np.zeros((number, number))
        np.add.at(shares, tuple(cells_of(points, low, size, number)[0].T), 1 / len(points))
        return kind, (shares, low, size)
    if kind == "gaussian":
        return kind, (points.mean(axis=0), np.cov(points.T, ddof=0))
    if kind == "mixture":
        return kind, mixture_by_em(points, setting or 5)
    if kind == "parzen":
        return kind, (points, setting or 0.1)
    raise ValueError(f"no model {kind}")


def density(trained, x, y):
    kind, state = trained
    points = np.column_stack([x, y])
    if kind == "histogram":
        shares, low, size = state
        cell, inside = cells_of(points, low, size, len(shares))
        return np.where(inside, shares[tuple(np.where(inside[:, None], cell, 0).T)], 0) / size.prod()
    if kind == "gaussian":
        return multivariate_normal(*state).pdf(points)
    if kind == "mixture":
        return sum(s * multivariate_normal(m, c).pdf(points) for s, m, c in zip(*state))
    centres, h = state
    return np.mean([multivariate_normal(c, h**2 * np.eye(2)).pdf(points) for c in centres], axis=0)


def draw(trained, n):
    kind, state = trained
    if kind == "histogram":
        shares, low, size = state
        corner = np.divmod(np.random.choice(shares.size, n, p=shares.ravel() / shares.sum()), len(shares))
        return low + (np.stack(corner, axis=1) + np.random.rand(n, 2)) * size
    if kind == "gaussian":
        return np.random.multivariate_normal(*state, n)
    if kind == "mixture":
        which = np.random.choice(len(state[0]), n, p=state[0])
        return np.array([np.random.multivariate_normal(state[1][k], state[2][k]) for k in which])
    centres, h = state
    return centres[np.random.randint(len(centres), size=n)] + np.random.normal(0, h, (n, 2))


# %%
def mmd(first, second, setup):
    def gram(a, b):
        square = ((a[:, None] - b) ** 2).sum(axis=2) / setup["width"] ** 2
        return np.exp(-square) if setup["kernel"] == "se" else 1 / np.sqrt(1 + square)

    return gram(first, first).mean() + gram(second, second).mean() - 2 * gram(first, second).mean()


# %%
for kind, settings in {"histogram": [6, 20], "gaussian": [None], "mixture": [2, 8], "parzen": [0.05, 0.2]}.items():
    for setting in settings:
        trained = train(kind, data, setting)
        generated = draw(trained, 500)
        print(kind, setting, [mmd(fresh, generated, {"kernel": k, "width": 0.4}) for k in ("se", "imq")])
        print("  density at the origin:", density(trained, np.zeros(1), np.zeros(1)))
