"""
base: none
only: [rules.numpy_only, knn, lls]
habit: scikit-learn stands beside the own classes, for comparing, for data, for scores and as a base class
"""

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_digits
from sklearn.linear_model import LinearRegression
from sklearn.metrics import accuracy_score
from sklearn.neighbors import KNeighborsClassifier


class KNN(BaseEstimator, ClassifierMixin):
    def __init__(self, k=5):
        self.k = k

    def fit(self, X, y):
        self.X, self.y = X, y
        return self

    def kneighbours(self, X):
        d = np.sqrt(((X[:, None, :] - self.X) ** 2).sum(-1))
        i = np.argsort(d, axis=1)[:, : self.k]
        return np.take_along_axis(d, i, axis=1), i

    def predict(self, X):
        labels = self.y[self.kneighbours(X)[1]]
        classes = np.unique(self.y)
        return classes[(labels[:, :, None] == classes).sum(1).argmax(1)]

    def test_accuracy(self, X, y):
        return accuracy_score(y, self.predict(X))

    def class_probabilities(self):
        return np.unique(self.y, return_counts=True)[1] / len(self.y)

    def density(self, X):
        return self.k / (len(self.X) * np.pi * self.kneighbours(X)[0][:, -1] ** 2)

    def class_density(self, X):
        columns = []
        for c in np.unique(self.y):
            own = KNN(self.k).fit(self.X[self.y == c], self.y[self.y == c])
            columns.append(own.density(X))
        return np.stack(columns, axis=1)


class LLS:
    def fit(self, X, y):
        X1 = np.column_stack([X, np.ones(len(X))])
        self.theta = np.linalg.pinv(X1) @ y
        return self

    def predict(self, X):
        return np.where(np.column_stack([X, np.ones(len(X))]) @ self.theta >= 0, 1, -1)


def same_as_sklearn(X, y, k=5):
    ours = KNN(k).fit(X, y).predict(X)
    theirs = KNeighborsClassifier(n_neighbors=k).fit(X, y).predict(X)
    return np.mean(ours == theirs)


def same_line_as_sklearn(X, y):
    return np.allclose(LLS().fit(X, y).theta[:-1], LinearRegression().fit(X, y).coef_)


def digits():
    return load_digits(return_X_y=True)
