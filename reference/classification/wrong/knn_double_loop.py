"""
breaks: [knn.vectorised]
says: >-
  Two loops in Python go through all pairs of a query and a training point.
"""

import math

import numpy as np


class KNearestNeighbours:
    def _nearest(self, Q):
        distances, indices = [], []
        for query in Q:
            row = []
            for point in self.data_:
                row.append(math.sqrt(sum((a - b) ** 2 for a, b in zip(query, point))))
            order = sorted(range(len(row)), key=lambda i: row[i])[: self.k]
            indices.append(order)
            distances.append([row[i] for i in order])
        return np.array(distances), np.array(indices)
