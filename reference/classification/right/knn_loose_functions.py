"""
breaks: []
base: none
only: [knn]
habit: functions without a class, the training set handed over every time, densities as functions of arrays
"""

import numpy as np


def euclidean_distances(A, B):
    return np.sqrt(((A[:, None, :] - B[None, :, :]) ** 2).sum(-1))


def kneighbours(X_train, X_query, k):
    d = euclidean_distances(X_query, X_train)
    idx = np.argsort(d, axis=1)[:, :k]
    return idx, np.take_along_axis(d, idx, axis=1)


def knn_predict(X_train, y_train, X_query, k):
    idx, _ = kneighbours(X_train, X_query, k)
    votes = y_train[idx]
    return np.apply_along_axis(lambda row: np.bincount(row).argmax(), 1, votes)


def class_priors(y_train):
    classes, counts = np.unique(y_train, return_counts=True)
    return classes, counts / counts.sum()


def density(X_query, X_train, k):
    _, d = kneighbours(X_train, X_query, k)
    return k / (len(X_train) * np.pi * d[:, -1] ** 2)


def class_conditional_density(X_query, X_train, y_train, k, c):
    return density(X_query, X_train[y_train == c], k)
