"""
base: none
only: [knn.kneighbours, knn.predict, knn.density, lls.fit, lls.predict]
habit: predict means the vote first and the side of a line later; the density has a name that says nothing
"""

import numpy as np


def kneighbours(points, count, query):
    gaps = np.linalg.norm(query[:, None] - points, axis=2)
    order = gaps.argsort(axis=1)[:, :count]
    return order, np.take_along_axis(gaps, order, axis=1)


def predict(points, labels, query, count):
    votes = labels[kneighbours(points, count, query)[0]]
    return np.array([np.bincount(row).argmax() for row in votes])


def rho(points, count, query):
    reach = kneighbours(points, count, query)[1][:, -1]
    return count / (len(points) * np.pi * reach**2)


# %% next
def fit(points, signs):
    wide = np.column_stack([points, np.ones(len(points))])
    return np.linalg.solve(wide.T @ wide, wide.T @ signs)


def predict(points, theta):
    return np.where(np.column_stack([points, np.ones(len(points))]) @ theta > 0, 1, -1)
