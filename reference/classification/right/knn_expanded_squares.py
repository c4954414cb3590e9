"""
breaks: []
base: none
only: [knn]
habit: squares expanded to one matrix product, argpartition without order, k given to each method
"""

import numpy as np


class KNN:
    def fit(self, X_train, y_train):
        self.X_train, self.y_train = np.asarray(X_train), np.asarray(y_train)
        self.classes = np.unique(self.y_train)
        return self

    def compute_distances(self, X):
        squares = (X**2).sum(1)[:, None] + (self.X_train**2).sum(1) - 2 * X @ self.X_train.T
        return np.sqrt(np.maximum(squares, 0))

    def kneighbours(self, X, k=5):
        dists = self.compute_distances(X)
        idx = np.argpartition(dists, k - 1, axis=1)[:, :k]
        return idx, dists[np.arange(len(X))[:, None], idx]

    def predict(self, X, k=5):
        idx, _ = self.kneighbours(X, k)
        onehot = self.y_train[idx][:, :, None] == self.classes
        return self.classes[onehot.sum(axis=1).argmax(axis=1)]

    def priors(self):
        return np.array([np.mean(self.y_train == c) for c in self.classes])

    def p_x(self, X, k=5):
        _, dists = self.kneighbours(X, k)
        area = np.pi * dists.max(axis=1) ** 2
        return k / (self.X_train.shape[0] * area)

    def p_x_given_c(self, X, k=5):
        result = {}
        for c in self.classes:
            own = KNN().fit(self.X_train[self.y_train == c], self.y_train[self.y_train == c])
            result[int(c)] = own.p_x(X, k)
        return result
