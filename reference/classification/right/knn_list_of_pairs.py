"""
breaks: []
base: none
only: [knn.kneighbours, knn.vectorised, knn.predict, knn.matches_sklearn]
habit: a list of pairs for each query, a loop over the queries, plain Python for the vote
"""

import numpy as np


class KNearestNeighborsClassifier:
    def __init__(self, k):
        self.k = k

    def fit(self, features, labels):
        self.features, self.labels = features, labels
        return self

    def kneighbors(self, queries, return_distance=False):
        result = []
        for q in queries:
            d = np.sqrt(((self.features - q) ** 2).sum(axis=1))
            nearest = np.argsort(d)[: self.k]
            result.append([(d[i], i) for i in nearest] if return_distance else list(nearest))
        return result

    def predict(self, queries):
        out = []
        for row in self.kneighbors(queries, return_distance=True):
            found = [self.labels[i] for _, i in row]
            out.append(max(set(found), key=found.count))
        return np.array(out)
