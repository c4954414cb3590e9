"""
breaks: []
base: none
only: [knn.kneighbours, knn.vectorised, knn.predict, knn.matches_sklearn, knn.density]
habit: a point at distance zero is not its own neighbour, points per column in what is returned
"""

import numpy as np


class KNN:
    def __init__(self, k=5):
        self.k = k

    def fit(self, X, y):
        self.X, self.y = X, y
        return self

    def get_neighbors(self, points):
        d = np.sqrt(((points[:, None] - self.X[None]) ** 2).sum(axis=-1))
        d = np.where(d == 0, np.inf, d)
        order = np.argsort(d, axis=1)[:, : self.k]
        return np.take_along_axis(d, order, axis=1), order

    def predict(self, points):
        _, order = self.get_neighbors(points)
        return np.array([np.bincount(r).argmax() for r in self.y[order]], dtype=float)[:, None]

    def estimate_density(self, points):
        d, _ = self.get_neighbors(points)
        V = np.pi * d[:, self.k - 1] ** 2
        return self.k / (self.X.shape[0] * V)
