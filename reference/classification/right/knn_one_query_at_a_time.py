"""
breaks: []
base: none
only: [knn]
habit: one query at a time, indices first, Counter for the vote, a dict of class probabilities, densities per class label
"""

from collections import Counter

import numpy as np


class KNNClassifier:
    def __init__(self, n_neighbors=5):
        self.n_neighbors = n_neighbors

    def fit(self, X, y):
        self.X = X
        self.y = y

    def kneighbours(self, x):
        dist = np.sqrt(np.sum((self.X - x) ** 2, axis=1))
        idx = np.argsort(dist)[: self.n_neighbors]
        return idx, dist[idx]

    def predict(self, x):
        idx, _ = self.kneighbours(x)
        return Counter(self.y[idx]).most_common(1)[0][0]

    def class_probabilities(self):
        return {c: n / len(self.y) for c, n in Counter(self.y).items()}

    def density(self, x):
        _, dist = self.kneighbours(x)
        return self.n_neighbors / (len(self.X) * np.pi * dist[-1] ** 2)

    def class_density(self, x, c):
        idx, dist = self.kneighbours(x)
        k_c = np.sum(self.y[idx] == c)
        return k_c / (np.sum(self.y == c) * np.pi * dist[-1] ** 2)
